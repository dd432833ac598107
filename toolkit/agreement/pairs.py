"""Agreement as a mean over pairs of answers about one passage: what spans and free texts have instead of kappa."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from toolkit.agreement.resampling import Base, Floats, Integers, Measured, Undefined, figure, ratio, undefined
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

    def over_pairs(answers: Sequence[T]) -> tuple[float, float]:
        scores = [score(one, other) for one, other in combinations(answers, 2)]
        return sum(shared for shared, _ in scores), sum(possible for _, possible in scores)

    return unitwise(rows, over_pairs)


def unitwise(rows: Iterable[Answered[T]], score: Callable[[Sequence[T]], tuple[float, float]]) -> Measured:
    """Return the sum of a score's first parts over the sum of its second parts, over all units.

    Args:
        rows: the answers; a unit with one is left out.
        score: all answers about a unit to what they share and what they could have shared.
    """
    units = units_of(rows)
    paired = [unit for unit in units if len(unit.answers) >= PAIR]
    base = base_of(units, paired)
    if not paired:
        reason: Undefined = "no overlap" if units else "no data"
        return undefined(base, reason)
    sums = np.array([score([unit.answers[rater] for rater in sorted(unit.answers)]) for unit in paired])
    documents = documents_of(paired)
    shared, possible = (np.bincount(documents, weights=column) for column in sums.T)

    def statistic(weights: Floats) -> Floats:
        return ratio(weights @ shared, weights @ possible)

    return figure(statistic, documents, len(shared), base, "no labels")


def documents_of(units: Iterable[Unit[T]]) -> Integers:
    """Return the document of each unit, numbered from 0 in the order of their names."""
    return np.asarray(np.unique([unit.document for unit in units], return_inverse=True)[1], dtype=np.int64)


def base_of(units: list[Unit[T]], paired: list[Unit[T]]) -> Base:
    """Return the counts behind a figure that rests on some of the units."""
    return Base(
        units=len(paired),
        single=len(units) - len(paired),
        pairs=sum(len(unit.answers) * (len(unit.answers) - 1) // 2 for unit in paired),
        raters=len({rater for unit in paired for rater in unit.answers}),
        documents=len({unit.document for unit in paired}),
    )
