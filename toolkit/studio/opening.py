"""A round opens, or goes on: what it asks of whom is settled here, and written before anything is sent.

What a round settled when it opened stays; what is new comes on top of it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.annotations import labelling_config
from toolkit.catalog import FoundSchema, named_schema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem, Progress, silent
from toolkit.passages import Passage
from toolkit.prelabel import AgainSource, Source, Store, open_sources
from toolkit.rounds.again import ask_again, withheld
from toolkit.rounds.asking import asked_by, keep_schema
from toolkit.rounds.gold import gold_for, keep_gold
from toolkit.rounds.issued import Ruling, keep_page, rule
from toolkit.rounds.plan import Plan, check_plan, deal, load_plan, load_tasks, sendable, write_tasks
from toolkit.rounds.reassignment import load_intent
from toolkit.studio.choosing import By, Wanted, keep_wanted, no_passages, planned, wanted_by
from toolkit.tasks import Task
from toolkit.workspace import Workspace, write_json, write_text


class Opening(NamedTuple):
    """What a push will send, with all that the round keeps. Nothing of it is written yet.

    Attributes:
        passages: those that may be sent, by id; a task's passage may be gone from them.
        tasks: the annotators' tasks, in the order in which they are shown.
        sources: what predicts answers, and ``store`` what it has predicted.
        wanted: the passages beside the gold ones, and how they were chosen.
        gold: passage id to right answer.
        ruling: the guideline; None leaves the round's as it is.
    """

    plan: Plan
    found: FoundSchema
    passages: Mapping[str, Passage]
    tasks: Sequence[Task]
    sources: Sequence[Source]
    store: Store
    wanted: Wanted
    gold: Mapping[str, Mapping[str, Any]]
    ruling: Ruling | None = None

    @property
    def asked(self) -> list[Passage]:
        """The passages that the tasks are about, as far as they are there."""
        ids = dict.fromkeys(task.passage for task in self.tasks)
        return [self.passages[id_] for id_ in ids if id_ in self.passages]

    def problems(self) -> list[Problem]:
        """What will not be asked: passages that may not leave, tasks whose passage is gone."""
        gone = [task for task in self.tasks if task.passage not in self.passages]
        return [*withheld(self.wanted.again, self.passages), *self.wanted.problems, *map(_gone, gone)]


def settle(
    workspace: Workspace,
    plan: Plan,
    found: FoundSchema,
    prelabel: Sequence[str],
    gold: Path | None,
    *,
    by: By,
    renew_guideline: bool = False,
    progress: Progress = silent,
) -> Opening:
    """Settle what a round asks of whom.

    Args:
        workspace: where the round is, or will be.
        plan: as the command says it.
        found: the schema that is asked.
        prelabel: what predicts answers.
        gold: the file of gold items, for a round that opens.
        by: how the passages are chosen.
        renew_guideline: an open round goes on under the guideline as it is now.
        progress: called while texts are compared.

    Raises:
        ToolkitError: ``ROUND-NAME``, ``ANNOTATORS``, ``OVERLAP``, ``ROUND-DIFFERS``, ``PASSAGES-NONE``,
            ``GOLD-MISSING``, ``GOLD-INVALID``, ``GUIDELINE-BROKEN``, ``GUIDELINE-DRIFT``,
            ``REASSIGN-UNFINISHED``, ``SAMPLE-TWICE``, ``SAMPLE-HOW``; what choosing and opening the sources raise.
    """
    plan = check_plan(planned(workspace, plan, by))
    _check_finished(workspace, plan.name)
    there = _open_plan(workspace, plan.name)
    plan = _with_team_of(there, plan)
    passages = _passages(workspace, plan)
    right = gold_for(workspace, plan.name, found.model, passages, gold)
    again = [one for one in ask_again(workspace, plan.name, found) if one.passage not in right] if plan.problems else []
    store = Store(workspace.round(plan.name) / "prelabels.jsonl")
    sources = open_sources(workspace, prelabel, plan, found, store, unknown=right.keys())
    sources = (*((AgainSource(again),) if plan.problems else ()), *sources)
    plan = plan.model_copy(update={"prelabel": tuple(source.mark for source in sources)})
    if there:
        _check_against_open(there, plan)
    dealt = [task for task in load_tasks(workspace, plan.name) if task.role == "annotator"] if there else []
    wanted = wanted_by(workspace, plan, found, by, passages, right, again, progress)
    tests = [passages[id_] for id_ in right if id_ in passages]
    tasks = deal([*wanted.passages, *tests], plan, dealt, tuple(right))
    ruling = rule(workspace, there, found, renew=renew_guideline)
    plan = plan.model_copy(update={"guidelines": ruling.issues})
    return Opening(plan, found, passages, tasks, sources, store, wanted, right, ruling)


def keep_opening(workspace: Workspace, opening: Opening) -> None:
    """Write the round's files; the adjudicator's tasks, made later, stay."""
    plan = opening.plan
    folder = workspace.round(plan.name)
    kept = [task for task in load_tasks(workspace, plan.name) if task.role == "adjudicator"]
    keep_schema(workspace, plan.name, opening.found)
    keep_wanted(workspace, plan, opening.wanted)
    keep_gold(workspace, plan.name, opening.gold)
    if opening.ruling:
        keep_page(workspace, plan.name, opening.ruling.page)
    write_text(folder / "labelling.xml", labelling_config(opening.found.model))
    write_tasks(workspace, plan.name, (*opening.tasks, *kept))
    # Written last: a round without it was never opened.
    write_json(folder / "round.json", plan.model_dump(mode="json"))


def schema_for(workspace: Workspace, round_name: str, name: str | None) -> FoundSchema:
    """Return the schema that a round asks: as named, or the workspace's.

    Raises:
        ToolkitError: ``SCHEMA-UNSET``, what finding it raises.
    """
    return asked_by(workspace, round_name, named_schema(name, workspace))


def _open_plan(workspace: Workspace, round_name: str) -> Plan | None:
    return load_plan(workspace, round_name) if workspace.has_round(round_name) else None


def _check_finished(workspace: Workspace, round_name: str) -> None:
    if load_intent(workspace, round_name):
        raise ToolkitError(
            said(f"A reassignment of round '{round_name}' was cut short.", f"轮次 '{round_name}' 的人员调整被中断。"),
            hint=said(
                f"Finish it: toolkit round reassign --round {round_name}",
                f"请先完成：toolkit round reassign --round {round_name}",
            ),
            code="REASSIGN-UNFINISHED",
        )


def _with_team_of(there: Plan | None, plan: Plan) -> Plan:
    """Return the plan with the open round's annotators in their order, and with who has left it."""
    if there is None:
        return plan
    same = set(there.annotators) == set(plan.annotators)
    return plan.model_copy(update={"annotators": there.annotators if same else plan.annotators, "left": there.left})


