"""The lines of one PDF page with their boxes, asked of pdfium in as few calls as will do.

What a call costs decides how fast PDF is read, so the checks of ctypes are left out here and a page's text is fetched
once. A line ends where the page's line ends; pdfium writes U+FFFE for a hyphen
at a line's end and drops the break.
"""

import ctypes
import re
from collections.abc import Callable, Iterator
from functools import cache
from operator import sub
from typing import Any, Final, NamedTuple

from toolkit.documents.document import Box

_LINE = re.compile("([^\r\n\ufffe\x02]*)(\r\n|\r|\n|\ufffe|\x02|$)")
_HYPHEN = frozenset("\ufffe\x02")
_BOLD: Final = 600
_WEIGHED: Final = 80
"""Characters of a line up to which its weight matters: longer ones are no headings."""
_RECTANGLES: Final = 1024
"""Rectangles of one line that are looked at."""


class Line(NamedTuple):
    """One line of a page.

    Attributes:
        text: without white space at its end.
        box: encloses its glyphs; None where pdfium knows no place for it.
        bold: whether it starts in a bold font; never of a line too long for a heading.
        gap: the widest stretch of blank between its runs of glyphs, in points.
        at: where it starts in the page's text.
    """

    text: str
    box: Box | None
    bold: bool
    gap: float
    at: int = 0


def enclosing(boxes: list[Box]) -> Box | None:
    """Return the smallest box around several, to a hundredth of a point."""
    if not boxes:
        return None
    left, bottom, right, top = zip(*boxes, strict=True)
    return round(min(left), 2), round(min(bottom), 2), round(max(right), 2), round(max(top), 2)


class Handle(ctypes.c_void_p):
    """What pdfium calls a thing by; a class of its own, so that ctypes does not make a number of it."""


@cache
def call(name: str, result: Any = ctypes.c_int) -> Callable[..., Any]:
    """Return a function of pdfium that takes C integers and ``byref`` pointers unchecked, in half the time."""
    import pypdfium2.raw as pdfium

    address = ctypes.cast(getattr(pdfium, name), ctypes.c_void_p).value
    assert address is not None
    return ctypes.PYFUNCTYPE(result)(address)


@cache
def _room() -> tuple[Any, list[tuple[Any, ...]]]:
    """Return memory for the sides of rectangles, and for each its number and pointers to its four sides."""
    room = (ctypes.c_double * (4 * _RECTANGLES))()
    places = range(0, ctypes.sizeof(room), 32)
    return room, [(at // 32, *(ctypes.byref(room, at + side) for side in (0, 8, 16, 24))) for at in places]


class Glyphs:
    """The text layer of one page.

    Args:
        textpage: pypdfium2's.

    Attributes:
        runs: how many stretches of glyphs the lines given so far were drawn with, at most.
    """

    def __init__(self, textpage: Any) -> None:
        # Lone surrogates stay for now: dropping them would shift every index behind them.
        self._text: str = textpage.get_text_range(errors="surrogatepass")
        self._length = len(self._text.encode("utf-16-le", "surrogatepass")) // 2
        self.runs = 0
        self._textpage = textpage
        self._page = ctypes.byref(textpage.raw.contents)
        self._plain = textpage.count_chars() == self._length
        self._count_rects, self._rect = call("FPDFText_CountRects"), call("FPDFText_GetRect")
        self._weight, self._index = call("FPDFText_GetFontWeight"), call("FPDFText_GetCharIndexFromTextIndex")

    def boxes(self, line: Line) -> list[Box | None]:
        """Return the box of each character of a line, as wide as its advance; None for what has no place of its own."""
        import pypdfium2.raw as pdfium

        box = pdfium.FS_RECTF()
        out: list[Box | None] = []
        at = self._units(self._text[: line.at])
        for character in line.text:
            index = at if self._plain else max(0, self._index(self._page, at))
            drawn = not character.isspace() and pdfium.FPDFText_GetLooseCharBox(self._textpage, index, box)
            out.append((box.left, box.bottom, box.right, box.top) if drawn and box.right > box.left else None)
            at += self._units(character)
        return out

    def lines(self) -> Iterator[Line]:
        """Yield the lines that hold more than white space, in the order of the page's content."""
        units = 0
        astral = self._length != len(self._text)
        for found in _LINE.finditer(self._text):
            content, ending = found.groups()
            length = self._units(content) if astral else len(content)
            kept = content.rstrip()
            if kept:
                lead = len(content) - len(content.lstrip())
                first = units + lead if self._plain else max(0, self._index(self._page, units + lead))
                box, gap = self._box(first, length - lead)
                bold = length <= _WEIGHED and self._weight(self._page, first) >= _BOLD
                text = kept + "-" if ending in _HYPHEN else kept
                yield Line(text, box, bold, gap, found.start())
            units += length + len(ending)

    def _units(self, text: str) -> int:
        """Return pdfium's count of characters, which is in UTF-16 units."""
        if self._length == len(self._text):
            return len(text)
        return len(text) + sum(character > "\uffff" for character in text)

    def _box(self, first: int, count: int) -> tuple[Box | None, float]:
        """Return the box around a range of characters and the widest gap in it."""
        number = self._count_rects(self._page, first, count)
        if number <= 0:
            return None, 0.0
        self.runs += number
        rect, page, (room, places) = self._rect, self._page, _room()
        number = min(number, _RECTANGLES)
        for index, left, top, right, bottom in places[:number]:
            rect(page, index, left, top, right, bottom)
        if number == 1:
            left, top, right, bottom = room[:4]
            return (left, bottom, right, top), 0.0
        sides = room[: 4 * number]
        lefts, rights = sides[::4], sides[2::4]
        box = min(lefts), min(sides[3::4]), max(rights), max(sides[1::4])
        return box, max(map(sub, lefts[1:], rights))
