"""Who takes whose open tasks when an annotator joins or leaves in mid-round. Pure but for the note of what is going on.

What is answered, skipped or begun stays with who gave it. Every passage keeps its overlap: one annotator's task of it
becomes another's, never that of somebody who has it already.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from toolkit.noun import Noun, digest
from toolkit.passages import Passage
from toolkit.rounds.plan import Plan, mixed, task_of
from toolkit.tasks import Task
from toolkit.workspace import Workspace


class Move(Noun):
    """An open task that one annotator gives up and another gets."""

    taken: Task
    given: Task


class Reassignment(Noun):
    """What changes hands.

    Attributes:
        plan: the round's plan after it.
        moves: tasks that change hands.
        dropped: open gold tasks of who leaves; everybody else has their own.
        gold: gold tasks for who joins.
        stuck: open tasks of who leaves that nobody can take, since all who stay have their passage.
    """

    plan: Plan
    moves: tuple[Move, ...] = ()
    dropped: tuple[Task, ...] = ()
    gold: tuple[Task, ...] = ()
    stuck: tuple[Task, ...] = ()


class Intent(Noun):
    """What a reassignment is about to do; its file lies beside the round until all of it is done.

    Attributes:
        leaving: whose tasks go even when a draft has been begun.
        drafts: how many of them had one.
        file: the folder for import files; None: the server.
    """

    change: Reassignment
    leaving: tuple[str, ...]
    drafts: int
    file: str | None


def intent_file(workspace: Workspace, round_name: str) -> Path:
    """Return where a round's reassignment is written down until it is done."""
    return workspace.round(round_name) / "reassign.json"


def load_intent(workspace: Workspace, round_name: str) -> Intent | None:
    """Return the reassignment that a killed run left unfinished."""
    path = intent_file(workspace, round_name)
    return Intent.model_validate_json(path.read_text(encoding="utf-8")) if path.is_file() else None


def reassign(
    tasks: Sequence[Task],
    plan: Plan,
    joining: Sequence[str],
    leaving: Sequence[str],
    *,
    passages: Mapping[str, Passage],
    open_: Collection[str],
    begun: Collection[str] = (),
    gold: Collection[str] = (),
) -> Reassignment:
    """Return who takes what, the same for the same round.

    The tasks of who leaves go to those who have the least open, by count; then each who joins takes tasks from those
    who have the most, the last shown first, until their open tasks differ by at most one or nothing can move.

    Args:
        tasks: the annotators' tasks, in the order in which they are shown.
        plan: the round's plan before it.
        joining: who joins; they may have left before.
        leaving: who leaves.
        passages: those that may be sent: what is gone cannot be given to anybody and stays.
        open_: the ids of tasks that are neither answered nor skipped.
        begun: of these, the ones with a draft: they stay unless their annotator leaves.
        gold: the ids of gold passages.
    """
    team = tuple(name for name in (*plan.annotators, *joining) if name not in leaving)
    left = tuple(name for name in (*plan.left, *leaving) if name not in joining)
    after = plan.model_copy(update={"annotators": team, "left": left})
    there = {(task.annotator, task.passage) for task in tasks}
    new_gold = [
        task_of(passages[id_], after, name)
        for name in joining
        for id_ in gold
        if id_ in passages and (name, id_) not in there
    ]
    still_open = [task for task in tasks if task.id in open_ and task.passage in passages]
    hands = _Hands(after, passages, still_open, gold)
    hands.take_part(tasks, new_gold)
    orphans = [task for task in still_open if task.annotator in leaving]
    stuck = hands.leave([task for task in orphans if task.passage not in gold])
    hands.join(joining, [task for task in still_open if task.annotator not in leaving and task.id not in begun])
    return Reassignment(
        plan=after,
        moves=tuple(
            Move(taken=task, given=task_of(passages[task.passage], after, name)) for task, name in hands.moves.values()
        ),
        dropped=tuple(task for task in orphans if task.passage in gold),
        gold=tuple(new_gold),
        stuck=tuple(stuck),
    )


