"""Agreement on rankings: complete orders of the same things, without ties."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from toolkit.agreement.pairs import Answered, pairwise, unitwise
from toolkit.agreement.resampling import Measured

Ranking = tuple[str, ...]


def kendall_tau(rows: Sequence[Answered[Ranking]]) -> Measured:
    """Return the mean of Kendall's tau over pairs of rankings, from -1 (reversed) to 1 (equal).

    M. G. Kendall, "A New Measure of Rank Correlation" (1938). All pairs of things weigh the same.
    """
    return pairwise(rows, _tau)


def kendall_w(rows: Sequence[Answered[Ranking]]) -> Measured:
    """Return the mean over units of Kendall's coefficient of concordance, from 0 to 1 (all equal).

    M. G. Kendall and B. Babington Smith, "The Problem of m Rankings" (1939). It is not corrected for chance: m rankings
    made at random give 1/m on average.
    """
    return unitwise(rows, _concordance)


def _tau(one: Ranking, other: Ranking) -> tuple[float, float]:
    """Return concordant less discordant pairs, and all pairs."""
    place = {name: at for at, name in enumerate(other)}
    order = [place.get(name, 0) for name in one]
    signs = [1.0 if first < second else -1.0 for first, second in combinations(order, 2)]
    return sum(signs), float(len(signs))


def _concordance(rankings: Sequence[Ranking]) -> tuple[float, float]:
    """Return W and one; nothing where there is one thing to rank."""
    things, raters = len(rankings[0]), len(rankings)
    if things == 1:
        return 0.0, 0.0
    places = [{name: at for at, name in enumerate(ranking)} for ranking in rankings]
    ranks = np.array([[place.get(name, 0) for name in rankings[0]] for place in places])
    spread = float(((ranks.sum(axis=0) - raters * (things - 1) / 2) ** 2).sum())
    return 12 * spread / (raters**2 * (things**3 - things)), 1.0
