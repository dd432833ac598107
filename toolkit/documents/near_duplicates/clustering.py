"""Texts in, clusters with scores out: MinHash proposes, the true similarity decides, and siblings stay apart.

Only a signature a text is held in memory; the texts wait in an unnamed temporary file for the comparison of the few
that may be alike. The outcome depends neither on the order of the texts nor on the machine.
"""

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np

from toolkit.documents.near_duplicates.signatures import PERMUTATIONS, Signatures, candidates, sign
from toolkit.documents.near_duplicates.spool import Spool

Keep = Literal["longest", "newest"]

SIMILAR: Final = 0.7
"""Jaccard similarity of 5-grams from which two texts are near-duplicates; 3 % of words changed leave about 0.75."""
_ERROR: Final = 0.1
"""How far below it an estimate may lie to be looked into: 2.5 standard errors."""
_LOOKS: Final = 16
"""Siblings found of a text before it waits to be looked at: a template's family is not compared each with each."""
_BATCH: Final = 200_000
"""Characters that are made ready at once: what fits the processor's cache."""
_DATE: Final = re.compile(r"\D*(\d{4})(?:\D*(\d{1,2})(?:\D+(\d{1,2}))?|(\d{2})(\d{2}))?")


class Text(NamedTuple):
    """What is compared: an identity, a text, and its date where one is declared (ISO 8601, 2024/5/1, 2024年5月1日)."""

    id: str
    text: str
    date: str = ""


class Twin(NamedTuple):
    """A text, the one that is kept of its cluster (itself when it is that, or alone), and how similar they are.

    Below ``SIMILAR`` where a text between the two ties them together.
    """

    id: str
    twin: str
    similarity: float


class _Entry(NamedTuple):
    """A text in the order of preference, by ``rank`` and then identity; where it waits; what equal texts share."""

    rank: tuple[int, int]
    id: str
    place: int
    fingerprint: bytes


class _Member(NamedTuple):
    """A member of a cluster, the one that is kept, and how similar they are."""

    member: int
    kept: int
    similarity: float


def twins(texts: Iterable[Text], keep: Keep, folder: Path | None = None) -> list[Twin]:
    """Return one row for each text, in the order of their identities.

    Args:
        texts: read once, one after the other.
        keep: the longest of a cluster, or the newest by ``date``, those without one last; ties go to the longest, then
            to the smallest identity.
        folder: where the temporary file lies; None: where the system puts such files.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        spool = Spool(file)
        entries, signatures = _taken(texts, keep, spool)
        equal = _equal(sorted(entries))
        firsts = [group[0].place for group in equal]
        rows = []
        for member, kept, similarity in _members(signatures[firsts], firsts, spool):
            twin = equal[kept][0].id
            rows += [Twin(one.id, twin, round(similarity, 4)) for one in equal[member]]
    return sorted(rows)


def _taken(texts: Iterable[Text], keep: Keep, spool: Spool) -> tuple[list[_Entry], Signatures]:
    """Sign texts and let them wait."""
    entries: list[_Entry] = []
    signatures = []
    for batch in _batches(texts):
        signed = sign([one.text for one in batch])
        signatures.append(signed.signatures)
        for one, fingerprint in zip(batch, signed.fingerprints, strict=True):
            rank = (-_day(one.date) if keep == "newest" else 0, -len(one.text))
            entries.append(_Entry(rank, one.id, spool.add(one.text), fingerprint))
    return entries, np.concatenate(signatures) if signatures else np.empty((0, PERMUTATIONS), np.uint32)


def _batches(texts: Iterable[Text]) -> Iterator[list[Text]]:
    batch: list[Text] = []
    size = 0
    for one in texts:
        batch.append(one)
        size += len(one.text)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _day(date: str) -> int:
    """Return a date as a number that grows with it, 0 when it is none.

    >>> _day("2024-05-01"), _day("2024年5月1日"), _day("20240501"), _day("2024"), _day("soon")
    (20240501, 20240501, 20240501, 20240000, 0)
    """
    found = _DATE.match(date)
    if not found:
        return 0
    year, month, day = int(found[1]), int(found[4] or found[2] or 0), int(found[5] or found[3] or 0)
    return (year * 100 + month) * 100 + day


def _equal(entries: Sequence[_Entry]) -> list[list[_Entry]]:
    """Put together the texts that have the same grams: however many, they are compared with others as one."""
    equal: dict[bytes | str, list[_Entry]] = {}
    for entry in entries:
        equal.setdefault(entry.fingerprint or entry.id, []).append(entry)
    return list(equal.values())


def _members(signatures: Signatures, places: Sequence[int], spool: Spool) -> Iterator[_Member]:
    """Yield each row of the signatures with its cluster's first; rows stand in the order of preference.

    Pairs that hang together are looked at one after the other, so that their texts are made ready once, and of them the
    most alike first: a copy finds its own original before it meets the original's siblings.
    """
    pairs, estimates = candidates(signatures, SIMILAR - _ERROR)
    near = _Forest()
    for one, other in pairs.tolist():
        near.join(one, other)
    component = np.fromiter((near.root(one) for one in pairs[:, 0].tolist()), np.int64, len(pairs))
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -estimates, component))
    alone = set(range(len(places)))
    for _, group in groupby(order.tolist(), lambda place: component[place]):
        clusters = _Clusters(places, spool)
        for place in group:
            clusters.look(*pairs[place].tolist())
        for found in clusters.members():
            alone.discard(found.member)
            yield found
    for one in alone:
        yield _Member(one, one, 1.0)


class _Forest:
    """Sets of numbers; the smallest of each is its root."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def root(self, one: int) -> int:
        """Return the smallest number of a number's set."""
        while (parent := self._parent.setdefault(one, one)) != one:
            self._parent[one] = self._parent[parent]
            one = parent
        return one

    def join(self, one: int, other: int) -> int:
        """Make one set of two; return the number that is no root any more."""
        first, second = sorted((self.root(one), self.root(other)))
        self._parent[second] = first
        return second

    def numbers(self) -> list[int]:
        """Return all numbers that were asked for."""
        return sorted(self._parent)


class _Clusters:
    """The clusters among texts that may all be alike. None ever holds two texts that were found to be siblings."""

    def __init__(self, places: Sequence[int], spool: Spool) -> None:
        self._places = places
        self._spool = spool
        self._forest = _Forest()
        self._apart: dict[int, set[int]] = defaultdict(set)
        self._looks: Counter[int] = Counter()

    def look(self, one: int, other: int) -> None:
        """Put two texts into one cluster, when they are near-duplicates and nothing keeps their clusters apart."""
        first, second = self._forest.root(one), self._forest.root(other)
        if first == second or second in self._apart[first] or min(self._looks[one], self._looks[other]) >= _LOOKS:
            return
        if self._similarity(one, other) < SIMILAR:
            return
        if self._spool.siblings(self._places[one], self._places[other]):
            self._looks.update((one, other))
            self._apart[first].add(second)
            self._apart[second].add(first)
            return
        gone = self._forest.join(one, other)
        kept = first + second - gone
        for distant in self._apart.pop(gone, set()):
            self._apart[distant].discard(gone)
            self._apart[distant].add(kept)
            self._apart[kept].add(distant)

    def members(self) -> Iterator[_Member]:
        """Yield each text with the one that is kept of its cluster."""
        for one in self._forest.numbers():
            kept = self._forest.root(one)
            yield _Member(one, kept, 1.0 if one == kept else self._similarity(one, kept))

    def _similarity(self, one: int, other: int) -> float:
        return self._spool.similarity(self._places[one], self._places[other])
