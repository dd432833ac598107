"""Which measures of agreement fit a field: they follow from its kind and order, the telling one first."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from toolkit.agreement.alpha import Level, krippendorff_alpha
from toolkit.agreement.kappa import cohen_kappa, fleiss_kappa, gwet_ac1, gwet_ac2, percent_agreement
from toolkit.agreement.pairs import Answered
from toolkit.agreement.rankings import Ranking, kendall_tau, kendall_w
from toolkit.agreement.resampling import Measured
from toolkit.agreement.spans import Marks, f1_exact, f1_overlap
from toolkit.agreement.table import Table, Value, tabulate
from toolkit.agreement.texts import chrf
from toolkit.agreement.tokens import tokens_of
from toolkit.agreement.unitizing import token_alpha, u_alpha
from toolkit.rounds.comparison import Row, ranked
from toolkit.schema import Field, Kind

Measure = Callable[[Sequence[Row]], Measured]


def measures_for(field: Field, texts: Mapping[str, str]) -> Mapping[str, Measure]:
    """Return the measures that fit a field.

    Args:
        field: a field of a schema, or what is asked about its spans.
        texts: passage to its text: measures on spans that know what nobody marked need it.
    """
    if field.kind == "spans":
        return {**MEASURES["spans"], **_on_texts(texts), **_PERCENT}
    if field.ordered:
        return {name: _in_places(field, of) for name, of in ORDERED.items()}
    if field.kind == "number" and (field.minimum is None or field.minimum < 0):
        return {name: of for name, of in MEASURES["number"].items() if name != "alpha_ratio"}
    return MEASURES[field.kind]


def _alpha(level: Level) -> Measure:
    return _tabled(lambda table: krippendorff_alpha(table, level))


def _tabled(measure: Callable[[Table], Measured]) -> Measure:
    return lambda rows: measure(tabulate(rows))


def _marks(rows: Sequence[Row]) -> list[Answered[Marks]]:
    """Return rows as span answers: the kind of the field says that their values are sets of marks."""
    return [Answered(*row[:3], row.value) for row in rows if isinstance(row.value, frozenset)]


def _texts(rows: Sequence[Row]) -> list[Answered[str]]:
    return [Answered(*row[:3], row.value) for row in rows if isinstance(row.value, str)]


def _rankings(rows: Sequence[Row]) -> list[Answered[Ranking]]:
    return [Answered(*row[:3], ranked(row.value)) for row in rows if isinstance(row.value, str)]


def _days(rows: Sequence[Row]) -> list[Row]:
    """Return dates as the days since the year 1."""
    return [row._replace(value=date.fromisoformat(row.value).toordinal()) for row in rows if isinstance(row.value, str)]


def _in_places(field: Field, measure: Measure) -> Measure:
    """Return a measure of labels as their places in the field's order."""
    place: dict[Value, int] = {label: number for number, label in enumerate(field.values, start=1)}
    return lambda rows: measure([row._replace(value=place[row.value]) for row in rows])


def _on_texts(texts: Mapping[str, str]) -> dict[str, Measure]:
    def of_tokens(rows: Sequence[Row]) -> Measured:
        return token_alpha(_marks(rows), {unit: tokens_of(texts[unit]) for unit in {row.unit for row in rows}})

    def of_units(rows: Sequence[Row]) -> Measured:
        return u_alpha(_marks(rows), {unit: len(texts[unit]) for unit in {row.unit for row in rows}})

    return {"alpha_tokens": of_tokens, "alpha_unitizing": of_units}


_PERCENT: Final[dict[str, Measure]] = {"percent_agreement": _tabled(percent_agreement)}
_KAPPAS: Final[dict[str, Measure]] = {
    "cohen_kappa": _tabled(cohen_kappa),
    "fleiss_kappa": _tabled(fleiss_kappa),
    "gwet_ac1": _tabled(gwet_ac1),
}
_NAMED: Final[dict[str, Measure]] = {"alpha_nominal": _alpha("nominal")} | _KAPPAS | _PERCENT
_SCALED: Final[dict[str, Measure]] = {
    "alpha_ordinal": _alpha("ordinal"),
    "gwet_ac2_quadratic": _tabled(lambda table: gwet_ac2(table, "quadratic")),
    "cohen_kappa_quadratic": _tabled(lambda table: cohen_kappa(table, "quadratic")),
}
_MARKED: Final[dict[str, Measure]] = {"f1_exact": lambda rows: f1_exact(_marks(rows))}
_WRITTEN: Final[dict[str, Measure]] = {
    "chrf": lambda rows: chrf(_texts(rows)),
    "exact_match": _tabled(percent_agreement),
}

MEASURES: Final[Mapping[Kind, Mapping[str, Measure]]] = {
    "choice": _NAMED,
    "boolean": _NAMED,
    "preference": {"fleiss_kappa": _KAPPAS["fleiss_kappa"]} | _KAPPAS | _PERCENT,
    "choices": {"alpha_masi": _alpha("masi")} | _PERCENT,
    "taxon": {"alpha_path": _alpha("path"), "alpha_nominal": _alpha("nominal")} | _PERCENT,
    "taxons": {"alpha_path": _alpha("path"), "alpha_masi": _alpha("masi")} | _PERCENT,
    # Two days that differ are two answers; how far they lie apart comes second.
    "date": _NAMED | {"alpha_interval_days": lambda rows: _alpha("interval")(_days(rows))},
    "rating": _SCALED | _PERCENT,
    "number": {"alpha_interval": _alpha("interval"), "alpha_ratio": _alpha("ratio")} | _PERCENT,
    "ranking": {
        "kendall_tau": lambda rows: kendall_tau(_rankings(rows)),
        "kendall_w": lambda rows: kendall_w(_rankings(rows)),
    }
    | _PERCENT,
    "relations": _MARKED | _PERCENT,
    "spans": _MARKED | {"f1_overlap": lambda rows: f1_overlap(_marks(rows))},
    "text": _WRITTEN,
    "texts": _WRITTEN,
}
"""Kind to its measures, as far as they need nothing but the answers; ``measures_for`` knows the rest."""

ORDERED: Final[Mapping[str, Measure]] = {
    **{name: _SCALED[name] for name in ("alpha_ordinal", "cohen_kappa_quadratic", "gwet_ac2_quadratic")},
    "alpha_nominal": _alpha("nominal"),
    **_PERCENT,
}
"""The measures of a choice whose labels are a scale, over their places in it."""
