"""Rounds on a real Label Studio, and what holds of them after any fault: nothing lost, twice or torn."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from round_on_disk import answer, passages_of

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.rounds.plan import load_tasks
from toolkit.studio import connect, pull, push
from toolkit.studio.delivery import projects_of
from toolkit.studio.listing import key_of, tasks_in
from toolkit.studio.pull import PullResult
from toolkit.studio.push import PushResult
from toolkit.workspace import Workspace, init
from toolkit.workspace.files import LEFTOVER

PEOPLE = ("ann", "ben")


def ready(folder: Path) -> Workspace:
    """A workspace with six passages; its folder's name tells its projects from everybody else's."""
    init(folder, schema="sample", policy="none")
    workspace = Workspace(folder)
    passages_of(workspace)
    return workspace


def push_some(workspace: Workspace, round_name: str, size: int | None, people: Sequence[str] = PEOPLE) -> PushResult:
    """Some of the six passages, each for everybody."""
    return push(workspace, round=round_name, annotators=people, overlap=len(people), size=size)


def push_all(workspace: Workspace, round_name: str) -> PushResult:
    """Twelve tasks: six passages, each for two people."""
    return push_some(workspace, round_name, None)


def answer_all(workspace: Workspace, round_name: str) -> None:
    """Answer every task of a round, one of them by a skip, as the server's owner."""
    server, model = connect(workspace), find_schema("sample", workspace).model
    for _, _, project in projects_of(workspace, server, round_name):
        for place, task in enumerate(server.client.tasks.list(project=project)):
            text = task.data["text"]
            given = answer("b", text=text, marks=[("date", 0, 4)], stars=place % 5 + 1)
            results = write_results(model, given, text) if place else []
            server.client.annotations.create(id=task.id, result=results, was_cancelled=not place)


def pull_all(workspace: Workspace, round_name: str) -> PullResult:
    return pull(workspace, round=round_name)


def keys_on_server(workspace: Workspace, round_name: str) -> Counter[str]:
    """How often the server holds each task of a round, found by the projects' descriptions, not by our ledger."""
    server = connect(workspace)
    mark = f"sft-toolkit {workspace.settings.name}/{round_name}/"
    every = server.client.projects.list(include="id,description", page_size=1000)
    numbers = [one.id for one in every if (one.description or "").startswith(mark)]
    lists = (tasks_in(server, number, include="id,data") for number in numbers)
    return Counter(str(key_of(task)) for tasks in lists for task in tasks)


def check_pushed(
    workspace: Workspace, round_name: str, size: int | None = None, people: Sequence[str] = PEOPLE
) -> None:
    """Oracle of a push that ended well: every task once, the ledger sound, nothing half-written, nothing left to do.

    The letters are those of the list that the project keeps of what must hold after a crash.
    """
    planned = {task.id for task in load_tasks(workspace, round_name)}
    rows = workspace.ledger.query("SELECT task, state FROM outbox WHERE round = ?", (round_name,))
    assert {row["task"] for row in rows} == planned  # (a)
    assert {row["state"] for row in rows} == {"done"}
    assert keys_on_server(workspace, round_name) == dict.fromkeys(planned, 1)  # (c)
    check_sound(workspace)
    again = push_some(workspace, round_name, size, people)  # (h)
    assert (again.sent, again.already_there, again.changed) == (0, len(planned), False)


def check_sound(workspace: Workspace) -> None:
    """Nothing half-written (f), the ledger whole (g)."""
    assert not list(workspace.root.rglob(f"*{LEFTOVER}"))
    assert [tuple(row) for row in workspace.ledger.query("PRAGMA integrity_check")] == [("ok",)]


def round_files(workspace: Workspace, round_name: str) -> dict[str, bytes]:
    """What a round has on disk."""
    folder = workspace.round(round_name)
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*")) if file.is_file()}


def versions(workspace: Workspace, round_name: str) -> list[tuple[Any, ...]]:
    """Every version of every answer on file."""
    rows = workspace.ledger.query("SELECT * FROM pulled WHERE round = ? ORDER BY sequence", (round_name,))
    return [tuple(row) for row in rows]
