"""Tasks that change hands: out of one project and into another, or into files; a kill at any point costs nothing.

A task leaves its project before it enters another, so nobody answers it twice; until it has left, an answer that comes
in keeps it where it is. What is to be done lies beside the round (``reassign.json``) until all of it is done.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.annotations import neighbours_of, task_data
from toolkit.catalog import find_schema
from toolkit.noun import Progress
from toolkit.prelabel import KeptSource, Store, predictions_for
from toolkit.rounds.plan import load_tasks, sendable, write_tasks
from toolkit.rounds.reassignment import Intent, Reassignment, after_moves, intent_file
from toolkit.studio.connection import Server, connect
from toolkit.studio.delivery import Item, deliver, projects_of
from toolkit.studio.import_file import write_import_files
from toolkit.studio.taking import take_away
from toolkit.tasks import Task
from toolkit.workspace import Workspace, failpoint, write_json, write_jsonl

REMOVE: Final = "remove.jsonl"
ADDED: Final = ".added"


class HandedOver(NamedTuple):
    """What a handover came to.

    Attributes:
        stayed: tasks that were answered, skipped or begun before they could be taken.
        url: the server; None where none was asked.
        files: what was written for a round in files.
    """

    stayed: frozenset[str]
    url: str | None
    files: tuple[str, ...]


def hand_over(workspace: Workspace, intent: Intent, progress: Progress) -> HandedOver:
    """Do what was settled, as far as it is not done; each step can be done twice. Call it with the lock held.

    Raises:
        ToolkitError: what talking to the server raises. A rerun goes on where it stopped.
    """
    change, round_name = intent.change, intent.change.plan.name
    server = None if intent.file else connect(workspace, progress)
    stayed = _take(workspace, server, intent) if server else frozenset()
    tasks = after_moves(list(load_tasks(workspace, round_name)), change, stayed)
    folder = workspace.round(round_name)
    _forget(workspace, intent, stayed)
    write_tasks(workspace, round_name, tasks)
    write_json(folder / "round.json", change.plan.model_dump(mode="json"))
    items = _items(workspace, change, tasks)
    files = _written(workspace, intent, items) if intent.file else ()
    if server:
        config = (folder / "labelling.xml").read_text(encoding="utf-8")
        for name, own in items.items():
            deliver(workspace, server, change.plan, name, "annotator", config, own, progress)
    failpoint("reassigned")
    intent_file(workspace, round_name).unlink(missing_ok=True)
    return HandedOver(stayed, server.url if server else None, files)


def _take(workspace: Workspace, server: Server, intent: Intent) -> frozenset[str]:
    """Take from their projects what is to change hands; return the keys of what stays."""
    projects = {
        name: number
        for name, role, number in projects_of(workspace, server, intent.change.plan.name)
        if role == "annotator"
    }
    keys: dict[str, set[str]] = {}
    for task in (*(move.taken for move in intent.change.moves), *intent.change.dropped):
        keys.setdefault(task.annotator, set()).add(task.id)
    stayed: set[str] = set()
    for name, own in keys.items():
        if name in projects:
            stayed |= take_away(server, projects[name], own, begun_too=name in intent.leaving)
    return frozenset(stayed)


def _forget(workspace: Workspace, intent: Intent, stayed: Collection[str]) -> None:
    """Strike from the outbox what was taken away."""
    tasks = (*(move.taken for move in intent.change.moves), *intent.change.dropped)
    with workspace.ledger.transaction() as connection:
        connection.executemany(
            "DELETE FROM outbox WHERE task = ?", [(one.id,) for one in tasks if one.id not in stayed]
        )


def _items(workspace: Workspace, change: Reassignment, tasks: Sequence[Task]) -> dict[str, list[Item]]:
    """Return what is new for whom, with the predictions that the passages have in this round."""
    plan, model = change.plan, find_schema(f"round:{change.plan.name}", workspace).model
    passages = sendable(workspace, plan)
    new = {task.id for task in (*(move.given for move in change.moves), *change.gold)}
    added = [task for task in tasks if task.id in new and task.passage in passages]
    store = Store(workspace.round(plan.name) / "prelabels.jsonl")
    asked = [passages[id_] for id_ in dict.fromkeys(task.passage for task in added)]
    made = predictions_for([KeptSource(mark) for mark in plan.prelabel], asked, model, store)
    around = neighbours_of(model, passages.values())
    items: dict[str, list[Item]] = {}
    for task in added:
        data = task_data(model, task, passages[task.passage], around)
        items.setdefault(task.annotator, []).append(Item(task, data, made.predictions.get(task.passage, ())))
    return items


def _written(workspace: Workspace, intent: Intent, items: Mapping[str, Sequence[Item]]) -> tuple[str, ...]:
    """Write the import files and the list of tasks to delete by hand."""
    assert intent.file is not None
    folder, change = Path(intent.file), intent.change
    config = (workspace.round(change.plan.name) / "labelling.xml").read_text(encoding="utf-8")
    files = write_import_files(folder, {f"{name}{ADDED}": own for name, own in items.items()}, config)
    taken = (*(move.taken for move in change.moves), *change.dropped)
    write_jsonl(folder / REMOVE, ({"annotator": task.annotator, "task_id": task.id} for task in taken))
    return (*map(str, files.paths), str(folder / REMOVE))
