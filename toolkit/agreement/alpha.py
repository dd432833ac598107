"""Krippendorff's alpha: one minus observed over expected disagreement, for values of any level of measurement."""

from typing import Literal

import numpy as np

from toolkit.agreement.resampling import Floats, Measured, measured, ratio, undefined
from toolkit.agreement.table import Table, Value, lacking

Level = Literal["nominal", "ordinal", "interval", "masi"]

_MASI_SUBSET, _MASI_OVERLAP = 2 / 3, 1 / 3
_NEARLY_ZERO = 1e-12


def krippendorff_alpha(table: Table, level: Level = "nominal") -> Measured:
    """Return Krippendorff's alpha: one minus observed over expected disagreement.

    Units with one rating are left out. Formula: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011),
    with his distances for nominal, ordinal and interval values; ``masi`` is the distance for sets of R. Passonneau,
    "Measuring Agreement on Set-valued Items" (2006).
    """
    base, kept = table.base(), table.pairable()
    if reason := lacking(table, base):
        return undefined(base, reason)
    if len(np.unique(kept.codes[kept.codes >= 0])) == 1:
        return undefined(base, "no variation")
    if level in {"nominal", "masi"}:
        distances = 1 - np.eye(len(kept.values)) if level == "nominal" else _masi(kept.values)
        return measured(_MatrixAlpha(kept, distances), kept.documents, base, "no variation")
    return measured(_ScoreAlpha(kept, ordinal=level == "ordinal"), kept.documents, base, "no variation")


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
