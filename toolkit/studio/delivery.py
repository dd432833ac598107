"""Tasks to the server, each exactly once: list what is there, send the difference, and after any doubt list again.

The server never looks for duplicates, and an import that seemed to fail may have gone through. So the key of every
item is in its data, and what the server holds decides, never what we remember having sent.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, silent
from toolkit.rounds.issued import page_in_force
from toolkit.rounds.plan import Plan
from toolkit.studio.connection import Server, talking
from toolkit.studio.copies import Found, listed_once
from toolkit.studio.patience import UnclearError, pause, wait_or_give_up
from toolkit.studio.project import made_once, show_guideline
from toolkit.tasks import Role, Task
from toolkit.workspace import Workspace, failpoint

_BATCH: Final = 1000
_PAGE: Final = 1000
ARRIVING: Final = 300.0
"""Seconds to wait for an import that the server has only promised (``{"import": 5}``, Enterprise)."""


class Item(NamedTuple):
    """A task with what the server gets: its data, and predictions for the annotator to begin from."""

    task: Task
    data: dict[str, Any]
    predictions: Sequence[dict[str, Any]] = ()


class Delivered(NamedTuple):
    """What a delivery did: ``sent + already_there`` is the number of items.

    Attributes:
        duplicates_removed: second copies of a task that nobody had touched; a request that arrived twice makes them.
    """

    project: int
    sent: int
    already_there: int
    duplicates_removed: int = 0


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
        ToolkitError: ``STUDIO-COUNT`` when the server holds another number than was sent, ``STUDIO-IMPORTING`` when
            what it promised does not come, ``STUDIO-PREDICTIONS`` when it silently dropped predictions,
            ``STUDIO-TWICE`` for a task that was answered in two copies; what talking to it raises. A rerun goes on
            where it stopped.
    """
    _note(workspace, items, annotator, role)
    settled, in_doubt = _states(workspace, items)
    project = _project(workspace, server, plan, annotator, role, config, progress)
    to = _Recipient(workspace, server, project, said(f"sending to {annotator}", f"正在发送给 {annotator}"), progress)
    done = _bring(to, items, in_doubt=in_doubt)
    # What was found complete once stays so: predictions are compared as they were when they went out.
    complete = {task: number for task, number in settled.items() if task in done.before}
    _check_predictions(server, [item for item in items if item.task.id not in complete], done.now)
    _settle(workspace, items, complete, done.now)
    there = sum(item.task.id in done.before for item in items)
    return Delivered(project, len(items) - there, there, done.removed)


class _Recipient(NamedTuple):
    """Where a delivery goes, and how it is told."""

    workspace: Workspace
    server: Server
    project: int
    doing: str
    progress: Progress

    def listed(self, keys: set[str]) -> tuple[dict[str, Found], int]:
        return listed_once(self.server, self.project, keys)


class _Brought(NamedTuple):
    """What was there before, what is there now, and how many second copies were removed on the way."""

    before: frozenset[str]
    now: dict[str, Found]
    removed: int


def _bring(to: _Recipient, items: Sequence[Item], *, in_doubt: bool) -> _Brought:
    """Send what is missing until a listing shows every item, once.

    After an unclear answer the listing decides. What that answer was about may still be on its way then, and be
    there twice in the end; so after any doubt the last listing is made once more, some time later.
    """
    keys = {item.task.id for item in items}
    now, removed = to.listed(keys)
    before, tries = frozenset(now), 0
    while missing := [item for item in items if item.task.id not in now]:
        promised = None
        try:
            promised = _send(to, missing, len(items))
        except UnclearError as error:
            in_doubt, tries = True, tries + 1
            wait_or_give_up(error, tries, to.progress)
        now, more = _arrived(to, keys, promised)
        removed += more
        still = sum(key not in now for key in keys)
        if promised is not None and still:
            raise _too_few(to.server, still, waited=promised)
        tries = tries if still == len(missing) else min(tries, 1)
    if in_doubt:
        time.sleep(pause(1))
        now, more = to.listed(keys)
        removed += more
    return _Brought(before, now, removed)


def _send(to: _Recipient, missing: Sequence[Item], total: int) -> bool:
    """Send items in batches; return whether the server only promised to take one of them."""
    promised = False
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        to.progress(total - len(missing) + start, total, to.doing)
        _mark(to.workspace, batch, "sent")
        failpoint("before-import")
        with talking(to.server.url):
            answer = to.server.client.projects.import_tasks(to.project, request=[request_of(item) for item in batch])
        failpoint("imported")
        promised = promised or answer.task_count is None
    return promised


def _arrived(to: _Recipient, keys: set[str], promised: bool | None) -> tuple[dict[str, Found], int]:
    """List what is there; where imports were promised, until all of them came or the time is up."""
    until = time.monotonic() + (ARRIVING if promised else 0)
    for tries in count(1):
        now, removed = to.listed(keys)
        if len(now) == len(keys) or time.monotonic() >= until:
            return now, removed
        to.progress(len(now), len(keys), said("waiting for the server's import", "正在等待服务器导入"))
        time.sleep(pause(tries))
    raise AssertionError


def projects_of(workspace: Workspace, server: Server, round_name: str) -> Iterator[tuple[str, Role, int]]:
    """Yield annotator, role and project number of a round's projects on this server."""
    rows = workspace.ledger.query(
        "SELECT annotator, role, project FROM projects WHERE round = ? AND server = ? ORDER BY role, annotator",
        (round_name, server.url if server.kind == "external" else "local"),
    )
    for row in rows:
        yield row["annotator"], row["role"], row["project"]


def request_of(item: Item) -> dict[str, Any]:
    """Return an item as Label Studio imports it."""
    return {"data": item.data, "predictions": list(item.predictions)} if item.predictions else {"data": item.data}


def _too_few(server: Server, missing: int, *, waited: bool) -> ToolkitError:
    if waited:
        return ToolkitError(
            said(
                f"{server.url} has promised to import and still lacks {missing} tasks.",
                f"{server.url} 已承诺导入，但仍缺少 {missing} 个任务。",
            ),
            hint=said(
                "Look at its imports; when they have ended, run the command again: only what lacks is sent.",
                "请查看其导入任务；结束后重新运行：只会补发缺少的任务。",
            ),
            code="STUDIO-IMPORTING",
            exit_code=SERVICE,
        )
    return ToolkitError(
        said(f"{server.url} took {missing} tasks less than were sent.", f"{server.url} 少收了 {missing} 个任务。"),
        hint=said("Run the command again: only those are sent.", "请重新运行：只会补发缺少的任务。"),
        code="STUDIO-COUNT",
        exit_code=SERVICE,
    )


def _check_predictions(server: Server, fresh: Sequence[Item], now: dict[str, Found]) -> None:
    """Compare with what was sent: the server drops bad predictions without a word."""
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


def _project(
    workspace: Workspace,
    server: Server,
    plan: Plan,
    annotator: str,
    role: Role,
    config: str,
    progress: Progress,
) -> int:
    """Return the person's project, found again by the mark in its description when a kill came after its making."""
    known = {(name, as_): number for name, as_, number in projects_of(workspace, server, plan.name)}
    page = page_in_force(workspace, plan) if plan.guidelines else None
    if (annotator, role) in known:
        if page and len(plan.guidelines) > 1:
            show_guideline(server, known[annotator, role], page)
        return known[annotator, role]
    mark = f"sft-toolkit {workspace.settings.name}/{plan.name}/{role}/{annotator}"
    project = made_once(server, f"{plan.name} · {annotator}", config, mark, page, progress)
    failpoint("project-made")
    with workspace.ledger.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO projects VALUES (?, ?, ?, ?, ?)",
            (plan.name, annotator, role, server.url if server.kind == "external" else "local", project),
        )
    return project


def _note(workspace: Workspace, items: Sequence[Item], annotator: str, role: Role) -> None:
    with workspace.ledger.transaction() as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, ?, ?, 'new', NULL)",
            [(item.task.id, item.task.round, annotator, role, item.task.passage) for item in items],
        )


def _mark(workspace: Workspace, items: Sequence[Item], state: str) -> None:
    with workspace.ledger.transaction() as connection:
        connection.executemany("UPDATE outbox SET state = ? WHERE task = ?", [(state, item.task.id) for item in items])


def _states(workspace: Workspace, items: Sequence[Item]) -> tuple[dict[str, int], bool]:
    """Return the server's number of each task once found complete, and whether any was sent with no known outcome."""
    rows = workspace.ledger.query(
        "SELECT task, state, server_task FROM outbox WHERE state IN ('sent', 'done') AND round IN (SELECT value FROM "
        "json_each(?))",
        (json.dumps(sorted({item.task.round for item in items})),),
    )
    state = {row["task"]: row["state"] for row in rows}
    settled = {row["task"]: int(row["server_task"]) for row in rows if row["state"] == "done"}
    return settled, any(state.get(item.task.id) == "sent" for item in items)


def _settle(workspace: Workspace, items: Sequence[Item], settled: Mapping[str, int], now: dict[str, Found]) -> None:
    wanted = [(now[item.task.id].server_task, item.task.id) for item in items]
    if new := [(number, task) for number, task in wanted if settled.get(task) != number]:
        with workspace.ledger.transaction() as connection:
            connection.executemany("UPDATE outbox SET state = 'done', server_task = ? WHERE task = ?", new)
