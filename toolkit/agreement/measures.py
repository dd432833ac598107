"""Which measures fit a level of measurement; and agreement on each value, of each rater, of each pair of raters."""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any, Final, Literal

import numpy as np

from toolkit.agreement.alpha import krippendorff_alpha
from toolkit.agreement.certainty import consistency, uncertainty
from toolkit.agreement.kappa import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    percent_agreement,
)
from toolkit.agreement.levels import Scale
from toolkit.agreement.resampling import Base, Measured, ratio
from toolkit.agreement.sums import measured_by_sums
from toolkit.agreement.table import Table

Measure = Callable[[Table], Measured]


def _alpha(level: Literal["nominal", "ordinal", "interval", "ratio", "masi", "jaccard"]) -> Measure:
    return lambda table: krippendorff_alpha(table, level)


def _cohen(weighting: Literal["linear", "quadratic"]) -> Measure:
    return lambda table: cohen_kappa(table, weighting)


def _ac2(weighting: Literal["ordinal", "linear", "quadratic"]) -> Measure:
    return lambda table: gwet_ac2(table, weighting)


MEASURES: Final[Mapping[Scale, Mapping[str, Measure]]] = {
    "nominal": {
        "alpha_nominal": krippendorff_alpha,
        "cohen_kappa": cohen_kappa,
        "fleiss_kappa": fleiss_kappa,
        "conger_kappa": conger_kappa,
        "gwet_ac1": gwet_ac1,
        "brennan_prediger": brennan_prediger,
        "percent_agreement": percent_agreement,
        "uncertainty": uncertainty,
        "consistency": consistency,
    },
    "ordinal": {
        "alpha_ordinal": _alpha("ordinal"),
        "cohen_kappa_linear": _cohen("linear"),
        "cohen_kappa_quadratic": _cohen("quadratic"),
        "gwet_ac2_ordinal": _ac2("ordinal"),
        "gwet_ac2_linear": _ac2("linear"),
        "gwet_ac2_quadratic": _ac2("quadratic"),
        "percent_agreement": percent_agreement,
    },
    "interval": {
        "alpha_interval": _alpha("interval"),
        "cohen_kappa_quadratic": _cohen("quadratic"),
        "gwet_ac2_linear": _ac2("linear"),
        "gwet_ac2_quadratic": _ac2("quadratic"),
        "percent_agreement": percent_agreement,
    },
    "ratio": {"alpha_ratio": _alpha("ratio"), "percent_agreement": percent_agreement},
    "set": {
        "alpha_masi": _alpha("masi"),
        "alpha_jaccard": _alpha("jaccard"),
        "alpha_nominal": krippendorff_alpha,
        "percent_agreement": percent_agreement,
    },
}
"""Level to its measures, the telling one first. Sets under ``alpha_nominal`` are equal or not.

``uncertainty`` is in nats, and less is better.
"""

OF_PAIRS: Final[Mapping[Scale, str]] = {
    "nominal": "cohen_kappa",
    "ordinal": "cohen_kappa_quadratic",
    "interval": "cohen_kappa_quadratic",
    "ratio": "alpha_ratio",
    "set": "alpha_masi",
}
"""Level to the measure that stands beside raw agreement for each pair of raters."""


def specific_agreement(table: Table, label: Any) -> Measured:
    """Return how far raters agree on one label, in a set or alone: of a pair that uses it, how often both do.

    It is the F1 of the label between pairs of raters. D. Cicchetti and A. Feinstein, "High agreement but low kappa: II"
    (1990), for many raters.
    """
    kept = table.pairable()
    has = [label in value if isinstance(value, frozenset) else label == value for value in table.values]
    given = (np.array([*has, False])[kept.codes]).sum(axis=1).astype(float)
    both, either = given * (given - 1), given * (kept.ratings - 1)
    return measured_by_sums(
        kept, (both, either), None, lambda sums: ratio(sums[:, 0], sums[:, 1]), table.base(), "no overlap"
    )


def with_others(table: Table, rater: str) -> Measured:
    """Return the share of one rater's pairs with others that are equal."""
    at = table.raters.index(rater)
    kept = table.pairable()
    kept = kept.where(np.flatnonzero(kept.codes[:, at] >= 0))
    equal = ((kept.codes == kept.codes[:, [at]]).sum(axis=1) - 1).astype(float)
    others = (kept.ratings - 1).astype(float)
    base = Base(
        units=len(kept.codes),
        single=int((table.codes[:, at] >= 0).sum()) - len(kept.codes),
        pairs=int(others.sum()),
        raters=int((kept.codes >= 0).any(axis=0).sum()),
        documents=len(np.unique(kept.documents)),
    )
    return measured_by_sums(kept, (equal, others), None, lambda sums: ratio(sums[:, 0], sums[:, 1]), base, "no overlap")


def pairs_of_raters(table: Table) -> list[tuple[str, str]]:
    """Return the pairs of raters who share a unit, those with the most units first."""
    rated = (table.codes >= 0).astype(float)
    shared = rated.T @ rated
    found = [(one, other) for one, other in combinations(range(len(table.raters)), 2) if shared[one, other]]
    found.sort(key=lambda pair: (-shared[pair], pair))
    return [(table.raters[one], table.raters[other]) for one, other in found]


def labels_of(table: Table) -> list[Any]:
    """Return the labels that were used, alone or in sets, the most frequent first."""
    counts: dict[Any, int] = {}
    times = np.bincount(table.codes[table.codes >= 0], minlength=len(table.values))
    for value, often in zip(table.values, times.tolist(), strict=True):
        for label in value if isinstance(value, frozenset) else (value,):
            counts[label] = counts.get(label, 0) + often
    return sorted(counts, key=lambda label: (-counts[label], label))
