"""Speed: how long answers took beside those of the others, in logarithms and by medians, which outliers leave alone."""

from collections.abc import Mapping, Sequence
from math import exp, log
from statistics import median
from typing import Final, NamedTuple

from toolkit.rounds.reliability.given import Given
from toolkit.rounds.reliability.intervals import shared_level, wilson
from toolkit.rounds.reliability.model import LIMITS, Flag, Speed, rounded

_LEAST_SECONDS: Final = 0.1
_NORMAL: Final = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""


class _Spread(NamedTuple):
    """Median and robust standard deviation of logarithms."""

    middle: float
    scale: float


def speeds(given: Mapping[str, Sequence[Given]]) -> dict[str, Speed | None]:
    """Return how long each person's answers took; invalid ones too, since their time was spent all the same."""
    timed = {name: [one for one in answers if one.seconds is not None] for name, answers in given.items()}
    return {
        name: _speed(mine, [one for other, theirs in timed.items() if other != name for one in theirs])
        for name, mine in timed.items()
    }


def flags_of_speed(speed: Speed | None, annotators: int) -> list[Flag]:
    """Return what stands out in one person's times.

    Args:
        speed: the figures.
        annotators: how many people's are looked at.
    """
    if speed is None or speed.z is None or speed.timed < LIMITS.least_answers:
        return []
    flags = []
    if abs(speed.z) > LIMITS.usual_speed and speed.others is not None:
        usual = {"median": speed.median, "others": speed.others, "z": speed.z, "limit": LIMITS.usual_speed}
        flags.append(Flag(code="fast" if speed.z < 0 else "slow", field=None, figures=usual | {"answers": speed.timed}))
    share = wilson(speed.too_fast, speed.timed, shared_level(annotators, LIMITS.false_alarms))
    if share.low > LIMITS.too_fast_share:
        flags.append(_too_fast(speed))
    return flags


def _too_fast(speed: Speed) -> Flag:
    assert speed.under is not None
    assert speed.others is not None
    assert speed.limit is not None
    figures: dict[str, float | int | str] = {
        "too_fast": speed.too_fast,
        "answers": speed.timed,
        "under": speed.under,
        "others": speed.others,
        "limit": speed.limit,
    }
    return Flag(code="too_fast", field=None, figures=figures)


def _speed(mine: Sequence[Given], theirs: Sequence[Given]) -> Speed | None:
    if not mine:
        return None
    middle, characters = median(map(_time, mine)), median(map(_rate, mine))
    if len(theirs) < LIMITS.least_answers:
        return Speed(
            timed=len(mine),
            median=rounded(exp(middle)),
            others=None,
            z=None,
            characters=rounded(exp(characters)),
            others_characters=None,
            limit=None,
            too_fast=0,
            under=None,
        )
    times, rates = _spread([_time(one) for one in theirs]), _spread([_rate(one) for one in theirs])
    limit = rates.middle + LIMITS.single_speed * rates.scale
    fast = [one for one in mine if _rate(one) > limit and _time(one) < times.middle]
    return Speed(
        timed=len(mine),
        median=rounded(exp(middle)),
        others=rounded(exp(times.middle)),
        z=rounded((middle - times.middle) / times.scale),
        characters=rounded(exp(characters)),
        others_characters=rounded(exp(rates.middle)),
        limit=rounded(exp(limit)),
        too_fast=len(fast),
        under=rounded(max(exp(_time(one)) for one in fast)) if fast else None,
    )


def _spread(values: Sequence[float]) -> _Spread:
    middle = median(values)
    return _Spread(middle, max(LIMITS.least_spread, _NORMAL * median(abs(value - middle) for value in values)))


def _time(one: Given) -> float:
    return log(max(one.seconds or 0.0, _LEAST_SECONDS))


def _rate(one: Given) -> float:
    return log(max(1, one.length)) - _time(one)
