"""What both ways of pulling end with: the versions that count are read, written beside the round, and reported."""

from pathlib import Path
from typing import NamedTuple

from toolkit.catalog import find_schema
from toolkit.language import said
from toolkit.noun import Account, Result, count_by
from toolkit.passages import load_passages
from toolkit.rounds.plan import load_annotations, load_plan, load_tasks
from toolkit.rounds.status import settled_among
from toolkit.schema import Schema
from toolkit.studio.reading import STEP, Answers, read_versions
from toolkit.studio.versions import History
from toolkit.tasks import Task
from toolkit.workspace import Workspace, write_jsonl


class PullResult(Result):
    """What came back: ``tasks = answered + skipped + open + settled``; for a foreign export, what its results became.

    Attributes:
        annotations: answers on file that count, skips and those of several people to one task included.
        new: versions that were not on file before, tombstones included.
        repaired: things in these answers that were put right without a doubt.
        repairs: the same by cause, for offsets and wordings.
        open: tasks without an answer; an adjudicator's that another has decided (``settled``) are none.
        deleted: the open tasks whose answer was deleted on the server.
        asked: how many of the server's tasks were asked for; the others had not changed since the last pull.
        file: the export, where there is one.
    """

    round: str
    tasks: int
    annotations: int
    new: int
    repaired: int
    repairs: dict[str, int]
    open: int
    deleted: int
    asked: int = 0
    file: str | None = None


class Round(NamedTuple):
    """A round and what its answers are read with."""

    name: str
    model: type[Schema]
    tasks: dict[str, Task]


def round_of(workspace: Workspace, name: str) -> Round:
    """Return a round by its name.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, ``SCHEMA-DRIFT``.
    """
    load_plan(workspace, name)
    model = find_schema(f"round:{name}", workspace).model
    return Round(name, model, {task.id: task for task in load_tasks(workspace, name)})


def read_round_answers(workspace: Workspace, of: Round) -> tuple[Answers, bool]:
    """Read the versions that count, write annotations and problems; return them, and whether they have changed."""
    passages = {passage.id: passage for passage in load_passages(workspace)}
    current = History(workspace, of.name).current()
    found = read_versions(of.model, of.tasks, passages, current, people_known(workspace, of.name))
    before = list(load_annotations(workspace, of.name))
    rows = (annotation.model_dump(mode="json") for annotation in found.annotations)
    write_jsonl(workspace.round(of.name) / "annotations.jsonl", rows)
    workspace.put_problems(STEP, of.name, found.problems)
    return found, before != found.annotations


def report(
    of: Round,
    found: Answers,
    *,
    new: int,
    changed: bool,
    problems: int,
    asked: int = 0,
    file: Path | None = None,
) -> PullResult:
    """Return the report on a round's answers.

    Args:
        of: the round.
        found: its answers.
        new: versions that were not on file.
        changed: whether anything else has changed.
        problems: those about anything but the answers.
        asked: how many tasks the server was asked for.
        file: the export, where there is one.
    """
    latest = {annotation.task: annotation for annotation in found.annotations}
    skipped = sum(annotation.skipped for annotation in latest.values())
    settled = len(settled_among(list(of.tasks.values()), latest))
    total, open_ = len(of.tasks), len(of.tasks) - len(latest) - settled
    into = {"answered": len(latest) - skipped, "skipped": skipped, "open": open_, "settled": settled}
    waiting = said(f"{open_} of {total} tasks are open", f"{total} 个任务中有 {open_} 个未完成")
    return PullResult(
        round=of.name,
        tasks=total,
        annotations=len(found.annotations),
        new=new,
        repaired=sum(reading.repaired for reading in found.readings),
        repairs=dict(count_by(note.cause for reading in found.readings for note in reading.notes)),
        open=open_,
        deleted=found.deleted,
        asked=asked,
        file=file.name if file else None,
        problems=len(found.problems) + problems,
        changed=changed or new > 0,
        account=Account(noun="tasks", items=total, into=into),
        waiting=waiting if open_ else None,
    )


def people_known(workspace: Workspace, round_name: str) -> dict[int, str]:
    """Return who is behind the account numbers of the servers that the round was pushed to."""
    sql = "SELECT number, email FROM people WHERE server IN (SELECT server FROM projects WHERE round = ?)"
    return {row["number"]: row["email"] for row in workspace.ledger.query(sql, (round_name,))}
