"""HTML inside Markdown and plain text: what is not shown, and tables, which converters of PDF and web pages write so.

CommonMark 4.6 lets such blocks stand in the text as they are. The text is left alone; only blocks are told.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from toolkit.documents.document import Block
from toolkit.documents.unwrapping import Piece

_OPENING = re.compile(r"^[ \t]{0,3}(?P<sign><!--|<(?:style|script|table)\b)", re.IGNORECASE | re.MULTILINE)
_CLOSINGS = {
    "<!--": re.compile("-->"),
    "<style": re.compile("</style>", re.IGNORECASE),
    "<script": re.compile("</script>", re.IGNORECASE),
    "<table": re.compile("</table>", re.IGNORECASE),
}
_ROW = re.compile(r"<tr\b[^<>]*>(.*?)(?=</tr>|<tr\b|</table>)", re.DOTALL | re.IGNORECASE)
_GAP = re.compile(r"(?:\s|</?[A-Za-z][^<>]*>)+")
"""What parts two words or cells: tags, white space, both."""
_SHOWN = re.compile(r">\s*[^<\s]")


def html_blocks(text: str, start: int) -> Iterator[tuple[int, int, list[Block]]]:
    """Yield the spans of HTML in a text and their blocks: hidden ones, and a table's rows, which cover it.

    Args:
        text: the document's text.
        start: where to begin.
    """
    unclosed: set[str] = set()
    while found := _OPENING.search(text, start):
        sign, begin = found["sign"].lower(), found.start("sign")
        closing = None if sign in unclosed else _CLOSINGS[sign].search(text, found.end())
        start = closing.end() if closing else found.end()
        if closing is None:
            unclosed.add(sign)  # nothing closes the next one either; to look each time would take quadratic time
        elif sign != "<table":
            yield begin, start, [Block(kind="navigation", start=begin, end=start)]
        elif rows := _rows(text, begin, start):
            yield begin, start, rows


def _rows(text: str, begin: int, end: int) -> list[Block]:
    ends = [row.end() for row in _ROW.finditer(text, begin, end) if _SHOWN.search(row[0])]
    return [Block(kind="table", start=one, end=other) for one, other in pairwise([begin, *ends[:-1], end])] * bool(ends)


def shown(text: str, block: Block) -> Iterator[Piece]:
    """Yield what a table's row shows: its text without tags, its cells parted by a space, on one line."""
    pieces: list[Piece] = []
    place = block.start
    for gap in _GAP.finditer(text, block.start, block.end):
        pieces += [Piece(place, gap.start()), Piece(gap.start(), gap.start() + 1, as_space=True)]
        place = gap.end()
    kept = [piece for piece in [*pieces, Piece(place, block.end)] if piece.start < piece.end]
    first = next((index for index, piece in enumerate(kept) if not piece.as_space), len(kept))
    last = next((index for index in reversed(range(len(kept))) if not kept[index].as_space), -1)
    yield from kept[first : last + 1]
