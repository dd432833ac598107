"""Agreement on spans: pairwise F1, exact and by overlap, over all labels and for each; and how spans miss each other.

F1 is the limit of kappa when what nobody marked cannot be counted (G. Hripcsak and A. Rothschild, "Agreement, the
F-measure, and reliability in information retrieval", 2005). A passage that neither marked adds nothing to F1; it
counts where whole answers are compared.
"""

from collections.abc import Sequence
from typing import NamedTuple

from toolkit.agreement.pairs import Answered, pairwise, units_of
from toolkit.agreement.resampling import Measured
from toolkit.noun import Noun


class Mark(NamedTuple):
    """A labelled span: half-open code points.

    Attributes:
        about: what else tells two marks apart: a relation's other end, the attributes of a span.
    """

    label: str
    start: int
    end: int
    about: str = ""


Marks = frozenset[Mark]


class Misses(Noun):
    """How often one person's span found no equal in another's answer about the same passage, by kind.

    Attributes:
        boundary: the other has an overlapping span of the same label.
        label: the other has the same span under another label.
        missing: neither.
    """

    boundary: int = 0
    label: int = 0
    missing: int = 0


def f1_exact(rows: Sequence[Answered[Marks]]) -> Measured:
    """Return pairwise F1 where spans match when label, start and end are equal."""
    return pairwise(rows, lambda one, other: (2.0 * len(one & other), float(len(one) + len(other))))


def f1_overlap(rows: Sequence[Answered[Marks]]) -> Measured:
    """Return pairwise F1 where a span matches when the other has one of the same label that shares a character.

    Both directions are counted, so one long span may match several short ones.
    """
    return pairwise(rows, _overlap)


def misses(rows: Sequence[Answered[Marks]]) -> Misses:
    """Count the spans without an equal, over both directions of every pair of answers."""
    counts = {"boundary": 0, "label": 0, "missing": 0}
    for unit in units_of(rows):
        for one, other in unit.pairs():
            for mine, theirs in ((one, other), (other, one)):
                for mark in mine - theirs:
                    counts[_kind(mark, theirs)] += 1
    return Misses(**counts)


def relabelled(one: Marks, other: Marks) -> list[tuple[str, str]]:
    """Return the pairs of labels that two answers gave to the same characters, where they differ."""
    theirs: dict[tuple[int, int], set[str]] = {}
    for mark in other - one:
        theirs.setdefault((mark.start, mark.end), set()).add(mark.label)
    pairs = {(mark, their) for mark in one - other for their in theirs.get((mark.start, mark.end), ())}
    return sorted((mark.label, their) for mark, their in pairs if mark.label != their)


def _kind(mark: Mark, theirs: Marks) -> str:
    if any(_touch(mark, their) for their in theirs):
        return "boundary"
    return "label" if any(their[1:] == mark[1:] for their in theirs) else "missing"


def _overlap(one: Marks, other: Marks) -> tuple[float, float]:
    matched = sum(any(_touch(mark, their) for their in other) for mark in one)
    matched += sum(any(_touch(mark, their) for their in one) for mark in other)
    return float(matched), float(len(one) + len(other))


def _touch(one: Mark, other: Mark) -> bool:
    return one.label == other.label and one.start < other.end and other.start < one.end
