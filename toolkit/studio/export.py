"""The raw export of a round: every task of its projects with all answers, as Label Studio's own JSON gives them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, Result, silent
from toolkit.studio.connection import Server, connect, talking
from toolkit.studio.delivery import projects_of
from toolkit.studio.local.server import folder_of
from toolkit.tasks import Role
from toolkit.workspace import Workspace, write_text

_CHUNK: Final = 200
"""Tasks asked for at once: a second or so of the server's time, and an address that any proxy lets pass."""
_PAGE: Final = 1000


class StudioExportResult(Result):
    """What was written.

    Attributes:
        output: the file, or the folder with one file a project.
        files: the files, by name.
        projects, tasks, annotations: how many are in them.
    """

    round: str
    output: str
    files: tuple[str, ...]
    projects: int
    tasks: int
    annotations: int


def studio_export(workspace: Workspace, *, round: str, output: Path, progress: Progress = silent) -> StudioExportResult:
    """Write a round's projects as Label Studio JSON: one list in a file, or one file a project in a folder.

    Args:
        workspace: where the round was pushed from.
        round: the round's name.
        output: a file to write; a folder that is there, or a path without an ending, gets one file a project.
        progress: called for each chunk.

    Raises:
        ToolkitError: ``ROUND-NOT-PUSHED``, ``STUDIO-EXPORT`` when tasks went away meanwhile; what talking to the
            server raises.
    """
    with workspace.lock():
        server = connect(workspace, progress)
        projects = _projects(workspace, server, round)
        found = {}
        for who, role, number in projects:
            doing = said(f"exporting from {who}", f"正在导出 {who} 的项目")
            found[_name(who, role, number)] = list(_tasks(workspace, server, number, progress, doing))
    folder = output.is_dir() or not output.suffix
    everything = [task for tasks in found.values() for task in tasks]
    contents = {output / name: tasks for name, tasks in found.items()} if folder else {output: everything}
    changed = [write_text(path, _lines(tasks)) for path, tasks in contents.items()]
    return StudioExportResult(
        round=round,
        output=str(output),
        files=tuple(path.name for path in contents),
        projects=len(projects),
        tasks=len(everything),
        annotations=sum(len(task.get("annotations") or ()) for task in everything),
        changed=any(changed),
    )


def _projects(workspace: Workspace, server: Server, round: str) -> list[tuple[str, Role, int]]:
    found = list(projects_of(workspace, server, round))
    if not found:
        raise ToolkitError(
            said(
                f"The round '{round}' has no project on {server.url}.",
                f"轮次 '{round}' 在 {server.url} 上没有项目。",
            ),
            hint=said("Push it first, or set the server that it was pushed to.", "请先 push，或设置当初推送的服务器。"),
            code="ROUND-NOT-PUSHED",
        )
    return found


def _tasks(
    workspace: Workspace, server: Server, project: int, progress: Progress, doing: str
) -> Iterator[dict[str, Any]]:
    """Yield a project's tasks in the order of their numbers, each exactly once."""
    with talking(server.url):
        listed = server.client.tasks.list(project=project, page_size=_PAGE, include="id")
        numbers = sorted(int(item.id) for item in listed)
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        progress(start, len(numbers), doing)
        tasks = sorted(_download(workspace, server, project, chunk), key=lambda task: int(task["id"]))
        if [int(task["id"]) for task in tasks] != chunk:
            raise ToolkitError(
                said(f"Project {project} changed while it was exported.", f"导出时项目 {project} 发生了变化。"),
                hint=said("Run the command again.", "请重新运行该命令。"),
                code="STUDIO-EXPORT",
                exit_code=SERVICE,
            )
        yield from tasks


def _download(workspace: Workspace, server: Server, project: int, numbers: list[int]) -> list[dict[str, Any]]:
    copies = folder_of(workspace) / "export"
    before = set(copies.glob(f"project-{project}-at-*")) if server.kind == "local" else set()
    query = {"exportType": "JSON", "download_all_tasks": "true", "ids[]": numbers}
    with talking(server.url):
        # The client hands out a stream, which is not read again after a fault; its transport does that.
        transport = server.client._client_wrapper.httpx_client  # noqa: SLF001
        answer = transport.request(f"api/projects/{project}/export", method="GET", params=query).raise_for_status()
        tasks: list[dict[str, Any]] = answer.json()
    if server.kind == "local":
        # The server keeps a copy of every export for good: texts that nobody would find again to delete.
        for copy in set(copies.glob(f"project-{project}-at-*")) - before:
            copy.unlink(missing_ok=True)
    return tasks


def _lines(tasks: list[dict[str, Any]]) -> str:
    """Return a JSON list with one task a line, so that two exports can be compared with ordinary tools."""
    return "[\n" + ",\n".join(json.dumps(task, ensure_ascii=False, allow_nan=False) for task in tasks) + "\n]\n"


def _name(who: str, role: Role, number: int) -> str:
    """Return a file name for a person's project; the number tells apart what the name cannot."""
    plain = re.sub(r"[^\w-]+", "-", who)[:40]
    return f"{number}-{role}-{plain}.json"
