"""Does the data teach? The same training with shuffled answers is the control; held-out rows are compared in pairs.

A loss that falls proves nothing: it falls on shuffled answers too, since format and wording are learned all the same.
Only what the true answers gain over the shuffled ones comes from the questions. Pure: numbers in, verdict out.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from toolkit.noun import Noun
from toolkit.preflight import messages_of

Verdict = Literal["teaches", "does_not_teach", "inconclusive"]
Reason = Literal[
    "no_control",
    "gap_above_zero",
    "gap_is_nothing",
    "interval_too_wide",
    "few_training_rows",
    "few_held_out_rows",
    "few_seeds",
]

LEAST_TRAINING_ROWS: Final = 20
LEAST_HELD_OUT_ROWS: Final = 8
LEAST_SEEDS: Final = 3
LEAST_GROUPS: Final = 8
"""Fewer held-out groups than this say too little about groups: rows are drawn instead, and the report says so."""
NOTHING: Final = 0.01
"""Nats a token. A gap that is surely below it is none: the model would not answer noticeably better."""
RESAMPLES: Final = 4000
_DIGITS: Final = 6


class Gap(Noun):
    """What the true answers gain over shuffled ones on held-out rows: mean of shuffled minus true, nats a token.

    Attributes:
        value: over all held-out rows and seeds.
        low, high: 95 % interval.
        unit: what was drawn: ``group`` (rows of one document or declared group together) or ``row``.
        units: how many of them.
        positive: share of rows whose own gap, averaged over seeds, is above zero.
    """

    value: float
    low: float
    high: float
    unit: Literal["group", "row"]
    units: int
    positive: float


class Judged(NamedTuple):
    """A verdict and why."""

    verdict: Verdict
    reason: Reason


def shuffled(rows: Sequence[Mapping[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Return rows with their answers dealt anew among rows of one schema and one language.

    Within those, since an English answer to a Chinese question would be told apart by its script alone.
    """
    draw = random.Random(f"answers {seed}")  # noqa: S311 - an order, not a secret
    kinds: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        kinds.setdefault((str(row["meta"]["schema"]), str(row["meta"]["language"])), []).append(place)
    source = list(range(len(rows)))
    for kind in sorted(kinds):
        dealt = kinds[kind][:]
        draw.shuffle(dealt)
        for place, other in zip(kinds[kind], dealt, strict=True):
            source[place] = other
    return [
        {**row, "messages": [*messages_of(row)[:-1], messages_of(rows[other])[-1]]}
        for row, other in zip(rows, source, strict=True)
    ]


def gap_of(true: Sequence[Sequence[float]], mixed: Sequence[Sequence[float]], groups: Sequence[str]) -> Gap:
    """Return the gap with its interval.

    A bootstrap that draws held-out groups (rows where groups are few) and, independently, seeds, both with
    replacement: so the interval covers which rows were held out as well as the luck of a run and of a shuffling.

    Args:
        true: for each seed the loss of each held-out row after training on the true answers.
        mixed: the same after training on shuffled answers.
        groups: the group of each held-out row.
    """
    import numpy as np

    difference = np.asarray(mixed, dtype=np.float64) - np.asarray(true, dtype=np.float64)
    names = sorted(set(groups))
    by_group = len(names) >= LEAST_GROUPS
    unit = np.array([names.index(group) for group in groups]) if by_group else np.arange(len(groups))
    seeds, units = len(difference), int(unit.max()) + 1
    sums = np.stack([np.bincount(unit, weights=row, minlength=units) for row in difference])
    sizes = np.bincount(unit, minlength=units).astype(np.float64)
    # The raw stream of a bit generator is numpy's promise for all versions; the methods of Generator are not.
    raw = np.random.PCG64(20).random_raw(RESAMPLES * (seeds + units)).reshape(RESAMPLES, seeds + units)
    drawn_seeds = _counts((raw[:, :seeds] % np.uint64(seeds)).astype(np.int64), seeds)
    drawn_units = _counts((raw[:, seeds:] % np.uint64(units)).astype(np.int64), units)
    means = np.einsum("ds,su,du->d", drawn_seeds / seeds, sums, drawn_units) / (drawn_units @ sizes)
    low, high = np.quantile(means, (0.025, 0.975))
    return Gap(
        value=round(float(difference.mean()), _DIGITS),
        low=round(float(low), _DIGITS),
        high=round(float(high), _DIGITS),
        unit="group" if by_group else "row",
        units=units,
        positive=round(float((difference.mean(axis=0) > 0).mean()), _DIGITS),
    )


def judge(gap: Gap | None, *, training_rows: int, held_out_rows: int, seeds: int) -> Judged:
    """Return the verdict, by a rule that was fixed before any run.

    ``inconclusive`` with fewer than 20 training rows, 8 held-out rows or 3 seeds, whatever the numbers say; else
    ``teaches`` when the whole interval of the gap lies above zero; ``does_not_teach`` when it lies at or below 0.01
    nats a token; ``inconclusive`` otherwise.
    """
    if training_rows < LEAST_TRAINING_ROWS:
        return Judged("inconclusive", "few_training_rows")
    if held_out_rows < LEAST_HELD_OUT_ROWS or gap is None:
        return Judged("inconclusive", "few_held_out_rows")
    if seeds < LEAST_SEEDS:
        return Judged("inconclusive", "few_seeds")
    if gap.low > 0:
        return Judged("teaches", "gap_above_zero")
    if gap.high <= NOTHING:
        return Judged("does_not_teach", "gap_is_nothing")
    return Judged("inconclusive", "interval_too_wide")


def _counts(drawn: Any, size: int) -> Any:
    """Return how often each of ``size`` things was drawn, one line a draw."""
    import numpy as np

    counts = np.zeros((len(drawn), size))
    np.add.at(counts, (np.arange(len(drawn))[:, None], drawn), 1.0)
    return counts