@dataclass
class _Hands:
    """Who has which passage and how much is open, while tasks change hands."""

    plan: Plan
    passages: Mapping[str, Passage]
    open_: Sequence[Task]
    gold: Collection[str]
    has: dict[str, set[str]] = field(default_factory=dict)
    load: Counter[str] = field(default_factory=Counter)
    moves: dict[str, tuple[Task, str]] = field(default_factory=dict)

    def take_part(self, tasks: Iterable[Task], new_gold: Iterable[Task]) -> None:
        """Note who has what before anything changes hands, and what those who join get at once."""
        self.load.update(dict.fromkeys(self.plan.annotators, 0))
        for task in tasks:
            self.has.setdefault(task.passage, set()).add(task.annotator)
        self.load.update(task.annotator for task in (*self.open_, *new_gold))

    def leave(self, orphans: Sequence[Task]) -> list[Task]:
        """Give each task to who has the least and not its passage, the most constrained first; return the others."""
        stuck = []
        for task in sorted(orphans, key=lambda task: (len(self._fit(task)), digest([task.passage, task.annotator]))):
            if fit := self._fit(task):
                self._move(task, min(fit, key=lambda name: (self.load[name], digest([task.id, name]))))
            else:
                stuck.append(task)
        while better := self._better([task for task in orphans if task.id in self.moves]):
            self._move(*better)
        return stuck

    def join(self, joining: Sequence[str], movable: Sequence[Task]) -> None:
        """Let those who join take tasks of those who have the most."""
        stacks: dict[str, list[Task]] = {}
        for task in movable:
            if task.passage not in self.gold:
                stacks.setdefault(task.annotator, []).append(task)
        waiting = list(joining)
        while waiting:
            name = min(waiting, key=lambda one: (self.load[one], joining.index(one)))
            if taken := self._from_most(name, stacks):
                self._move(taken, name)
            else:
                waiting.remove(name)

    def _from_most(self, name: str, stacks: Mapping[str, list[Task]]) -> Task | None:
        for donor in sorted(stacks, key=lambda donor: (-self.load[donor], self.plan.annotators.index(donor))):
            if self.load[donor] - self.load[name] <= 1:
                return None
            for place in reversed(range(len(stacks[donor]))):
                if name not in self.has[stacks[donor][place].passage]:
                    return stacks[donor].pop(place)
        return None

    def _fit(self, task: Task) -> list[str]:
        return [name for name in self.plan.annotators if name not in self.has[task.passage]]

    def _better(self, tasks: Iterable[Task]) -> tuple[Task, str] | None:
        """Return a task that changed hands and somebody with clearly less to do who could have taken it."""
        for task in tasks:
            now = self.load[self.moves[task.id][1]]
            for name in self._fit(task):
                if now - self.load[name] > 1:
                    return task, name
        return None

    def _move(self, task: Task, to: str) -> None:
        before = self.moves[task.id][1] if task.id in self.moves else task.annotator
        self.moves[task.id] = (task, to)
        self.has[task.passage] = self.has[task.passage] - {before} | {to}
        self.load[before] -= 1
        self.load[to] += 1


def after_moves(tasks: Sequence[Task], change: Reassignment, stayed: Collection[str] = ()) -> list[Task]:
    """Return a round's tasks after a reassignment; what is applied already is not applied twice.

    Args:
        tasks: all of the round's, an adjudicator's included.
        change: what changes hands.
        stayed: tasks that were answered or begun before they could be taken.
    """
    moved = [move for move in change.moves if move.taken.id not in stayed]
    taken = {move.taken.id for move in moved} | {task.id for task in change.dropped if task.id not in stayed}
    kept = [task for task in tasks if task.id not in taken]
    there = {task.id for task in kept}
    added: dict[str, tuple[list[Task], list[Task]]] = {}
    for place, new in enumerate(([move.given for move in moved], change.gold)):
        for task in new:
            if task.id not in there:
                added.setdefault(task.annotator, ([], []))[place].append(task)
    people = dict.fromkeys([*change.plan.annotators, *(task.annotator for task in kept if task.role == "annotator")])
    result: list[Task] = []
    for name in people:
        result += [task for task in kept if task.role == "annotator" and task.annotator == name]
        result += mixed(*added.get(name, ((), ())))
    return [*result, *(task for task in kept if task.role == "adjudicator")]
