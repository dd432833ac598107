"""What counts as the same answer, and which measures fit a field: both follow from the field's kind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from toolkit.noun import digest
from toolkit.rounds.agreement import (
    Rating,
    Table,
    Value,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    tabulate,
)
from toolkit.rounds.pairs import Answered
from toolkit.rounds.resampling import Measured
from toolkit.rounds.spans import Mark, Marks, f1_exact, f1_overlap
from toolkit.rounds.texts import chrf, normalised
from toolkit.schema import Field, Kind

Row = Answered[Value]
Measure = Callable[[Sequence[Row]], Measured]

COMPARABLE: Final[frozenset[Kind]] = frozenset({"choice", "choices", "spans", "number", "rating", "boolean"})
"""Kinds whose differing answers are a disagreement. Two people never write the same free text."""


def comparable(field: Field, value: Any) -> Value | None:
    """Return an answer's value in the form in which two are compared; None when the field was left open.

    Lists become sets, spans ``(label, start, end)``; an empty list is an answer. Texts lose differences of white space.
    A malformed value, which ``check_answer`` will name, stands for itself.
    """
    if value is None or value == "":
        return None
    try:
        if field.kind == "spans":
            return frozenset(Mark(span["label"], span["start"], span["end"]) for span in value)
        if field.kind == "choices":
            return frozenset(value)
    except (KeyError, TypeError):
        return digest(value)
    if field.kind == "text" and isinstance(value, str):
        return normalised(value) or None
    plain: Value = digest(value) if isinstance(value, list | dict) else value
    return plain


def same_answer(fields: Sequence[Field], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two answers say the same in all of these fields, whatever their kind."""
    return all(comparable(field, one.get(field.name)) == comparable(field, other.get(field.name)) for field in fields)


def _tabled(measure: Callable[[Table], Measured]) -> Measure:
    return lambda rows: measure(tabulate(Rating(*row) for row in rows))


def _marks(rows: Sequence[Row]) -> list[Answered[Marks]]:
    """Return rows as span answers: the kind of the field says that their values are sets of marks."""
    return [Answered(*row[:3], row.value) for row in rows if isinstance(row.value, frozenset)]


def _texts(rows: Sequence[Row]) -> list[Answered[str]]:
    return [Answered(*row[:3], row.value) for row in rows if isinstance(row.value, str)]


_NAMED: Final[Mapping[str, Measure]] = {
    "alpha_nominal": _tabled(krippendorff_alpha),
    "cohen_kappa": _tabled(cohen_kappa),
    "fleiss_kappa": _tabled(fleiss_kappa),
    "gwet_ac1": _tabled(gwet_ac1),
    "percent_agreement": _tabled(percent_agreement),
}

MEASURES: Final[Mapping[Kind, Mapping[str, Measure]]] = {
    "choice": _NAMED,
    "boolean": _NAMED,
    "choices": {
        "alpha_masi": _tabled(lambda table: krippendorff_alpha(table, "masi")),
        "percent_agreement": _tabled(percent_agreement),
    },
    "rating": {
        "alpha_ordinal": _tabled(lambda table: krippendorff_alpha(table, "ordinal")),
        "cohen_kappa_quadratic": _tabled(lambda table: cohen_kappa(table, "quadratic")),
        "percent_agreement": _tabled(percent_agreement),
    },
    "number": {
        "alpha_interval": _tabled(lambda table: krippendorff_alpha(table, "interval")),
        "percent_agreement": _tabled(percent_agreement),
    },
    "spans": {
        "f1_exact": lambda rows: f1_exact(_marks(rows)),
        "f1_overlap": lambda rows: f1_overlap(_marks(rows)),
        "percent_agreement": _tabled(percent_agreement),
    },
    "text": {
        "chrf": lambda rows: chrf(_texts(rows)),
        "exact_match": _tabled(percent_agreement),
    },
}
"""Field kind to its measures, the telling one first. Kappa and alpha on spans would need what nobody marked."""
