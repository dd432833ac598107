"""Citations of United States cases by reporter (``410 U.S. 113``), read by eyecite with its table of reporters."""

import logging
from functools import cache
from typing import Any, NamedTuple

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said


class Reported(NamedTuple):
    """One full citation.

    Attributes:
        start, end: where it stands in the text.
        written: volume, reporter in its standard writing, page.
    """

    start: int
    end: int
    written: str


def find_reported(text: str) -> list[Reported]:
    """Return the full case citations of a text whose reporter is known, in its order.

    Raises:
        ToolkitError: ``EXTRA-MISSING`` (exit 4) without the extra ``legal``.
    """
    reader, case = _eyecite()
    found = [one for one in reader(text) if isinstance(one, case)]
    return [Reported(one.span()[0], one.span()[1], one.corrected_citation()) for one in found]


@cache
def _eyecite() -> tuple[Any, Any]:
    try:
        from eyecite import get_citations
        from eyecite.models import FullCaseCitation
    except ImportError as error:
        raise ToolkitError(
            said("The reader of case citations, eyecite, is not installed.", "未安装判例引证识别组件 eyecite。"),
            hint=said(
                "pip install 'sft-toolkit[legal]', with Python 3.11 or 3.12.",
                "请运行 pip install 'sft-toolkit[legal]'（Python 3.11 或 3.12）。",
            ),
            code="EXTRA-MISSING",
            exit_code=SERVICE,
        ) from error
    logging.getLogger("eyecite").setLevel(logging.ERROR)  # its warnings quote the document
    return get_citations, FullCaseCitation
