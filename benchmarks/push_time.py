"""How long a push of 10,000 tasks takes, beside the bare batched import with one listing after it.

    python benchmarks/push_time.py [--tasks 10000] [--runs 3] [--lengths 260,1900]

Both run in this process, with the client loaded, against one Label Studio started here, in turn, each in a project
of its own. Bare is ``import_tasks`` with 1,000 tasks each and ``tasks.list(include="id,data")``, the client's
own pager, as the SDK's documentation has it. Ours is ``push``: passages read, dealt and written down, the project made,
listed, sent, listed again and compared. The same push once more sends nothing; it is timed too.
"""

import argparse
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from toolkit.annotations import labelling_config, neighbours_of, task_data
from toolkit.catalog import builtin, find_schema
from toolkit.documents import ingest
from toolkit.passages import load_passages, segment
from toolkit.rounds.plan import load_tasks
from toolkit.studio import connect, push, studio_start, studio_stop
from toolkit.workspace import Workspace, init

SCHEMA = "legal/contract_clauses"
BATCH = 1000
GOAL, GOAL_AGAIN = 1.3, 10.0
A_DOCUMENT = 100
"""Passages in each document."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tasks", type=int, default=10_000)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--lengths", default="260,1900")
    asked = arguments.parse_args()
    for length in map(int, asked.lengths.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            workspace = made(Path(folder) / "w", asked.tasks, length)
            studio_start(workspace)
            try:
                compare(workspace, asked.tasks, asked.runs)
            finally:
                studio_stop(workspace)


def made(folder: Path, tasks: int, length: int) -> Workspace:
    """A workspace with so many passages of about that length."""
    init(folder, schema=SCHEMA, policy="none")
    workspace = Workspace(folder)
    chance = random.Random(1)  # noqa: S311 - made-up text
    words = re.findall(r"[A-Za-z]+", (builtin("examples") / "legal" / "franchise.txt").read_text(encoding="utf-8"))
    for document in range(tasks // A_DOCUMENT + 1):  # one more: a few clauses may be cut otherwise
        clauses = (f"{number}. {sentence(words, chance, length)}" for number in range(1, A_DOCUMENT + 1))
        (folder / "raw" / f"{document:04}.txt").write_text("\n\n".join(clauses) + "\n", encoding="utf-8")
    ingest(workspace, paths=[folder / "raw"])
    cut = segment(workspace, by="clause")
    assert cut.passages >= tasks, cut
    return workspace


def sentence(words: list[str], chance: random.Random, length: int) -> str:
    text = " ".join(chance.choices(words, k=length // 3))[: length - 5]
    return f"The {text.strip()}."


def compare(workspace: Workspace, tasks: int, runs: int) -> None:
    items = requests(workspace, tasks)
    size = statistics.mean(len(item["data"]["text"]) for item in items)
    times: dict[str, list[float]] = {"bare": [], "ours": [], "again": []}
    for run in range(runs):
        both: list[Callable[[], None]] = [
            lambda: times["bare"].append(bare(workspace, items)),
            lambda name=f"run{run}": times["ours"].append(ours(workspace, name, tasks, tasks)),  # type: ignore[misc]
        ]
        for one in both if run % 2 else reversed(both):
            one()
        times["again"].append(ours(workspace, f"run{run}", tasks, 0))
    middle = {name: statistics.median(found) for name, found in times.items()}
    ratio = middle["ours"] / middle["bare"]
    print(f"{tasks} tasks of {size:.0f} characters, medians of {runs} runs in turn:")
    for name, found in times.items():
        print(f"  {name}: {middle[name]:.2f} s ({', '.join(f'{one:.2f}' for one in found)})")
    print(f"  ours / bare: {ratio:.2f}, goal at most {GOAL}: {'met' if ratio <= GOAL else 'missed'}")
    good = middle["again"] <= GOAL_AGAIN
    print(
        f"  the same push again: {middle['again']:.2f} s, goal at most {GOAL_AGAIN:.0f}: {'met' if good else 'missed'}"
    )


def requests(workspace: Workspace, tasks: int) -> list[dict[str, Any]]:
    """What the toolkit sends; made by a push whose time does not count, which also loads the client."""
    ours(workspace, "warm", tasks, tasks)
    model = find_schema(SCHEMA, workspace).model
    passages = {passage.id: passage for passage in load_passages(workspace)}
    around = neighbours_of(model, passages.values())
    dealt = load_tasks(workspace, "warm")
    return [{"data": task_data(model, task, passages[task.passage], around)} for task in dealt]


def bare(workspace: Workspace, items: list[dict[str, Any]]) -> float:
    client = connect(workspace).client
    config = labelling_config(find_schema(SCHEMA, workspace).model)
    project = client.projects.create(title="bare", label_config=config).id
    started = time.perf_counter()
    for start in range(0, len(items), BATCH):
        client.projects.import_tasks(project, request=items[start : start + BATCH])
    keys = {task.data["task_id"] for task in client.tasks.list(project=project, include="id,data", page_size=BATCH)}
    seconds = time.perf_counter() - started
    assert len(keys) == len(items)
    return seconds


def ours(workspace: Workspace, name: str, tasks: int, sent: int) -> float:
    started = time.perf_counter()
    done = push(workspace, round=name, annotators=["ann"], size=tasks)
    seconds = time.perf_counter() - started
    assert (done.tasks, done.sent) == (tasks, sent), done
    return seconds


if __name__ == "__main__":
    main()
