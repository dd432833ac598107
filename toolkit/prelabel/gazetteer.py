"""Gazetteers: lists of terms that are found as they stand, Chinese ones anywhere, Latin ones at word borders only.

A blank in a term stands for any run of blanks and line ends, since lines of a document break inside terms.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_KEY: Final = 2
"""Characters by which terms are looked up."""
_EAST_ASIAN: Final = "\u2e80"
"""From here on scripts do not part words by blanks, so a term has no border there."""
_BLANKS: Final = re.compile(r"\s+")


class Term(NamedTuple):
    """One entry: what is looked for, the label that it gets, and whether capitals matter."""

    text: str
    label: str
    ignore_case: bool = False


class Hit(NamedTuple):
    """Half-open code-point offsets of something found, and its label."""

    start: int
    end: int
    label: str


class Gazetteer:
    """Terms, ready to be found. At each place the longest counts.

    >>> Gazetteer([Term("甲方", "party"), Term("Act", "law")]).find("甲方Act, not Action")
    [Hit(start=0, end=2, label='party'), Hit(start=2, end=5, label='law')]
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._exact: dict[str, list[tuple[str, str]]] = {}
        self._folded: dict[str, list[tuple[str, str]]] = {}
        for term in terms:
            squeezed = " ".join(term.text.split())
            if not squeezed:
                continue
            table, text = (self._folded, _folded(squeezed)) if term.ignore_case else (self._exact, squeezed)
            entries = table.setdefault(text[:_KEY], [])
            if text not in (known for known, _ in entries):  # of two labels the one named first
                entries.append((text, term.label))
        for table in (self._exact, self._folded):
            for entries in table.values():
                entries.sort(key=lambda entry: -len(entry[0]))

    def find(self, text: str) -> list[Hit]:
        """Return every place where a term stands, in the order of the text."""
        shadow, places = _squeezed(text)
        hits = [*_look_up(self._exact, shadow), *_look_up(self._folded, _folded(shadow))]
        return sorted(Hit(places[hit.start], places[hit.end - 1] + 1, hit.label) for hit in hits)


def without_overlaps(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits that do not overlap, in the order of the text: a longer one wins, then an earlier, then a first.

    >>> without_overlaps([Hit(0, 2, "a"), Hit(1, 4, "b"), Hit(4, 5, "c")])
    [Hit(start=1, end=4, label='b'), Hit(start=4, end=5, label='c')]
    """
    kept: list[Hit] = []
    taken: set[int] = set()
    for hit in sorted(hits, key=lambda hit: (hit.start - hit.end, hit.start)):
        inside = range(hit.start, hit.end)
        if taken.isdisjoint(inside):
            taken.update(inside)
            kept.append(hit)
    return sorted(kept)


def _look_up(table: dict[str, list[tuple[str, str]]], shadow: str) -> Iterator[Hit]:
    if not table:
        return
    for place, first in enumerate(shadow):
        for key in (shadow[place : place + _KEY], first):
            for term, label in table.get(key, ()):
                end = place + len(term)
                if shadow.startswith(term, place) and _stands_alone(shadow, place, end):
                    yield Hit(place, end, label)
                    break
            else:
                continue
            break


def _stands_alone(text: str, start: int, end: int) -> bool:
    if end < len(text) and unicodedata.category(text[end]).startswith("M"):
        return False  # an accent or a variation mark would be cut off
    before = start > 0 and _in_word(text[start]) and _in_word(text[start - 1])
    after = end < len(text) and _in_word(text[end - 1]) and _in_word(text[end])
    return not before and not after


def _in_word(character: str) -> bool:
    """Return whether a character belongs to words that blanks or signs part from each other."""
    if unicodedata.category(character).startswith("M"):
        return True
    return character < _EAST_ASIAN and (character.isalnum() or character == "_")


def _squeezed(text: str) -> tuple[str, list[int]]:
    """Return a text with each run of blanks as one, and the place of each of its characters in the original."""
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for blanks in _BLANKS.finditer(text):
        parts += [text[at : blanks.start()], " "]
        places += range(at, blanks.start() + 1)
        at = blanks.end()
    parts.append(text[at:])
    places += range(at, len(text))
    return "".join(parts), places


def _folded(text: str) -> str:
    """Return a text in small letters, character by character: a length that changed would move every place."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(one if len(one) == 1 else character for character in text for one in (character.lower(),))
