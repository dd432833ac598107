"""What a project holds, listed to the end: as many tasks as the server says there are, or an error."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

from toolkit.language import said
from toolkit.studio.connection import Server, talking
from toolkit.studio.patience import UnclearError, wait_or_give_up

PAGE: Final = 1000
_KEY: Final = "task_id"


def tasks_in(server: Server, project: int, *, page: int | None = None, **asked: Any) -> Iterator[dict[str, Any]]:
    """Yield a project's tasks as plain JSON.

    The client's own pager ends at the first page that is empty or unknown; a listing cut short would pass for a whole
    one, and what it lacks would be sent again.

    Args:
        server: where.
        project: its number there.
        page: tasks asked for at a time; None: 1,000.
        asked: query parameters of ``GET /api/tasks``: ``include``, ``fields``, ``only_annotated``, ``query``.

    Raises:
        UnclearError: ``STUDIO-PROTOCOL`` when the pages do not hold what their totals say; what ``talking`` raises.
    """
    number, listed = 1, 0
    while True:
        tasks, total = _page(server, {"project": project, "page_size": page or PAGE, "page": number, **asked})
        yield from tasks
        listed += len(tasks)
        if listed >= total:
            return
        if not tasks:
            raise _unknown(server)
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


def people_of(server: Server) -> dict[int, str]:
    """Return the e-mail address of every account, by number."""
    found = _asked(server, "/api/users/", {}, _is_rows)
    return {int(user["id"]): str(user.get("email")) for user in found}


def _page(server: Server, query: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    found = _asked(server, "/api/tasks/", query, _is_page)
    return found["tasks"], found["total"]


def _asked(server: Server, path: str, query: dict[str, Any], fits: Callable[[Any], bool]) -> Any:
    """Return the JSON at a path, asked for again when it is not what belongs there."""
    for tries in count(1):
        with talking(server.url):
            found = server.get(path, query)
        if fits(found):
            return found
        wait_or_give_up(_unknown(server), tries, server.progress)
    raise AssertionError


def _is_page(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("total"), int) and _is_rows(found.get("tasks"))


def _is_rows(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(row, dict) and "id" in row for row in found)


def _unknown(server: Server) -> UnclearError:
    return UnclearError(
        said(f"{server.url} gave a list that is not whole, or none.", f"{server.url} 返回的列表不完整，或不是列表。"),
        code="STUDIO-PROTOCOL",
    )
