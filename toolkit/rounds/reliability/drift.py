"""Drift: whether a person agrees with gold and the others in the second half of the answers as in the first.

The halves are two separate samples of passages where each person's tasks come in an order of their own, as ``push``
deals them; then another person's drift falls on both halves alike. With one order for all, two people cannot be told
apart, and both are shown.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import pairwise

from toolkit.agreement.table import Value
from toolkit.rounds.confusion import in_common
from toolkit.rounds.reliability.given import Compared, Given
from toolkit.rounds.reliability.intervals import difference
from toolkit.rounds.reliability.model import LIMITS, Drift, Flag, rounded
from toolkit.schema import Field

_STRETCHES = 10
_LEAST_IN_STRETCH = 5


Scores = Sequence[float | None]
"""How far each of a person's answers is the known one, from 0 to 1, in the order of submission; None: unknown."""


def scores_of(field: Field, given: Sequence[Given], found: Compared, gold: Mapping[str, Value | None]) -> Scores:
    """Return how far each answer is the gold one, or else the others'; None where nothing is known of it."""
    return [_score(field, one, found, gold) if one.valid else None for one in given]


def agreement_of(field: Field, given: Sequence[Given], found: Compared, gold: Container[str]) -> float | None:
    """Return how far the answers are those of each other person, gold items apart: equal values, for marks exact F1."""
    same, possible = 0.0, 0.0
    for one in given:
        mine = found[one.passage].get(one.annotator)
        if mine is None or one.passage in gold:
            continue
        for other in _others(one, found):
            scored = in_common(field, mine, other)
            same, possible = same + scored[0], possible + scored[1]
    return rounded(same / possible) if possible else None


def over_all(by_field: Iterable[Scores]) -> Scores:
    """Return each answer's mean over the fields that have a score."""
    answers = ([score for score in scores if score is not None] for scores in zip(*by_field, strict=True))
    return [sum(scores) / len(scores) if scores else None for scores in answers]


def drift_of(answers: Scores, level: float) -> Drift | None:
    """Return the difference between the halves of the answers that have a score; None where they are fewer than two."""
    scores = [score for score in answers if score is not None]
    half = len(scores) // 2
    if not half:
        return None
    first, second = scores[:half], scores[half:]
    low, high = difference(first, second, level)
    means = sum(first) / len(first), sum(second) / len(second)
    return Drift(
        first=rounded(means[0]),
        second=rounded(means[1]),
        difference=rounded(means[1] - means[0]),
        low=rounded(low),
        high=rounded(high),
        level=rounded(level),
        answers=len(scores),
        course=_course(scores),
    )


def flags_of_drift(drifts: Mapping[str | None, Drift | None]) -> list[Flag]:
    """Return where the interval leaves out zero: by field; None stands for all fields together."""
    return [
        Flag(
            code="falling" if one.high < 0 else "rising",
            field=name,
            figures={
                "first": one.first,
                "second": one.second,
                "difference": one.difference,
                "low": one.low,
                "high": one.high,
                "level": one.level,
                "answers": one.answers,
            },
        )
        for name, one in drifts.items()
        if one is not None and one.answers >= LIMITS.least_answers and (one.high < 0 or one.low > 0)
    ]


def _score(field: Field, one: Given, found: Compared, gold: Mapping[str, Value | None]) -> float | None:
    mine = found[one.passage][one.annotator]
    known = gold.get(one.passage)
    against = [known] if known is not None else _others(one, found)
    if mine is None or not against:
        return None
    return sum(_likeness(field, mine, other) for other in against) / len(against)


def _others(one: Given, found: Compared) -> list[Value]:
    theirs = found[one.passage].items()
    return [value for annotator, value in theirs if annotator != one.annotator and value is not None]


def _likeness(field: Field, mine: Value, other: Value) -> float:
    """Return what two answers share of what they could; two that mark nothing are equal."""
    same, possible = in_common(field, mine, other)
    return same / possible if possible else 1.0


def _course(scores: Sequence[float]) -> tuple[float, ...]:
    stretches = min(_STRETCHES, max(1, len(scores) // _LEAST_IN_STRETCH))
    bounds = [len(scores) * place // stretches for place in range(stretches + 1)]
    return tuple(rounded(sum(scores[begin:end]) / (end - begin)) for begin, end in pairwise(bounds))
