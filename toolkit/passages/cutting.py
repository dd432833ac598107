"""From an outline to passages: titles join what follows, crumbs join a neighbour, and what is too long is cut.

Whatever happens, the pieces partition the content: every character of it that is not white space ends up in exactly
one. Page furniture (headers, footers, page numbers, navigation) lies inside pieces or between them, never at an edge.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from toolkit.documents import Document
from toolkit.passages.furniture import Furniture
from toolkit.passages.labels import STOPS
from toolkit.passages.limits import Limit
from toolkit.passages.outline import Outline, Stretch
from toolkit.passages.passage import By
from toolkit.passages.sentences import LESSER, is_joined, sentence_ends
from toolkit.text import is_han

_CRUMB: Final = 40
"""Weight below which a piece is no passage of its own: page numbers, stamps, stray lines. A Han character weighs 3."""
_CONTENTS: Final = 4
"""Titles in a row, none below the other, that make a table of contents."""


class Piece(NamedTuple):
    """A passage to be: half-open offsets without white space around, the headings and the clause labels above."""

    start: int
    end: int
    heading: tuple[str, ...]
    numbering: tuple[str, ...]


def cut(document: Document, by: By, limit: Limit) -> list[Piece]:
    """Return the pieces of a document, in order, none beyond the limit."""
    text, furniture = document.text, Furniture(document)
    outline = Outline(document, by)
    stretches = [one for one in outline.stretches if furniture.trimmed(one.start, one.end)]
    cuts = _Cuts(document, by, limit, furniture, outline)
    pieces: list[Piece] = []
    for group in _join_crumbs(text, _join_titles(stretches), limit):
        if not (span := furniture.trimmed(group[0].start, group[-1].end)):
            continue
        starts = [stretch.start for stretch in group if not stretch.bare][1:]
        for first, last in cuts.split(*span, starts):
            pieces.append(Piece(first, last, *outline.above(first, last)))
    return pieces


def is_slight(text: str) -> bool:
    """Return whether a text says little: its characters without white space, Han ones counted thrice, are few.

    >>> is_slight("Page 3 of 12"), is_slight("第二条　本法所称应税凭证是指合同。")
    (True, False)
    """
    seen = "".join(text.split())
    return len(seen) < _CRUMB and len(seen) + 2 * sum(map(is_han, seen)) < _CRUMB


def _join_titles(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    """Titles go with what follows them; many in a row are a table of contents and stand alone."""
    groups: list[list[Stretch]] = []
    waiting: list[Stretch] = []
    for stretch in stretches:
        if stretch.bare:
            waiting.append(stretch)
            continue
        kept = _deepening(waiting) if len(waiting) >= _CONTENTS else waiting
        if len(kept) < len(waiting):
            groups.append(waiting[: len(waiting) - len(kept)])
        groups.append([*kept, stretch])
        waiting = []
    return [*groups, waiting] if waiting else groups


def _deepening(titles: Sequence[Stretch]) -> list[Stretch]:
    """The last titles of which each stands below the one before."""
    kept = [titles[-1]]
    for title in reversed(titles[:-1]):
        if title.rank >= kept[0].rank:
            break
        kept.insert(0, title)
    return kept


def _join_crumbs(text: str, groups: Sequence[list[Stretch]], limit: Limit) -> list[list[Stretch]]:
    joined: list[list[Stretch]] = []
    for group in groups:
        if joined and (_is_crumb(text, group) or _is_crumb(text, joined[-1])):
            start, end = joined[-1][0].start, group[-1].end
            if limit.reach(text, start, end) == end or is_slight(text[group[0].start : end]):
                joined[-1] = [*joined[-1], *group]
                continue
        joined.append(list(group))
    return joined


def _is_crumb(text: str, group: Sequence[Stretch]) -> bool:
    """A short labelled sentence is a clause ("1.5 Time is of the essence."); other short stretches are crumbs."""
    if group[-1].end - group[0].start > _CRUMB * 20:
        return False
    whole = text[group[0].start : group[-1].end].strip()
    return is_slight(whole) and not (group[-1].labelled and not group[-1].bare and whole[-1] in ".;。；")


class _Cuts:
    """Where a document may be cut, best places first: enumerated items, blocks, sentence ends, lesser places."""

    def __init__(self, document: Document, by: By, limit: Limit, furniture: Furniture, outline: Outline) -> None:
        self._text = document.text
        self._by = by
        self._limit = limit
        self._furniture = furniture
        self._items = outline.item_starts
        self._blocks = sorted(
            block.start for block in document.blocks if block.kind == "heading" or self._ends_before(block.start)
        )

    def _ends_before(self, start: int) -> bool:
        """Whether a sentence ends before a block: page breaks part blocks in mid-sentence."""
        return self._text[max(0, start - 40) : start].rstrip()[-1:] in {*STOPS, *"\"”’')）]】", ""}

    def split(self, start: int, end: int, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield trimmed spans that partition a trimmed span; ``starts`` are the best places of all."""
        if self._fits(start, end):
            yield start, end
            return
        ranked = self._ranked(start, end, starts)
        while not self._fits(start, end):
            at = self._best(start, end, ranked)
            if span := self._furniture.trimmed(start, at):
                yield span
            if not (rest := self._furniture.trimmed(at, end)):
                return
            start, end = rest
        yield start, end

    def _fits(self, start: int, end: int) -> bool:
        return self._limit.reach(self._text, start, end) == end

    def _ranked(self, start: int, end: int, starts: Sequence[int]) -> list[list[int]]:
        """Where to cut, best places first; each list holds the better ones too, but for the first."""
        sentences = list(sentence_ends(self._text, start, end))
        blocks = self._blocks[bisect_left(self._blocks, start) : bisect_right(self._blocks, end)]
        if self._by == "window":
            return [sorted({*sentences, *blocks})]
        items = self._items[bisect_left(self._items, start) : bisect_right(self._items, end)]
        if self._by == "paragraph":
            items = []
        return [list(starts), items, sorted({*items, *blocks}), sorted({*items, *blocks, *sentences})]

    def _best(self, start: int, end: int, ranked: Sequence[Sequence[int]]) -> int:
        reach = self._limit.reach(self._text, start, end)
        while True:
            at = self._choose(start, end, reach, ranked)
            if at <= start + 1 or self._limit.holds(self._text[start:at].rstrip()):
                return at
            reach = min(at, reach) - max(1, (reach - start) // 32)  # a cut word may take more tokens than its share

    def _choose(self, start: int, end: int, reach: int, ranked: Sequence[Sequence[int]]) -> int:
        """The best place to end a piece: full enough where that can be, else at any sentence's end."""
        high = max(start + 1, min(reach, max(start + (reach - start) // 2, end - _CRUMB)))
        full = start + (reach - start) // 3
        for places in () if self._by == "window" else ranked:
            if (place := self._last(places, full, high)) is not None:
                return place
        for most in (reach if self._by == "window" else high, reach):
            if (place := self._last(ranked[-1], start, most)) is not None:
                return place
        for pattern in LESSER:
            places = [found.end() for found in pattern.finditer(self._text, full, high)]
            if (place := self._last(places, full, high)) is not None:
                return place
        return self._between_characters(start, high)

    def _last(self, places: Sequence[int], low: int, high: int) -> int | None:
        at = bisect_right(places, high) - 1
        while at >= 0 and places[at] > low:
            if not is_joined(self._text, places[at]):
                return places[at]
            at -= 1
        return None

    def _between_characters(self, start: int, at: int) -> int:
        """The last place up to ``at`` that parts no letter from its accents and no joined emoji."""
        place = at
        while place > start + 1 and is_joined(self._text, place):
            place -= 1
        return at if is_joined(self._text, place) else place
