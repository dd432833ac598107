"""Heat maps of confusion: how often two people gave which pair of labels to the same thing, field by field."""

from collections import Counter
from collections.abc import Iterator, Sequence

from toolkit.agreement.pairs import units_of
from toolkit.agreement.spans import Marks
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
            is the label's agreement. For spans two marks meet when they overlap; each is paired with the one it shares
            most characters with.
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
    """Yield the labels of marks that meet, and each mark that meets none beside ``UNMARKED``."""
    left = set(other)
    for mark in sorted(one):
        near = max(left, key=lambda their: (_shared(mark, their), their.label == mark.label, their), default=None)
        if near is None or not _shared(mark, near):
            yield mark.label, UNMARKED
        else:
            left.remove(near)
            yield mark.label, near.label
    for mark in sorted(left):
        yield UNMARKED, mark.label


def _shared(one: tuple[str, int, int, str], other: tuple[str, int, int, str]) -> int:
    return max(0, min(one[2], other[2]) - max(one[1], other[1]))
