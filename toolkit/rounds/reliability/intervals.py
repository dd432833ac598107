"""Intervals of shares in closed form: exact to repeat, sound where counts are small and where a share is 0 or 1."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """Two bounds."""

    low: float
    high: float


def shared_level(tests: int, false_alarms: float) -> float:
    """Return the level of each of so many intervals that hold together but for ``false_alarms`` (Bonferroni)."""
    return 1.0 - false_alarms / max(1, tests)


def widened(value: float, bound: float, level: float) -> float:
    """Return the bound of an interval of 95 % at another level: as much farther from the value as a normal's."""
    half = NormalDist().inv_cdf((1.0 + level) / 2.0) / NormalDist().inv_cdf(0.975)
    return value + (bound - value) * half


def wilson(successes: float, count: float, level: float = 0.95) -> Interval:
    """Return the score interval of a share.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927).

    >>> low, high = wilson(9, 10)
    >>> round(low, 4), round(high, 4)
    (0.5958, 0.9821)
    """
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    share, weight = successes / count, z * z / count
    middle = (share + weight / 2.0) / (1.0 + weight)
    half = z * sqrt(max(0.0, share * (1.0 - share) / count + weight / (4.0 * count))) / (1.0 + weight)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def newcombe(first: tuple[float, float], second: tuple[float, float], level: float) -> Interval:
    """Return the interval of the second share less the first, from (successes, count) of two separate samples.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions" (1998), method 10.

    >>> low, high = newcombe((48, 80), (56, 70), 0.95)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    one, other = first[0] / first[1], second[0] / second[1]
    of_one, of_other = wilson(*first, level), wilson(*second, level)
    difference = other - one
    return Interval(
        difference - sqrt((other - of_other.low) ** 2 + (of_one.high - one) ** 2),
        difference + sqrt((of_other.high - other) ** 2 + (one - of_one.low) ** 2),
    )


def difference(first: Sequence[float], second: Sequence[float], level: float) -> Interval:
    """Return the interval of the mean of the second scores less that of the first; scores lie between 0 and 1.

    Newcombe's interval with effective sample sizes (L. Kish, "Survey Sampling", 1965): scores that are means of
    several right and wrong ones vary less than single ones and so count for more; whole ones count once.
    """
    halves = [(sum(scores), len(scores)) for scores in (first, second)]
    whole = sum(total * (1.0 - total / count) for total, count in halves)
    spread = sum(
        sum((score - total / count) ** 2 for score in scores)
        for scores, (total, count) in zip((first, second), halves, strict=True)
    )
    worth = whole / spread if spread > 0.0 else 1.0
    one, other = ((total * worth, count * worth) for total, count in halves)
    return newcombe(one, other, level)
