"""Who says what where others say something else: labels taken for each other, and what two answers share."""

from collections.abc import Mapping, Sequence
from typing import Final

from toolkit.agreement.pairs import Answered, Unit, units_of
from toolkit.agreement.spans import Mark, Marks, relabelled
from toolkit.agreement.table import Value
from toolkit.noun import Noun
from toolkit.rounds.comparison import Row, label_name
from toolkit.schema import LABELLED, MARKED, SINGLE, Field, Kind

OF_LABELS: Final[frozenset[Kind]] = LABELLED | {"boolean", "preference"}
"""Kinds whose answers are made of labels."""

_EXAMPLES = 5


class Confusion(Noun):
    """Two labels that were given to the same passage, or the same span, by two people.

    Attributes:
        labels: in the schema's order.
        count: how many pairs of answers differ so.
        passages: up to five of them, sorted.
    """

    field: str
    labels: tuple[str, str]
    count: int
    passages: tuple[str, ...]


def confusions(fields: Sequence[Field], rows: Mapping[str, Sequence[Row]]) -> tuple[Confusion, ...]:
    """Return the pairs of labels that were taken for each other, the most frequent first."""
    found = [one for field in fields if field.kind in OF_LABELS for one in _confused(field, rows[field.name])]
    return tuple(sorted(found, key=lambda one: (-one.count, one.field, one.labels)))


def marked_by_label(field: Field, rows: Sequence[Row]) -> list[Answered[Marks]]:
    """Return answers as sets of labelled marks; a chosen label is a mark on the whole passage."""
    return [Answered(row.document, row.unit, row.rater, _marks(field, row.value)) for row in rows]


def in_common(field: Field, one: Value, other: Value) -> tuple[float, float]:
    """Return what two answers share and what they could have shared; for spans twice the equal ones, and all."""
    if field.kind in MARKED and isinstance(one, frozenset) and isinstance(other, frozenset):
        return 2.0 * len(one & other), float(len(one) + len(other))
    return float(one == other), 1.0


def _marks(field: Field, value: Value) -> Marks:
    if not isinstance(value, frozenset):
        return frozenset({Mark(label_name(value), 0, 0)})
    return value if field.kind in MARKED else frozenset(Mark(label, 0, 0) for label in value)


def _confused(field: Field, rows: Sequence[Row]) -> list[Confusion]:
    found: dict[tuple[str, str], list[str]] = {}
    place = {label: number for number, label in enumerate(field.values)}
    for unit in units_of(rows):
        for pair in _pairs(field, unit):
            one, other = sorted(pair, key=lambda label: (place.get(label, len(place)), label))
            found.setdefault((one, other), []).append(unit.name)
    return [
        Confusion(field=field.name, labels=labels, count=len(units), passages=tuple(sorted(set(units))[:_EXAMPLES]))
        for labels, units in found.items()
    ]


def _pairs(field: Field, unit: Unit[Value]) -> list[tuple[str, str]]:
    pairs = unit.pairs()
    if field.kind in SINGLE:
        return [(label_name(one), label_name(other)) for one, other in pairs if one != other]
    if field.kind == "spans":
        sets = [(one, other) for one, other in pairs if isinstance(one, frozenset) and isinstance(other, frozenset)]
        return [labels for one, other in sets for labels in relabelled(one, other)]
    return []
