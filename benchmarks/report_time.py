"""How long ``round report`` takes on 10,000 passages that three simulated annotators answered, and in how much memory.

    python benchmarks/report_time.py [--passages 10000] [--annotators 3] [--keep DIR]

The round is made as a team whose server is elsewhere makes it: ``ingest``, ``segment``, ``push --file``. The answers
are drawn from annotators of differing accuracy and written where ``pull`` writes them. Then ``toolkit round report``
runs in a process of its own, whose peak memory the kernel tells. The intervals rest on 1,000 resamples.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from toolkit.annotations import Annotation
from toolkit.documents import ingest
from toolkit.noun import content_id
from toolkit.passages import Passage, load_passages, segment
from toolkit.rounds.plan import load_tasks
from toolkit.studio import push
from toolkit.tasks import Task
from toolkit.workspace import Workspace, init, write_jsonl

SCHEMA, ROUND = "legal/contract_clauses", "timed"
GOAL_SECONDS, GOAL_MEGABYTES = 30.0, 1000.0
A_DOCUMENT = 20
"""Passages in each document."""
TYPES = ("payment", "term", "termination", "liability", "confidentiality", "dispute", "scope", "other")
RISKS = ("low", "medium", "high")
MARKED = {"date": "1 May 2026", "amount": "USD 5,000", "party": "the Supplier", "duration": "30 days"}
ACCURACY = (0.92, 0.85, 0.72, 0.9, 0.65)
CLAUSE = (
    "{number}. Clause {name}: {amount} is due to {party} within {duration} of {date}; a delay is told to the other "
    "side in writing, and what was agreed about {kind} holds beside it."
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--passages", type=int, default=10_000)
    arguments.add_argument("--annotators", type=int, default=3)
    arguments.add_argument("--keep", type=Path, help="Make the round in this new folder and leave it there.")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = made(asked.keep or Path(folder) / "w", asked.passages, asked.annotators)
        measure(workspace, asked.passages, asked.annotators)


def made(folder: Path, passages: int, annotators: int) -> Workspace:
    """A workspace with a round that everybody has finished."""
    init(folder, schema=SCHEMA, policy="none")
    workspace = Workspace(folder)
    kinds = random.Random(1)  # noqa: S311 - made-up text
    for document in range(passages // A_DOCUMENT * 6 // 5 + 1):  # more than needed: some clauses stay together
        clauses = (
            CLAUSE.format(number=n, name=f"{document}-{n}", kind=kinds.choice(TYPES), **MARKED)
            for n in range(1, A_DOCUMENT + 1)
        )
        (folder / "raw" / f"{document:04}.txt").write_text("\n\n".join(clauses) + "\n", encoding="utf-8")
    ingest(workspace, paths=[folder / "raw"])
    segment(workspace, by="clause")
    names = [f"annotator-{number + 1}" for number in range(annotators)]
    push(workspace, round=ROUND, annotators=names, overlap=annotators, size=passages, file=folder / "import")
    texts = {passage.id: passage for passage in load_passages(workspace)}
    given = answers(list(load_tasks(workspace, ROUND)), texts, names)
    rows = (one.model_dump(mode="json") for one in given)
    write_jsonl(workspace.round(ROUND) / "annotations.jsonl", rows)
    return workspace


def answers(tasks: list[Task], passages: dict[str, Passage], names: list[str]) -> Iterator[Annotation]:
    """What each annotator says: the truth with a probability of their own, else something else."""
    at = dict.fromkeys(names, datetime(2026, 1, 5, 9, tzinfo=UTC))
    chance = random.Random(2)  # noqa: S311 - simulated annotators
    for task in tasks:
        seconds = chance.lognormvariate(3.3, 0.5)
        at[task.annotator] += timedelta(seconds=seconds + 2)
        value = answer(passages[task.passage], ACCURACY[names.index(task.annotator) % len(ACCURACY)], chance)
        yield Annotation(
            id=content_id("ann", task.id),
            task=task.id,
            passage=task.passage,
            schema_name=task.schema_name,
            schema_version=task.schema_version,
            round=task.round,
            annotator=task.annotator,
            by=f"{task.annotator}@example.org",
            answer=value,
            updated_at=at[task.annotator].isoformat(timespec="microseconds"),
            seconds=round(seconds, 1),
            server_annotation=1,
        )


def answer(passage: Passage, accuracy: float, chance: random.Random) -> dict[str, Any]:
    truth = next(kind for kind in TYPES if f"about {kind} holds" in passage.text)
    place = TYPES.index(truth)
    risk = place % len(RISKS)
    right = chance.random() < accuracy
    near = chance.choice([max(risk - 1, 0), min(risk + 1, len(RISKS) - 1)])
    return {
        # Neighbours in the list are taken for each other more often than others.
        "clause_type": truth if right else TYPES[(place + chance.choice([1, 1, 1, 3])) % len(TYPES)],
        "key_terms": [span for label in MARKED for span in marked(passage.text, label, accuracy, chance)],
        "risk": RISKS[risk if chance.random() < accuracy else near],
        "summary": f"The parties settle {truth} and pay within {chance.choice(['30 days', 'a month', 'the term'])}.",
    }


def marked(text: str, label: str, accuracy: float, chance: random.Random) -> Iterator[dict[str, Any]]:
    start = text.index(MARKED[label])
    end = start + len(MARKED[label])
    drawn = chance.random()
    if drawn > accuracy + (1 - accuracy) / 2:
        return
    if drawn > accuracy:
        start += text[start:end].index(" ") + 1
    yield {"start": start, "end": end, "text": text[start:end], "label": label}


def measure(workspace: Workspace, passages: int, annotators: int) -> None:
    command = [sys.executable, "-m", "toolkit", "--workspace", str(workspace.root), "round", "report", "--round", ROUND]
    started = time.perf_counter()
    subprocess.run([*command, "--json"], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    page = (workspace.round(ROUND) / "report.html").stat().st_size / 1e6
    print(f"{passages} passages x {annotators} annotators: round report, 1,000 resamples")
    print(f"  {seconds:.1f} s, goal at most {GOAL_SECONDS:.0f}: {'met' if seconds <= GOAL_SECONDS else 'missed'}")
    good = megabytes <= GOAL_MEGABYTES
    print(f"  {megabytes:.0f} MB at the peak, goal at most {GOAL_MEGABYTES:.0f}: {'met' if good else 'missed'}")
    print(f"  report.html: {page:.2f} MB")


if __name__ == "__main__":
    main()
