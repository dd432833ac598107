"""Straight-lining: equal answers in a row, and one answer to everything, each against what honest work would give."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from math import log2
from typing import Final

import numpy as np

from toolkit.agreement.table import Value
from toolkit.rounds.reliability.given import Compared, Given, shown
from toolkit.rounds.reliability.intervals import shared_level, wilson
from toolkit.rounds.reliability.model import LIMITS, Flag, Runs, rounded

_LEAST_P: Final = 1e-6
"""A smaller chance is stored as this one: the recursion's rounding does not tell it from none."""


def runs_in(given: Sequence[Given], found: Compared) -> Runs | None:
    """Return the runs in one person's answers to one field; None without any answer.

    Args:
        given: the person's answers in the order of submission.
        found: the field's values.
    """
    answered = [one for one in given if one.valid]
    if not answered:
        return None
    values = [found[one.passage][one.annotator] for one in answered]
    start, longest = _longest(values)
    counts = Counter(values)
    most, times = min(counts.items(), key=lambda item: (-item[1], shown(item[0])))
    return Runs(
        answers=len(values),
        longest=longest,
        value=shown(values[start]),
        start=start + 1,
        p=rounded(
            max(_LEAST_P, chance_of_run(longest, [count / len(values) for count in counts.values()], len(values)))
        ),
        others=_share(values[start], answered[start : start + longest], found),
        entropy=rounded(-sum(count / len(values) * log2(count / len(values)) for count in counts.values()) + 0.0),
        most=shown(most),
        most_share=rounded(times / len(values)),
        others_most=_share(most, answered, found),
    )


def chance_of_run(length: int, shares: Sequence[float], count: int) -> float:
    """Return the chance that ``count`` independent answers hold a run of ``length`` equal ones or a longer one.

    Exact, by the recursion over the last run's label: of all sequences of t answers without such a run, those that end
    in label k are p_k S(t-1) less those whose last ``length`` answers would all be k. Compare W. Feller, "An
    Introduction to Probability Theory and Its Applications" I (1968), XIII.7. With the person's own shares put in it is
    a little larger than under reshuffling the given answers, so it raises fewer alarms.

    >>> chance_of_run(2, [0.5, 0.5], 3)
    0.75
    """
    if length <= 1:
        return 1.0
    p = np.array(sorted(shares), dtype=np.float64)
    power = p**length
    without = np.zeros(count + 1)
    without[0] = 1.0
    ending = np.zeros((length + 1, len(p)))
    for t in range(1, count + 1):
        now = p * without[t - 1]
        if t >= length:
            before = without[t - length] - ending[(t - length) % (length + 1)]
            now = np.maximum(0.0, now - power * before)
        ending[t % (length + 1)] = now
        without[t] = now.sum()
    return float(min(1.0, max(0.0, 1.0 - without[count])))


def flags_of_runs(runs: Mapping[str, Runs], tests: int) -> list[Flag]:
    """Return what stands out in one person's runs, by field.

    Args:
        runs: field to runs.
        tests: how many pairs of annotator and field are looked at in the round.
    """
    telling = {name: one for name, one in runs.items() if one.answers >= LIMITS.least_answers}
    allowed = LIMITS.false_alarms / max(1, tests)
    rows = [_run_flag(name, one, allowed) for name, one in telling.items() if _stands_out(one, allowed)]
    return rows + [_one_flag(name, one) for name, one in telling.items() if _is_one_answer(one, tests)]


def _stands_out(one: Runs, allowed: float) -> bool:
    return one.p < allowed and (one.others is None or one.others <= LIMITS.others_in_run)


def _is_one_answer(one: Runs, tests: int) -> bool:
    if one.others_most is None or one.most_share < LIMITS.one_answer:
        return False
    level = shared_level(tests, LIMITS.false_alarms)
    own = wilson(one.most_share * one.answers, one.answers, level)
    others = wilson(one.others_most * one.answers, one.answers, level)
    return others.high < own.low


def _run_flag(name: str, one: Runs, allowed: float) -> Flag:
    figures: dict[str, float | int | str] = {
        "longest": one.longest,
        "value": one.value,
        "start": one.start,
        "answers": one.answers,
        "p": one.p,
        "limit": rounded(allowed),
    }
    if one.others is not None:
        figures["others"] = one.others
    return Flag(code="same_run", field=name, figures=figures)


def _one_flag(name: str, one: Runs) -> Flag:
    assert one.others_most is not None
    figures: dict[str, float | int | str] = {
        "value": one.most,
        "share": one.most_share,
        "others": one.others_most,
        "answers": one.answers,
        "limit": LIMITS.one_answer,
    }
    return Flag(code="one_answer", field=name, figures=figures)


def _longest(values: Sequence[Value | None]) -> tuple[int, int]:
    """Return where the first of the longest runs starts, and its length."""
    best, place = (0, 0), 0
    for _, equal in groupby(values):
        length = len(list(equal))
        if length > best[1]:
            best = (place, length)
        place += length
    return best


def _share(value: Value | None, given: Sequence[Given], found: Compared) -> float | None:
    """Return the share of the others' answers about these passages that are this value."""
    others = [theirs for one in given for annotator, theirs in found[one.passage].items() if annotator != one.annotator]
    return rounded(sum(theirs == value for theirs in others) / len(others)) if others else None
