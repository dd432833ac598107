"""Where rounds stand: who has answered, skipped or not yet opened what, as of the last pull. Nothing is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from statistics import median

from toolkit.annotations import Annotation
from toolkit.noun import Noun, Result
from toolkit.rounds.gold import load_gold
from toolkit.rounds.issued import newer_guideline, told_of_newer
from toolkit.rounds.pace import expected_end, pace_of
from toolkit.rounds.plan import Plan, load_annotations, load_plan, load_tasks, round_names
from toolkit.tasks import Role, Task
from toolkit.workspace import Workspace


class Progressed(Noun):
    """One person's share of a round; ``tasks = answered + skipped + open + settled``.

    Attributes:
        settled: an adjudicator's tasks that another one has decided; nobody waits for them.
        seconds: median time an answer took, as the server measured it; None where it did not.
    """

    annotator: str
    role: Role
    tasks: int
    answered: int
    skipped: int
    open: int
    settled: int = 0
    seconds: float | None


class PersonStatus(Progressed):
    """One person's share, how fast it goes, and when it will be done.

    Attributes:
        pace: tasks answered or skipped a day, over the days from the first to the last; None with fewer than two.
        expected_end: the day (UTC) on which the open ones are done at that pace; None where nothing is open or no
            pace is known.
        left: whether the annotator has left the round.
    """

    pace: float | None
    expected_end: date | None
    left: bool = False


class RoundRow(Noun):
    """A round in a list."""

    round: str
    schema_name: str
    schema_version: str
    passages: int
    tasks: int
    answered: int
    skipped: int
    open: int
    settled: int = 0


class RoundListResult(Result):
    """The rounds, by name."""

    rounds: tuple[RoundRow, ...]


class RoundStatusResult(Result):
    """Where one round stands: ``tasks = answered + skipped + open + settled``, gold items and adjudicators' among them.

    Attributes:
        passages: how many passages it asks about, gold ones apart.
        gold: how many gold items each annotator answers; they are among the tasks.
        overlap: how many annotators answer each.
        seconds: median time of an answer, of all people.
        pace: of all people together, over the days from the first to the last answer.
        expected_end: when the last of them is done; None where it is not known of somebody with open tasks.
        people: the annotators by name, then the adjudicator.
        guideline_version: what annotators are told; ``guideline_newer`` says so where the files have changed since.
    """

    round: str
    schema_name: str
    schema_version: str
    passages: int
    gold: int
    overlap: int
    tasks: int
    answered: int
    skipped: int
    open: int
    settled: int = 0
    seconds: float | None
    pace: float | None
    expected_end: date | None
    people: tuple[PersonStatus, ...]
    guideline_version: str | None = None
    guideline_newer: str | None = None


def round_list(workspace: Workspace) -> RoundListResult:
    """List the rounds with their counts."""
    return RoundListResult(rounds=tuple(_row(workspace, name) for name in round_names(workspace)), changed=False)


def round_status(workspace: Workspace, now: datetime | None = None, *, round: str) -> RoundStatusResult:
    """Show each person's tasks, pace and expected end, and the whole round's.

    Args:
        workspace: where the round is.
        now: from when on the open tasks are expected; None: by the clock.
        round: the round's name.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``.
    """
    plan = load_plan(workspace, round)
    newer = told_of_newer(plan, newer_guideline(workspace, plan))
    return _standing(workspace, plan, now or datetime.now(UTC)).model_copy(update={"guideline_newer": newer})


def _standing(workspace: Workspace, plan: Plan, clock: datetime) -> RoundStatusResult:
    tasks, gold = list(load_tasks(workspace, plan.name)), load_gold(workspace, plan.name)
    latest = latest_of(tasks, load_annotations(workspace, plan.name))
    people = tuple(_person(one, latest, plan.left, clock) for one in progress_of(tasks, latest.values()))
    ends = [one.expected_end for one in people if one.open]
    pace = pace_of(latest.values())
    return RoundStatusResult(
        round=plan.name,
        schema_name=plan.schema_name,
        schema_version=plan.schema_version,
        passages=len({task.passage for task in tasks} - gold.keys()),
        gold=len(gold),
        overlap=plan.overlap,
        tasks=len(tasks),
        answered=sum(one.answered for one in people),
        skipped=sum(one.skipped for one in people),
        open=sum(one.open for one in people),
        settled=sum(one.settled for one in people),
        seconds=_seconds(latest.values()),
        pace=None if pace is None else _rounded(pace),
        expected_end=max((end for end in ends if end), default=None) if all(ends) else None,
        people=people,
        guideline_version=plan.guideline,
        changed=False,
    )


def latest_of(tasks: Iterable[Task], annotations: Iterable[Annotation]) -> dict[str, Annotation]:
    """Return the latest answer to each of the tasks that has one."""
    known = {task.id for task in tasks}
    ordered = sorted(annotations, key=lambda one: (one.updated_at, one.id))
    return {one.task: one for one in ordered if one.task in known}


def settled_among(tasks: Sequence[Task], latest: Mapping[str, Annotation]) -> frozenset[str]:
    """Return an adjudicator's tasks without an answer whose passage another adjudicator has decided."""
    asked = [task for task in tasks if task.role == "adjudicator"]
    decided = {task.passage for task in asked if task.id in latest}
    return frozenset(task.id for task in asked if task.passage in decided and task.id not in latest)


def _person(progress: Progressed, latest: Mapping[str, Annotation], left: Sequence[str], now: datetime) -> PersonStatus:
    mine = [one for one in latest.values() if (one.annotator, one.role) == (progress.annotator, progress.role)]
    pace = pace_of(mine)
    return PersonStatus(
        **progress.model_dump(),
        pace=None if pace is None else _rounded(pace),
        expected_end=expected_end(progress.open, pace, now),
        left=progress.role == "annotator" and progress.annotator in left,
    )


def _rounded(pace: float) -> float:
    return round(pace, 2)


def _seconds(annotations: Iterable[Annotation]) -> float | None:
    seconds = [one.seconds for one in annotations if one.seconds is not None and not one.skipped]
    return round(median(seconds), 1) if seconds else None


def progress_of(tasks: Sequence[Task], annotations: Iterable[Annotation]) -> tuple[Progressed, ...]:
    """Count each person's tasks by what became of them: annotators by name, then the adjudicators."""
    latest = latest_of(tasks, annotations)
    settled = settled_among(tasks, latest)
    people = sorted({(task.role != "annotator", task.role, task.annotator) for task in tasks})
    return tuple(
        _progress(name, role, [task for task in tasks if (task.annotator, task.role) == (name, role)], latest, settled)
        for _, role, name in people
    )


def _progress(
    name: str, role: Role, tasks: Sequence[Task], latest: Mapping[str, Annotation], settled: Collection[str]
) -> Progressed:
    done = [latest[task.id] for task in tasks if task.id in latest]
    skipped = sum(one.skipped for one in done)
    others = sum(task.id in settled for task in tasks)
    return Progressed(
        annotator=name,
        role=role,
        tasks=len(tasks),
        answered=len(done) - skipped,
        skipped=skipped,
        open=len(tasks) - len(done) - others,
        settled=others,
        seconds=_seconds(done),
    )


def _row(workspace: Workspace, name: str) -> RoundRow:
    status = _standing(workspace, load_plan(workspace, name), datetime.now(UTC))
    return RoundRow(**{name: getattr(status, name) for name in RoundRow.model_fields})
