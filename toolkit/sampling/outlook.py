"""The stopping rule in figures: what another N labels would likely change. Estimates from what is there; no promise."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import sqrt
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from toolkit.agreement.resampling import Floats, Undefined
from toolkit.noun import Noun
from toolkit.rounds.comparison import Row, label_name, labels_in
from toolkit.rounds.measures import measures_for
from toolkit.sampling.answered import Answered
from toolkit.sampling.nearest import nearest, nearest_distances
from toolkit.sampling.pool import Pool
from toolkit.schema import SINGLE, Field

ENOUGH: Final = 30
"""Labelled passages below which no advice is given: a rule of thumb, no figure of this toolkit's."""
LITTLE: Final = 0.02
"""A change below it is called little."""
_Z: Final = 1.959964
_DIGITS: Final = 6
Verdict = Literal["too_little", "go_on", "little_left"]


class Precision(Noun):
    """How well the telling measure of a field is known, and would be.

    Attributes:
        half_width: of the measure's 95 % interval over resampled documents, now; None where there is none.
        after: the same times ``sqrt(units / (units + more))``: widths shrink with the root of the number, if what
            comes is like what was.
        units: passages with two answers.
        more: how many of the next labels will likely be in such units: as many a passage as until now.
    """

    measure: str
    value: float | None
    undefined: Undefined | None
    half_width: float | None
    after: float | None
    units: int
    more: int


class Move(Noun):
    """The label whose share among the passages can move the most; answers to one passage share its one vote.

    Attributes:
        share: now.
        by: what the share will likely move by, up or down, at 95 %.
    """

    label: str
    share: float
    by: float
    passages: int


class Unseen(Noun):
    """Labels that were not given yet.

    Attributes:
        chance: that the next label of a passage is a new one, as A. Turing estimated it: labels of one passage alone
            over all labels of passages (I. J. Good, "The Population Frequencies of Species and the Estimation of
            Population Parameters", 1953). 0 where every label of the schema was given.
        given: labels of passages, of which ``different`` are different and ``once`` were given to one passage alone.
        unused: labels of the schema that nobody gave.
    """

    chance: float
    given: int
    different: int
    once: int
    unused: tuple[str, ...]


class Coverage(Noun):
    """How near the open passages lie to the asked ones; distances from 0 to 1.

    ``after`` is about the passages that stay open when the chosen ones are asked too; None when none stays.

    Attributes:
        farthest, farthest_after: the distance of the open passage that is farthest (the radius of k-center).
        mean, mean_after: over the open passages.
        reach: the median distance of an asked passage to the nearest other one; None when fewer than two are asked.
        within, within_after: share of the open passages that are no farther than that. Nearly all are when the asked
            ones were chosen to lie far from each other.
    """

    farthest: float | None
    farthest_after: float | None
    mean: float | None
    mean_after: float | None
    reach: float | None
    within: float | None
    within_after: float | None


class Change(Noun):
    """A likely change, as a share: narrower half-width, moved share, chance of a new label, passages come near.

    Attributes:
        field: which field's; None for coverage.
    """

    of: Literal["precision", "shares", "unseen", "coverage"]
    field: str | None
    by: float


class Outlook(Noun):
    """What another ``more`` labelled passages would likely change.

    Attributes:
        labelled: passages with a valid answer now.
        precision, shares, unseen: by field; shares of fields of few values alone, unseen of all that have labels.
        largest: the largest of the likely changes above, None where nothing can be said.
        verdict: ``too_little`` is labelled to say; ``go_on``; ``little_left`` when no change exceeds ``LITTLE``.
    """

    labelled: int
    more: int
    precision: dict[str, Precision]
    shares: dict[str, Move]
    unseen: dict[str, Unseen]
    coverage: Coverage
    largest: Change | None
    verdict: Verdict


def outlook_of(answered: Answered, pool: Pool, chosen: Sequence[int]) -> Outlook:
    """Return what labelling the chosen passages would likely change."""
    labelled, more = len(answered.labelled), len(chosen)
    precision = {field.name: _precision(field, answered, more) for field in answered.fields}
    shares = {
        field.name: _move(answered.rows[field.name], more, labelled)
        for field in answered.fields
        if field.kind in SINGLE and answered.rows[field.name]
    }
    unseen = {
        field.name: found
        for field in answered.fields
        if field.values and (found := _unseen(field, answered.rows[field.name]))
    }
    coverage = coverage_of(pool, chosen)
    largest = max(_changes(precision, shares, unseen, coverage), key=lambda change: change.by, default=None)
    return Outlook(
        labelled=labelled,
        more=more,
        precision=precision,
        shares=shares,
        unseen=unseen,
        coverage=coverage,
        largest=largest,
        verdict=_verdict(labelled, largest),
    )


