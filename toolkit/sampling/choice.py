"""Choosing by quota: in each step the passage of the highest priority whose stratum has a place left.

With a priority that is the distance to the nearest passage labelled or chosen before, this is the farthest-first rule
of T. Gonzalez, "Clustering to Minimize the Maximum Intercluster Distance" (1985), by which O. Sener and S. Savarese,
"Active Learning for Convolutional Neural Networks: A Core-Set Approach" (2018), choose what to label. With other
priorities, the like of what was chosen already waits until nothing else is left, since it would teach the same twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.agreement.resampling import Integers
from toolkit.sampling.nearest import density_of, nearest_distances
from toolkit.sampling.pool import ALIKE, Pool
from toolkit.sampling.vectors import Vectors

Flags = NDArray[np.bool_]

_FRONT: Final = 4096
"""Passages that are looked at in each step."""
_STEPS: Final = 64
"""Steps after which all are looked at again."""


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
    race = _Race(pool, codes, [quotas[name] for name in names], base, far=far)
    total = sum(quotas.values())
    while len(race.taken) < total:
        race.look_at_all()
        while len(race.taken) < total and race.take():
            pass
    return race.taken


class _Race:
    """The greedy rule without looking at every passage in every step.

    A priority only falls as others are chosen. So the best of a few thousand passages is the best of all as long as it
    is better than what the best of the others was when all were looked at last.
    """

    def __init__(self, pool: Pool, codes: Integers, left: list[int], base: Vectors, *, far: bool) -> None:
        self.taken: list[Taken] = []
        self._vectors = pool.vectors
        self._codes, self._left, self._far = codes, left, far
        self._base, self._behind = base, base - (base.max(initial=0) + 1)
        self._distance = nearest_distances(pool.vectors, pool.asked_vectors)
        self._alike: Flags = np.zeros(len(base), dtype=np.bool_)
        self._allowed = np.array(left)[codes] > 0
        self._seen = 0

    def look_at_all(self) -> None:
        """Learn every passage's priority, and which ones may be the best of the next steps."""
        new = [one.place for one in self.taken[self._seen :]]
        if new:
            to_new = nearest_distances(self._vectors, self._vectors[new])
            self._distance, self._alike = np.minimum(self._distance, to_new), self._alike | (to_new < ALIKE)
        self._seen = len(self.taken)
        everywhere = np.arange(len(self._base))
        priority = np.where(self._allowed, self._priority(everywhere), -np.inf)
        bound = np.partition(priority, -_FRONT)[-_FRONT] if len(priority) > _FRONT else -np.inf
        # Of those that equal the bound, the first: the lowest place wins a tie, as if all were looked at.
        ahead, level = np.flatnonzero(priority > bound), np.flatnonzero((priority == bound) & self._allowed)
        self._front = np.sort(np.concatenate([ahead, level[: _FRONT - len(ahead)]]))
        self._bound = bound if self._allowed.sum() > len(self._front) else -np.inf

    def take(self) -> bool:
        """Choose the best; return False, and choose nothing, when all have to be looked at again."""
        front = self._front
        priority = np.where(self._allowed[front], self._priority(front), -np.inf)
        best = int(priority.argmax())
        stale = len(self.taken) > self._seen
        if stale and (priority[best] <= self._bound or len(self.taken) - self._seen >= _STEPS):
            return False
        place = int(front[best])
        distance = float(self._distance[place])
        score = float(priority[best] if self._far else self._base[place])
        self.taken.append(Taken(place, score, distance if np.isfinite(distance) else None))
        self._allowed[place] = False
        code = self._codes[place]
        self._left[code] -= 1
        if not self._left[code]:
            self._allowed &= self._codes != code
        first = np.isinf(self._distance[front]).any()
        to_it = nearest_distances(self._vectors[front], self._vectors[[place]])
        self._distance[front] = np.minimum(self._distance[front], to_it)
        self._alike[front] |= to_it < ALIKE
        return not first

    def _priority(self, places: Integers) -> Vectors:
        if not self._far:
            return np.where(self._alike[places], self._behind[places], self._base[places])
        distance = self._distance[places]
        if np.isinf(distance).any():
            return density_of(self._vectors)[places]
        return self._base[places] * distance
