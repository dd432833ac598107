"""Agreement corrected for chance by how often raters use each value: Cohen, Fleiss, Gwet; and raw agreement.

Where a formula has no answer the figure says so; it is never 1.0 for want of variation.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from toolkit.agreement.resampling import Floats, Integers, Measured, measured, ratio, undefined
from toolkit.agreement.table import PAIR, Table, agreed_share, lacking

Weighting = Literal["none", "linear", "quadratic"]

_NEARLY_ZERO = 1e-12


def percent_agreement(table: Table) -> Measured:
    """Return the share of agreeing pairs, each unit counting once. Defined without variation; blind to chance."""
    base, kept = table.base(), table.pairable()
    if reason := lacking(table, base):
        return undefined(base, reason)
    agreed = agreed_share(kept)
    return measured(lambda weights: ratio(weights @ agreed, weights.sum(axis=1)), kept.documents, base, "no data")


def cohen_kappa(table: Table, weighting: Weighting = "none") -> Measured:
    """Return Cohen's kappa of two raters over the units that both rated.

    Weighted kappa counts a disagreement by the distance of the two numbers, or its square. Formula: J. Cohen, "A
    coefficient of agreement for nominal scales" (1960) and "Weighted kappa" (1968).
    """
    base, kept = table.base(), table.pairable()
    if reason := lacking(table, base):
        return undefined(base, reason)
    if base.raters != PAIR:
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
    if reason := lacking(table, base):
        return undefined(base, reason)
    if len(table.values) == 1:
        return undefined(base, "no variation")
    pairable = (rated >= PAIR).astype(float)
    agreed, shares = agreed_share(table), table.counts() / rated[:, None]

    def statistic(weights: Floats) -> Floats:
        raw = ratio(weights @ agreed, weights @ pairable)
        expected = chance((weights @ shares) / weights.sum(axis=1, keepdims=True))
        return ratio(raw - expected, 1 - expected, least=_NEARLY_ZERO)

    return measured(statistic, table.documents, base, "no variation")


def _weights_of(table: Table, weighting: Weighting) -> Floats:
    if weighting == "none":
        return 1 - np.eye(len(table.values))
    numbers = np.array([float(value) for value in table.values if not isinstance(value, frozenset)])
    distances: Floats = np.abs(numbers[:, None] - numbers[None, :])
    return distances if weighting == "linear" else distances * distances


def _one_hot(codes: Integers, table: Table) -> Floats:
    return np.eye(len(table.values)).take(codes, axis=0)
