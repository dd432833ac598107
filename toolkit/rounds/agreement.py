"""Agreement on one value a passage: Krippendorff's alpha, Cohen's and Fleiss' kappa, Gwet's AC1, raw agreement.

Pure arithmetic over (document, unit, rater, value) rows. Where a formula has no answer the figure says so; it is
never 1.0 for want of variation. Spans are compared in ``spans``, free text in ``texts``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from toolkit.rounds.resampling import Base, Floats, Integers, Measured, Undefined, measured, ratio, undefined

Value = str | bool | int | float | frozenset[Any]
Level = Literal["nominal", "ordinal", "interval", "masi"]
Weighting = Literal["none", "linear", "quadratic"]

_MASI_SUBSET, _MASI_OVERLAP = 2 / 3, 1 / 3
_NEARLY_ZERO = 1e-12
_PAIR = 2


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
    """

    values: tuple[Value, ...]
    codes: Integers
    documents: Integers

    @property
    def ratings(self) -> Integers:
        """How many ratings each unit has."""
        return np.asarray((self.codes >= 0).sum(axis=1), dtype=np.int64)

    def counts(self) -> Floats:
        """Return how often each unit got each value, shape (units, values)."""
        counts = np.zeros((len(self.codes), len(self.values)))
        for codes in self.codes.T:
            rated = np.flatnonzero(codes >= 0)
            counts[rated, codes[rated]] += 1
        return counts

    def pairable(self) -> "Table":
        """Return the table without units of fewer than two ratings."""
        keep = self.ratings >= _PAIR
        return Table(self.values, self.codes[keep], _renumbered(self.documents[keep]))

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


def tabulate(ratings: Iterable[Rating]) -> Table:
    """Return ratings as a table; the order of the rows does not matter, nor does the order of raters' names."""
    cells = {(row.document, row.unit, row.rater): row.value for row in ratings}
    units = sorted({(document, unit) for document, unit, _ in cells})
    raters = {rater: place for place, rater in enumerate(sorted({rater for *_, rater in cells}))}
    documents = {name: place for place, name in enumerate(sorted({document for document, _ in units}))}
    values = tuple(sorted(set(cells.values()), key=_order))
    place, code = {unit: place for place, unit in enumerate(units)}, {value: code for code, value in enumerate(values)}
    codes = np.full((len(units), len(raters)), -1, dtype=np.int64)
    for (document, unit, rater), value in cells.items():
        codes[place[document, unit], raters[rater]] = code[value]
    return Table(values, codes, np.array([documents[document] for document, _ in units], dtype=np.int64))


def percent_agreement(table: Table) -> Measured:
    """Return the share of agreeing pairs, each unit counting once. Defined without variation; blind to chance."""
    base, kept = table.base(), table.pairable()
    if lacking := _lacking(table, base):
        return undefined(base, lacking)
    agreed = _agreed(kept)
    return measured(lambda weights: ratio(weights @ agreed, weights.sum(axis=1)), kept.documents, base, "no data")


def krippendorff_alpha(table: Table, level: Level = "nominal") -> Measured:
    """Return Krippendorff's alpha: one minus observed over expected disagreement.

    Units with one rating are left out. Formula: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011),
    with his distances for nominal, ordinal and interval values; ``masi`` is the distance for sets of R. Passonneau,
    "Measuring Agreement on Set-valued Items" (2006).
    """
    base, kept = table.base(), table.pairable()
    if lacking := _lacking(table, base):
        return undefined(base, lacking)
    if len(np.unique(kept.codes[kept.codes >= 0])) == 1:
        return undefined(base, "no variation")
    if level in {"nominal", "masi"}:
        distances = 1 - np.eye(len(kept.values)) if level == "nominal" else _masi(kept.values)
        return measured(_MatrixAlpha(kept, distances), kept.documents, base, "no variation")
    return measured(_ScoreAlpha(kept, ordinal=level == "ordinal"), kept.documents, base, "no variation")


