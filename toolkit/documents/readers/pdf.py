"""PDF: the text layer of each page in the order of its content, line by line, with boxes. Not tables, forms or OCR.

A line ends where the page's line ends, hyphens included. Blocks come from the distances between lines.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice, pairwise
from statistics import median
from types import MappingProxyType
from typing import Any, cast

from toolkit.documents.document import BlockKind, Box
from toolkit.documents.extraction import Page, Read
from toolkit.documents.readers.pdf_lines import Glyphs, Line, enclosing
from toolkit.documents.readers.pdf_tables import Row, page_parts
from toolkit.documents.readers.plain import in_capitals, looks_like_heading
from toolkit.documents.refusal import Refused

_NONE: Mapping[int, list[Line]] = MappingProxyType({})
_NO_PASSWORD = frozenset({4, 5})
"""FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY."""
_SMALL = re.compile("[a-z]")
_HEADING_LINES = 2
_HEADING_LENGTH = 80
_ENDINGS = frozenset(".:;!?。：；！？")
_FULL_LINE = 0.85
_DRAWN = 20
"""Shapes on a page without text from which on they may be letters; fewer are rules and frames."""
_PARAGRAPH_PITCH = 1.35
"""Line distance, in median line distances of the page, from which on a new paragraph starts."""


def read_pdf(data: bytes, recognised: Mapping[int, list[Line]] = _NONE) -> Read:
    """Return the blocks of a PDF, with ``pages``, and ``pages_without_text`` where pages show pictures or shapes only.

    Damaged pages are left out and named in ``pages_unread``, as long as there is one that can be read.

    Args:
        data: the file's bytes.
        recognised: lines of pages that hold images only, by number from 1; told in ``pages_recognised``.

    Raises:
        Refused: ``DOC-ENCRYPTED``, or ``DOC-BROKEN`` when it or none of its pages can be read.
    """
    out = Page()
    images: list[int] = []
    broken: list[int] = []
    with open_pdf(data) as document:
        count = len(document)
        if not count:
            raise Refused("DOC-BROKEN", "a PDF without pages")
        for number in range(1, count + 1):
            try:
                parts = _read_page(document, number)
            except _Unread:
                broken.append(number)
                continue
            if parts is None:
                images.append(number)
                parts = [*recognised.get(number, [])]
            _add(out, number, parts)
    if len(broken) == count:
        raise Refused("DOC-BROKEN", "a PDF of which no page can be read")
    unread = {"pages_unread": broken} if broken else {}
    return Read(out, {"pages": count} | _told(images, recognised) | unread | _titled(out))


class _Unread(Exception):  # noqa: N818 - an outcome of one page
    """A page that pdfium cannot read."""


@contextmanager
def open_pdf(data: bytes) -> Iterator[Any]:
    """Hold a PDF open.

    Raises:
        Refused: ``DOC-ENCRYPTED``, ``DOC-BROKEN``.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _unopened(error) from error
    try:
        yield document
    finally:
        document.close()


def _add(out: Page, number: int, parts: list[Line | Row]) -> None:
    for tabular, stretch in groupby(parts, key=lambda part: isinstance(part, Row)):
        if tabular:
            for row in cast("Iterable[Row]", stretch):
                out.add("table" if len(row.cells) > 1 else "paragraph", " | ".join(row.cells), page=number, box=row.box)
            continue
        for block in _blocks(cast("list[Line]", list(stretch))):
            kind: BlockKind = "heading" if _is_heading(block) else "paragraph"
            out.add(kind, "\n".join(line.text for line in block), page=number, box=_union(block))


def _told(images: list[int], recognised: Mapping[int, list[Line]]) -> dict[str, Any]:
    unread = [number for number in images if number not in recognised]
    read = [number for number in images if number in recognised]
    return ({"pages_without_text": unread} if unread else {}) | ({"pages_recognised": read} if read else {})


def _titled(page: Page) -> dict[str, str]:
    title = page.title()
    return {"title": title} if title else {}


def _unopened(error: Any) -> Refused:
    if getattr(error, "err_code", None) in _NO_PASSWORD or "password" in str(error).lower():
        return Refused("DOC-ENCRYPTED", "a PDF with a password")
    return Refused("DOC-BROKEN", "a PDF that cannot be opened")


def _read_page(document: Any, number: int) -> list[Line | Row] | None:
    """Return a page's lines and rows, or None for a page that shows images and no text."""
    import pypdfium2

    try:
        page = document[number - 1]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        raise _Unread from error
    try:
        parts = page_parts(page, Glyphs(textpage))
        return None if not parts and _shows_something(page) else parts
    finally:
        textpage.close()
        page.close()


def _shows_something(page: Any) -> bool:
    """Whether a page without text shows pictures, or as many drawn shapes as letters drawn one by one have."""
    import pypdfium2.raw as pdfium

    if any(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2)):
        return True
    drawn = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING], max_depth=2)
    return sum(1 for _ in islice(drawn, _DRAWN)) == _DRAWN


def _union(lines: list[Line]) -> Box | None:
    return enclosing([line.box for line in lines if line.box])


def _blocks(lines: list[Line]) -> Iterator[list[Line]]:
    """Group a page's lines: by the distance between them, by headings, and after a sentence that ends a short line."""
    # Rounded, so that lines set evenly are evenly far apart; negative where a line stands higher, as after a column.
    pitches = [round(one.box[1] - two.box[1], 2) if one.box and two.box else 0.0 for one, two in pairwise(lines)]
    downwards = [pitch for pitch in pitches if pitch > 1]
    usual = median(downwards) if downwards else 0.0
    far, full = usual * _PARAGRAPH_PITCH, _FULL_LINE * max((line.box[2] for line in lines if line.box), default=0.0)
    # One search tells of most lines that they are no headings.
    headings = [
        (line.bold or not _SMALL.search(line.text) or "第" in line.text) and _is_heading([line]) for line in lines
    ]
    start = 0
    for place, pitch in enumerate(pitches, start=1):
        above = lines[place - 1]
        apart = not -usual <= pitch <= far
        ended = above.text[-1] in _ENDINGS and above.box is not None and above.box[2] < full
        turns = headings[place - 1] != headings[place] and not _shouted(lines[place - 1 : place + 1])
        if apart or ended or turns:
            yield lines[start:place]
            start = place
    if lines:
        yield lines[start:]


def _shouted(lines: list[Line]) -> bool:
    return all(in_capitals(line.text) for line in lines)


def _is_heading(block: list[Line]) -> bool:
    if len(block) > _HEADING_LINES:
        return False
    text = " ".join(line.text.strip() for line in block)
    if looks_like_heading(text):
        return True
    short = len(text) <= _HEADING_LENGTH and text[-1] not in ".;,。；，"
    return short and all(line.bold for line in block) and any(map(str.isalpha, text))
