"""The clean view: the text as one reads it, without page furniture, navigation and line ends that only pages need.

Nothing is put in, and no character is changed but line ends that become spaces, so that an index map leads each one
back to the source view.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from toolkit.documents.document import Block, BlockKind
from toolkit.documents.extraction import Extraction
from toolkit.documents.furniture import PAGE_BREAK
from toolkit.documents.readers.markup import shown
from toolkit.documents.unwrapping import LINE_ENDS, Join, Piece, Unwrapping, joined, lines_of
from toolkit.noun import Noun
from toolkit.text import IndexMap

NOT_CONTENT: Final[frozenset[BlockKind]] = frozenset({"page_header", "page_footer", "page_number", "navigation"})
_RUNNING: Final[frozenset[BlockKind]] = frozenset({"paragraph", "list_item", "footnote"})
_ACROSS: Final[frozenset[BlockKind]] = frozenset({"paragraph", "list_item"})
_WRAPPED: Final = frozenset({"pdf", "text", "markdown", "eml", "mbox", None})
"""Formats whose lines end where the page does; in the others a line end was meant."""
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


class Clean(Noun):
    """The clean view of a document.

    Attributes:
        text: what is left.
        blocks: its parts in reading order; page and box are those of where each begins.
        index_map: leads to the source view.
    """

    text: str
    blocks: tuple[Block, ...]
    index_map: IndexMap


def cleaned(extraction: Extraction) -> Clean | None:
    """Return the clean view of a document whose furniture is marked; None where it would say the same, or nothing."""
    work = _Cleaning(extraction)
    text = extraction.text
    parts = [" " if piece.as_space else text[piece.start : piece.end] for piece in work.kept]
    clean = "".join(parts)
    if clean == text or not clean.strip():
        return None
    index_map = IndexMap.keeping(((piece.start, piece.end) for piece in work.kept), len(text))
    return Clean(text=clean, blocks=tuple(work.blocks), index_map=index_map)


class _Cleaning:
    """Walks once over the blocks of a document and collects what is kept."""

    def __init__(self, extraction: Extraction) -> None:
        self.kept: list[Piece] = []
        self.blocks: list[Block] = []
        self._length = 0
        self._text = extraction.text
        content = [block for block in extraction.blocks if block.kind not in NOT_CONTENT]
        self._left_out = [block for block in extraction.blocks if block.kind in NOT_CONTENT]
        self._fences = [found.span() for found in _FENCED.finditer(self._text)]
        self._plain = extraction.meta.get("format") in {"markdown", "text"}
        wrapped = extraction.meta.get("format") in _WRAPPED
        running = [block for block in content if wrapped and self._runs(block)]
        self._running = frozenset(block.start for block in running)
        self._unwrapping = Unwrapping(self._text, running)
        self._walk(content)

    def _runs(self, block: Block) -> bool:
        inside = bisect_right(self._fences, (block.start, len(self._text))) - 1
        fenced = inside >= 0 and block.start < self._fences[inside][1]
        return block.kind in _RUNNING and not fenced

    def _walk(self, content: list[Block]) -> None:
        left_out = iter([*self._left_out, None])
        hole = next(left_out)
        before: Block | None = None
        place = 0
        for block in content:
            gap = block.start
            while hole and hole.start < block.start:
                gap, hole = min(gap, hole.start), next(left_out)
            self._between(before, block, place, gap)
            before, place = block, block.end
        end = hole.start if hole else len(self._text)
        self._keep([Piece(place, end)])

    def _between(self, before: Block | None, block: Block, place: int, gap: int) -> None:
        """Keep what parts two blocks and then the second, as a part of the first where a page's end has cut them."""
        join: Join = self._across(before, block) if before else "keep"
        pieces = list(self._pieces(block))
        if before and join != "keep":
            self._join_up(before, block, join)
        else:
            self._keep(self._parting(place, gap, block.start))
            self.blocks.append(block.model_copy(update={"start": self._length, "end": self._length}))
        self._keep(pieces)
        self.blocks[-1] = self.blocks[-1].model_copy(update={"end": self._length})

    def _pieces(self, block: Block) -> Iterator[Piece]:
        """What is kept of a block."""
        if block.start in self._running:
            return self._unwrapping.pieces(block)
        if block.kind == "table" and self._plain and not self._text.startswith("|", block.start):
            return shown(self._text, block)
        return iter([Piece(block.start, block.end)])

    def _parting(self, place: int, gap: int, start: int) -> Iterator[Piece]:
        """What parts two blocks: all of it where nothing is left out, else the part before that."""
        if gap == start:
            yield Piece(place, start)
            return
        head = self._text[place:gap].rstrip(" \t\u3000\xa0")
        if not place or any(sign in LINE_ENDS for sign in head):
            yield Piece(place, place + len(head))
        else:
            last = max(self._text.rfind(sign, place, start) for sign in LINE_ENDS)
            yield Piece(max(place, last), start)

    def _across(self, before: Block, block: Block) -> Join:
        if not {before.kind, block.kind} <= _ACROSS or block.kind != "paragraph":
            return "keep"
        if not {before.start, block.start} <= self._running or not self._page_ends(before, block):
            return "keep"
        return self._unwrapping.across(lines_of(self._text, before)[-1], lines_of(self._text, block)[0])

    def _page_ends(self, before: Block, block: Block) -> bool:
        if before.page is not None and block.page is not None:
            return before.page != block.page
        return PAGE_BREAK.search(self._text, before.end, block.start) is not None

    def _join_up(self, before: Block, block: Block, join: Join) -> None:
        above, below = lines_of(self._text, before)[-1], lines_of(self._text, block)[0]
        if join == "unhyphenate":
            last = self.kept.pop()
            self._length -= last.end - last.start
            self._keep([Piece(last.start, last.end - 1)])
        self._keep(list(joined(self._text, above.end, above, below, join))[1:])

    def _keep(self, pieces: "Iterator[Piece] | list[Piece]") -> None:
        for piece in pieces:
            if piece.start < piece.end:
                self.kept.append(piece)
                self._length += piece.end - piece.start