def cohen_kappa(table: Table, weighting: Weighting = "none") -> Measured:
    """Return Cohen's kappa of two raters over the units that both rated.

    Weighted kappa counts a disagreement by the distance of the two numbers, or its square. Formula: J. Cohen, "A
    coefficient of agreement for nominal scales" (1960) and "Weighted kappa" (1968).
    """
    base, kept = table.base(), table.pairable()
    if lacking := _lacking(table, base):
        return undefined(base, lacking)
    if base.raters != _PAIR:
        return undefined(base, "not two raters")
    one, other = (kept.codes[:, rater] for rater in np.flatnonzero((kept.codes >= 0).any(axis=0)))
    distances = _weights_of(kept, weighting)
    disagreed, ones, others = distances[one, other], _one_hot(one, kept), _one_hot(other, kept)

    def statistic(weights: Floats) -> Floats:
        by_chance = ((weights @ ones @ distances) * (weights @ others)).sum(axis=1)
        kappas: Floats = 1 - ratio((weights @ disagreed) * weights.sum(axis=1), by_chance)
        return kappas

    return measured(statistic, kept.documents, base, "no variation")


def fleiss_kappa(table: Table) -> Measured:
    """Return Fleiss' kappa, in the form that allows missing ratings.

    Chance agreement is the sum of squared shares of the values, over all units with a rating. Formula: J. Fleiss,
    "Measuring nominal scale agreement among many raters" (1971); missing ratings after K. Gwet, "Handbook of
    Inter-Rater Reliability" (4th ed., 2014), chapter 2.
    """
    return _by_chance(table, lambda shares: (shares**2).sum(axis=1))


def gwet_ac1(table: Table) -> Measured:
    """Return Gwet's AC1, which stays near raw agreement when one value is rare and kappa collapses.

    The number of values is that of the values used. Formula: K. Gwet, "Computing inter-rater reliability and its
    variance in the presence of high agreement" (2008); missing ratings as in ``fleiss_kappa``.
    """
    values = len(table.values)
    return _by_chance(table, lambda shares: (shares * (1 - shares)).sum(axis=1) / (values - 1))


def _by_chance(table: Table, chance: Callable[[Floats], Floats]) -> Measured:
    base, rated = table.base(), table.ratings
    if lacking := _lacking(table, base):
        return undefined(base, lacking)
    if len(table.values) == 1:
        return undefined(base, "no variation")
    pairable = (rated >= _PAIR).astype(float)
    agreed, shares = _agreed(table), table.counts() / rated[:, None]

    def statistic(weights: Floats) -> Floats:
        raw = ratio(weights @ agreed, weights @ pairable)
        expected = chance((weights @ shares) / weights.sum(axis=1, keepdims=True))
        return ratio(raw - expected, 1 - expected, least=_NEARLY_ZERO)

    return measured(statistic, table.documents, base, "no variation")


class _MatrixAlpha:
    """Alpha under fixed distances between values, for nominal values and sets."""

    def __init__(self, table: Table, distances: Floats) -> None:
        self._counts, self._distances = table.counts(), distances
        disagreeing = ((self._counts @ distances) * self._counts).sum(axis=1)
        self._disagreed = disagreeing / (table.ratings - 1)

    def __call__(self, weights: Floats) -> Floats:
        marginals = weights @ self._counts
        by_chance = ((marginals @ self._distances) * marginals).sum(axis=1)
        alphas: Floats = 1 - (marginals.sum(axis=1) - 1) * ratio(weights @ self._disagreed, by_chance)
        return alphas


