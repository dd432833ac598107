"""Open tasks out of a person's project, one by one, each after a last look: an answer that came meanwhile stays."""

from collections.abc import Collection, Iterator
from itertools import count
from typing import Final

from toolkit.language import said
from toolkit.studio.connection import Server, talking
from toolkit.studio.listing import key_of, tasks_in, with_drafts
from toolkit.studio.patience import UnclearError, wait_or_give_up
from toolkit.workspace import failpoint

_GONE: Final = 404
_COUNTS: Final = ("annotations", "total_annotations", "cancelled_annotations")


def begun_in(server: Server, project: int) -> set[str]:
    """Return the keys of a project's tasks that somebody has begun to answer."""
    numbers = with_drafts(server, project)
    tasks = tasks_in(server, project, include="id,data") if numbers else ()
    return {str(key_of(task)) for task in tasks if int(task["id"]) in numbers}


def take_away(server: Server, project: int, keys: Collection[str], *, begun_too: bool) -> set[str]:
    """Remove tasks from a project unless they are answered or skipped by now; return the keys of those that stay.

    A task that is not there counts as removed: an earlier run took it. The server deletes no task on a condition, so
    an answer that is submitted between the last look and the removal, some milliseconds, is refused in the browser.

    Args:
        server: where.
        project: the number of the project.
        keys: the tasks.
        begun_too: remove what is begun, too.

    Raises:
        ToolkitError: what ``talking`` raises. A rerun goes on where it stopped.
    """
    for tries in count(1):
        there = list(_listed(server, project, keys))
        stays = set()
        try:
            for place, (key, number) in enumerate(there):
                server.progress(place, len(there), said("taking open tasks", "正在收回未完成任务"))
                if not _removed(server, project, number, begun_too=begun_too):
                    stays.add(key)
        except UnclearError as error:
            wait_or_give_up(error, tries, server.progress)
            continue
        if all(key in stays for key, _ in there):
            return stays
        if tries > 1:
            wait_or_give_up(_still_there(server), tries, server.progress)
    raise AssertionError


def _listed(server: Server, project: int, keys: Collection[str]) -> Iterator[tuple[str, int]]:
    for task in tasks_in(server, project, include="id,data"):
        key = key_of(task)
        if key is not None and key in keys:
            yield key, int(task["id"])


def _removed(server: Server, project: int, number: int, *, begun_too: bool) -> bool:
    """Remove a task after a last look at it; return whether it is gone.

    A task shows only the drafts of who asks, so those of others are looked up in the project.
    """
    from label_studio_sdk.core.api_error import ApiError

    with talking(server.url):
        task = server.get(f"/api/tasks/{number}/", {})
    if any(task.get(name) for name in _COUNTS) or (not begun_too and number in with_drafts(server, project)):
        return False
    failpoint("before-removal")
    with talking(server.url):
        try:
            server.client.tasks.delete(str(number))
        except ApiError as error:
            if error.status_code != _GONE:
                raise
    failpoint("removed")
    return True


def _still_there(server: Server) -> UnclearError:
    return UnclearError(
        said(f"{server.url} still lists tasks that it removed.", f"{server.url} 仍列出已删除的任务。"),
        code="STUDIO-PROTOCOL",
    )
