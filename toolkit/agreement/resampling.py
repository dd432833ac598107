"""One agreement figure with its uncertainty: an interval by resampling documents, or the reason why there is none.

Documents are drawn, not passages or spans: answers about one document hang together, and an interval that ignored
this would be too narrow.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from statistics import NormalDist
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.noun import Noun

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Undefined = Literal[
    "no data",
    "no overlap",
    "no variation",
    "no labels",
    "not two raters",
    "too few raters",
    "negative values",
    "too many values",
]
"""Why a figure cannot be given: no rating at all; no unit with two ratings; one value alone was ever used; nothing
was marked by anybody; the measure is for two raters and others took part, or for three and more and only two did, or
for numbers from zero up and others were given; more different sets were given than can be compared with each other."""

RESAMPLES: Final = 1000
_SEED: Final = 20
_LEAST_DEFINED: Final = 0.95
"""Share of resamples that must have a value; below it the rest would speak for the lucky draws alone."""
_NEARLY_ZERO: Final = 1e-12
_DIGITS: Final = 9
"""Beyond them sums differ between machines, and files must not."""
_AT_ONCE: Final = 2_000_000
"""Numbers held at one time, in arrays of eight bytes each."""
_KEPT: Final = 32_000_000
"""Cells of the draws that are kept for the next figure, one byte each."""


class Kept(NamedTuple):
    """What stands behind a figure: the arguments of ``figure`` that make its interval."""

    statistic: Callable[[Floats], Floats]
    wide: int


class Measured(Noun):
    """One figure of agreement.

    Attributes:
        value: the figure, or None where it is undefined.
        undefined: why there is no value, else None.
        low, high: percentile interval of 95 % over resampled documents, wider where they are few; None where there are
            fewer than two, where more than one resample in twenty has no value, or where documents are all alike.
        units: passages with two ratings or more; only they count.
        single: passages with one rating, which were left out.
        pairs: pairs of ratings about one passage.
        raters: people who took part in a pair.
        documents: documents that the units come from.
    """

    value: float | None
    undefined: Undefined | None = None
    low: float | None = None
    high: float | None = None
    units: int
    single: int
    pairs: int
    raters: int
    documents: int


class Base(Noun):
    """What a figure rests on; the counts of ``Measured``."""

    units: int
    single: int
    pairs: int
    raters: int
    documents: int


_KEPT_FOR_LATER: Final[ContextVar[list[Kept] | None]] = ContextVar("kept_for_later", default=None)


def undefined(base: Base, reason: Undefined) -> Measured:
    """Return a figure without a value."""
    return Measured(value=None, undefined=reason, **base.model_dump())


def measured(statistic: Callable[[Floats], Floats], documents: Integers, base: Base, reason: Undefined) -> Measured:
    """Return a statistic with its interval.

    Args:
        statistic: takes weights of shape (draws, units) and returns one value a draw, NaN where it is undefined. The
            figure itself is the statistic under weights of one.
        documents: the document of each unit, as numbers from 0 without gaps.
        base: the counts behind the figure.
        reason: what to say when the figure itself is undefined.
    """
    return figure(lambda weights: statistic(weights[:, documents]), documents, len(documents), base, reason)


def figure(
    statistic: Callable[[Floats], Floats], documents: Integers, wide: int, base: Base, reason: Undefined
) -> Measured:
    """Return a statistic of whole documents with its interval; for the rest see ``measured``.

    Args:
        statistic: takes weights of shape (draws, documents).
        documents: the document of each unit.
        wide: how many numbers the statistic holds for each draw.
        base: the counts behind the figure.
        reason: what to say when the figure itself is undefined.
    """
    count = int(documents.max(initial=-1)) + 1
    value = float(statistic(np.ones((1, count)))[0])
    if np.isnan(value):
        return undefined(base, reason)
    if (kept := _KEPT_FOR_LATER.get()) is not None:
        kept.append(Kept(statistic, wide))
        return Measured(value=round(value, _DIGITS), **base.model_dump())
    low, high = _interval(statistic, count, wide)
    return Measured(value=round(value, _DIGITS), low=low, high=high, **base.model_dump())


@contextmanager
def kept_statistics() -> Iterator[list[Kept]]:
    """Yield a list to which each figure that has a value adds its statistic, instead of resampling it.

    Whoever wants an interval of several figures together resamples them together.
    """
    kept: list[Kept] = []
    token = _KEPT_FOR_LATER.set(kept)
    try:
        yield kept
    finally:
        _KEPT_FOR_LATER.reset(token)


def ratio(numerator: Floats, denominator: Floats, *, least: float | Floats = 0.0) -> Floats:
    """Divide, giving NaN without a warning where the denominator is not above ``least``."""
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    quotient: Floats = np.divide(numerator, denominator, out=out, where=denominator > least)
    return quotient


def unless_rounding(difference: Floats, size: Floats) -> Floats:
    """Return a difference of two numbers of some size, 0 where it may be nothing but rounding."""
    return np.where(difference > _NEARLY_ZERO * size, difference, 0.0)


def _interval(statistic: Callable[[Floats], Floats], count: int, wide: int) -> tuple[float | None, float | None]:
    if count <= 1:
        return None, None
    at_once = max(1, _AT_ONCE // max(count, wide))
    values = np.concatenate([statistic(some.astype(np.float64)) for some in _draws(count, at_once)])
    defined = values[~np.isnan(values)]
    if len(defined) < _LEAST_DEFINED * RESAMPLES:
        return None, None
    tail = _tail(count)
    low, high = (round(float(bound), _DIGITS) for bound in np.quantile(defined, (tail, 1 - tail)))
    # Documents that are all alike do not tell how rare others are: after ten of them one in four may be otherwise.
    return (None, None) if low == high else (low, high)


def _tail(count: int) -> float:
    """Return the share of draws to leave out at each end; a fortieth where documents are many, less where few.

    Percentiles alone are too narrow by the square root of (n - 1) / n, and take a normal where Student's t belongs; so
    30 documents would cover 93 % and 15 only 90 %. Source: T. Hesterberg, "What Teachers Should Know About the
    Bootstrap" (2015), section 5.2; the quantile of t by its expansion, M. Abramowitz and I. Stegun, 26.7.5.
    """
    z, free = NormalDist().inv_cdf(0.975), count - 1
    student = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    student += (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * free**3)
    return NormalDist().cdf(-student * (count / free) ** 0.5)


def _draws(count: int, at_once: int) -> Iterator[Integers]:
    """Yield how often each document was drawn, for ``RESAMPLES`` draws with replacement, some draws at a time."""
    if RESAMPLES * count > _KEPT:
        yield from _drawn(count, max(1, min(at_once, _AT_ONCE // count)))
        return
    drawn = _all_draws(count)
    yield from (drawn[start : start + at_once] for start in range(0, RESAMPLES, at_once))


@lru_cache(maxsize=2)
def _all_draws(count: int) -> Integers:
    """Return all draws at once: they depend on nothing but the number of documents, and each figure wants them."""
    parts = list(_drawn(count, max(1, _AT_ONCE // count)))
    small = np.min_scalar_type(max(int(part.max()) for part in parts))
    drawn: Integers = np.concatenate([part.astype(small) for part in parts])
    drawn.flags.writeable = False
    return drawn


def _drawn(count: int, at_once: int) -> Iterator[Integers]:
    # The raw stream of a bit generator is numpy's promise for all versions; the methods of Generator are not.
    bits = np.random.PCG64(_SEED)
    for start in range(0, RESAMPLES, at_once):
        draws = min(at_once, RESAMPLES - start)
        drawn = (bits.random_raw(draws * count) % np.uint64(count)).astype(np.int64)
        cells = np.repeat(np.arange(draws) * count, count) + drawn
        yield np.bincount(cells, minlength=draws * count).reshape(draws, count)
