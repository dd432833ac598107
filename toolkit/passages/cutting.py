"""From an outline to passages: titles join what follows, crumbs join a neighbour, and what is too long is cut.

Whatever happens, the pieces partition the text: every character that is not white space ends up in exactly one.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from toolkit.documents import Document
from toolkit.passages.labels import STOPS, enumerators, find_labels
from toolkit.passages.outline import Stretch, outline
from toolkit.passages.passage import By
from toolkit.text import is_han

_CRUMB: Final = 40
"""Weight below which a piece is no passage of its own: page numbers, stamps, stray lines. A Han character weighs 3."""
_CONTENTS: Final = 4
"""Titles in a row, none below the other, that make a table of contents."""
_SENTENCE = re.compile(r"[.!?][\"”’')\]]*[\s\xa0]+(?=[\"“‘'(\[]?[A-Z0-9])|[。！？；][”’」』）)\"]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Za-z]|[ivx]{2,4}|Mr|Mrs|Ms|Dr|Prof|Inc|Corp|Co|Ltd|No|Nos|Art|Sec|St|v|vs|cf|al|etc|e\.g|i\.e|U\.S|approx|Fig|Vol)\.)"
    r"[\"”’')\]]*[\s\xa0]+$"
)
_SPACE = re.compile(r"[\s\xa0]+")
_JOINS = "\u200d\ufe0e\ufe0f"


class Piece(NamedTuple):
    """A passage to be: half-open offsets without white space around, and the headings above."""

    start: int
    end: int
    heading: tuple[str, ...]


def cut(document: Document, by: By, max_characters: int) -> list[Piece]:
    """Return the pieces of a document, in order, none longer than ``max_characters``."""
    text = document.text
    stretches = [stretch for stretch in outline(document, by) if text[stretch.start : stretch.end].strip()]
    groups = _join_crumbs(text, _join_titles(stretches), max_characters)
    cuts = _Cuts(document, by)
    pieces: list[Piece] = []
    for group in groups:
        start, end = _trimmed(text, group[0].start, group[-1].end)
        starts = [stretch.start for stretch in group if not stretch.bare][1:]
        for first, last in cuts.split(start, end, max_characters, starts):
            heading = next(stretch.heading for stretch in group if stretch.end > first or stretch is group[-1])
            own = next((stretch.heading for stretch in group if stretch.end > first and not stretch.bare), heading)
            pieces.append(Piece(first, last, own))
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


def _join_crumbs(text: str, groups: Sequence[list[Stretch]], limit: int) -> list[list[Stretch]]:
    joined: list[list[Stretch]] = []
    for group in groups:
        if joined and (_is_crumb(text, group) or _is_crumb(text, joined[-1])):
            size = group[-1].end - joined[-1][0].start
            if size <= limit or is_slight(text[group[0].start : group[-1].end]):
                joined[-1] = [*joined[-1], *group]
                continue
        joined.append(list(group))
    return joined


def _is_crumb(text: str, group: Sequence[Stretch]) -> bool:
    """A short labelled sentence is a clause ("1.5 Time is of the essence."); other short stretches are crumbs."""
    whole = text[group[0].start : group[-1].end].strip()
    return is_slight(whole) and not (group[-1].labelled and not group[-1].bare and whole[-1] in ".;。；")


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))


def _ends_before(text: str, start: int) -> bool:
    """Whether a sentence ends before a block: page breaks part blocks in mid-sentence."""
    return text[max(0, start - 40) : start].rstrip()[-1:] in {*STOPS, *"\"”’')）]】", ""}


class _Cuts:
    """Where a document may be cut, best places first: enumerated items, blocks, sentence ends, white space."""

    def __init__(self, document: Document, by: By) -> None:
        text = self._text = document.text
        starts = frozenset(block.start for block in document.blocks)
        items: set[int] = set()
        if by in {"clause", "section"}:
            items = {label.start for label in find_labels(text, starts)} | set(enumerators(text))
        sentences = [
            found.end()
            for found in _SENTENCE.finditer(text)
            if not _ABBREVIATION.search(text[max(0, found.end() - 14) : found.end()])
        ]
        blocks = set() if by == "window" else {start for start in starts if _ends_before(text, start)}
        self._classes = [sorted(items), sorted(items | blocks), sorted({*items, *blocks, *sentences})]

    def split(self, start: int, end: int, limit: int, starts: Sequence[int]) -> list[tuple[int, int]]:
        """Return trimmed spans that partition a trimmed span; ``starts`` are the best places of all."""
        spans = []
        while end - start > limit:
            at = self._best(start, end, limit, starts)
            spans.append(_trimmed(self._text, start, at))
            start, _ = _trimmed(self._text, at, end)
        return [*spans, (start, end)]

    def _best(self, start: int, end: int, limit: int, starts: Sequence[int]) -> int:
        low, high = start + limit // 3, min(start + limit, max(start + limit // 2, end - _CRUMB))
        for places in ([place for place in starts if place > start], *self._classes):
            place = bisect_right(places, high) - 1
            if place >= 0 and places[place] > low:
                return places[place]
        spaces = [found.end() for found in _SPACE.finditer(self._text, low, high)]
        return spaces[-1] if spaces else self._between_characters(start, high)

    def _between_characters(self, start: int, at: int) -> int:
        """The last place up to ``at`` that parts no letter from its accents and no joined emoji."""
        place = at
        while place > start + 1 and (
            unicodedata.combining(self._text[place])
            or self._text[place] in _JOINS
            or self._text[place - 1] == "\u200d"
            or self._text[place - 1 : place + 1] == "\r\n"
        ):
            place -= 1
        return place if place > start + 1 else at
