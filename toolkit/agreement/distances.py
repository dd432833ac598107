"""How far two values are apart, for the measures that count a near miss less than a far one."""

from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from toolkit.agreement.resampling import Floats, Integers
from toolkit.agreement.table import Table, Value

Weighting = Literal["none", "linear", "quadratic", "ordinal"]
SetDistance = Literal["masi", "jaccard"]
Distance = Callable[[Integers, Integers], Floats]

_MASI_SUBSET, _MASI_OVERLAP = 2 / 3, 1 / 3
_ENOUGH: Final = 1e-15


def scores(table: Table) -> Floats:
    """Return the values as numbers, shifted and scaled to lie between -1 and 1: no measure here minds either.

    The middle rating becomes zero: squares of numbers that are large beside their differences would lose them, whether
    all are (times) or one stands out (amounts).
    """
    numbers = np.array([float(value) for value in table.values if not isinstance(value, frozenset)])
    # Scaled before they are subtracted: the span of two floats may be no float. Powers of two round nothing.
    numbers = _scaled(numbers)
    ratings = np.sort(table.codes[table.codes >= 0])  # places in sorted values, so in the order of the numbers
    return _scaled(numbers - numbers[ratings[len(ratings) // 2]])


def _scaled(numbers: Floats) -> Floats:
    """Return the numbers over a power of two that leaves none beyond 1."""
    scaled: Floats = np.ldexp(numbers, -np.frexp(np.abs(numbers).max())[1])
    return scaled


def distance_of(table: Table, weighting: Weighting) -> Distance:
    """Return the distance between codes, from 0 to 1, the most that two of the table's values are apart.

    ``linear`` and ``quadratic`` go by the numbers, ``ordinal`` by how many pairs of neighbours lie between two places:
    K. Gwet, "Handbook of Inter-Rater Reliability" (4th ed., 2014), chapter 3.
    """
    if weighting == "none":
        return lambda one, other: (one != other).astype(np.float64)
    steps = np.arange(len(table.values)) if weighting == "ordinal" else scores(table)
    longest = steps[-1] - steps[0]

    def distance(one: Integers, other: Integers) -> Floats:
        apart = np.abs(steps[one] - steps[other])
        if weighting == "ordinal":
            return np.asarray(apart * (apart + 1) / (longest * (longest + 1)))
        return np.asarray(apart / longest if weighting == "linear" else (apart / longest) ** 2)

    return distance


def ratio_distances(numbers: Floats, others: Floats) -> Floats:
    """Return Krippendorff's ratio distances: the squared share of the sum that the difference is; 0 for two zeros.

    Made from the quotient of the smaller by the larger, so that no sum is too large for a float.
    """
    larger, smaller = np.maximum(numbers, others), np.minimum(numbers, others)
    part = np.divide(smaller, larger, out=np.ones_like(larger), where=larger > 0)
    distances: Floats = ((1 - part) / (1 + part)) ** 2
    return distances


def ratio_features(numbers: Floats) -> Floats:
    """Return rows whose inner products are one minus the ratio distances of the numbers.

    Where numbers are many, this stands for the matrix of all pairs: Cholesky's decomposition with pivots, ended when
    what is left is below the precision of a float. Some fifty columns hold numbers that span six decades.
    """
    left: Floats = np.ones(len(numbers))
    columns: list[Floats] = []
    while left.max() > _ENOUGH and len(columns) < len(numbers):
        at = int(left.argmax())
        column = 1 - ratio_distances(numbers, numbers[at])
        for before in columns:
            column -= before * before[at]
        columns.append(column / np.sqrt(left[at]))
        left = left - columns[-1] ** 2
        left[at] = 0
    return np.stack(columns, axis=1)


def set_distances(sets: tuple[Value, ...], kind: SetDistance) -> Floats:
    """Return the distances between sets: one minus Jaccard's index, for MASI times a weight for how the sets lie.

    The weight is 1 for equal sets, 2/3 for a subset, 1/3 for an overlap. Two empty sets are equal. R. Passonneau,
    "Measuring Agreement on Set-valued Items" (2006).
    """
    members = sorted({member for value in sets if isinstance(value, frozenset) for member in value})
    inside = np.array([[member in value for member in members] for value in sets if isinstance(value, frozenset)])
    inside = inside.reshape(len(sets), len(members)).astype(float)
    shared, sizes = inside @ inside.T, inside.sum(axis=1)
    smaller, union = np.minimum(sizes[:, None], sizes[None, :]), sizes[:, None] + sizes[None, :] - shared
    likeness = np.where(union > 0, shared, 1.0) / np.where(union > 0, union, 1.0)
    if kind == "masi":
        likeness *= np.where(shared == union, 1.0, np.where(shared == smaller, _MASI_SUBSET, _MASI_OVERLAP))
    distances: Floats = 1 - likeness
    return distances
