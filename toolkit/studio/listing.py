"""What a project holds, listed to the end: as many tasks as the server says there are, or an error."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from toolkit.language import said
from toolkit.studio.connection import Server, talking
from toolkit.studio.patience import UnclearError, wait_or_give_up

PAGE: Final = 1000
_KEY: Final = "task_id"


def tasks_in(server: Server, project: int, *, page: int = PAGE, **asked: Any) -> Iterator[dict[str, Any]]:
    """Yield a project's tasks as plain JSON.

    The client's own pager ends at the first page that is empty or unknown; a listing cut short would pass for a whole
    one, and what it lacks would be sent again.

    Args:
        server: where.
        project: its number there.
        page: tasks asked for at a time.
        asked: query parameters of ``GET /api/tasks``: ``include``, ``fields``, ``only_annotated``, ``query``.

    Raises:
        UnclearError: ``STUDIO-PROTOCOL`` when the pages do not hold what their totals say; what ``talking`` raises.
    """
    number, listed = 1, 0
    while True:
        tasks, total = _page(server, {"project": project, "page_size": page, "page": number, **asked})
        yield from tasks
        listed += len(tasks)
        if listed >= total:
            return
        if not tasks:
            raise _not_listed(server, project)
        number += 1


def key_of(task: dict[str, Any]) -> str | None:
    """Return the key that the toolkit gave a task, None for one that somebody else made."""
    data = task.get("data")
    key = data.get(_KEY) if isinstance(data, dict) else None
    return key if isinstance(key, str) else None


def with_drafts(server: Server, project: int) -> set[int]:
    """Return the numbers of the tasks that somebody, whoever it is, has begun to answer."""
    begun = {"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": "true"}
    query = json.dumps({"filters": {"conjunction": "and", "items": [begun]}})
    return {int(task["id"]) for task in tasks_in(server, project, include="id", query=query)}


def _page(server: Server, query: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    for tries in count(1):
        with talking(server.url):
            found = server.get("/api/tasks/", query)
        tasks, total = (found.get("tasks"), found.get("total")) if isinstance(found, dict) else (None, None)
        if isinstance(tasks, list) and isinstance(total, int) and all(isinstance(one, dict) for one in tasks):
            return tasks, total
        wait_or_give_up(_not_listed(server, query["project"]), tries, server.progress)
    raise AssertionError


def _not_listed(server: Server, project: int) -> UnclearError:
    return UnclearError(
        said(f"{server.url} did not list project {project} to its end.", f"{server.url} 未能完整列出项目 {project}。"),
        code="STUDIO-PROTOCOL",
    )
