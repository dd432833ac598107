"""Choosing by quota: in each step the passage of the highest priority whose stratum has a place left.

With a priority that is the distance to the nearest passage labelled or chosen before, this is the farthest-first rule
of T. Gonzalez, "Clustering to Minimize the Maximum Intercluster Distance" (1985), by which O. Sener and S. Savarese,
"Active Learning for Convolutional Neural Networks: A Core-Set Approach" (2018), choose what to label. With other
priorities, the like of what was chosen already waits until nothing else is left, since it would teach the same twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from toolkit.sampling.nearest import density_of, distances_to, nearest_distances
from toolkit.sampling.pool import MATE, Pool
from toolkit.sampling.vectors import Vectors, norms_of


class Taken(NamedTuple):
    """An open passage that was chosen.

    Attributes:
        place: in the pool.
        score: the priority at which it was chosen; None where chance chose.
        distance: to the nearest passage asked or chosen before; None where there was none or nobody looked.
    """

    place: int
    score: float | None = None
    distance: float | None = None


def in_order(strata: Sequence[str], quotas: Mapping[str, int]) -> list[int]:
    """Return the first of each stratum, as many as its quota, in their order."""
    left, found = Counter(quotas), []
    for place, stratum in enumerate(strata):
        if left[stratum] > 0:
            left[stratum] -= 1
            found.append(place)
    return found


def by_priority(
    pool: Pool, strata: Sequence[str], quotas: Mapping[str, int], base: Vectors, *, far: bool
) -> list[Taken]:
    """Return passages in the order in which they are chosen.

    Args:
        pool: the open and the asked passages.
        strata: of each open one.
        quotas: stratum to how many.
        base: of each open one, not negative: the priority itself or, with ``far``, its factor beside the distance to
            the nearest passage asked or chosen before.
        far: as said.
    """
    names, codes = np.unique(np.array(strata, dtype=object), return_inverse=True)
    left = [quotas[name] for name in names]
    allowed = np.array([quotas[name] > 0 for name in strata], dtype=np.bool_)
    norms = norms_of(pool.vectors)
    distance = nearest_distances(pool.vectors, pool.asked_vectors)
    behind, like_one_taken = base - (base.max(initial=0) + 1), np.zeros(len(base), dtype=np.bool_)
    taken: list[Taken] = []
    for _ in range(sum(quotas.values())):
        if far:
            priority = base * distance if np.isfinite(distance[0]) else density_of(pool.vectors)
        else:
            priority = np.where(like_one_taken, behind, base)
        place = int(np.where(allowed, priority, -np.inf).argmax())
        score = priority[place] if far else base[place]
        taken.append(Taken(place, float(score), float(distance[place]) if np.isfinite(distance[place]) else None))
        allowed[place] = False
        left[codes[place]] -= 1
        if not left[codes[place]]:
            allowed &= codes != codes[place]
        to_it = distances_to(pool.vectors, norms, place)
        distance = np.minimum(distance, to_it)
        like_one_taken |= to_it < MATE
    return taken
