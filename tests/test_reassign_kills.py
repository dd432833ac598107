"""kill -9 at every durable step of a reassignment: run again, it ends as if it had run once.

The driver is a process of its own, as in ``test_kill_points``, and forks after the imports.
"""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import test_kill_points as kill_points
from test_kill_points import LOST, TWICE, by_line, by_step, in_child, root

from toolkit.workspace import Workspace

__all__ = ["root"]
EVERY = 250
"""Lines; each point takes a push, a killed run and a whole one, some seconds."""


run_driver = partial(kill_points.run_driver, driver=__file__)


@pytest.mark.parametrize(("step", "least"), [("removed", 3), ("imported", 2)])
def test_killed_while_tasks_change_hands_nothing_is_lost_or_twice(root: Path, step: str, least: int) -> None:
    report = run_driver(root, step)
    assert report.killed >= least
    assert report.failed == {}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_any_durable_step_nothing_is_lost_or_twice(root: Path) -> None:
    report = run_driver(root, "steps")
    assert report.killed >= 40
    assert report.failed == {}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_every_250th_line_nothing_is_lost_or_twice(root: Path) -> None:
    report = run_driver(root, "lines of studio")
    assert report.killed >= 12
    assert report.failed == {}


def test_the_same_kills_catch_one_that_notes_nothing_down(root: Path) -> None:
    """The planted fault: what is to be done is not written down before it is done."""
    report = run_driver(root, "imported", "planted")
    assert LOST in report.failed.values()


# The driver.


def main(where: Path, way: str, planted: str = "") -> None:
    import label_studio_sdk.client  # noqa: F401 - loaded before the forks
    import pyarrow.parquet  # noqa: F401

    import toolkit.studio.transport  # noqa: F401
    from toolkit.studio import delivery, patience, reassign

    patience.PAUSES = (0.1, 0.2, 0.4)
    delivery._BATCH = 1
    really = reassign.write_json
    if planted:
        reassign.write_json = lambda path, value: path.name != "reassign.json" and really(path, value)
    killed, failed, nth = 0, {}, 1
    while True:
        name = f"m{nth}"
        assert in_child(partial(prepare, where, name)) == 0
        dying = partial(by_line if way.startswith("lines") else by_step, way)
        status = in_child(partial(dying, nth, partial(change_hands, where, name)))
        if status == 0:
            break
        killed += 1
        if outcome := in_child(partial(check, where, name)):
            failed[str(nth)] = outcome
        nth += EVERY if way.startswith("lines") else 1
    steps = (nth - 1) // (EVERY if way.startswith("lines") else 1)
    print(json.dumps({"killed": killed, "failed": failed, "steps": steps}))  # noqa: T201 - the driver's answer


def prepare(where: Path, name: str) -> None:
    """Push a round of six passages, one of them gold; one of the tasks of who will leave is answered."""
    from round_on_disk import answer

    from toolkit.annotations import write_results
    from toolkit.catalog import find_schema
    from toolkit.passages import load_passages
    from toolkit.studio import connect, push
    from toolkit.studio.delivery import projects_of
    from toolkit.studio.listing import tasks_in

    workspace = Workspace(where)
    first = min(passage.id for passage in load_passages(workspace))
    file = where / "gold.jsonl"
    file.write_text(json.dumps({"passage": first, "answer": answer("a")}) + "\n", encoding="utf-8")
    push(workspace, round=name, annotators=("ann", "ben"), overlap=1, gold=file)
    server, model = connect(workspace), find_schema("sample", workspace).model
    project = next(number for who, _, number in projects_of(workspace, server, name) if who == "ann")
    given = [task for task in tasks_in(server, project) if task["data"]["task_id"]][:1]
    for task in given:
        results = write_results(model, answer("b"), task["data"]["text"])
        server.client.annotations.create(id=task["id"], result=results)


def change_hands(where: Path, name: str) -> Any:
    from toolkit.studio import round_reassign

    return round_reassign(Workspace(where), round=name, join=("cho",), leave=("ann",))


def check(where: Path, name: str) -> None:
    from collections import Counter

    from round_on_server import check_sound, keys_on_server

    from toolkit.rounds.gold import load_gold
    from toolkit.rounds.plan import load_annotations, load_plan, load_tasks
    from toolkit.rounds.reassignment import intent_file
    from toolkit.studio import pull, push

    workspace = Workspace(where)
    if max(keys_on_server(workspace, name).values()) > 1:
        sys.exit(TWICE)
    change_hands(where, name)
    tasks, plan, gold = list(load_tasks(workspace, name)), load_plan(workspace, name), load_gold(workspace, name)
    there = keys_on_server(workspace, name)
    if max(there.values()) > 1:
        sys.exit(TWICE)
    if set(there) != {task.id for task in tasks}:
        sys.exit(LOST)
    assert (plan.annotators, plan.left) == (("ben", "cho"), ("ann",))
    counts = Counter(task.passage for task in tasks if task.passage not in gold)
    assert (len(counts), set(counts.values())) == (5, {1})
    assert {task.annotator for task in tasks if task.passage in gold} >= {"ben", "cho"}
    rows = workspace.ledger.query("SELECT task, state FROM outbox WHERE round = ?", (name,))
    assert {row["task"]: row["state"] for row in rows} == dict.fromkeys((task.id for task in tasks), "done")
    pull(workspace, round=name)
    (given,) = load_annotations(workspace, name)
    assert [task.id for task in tasks if task.annotator == "ann"] == [given.task]
    check_sound(workspace)
    assert not intent_file(workspace, name).exists()
    assert push(workspace, round=name, annotators=plan.annotators, overlap=1).changed is False
    assert change_hands(where, name).changed is False


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
