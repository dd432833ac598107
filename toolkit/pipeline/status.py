"""Where every noun of a workspace stands, and what to do next."""

from collections.abc import Iterator
from pathlib import Path

from toolkit.noun import Result, count_by
from toolkit.workspace import Workspace, read_jsonl

_NEXT = {
    "documents": "toolkit ingest raw/",
    "passages": "toolkit segment",
    "tasks": "toolkit push --round round-1 --annotators NAME,NAME --overlap 2",
    "annotations": "toolkit pull --round {round}",
    "records": "toolkit validate --round {round}",
    "datasets": "toolkit convert --name my-data --to messages",
    "runs": "toolkit preflight {dataset} && toolkit train {dataset}",
}


class StatusResult(Result):
    """Counts by noun, problems by code, and the next command."""

    workspace: str
    counts: dict[str, int]
    problem_codes: dict[str, int]
    next: str


def status(workspace: Workspace) -> StatusResult:
    """Count what is on disk. Problems that stand are counted by code; they do not change the exit code."""
    counts = dict(_counts(workspace))
    missing = next((noun for noun in _NEXT if not counts[noun]), None)
    rounds, datasets = (_names(workspace, kind) for kind in ("rounds", "datasets"))
    hint = _NEXT[missing] if missing else "toolkit trace ID"
    return StatusResult(
        workspace=str(workspace.root),
        counts=counts,
        problem_codes=dict(count_by(row["code"] for row in read_jsonl(workspace.problems))),
        next=hint.format(round=rounds[-1] if rounds else "round-1", dataset=datasets[-1] if datasets else "my-data"),
        changed=False,
    )


def _counts(workspace: Workspace) -> Iterator[tuple[str, int]]:
    if (workspace.data / "ledger.sqlite").is_file():
        yield "documents", workspace.ledger.query("SELECT count(*) FROM documents WHERE state = 'current'")[0][0]
    else:
        yield "documents", 0
    yield "passages", sum(_parquet_rows(workspace))
    rounds = [workspace.round(name) for name in _names(workspace, "rounds")]
    yield "tasks", sum(_lines(folder / "tasks.jsonl") for folder in rounds)
    yield "annotations", sum(_lines(folder / "annotations.jsonl") for folder in rounds)
    yield "records", sum(_lines(file) for file in (workspace.data / "records").rglob("*.jsonl"))
    yield "datasets", len(_names(workspace, "datasets"))
    yield "runs", len(_names(workspace, "runs"))


def _parquet_rows(workspace: Workspace) -> Iterator[int]:
    import pyarrow.parquet

    for file in sorted(workspace.passages.glob("*.parquet")):
        yield pyarrow.parquet.read_metadata(file).num_rows


def _lines(file: Path) -> int:
    return sum(1 for _ in read_jsonl(file))


def _names(workspace: Workspace, kind: str) -> list[str]:
    folder = workspace.data / kind
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []
