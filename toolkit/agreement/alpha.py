"""Krippendorff's alpha: one minus observed over expected disagreement, for values of any level of measurement."""

from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from toolkit.agreement.distances import (
    Distance,
    SetDistance,
    distance_of,
    ratio_distances,
    ratio_features,
    scores,
    set_distances,
)
from toolkit.agreement.paths import path_distances
from toolkit.agreement.resampling import Base, Floats, Integers, Measured, ratio, undefined, unless_rounding
from toolkit.agreement.sums import Spread, by_value, measured_by_sums
from toolkit.agreement.table import Table, lacking

Level = Literal["nominal", "ordinal", "interval", "ratio", "masi", "jaccard", "path"]

_ALL_PAIRS: Final = 1_000
"""Different numbers up to which the distances of all pairs are kept."""
_ALL_SETS: Final = 4_000
"""Different sets whose distances fit into memory: 128 MB."""


def krippendorff_alpha(table: Table, level: Level = "nominal") -> Measured:
    """Return Krippendorff's alpha: one minus observed over expected disagreement.

    Units with one rating are left out. Formula: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011),
    with his distances for nominal, ordinal, interval and ratio values (numbers from zero up); ``masi`` and ``jaccard``
    are distances between sets, ``path`` those between places in a tree or sets of them.
    """
    base, kept = table.base(), table.pairable().in_use()
    if reason := lacking(table, base):
        return undefined(base, reason)
    if len(kept.values) == 1:
        return undefined(base, "no variation")
    if level == "masi" or level == "jaccard" or level == "path":  # noqa: PLR1714 - mypy narrows by equality
        return _sets(kept, base, level)
    return {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval, "ratio": _ratio}[level](kept, base)


def _alpha(
    table: Table,
    base: Base,
    distance: Distance,
    expected: Callable[[Floats], Floats],
    spread: Spread | None = None,
    plain: tuple[Floats, ...] = (),
) -> Measured:
    """Return alpha under a fixed distance.

    ``expected`` takes sums of ratings, of ``plain`` and of ``spread``, and returns the sum of distances over all
    ordered pairs of the ratings of a draw, NaN or nothing above zero where they do not vary.
    """
    rated = table.ratings.astype(float)
    observed = 2 * table.over_pairs(distance) / (rated - 1)

    def finish(sums: Floats) -> Floats:
        alphas: Floats = 1 - (sums[:, 1] - 1) * ratio(sums[:, 0], expected(sums[:, 1:]))
        return alphas

    return measured_by_sums(table, (observed, rated, *plain), spread, finish, base)


def _nominal(table: Table, base: Base) -> Measured:
    def expected(sums: Floats) -> Floats:
        return np.asarray(sums[:, 0] ** 2 - (sums[:, 1:] ** 2).sum(axis=1))

    return _alpha(table, base, distance_of(table, "none"), expected, by_value(table))


def _matrix(table: Table, base: Base, distances: Floats) -> Measured:
    def expected(sums: Floats) -> Floats:
        return np.asarray(((sums[:, 1:] @ distances) * sums[:, 1:]).sum(axis=1))

    return _alpha(table, base, lambda one, other: distances[one, other], expected, by_value(table))


def _sets(table: Table, base: Base, kind: SetDistance | Literal["path"]) -> Measured:
    if len(table.values) > _ALL_SETS:
        return undefined(base, "too many values")
    distances = path_distances(table.values) if kind == "path" else set_distances(table.values, kind)
    return _matrix(table, base, distances)


def _interval(table: Table, base: Base) -> Measured:
    numbers, rated = scores(table), table.codes >= 0
    scored = np.where(rated, numbers[table.codes], 0.0)

    def expected(sums: Floats) -> Floats:
        total, linear, squares = sums.T
        return unless_rounding(2 * (total * squares - linear**2), total * squares)

    plain = (scored.sum(axis=1), (scored**2).sum(axis=1))
    return _alpha(table, base, lambda one, other: (numbers[one] - numbers[other]) ** 2, expected, plain=plain)


def _ratio(table: Table, base: Base) -> Measured:
    numbers = np.array([float(value) for value in table.values if not isinstance(value, frozenset)])
    if numbers.min() < 0:
        return undefined(base, "negative values")
    if len(numbers) <= _ALL_PAIRS:
        return _matrix(table, base, ratio_distances(numbers[:, None], numbers[None, :]))
    features = ratio_features(numbers)
    of_units = np.zeros((len(table.codes), features.shape[1]))
    for codes in table.codes.T:
        of_units[codes >= 0] += features[codes[codes >= 0]]

    def expected(sums: Floats) -> Floats:
        return unless_rounding(sums[:, 0] ** 2 - (sums[:, 1:] ** 2).sum(axis=1), sums[:, 0] ** 2)

    def distance(one: Integers, other: Integers) -> Floats:
        return ratio_distances(numbers[one], numbers[other])

    return _alpha(table, base, distance, expected, plain=tuple(of_units.T))


def _ordinal(table: Table, base: Base) -> Measured:
    """Return alpha under the squared difference of the values' mid-ranks among all ratings.

    Each draw has ranks of its own, so sums are kept for each pair of values that met in a unit.
    """
    ones, others, met = _meetings(table)
    values = len(table.values)

    def finish(sums: Floats) -> Floats:
        counts, pairs = sums[:, 1 : 1 + values], sums[:, 1 + values :]
        total = sums[:, :1]
        ranks = (np.cumsum(counts, axis=1) - counts / 2 - total / 2) / total
        observed = (pairs * (ranks[:, ones] - ranks[:, others]) ** 2).sum(axis=1)
        expected = total[:, 0] * (counts * ranks**2).sum(axis=1) - (counts * ranks).sum(axis=1) ** 2
        alphas: Floats = 1 - (total[:, 0] - 1) * ratio(observed, unless_rounding(expected, total[:, 0] ** 2))
        return alphas

    counted = by_value(table)
    spread = Spread(
        np.concatenate([counted.units, met.units]),
        np.concatenate([counted.columns, met.columns + values]),
        np.concatenate([counted.amounts, met.amounts]),
        values + met.width,
    )
    return measured_by_sums(table, (table.ratings.astype(float),), spread, finish, base)


def _meetings(table: Table) -> tuple[Integers, Integers, Spread]:
    """Return the pairs of different values that two raters gave to a unit, and how often each unit had each.

    A unit's pairs are divided by its ratings less one.
    """
    values = len(table.values)
    units: list[Integers] = []
    places: list[Integers] = []
    for one, other in table.pairs():
        differ = np.asarray(np.flatnonzero((one != other) & (other >= 0)), dtype=np.int64)
        units.append(differ)
        places.append(np.asarray(one[differ] * values + other[differ]))
    unit, (met, columns) = np.concatenate(units), np.unique(np.concatenate(places), return_inverse=True)
    amounts = 1 / (table.ratings[unit] - 1)
    ones, others = np.divmod(met, values)
    return ones, others, Spread(unit, columns, amounts, len(met))
