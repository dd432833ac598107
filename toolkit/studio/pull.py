"""Annotations back: every version kept, the latest read by the schema's controls, every span proven on the text."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from toolkit.annotations import Annotation, Reading, read_results
from toolkit.catalog import find_schema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Problem, Progress, Result, content_id, digest, silent
from toolkit.passages import Passage, load_passages
from toolkit.rounds.plan import Plan, load_annotations, load_plan, load_tasks
from toolkit.schema import Schema
from toolkit.studio.connection import Server, connect
from toolkit.studio.delivery import projects_of
from toolkit.studio.listing import key_of, people_of, tasks_in
from toolkit.tasks import Task
from toolkit.workspace import Workspace, write_jsonl

_HINT: Final = "Open the task in Label Studio, mend the answer and submit it again; then pull once more."


class PullResult(Result):
    """What came back: ``tasks = answered + skipped + open``.

    Attributes:
        annotations: tasks with an answer on file, skipped ones included.
        new: versions that were not on file before.
        repaired: results of these answers whose offsets were put right without a doubt.
        open: tasks that nobody has answered.
        deleted: answers on file that the server no longer has; they are kept.
    """

    round: str
    tasks: int
    annotations: int
    new: int
    repaired: int
    open: int
    deleted: int


class Version(NamedTuple):
    """One version of one answer, as the server gave it."""

    task: str
    raw: dict[str, Any]

    @property
    def key(self) -> tuple[str, int]:
        """What tells the later of two: the server's time, then its number. Never the local clock."""
        return str(self.raw["updated_at"]), int(self.raw["id"])

    @property
    def hash(self) -> str:
        """The version's identity; pulling it again gives the same."""
        return digest(
            [self.task, self.raw["id"], self.raw["updated_at"], self.raw["was_cancelled"], self.raw["result"]]
        )


def pull(workspace: Workspace, *, round: str, progress: Progress = silent) -> PullResult:
    """Bring back what annotators and adjudicator have submitted.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, ``ROUND-NOT-PUSHED``, ``SCHEMA-DRIFT``; what talking to the server raises.
    """
    with workspace.lock():
        plan = load_plan(workspace, round)
        model = find_schema(f"round:{round}", workspace).model
        server = connect(workspace, progress)
        tasks = {task.id: task for task in load_tasks(workspace, round)}
        found = list(_fetch(workspace, server, plan, tasks, progress))
        new = _keep(workspace, plan, found)
        reader = _Reader(model, tasks, {passage.id: passage for passage in load_passages(workspace)})
        annotations, readings = reader.read(_latest(_on_file(workspace, round)), people_of(server))
        before = list(load_annotations(workspace, round))
        write_jsonl(workspace.round(round) / "annotations.jsonl", (one.model_dump(mode="json") for one in annotations))
        deleted = _deleted(annotations, found)
        problems = [*reader.problems(readings), *map(_gone, deleted)]
        workspace.put_problems("pull", round, problems)
    return _result(plan, tasks, annotations, readings, new, len(deleted), len(problems), changed=before != annotations)


def _result(
    plan: Plan,
    tasks: dict[str, Task],
    annotations: list[Annotation],
    readings: dict[str, Reading],
    new: int,
    deleted: int,
    problems: int,
    *,
    changed: bool,
) -> PullResult:
    skipped = sum(annotation.skipped for annotation in annotations)
    open_ = len(tasks) - len(annotations)
    return PullResult(
        round=plan.name,
        tasks=len(tasks),
        annotations=len(annotations),
        new=new,
        repaired=sum(reading.repaired for reading in readings.values()),
        open=open_,
        deleted=deleted,
        problems=problems,
        changed=changed or new > 0,
        account=Account(
            noun="tasks",
            items=len(tasks),
            into={"answered": len(annotations) - skipped, "skipped": skipped, "open": open_},
        ),
        waiting=said(f"{open_} of {len(tasks)} tasks are open", f"{len(tasks)} 个任务中有 {open_} 个未完成")
        if open_
        else None,
    )


def _fetch(
    workspace: Workspace, server: Server, plan: Plan, tasks: dict[str, Task], progress: Progress
) -> Iterator[Version]:
    """Yield the submitted annotations of the round's own tasks; drafts are none, and strangers' tasks are left out."""
    projects = list(projects_of(workspace, server, plan.name))
    if not projects:
        raise ToolkitError(
            said(
                f"The round '{plan.name}' has no project on {server.url}.",
                f"轮次 '{plan.name}' 在 {server.url} 上没有项目。",
            ),
            hint=said("Push it first, or set the server that it was pushed to.", "请先 push，或设置当初推送的服务器。"),
            code="ROUND-NOT-PUSHED",
        )
    for number, (annotator, _, project) in enumerate(projects):
        progress(number, len(projects), said(f"pulling from {annotator}", f"正在取回 {annotator} 的标注"))
        for item in tasks_in(server, project, fields="all", only_annotated="true"):
            key = key_of(item)
            for annotation in (item.get("annotations") or []) if key in tasks else []:
                yield Version(str(key), _raw(annotation))