class _ScoreAlpha:
    """Alpha under squared differences: of the numbers, or of their mid-ranks when the numbers are only an order.

    The ordinal distance of Krippendorff is the squared difference of the values' mid-ranks among all ratings, so each
    draw has ranks of its own. Sums of squares stand for the pairs: there may be as many values as ratings.
    """

    def __init__(self, table: Table, *, ordinal: bool) -> None:
        self._table, self._rated = table, table.codes >= 0
        self._counts = table.counts() if ordinal else None
        numbers = np.array([float(value) for value in table.values if not isinstance(value, frozenset)])
        # Halved before they are subtracted: the span of two floats may be no float.
        centred = numbers / 2 - numbers.mean() / 2 if np.isfinite(numbers.sum()) else numbers / 2
        self._numbers = centred / max(float(np.abs(centred).max()), np.finfo(float).tiny)

    def __call__(self, weights: Floats) -> Floats:
        return np.concatenate([self._draws(some) for some in np.array_split(weights, -(-len(weights) // 50))])

    def _draws(self, weights: Floats) -> Floats:
        scores = self._ranks(weights) if self._counts is not None else self._numbers[None, :]
        scored = np.where(self._rated, scores[:, self._table.codes], 0.0)
        sums, squares, rated = scored.sum(axis=2), (scored**2).sum(axis=2), self._table.ratings
        disagreed = (weights * (rated * squares - sums**2) / (rated - 1)).sum(axis=1)
        total = weights @ rated
        by_chance = total * (weights * squares).sum(axis=1) - (weights * sums).sum(axis=1) ** 2
        alphas: Floats = 1 - (total - 1) * ratio(disagreed, by_chance, least=_NEARLY_ZERO)
        return alphas

    def _ranks(self, weights: Floats) -> Floats:
        """Return the mid-ranks of the values in each draw, centred and scaled to at most one."""
        marginals = weights @ self._counts if self._counts is not None else weights
        total = marginals.sum(axis=1, keepdims=True)
        ranks: Floats = (np.cumsum(marginals, axis=1) - marginals / 2 - total / 2) / total
        return ranks


def _lacking(table: Table, base: Base) -> Undefined | None:
    if not len(table.codes):
        return "no data"
    return None if base.units else "no overlap"


def _agreed(table: Table) -> Floats:
    """Return the share of agreeing pairs of each unit; 0 for one without a pair."""
    counts, ratings = table.counts(), table.ratings.astype(float)
    shares: Floats = np.nan_to_num(ratio((counts * (counts - 1)).sum(axis=1), ratings * (ratings - 1)))
    return shares


def _weights_of(table: Table, weighting: Weighting) -> Floats:
    if weighting == "none":
        return 1 - np.eye(len(table.values))
    numbers = np.array([float(value) for value in table.values if not isinstance(value, frozenset)])
    distances: Floats = np.abs(numbers[:, None] - numbers[None, :])
    return distances if weighting == "linear" else distances * distances


def _masi(sets: tuple[Value, ...]) -> Floats:
    """Return the distances between sets: one minus Jaccard's index times a weight for how the sets lie.

    The weight is 1 for equal sets, 2/3 for a subset, 1/3 for an overlap. Two empty sets are equal.
    """
    members = sorted({member for value in sets if isinstance(value, frozenset) for member in value})
    inside = np.array([[member in value for member in members] for value in sets if isinstance(value, frozenset)])
    inside = inside.reshape(len(sets), len(members)).astype(float)
    shared, sizes = inside @ inside.T, inside.sum(axis=1)
    smaller, union = np.minimum(sizes[:, None], sizes[None, :]), sizes[:, None] + sizes[None, :] - shared
    weight = np.where(shared == union, 1.0, np.where(shared == smaller, _MASI_SUBSET, _MASI_OVERLAP))
    likeness = np.where(union > 0, shared, 1.0) / np.where(union > 0, union, 1.0)
    distances: Floats = 1 - likeness * weight
    return distances


def _one_hot(codes: Integers, table: Table) -> Floats:
    return np.eye(len(table.values)).take(codes, axis=0)


def _renumbered(documents: Integers) -> Integers:
    return np.asarray(np.unique(documents, return_inverse=True)[1], dtype=np.int64)


def _order(value: Value) -> tuple[str, Any]:
    """Sort numbers by size, words by code point, sets by their members; kinds apart."""
    if isinstance(value, frozenset):
        return "set", tuple(sorted(value))
    return ("text", value) if isinstance(value, str) else ("number", value)
