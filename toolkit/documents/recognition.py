"""Reading scanned pages, each once: what was read stays on disk, so that a killed run goes on with the next page."""

import json
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from toolkit.documents.confined import Confined, Limits
from toolkit.documents.refusal import Refused
from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.workspace import write_json

PAGE: Final = Limits(memory=4 * 2**30, cpu=36_000, wall=60.0)
"""What one page may cost."""
_MOST: Final = 16 * 2**20
"""Bytes of a page's lines."""


class Recogniser:
    """A process that reads pages, and the folder where they are kept.

    Args:
        kept: where pages stay that were read: ``<hash of the source>/<page>.json``.
        folder: the empty folder that the process runs in.
    """

    def __init__(self, kept: Path, folder: str) -> None:
        self._kept = kept
        self._process = Confined("ocr_child", (), PAGE, folder)

    def read(self, file: Path, sha256: str, pages: Sequence[int]) -> Path:
        """Read what has not been read of a file's pages; return the folder that holds them.

        A page that cannot be read within the limits is left out, and stays a page without text.
        """
        place = self._kept / sha256
        for page in pages:
            kept = place / f"{page}.json"
            if not kept.is_file():
                self._read_page(file, page, kept)
        return place

    def _read_page(self, file: Path, page: int, kept: Path) -> None:
        try:
            self._process.send(json.dumps([os.fspath(file.absolute()), page]).encode() + b"\n")
            kind, payload = self._process.frame(_MOST)
        except Refused:
            return
        if kind == b"P":
            write_json(kept, json.loads(payload))

    def end(self) -> None:
        """Kill the process for good."""
        self._process.end()


def check_extra() -> None:
    """Say how to get the recogniser where it is missing.

    Raises:
        ToolkitError: ``EXTRA-MISSING``.
    """
    if not find_spec("rapidocr_onnxruntime"):
        raise ToolkitError(
            said("The text recogniser is not installed.", "未安装文字识别组件。"),
            hint=said("pip install 'sft-toolkit[ocr]'", "pip install 'sft-toolkit[ocr]'"),
            code="EXTRA-MISSING",
            exit_code=SERVICE,
        )
