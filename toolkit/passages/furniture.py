"""Page furniture: blocks that are marked as no content. Passages may hold it inside, never at an edge, never alone."""

from bisect import bisect_left, bisect_right
from typing import Final

from toolkit.documents import Block, Document

KINDS: Final = frozenset({"page_header", "page_footer", "page_number", "navigation"})


def is_furniture(block: Block) -> bool:
    """Return whether a block is no content."""
    return block.kind in KINDS


class Furniture:
    """Where a document's furniture lies."""

    def __init__(self, document: Document) -> None:
        self._text = document.text
        blocks = [block for block in document.blocks if is_furniture(block)]
        self._starts = [block.start for block in blocks]
        self._ends = [block.end for block in blocks]

    def holds(self, place: int) -> bool:
        """Return whether a place lies in furniture."""
        at = bisect_right(self._starts, place) - 1
        return at >= 0 and place < self._ends[at]

    def trimmed(self, start: int, end: int) -> tuple[int, int] | None:
        """Return a span without the white space and the furniture at its edges, or None when nothing is left."""
        while start < end:
            after = self._past(start, end)
            if after == start:
                break
            start = after
        while start < end:
            before = self._back(start, end)
            if before == end:
                return start, end
            end = before
        return None

    def _past(self, start: int, end: int) -> int:
        at = bisect_right(self._starts, start) - 1
        if at >= 0 and start < self._ends[at]:
            return min(end, self._ends[at])
        while start < end and self._text[start].isspace():
            start += 1
        return start

    def _back(self, start: int, end: int) -> int:
        at = bisect_left(self._starts, end) - 1
        if at >= 0 and end <= self._ends[at]:
            return max(start, self._starts[at])
        while start < end and self._text[end - 1].isspace():
            end -= 1
        return end
