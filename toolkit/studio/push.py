"""Passages to annotation tasks: open a round, or continue it. What a round settled when it opened stays."""

from collections.abc import Sequence
from typing import NamedTuple

from toolkit.annotations import labelling_config, neighbours_of, task_data
from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Progress, Result, silent
from toolkit.passages import Passage, load_passages
from toolkit.privacy import views_for
from toolkit.rounds.asking import asked_by, keep_schema
from toolkit.rounds.plan import Plan, check_plan, deal, load_plan, load_tasks
from toolkit.schema import Schema
from toolkit.studio.connection import Server, connect
from toolkit.studio.delivery import Delivered, Item, deliver
from toolkit.tasks import Task
from toolkit.workspace import Workspace, write_json, write_jsonl, write_text


class PushResult(Result):
    """What is on the server now: ``tasks = sent + already_there``.

    Attributes:
        passages: how many passages the round asks about.
        projects: annotator to project number.
        url: the server.
    """

    round: str
    passages: int
    tasks: int
    sent: int
    already_there: int
    projects: dict[str, int]
    url: str


def push(
    workspace: Workspace,
    *,
    round: str,
    annotators: Sequence[str],
    schema: str | None = None,
    overlap: int = 1,
    size: int | None = None,
    progress: Progress = silent,
) -> PushResult:
    """Send passages to Label Studio, one project for each annotator, never the same task twice.

    Args:
        workspace: where the passages are.
        round: the round's name; one that exists is continued, and may only grow.
        annotators: their names; each gets a project of their own and meets nobody else's answers there.
        schema: what is asked; the workspace's own when None.
        overlap: how many annotators see each passage.
        size: how many passages, spread over the documents; None: all.
        progress: called while sending.

    Raises:
        ToolkitError: ``POLICY-UNSET``, ``SCHEMA-UNSET``, ``SCHEMA-UNKNOWN``, ``OVERLAP``, ``ROUND-DIFFERS``,
            ``PASSAGES-NONE``; what the server's part raises.
    """
    with workspace.lock():
        views = views_for(workspace.settings.policy)
        found = _schema(workspace, round, schema)
        plan = check_plan(
            Plan(
                name=round,
                schema_name=found.reference,
                schema_version=found.version,
                views=views,
                annotators=tuple(annotators),
                overlap=overlap,
                size=size,
            )
        )
        _check_against_open(workspace, plan)
        passages = _passages(workspace, plan)
        tasks = deal(passages.values(), plan)
        server = connect(workspace)
        _write(workspace, plan, found, tasks)
        delivered = _deliver_all(
            _Round(workspace, server, plan, found.model, labelling_config(found.model)), tasks, passages, progress
        )
    return _result(server, plan, tasks, delivered)


class _Round(NamedTuple):
    workspace: Workspace
    server: Server
    plan: Plan
    model: type[Schema]
    config: str


def _deliver_all(
    of: _Round, tasks: Sequence[Task], passages: dict[str, Passage], progress: Progress
) -> dict[str, Delivered]:
    delivered = {}
    around = neighbours_of(of.model, passages.values())
    for annotator in of.plan.annotators:
        own = [task for task in tasks if task.annotator == annotator]
        items = [Item(task, task_data(of.model, task, passages[task.passage], around)) for task in own]
        delivered[annotator] = deliver(
            of.workspace, of.server, of.plan, annotator, "annotator", of.config, items, progress
        )
    return delivered


def _result(server: Server, plan: Plan, tasks: Sequence[Task], delivered: dict[str, Delivered]) -> PushResult:
    sent = sum(part.sent for part in delivered.values())
    there = sum(part.already_there for part in delivered.values())
    return PushResult(
        round=plan.name,
        passages=len({task.passage for task in tasks}),
        tasks=len(tasks),
        sent=sent,
        already_there=there,
        projects={name: part.project for name, part in delivered.items()},
        url=server.url,
        changed=sent > 0,
        account=Account(noun="tasks", items=len(tasks), into={"sent": sent, "already_there": there}),
    )


def _schema(workspace: Workspace, round_name: str, name: str | None) -> FoundSchema:
    chosen = name or workspace.settings.schema_name
    if not chosen:
        raise ToolkitError(
            said("No schema is named.", "未指定模式。"),
            hint=said(
                "Name one with --schema or in toolkit.yaml; see: toolkit schemas list",
                "请用 --schema 或在 toolkit.yaml 中指定；可查看：toolkit schemas list",
            ),
            code="SCHEMA-UNSET",
        )
    return asked_by(workspace, round_name, chosen)


def _check_against_open(workspace: Workspace, plan: Plan) -> None:
    """Refuse to continue a round under another plan; only its size may grow."""
    if not (workspace.round(plan.name) / "round.json").is_file():
        return
    there = load_plan(workspace, plan.name)
    names = ("schema_name", "schema_version", "views", "annotators", "overlap")
    differs = [
        f"{name} {getattr(there, name)!r} -> {getattr(plan, name)!r}"
        for name in names
        if getattr(there, name) != getattr(plan, name)
    ]
    if plan.size is not None and (there.size is None or plan.size < there.size):
        differs.append(f"size {there.size!r} -> {plan.size!r}")
    if differs:
        raise ToolkitError(
            said(
                f"The round '{plan.name}' is open under another plan: {'; '.join(differs)}.",
                f"轮次 '{plan.name}' 已按另一方案开启：{'; '.join(differs)}。",
            ),
            hint=said(
                "Keep its plan (its size may grow), or open a round of another name.",
                "请沿用原方案（仅可增大 size），或用新名称开启一轮。",
            ),
            code="ROUND-DIFFERS",
        )


def _passages(workspace: Workspace, plan: Plan) -> dict[str, Passage]:
    passages = {passage.id: passage for passage in load_passages(workspace) if passage.view in plan.views}
    if not passages:
        raise ToolkitError(
            said("There are no passages to send.", "没有可发送的段落。"),
            hint=said(
                "First: toolkit ingest PATH..., then: toolkit segment",
                "请先运行：toolkit ingest PATH...，再运行：toolkit segment",
            ),
            code="PASSAGES-NONE",
        )
    return passages


def _write(workspace: Workspace, plan: Plan, found: FoundSchema, tasks: Sequence[Task]) -> None:
    """Write the round's files; the adjudicator's tasks, made later, stay."""
    folder = workspace.round(plan.name)
    kept = [task for task in load_tasks(workspace, plan.name) if task.role == "adjudicator"]
    keep_schema(workspace, plan.name, found)
    write_text(folder / "labelling.xml", labelling_config(found.model))
    write_jsonl(folder / "tasks.jsonl", (task.model_dump(mode="json") for task in (*tasks, *kept)))
    # Written last: a round without it was never opened.
    write_json(folder / "round.json", plan.model_dump(mode="json"))
