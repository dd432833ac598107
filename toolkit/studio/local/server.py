"""The workspace's own Label Studio: started on 127.0.0.1, without telemetry, its data in the workspace.

It runs in a process group of its own, so it outlives the command that started it and is stopped as a whole.
"""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Progress, silent
from toolkit.studio.local.database import Database, count_tables, read_database
from toolkit.studio.local.install import (
    DATABASE,
    VERSION,
    executable,
    install,
    own_variables,
    server_variables,
    template,
)
from toolkit.studio.local.login import Login, owner_login, store_database, stored_database
from toolkit.studio.local.processes import end, server_command, servers_on
from toolkit.workspace import Workspace, failpoint, write_json

_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 240


class Running(Noun):
    """A local server that was started; whether it still lives is ``running``'s to say. Holds no secret."""

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


def before_restore(workspace: Workspace) -> Path:
    """Return where a restore puts the folder that it replaces, for the moment until the new one has its place."""
    return workspace.data / "label-studio.before-restore"


def being_restored(workspace: Workspace) -> Path:
    """Return where a restore unpacks; while this folder is there, the new one has not got its place."""
    return workspace.data / "label-studio.restoring"


def running(workspace: Workspace) -> Running | None:
    """Return the workspace's server if it lives and is ours, else None."""
    file = _state_file(workspace)
    if not file.is_file():
        return None
    found = Running.model_validate_json(file.read_text(encoding="utf-8"))
    return found if found.pid in _ours(workspace) and _healthy(found.port) else None


def start_server(
    workspace: Workspace, port: int | None, address: str | None, progress: Progress = silent
) -> tuple[Running, bool]:
    """Start the server, or find the running one; return it and whether it was started.

    Args:
        workspace: whose server.
        port: where it listens; None: any free one.
        address: of its database; None: the one that it had before, at first SQLite.
        progress: called while waiting.

    Raises:
        ToolkitError: ``PORT-TAKEN``, ``STUDIO-NOT-STARTED``, ``STUDIO-INSTALL``, ``STUDIO-DATABASE``,
            ``STUDIO-DATABASE-URL``, ``STUDIO-DATABASE-DIFFERS``.
    """
    finish_or_undo_restore(workspace)
    found = running(workspace)
    database = _database(workspace, address, used=found is not None)
    if found:
        return found, False
    stop_server(workspace)
    chosen = _port(port)
    install(progress)
    if database:
        count_tables(database, own_variables())
    store_database(workspace, database)
    data = folder_of(workspace).resolve()
    _prepare(data, database)
    process = _launch(data, chosen, owner_login(workspace), database)
    failpoint("server-launched")
    server = Running(pid=process.pid, port=chosen, version=VERSION)
    # Known before it is healthy, so that what asks for it meanwhile finds it.
    write_json(_state_file(workspace), server.model_dump())
    failpoint("server-noted")
    _wait(process, chosen, data, progress)
    return server, True


def stop_server(workspace: Workspace) -> bool:
    """Stop every server on the workspace's data, also one that a killed start left; return whether there was one."""
    found = _ours(workspace)
    for pid in found:
        end(pid)
    _state_file(workspace).unlink(missing_ok=True)
    return bool(found)


def finish_or_undo_restore(workspace: Workspace) -> None:
    """Clear up after a restore that was killed: what it replaced comes back unless the new folder has its place."""
    old, new = before_restore(workspace), being_restored(workspace)
    if old.is_dir() and new.is_dir():
        shutil.rmtree(folder_of(workspace), ignore_errors=True)
        old.replace(folder_of(workspace))
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _state_file(workspace: Workspace) -> Path:
    return folder_of(workspace) / "server.json"


def _ours(workspace: Workspace) -> list[int]:
    return servers_on(folder_of(workspace).resolve())


def _database(workspace: Workspace, address: str | None, *, used: bool) -> Database | None:
    """Return the database to use. Rounds point at projects by their numbers, which another database gives anew."""
    there = stored_database(workspace)
    wanted = there if address is None else read_database(address)
    if (wanted and wanted.shown) == (there and there.shown):
        return wanted
    pushed = used or workspace.ledger.query("SELECT 1 FROM projects WHERE server = 'local' LIMIT 1")
    if not pushed:
        return wanted
    shown = there.shown if there else said("SQLite in the workspace", "工作区内的 SQLite")
    raise ToolkitError(
        said(
            f"This workspace's Label Studio keeps its data in another database: {shown}.",
            f"此工作区的 Label Studio 使用另一个数据库：{shown}。",
        ),
        hint=said(
            "Start it without --database, or use another one in a new workspace; a running one is stopped first.",
            "请不带 --database 启动，或在新工作区中使用其他数据库；正在运行的服务器需先停止。",
        ),
        code="STUDIO-DATABASE-DIFFERS",
    )


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


def _prepare(data: Path, database: Database | None) -> None:
    """Make the folder, for its owner alone: the database holds tokens, and a file beside it the key that signs them."""
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    if database is None:
        _from_template(data)


def _launch(data: Path, port: int, login: Login, database: Database | None) -> subprocess.Popen[bytes]:
    with (data / "server.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own environment's command
            server_command(executable(), _HOST, port, data),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=data,
            env=_variables(data, login, database),
        )


def _variables(data: Path, login: Login, database: Database | None) -> dict[str, str]:
    return (
        own_variables()
        | server_variables(data)
        | (database.variables() if database else {})
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
        end(process.pid)
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
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy the environment names
    try:
        with direct.open(f"http://{_HOST}:{port}/health", timeout=5) as answer:
            return bool(json.loads(answer.read()).get("status") == "UP")
    except (OSError, ValueError, urllib.error.URLError):
        return False


def _from_template(data: Path) -> None:
    """Begin with the migrated, empty database: migrating takes nearly all of a cold start (21 s against 2.5 s)."""
    if not (data / DATABASE).exists():
        beside = data / f".{DATABASE}"
        shutil.copyfile(template(), beside)
        beside.replace(data / DATABASE)