def _as_typed(value: object) -> str:
    """Return a part of a plan as it stands in a command.

    >>> _as_typed(("ann", "ben")), _as_typed(None), _as_typed(2)
    ('ann,ben', 'none', '2')
    """
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _check_against_open(there: Plan, plan: Plan) -> None:
    """Refuse to continue a round under another plan; only its size may grow."""
    names = (
        "schema_name",
        "schema_version",
        "views",
        "annotators",
        "overlap",
        "prelabel",
        "problems",
        "sample",
        "scores",
    )
    differs = [
        f"{name} {_as_typed(getattr(there, name))} -> {_as_typed(getattr(plan, name))}"
        for name in names
        if getattr(there, name) != getattr(plan, name)
    ]
    if plan.size is not None and (there.size is None or plan.size < there.size):
        differs.append(f"size {_as_typed(there.size)} -> {plan.size}")
    if differs:
        raise ToolkitError(
            said(
                f"The round '{plan.name}' is open under another plan: {'; '.join(differs)}.",
                f"轮次 '{plan.name}' 已按另一方案开启：{'; '.join(differs)}。",
            ),
            hint=said(
                "Keep its plan (its size may grow, its annotators change by: toolkit round reassign), or open a "
                "round of another name.",
                "请沿用原方案（仅可增大 size；更换标注者用 toolkit round reassign），或用新名称开启一轮。",
            ),
            code="ROUND-DIFFERS",
        )


def _passages(workspace: Workspace, plan: Plan) -> dict[str, Passage]:
    passages = sendable(workspace, plan)
    if not passages:
        raise no_passages()
    return passages


def _gone(task: Task) -> Problem:
    return Problem(
        code="PASSAGE-GONE",
        step="push",
        where=f"task {task.id}, {task.annotator}",
        found=f"a task about {task.passage}, which is gone or may no longer leave",
        expected="the passage as it was dealt",
        hint="The task stays. Ingest and segment the document as it was; then push once more.",
    )
