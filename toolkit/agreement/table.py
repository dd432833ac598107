"""Ratings as a matrix of units and raters: what every coefficient of agreement is computed from."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.agreement.resampling import Base, Floats, Integers, Undefined, ratio

Value = str | bool | int | float | frozenset[Any]

PAIR: Final = 2
"""A unit with fewer ratings says nothing about agreement."""


class Rating(NamedTuple):
    """One rater's value for one unit. A rater has one value a unit: of several, the last given counts.

    ``document`` is what the interval resamples; several units may come from one document.
    """

    document: str
    unit: str
    rater: str
    value: Value


@dataclass(frozen=True, slots=True)
class Table:
    """Ratings as a matrix.

    Attributes:
        values: the distinct values, sorted.
        codes: shape (units, raters), places in ``values``, -1 where there is no rating.
        documents: the document of each unit, numbered from 0.
        raters: their names, sorted.
    """

    values: tuple[Value, ...]
    codes: Integers
    documents: Integers
    raters: tuple[str, ...]

    @property
    def ratings(self) -> Integers:
        """How many ratings each unit has."""
        return np.asarray((self.codes >= 0).sum(axis=1), dtype=np.int64)

    def pairs(self) -> Iterator[tuple[Integers, Integers]]:
        """Yield codes of two ratings of each unit, the larger first, until each unit has had all its pairs.

        Where a unit has no such pair, the second code is -1.
        """
        most = int(self.ratings.max(initial=0))
        # Sorted, the ratings come first: a crowd of hundreds has few ratings a unit, and few columns.
        packed = -np.sort(-self.codes, axis=1)[:, :most]
        yield from combinations(packed.T, 2)

    def over_pairs(self, distance: Callable[[Integers, Integers], Floats]) -> Floats:
        """Return the sum of a symmetric distance between codes over each unit's pairs of ratings."""
        sums = np.zeros(len(self.codes))
        for one, other in self.pairs():
            rated = np.flatnonzero(other >= 0)
            sums[rated] += distance(one[rated], other[rated])
        return sums

    def pairable(self) -> "Table":
        """Return the table without units of fewer than two ratings."""
        return self.where(np.flatnonzero(self.ratings >= PAIR))

    def where(self, keep: NDArray[np.intp]) -> "Table":
        """Return the table of some units alone, given by their places; its values and raters stay the same."""
        documents = np.unique(self.documents[keep], return_inverse=True)[1]
        return Table(self.values, self.codes[keep], np.asarray(documents, dtype=np.int64), self.raters)

    def of_raters(self, *names: str) -> "Table":
        """Return the table of some raters alone, with the units and values that they have."""
        chosen = self.codes[:, [self.raters.index(name) for name in names]]
        kept = Table(self.values, chosen, self.documents, names)
        return kept.where(np.flatnonzero((chosen >= 0).any(axis=1))).in_use()

    def in_use(self) -> "Table":
        """Return the table with those values alone that a rating has."""
        used = np.unique(self.codes[self.codes >= 0])
        place = np.full(len(self.values) + 1, -1)  # the last is where a missing rating, -1, looks
        place[used] = np.arange(len(used))
        return Table(tuple(self.values[code] for code in used), place[self.codes], self.documents, self.raters)

    def base(self) -> Base:
        """Return the counts behind any figure of this table."""
        ratings, kept = self.ratings, self.pairable()
        return Base(
            units=len(kept.codes),
            single=int((ratings == 1).sum()),
            pairs=int((ratings * (ratings - 1) // 2).sum()),
            raters=int((kept.codes >= 0).any(axis=0).sum()),
            documents=len(np.unique(kept.documents)),
        )


def tabulate(ratings: Iterable[tuple[str, str, str, Value]]) -> Table:
    """Return ratings as a table; the order of the rows does not matter, nor does the order of raters' names.

    Args:
        ratings: each a ``Rating``, or what has the same four parts in its order.
    """
    cells = {(document, unit, rater): value for document, unit, rater, value in ratings}
    units = sorted({(document, unit) for document, unit, _ in cells})
    raters = {rater: place for place, rater in enumerate(sorted({rater for *_, rater in cells}))}
    documents = {name: place for place, name in enumerate(sorted({document for document, _ in units}))}
    values = tuple(sorted(set(cells.values()), key=_order))
    place, code = {unit: place for place, unit in enumerate(units)}, {value: code for code, value in enumerate(values)}
    codes = np.full((len(units), len(raters)), -1, dtype=np.int64)
    for (document, unit, rater), value in cells.items():
        codes[place[document, unit], raters[rater]] = code[value]
    numbered = np.array([documents[document] for document, _ in units], dtype=np.int64)
    return Table(values, codes, numbered, tuple(raters))


def lacking(table: Table, base: Base) -> Undefined | None:
    """Return why no measure can be given, whatever its formula; None when one can."""
    if not len(table.codes):
        return "no data"
    return None if base.units else "no overlap"


def agreed_share(table: Table, distance: Callable[[Integers, Integers], Floats]) -> Floats:
    """Return the mean agreement, one minus a distance of at most one, of each unit's pairs; 0 for one without."""
    ratings = table.ratings.astype(float)
    pairs = ratings * (ratings - 1) / 2
    shares: Floats = np.nan_to_num(ratio(pairs - table.over_pairs(distance), pairs))
    return shares


def _order(value: Value) -> tuple[str, Any]:
    """Sort numbers by size, words by code point, sets by their members; kinds apart."""
    if isinstance(value, frozenset):
        return "set", tuple(sorted(value))
    return ("text", value) if isinstance(value, str) else ("number", value)
