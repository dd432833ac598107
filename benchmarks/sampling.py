"""How long ``round next`` takes to choose 500 of 100,000 passages for each strategy, and in how much memory.

    python benchmarks/sampling.py [--passages 100000] [--labelled 2000] [--size 500] [--length 800]

Passages of made-up words, half English and half Chinese, are written where ``segment`` writes them; a round of two
annotators has answered some, and a run has scored those. Each strategy runs in a process of its own, whose peak memory
the kernel tells.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from toolkit.annotations import Annotation
from toolkit.catalog import find_schema
from toolkit.noun import content_id
from toolkit.passages import Passage
from toolkit.passages.store import Made, put_shard
from toolkit.rounds.asking import keep_schema
from toolkit.rounds.plan import Plan, deal
from toolkit.workspace import Workspace, init, write_json, write_jsonl

SCHEMA = "legal/contract_clauses"
GOAL_SECONDS, GOAL_MEGABYTES = 60.0, 2000.0
STRATEGIES = ("random", "diverse", "disagreement", "uncertainty", "value")
TYPES = ("payment", "term", "termination", "liability", "confidentiality", "dispute", "scope", "other")
TOPICS = 200
A_DOCUMENT = 50


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--passages", type=int, default=100_000)
    arguments.add_argument("--labelled", type=int, default=2000)
    arguments.add_argument("--size", type=int, default=500)
    arguments.add_argument("--length", type=int, default=800)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = made(Path(folder) / "w", asked.passages, asked.labelled, asked.length)
        print(f"{asked.size} of {asked.passages} passages of {asked.length} characters, {asked.labelled} labelled")
        for strategy in STRATEGIES:
            measure(workspace, strategy, asked.size)


def made(folder: Path, passages: int, labelled: int, length: int) -> Workspace:
    init(folder, schema=SCHEMA, policy="none")
    workspace = Workspace(folder)
    put_shard(workspace, "made.parquet", written(passages, length), lambda: Made("made", passages // A_DOCUMENT, ()))
    told = [one for at, one in enumerate(written(passages, length)) if at % (passages // labelled) == 0][:labelled]
    found = find_schema(SCHEMA, workspace)
    plan = Plan(
        name="first",
        schema_name=found.reference,
        schema_version=found.version,
        views=("source",),
        annotators=("ann", "ben"),
        overlap=2,
        size=None,
    )
    keep_schema(workspace, "first", found)
    tasks = deal(told, plan)
    write_jsonl(workspace.round("first") / "tasks.jsonl", (one.model_dump(mode="json") for one in tasks))
    chance = random.Random(2)  # noqa: S311 - simulated annotators
    rows = []
    for task in tasks:
        kind = TYPES[int(task.passage[-4:], 16) % len(TYPES)] if chance.random() < 0.8 else chance.choice(TYPES)
        rows.append(
            Annotation(
                id=content_id("ann", task.id),
                task=task.id,
                passage=task.passage,
                schema_name=task.schema_name,
                schema_version=task.schema_version,
                round="first",
                annotator=task.annotator,
                by="b@example.org",
                answer={"clause_type": kind, "key_terms": [], "risk": "low", "summary": "It is agreed that one pays."},
                updated_at="2026-01-05T10:00:00+00:00",
                seconds=30.0,
                server_annotation=1,
            ).model_dump(mode="json")
        )
    write_jsonl(workspace.round("first") / "annotations.jsonl", rows)
    write_json(workspace.round("first") / "round.json", plan.model_dump(mode="json"))
    scores = [
        {"row": at, "id": f"exa_{at}", "suspicion": 0.5, "uncertainty": chance.random(), "passage": one.id}
        for at, one in enumerate(told)
    ]
    write_jsonl(workspace.run("run-1") / "scores.jsonl", scores)
    return workspace


def written(passages: int, length: int) -> Iterator[Passage]:
    """Passages about topics with words of their own; the same on every call."""
    chance = random.Random(1)  # noqa: S311 - made-up text
    latin = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 10))) for _ in range(20_000)]
    han = ["".join(chr(0x4E00 + int(chance.expovariate(1 / 900)) % 0x3000) for _ in range(2)) for _ in range(20_000)]
    for number in range(passages):
        words, gap, width = (latin, " ", 7) if number % 2 else (han, "", 2)
        topic = chance.randrange(TOPICS) * 100
        places = (
            topic + chance.randrange(100) if chance.random() < 0.5 else chance.randrange(2000)
            for _ in range(length // width)
        )
        text = gap.join(words[place] for place in places)
        yield Passage(
            id=content_id("pas", number),
            document=content_id("doc", number // A_DOCUMENT),
            start=0,
            end=len(text),
            text=text,
            language="en" if number % 2 else "zh",
            group=content_id("doc", number // A_DOCUMENT),
            meta={"path": f"raw/{number % 8}/{number // A_DOCUMENT}.txt"},
        )


def measure(workspace: Workspace, strategy: str, size: int) -> None:
    command = [sys.executable, "-m", "toolkit", "--workspace", str(workspace.root), "round", "next", "--json"]
    command += ["--size", str(size), "--strategy", strategy]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    megabytes = after.ru_maxrss / 1024  # of the largest child until now
    chosen = json.loads(done.stdout)["chosen"]
    good = "met" if seconds <= GOAL_SECONDS and megabytes <= GOAL_MEGABYTES else "missed"
    times = f"{seconds:5.1f} s ({processor:.1f} s of processor)"
    print(f"  {strategy:12} {chosen} chosen in {times}, peak so far {megabytes:.0f} MB: {good}", flush=True)


if __name__ == "__main__":
    main()
