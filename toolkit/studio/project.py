"""What a project asks, and who works on the server; an answer in other words than Label Studio's is asked for again."""

from collections.abc import Callable
from http import HTTPStatus
from itertools import count
from typing import Any

from toolkit.language import said
from toolkit.studio.connection import Server, talking
from toolkit.studio.patience import UnclearError, wait_or_give_up


def config_of(server: Server, project: int) -> str | None:
    """Return a project's labelling config, None when there is no such project.

    Raises:
        UnclearError: ``STUDIO-PROTOCOL``; what ``talking`` raises.
    """

    def fits(found: Any) -> bool:
        return isinstance(found, dict) and isinstance(found.get("label_config"), str)

    found = _asked(server, f"/api/projects/{project}/", fits)
    return None if found is None else str(found["label_config"])


def people_of(server: Server) -> set[tuple[int, str]]:
    """Return the e-mail behind each account number.

    Raises:
        UnclearError: ``STUDIO-PROTOCOL``; what ``talking`` raises.
    """

    def fits(found: Any) -> bool:
        return isinstance(found, list) and all(isinstance(one, dict) and {"id", "email"} <= one.keys() for one in found)

    found = _asked(server, "/api/users/", fits)
    return {(int(one["id"]), str(one["email"])) for one in found or ()}


def _asked(server: Server, path: str, fits: Callable[[Any], bool]) -> Any:
    """Return what is at a path, or None when nothing is."""
    import httpx

    for tries in count(1):
        with talking(server.url):
            try:
                found = server.get(path, {})
            except httpx.HTTPStatusError as error:
                if error.response.status_code == HTTPStatus.NOT_FOUND:
                    return None
                raise
        if fits(found):
            return found
        message = said(f"{server.url} gave no answer to {path}.", f"{server.url} 未能回答 {path}。")
        wait_or_give_up(UnclearError(message, code="STUDIO-PROTOCOL"), tries, server.progress)
    raise AssertionError
