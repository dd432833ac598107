"""What counts as the same answer, and which measures fit a field: both follow from the field's kind."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, get_args

from toolkit.agreement.alpha import krippendorff_alpha
from toolkit.agreement.kappa import cohen_kappa, fleiss_kappa, gwet_ac1, percent_agreement
from toolkit.agreement.pairs import Answered, pairwise
from toolkit.agreement.resampling import Measured
from toolkit.agreement.spans import Mark, Marks, f1_exact, f1_overlap
from toolkit.agreement.table import Rating, Table, Value, tabulate
from toolkit.agreement.texts import chrf, normalised
from toolkit.noun import digest
from toolkit.schema import Field, Kind

Row = Answered[Value]
Measure = Callable[[Sequence[Row]], Measured]

COMPARABLE: Final[frozenset[Kind]] = frozenset(get_args(Kind)) - {"text", "texts"}
"""Kinds whose differing answers are a disagreement. Two people never write the same free text."""
_THEN: Final = " > "
_PLACE: Final = {"start", "end", "text", "label"}


def comparable(field: Field, value: Any) -> Value | None:
    """Return an answer's value in the form in which two are compared; None when the field was left open.

    Lists become sets, spans and relations marks; an empty list is an answer. Texts lose differences of white space.
    A malformed value, which ``check_answer`` will name, stands for itself.
    """
    if value is None or value == "":
        return None
    try:
        plain: Value | None = _FORMS[field.kind](value) if field.kind in _FORMS else value
    except (KeyError, TypeError, AttributeError):
        return digest(value)
    return digest(plain) if isinstance(plain, list | dict) else plain


def _mark(span: Mapping[str, Any]) -> Mark:
    about = {name: value for name, value in span.items() if name not in _PLACE}
    return Mark(span["label"], span["start"], span["end"], digest(about) if about else "")


def _arrow(relation: Mapping[str, Any]) -> Mark:
    head, tail = relation["head"], relation["tail"]
    return Mark(relation["label"], head["start"], head["end"], f"{tail['start']}:{tail['end']}")


_FORMS: Final[Mapping[Kind, Callable[[Any], Value | None]]] = {
    "spans": lambda value: frozenset(map(_mark, value)),
    "relations": lambda value: frozenset(map(_arrow, value)),
    "choices": frozenset,
    "taxons": frozenset,
    "ranking": lambda value: _THEN.join(value) or None,
    "text": lambda value: normalised(value) or None,
    "texts": lambda value: normalised("\n".join(value)) or None,
}


def place_alone(value: Value) -> Value:
    """Return spans without what is said about them; it is measured apart."""
    return frozenset(mark._replace(about="") for mark in value) if isinstance(value, frozenset) else value


def same_answer(fields: Sequence[Field], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two answers say the same in all of these fields, whatever their kind."""
    return all(comparable(field, one.get(field.name)) == comparable(field, other.get(field.name)) for field in fields)


def _tabled(measure: Callable[[Table], Measured]) -> Measure:
    return lambda rows: measure(tabulate(Rating(*row) for row in rows))


def _marks(rows: Sequence[Row]) -> list[Answered[Marks]]:
    """Return rows as span answers: the kind of the field says that their values are sets of marks."""
    return [Answered(*row[:3], row.value) for row in rows if isinstance(row.value, frozenset)]


def _tau(one: str, other: str) -> tuple[float, float]:
    """Return concordant less discordant pairs, and all pairs."""
    place = {name: at for at, name in enumerate(other.split(_THEN))}
    order = [place.get(name, 0) for name in one.split(_THEN)]
    signs = [1.0 if first < second else -1.0 for first, second in combinations(order, 2)]
    return sum(signs), float(len(signs))


def kendall_tau(rows: Sequence[Row]) -> Measured:
    """Return the mean of Kendall's tau over pairs of rankings, from -1 (reversed) to 1 (equal).

    M. G. Kendall, "A New Measure of Rank Correlation" (1938). Rankings are complete and without ties.
    """
    return pairwise(_texts(rows), _tau)


def _texts(rows: Sequence[Row]) -> list[Answered[str]]:
    return [Answered(*row[:3], row.value) for row in rows if isinstance(row.value, str)]


_SETS: Final[Mapping[str, Measure]] = {
    "alpha_masi": _tabled(lambda table: krippendorff_alpha(table, "masi")),
    "percent_agreement": _tabled(percent_agreement),
}
_WRITTEN: Final[Mapping[str, Measure]] = {
    "chrf": lambda rows: chrf(_texts(rows)),
    "exact_match": _tabled(percent_agreement),
}
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
    "taxon": _NAMED,
    "date": _NAMED,
    "preference": _NAMED,
    "choices": _SETS,
    "taxons": _SETS,
    "ranking": {"kendall_tau": kendall_tau, "percent_agreement": _tabled(percent_agreement)},
    "relations": {"f1_exact": lambda rows: f1_exact(_marks(rows)), "percent_agreement": _tabled(percent_agreement)},
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
    "text": _WRITTEN,
    "texts": _WRITTEN,
}
"""Field kind to its measures, the telling one first. Kappa and alpha on spans would need what nobody marked."""
