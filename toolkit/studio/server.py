"""The workspace's own Label Studio: started on 127.0.0.1, without telemetry, its data in the workspace.

It runs in a process group of its own, so it outlives the command that started it and is stopped as a whole.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Final

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Progress, silent
from toolkit.studio.install import DATABASE, VERSION, executable, install, own_variables, server_variables, template
from toolkit.studio.login import Login, owner_login
from toolkit.workspace import Workspace, write_json

_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 240
_STOP_SECONDS: Final = 20


class Running(Noun):
    """A local server that was started; whether it still lives is ``alive``'s to say. Holds no secret."""

    pid: int
    port: int
    version: str

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{_HOST}:{self.port}"


def folder_of(workspace: Workspace) -> Path:
    """Return where the local server keeps its data."""
    return workspace.data / "label-studio"


def running(workspace: Workspace) -> Running | None:
    """Return the workspace's server if it lives and is ours, else None."""
    file = _state_file(workspace)
    if not file.is_file():
        return None
    found = Running.model_validate_json(file.read_text(encoding="utf-8"))
    return found if _is_ours(found.pid, workspace) and _healthy(found.port) else None


def start_server(workspace: Workspace, port: int | None, progress: Progress = silent) -> tuple[Running, bool]:
    """Start the server, or find the running one; return it and whether it was started.

    Raises:
        ToolkitError: ``PORT-TAKEN``, ``STUDIO-NOT-STARTED``, ``STUDIO-INSTALL``.
    """
    if found := running(workspace):
        return found, False
    stop_server(workspace)
    chosen = _port(port)
    install(progress)
    login = owner_login(workspace)
    data = folder_of(workspace)
    _from_template(data)
    process = _launch(data, chosen, login)
    server = Running(pid=process.pid, port=chosen, version=VERSION)
    # Known before it is healthy, so that a kill of this command leaves no server that nobody can stop.
    write_json(_state_file(workspace), server.model_dump())
    _wait(process, chosen, data, progress)
    return server, True


def stop_server(workspace: Workspace) -> bool:
    """Stop the workspace's server, if it is ours and lives; return whether there was one to stop."""
    file = _state_file(workspace)
    if not file.is_file():
        return False
    found = Running.model_validate_json(file.read_text(encoding="utf-8"))
    lived = _is_ours(found.pid, workspace)
    if lived:
        _end(found.pid)
    file.unlink()
    return lived


def _state_file(workspace: Workspace) -> Path:
    return folder_of(workspace) / "server.json"


def _is_ours(pid: int, workspace: Workspace) -> bool:
    """Tell our server from a process that got its number later: it was started with our data folder."""
    done = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return str(folder_of(workspace)) in done.stdout and "label-studio" in done.stdout


def _end(pid: int) -> None:
    os.killpg(pid, signal.SIGTERM)
    give_up = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < give_up:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # a child of this very process would stay as a zombie
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(pid, signal.SIGKILL)


def _port(wanted: int | None) -> int:
    """Return a free port. A busy one would silently become the next one inside Label Studio."""
    with socket.socket() as probe:
        # A port whose last connections are still closing is free to listen on.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, wanted or 0))
        except OSError as error:
            raise ToolkitError(
                said(f"Port {wanted} is taken by another program.", f"端口 {wanted} 已被其他程序占用。"),
                hint=said(
                    "Name another port, or none: then a free one is chosen.", "请换一个端口，或不指定以自动选择。"
                ),
                code="PORT-TAKEN",
            ) from error
        port: int = probe.getsockname()[1]
        return port


def _launch(data: Path, port: int, login: Login) -> subprocess.Popen[bytes]:
    data.mkdir(parents=True, exist_ok=True)
    command = [str(executable()), "start", "--no-browser", "--internal-host", _HOST, "--port", str(port)]
    with (data / "server.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own environment's command
            [*command, "--data-dir", str(data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=data,
            env=_variables(data, login),
        )


def _variables(data: Path, login: Login) -> dict[str, str]:
    return (
        own_variables()
        | server_variables(data)
        | {
            "LABEL_STUDIO_USERNAME": login.email,
            "LABEL_STUDIO_PASSWORD": login.password,
            "LABEL_STUDIO_USER_TOKEN": login.token,
            # Read only when the organisation is made, so it has to be there at the first start.
            "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        }
    )


def _wait(process: subprocess.Popen[bytes], port: int, data: Path, progress: Progress) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _START_SECONDS:
        if _healthy(port):
            return
        if process.poll() is not None:
            break
        progress(int(time.monotonic() - began), None, said("waiting for Label Studio", "正在等待 Label Studio 启动"))
        time.sleep(0.25)
    if process.poll() is None:
        _end(process.pid)
    raise ToolkitError(
        said(
            f"Label Studio did not come up; its log is '{data / 'server.log'}'.",
            f"Label Studio 未能启动；日志见 '{data / 'server.log'}'。",
        ),
        hint=said("Read the log's last lines, then start it again.", "请查看日志末尾，然后重新启动。"),
        code="STUDIO-NOT-STARTED",
        exit_code=SERVICE,
    )


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{_HOST}:{port}/health", timeout=5) as answer:
            return bool(json.loads(answer.read()).get("status") == "UP")
    except (OSError, ValueError, urllib.error.URLError):
        return False


def _from_template(data: Path) -> None:
    """Begin with the migrated, empty database: migrating takes nearly all of a cold start (21 s against 2.5 s)."""
    if not (data / DATABASE).exists():
        data.mkdir(parents=True, exist_ok=True)
        beside = data / f".{DATABASE}"
        shutil.copyfile(template(), beside)
        beside.replace(data / DATABASE)
