"""What has changed in a project since the last finished pull, although people go on working while we look.

Measured on Label Studio 1.23.2: a task's ``updated_at`` moves whenever one of its answers is submitted, updated (also
without a change), skipped or deleted, by a person or by a bulk action; it does not for a draft. Importing a task with
answers sets it too. So tasks whose ``updated_at`` and counts are those of the last pull need not be asked for: listing
3,000 tasks takes 0.7 s, their answers 7 s.

Pages are counted off while tasks come and go, so one listing may show a task twice and miss another. Only what two
listings, one after the other, agree on counts as settled.
"""

import json
from collections.abc import Iterator, Sequence
from sqlite3 import Connection
from typing import Any, Final, NamedTuple

from toolkit.language import said
from toolkit.noun import Progress, silent
from toolkit.studio.connection import Server
from toolkit.studio.listing import key_of, tasks_in
from toolkit.studio.patience import UnclearError
from toolkit.studio.versions import KEPT, Version, raw_of, tombstone
from toolkit.workspace import Workspace

_STATE: Final = ("updated_at", "total_annotations", "cancelled_annotations")
_ANSWERS: Final = ",".join(dict.fromkeys(("id", "data", "annotations", *KEPT)))
"""``include`` is applied to the answers inside the tasks too: what is not named here is not in them either."""
_CHUNK: Final = 200
"""Tasks asked for at once: their numbers go into the address, and common proxies let 8 kB of it pass."""
_TRIES: Final = 5
_NEEDED: Final = frozenset({"id", "result", "was_cancelled", "updated_at"})
_State = tuple[str, int, int]


class Seen(NamedTuple):
    """A task on the server, as it was when its answers were fetched.

    Attributes:
        task: the toolkit's task; empty when nobody has answered it yet, or when it is none of the toolkit's.
        state: its time and its numbers of answers and of skips.
        annotations: the server's numbers of its answers.
    """

    task: str
    state: _State
    annotations: tuple[int, ...] = ()

    @property
    def is_answered(self) -> bool:
        """Whether there is, or was, something to fetch."""
        return bool(self.annotations or self.state[1] or self.state[2])


class Swept(NamedTuple):
    """What a sweep found.

    Attributes:
        found: the answers of the tasks that changed, as they are now.
        deleted: a tombstone for each answer that the last pull saw and that is gone.
        moving: how many tasks still changed when we stopped looking; the next pull asks for them.
        asked: how many tasks were asked for with their answers.
    """

    project: int
    found: Sequence[Version]
    deleted: Sequence[Version]
    moving: int
    asked: int
    now: dict[int, Seen]
    before: dict[int, Seen]

    @property
    def is_new(self) -> bool:
        """Whether the project is not as the last pull left it."""
        return self.now != self.before

    def store(self, connection: Connection, server: str) -> None:
        """Write what the next sweep has to know, in the transaction that keeps the versions."""
        gone = [(server, self.project, number) for number in self.before.keys() - self.now.keys()]
        connection.executemany("DELETE FROM listed WHERE server = ? AND project = ? AND server_task = ?", gone)
        changed = [
            (server, self.project, number, seen.task, json.dumps(seen.state), json.dumps(seen.annotations))
            for number, seen in self.now.items()
            if self.before.get(number) != seen
        ]
        connection.executemany("INSERT OR REPLACE INTO listed VALUES (?, ?, ?, ?, ?, ?)", changed)


