"""PDF: the text layer of each page in the order of its content, line by line, with boxes. Not tables, forms or OCR.

A line ends where the page's line ends, hyphens included. Blocks come from the distances between lines.
"""

import re
from statistics import median
from typing import Any, NamedTuple

from toolkit.documents.document import Box
from toolkit.documents.extraction import Page
from toolkit.documents.plain import looks_like_heading
from toolkit.documents.refusal import Refused

_LINE = re.compile("([^\r\n\ufffe\x02]*)(\r\n|\r|\n|\ufffe|\x02|$)")
_PASSWORD = 4
"""FPDF_ERR_PASSWORD."""
_SECURITY = 5
"""FPDF_ERR_SECURITY: an encryption that pdfium does not know."""
_BOLD = 600
_PARAGRAPH_PITCH = 1.35
"""Line distances of a page's median line distance from which on a new paragraph starts."""


class _Line(NamedTuple):
    text: str
    box: Box | None
    first: int


def read_pdf(data: bytes) -> tuple[Page, dict[str, Any]]:
    """Return the blocks of a PDF, with ``pages``, and ``pages_without_text`` where a page holds images only.

    Raises:
        Refused: ``DOC-ENCRYPTED``, or ``DOC-BROKEN`` when no page can be opened.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _unopened(error) from error
    if not len(document):
        raise Refused("DOC-BROKEN", "a PDF without pages")
    out = Page()
    images: list[int] = []
    for number in range(1, len(document) + 1):
        lines = _read_page(document, number - 1, images)
        for block in _blocks(lines):
            text = "\n".join(line.text for line in block)
            kind = _kind(block)
            out.add("heading" if kind else "paragraph", text, page=number, box=_union(block))
    meta: dict[str, Any] = {"pages": len(document)}
    return out, meta | ({"pages_without_text": images} if images and out.blocks else {})


def _unopened(error: Any) -> Refused:
    code = getattr(error, "err_code", None)
    if code in {_PASSWORD, _SECURITY} or "password" in str(error).lower() or "security" in str(error).lower():
        return Refused("DOC-ENCRYPTED", "a PDF with a password")
    return Refused("DOC-BROKEN", "a PDF that cannot be opened")


class _BoldLine(NamedTuple):
    """Marks a line set in a bold face; kept apart so that a page is read only once."""

    line: _Line
    bold: bool


def _read_page(document: Any, index: int, images: list[int]) -> list[_BoldLine]:
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        page = document[index]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        raise Refused("DOC-BROKEN", f"page {index + 1} cannot be read") from error
    try:
        text = textpage.get_text_range()
        lines = [
            _BoldLine(line, pdfium.FPDFText_GetFontWeight(textpage.raw, line.first) >= _BOLD)
            for line in _lines(textpage, text)
        ]
        if not text.strip() and any(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2)):
            images.append(index + 1)
        return lines
    finally:
        textpage.close()
        page.close()


def _lines(textpage: Any, text: str) -> list[_Line]:
    """Cut a page's text at its line ends; pdfium writes U+FFFE for a hyphen at a line's end and drops the break."""
    import pypdfium2.raw as pdfium

    lines = []
    units = 0
    for found in _LINE.finditer(text):
        content, ending = found[1], found[2]
        length = len(content) + sum(character > "\uffff" for character in content)
        if content.strip():
            shown = content + ("-" if ending in {"\ufffe", "\x02"} else "")
            first = max(0, pdfium.FPDFText_GetCharIndexFromTextIndex(textpage.raw, units + _lead(content)))
            lines.append(_Line(shown.rstrip(), _box(textpage, first, length - _lead(content)), first))
        units += length + len(ending)
    return lines


def _lead(content: str) -> int:
    return len(content) - len(content.lstrip())


def _box(textpage: Any, first: int, count: int) -> Box | None:
    import ctypes

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


def _union(lines: list["_Line"]) -> Box | None:
    return _enclosing([line.box for line in lines if line.box])
