"""Figures that depend on a table only through sums over its units: what makes a thousand draws cheap.

Each draw weighs the documents; what a document adds to each sum is known before the first draw.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from toolkit.agreement.resampling import Base, Floats, Integers, Measured, Undefined, figure
from toolkit.agreement.table import Table

_DENSE: Final = 256
"""Columns up to which a matrix product is faster than adding what is not zero."""


class Spread(NamedTuple):
    """What units add to many sums, most of it zero: equally long arrays of units, columns and amounts.

    Attributes:
        width: how many columns there are.
    """

    units: Integers
    columns: Integers
    amounts: Floats
    width: int


def by_value(table: Table, amounts: Floats | None = None) -> Spread:
    """Return how often each unit got each value; with ``amounts``, times what each unit counts."""
    units, raters = np.nonzero(table.codes >= 0)
    each = np.ones(len(units)) if amounts is None else amounts[units]
    return Spread(units, table.codes[units, raters], each, len(table.values))


def by_rater_and_value(table: Table) -> Spread:
    """Return which value each unit got from each rater; the columns are raters times values."""
    units, raters = np.nonzero(table.codes >= 0)
    columns = raters * len(table.values) + table.codes[units, raters]
    return Spread(units, columns, np.ones(len(units)), len(table.raters) * len(table.values))


def measured_by_sums(
    table: Table,
    plain: tuple[Floats, ...],
    spread: Spread | None,
    finish: Callable[[Floats], Floats],
    base: Base,
    reason: Undefined = "no variation",
) -> Measured:
    """Return a figure with its interval.

    Args:
        table: says which unit belongs to which document.
        plain: what each unit adds to the first sums.
        spread: what the units add to the sums after them.
        finish: takes sums of shape (draws, columns) and returns one value a draw, NaN where it is undefined.
        base: the counts behind the figure.
        reason: what to say when the figure itself is undefined.
    """
    adder = _Adder(plain, spread, table.documents)
    return figure(lambda weights: finish(adder(weights)), table.documents, adder.wide, base, reason)


class _Adder:
    """Adds up columns under weights of documents.

    Attributes:
        wide: how many numbers it holds for each draw.
    """

    def __init__(self, plain: tuple[Floats, ...], spread: Spread | None, documents: Integers) -> None:
        self._plain = _matrix(plain, documents)
        self._spread = spread and _Sparse(spread, documents)
        self._matrix = self._spread.matrix() if self._spread and self._spread.width <= _DENSE else None
        self.wide = len(plain) + (0 if self._spread is None else max(len(self._spread.rows), self._spread.width))

    def __call__(self, weights: Floats) -> Floats:
        first: Floats = weights @ self._plain
        if self._spread is None:
            return first
        rest = self._spread.add(weights) if self._matrix is None else weights @ self._matrix
        return np.concatenate([first, rest], axis=1)


class _Sparse:
    """The spread amounts of whole documents, sorted by column."""

    def __init__(self, spread: Spread, documents: Integers) -> None:
        self.width, self._count = spread.width, int(documents.max(initial=-1)) + 1
        places, entry = np.unique(spread.columns * self._count + documents[spread.units], return_inverse=True)
        self._amounts = np.bincount(entry, weights=spread.amounts, minlength=len(places))
        self._columns, self.rows = np.divmod(places, max(self._count, 1))

    def matrix(self) -> Floats:
        matrix = np.zeros((self._count, self.width))
        matrix[self.rows, self._columns] = self._amounts
        return matrix

    def add(self, weights: Floats) -> Floats:
        used, starts = np.unique(self._columns, return_index=True)
        sums = np.zeros((len(weights), self.width))
        sums[:, used] = np.add.reduceat(weights[:, self.rows] * self._amounts, starts, axis=1)
        return sums


def _matrix(plain: tuple[Floats, ...], documents: Integers) -> Floats:
    columns = [np.bincount(documents, weights=column) for column in plain]
    return np.stack(columns, axis=1)