def _raw(annotation: Any) -> dict[str, Any]:
    """Return an annotation as plain JSON, with the parts that identify a version."""
    found = annotation if isinstance(annotation, dict) else json.loads(annotation.json())
    kept = ("id", "completed_by", "result", "was_cancelled", "created_at", "updated_at", "lead_time", "ground_truth")
    return {name: found.get(name) for name in kept}


def _keep(workspace: Workspace, plan: Plan, found: Iterable[Version]) -> int:
    """Add the versions that are not on file; return how many."""
    known = {
        row["version"] for row in workspace.ledger.query("SELECT version FROM pulled WHERE round = ?", (plan.name,))
    }
    fresh = {version.hash: version for version in found if version.hash not in known}
    if fresh:
        start = len(known)
        rows = [
            (
                name,
                start + place,
                plan.name,
                version.task,
                *version.key[::-1],
                json.dumps(version.raw, ensure_ascii=False),
            )
            for place, (name, version) in enumerate(sorted(fresh.items(), key=lambda pair: (pair[1].key, pair[0])))
        ]
        with workspace.ledger.transaction() as connection:
            connection.executemany("INSERT INTO pulled VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return len(fresh)


def _on_file(workspace: Workspace, round_name: str) -> Iterator[Version]:
    for row in workspace.ledger.query("SELECT task, raw FROM pulled WHERE round = ? ORDER BY sequence", (round_name,)):
        yield Version(row["task"], json.loads(row["raw"]))


def _latest(versions: Iterable[Version]) -> dict[str, Version]:
    """Return the latest version of each task's answer; the others stay on file."""
    latest: dict[str, Version] = {}
    for version in sorted(versions, key=lambda version: version.key):
        latest[version.task] = version
    return latest


class _Reader(NamedTuple):
    """Reads raw answers by the schema's controls against the passages' texts."""

    model: type[Schema]
    tasks: dict[str, Task]
    passages: dict[str, Passage]

    def read(self, latest: dict[str, Version], people: dict[int, str]) -> tuple[list[Annotation], dict[str, Reading]]:
        """Return annotations in the order of the tasks, and how each was read."""
        annotations, readings = [], {}
        for task in self.tasks.values():
            version = latest.get(task.id)
            if version is None or task.passage not in self.passages:
                continue
            reading = read_results(self.model, version.raw["result"] or [], self.passages[task.passage].text)
            readings[task.id] = reading
            annotations.append(_annotation(task, version, reading, people))
        return annotations, readings

    def problems(self, readings: dict[str, Reading]) -> Iterator[Problem]:
        """Yield what could not be read."""
        for task, reading in readings.items():
            for fault in reading.faults:
                where = f"task {task}, {self.tasks[task].annotator}" + (f", field {fault.field}" if fault.field else "")
                yield Problem(
                    code=fault.code, step="pull", where=where, found=fault.found, expected=fault.expected, hint=_HINT
                )


def _annotation(task: Task, version: Version, reading: Reading, people: dict[int, str]) -> Annotation:
    raw = version.raw
    who = raw["completed_by"]
    number = who.get("id") if isinstance(who, dict) else who
    return Annotation(
        id=content_id("ann", version.hash),
        task=task.id,
        passage=task.passage,
        schema_name=task.schema_name,
        schema_version=task.schema_version,
        round=task.round,
        annotator=task.annotator,
        role=task.role,
        by=people.get(number, f"user {number}") if isinstance(number, int) else "unknown",
        answer=reading.answer,
        skipped=bool(raw["was_cancelled"]),
        updated_at=str(raw["updated_at"]),
        seconds=raw["lead_time"],
        server_annotation=int(raw["id"]),
    )


def _deleted(annotations: list[Annotation], found: Iterable[Version]) -> list[Annotation]:
    there = {version.task for version in found}
    return [annotation for annotation in annotations if annotation.task not in there]


def _gone(annotation: Annotation) -> Problem:
    return Problem(
        code="LS-DELETED",
        step="pull",
        where=f"task {annotation.task}, {annotation.annotator}",
        found="no answer on the server",
        expected="the answer that was pulled before",
        hint="The answer on file is kept. If it was deleted on purpose, answer the task again in Label Studio.",
    )
