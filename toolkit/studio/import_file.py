"""Import files for a Label Studio that cannot be reached from here: one for each annotator's project.

Whoever runs that server makes a project for each annotator, with ``labelling.xml`` as its labelling config and
``guideline.html`` as its instructions, and imports the annotator's file there, once: the server does not look for
duplicates. The answers come back as an export, by the
``task_id`` in the data.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.annotations.guideline import KEPT_PAGE, Guideline, guideline_html
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import digest
from toolkit.studio.delivery import Item, request_of
from toolkit.workspace import write_text

CONFIG = "labelling.xml"
PAGE = "guideline.html"
_UNSAFE = re.compile(r"[^\w@+.-]")


class ImportFiles(NamedTuple):
    """The files that were written, the labelling config last, and whether any of them changed."""

    paths: tuple[Path, ...]
    changed: bool


def check_place(to: Path) -> None:
    """Refuse a place that cannot hold import files.

    Raises:
        ToolkitError: ``PUSH-FILE``.
    """
    if to.suffix == ".json" and to.is_dir():
        raise _unusable(to, said("it is a folder", "它是文件夹"))
    if to.suffix != ".json" and to.is_file():
        raise _unusable(to, said("it is a file that does not end in '.json'", "该文件不以 '.json' 结尾"))


def write_import_files(
    to: Path, items: Mapping[str, Sequence[Item]], config: str, guideline: Guideline | None = None
) -> ImportFiles:
    """Write each annotator's items, whole or not at all, with the labelling config and the guideline beside them.

    Args:
        to: a folder, which gets ``NAME.json`` for each annotator; or a name that ends in ``.json``, which one
            annotator gets as it is and several get with their names before the end: ``round.ann.json``.
        items: annotator to items; who has none gets no file.
        config: the labelling config.
        guideline: what annotators are told, where the round knows it; as ``guideline.md`` and ``guideline.html``.

    Raises:
        ToolkitError: ``PUSH-FILE`` when the place cannot be used, ``IO-FULL``.
    """
    paths = _paths(to, [name for name, own in items.items() if own])
    texts = {
        paths[name]: json.dumps([request_of(item) for item in own], ensure_ascii=False, allow_nan=False, indent=1)
        for name, own in items.items()
        if own
    }
    folder = to.parent if to.suffix == ".json" else to
    beside = {folder / KEPT_PAGE: guideline.text, folder / PAGE: guideline_html(guideline)} if guideline else {}
    beside[folder / CONFIG] = config
    try:
        changed = [write_text(path, f"{text}\n") for path, text in texts.items()]
        changed += [write_text(path, text) for path, text in beside.items()]
    except OSError as error:
        raise _unusable(to, error.strerror or str(error)) from error
    return ImportFiles((*texts, *beside), any(changed))


def _paths(to: Path, names: Sequence[str]) -> dict[str, Path]:
    if to.suffix == ".json":
        if len(names) == 1:
            return {names[0]: to}
        return {name: to.with_name(f"{to.stem}.{safe}.json") for name, safe in _safe(names).items()}
    return {name: to / f"{safe}.json" for name, safe in _safe(names).items()}


def _safe(names: Sequence[str]) -> dict[str, str]:
    """Return names that no file system mistakes for a path or for each other.

    >>> _safe(["ann", "王芳"]), _safe(["a/b"])
    ({'ann': 'ann', '王芳': '王芳'}, {'a/b': 'a_b-f5effa31'})
    """
    plain = [_UNSAFE.sub("_", name).lstrip(".") for name in names]
    folded = [name.casefold() for name in plain]
    return {
        name: safe if safe == name and folded.count(safe.casefold()) == 1 else f"{safe}-{digest(name)[:8]}"
        for name, safe in zip(names, plain, strict=True)
    }


def _unusable(to: Path, why: str) -> ToolkitError:
    return ToolkitError(
        said(f"'{to}' cannot hold the import files: {why}.", f"'{to}' 无法存放导入文件：{why}。"),
        hint=said("Name a folder, or a file that ends in .json.", "请指定文件夹，或以 .json 结尾的文件。"),
        code="PUSH-FILE",
    )
