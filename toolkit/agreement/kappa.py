"""Agreement corrected for chance by how often raters use each value; and raw agreement.

Cohen, Fleiss, Conger, Brennan and Prediger, Gwet. Where a formula has no answer the figure says so; it is never 1.0
for want of variation.
"""

from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from toolkit.agreement.distances import Weighting, distance_of, scores
from toolkit.agreement.resampling import Floats, Measured, ratio, undefined, unless_rounding
from toolkit.agreement.sums import Spread, by_rater_and_value, by_value, measured_by_sums
from toolkit.agreement.table import PAIR, Table, agreed_share, lacking

_NEARLY_ZERO: Final = 1e-12


def percent_agreement(table: Table) -> Measured:
    """Return the share of agreeing pairs, each unit counting once. Defined without variation; blind to chance."""
    base, kept = table.base(), table.pairable()
    if reason := lacking(table, base):
        return undefined(base, reason)
    agreed = agreed_share(kept, distance_of(kept, "none"))
    plain = (agreed, np.ones(len(agreed)))
    return measured_by_sums(kept, plain, None, lambda sums: ratio(sums[:, 0], sums[:, 1]), base)


def cohen_kappa(table: Table, weighting: Literal["none", "linear", "quadratic"] = "none") -> Measured:
    """Return Cohen's kappa of two raters over the units that both rated.

    Weighted kappa counts a disagreement by the distance of the two numbers, or its square. Formula: J. Cohen, "A
    coefficient of agreement for nominal scales" (1960) and "Weighted kappa" (1968).
    """
    base, kept = table.base(), table.pairable().in_use()
    if reason := lacking(table, base):
        return undefined(base, reason)
    if base.raters != PAIR:
        return undefined(base, "not two raters")
    if len(kept.values) == 1:
        return undefined(base, "no variation")
    values, expected = len(kept.values), _EXPECTED[weighting](kept)
    one, other = (kept.codes[:, rater] for rater in np.flatnonzero((kept.codes >= 0).any(axis=0)))
    disagreed, units = distance_of(kept, weighting)(one, other), np.arange(len(one))
    spread = Spread(np.tile(units, 2), np.concatenate([one, other + values]), np.ones(2 * len(one)), 2 * values)

    def finish(sums: Floats) -> Floats:
        by_chance = expected(sums[:, 2 : 2 + values], sums[:, 2 + values :])
        return np.asarray(1 - ratio(sums[:, 0] * sums[:, 1], by_chance))

    return measured_by_sums(kept, (disagreed, np.ones(len(one))), spread, finish, base)


def fleiss_kappa(table: Table) -> Measured:
    """Return Fleiss' kappa, in the form that allows missing ratings.

    Chance agreement is the sum of squared shares of the values, over all units with a rating. Formula: J. Fleiss,
    "Measuring nominal scale agreement among many raters" (1971); missing ratings after K. Gwet, "Handbook of
    Inter-Rater Reliability" (4th ed., 2014), chapter 2.
    """
    return _corrected(table, "none", _shares(table), lambda sums: (_shared(sums) ** 2).sum(axis=1))


def conger_kappa(table: Table) -> Measured:
    """Return Conger's kappa: Cohen's for any number of raters, each with shares of the values of their own.

    Chance agreement is the mean over pairs of raters. A. Conger, "Integration and generalization of kappas for
    multiple raters" (1980); missing ratings as in ``fleiss_kappa``.
    """
    shape = len(table.raters), len(table.values)

    def chance(sums: Floats) -> Floats:
        counts = sums[:, 1:].reshape(-1, *shape)
        given = counts.sum(axis=2, keepdims=True)
        shares = np.divide(counts, given, out=np.zeros_like(counts), where=given > 0)
        raters = (given[:, :, 0] > 0).sum(axis=1)
        both = (shares.sum(axis=1) ** 2 - (shares**2).sum(axis=1)).sum(axis=1)
        return ratio(both, np.asarray(raters * (raters - 1), dtype=np.float64))

    return _corrected(table, "none", by_rater_and_value(table), chance)