def sweep(
    workspace: Workspace, server: Server, project: int, keys: set[str], progress: Progress = silent, doing: str = ""
) -> Swept:
    """Return what has changed in a project since the last finished pull. Nothing is written.

    Args:
        workspace: what the last pull saw.
        server: where the project is.
        project: its number there.
        keys: the round's tasks; what others have put into the project is left out.
        progress: called for each chunk.
        doing: what it says.
    """
    before = _seen(workspace, server, project)
    now, asked = dict(before), 0
    found: dict[int, dict[str, Any]] = {}
    states = dict(_states(server, project))
    for _ in range(_TRIES):
        changed = [number for number, state in states.items() if number not in now or now[number].state != state]
        if not changed and now.keys() == states.keys():
            break
        to_ask = [number for number in changed if Seen("", states[number], _known(now, number)).is_answered]
        fetched = {int(task["id"]): task for task in _fetched(server, project, to_ask, progress, doing)}
        asked, found = asked + len(to_ask), found | fetched
        for number in changed:
            if number in fetched or number not in to_ask:
                now[number] = _seen_now(states[number], fetched.get(number), keys)
        again = dict(_states(server, project))
        if again == states:
            now = {number: now[number] for number in states if number in now}
        states = again
    moving = sum(number not in now or now[number].state != state for number, state in states.items())
    moving += len(now.keys() - states.keys())
    versions = [version for number, task in found.items() if number in now for version in _versions(server, task, keys)]
    return Swept(project, versions, list(_deleted(before, now, states)), moving, asked, now, before)


def _known(seen: dict[int, Seen], number: int) -> tuple[int, ...]:
    return seen[number].annotations if number in seen else ()


def _seen_now(state: _State, task: dict[str, Any] | None, keys: set[str]) -> Seen:
    """Return what is known of a task now; one that nobody has answered was not asked for."""
    key = key_of(task) if task else None
    if task is None or key not in keys:
        return Seen("", state)
    return Seen(str(key), state, tuple(sorted(int(one["id"]) for one in task.get("annotations") or ())))


def _versions(server: Server, task: dict[str, Any], keys: set[str]) -> Iterator[Version]:
    """Yield a task's submitted answers; drafts are none. One without its results would pass for an empty answer."""
    key = key_of(task)
    for annotation in task.get("annotations") or () if key in keys else ():
        if not annotation.keys() >= _NEEDED:
            raise _cut_down(server)
        yield Version(str(key), raw_of(annotation))


def _cut_down(server: Server) -> UnclearError:
    return UnclearError(
        said(f"{server.url} gave answers without their results.", f"{server.url} 返回的标注缺少结果。"),
        code="STUDIO-PROTOCOL",
    )


def _deleted(before: dict[int, Seen], now: dict[int, Seen], states: dict[int, _State]) -> Iterator[Version]:
    """Yield a tombstone for each answer that was there, and is neither in its task nor in another copy of it."""
    there = {(seen.task, annotation) for seen in now.values() for annotation in seen.annotations}
    for number, seen in before.items():
        for annotation in seen.annotations:
            if (seen.task, annotation) not in there:
                yield tombstone(seen.task, annotation, states[number][0] if number in states else "")


def _states(server: Server, project: int) -> Iterator[tuple[int, _State]]:
    for task in tasks_in(server, project, include=f"id,{','.join(_STATE)}"):
        updated_at, total, cancelled = (task.get(name) for name in _STATE)
        yield int(task["id"]), (str(updated_at), int(total or 0), int(cancelled or 0))


def _fetched(
    server: Server, project: int, numbers: Sequence[int], progress: Progress, doing: str
) -> Iterator[dict[str, Any]]:
    for start in range(0, len(numbers), _CHUNK):
        progress(start, len(numbers), doing)
        query = json.dumps({"selectedItems": {"all": False, "included": list(numbers[start : start + _CHUNK])}})
        yield from tasks_in(server, project, fields="all", include=_ANSWERS, query=query)


def _seen(workspace: Workspace, server: Server, project: int) -> dict[int, Seen]:
    sql = "SELECT server_task, task, state, annotations FROM listed WHERE server = ? AND project = ?"
    rows = workspace.ledger.query(sql, (name_of(server), project))
    return {
        row["server_task"]: Seen(row["task"], _state(json.loads(row["state"])), tuple(json.loads(row["annotations"])))
        for row in rows
    }


def _state(told: list[Any]) -> _State:
    updated_at, total, cancelled = told
    return updated_at, total, cancelled


def name_of(server: Server) -> str:
    """Return what the ledger calls a server: the workspace's own may change its port."""
    return server.url if server.kind == "external" else "local"
