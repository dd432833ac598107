"""The verbs about the server itself: start, stop, status, open."""

import os
import sys
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, Result, silent
from toolkit.studio.address import is_loopback
from toolkit.studio.connection import Server, connect, external_url, talking
from toolkit.studio.delivery import projects_of
from toolkit.studio.local.accounts import mend_owner
from toolkit.studio.local.advisories import warnings_of
from toolkit.studio.local.install import VERSION
from toolkit.studio.local.login import OWNER, stored_database, stored_login
from toolkit.studio.local.server import folder_of, running, start_server, stop_server
from toolkit.workspace import Workspace

_FORM_SECONDS: Final = 10


class StudioResult(Result):
    """Which server is used, and whether it runs.

    Attributes:
        url: where it listens; None when it does not run.
        kind: ``local`` is the workspace's own; ``external`` is one that the environment names.
        version: of Label Studio, as the server says it.
        database: of the local server, without the password.
        email, password: the owner's log-in to the local server, only from ``studio status``.
        data: the local server's folder, relative to the workspace.
        warnings: published advisories about this version, whether it is an untested old one, an open sign-up.
    """

    running: bool
    url: str | None
    kind: str
    version: str | None = None
    database: str | None = None
    email: str | None = None
    password: str | None = None
    data: str | None = None
    warnings: tuple[str, ...] = ()


class StudioOpenResult(Result):
    """An address to open.

    Attributes:
        projects: a round's people and the address of each one's project.
        opened: whether a browser was told to.
    """

    url: str
    projects: dict[str, str]
    opened: bool


def studio_start(
    workspace: Workspace, *, port: int | None = None, database: str | None = None, progress: Progress = silent
) -> StudioResult:
    """Start the workspace's Label Studio, or find the running one, or the one that the environment names.

    Args:
        workspace: whose server.
        port: where it listens; None: any free one.
        database: ``postgresql://user:password@host:port/name`` or ``sqlite``; None: as it was, at first SQLite.
        progress: called while waiting.

    Raises:
        ToolkitError: what starting raises (``server.start_server``); ``STUDIO-OWNER``; what connecting raises.
    """
    if external_url():
        return _external(workspace)
    with workspace.lock():
        server, started = start_server(workspace, port, database, progress)
        if started:
            mend_owner(workspace, server.url)
    return _local(workspace, server.url, changed=started)


def studio_stop(workspace: Workspace) -> StudioResult:
    """Stop the workspace's own Label Studio; an existing server is left alone."""
    with workspace.lock():
        stopped = stop_server(workspace)
    return _local(workspace, None, changed=stopped)


def studio_status(workspace: Workspace) -> StudioResult:
    """Say which server is used, whether it runs, and for the local one the owner's log-in."""
    if external_url():
        return _external(workspace)
    found = running(workspace)
    login = stored_login(workspace, OWNER) if found else None
    shown = {"email": login.email, "password": login.password} if login else {}
    return _local(workspace, found.url if found else None, changed=False).model_copy(update=shown)


def studio_open(
    workspace: Workspace, *, round: str | None = None, annotator: str | None = None, browser: bool = False
) -> StudioOpenResult:
    """Return the address of the server, of a round's projects, or of one person's project in it.

    Args:
        workspace: whose server.
        round: the round's name; None: the server's front page.
        annotator: whose project; needed when the round has several.
        browser: open it too, where there is a desktop.

    Raises:
        ToolkitError: ``ROUND-NOT-PUSHED``, ``ANNOTATOR-UNKNOWN``; what connecting raises.
    """
    server = connect(workspace)
    projects = _projects(workspace, server, round) if round else {}
    if annotator is not None and annotator not in projects:
        raise _unknown(annotator, round, projects)
    alone = next(iter(projects.values())) if len(projects) == 1 else server.url
    url = projects[annotator] if annotator is not None else alone
    return StudioOpenResult(url=url, projects=projects, opened=browser and _open(url), changed=False)


def _projects(workspace: Workspace, server: Server, round: str) -> dict[str, str]:
    found = {}
    # Annotators come last: the plain name is theirs, if one who adjudicates has annotated too.
    for who, _, number in projects_of(workspace, server, round):
        found[who] = f"{server.url}/projects/{number}/data"
    if not found:
        raise ToolkitError(
            said(
                f"The round '{round}' has no project on {server.url}.", f"轮次 '{round}' 在 {server.url} 上没有项目。"
            ),
            hint=said("Push it first, or set the server that it was pushed to.", "请先 push，或设置当初推送的服务器。"),
            code="ROUND-NOT-PUSHED",
        )
    return found


def _unknown(annotator: str, round: str | None, projects: dict[str, str]) -> ToolkitError:
    named = ", ".join(f"'{name}'" for name in projects)
    return ToolkitError(
        said(f"'{annotator}' has no project in the round '{round}'.", f"'{annotator}' 在轮次 '{round}' 中没有项目。")
        if round
        else said("Whose project is asked for, but of no round.", "指定了标注者，但未指定轮次。"),
        hint=said(f"Its people: {named}.", f"该轮次的人员：{named}。")
        if round
        else said("Name the round too: --round R", "请同时指定轮次：--round R"),
        code="ANNOTATOR-UNKNOWN",
    )


def _open(url: str) -> bool:
    """Open an address on a desktop. Without one, a browser of the terminal would take the terminal over."""
    import webbrowser

    desktop = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(desktop) and webbrowser.open(url)


def server_version(server: Server) -> str | None:
    """Return the version of Label Studio that a server says it is; None when it does not say."""
    told = None
    with suppress(ToolkitError), talking(server.url):
        told = server.get("api/version/", {})
    package = told.get("label-studio-os-package") if isinstance(told, dict) else None
    # Enterprise counts differently; what it is built on is what advisories are about.
    version = (package or {}).get("version") or (told.get("release") if isinstance(told, dict) else None)
    return str(version) if version else None


def _anyone_may_sign_up(server: Server) -> bool:
    """Tell whether the log-in page offers accounts without an invite link, which is how Label Studio comes."""
    import httpx

    outside = not is_loopback(httpx.URL(server.url).host)
    try:
        # Asked as a stranger would: without the key.
        answer = httpx.get(f"{server.url}/user/login/", timeout=_FORM_SECONDS, trust_env=outside)
    except httpx.HTTPError:
        return False
    return answer.status_code == HTTPStatus.OK and "/user/signup" in answer.text


def _external(workspace: Workspace) -> StudioResult:
    server = connect(workspace)
    version = server_version(server)
    warnings = warnings_of(version)
    if _anyone_may_sign_up(server):
        sign_up = said(
            "Anyone who reaches it can make an account and read every project; its administrator closes that with "
            "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true.",
            "任何能访问它的人都可注册并查看所有项目；管理员可设置 LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true 关闭。",
        )
        warnings = (*warnings, sign_up)
    return StudioResult(
        running=True, url=server.url, kind="external", version=version, warnings=warnings, changed=False
    )


def _local(workspace: Workspace, url: str | None, *, changed: bool) -> StudioResult:
    database = stored_database(workspace)
    return StudioResult(
        running=url is not None,
        url=url,
        kind="local",
        version=VERSION,
        database=database.shown if database else None,
        data=folder_of(workspace).relative_to(workspace.root).as_posix(),
        warnings=warnings_of(VERSION),
        changed=changed,
    )