def brennan_prediger(table: Table) -> Measured:
    """Return the free-marginal kappa: chance gives each value used the same share.

    R. Brennan and D. Prediger, "Coefficient kappa: some uses, misuses, and alternatives" (1981); for many raters also
    J. Randolph, "Free-marginal multirater kappa" (2005).
    """
    share = 1 / max(len(table.values), 1)
    return _corrected(table, "none", None, lambda sums: np.full(len(sums), share))


def gwet_ac1(table: Table) -> Measured:
    """Return Gwet's AC1, which stays near raw agreement when one value is rare and kappa collapses.

    The number of values is that of the values used. Formula: K. Gwet, "Computing inter-rater reliability and its
    variance in the presence of high agreement" (2008); missing ratings as in ``fleiss_kappa``.
    """
    return gwet_ac2(table, "none")


def gwet_ac2(table: Table, weighting: Weighting) -> Measured:
    """Return Gwet's AC2: AC1 with partial agreement, weighed by how far two values are apart.

    Formula and weights: K. Gwet, "Handbook of Inter-Rater Reliability" (4th ed., 2014), chapter 3.
    """
    values = len(table.values)

    def chance(sums: Floats) -> Floats:
        shares = _shared(sums)
        return np.asarray(weights * (shares * (1 - shares)).sum(axis=1) / (values * (values - 1)))

    weights = values**2 - _all_distances(table, weighting) if values > 1 else 0.0
    return _corrected(table, weighting, _shares(table), chance)


def _corrected(
    table: Table, weighting: Weighting, spread: Spread | None, chance: Callable[[Floats], Floats]
) -> Measured:
    """Return agreement above chance. ``chance`` takes how many units there are and the sums of ``spread``."""
    base = table.base()
    if reason := lacking(table, base):
        return undefined(base, reason)
    if len(table.values) == 1:
        return undefined(base, "no variation")
    agreed = agreed_share(table, distance_of(table, weighting))
    pairable = (table.ratings >= PAIR).astype(float)

    def finish(sums: Floats) -> Floats:
        raw, expected = ratio(sums[:, 0], sums[:, 1]), chance(sums[:, 2:])
        return ratio(raw - expected, 1 - expected, least=_NEARLY_ZERO)

    return measured_by_sums(table, (agreed, pairable, np.ones(len(agreed))), spread, finish, base)


def _shares(table: Table) -> Spread:
    return by_value(table, 1 / table.ratings)


def _shared(sums: Floats) -> Floats:
    return np.asarray(sums[:, 1:] / sums[:, :1])


def _all_distances(table: Table, weighting: Weighting) -> float:
    """Return the sum of the distances of all ordered pairs of values."""
    values = len(table.values)
    if weighting == "none":
        return float(values * (values - 1))
    if weighting == "ordinal":
        apart = np.arange(1, values, dtype=np.float64)
        return float((2 * (values - apart) * apart * (apart + 1)).sum() / (values * (values - 1)))
    one = np.ones((1, values))
    return float(_EXPECTED[weighting](table)(one, one)[0])


def _unequal(table: Table) -> Callable[[Floats, Floats], Floats]:
    del table
    return lambda one, other: np.asarray(one.sum(axis=1) * other.sum(axis=1) - (one * other).sum(axis=1))


def _linear(table: Table) -> Callable[[Floats, Floats], Floats]:
    """Sum over the gaps between neighbours: a pair is apart by those gaps on whose two sides it lies."""
    numbers = scores(table)
    gaps = np.diff(numbers) / (numbers[-1] - numbers[0])

    def expected(one: Floats, other: Floats) -> Floats:
        below, under = np.cumsum(one, axis=1), np.cumsum(other, axis=1)
        above, over = below[:, -1:] - below, under[:, -1:] - under
        return np.asarray((below * over + above * under)[:, :-1] @ gaps)

    return expected


def _quadratic(table: Table) -> Callable[[Floats, Floats], Floats]:
    numbers = scores(table) / (scores(table)[-1] - scores(table)[0])

    def expected(one: Floats, other: Floats) -> Floats:
        squares = (one @ numbers**2) * other.sum(axis=1) + (other @ numbers**2) * one.sum(axis=1)
        return unless_rounding(squares - 2 * (one @ numbers) * (other @ numbers), squares)

    return expected


_EXPECTED: Final = {"none": _unequal, "linear": _linear, "quadratic": _quadratic}
"""Weighting to the sum of distances between the ratings of one rater and those of another, given their counts."""
