"""One agreement figure with its uncertainty: an interval by resampling documents, or the reason why there is none.

Documents are drawn, not passages or spans: answers about one document hang together, and an interval that ignored
this would be too narrow.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from toolkit.noun import Noun

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Undefined = Literal["no data", "no overlap", "no variation", "no labels", "not two raters"]
"""Why a figure cannot be given: no rating at all; no unit with two ratings; one value alone was ever used; nothing
was marked by anybody; the measure is for two raters and others took part."""

RESAMPLES: Final = 1000
_SEED: Final = 20
_LEAST_DEFINED: Final = 0.95
"""Share of resamples that must have a value; below it the rest would speak for the lucky draws alone."""
_DIGITS: Final = 9
"""Beyond them sums differ between machines, and files must not."""


class Measured(Noun):
    """One figure of agreement.

    Attributes:
        value: the figure, or None where it is undefined.
        undefined: why there is no value, else None.
        low, high: percentile interval of 95 % over resampled documents; None where documents are fewer than two, or
            where more than one resample in twenty has no value.
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
    value = float(statistic(np.ones((1, len(documents))))[0])
    if np.isnan(value):
        return undefined(base, reason)
    low, high = _interval(statistic, documents)
    return Measured(value=round(value, _DIGITS), low=low, high=high, **base.model_dump())


def ratio(numerator: Floats, denominator: Floats, *, least: float = 0.0) -> Floats:
    """Divide, giving NaN without a warning where the denominator is not above ``least``."""
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    quotient: Floats = np.divide(numerator, denominator, out=out, where=denominator > least)
    return quotient


def _interval(statistic: Callable[[Floats], Floats], documents: Integers) -> tuple[float | None, float | None]:
    if len(documents) == 0 or documents.max() == 0:
        return None, None
    values = np.concatenate([statistic(weights) for weights in _resamples(documents)])
    defined = values[~np.isnan(values)]
    if len(defined) < _LEAST_DEFINED * RESAMPLES:
        return None, None
    low, high = np.quantile(defined, (0.025, 0.975))
    return round(float(low), _DIGITS), round(float(high), _DIGITS)


def _resamples(documents: Integers) -> Iterator[Floats]:
    """Yield weights of units for ``RESAMPLES`` draws of documents with replacement, some draws at a time."""
    count = int(documents.max()) + 1
    at_once = max(1, min(RESAMPLES, 2_000_000 // max(count, len(documents))))
    # The raw stream of a bit generator is numpy's promise for all versions; the methods of Generator are not.
    bits = np.random.PCG64(_SEED)
    for start in range(0, RESAMPLES, at_once):
        draws = min(at_once, RESAMPLES - start)
        drawn = (bits.random_raw(draws * count) % np.uint64(count)).astype(np.int64)
        cells = np.repeat(np.arange(draws) * count, count) + drawn
        weights = np.bincount(cells, minlength=draws * count).reshape(draws, count)
        yield weights[:, documents].astype(np.float64)
