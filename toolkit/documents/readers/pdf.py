"""PDF: the text layer of each page in the order of its content, line by line, with boxes. Not tables, forms or OCR.

A line ends where the page's line ends, hyphens included. Blocks come from the distances between lines.
"""

import ctypes
import re
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from toolkit.documents.document import BlockKind, Box
from toolkit.documents.extraction import Page, Read
from toolkit.documents.readers.plain import in_capitals, looks_like_heading
from toolkit.documents.refusal import Refused

_LINE = re.compile("([^\r\n\ufffe\x02]*)(\r\n|\r|\n|\ufffe|\x02|$)")
_NO_PASSWORD = frozenset({4, 5})
"""FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY."""
_BOLD = 600
_HEADING_LINES = 2
_HEADING_LENGTH = 80
_PARAGRAPH_PITCH = 1.35
"""Line distance, in median line distances of the page, from which on a new paragraph starts."""


class _Line(NamedTuple):
    text: str
    box: Box | None
    bold: bool


def read_pdf(data: bytes) -> Read:
    """Return the blocks of a PDF, with ``pages``, and ``pages_without_text`` where pages hold images only.

    Raises:
        Refused: ``DOC-ENCRYPTED``, or ``DOC-BROKEN`` when it or one of its pages cannot be read.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _unopened(error) from error
    count = len(document)
    if not count:
        raise Refused("DOC-BROKEN", "a PDF without pages")
    out = Page()
    images: list[int] = []
    for number in range(1, count + 1):
        lines = _read_page(document, number)
        if lines is None:
            images.append(number)
        for block in _blocks(lines or []):
            kind: BlockKind = "heading" if _is_heading(block) else "paragraph"
            out.add(kind, "\n".join(line.text for line in block), page=number, box=_union(block))
    meta: dict[str, Any] = {"pages": count}
    return Read(out, meta | ({"pages_without_text": images} if images and out.blocks else {}) | _titled(out))


def _titled(page: Page) -> dict[str, str]:
    title = page.title()
    return {"title": title} if title else {}


def _unopened(error: Any) -> Refused:
    if getattr(error, "err_code", None) in _NO_PASSWORD or "password" in str(error).lower():
        return Refused("DOC-ENCRYPTED", "a PDF with a password")
    return Refused("DOC-BROKEN", "a PDF that cannot be opened")


def _read_page(document: Any, number: int) -> list[_Line] | None:
    """Return a page's lines, or None for a page that shows images and no text."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        page = document[number - 1]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        raise Refused("DOC-BROKEN", f"page {number} cannot be read") from error
    try:
        lines = list(_lines(textpage))
        if not lines and any(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2)):
            return None
        return lines
    finally:
        textpage.close()
        page.close()


def _lines(textpage: Any) -> Iterator[_Line]:
    """Cut a page's text at its line ends; pdfium writes U+FFFE for a hyphen at a line's end and drops the break."""
    import pypdfium2.raw as pdfium

    units = 0
    for found in _LINE.finditer(textpage.get_text_range()):
        content, ending = found[1], found[2]
        length = len(content) + sum(character > "\uffff" for character in content)
        if content.strip():
            lead = len(content) - len(content.lstrip())
            first = max(0, pdfium.FPDFText_GetCharIndexFromTextIndex(textpage.raw, units + lead))
            bold = pdfium.FPDFText_GetFontWeight(textpage.raw, first) >= _BOLD
            hyphen = "-" if ending in {"\ufffe", "\x02"} else ""
            yield _Line(content.rstrip() + hyphen, _box(textpage, first, length - lead), bold)
        units += length + len(ending)


def _box(textpage: Any, first: int, count: int) -> Box | None:
    import pypdfium2.raw as pdfium

    sides = [ctypes.c_double() for _ in range(4)]
    found: list[Box] = []
    for index in range(pdfium.FPDFText_CountRects(textpage.raw, first, count)):
        if pdfium.FPDFText_GetRect(textpage.raw, index, *sides):
            left, top, right, bottom = (side.value for side in sides)
            found.append((left, bottom, right, top))
    return _enclosing(found)


def _enclosing(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    left, bottom, right, top = zip(*boxes, strict=True)
    return round(min(left), 2), round(min(bottom), 2), round(max(right), 2), round(max(top), 2)


def _union(lines: list[_Line]) -> Box | None:
    return _enclosing([line.box for line in lines if line.box])


def _blocks(lines: list[_Line]) -> Iterator[list[_Line]]:
    pitches = [pitch for above, below in pairwise(lines) if (pitch := _pitch(above, below)) > 1]
    usual = median(pitches) if pitches else 0.0
    right = max((line.box[2] for line in lines if line.box), default=0.0)
    group: list[_Line] = []
    for line in lines:
        if group and _starts_block(group[-1], line, usual, right):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _pitch(above: _Line, below: _Line) -> float:
    """Points from one line down to the next; negative where the next stands higher, as after a column's end."""
    return above.box[1] - below.box[1] if above.box and below.box else 0.0


def _starts_block(above: _Line, below: _Line, usual: float, right: float) -> bool:
    pitch = _pitch(above, below)
    if pitch > usual * _PARAGRAPH_PITCH or pitch < -usual:
        return True
    shouted = in_capitals(above.text) and in_capitals(below.text)
    if _is_heading([above]) != _is_heading([below]) and not shouted:
        return True
    ended = above.text.rstrip()[-1] in ".:;!?。；：！？"
    return ended and above.box is not None and above.box[2] < right * 0.85


def _is_heading(block: list[_Line]) -> bool:
    if len(block) > _HEADING_LINES:
        return False
    text = " ".join(line.text.strip() for line in block)
    short_bold = all(line.bold for line in block) and len(text) <= _HEADING_LENGTH and text[-1] not in ".;,。；，"
    return looks_like_heading(text) or (short_bold and any(map(str.isalpha, text)))
