"""The verbs about the server itself: start, stop, status, and the owner's log-in."""

from toolkit.noun import Progress, Result, silent
from toolkit.studio.connection import connect, external_url
from toolkit.studio.install import VERSION
from toolkit.studio.login import OWNER, stored_login
from toolkit.studio.server import folder_of, running, start_server, stop_server
from toolkit.workspace import Workspace


class StudioResult(Result):
    """Which server is used, and whether it runs.

    Attributes:
        url: where it listens; None when it does not run.
        kind: ``local`` is the workspace's own; ``external`` is the one that the environment names.
        email, password: the owner's log-in to the local server, only from ``studio status``.
        data: the local server's folder, relative to the workspace.
    """

    running: bool
    url: str | None
    kind: str
    version: str | None = None
    email: str | None = None
    password: str | None = None
    data: str | None = None


def studio_start(workspace: Workspace, *, port: int | None = None, progress: Progress = silent) -> StudioResult:
    """Start the workspace's Label Studio, or find the running one, or the one that the environment names.

    Raises:
        ToolkitError: ``PORT-TAKEN``, ``STUDIO-NOT-STARTED``, ``STUDIO-INSTALL``; what connecting raises.
    """
    if external_url():
        return _external(workspace)
    with workspace.lock():
        server, started = start_server(workspace, port, progress)
    return StudioResult(
        running=True, url=server.url, kind="local", version=VERSION, data=_data(workspace), changed=started
    )


def studio_stop(workspace: Workspace) -> StudioResult:
    """Stop the workspace's own Label Studio; an existing server is left alone."""
    with workspace.lock():
        stopped = stop_server(workspace)
    return StudioResult(running=False, url=None, kind="local", version=VERSION, data=_data(workspace), changed=stopped)


def studio_status(workspace: Workspace) -> StudioResult:
    """Say which server is used, whether it runs, and for the local one the owner's log-in."""
    if external_url():
        return _external(workspace)
    found = running(workspace)
    login = stored_login(workspace, OWNER) if found else None
    return StudioResult(
        running=found is not None,
        url=found.url if found else None,
        kind="local",
        version=VERSION,
        email=login.email if login else None,
        password=login.password if login else None,
        data=_data(workspace),
        changed=False,
    )


def _external(workspace: Workspace) -> StudioResult:
    return StudioResult(running=True, url=connect(workspace).url, kind="external", changed=False)


def _data(workspace: Workspace) -> str:
    return folder_of(workspace).relative_to(workspace.root).as_posix()
