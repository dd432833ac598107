"""How sure votes leave one of the true value: what crowd-kit calls uncertainty and consistency.

Definitions: ``crowdkit.metrics.data`` of crowd-kit 1.4 (D. Ustalov, N. Pavlichenko and B. Tseitlin, "Learning from
Crowds with Crowd-Kit", Journal of Open Source Software 9, 2024). A rater of skill s gives the true value with chance s
and each other value used with equal chances. Neither figure is corrected for chance. Consistency believes the majority
twice, in its values and in its skills, and so is high where alpha is low; ``weighted_vote`` is the one to decide by.
"""

from typing import Final

import numpy as np

from toolkit.agreement.resampling import Floats, Integers, Measured, ratio, undefined
from toolkit.agreement.sums import measured_by_sums
from toolkit.agreement.table import PAIR, Table, lacking

_TINY: Final = float(np.finfo(np.float64).tiny)


def uncertainty(table: Table) -> Measured:
    """Return the mean of ``uncertainties``, every rater believed, over units with two ratings or more.

    Nats: 0 where each unit's ratings are equal; at most the logarithm of how many values there are.
    """
    base, kept = table.base(), table.pairable()
    if reason := lacking(table, base):
        return undefined(base, reason)
    plain = (uncertainties(kept, np.ones(len(kept.raters))), np.ones(len(kept.codes)))
    return measured_by_sums(kept, plain, None, lambda sums: ratio(sums[:, 0], sums[:, 1]), base)


def consistency(table: Table) -> Measured:
    """Return the mean of ``consistencies`` under ``majority_skills``, over units with two ratings or more.

    Undefined for two raters: which of them is the majority where they differ, the order of the values would decide.
    A resample would have skills of its own. Its figure is taken to first order (the infinitesimal jackknife: B. Efron,
    "The Jackknife, the Bootstrap and Other Resampling Plans", 1982, chapter 6).
    """
    base, kept = table.base(), table.pairable()
    if reason := lacking(table, base):
        return undefined(base, reason)
    if len(table.values) == 1:
        return undefined(base, "no variation")
    if base.raters <= PAIR:
        return undefined(base, "too few raters")
    skills = majority_skills(kept)
    plain = (consistencies(kept, skills) + _through_skills(kept, skills), np.ones(len(kept.codes)))
    return measured_by_sums(kept, plain, None, lambda sums: np.clip(ratio(sums[:, 0], sums[:, 1]), 0, 1), base)


def uncertainties(table: Table, skills: Floats) -> Floats:
    """Return the entropy of each unit's votes in nats.

    A rater gives their skill to the value named and shares the rest among the others; a value's share is its sum over
    the raters, over that of all values.

    Args:
        table: units with a rating each.
        skills: of each rater, from 0 to 1.
    """
    votes = _added(table, skills, _others(table, skills))
    shares = votes / votes.sum(axis=1, keepdims=True)
    entropies: Floats = -(shares * np.log(np.maximum(shares, _TINY))).sum(axis=1)
    return entropies


def consistencies(table: Table, skills: Floats) -> Floats:
    """Return the posterior of each unit's majority value, by Bayes' rule from equal priors.

    Args:
        table: units with a rating each.
        skills: as for ``uncertainties``.
    """
    shares: Floats = _posterior(table, skills)[np.arange(len(table.codes)), majority(table)]
    return shares


def majority(table: Table) -> Integers:
    """Return the value that most raters of each unit gave, as a place in the values; of equals the first."""
    ones = np.ones(len(table.raters))
    return np.asarray(_added(table, ones, 0 * ones).argmax(axis=1), dtype=np.int64)


def majority_skills(table: Table) -> Floats:
    """Return each rater's share of ratings that are the majority's; NaN without a rating."""
    right = (table.codes == majority(table)[:, None]).sum(axis=0)
    return ratio(right.astype(np.float64), (table.codes >= 0).sum(axis=0).astype(np.float64))


def _others(table: Table, skills: Floats) -> Floats:
    """Return each rater's chance to give one certain value that is not the true one."""
    return np.asarray((1 - skills) / max(len(table.values) - 1, 1))


def _posterior(table: Table, skills: Floats) -> Floats:
    named, other = (np.log(np.maximum(chance, _TINY)) for chance in (skills, _others(table, skills)))
    joint = _added(table, named, other)
    likely = np.exp(joint - joint.max(axis=1, keepdims=True))
    shares: Floats = likely / likely.sum(axis=1, keepdims=True)
    return shares


def _added(table: Table, named: Floats, other: Floats) -> Floats:
    """Return what a unit's raters add to each value: ``named`` to their own, ``other`` to each of the others."""
    shape = len(table.codes), len(table.values)
    units, raters = np.nonzero(table.codes >= 0)
    cells = units * shape[1] + table.codes[units, raters]
    rest = np.bincount(units, other[raters], minlength=shape[0])
    more = np.bincount(cells, (named - other)[raters], minlength=shape[0] * shape[1])
    sums: Floats = np.asarray(rest[:, None] + more.reshape(shape), dtype=np.float64)
    return sums


def _through_skills(table: Table, skills: Floats) -> Floats:
    """Return what each unit changes in the sum of consistencies by what it says of its raters' skills.

    Zero over all units, so that the figure itself stays.
    """
    units, raters = np.nonzero(table.codes >= 0)
    code, skill, best = table.codes[units, raters], skills[raters], majority(table)[units]
    posterior, right = _posterior(table, skills), (code == best).astype(np.float64)
    slope = posterior[units, best] * (right - posterior[units, code])  # times 1 / (skill (1 - skill)): the derivative
    of_rater = np.bincount(raters, slope, minlength=len(skills))[raters]
    ratings = np.bincount(raters, minlength=len(skills))[raters]
    change = ratio(of_rater * (right - skill), skill * (1 - skill) * ratings)  # whose skill is 0 or 1 moves nothing
    return np.asarray(np.bincount(units, np.nan_to_num(change), minlength=len(table.codes)), dtype=np.float64)
