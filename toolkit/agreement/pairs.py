"""Agreement as a mean over pairs of answers about one passage: what spans and free texts have instead of kappa."""

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from toolkit.agreement.resampling import Base, Floats, Measured, Undefined, measured, ratio, undefined
from toolkit.agreement.table import PAIR

T = TypeVar("T")


class Answered(NamedTuple, Generic[T]):
    """One rater's answer about one unit; of several by one rater, the last given counts."""

    document: str
    unit: str
    rater: str
    value: T


class Unit(NamedTuple, Generic[T]):
    """The answers about one unit, by rater."""

    document: str
    name: str
    answers: dict[str, T]

    def pairs(self) -> list[tuple[T, T]]:
        """Return every pair of answers, in the order of the raters' names."""
        return list(combinations((self.answers[rater] for rater in sorted(self.answers)), 2))


def units_of(rows: Iterable[Answered[T]]) -> list[Unit[T]]:
    """Return the units of some answers, sorted by document and name."""
    found: dict[tuple[str, str], dict[str, T]] = {}
    for row in rows:
        found.setdefault((row.document, row.unit), {})[row.rater] = row.value
    return [Unit(document, name, answers) for (document, name), answers in sorted(found.items(), key=lambda at: at[0])]


def pairwise(rows: Iterable[Answered[T]], score: Callable[[T, T], tuple[float, float]]) -> Measured:
    """Return the sum of a score's first parts over the sum of its second parts, over all pairs of answers.

    Args:
        rows: the answers; a unit with one is left out.
        score: two answers to what they share and what they could have shared; symmetric.
    """
    units = units_of(rows)
    paired = [unit for unit in units if len(unit.answers) >= PAIR]
    base = _base(units, paired)
    if not paired:
        reason: Undefined = "no overlap" if units else "no data"
        return undefined(base, reason)
    sums = np.array([np.sum([score(*pair) for pair in unit.pairs()], axis=0) for unit in paired], dtype=np.float64)
    shared, possible = sums[:, 0], sums[:, 1]
    names = [unit.document for unit in paired]
    documents = np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)

    def statistic(weights: Floats) -> Floats:
        return ratio(weights @ shared, weights @ possible)

    return measured(statistic, documents, base, "no labels")


def _base(units: list[Unit[T]], paired: list[Unit[T]]) -> Base:
    return Base(
        units=len(paired),
        single=len(units) - len(paired),
        pairs=sum(len(unit.pairs()) for unit in paired),
        raters=len({rater for unit in paired for rater in unit.answers}),
        documents=len({unit.document for unit in paired}),
    )
