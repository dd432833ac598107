"""Scanned pages: a page's picture to its lines of text, and a PDF whose scanned pages were read so.

Recognition needs the extra ``ocr``, whose models (Chinese and English) come with it: nothing is fetched. Lines that the
recogniser is less than half sure of are left out. It runs in a process of its own, one page at a time.
"""

import json
import os
from bisect import bisect
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit.documents.document import Box
from toolkit.documents.extraction import Read
from toolkit.documents.refusal import Refused

_DENSITY: Final = 200 / 72
"""Pixels a point: 200 an inch, at which ten-point print is read well."""
_LONGEST: Final = 2600
"""Pixels of a picture's longer side."""
_BLANK: Final = (0.14, 0.3)
"""Heights of a line's box: blanks between words are wider, gaps between letters narrower than some width here."""
_THREADS: Final = 4
"""At most: each takes address space, of which the process has a fixed amount."""


class OcrLine(NamedTuple):
    """One recognised line: its box in PDF points, and how sure the recogniser is, from 0 to 1."""

    text: str
    box: Box
    confidence: float


def recognise_page(data: bytes, page: int) -> list[OcrLine]:
    """Return the lines of a page, row by row from its top, from left to right within a row.

    Args:
        data: a PDF.
        page: the page's number, from 1.

    Raises:
        Refused: ``DOC-BROKEN`` or ``DOC-ENCRYPTED`` where the page cannot be shown.
        ImportError: the extra ``ocr`` is missing.
    """
    from toolkit.documents.readers.pdf import open_pdf

    recogniser = _recogniser()
    with open_pdf(data) as document:
        try:
            sheet = document[page - 1]
            picture = sheet.render(scale=_scale(*sheet.get_size()), rev_byteorder=False)
        except (RuntimeError, IndexError, ValueError) as error:
            raise Refused("DOC-BROKEN", f"page {page} cannot be shown") from error
        place = picture.get_posconv(sheet).to_page
        pixels = picture.to_numpy()[:, :, :3]
        found, _ = recogniser(pixels, return_word_box=True)
        return [
            OcrLine(
                _spaced(text, glyphs, pixels), _box([place(*map(int, corner)) for corner in corners]), round(sure, 4)
            )
            for corners, text, sure, glyphs, *_ in found or ()
        ]


def recognised(folder: Path) -> dict[int, list[OcrLine]]:
    """Return the pages that a folder keeps as ``<page>.json``, each an array of text, box and confidence."""
    return {
        int(kept.stem): [
            OcrLine(text, tuple(box), confidence) for text, box, confidence in json.loads(kept.read_bytes())
        ]
        for kept in sorted(folder.glob("*.json"))
    }


def with_ocr(data: bytes, pages: Mapping[int, Sequence[OcrLine]]) -> Read:
    """Return the blocks of a PDF whose pages without text are filled with what was recognised on them.

    ``meta`` tells ``pages_recognised``, their mean ``recognition_confidence``, and in ``pages_without_text`` those that
    were not given. Pages with a text layer of their own keep it.

    Raises:
        Refused: as ``read_pdf``.
    """
    from toolkit.documents.readers.pdf import read_pdf
    from toolkit.documents.readers.pdf_lines import Line

    lines = {
        number: [Line(line.text.strip(), line.box, bold=False, gap=0.0) for line in found if line.text.strip()]
        for number, found in pages.items()
    }
    page, meta = read_pdf(data, lines)
    sure = [line.confidence for number in meta.get("pages_recognised", ()) for line in pages[number]]
    return Read(page, meta | ({"recognition_confidence": round(sum(sure) / len(sure), 3)} if sure else {}))


def _scale(width: float, height: float) -> float:
    return min(_DENSITY, _LONGEST / max(width, height, 1))


def _spaced(text: str, glyphs: Sequence[Any], pixels: Any) -> str:
    """Return a line with the blanks that the model, which was made for Chinese, leaves out between Latin words.

    Args:
        text: the line.
        glyphs: four corners of each of its characters, in pixels.
        pixels: the page's picture.
    """
    if len(glyphs) != len(text) or not any(map(str.isascii, text)):
        return text
    left, bottom, right, top = _box([corner for corners in glyphs for corner in corners])
    shown = pixels[max(0, int(bottom)) : int(top) + 1, max(0, int(left)) : int(right) + 1].mean(axis=2)
    middles = [sum(x for x, _ in corners) / len(corners) - max(0, left) for corners in glyphs]
    before = {bisect(middles, gap) for gap in _gaps(shown)}
    out = text[:1]
    for place in range(1, len(text)):
        both = text[place - 1 : place + 1]
        out += (" " if place in before and both.isascii() and " " not in both else "") + text[place]
    return out


def _gaps(shown: Any) -> list[float]:
    """Return the middles of the columns without ink that are as wide as a blank between words, in pixels."""
    import numpy as np

    if not shown.size:
        return []
    dark = shown < (float(shown.min()) + float(shown.max())) / 2
    inked = np.flatnonzero((~dark if dark.mean() > 0.5 else dark).any(axis=0))  # noqa: PLR2004 - ink is the lesser part
    widths = np.diff(inked)
    wide = widths > _blank(sorted(widths[widths > 1] / shown.shape[0])) * shown.shape[0]
    return [float(middle) for middle in (inked[:-1] + inked[1:])[wide] / 2]


def _blank(gaps: list[float]) -> float:
    """Return the width from which on a gap parts words: where a line's own gaps leave the widest step."""
    least, most = _BLANK
    bounds = [least, *(gap for gap in gaps if least < gap < most), most]
    step, below = max((above - below, below) for below, above in pairwise(bounds))
    return below + step / 2


def _box(corners: list[tuple[float, float]]) -> Box:
    across, up = zip(*corners, strict=True)
    return round(min(across), 2), round(min(up), 2), round(max(across), 2), round(max(up), 2)


@cache
def _recogniser() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(
        intra_op_num_threads=min(_THREADS, os.cpu_count() or 1), inter_op_num_threads=1, max_side_len=_LONGEST
    )
