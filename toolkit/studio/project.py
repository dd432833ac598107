"""Projects: making one, what it asks and tells, who works on the server; an answer that is none is asked for again."""

from collections.abc import Callable
from http import HTTPStatus
from itertools import count
from typing import Any, Final

from toolkit.annotations.guideline import Guideline, guideline_html
from toolkit.language import said
from toolkit.noun import Progress
from toolkit.studio.connection import Server, talking
from toolkit.studio.patience import UnclearError, wait_or_give_up

_PAGE: Final = 1000
_TITLE: Final = 50


def made_once(
    server: Server, title: str, config: str, mark: str, guideline: Guideline | None, progress: Progress
) -> int:
    """Make a project unless one bears the mark. Of two, which a request that arrived twice makes, the older counts.

    Raises:
        ToolkitError: what talking to the server raises.
    """
    for tries in count(1):
        with talking(server.url):
            found = server.client.projects.list(include="id,description", page_size=_PAGE)
            there = [int(one.id) for one in found if one.description == mark]
        if there:
            return min(there)
        try:
            _make(server, title, config, mark, guideline)
        except UnclearError as error:
            wait_or_give_up(error, tries, progress)
    raise AssertionError


def _make(server: Server, title: str, config: str, mark: str, guideline: Guideline | None) -> None:
    told = {"expert_instruction": guideline_html(guideline), "show_instruction": True} if guideline else {}
    with talking(server.url):
        server.client.projects.create(
            title=title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…",
            description=mark,
            label_config=config,
            maximum_annotations=1,
            show_collab_predictions=True,
            **told,
        )


def show_guideline(server: Server, project: int, guideline: Guideline) -> None:
    """Put a guideline before the annotators of a project, unless the one there bears its version.

    Raises:
        UnclearError: ``STUDIO-PROTOCOL``; what ``talking`` raises.
    """
    found = _project(server, project)
    if found and f"<code>{guideline.version}</code>" not in str(found.get("expert_instruction") or ""):
        with talking(server.url):
            server.client.projects.update(project, expert_instruction=guideline_html(guideline), show_instruction=True)


def config_of(server: Server, project: int) -> str | None:
    """Return a project's labelling config, None when there is no such project.

    Raises:
        UnclearError: ``STUDIO-PROTOCOL``; what ``talking`` raises.
    """
    found = _project(server, project)
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


def _project(server: Server, project: int) -> Any:
    """Return a project as the server tells it, None when there is no such project."""

    def fits(found: Any) -> bool:
        return isinstance(found, dict) and isinstance(found.get("label_config"), str)

    return _asked(server, f"/api/projects/{project}/", fits)


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
