"""Lines of text for a terminal, English and Chinese mixed: words stay whole, Chinese breaks between characters.

rich breaks at blanks alone, so that a Chinese sentence behind an English word would begin a line of its own.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

_NOT_AT_START: Final = frozenset("、。，．：；？！…—·’”〉》」』】〕）］｝,.:;?!)]}%％℃")
_NOT_AT_END: Final = frozenset("‘“〈《「『【〔（［｛([{￥$＄")


def line_breaks(text: str, width: int) -> list[int]:
    """Return where new lines begin, so that none is wider than ``width`` cells; blanks at their ends do not count.

    >>> line_breaks("the Buyer pays", 9), line_breaks("第一条 甲方付款。", 10)
    ([10], [5])
    """
    breaks: list[int] = []
    used = 0
    for start, end in _pieces(text):
        piece = text[start:end]
        wide = cell_len(piece.rstrip())
        if (start and text[start - 1] == "\n") or (used and used + wide > width):
            breaks.append(start)
            used = 0
        if wide > width:
            cut, used = _chopped(text, start, end, width)
            breaks += cut
        else:
            used += cell_len(piece.rstrip("\n"))
    return breaks


def wrapped(text: Text, width: int) -> list[Text]:
    """Return a text as lines of at most ``width`` cells, its styles kept."""
    lines = text.divide(line_breaks(text.plain, max(2, width)))
    for line in lines:
        line.rstrip()
    return list(lines)


def padded(line: Text, width: int) -> Text:
    """Return a line filled with blanks to a width in cells."""
    return line.copy().append(" " * max(0, width - cell_len(line.plain)))


def beside(cells: Sequence[Sequence[Text]], widths: Sequence[int], between: Text) -> Iterator[Text]:
    """Yield the lines of cells that stand beside each other, each cell already wrapped to its width."""
    for number in range(max(map(len, cells), default=0)):
        parts = [
            padded(cell[number] if number < len(cell) else Text(), width)
            for cell, width in zip(cells, widths, strict=True)
        ]
        line = between.join(parts)
        line.rstrip()
        yield line


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of what stays on one line where it fits."""
    start = 0
    for place in range(1, len(text)):
        if _may_break(text[place - 1], text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def _may_break(before: str, after: str) -> bool:
    if before == "\n":
        return True
    if after.isspace():
        return False
    if before.isspace():
        return True
    return (_is_wide(before) or _is_wide(after)) and after not in _NOT_AT_START and before not in _NOT_AT_END


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" or character in _NOT_AT_START - set(",.:;?!)]}%")


def _chopped(text: str, start: int, end: int, width: int) -> tuple[list[int], int]:
    """Return where a piece wider than a line is broken, and how wide what is left is."""
    breaks, used = [], 0
    for place in range(start, end):
        wide = cell_len(text[place]) if text[place] != "\n" else 0
        if used + wide > width and not text[place].isspace():
            breaks.append(place)
            used = 0
        used += wide
    return breaks, used
