"""The rows to look at: a dataset of the workspace by name, or any folder or JSON Lines file by path."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem
from toolkit.preflight.encoding import wrong_shape
from toolkit.preflight.tiny import Corpus, build_tiny, corpus_of, corpus_of_rows, tiny_folder
from toolkit.release import Dataset, list_datasets, open_dataset
from toolkit.workspace import Workspace, numbered_lines

STEP = "preflight"
TINY = "tiny"


class Source(NamedTuple):
    """What is looked at: its name in files and problems, its parts, and the dataset that it is, if it is one."""

    name: str
    files: dict[str, Path]
    dataset: Dataset | None

    def rows(self, part: str) -> Iterator[tuple[str, dict[str, Any] | Problem]]:
        """Yield the rows of a part, each with the place to name it by; a line that is no JSON object is a problem."""
        for number, line in numbered_lines(self.files[part]):
            row = _parsed(line)
            place = f"{self.name}/{part}.jsonl" if self.dataset else self.files[part].name
            known = isinstance(row, dict) and self.dataset and row.get("id")
            where = f"{place}, row {known}" if known else f"{place}:{number}"
            yield where, _bad(where, row) if isinstance(row, str) else row

    def lost(self) -> Iterable[Problem]:
        """Yield a problem for each split whose file has not the rows that the manifest counted when it was built."""
        for split in self.files if self.dataset else ():
            assert self.dataset
            built = self.dataset.manifest["splits"][split]["rows"]
            there = sum(1 for _ in numbered_lines(self.files[split]))
            if built != there:
                yield Problem(
                    code="ROWS-LOST",
                    step=STEP,
                    where=f"{self.name}/{split}.jsonl",
                    found=f"{there} rows",
                    expected=f"{built} rows, as manifest.json says",
                    hint="The file was changed after it was built: run toolkit convert again.",
                )


def source_of(workspace: Workspace, dataset: str) -> Source:
    """Find what a name or a path means; a dataset of the workspace comes first. Call it with the lock held.

    Raises:
        ToolkitError: ``DATASET-UNKNOWN`` when there is neither, ``DATASET-EMPTY`` for a folder without ``*.jsonl``.
    """
    named = dataset in list_datasets(workspace)
    found = next((path for path in (Path(dataset), workspace.root / dataset) if path.exists()), None)
    if named or found is None:
        opened = open_dataset(workspace, dataset)
        return Source(opened.name, {split: opened.folder / f"{split}.jsonl" for split in opened.splits}, opened)
    files = sorted(found.glob("*.jsonl")) if found.is_dir() else [found]
    if not files:
        raise ToolkitError(
            said(f"'{dataset}' holds no '*.jsonl'.", f"'{dataset}' 中没有 '*.jsonl'。"),
            hint=said(
                "Name a folder with JSON Lines files, or one file.", "请指定含 JSON Lines 文件的文件夹或单个文件。"
            ),
            code="DATASET-EMPTY",
        )
    return Source(found.resolve().stem, {file.stem: file for file in files}, None)


def tokenizer_folder(workspace: Workspace, of: Dataset | Source, tokenizer: str) -> tuple[Path, bool]:
    """Return the folder of a tokenizer, and whether it had to be built; a relative one may lie in the workspace.

    The tiny one of foreign rows is learned from those rows alone.

    Raises:
        ToolkitError: ``TOKENIZER-NONE`` when there is no such folder.
    """
    if tokenizer == TINY:
        corpus = corpus_of(workspace, of) if isinstance(of, Dataset) else _corpus(workspace, of)
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


def _corpus(workspace: Workspace, source: Source) -> Corpus:
    if source.dataset:
        return corpus_of(workspace, source.dataset)
    rows = (row for part in source.files for _, row in source.rows(part))
    return corpus_of_rows(row for row in rows if isinstance(row, dict) and not wrong_shape(row))


def _parsed(line: bytes) -> dict[str, Any] | str:
    """Return a line's object, or what is wrong with it."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"a line that is no JSON: {type(error).__name__}"
    return row if isinstance(row, dict) else "a line that is no JSON object"


def _bad(where: str, found: str) -> Problem:
    return Problem(
        code="ROW-JSON",
        step=STEP,
        where=where,
        found=found,
        expected="one JSON object a line",
        hint="Mend the line, or leave it out.",
    )