def _verdict(labelled: int, largest: Change | None) -> Verdict:
    if labelled < ENOUGH or largest is None:
        return "too_little"
    return "go_on" if largest.by > LITTLE else "little_left"


def _changes(
    precision: Mapping[str, Precision], shares: Mapping[str, Move], unseen: Mapping[str, Unseen], coverage: Coverage
) -> Iterator[Change]:
    for name, one in precision.items():
        if one.half_width is not None and one.after is not None:
            yield Change(of="precision", field=name, by=round(one.half_width - one.after, _DIGITS))
    yield from (Change(of="shares", field=name, by=move.by) for name, move in shares.items())
    yield from (Change(of="unseen", field=name, by=new.chance) for name, new in unseen.items())
    if coverage.within is not None and coverage.within_after is not None:
        yield Change(of="coverage", field=None, by=round(coverage.within_after - coverage.within, _DIGITS))


def _precision(field: Field, answered: Answered, more: int) -> Precision:
    rows = answered.rows[field.name]
    name, measure = next(iter(measures_for(field, {}).items()))
    figure = measure(rows)
    half = None if figure.low is None or figure.high is None else (figure.high - figure.low) / 2
    paired = round(more * figure.units / max(len(answered.labelled), 1))
    after = None if half is None else half * sqrt(figure.units / max(figure.units + paired, 1))
    return Precision(
        measure=name,
        value=figure.value,
        undefined=figure.undefined,
        half_width=_round(half),
        after=_round(after),
        units=figure.units,
        more=paired,
    )


def _move(rows: Sequence[Row], more: int, labelled: int) -> Move:
    """Return the share that can move the most.

    With ``m`` more passages to ``n``, the share among all moves by ``m / (n + m)`` of the difference between the new
    passages' share and the old ones', whose variance is ``p (1 - p) (1 / m + 1 / n)``. Two passages with the label and
    two without are added to what was seen (A. Agresti and B. Coull, 1998), so that 0 is not held for certain.
    """
    votes = Counter(row.unit for row in rows)
    counts: dict[str, float] = {}
    for row in rows:
        label = label_name(row.value)
        counts[label] = counts.get(label, 0.0) + 1 / votes[row.unit]
    passages = len(votes)
    coming = more * passages / max(labelled, 1)

    def likely(label: str) -> float:
        share = (counts[label] + 2) / (passages + 4)
        return _Z * sqrt(share * (1 - share) * coming / (passages * (passages + coming))) if coming else 0.0

    most = max(sorted(counts), key=lambda label: round(likely(label), _DIGITS))
    share = round(counts[most] / passages, _DIGITS)
    return Move(label=most, share=share, by=round(likely(most), _DIGITS), passages=passages)


def _unseen(field: Field, rows: Sequence[Row]) -> Unseen | None:
    """Return what was not seen yet; what several people say of one passage was seen once."""
    counts = Counter(label for _, label in {(row.unit, label) for row in rows for label in labels_in(row.value)})
    given = counts.total()
    if not given:
        return None
    once = sum(count == 1 for count in counts.values())
    unused = tuple(value for value in field.values if value not in counts)
    chance = round(once / given, _DIGITS) if unused else 0.0
    return Unseen(chance=chance, given=given, different=len(counts), once=once, unused=unused)


def coverage_of(pool: Pool, chosen: Sequence[int]) -> Coverage:
    """Return how near the open passages lie to what is asked, before and after some of them are asked too."""
    stays = np.ones(len(pool.vectors), dtype=np.bool_)
    stays[list(chosen)] = False
    now = nearest_distances(pool.vectors, pool.asked_vectors)
    after = np.minimum(now, nearest_distances(pool.vectors, pool.vectors[list(chosen)]))[stays]
    reach = None
    if len(pool.asked) > 1:
        itself = nearest(pool.asked_vectors, pool.asked_vectors, itself=True)
        reach = float(np.median(1 - itself.weights[:, 0]))
    return Coverage(
        farthest=_of(now, np.max),
        farthest_after=_of(after, np.max),
        mean=_of(now, np.mean),
        mean_after=_of(after, np.mean),
        reach=_round(reach),
        within=None if reach is None else _of(now <= reach, np.mean),
        within_after=None if reach is None else _of(after <= reach, np.mean),
    )


def _of(values: NDArray[Any], figure: Callable[[Floats], Any]) -> float | None:
    """Return a figure of some distances; None where there are none, or nothing to be distant from."""
    return (
        round(float(figure(values.astype(np.float64))), _DIGITS) if len(values) and np.isfinite(values).all() else None
    )


def _round(figure: float | None) -> float | None:
    return None if figure is None else round(figure, _DIGITS)
