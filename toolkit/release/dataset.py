"""The dataset: a built folder, opened by name. Reading only; ``build`` writes it."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.release.splits import SPLITS
from toolkit.workspace import Workspace, read_jsonl

MANIFEST: Final = "manifest.json"
NAME: Final = r"\w[\w.-]{0,59}"
"""What a dataset may be called: it is a folder's name."""


class Dataset(NamedTuple):
    """A built dataset: its name, its folder and what ``manifest.json`` says."""

    name: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that have rows, in order."""
        return tuple(split for split in SPLITS if split in self.manifest["splits"])

    def rows(self, split: str) -> list[dict[str, Any]]:
        """Return the rows of a split in the dataset's first format."""
        return load_dataset_rows(self.folder, split)


def open_dataset(workspace: Workspace, name: str) -> Dataset:
    """Open a dataset of the workspace. Call it with the lock held.

    Raises:
        ToolkitError: ``DATASET-UNKNOWN`` with the names there are, ``DATASET-BROKEN`` without a readable manifest.
    """
    if re.fullmatch(NAME, name):
        settle(workspace.dataset(name))
    there = list(list_datasets(workspace))
    if name not in there:
        known = ", ".join(there) or said("none", "无")
        raise ToolkitError(
            said(f"There is no dataset '{name}'.", f"没有数据集 '{name}'。"),
            hint=said(
                f"Known: {known}. Build one with: toolkit convert --name NAME",
                f"已有：{known}。构建数据集：toolkit convert --name NAME",
            ),
            code="DATASET-UNKNOWN",
        )
    folder = workspace.dataset(name)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ToolkitError(
            said(f"'{folder / MANIFEST}' cannot be read: {error}.", f"无法读取 '{folder / MANIFEST}'：{error}。"),
            hint=said("Build the dataset again: toolkit convert", "请重新构建数据集：toolkit convert"),
            code="DATASET-BROKEN",
        ) from error
    return Dataset(name, folder, manifest)


def list_datasets(workspace: Workspace) -> Iterator[str]:
    """Yield the names of the workspace's datasets, sorted."""
    for manifest in sorted((workspace.data / "datasets").glob(f"*/{MANIFEST}")):
        if not manifest.parent.name.startswith("."):
            yield manifest.parent.name


def load_dataset_rows(folder: Path, split: str) -> list[dict[str, Any]]:
    """Return the rows of a split of a built folder in its first format; none for a split without rows."""
    return list(read_jsonl(folder / f"{split}.jsonl"))


def settle(folder: Path) -> None:
    """End a swap of folders that a kill cut short: the dataset is there again as it was. Call it with the lock held.

    The new folder is complete before the old one steps aside, so at every moment one of the two is whole.
    """
    aside, beside = aside_of(folder), beside_of(folder)
    if aside.is_dir() and not folder.is_dir():
        aside.rename(folder)
    for leftover in (aside, beside):
        if leftover.is_dir():
            shutil.rmtree(leftover)


def aside_of(folder: Path) -> Path:
    """Return where the old folder of a dataset waits while the new one takes its place."""
    return folder.with_name(f".{folder.name}.old")


def beside_of(folder: Path) -> Path:
    """Return where the new folder of a dataset is built."""
    return folder.with_name(f".{folder.name}.new")
