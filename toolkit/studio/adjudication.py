"""Adjudication: the passages that annotators differ on go to one person, who sees their answers without names.

Passages on which all agree are accepted without a person. One project for the adjudicator; what is sent and what comes
back travels the way of every other task.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from toolkit.annotations import Neighbours, labelling_config, neighbours_of, task_data, write_results
from toolkit.language import said
from toolkit.noun import Account, Progress, Result, digest, silent
from toolkit.passages import load_passages
from toolkit.rounds.answers import Answer, RoundAnswers, read_round
from toolkit.rounds.disagreement import disagreements
from toolkit.rounds.plan import load_tasks
from toolkit.studio.connection import connect
from toolkit.studio.delivery import Delivered, Item, deliver
from toolkit.tasks import Task, task_for
from toolkit.workspace import Workspace, write_jsonl

_CANDIDATE: Final = "candidate"
"""One name for all: Label Studio's stream of tasks shows the predictions of a single model version."""


class AdjudicateResult(Result):
    """What was sent to the adjudicator, and what is decided: ``disagreements = decided + undecided``.

    Attributes:
        disagreements: passages whose finished answers differ in a comparable field, or did when they were sent.
        unfinished: passages that somebody has still to answer; they may yet become disagreements.
        tasks: the adjudicator's tasks; ``tasks = sent + already_there``.
        duplicates_removed: second copies of a task that nobody had touched.
    """

    round: str
    by: str
    disagreements: int
    decided: int
    unfinished: int
    tasks: int
    sent: int
    already_there: int
    projects: dict[str, int]
    duplicates_removed: int = 0


def round_adjudicate(workspace: Workspace, *, round: str, by: str, progress: Progress = silent) -> AdjudicateResult:
    """Send the disagreements of a round to one person, each candidate answer as a prediction to begin from.

    A passage goes out when all its annotators have answered. Running it again sends what has come up since; what was
    sent before stays, also when an annotator has changed an answer meanwhile.

    Args:
        workspace: where the round is.
        round: the round's name; pull before, since this reads what is on file.
        by: who decides.
        progress: called while sending.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, ``SCHEMA-DRIFT``; what talking to the server raises.
    """
    with workspace.lock():
        answers = read_round(workspace, round)
        unfinished = {passage for passage in answers.passages if answers.is_open(passage)}
        kept = list(load_tasks(workspace, round))
        wanted = _wanted(answers, kept, unfinished, by)
        around = neighbours_of(answers.model, load_passages(workspace))
        items = [_item(answers, passage, by, around) for passage in wanted]
        delivered = None
        if items:
            tasks = {task.id: task for task in (*kept, *(item.task for item in items))}
            rows = (task.model_dump(mode="json") for task in tasks.values())
            write_jsonl(workspace.round(round) / "tasks.jsonl", rows)
            server, config = connect(workspace, progress), labelling_config(answers.model)
            delivered = deliver(workspace, server, answers.plan, by, "adjudicator", config, items, progress)
    # To skip is to decide that the passage is of no use; an answer that the schema refuses decides nothing.
    decided = sum(passage in answers.decisions and not answers.decisions[passage].faults for passage in wanted)
    return _result(round, by, len(wanted), decided, len(unfinished), delivered)


def _wanted(answers: RoundAnswers, kept: Sequence[Task], unfinished: set[str], by: str) -> list[str]:
    """Return the passages for this person: what differs and nobody else has decided, and what went out before."""
    sent_before = {task.passage for task in kept if (task.role, task.annotator) == ("adjudicator", by)}
    decided_by = {passage: one.annotation.annotator for passage, one in answers.decisions.items() if not one.faults}
    differing = {passage for passage in _differing(answers) if decided_by.get(passage, by) == by}
    return [passage for passage in answers.passages if passage in (differing - unfinished) | sent_before]


def _differing(answers: RoundAnswers) -> list[str]:
    valid = [
        answer.annotation.model_copy(update={"answer": answer.value})
        for of_passage in answers.answers.values()
        for answer in of_passage
        if answer.value is not None
    ]
    return [one.passage for one in disagreements(valid, answers.fields)]


def _item(answers: RoundAnswers, passage_id: str, by: str, around: Mapping[str, Neighbours]) -> Item:
    """Return the adjudicator's task; candidates come in an order that tells nothing about who gave them."""
    passage, plan = answers.passages[passage_id], answers.plan
    task = task_for(
        passage,
        schema_name=plan.schema_name,
        schema_version=plan.schema_version,
        round_name=plan.name,
        annotator=by,
        role="adjudicator",
    )
    given = [answer for answer in answers.answers.get(passage_id, ()) if answer.value is not None]
    shuffled = sorted(given, key=lambda answer: digest([task.id, answer.annotation.task]))
    predictions = [_prediction(answers, answer, passage.text) for answer in shuffled]
    return Item(task, task_data(answers.model, task, passage, around), predictions)


def _prediction(answers: RoundAnswers, answer: Answer, text: str) -> dict[str, Any]:
    assert answer.value is not None
    return {"model_version": _CANDIDATE, "result": write_results(answers.model, answer.value, text)}


def _result(
    round_name: str, by: str, differing: int, decided: int, unfinished: int, delivered: Delivered | None
) -> AdjudicateResult:
    undecided = differing - decided
    return AdjudicateResult(
        round=round_name,
        by=by,
        disagreements=differing,
        decided=decided,
        unfinished=unfinished,
        tasks=differing,
        sent=delivered.sent if delivered else 0,
        already_there=delivered.already_there if delivered else 0,
        projects={by: delivered.project} if delivered else {},
        duplicates_removed=delivered.duplicates_removed if delivered else 0,
        changed=bool(delivered and (delivered.sent or delivered.duplicates_removed)),
        account=Account(noun="disagreements", items=differing, into={"decided": decided, "undecided": undecided}),
        waiting=said(
            f"{undecided} of {differing} disagreements wait for {by}",
            f"{differing} 处分歧中有 {undecided} 处等待 {by} 裁决",
        )
        if undecided
        else None,
    )
