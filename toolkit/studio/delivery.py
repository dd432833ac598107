"""Tasks to the server, each exactly once: list what is there, send the difference, and after any doubt list again.

The server never looks for duplicates, and an import that seemed to fail may have gone through. So the key of every
item is in its data, and what the server holds decides, never what we remember having sent.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, silent
from toolkit.rounds.plan import Plan
from toolkit.studio.connection import Server, talking
from toolkit.tasks import Role, Task
from toolkit.workspace import Workspace, failpoint

_BATCH: Final = 1000
_TITLE: Final = 50


class Item(NamedTuple):
    """A task with what the server gets: its data, and predictions for the annotator to begin from."""

    task: Task
    data: dict[str, Any]
    predictions: Sequence[dict[str, Any]] = ()


class Delivered(NamedTuple):
    """What a delivery did: ``sent + already_there`` is the number of items."""

    project: int
    sent: int
    already_there: int


def deliver(
    workspace: Workspace,
    server: Server,
    plan: Plan,
    annotator: str,
    role: Role,
    config: str,
    items: Sequence[Item],
    progress: Progress = silent,
) -> Delivered:
    """Bring items into one person's project of a round, each exactly once. Call it with the workspace's lock held.

    Raises:
        ToolkitError: ``STUDIO-COUNT`` when the server holds another number than was sent, ``STUDIO-PREDICTIONS`` when
            it silently dropped predictions; what talking to it raises. A rerun goes on where it stopped.
    """
    _note(workspace, items, annotator, role)
    settled = _settled(workspace)
    project = _project(workspace, server, plan, annotator, role, config)
    there = _listed(server, project)
    missing = [item for item in items if item.task.id not in there]
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        progress(start, len(missing), said(f"sending to {annotator}", f"正在发送给 {annotator}"))
        _mark(workspace, batch, "sent")
        failpoint("before-import")
        with talking(server.url):
            server.client.projects.import_tasks(project, request=[_request(item) for item in batch])
        failpoint("imported")
    now = _listed(server, project) if missing else there
    # What was found complete once stays so: predictions are compared as they were when they went out.
    _check(server, items, [item for item in items if item.task.id not in settled & there.keys()], now)
    _settle(workspace, items, now)
    return Delivered(project, len(missing), len(items) - len(missing))


def projects_of(workspace: Workspace, server: Server, round_name: str) -> Iterator[tuple[str, Role, int]]:
    """Yield annotator, role and project number of a round's projects on this server."""
    rows = workspace.ledger.query(
        "SELECT annotator, role, project FROM projects WHERE round = ? AND server = ? ORDER BY role, annotator",
        (round_name, server.url if server.kind == "external" else "local"),
    )
    for row in rows:
        yield row["annotator"], row["role"], row["project"]


class Found(NamedTuple):
    """An item as the server holds it."""

    server_task: int
    predictions: int


def _listed(server: Server, project: int) -> dict[str, Found]:
    """Return what a project holds, by task id."""
    found: dict[str, Found] = {}
    with talking(server.url):
        for item in server.client.tasks.list(project=project, page_size=_BATCH, include="id,data,total_predictions"):
            key = str((item.data or {}).get("task_id"))
            if key in found:
                raise ToolkitError(
                    said(f"Project {project} holds task '{key}' twice.", f"项目 {project} 中任务 '{key}' 出现两次。"),
                    hint=said("Delete one of the two in Label Studio.", "请在 Label Studio 中删除其中一个。"),
                    code="STUDIO-TWICE",
                )
            found[key] = Found(int(item.id), int(item.total_predictions or 0))
    return found


def _request(item: Item) -> dict[str, Any]:
    return {"data": item.data, "predictions": list(item.predictions)} if item.predictions else {"data": item.data}


def _check(server: Server, items: Sequence[Item], fresh: Sequence[Item], now: dict[str, Found]) -> None:
    """Compare with what was sent: the server drops bad predictions without a word."""
    lost = [item.task.id for item in items if item.task.id not in now]
    if lost:
        raise ToolkitError(
            said(
                f"{server.url} took {len(lost)} tasks less than were sent.", f"{server.url} 少收了 {len(lost)} 个任务。"
            ),
            hint=said("Run the command again: only those are sent.", "请重新运行：只会补发缺少的任务。"),
            code="STUDIO-COUNT",
            exit_code=SERVICE,
        )
    bare = [item.task.id for item in fresh if now[item.task.id].predictions < len(item.predictions)]
    if bare:
        raise ToolkitError(
            said(
                f"{server.url} dropped the predictions of {len(bare)} tasks.",
                f"{server.url} 丢弃了 {len(bare)} 个任务的预标注。",
            ),
            hint=said(
                "Its log says why; 'server.log' for the local one.", "原因见服务器日志；本地服务器为 'server.log'。"
            ),
            code="STUDIO-PREDICTIONS",
            exit_code=SERVICE,
        )


def _project(workspace: Workspace, server: Server, plan: Plan, annotator: str, role: Role, config: str) -> int:
    """Return the person's project, found again by the mark in its description when a kill came after its making."""
    known = {(name, as_): number for name, as_, number in projects_of(workspace, server, plan.name)}
    if (annotator, role) in known:
        return known[annotator, role]
    mark = f"sft-toolkit {workspace.settings.name}/{plan.name}/{role}/{annotator}"
    with talking(server.url):
        there = [found for found in server.client.projects.list() if found.description == mark]
        project = int((there[0] if there else _make(server, plan, annotator, config, mark)).id)
    failpoint("project-made")
    with workspace.ledger.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO projects VALUES (?, ?, ?, ?, ?)",
            (plan.name, annotator, role, server.url if server.kind == "external" else "local", project),
        )
    return project


def _make(server: Server, plan: Plan, annotator: str, config: str, mark: str) -> Any:
    title = f"{plan.name} · {annotator}"
    return server.client.projects.create(
        title=title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…",
        description=mark,
        label_config=config,
        maximum_annotations=1,
        show_collab_predictions=True,
    )


def _note(workspace: Workspace, items: Sequence[Item], annotator: str, role: Role) -> None:
    with workspace.ledger.transaction() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, ?, ?, 'new', NULL)",
            [(item.task.id, item.task.round, annotator, role, item.task.passage) for item in items],
        )


def _mark(workspace: Workspace, items: Sequence[Item], state: str) -> None:
    with workspace.ledger.transaction() as connection:
        connection.executemany("UPDATE outbox SET state = ? WHERE task = ?", [(state, item.task.id) for item in items])


def _settled(workspace: Workspace) -> set[str]:
    return {row["task"] for row in workspace.ledger.query("SELECT task FROM outbox WHERE state = 'done'")}


def _settle(workspace: Workspace, items: Sequence[Item], now: dict[str, Found]) -> None:
    wanted = [(now[item.task.id].server_task, item.task.id) for item in items]
    rows = workspace.ledger.query("SELECT task, server_task FROM outbox WHERE state = 'done'")
    done = {(row["server_task"], row["task"]) for row in rows}
    if new := [pair for pair in wanted if pair not in done]:
        with workspace.ledger.transaction() as connection:
            connection.executemany("UPDATE outbox SET state = 'done', server_task = ? WHERE task = ?", new)
