"""What a trainer would really learn from a dataset: every row encoded, every fault named, one row shown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Noun, Problem, Progress, Result, silent
from toolkit.preflight.chat import ChatTokenizer
from toolkit.preflight.checks import faults_of, nothing_learned
from toolkit.preflight.encoding import MASKED, Encoded, Fault, encode_row
from toolkit.preflight.tiny import build_tiny, corpus_of, tiny_folder
from toolkit.release import Dataset, open_dataset
from toolkit.workspace import Workspace

TINY = "tiny"
_STEP = "preflight"


class Spread(Noun):
    """Least, median, most and sum of a count over rows."""

    least: int
    median: int
    most: int
    total: int


class Segment(Noun):
    """A stretch of a rendered row that is learned, or not."""

    text: str
    learned: bool


class PreflightResult(Result):
    """What was looked at and found.

    Attributes:
        rows: rows of all splits.
        encoded: rows from which something is learned; the others are refused.
        tokenizer: ``tiny-<hash>``, or the folder that was named.
        tokens, learned: tokens in a row, and those that are learned, after the cut at ``max_length``; None when no row
            is encoded.
        faults: how many rows have each fault.
        preview: one row of the training split without a fault (or else the first that is encoded), as segments.
        preview_row: its id.
    """

    rows: int
    encoded: int
    tokenizer: str
    max_length: int
    tokens: Spread | None
    learned: Spread | None
    faults: dict[str, int]
    preview: tuple[Segment, ...]
    preview_row: str


class Looked(NamedTuple):
    """A split's rows as a trainer sees them, and what is wrong, each fault with its row's id."""

    encoded: list[Encoded]
    faults: list[tuple[str, Fault]]


def preflight(
    workspace: Workspace,
    *,
    dataset: str,
    tokenizer: str = TINY,
    max_length: int = 1024,
    progress: Progress = silent,
) -> PreflightResult:
    """Encode every row of a dataset and say what a trainer would learn, cut, mask or drop without a word.

    Args:
        workspace: where the dataset is.
        dataset: its name.
        tokenizer: ``tiny`` (learned from the workspace's texts, cached), or a local folder with ``tokenizer.json``
            and a chat template. Nothing is ever fetched.
        max_length: tokens that a row may have; the rest is cut off, as trainers do.
        progress: called for each split.

    Raises:
        ToolkitError: ``DATASET-UNKNOWN``, ``TOKENIZER-NONE``, ``TEMPLATE-NONE`` and what else ``ChatTokenizer`` raises.
    """
    with workspace.lock():
        opened = open_dataset(workspace, dataset)
        folder, built = tokenizer_folder(workspace, opened, tokenizer)
        chat = ChatTokenizer(folder)
        looked: dict[str, Looked] = {}
        for done, split in enumerate(opened.splits, start=1):
            looked[split] = look(opened.rows(split), chat, max_length)
            progress(done, len(opened.splits), said("encoding", "编码"))
        problems = [*_lost(opened), *_problems(opened, looked)]
        changed = workspace.put_problems(_STEP, dataset, problems)
    rows = sum(len(opened.rows(split)) for split in opened.splits)
    encoded = [row for part in looked.values() for row in part.encoded]
    shown = _shown(looked)
    return PreflightResult(
        rows=rows,
        encoded=len(encoded),
        tokenizer=folder.name if tokenizer == TINY else str(folder),
        max_length=max_length,
        tokens=_spread([len(row.ids) for row in encoded]),
        learned=_spread([sum(label != MASKED for label in row.labels) for row in encoded]),
        faults=dict(sorted(Counter(problem.code for problem in problems).items())),
        preview=preview_of(shown, chat) if shown else (),
        preview_row=shown.row if shown else "",
        problems=len(problems),
        changed=built or changed,
        account=Account(noun="rows", items=rows, into={"encoded": len(encoded), "refused": rows - len(encoded)}),
    )


def tokenizer_folder(workspace: Workspace, dataset: Dataset, tokenizer: str) -> tuple[Path, bool]:
    """Return the folder of a tokenizer, and whether it had to be built; a relative one may lie in the workspace.

    Raises:
        ToolkitError: ``TOKENIZER-NONE`` when there is no such folder.
    """
    if tokenizer == TINY:
        corpus = corpus_of(workspace, dataset)
        folder = tiny_folder(workspace, corpus)
        return folder, build_tiny(folder, corpus)
    for folder in (Path(tokenizer), workspace.root / tokenizer):
        if folder.is_dir():
            return folder, False
    raise ToolkitError(
        said(f"There is no folder '{tokenizer}'.", f"没有文件夹 '{tokenizer}'。"),
        hint=said(
            "Name a local folder, or: tiny. Nothing is fetched.", "请指定本地文件夹，或使用 tiny。不会从网络下载。"
        ),
        code="TOKENIZER-NONE",
    )


def look(rows: Iterable[Mapping[str, Any]], tokenizer: ChatTokenizer, max_length: int) -> Looked:
    """Encode rows: those from which something is learned, and every fault. Training learns from exactly the former."""
    looked = Looked([], [])
    for row in rows:
        encoded = encode_row(row, tokenizer, max_length)
        if isinstance(encoded, Fault):
            looked.faults.append((str(row.get("id", "")), encoded))
            continue
        looked.faults.extend((encoded.row, fault) for fault in faults_of(encoded, tokenizer))
        if not nothing_learned(encoded):
            looked.encoded.append(encoded)
    return looked


def preview_of(row: Encoded, tokenizer: ChatTokenizer) -> tuple[Segment, ...]:
    """Return a row's text as runs of learned and not learned tokens."""
    runs: list[tuple[bool, list[int]]] = []
    for token, label in zip(row.ids, row.labels, strict=True):
        learned = label != MASKED
        if not runs or runs[-1][0] != learned:
            runs.append((learned, []))
        runs[-1][1].append(token)
    return tuple(Segment(text=tokenizer.decode(ids), learned=learned) for learned, ids in runs)


def _problems(dataset: Dataset, looked: Mapping[str, Looked]) -> Iterable[Problem]:
    for split, part in looked.items():
        for row, fault in part.faults:
            yield Problem(step=_STEP, where=f"{dataset.name}/{split}.jsonl, row {row}", **fault._asdict())


def _lost(dataset: Dataset) -> Iterable[Problem]:
    """Yield a problem for each split whose file has not the rows that the manifest counted when it was built."""
    for split in dataset.splits:
        built, there = dataset.manifest["splits"][split]["rows"], len(dataset.rows(split))
        if built != there:
            yield Problem(
                code="ROWS-LOST",
                step=_STEP,
                where=f"{dataset.name}/{split}.jsonl",
                found=f"{there} rows",
                expected=f"{built} rows, as manifest.json says",
                hint="The file was changed after it was built: run toolkit convert again.",
            )


def _shown(looked: Mapping[str, Looked]) -> Encoded | None:
    faulty = {row for part in looked.values() for row, _ in part.faults}
    rows = [row for part in looked.values() for row in part.encoded]
    return next((row for row in rows if row.row not in faulty), rows[0] if rows else None)


def _spread(counts: Sequence[int]) -> Spread | None:
    if not counts:
        return None
    ordered = sorted(counts)
    return Spread(least=ordered[0], median=ordered[len(ordered) // 2], most=ordered[-1], total=sum(ordered))
