"""A task that lies in a project twice: one copy stays, one that nobody has touched goes.

A request that arrived twice, or an import that was slower than our patience, makes such copies. The server's own action
against duplicates has deleted the annotated copy (its issues 5738 and 6399); so every copy is looked at before.
"""

from itertools import count
from typing import Any, Final, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.studio.connection import Server, talking
from toolkit.studio.listing import key_of, tasks_in, with_drafts
from toolkit.studio.patience import UnclearError, wait_or_give_up

_INCLUDE: Final = "id,data,total_annotations,cancelled_annotations,total_predictions"


class Found(NamedTuple):
    """An item as the server holds it."""

    server_task: int
    predictions: int
    answers: int


def listed_once(server: Server, project: int, keys: set[str]) -> tuple[dict[str, Found], int]:
    """Return what a project holds of the wanted keys, each once, and how many second copies were removed for that.

    Raises:
        ToolkitError: ``STUDIO-TWICE`` when two copies of a task hold answers; what ``talking`` raises.
    """
    surplus = 0
    for tries in count(1):
        copies = _listed(server, project, keys)
        left = _surplus(copies)
        surplus = max(surplus, left)
        if not left:
            break
        try:
            _remove(server, project, {key: found for key, found in copies.items() if len(found) > 1})
        except UnclearError as error:
            wait_or_give_up(error, tries, server.progress)
    return {key: found[0] for key, found in copies.items()}, surplus


def _listed(server: Server, project: int, keys: set[str]) -> dict[str, list[Found]]:
    """Return every copy of every wanted key; tasks that somebody else made are none of our business."""
    copies: dict[str, list[Found]] = {}
    for task in tasks_in(server, project, include=_INCLUDE):
        key = key_of(task)
        if key in keys:
            copies.setdefault(key, []).append(_found(task))
    return copies


def _found(task: dict[str, Any]) -> Found:
    answers = int(task.get("total_annotations") or 0) + int(task.get("cancelled_annotations") or 0)
    return Found(int(task["id"]), int(task.get("total_predictions") or 0), answers)


def _surplus(copies: dict[str, list[Found]]) -> int:
    return sum(map(len, copies.values())) - len(copies)


def _remove(server: Server, project: int, twice: dict[str, list[Found]]) -> None:
    """Delete copies that nobody has touched, all but one of each.

    Raises:
        ToolkitError: ``STUDIO-TWICE``, before anything is deleted of that task.
    """
    begun = with_drafts(server, project)
    for key, copies in twice.items():
        touched = [copy for copy in copies if copy.answers or copy.server_task in begun]
        if len(touched) > 1:
            raise _twice(server, project, key)
        stays = touched[0] if touched else min(copies, key=lambda copy: (-copy.predictions, copy.server_task))
        for copy in copies:
            if copy != stays:
                _delete(server, copy.server_task)


def _delete(server: Server, number: int) -> None:
    """Delete a task after a last look at it: an answer may have come since the listing."""
    with talking(server.url):
        task = server.get(f"/api/tasks/{number}/", {})
        if not task.get("annotations") and not task.get("drafts"):
            server.client.tasks.delete(str(number))


def _twice(server: Server, project: int, key: str) -> ToolkitError:
    return ToolkitError(
        said(
            f"Project {project} on {server.url} holds task '{key}' twice, both answered or begun.",
            f"{server.url} 的项目 {project} 中任务 '{key}' 出现两次，且都已有标注或草稿。",
        ),
        hint=said(
            "Pull: both answers are kept. Then delete one of the two tasks in Label Studio.",
            "请先 pull：两份答案都会保留。然后在 Label Studio 中删除其中一个任务。",
        ),
        code="STUDIO-TWICE",
    )
