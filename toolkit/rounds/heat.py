"""Heat maps of confusion: how often two people gave which pair of labels to the same thing, field by field."""

from collections import Counter
from collections.abc import Iterator, Sequence

from toolkit.agreement.pairs import units_of
from toolkit.agreement.spans import Mark, Marks
from toolkit.agreement.table import Value
from toolkit.noun import Noun
from toolkit.rounds.comparison import Row, label_name
from toolkit.schema import SINGLE, Field

UNMARKED = ""
"""Stands, among span labels, for what one person marked and the other did not."""


class Heat(Noun):
    """A symmetric table of counts.

    Attributes:
        labels: the labels that were used, in the schema's order; for spans the last is ``UNMARKED``.
        counts: one row a label; a pair of answers counts once in each direction, so that a row's share on the diagonal
            is the label's agreement. For spans two marks meet when they overlap; those that share most characters are
            paired first, and each once.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def heat_of(field: Field, rows: Sequence[Row]) -> Heat | None:
    """Return a field's table; None where its answers are not single labels or spans, or nobody can be compared."""
    if field.kind not in SINGLE | {"spans"}:
        return None
    counts: Counter[tuple[str, str]] = Counter()
    for unit in units_of(rows):
        for one, other in unit.pairs():
            for pair in _pairs(one, other):
                counts[pair] += 1
                counts[pair[::-1]] += 1
    if not counts:
        return None
    labels = _ordered(field, {label for pair in counts for label in pair})
    return Heat(labels=tuple(labels), counts=tuple(tuple(counts[row, column] for column in labels) for row in labels))


def _ordered(field: Field, labels: set[str]) -> list[str]:
    """Sort labels as the schema does; ratings by size, the unmarked last."""
    if field.kind == "rating":
        return sorted(labels, key=float)
    place = {label: number for number, label in enumerate(field.values)}
    return sorted(labels, key=lambda label: (label == UNMARKED, place.get(label, len(place)), label))


def _pairs(one: Value, other: Value) -> Iterator[tuple[str, str]]:
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        yield from _met(one, other)
    else:
        yield label_name(one), label_name(other)


def _met(one: Marks, other: Marks) -> Iterator[tuple[str, str]]:
    """Yield the labels of marks that meet, those that share most first, and each mark left over beside ``UNMARKED``."""
    mine, theirs = set(one), set(other)
    meetings = [(mark, their) for mark in one for their in other if _shared(mark, their)]
    for mark, their in sorted(meetings, key=_nearness):
        if mark in mine and their in theirs:
            mine.remove(mark)
            theirs.remove(their)
            yield mark.label, their.label
    yield from ((mark.label, UNMARKED) for mark in sorted(mine))
    yield from ((UNMARKED, mark.label) for mark in sorted(theirs))


def _nearness(meeting: tuple[Mark, Mark]) -> tuple[int, bool, list[Mark]]:
    """Return what sorts the nearest marks first, whoever of the two made which."""
    one, other = meeting
    return -_shared(one, other), one.label != other.label, sorted(meeting)


def _shared(one: Mark, other: Mark) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))
