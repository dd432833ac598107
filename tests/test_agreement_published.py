"""Agreement: every published answer comes out to its published digits, each row with its source."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from toolkit.agreement.alpha import krippendorff_alpha
from toolkit.agreement.kappa import (
    brennan_prediger,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    percent_agreement,
)
from toolkit.agreement.resampling import Measured
from toolkit.agreement.table import Rating, Table, tabulate

Measure = Callable[[Table], Measured]


def alpha(level: Any) -> Measure:
    return lambda table: krippendorff_alpha(table, level)


def cohen(weighting: Any) -> Measure:
    return lambda table: cohen_kappa(table, weighting)


def ac2(weighting: Any) -> Measure:
    return lambda table: gwet_ac2(table, weighting)


def by_unit(matrix: Sequence[Sequence[Any]]) -> Table:
    """A row a unit, a column a rater; None and the empty text are missing."""
    return tabulate(
        Rating(str(unit), str(unit), str(rater), value)
        for unit, row in enumerate(matrix)
        for rater, value in enumerate(row)
        if value not in {None, "", "."}
    )


def from_cells(cells: Sequence[Sequence[int]]) -> Table:
    """A contingency table of two raters."""
    return by_unit([(i, j) for i, row in enumerate(cells) for j, count in enumerate(row) for _ in range(count)])


def known(data: Path, name: str) -> dict[str, Any]:
    cases = json.loads((data / "agreement" / "known-answers.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(case for case in cases if case["name"] == name)
    return found


def read_csv(data: Path, folder: str, name: str, first: int = 0, *, numbers: bool = False) -> Table:
    with (data / "agreement" / folder / f"{name}.csv").open(encoding="utf-8") as file:
        rows = [row[first:] for row in list(csv.reader(file))[1:]]
    return by_unit([[float(cell) if numbers and cell else cell for cell in row] for row in rows])


def triples(data: Path, name: str) -> Table:
    """Sets stay sets."""
    rows = known(data, name)["triples"]
    return tabulate(
        Rating(unit, unit, rater, frozenset(value) if isinstance(value, list) else value) for rater, unit, value in rows
    )


def counts(rows: Sequence[Sequence[int]]) -> Table:
    """How many raters chose each category for each unit."""
    return by_unit([[category for category, count in enumerate(row) for _ in range(count)] for row in rows])


CASES: dict[str, Callable[[Path], Table]] = {
    "krippendorff-C": lambda data: by_unit(
        list(zip(*known(data, "krippendorff-C")["matrix_raters_x_units"], strict=True))
    ),
    "irrcac-raw4raters": lambda data: read_csv(data, "irrcac", "cac.raw4raters", 1),
    "irrcac-raw4raters-numbers": lambda data: read_csv(data, "irrcac", "cac.raw4raters", 1, numbers=True),
    "irrcac-agree": lambda data: read_csv(data, "irrcac", "agree.cac", 1),
    "irrcac-gender": lambda data: read_csv(data, "irrcac", "cac.raw.gender", 1),
    "irrcac-ben-gerry": lambda data: read_csv(data, "irrcac", "cac.ben.gerry", 2),
    "irrcac-abstractors": lambda data: from_cells(contingency(data)),
    "fleiss-1971": lambda data: by_unit(known(data, "fleiss-1971-diagnoses")["ratings_subjects_x_raters"]),
    "cran-irr-diagnoses": lambda data: read_csv(data, "cran-irr", "diagnoses"),
    "cran-irr-anxiety": lambda data: read_csv(data, "cran-irr", "anxiety", numbers=True),
    "cran-irr-video": lambda data: read_csv(data, "cran-irr", "video", numbers=True),
    "fleiss-wikipedia": lambda data: counts(known(data, "fleiss-wikipedia")["table_subjects_x_categories"]),
    "cohen-sas": lambda data: from_cells(known(data, "cohen-sas")["table"]),
    "fifty-proposals": lambda _: from_cells([[20, 5], [10, 15]]),
    "nltk-dress": lambda data: triples(data, "nltk-dress"),
    "sets": lambda data: triples(data, "set-valued-masi"),
}


def contingency(data: Path) -> list[list[int]]:
    with (data / "agreement" / "irrcac" / "cont3x3abstractors.csv").open(encoding="utf-8") as file:
        return [[int(cell) for cell in row[1:]] for row in list(csv.reader(file))[1:]]


PUBLISHED: list[tuple[str, str, Measure, str, str]] = [
    ("krippendorff-C", "alpha nominal", alpha("nominal"), "0.743421053", "nltk test_advanced; Krippendorff 2011"),
    ("krippendorff-C", "alpha ordinal", alpha("ordinal"), "0.815388", "krippendorff 0.9.0"),
    ("krippendorff-C", "alpha interval", alpha("interval"), "0.849107", "krippendorff 0.9.0"),
    ("krippendorff-C", "alpha ratio", alpha("ratio"), "0.797403", "krippendorff 0.9.0"),
    ("krippendorff-C", "AC1", gwet_ac1, "0.77544", "irrCAC"),
    ("krippendorff-C", "Fleiss", fleiss_kappa, "0.76117", "irrCAC"),
    ("krippendorff-C", "Brennan-Prediger", brennan_prediger, "0.77273", "irrCAC"),
    ("krippendorff-C", "Conger", conger_kappa, "0.76207", "irrCAC"),
    # The one rating of unit 12 is another rater's here: Conger alone, who knows raters apart, differs.
    ("irrcac-raw4raters", "Conger", conger_kappa, "0.76282", "irrCAC 0.4.4"),
    ("irrcac-raw4raters", "alpha nominal", alpha("nominal"), "0.74342", "irrCAC 0.4.4"),
    ("irrcac-raw4raters-numbers", "AC2 ordinal", ac2("ordinal"), "0.89894", "irrCAC 0.4.4"),
    ("irrcac-raw4raters-numbers", "AC2 linear", ac2("linear"), "0.85874", "irrCAC 0.4.4"),
    ("irrcac-raw4raters-numbers", "AC2 quadratic", ac2("quadratic"), "0.91400", "irrCAC 0.4.4"),
    ("irrcac-agree", "AC1", gwet_ac1, "0.22438", "irrCAC 0.4.4"),
    ("irrcac-agree", "Fleiss", fleiss_kappa, "0.14633", "irrCAC 0.4.4"),
    ("irrcac-agree", "alpha nominal", alpha("nominal"), "0.14881", "irrCAC 0.4.4"),
    ("irrcac-agree", "Brennan-Prediger", brennan_prediger, "0.20000", "irrCAC 0.4.4"),
    ("irrcac-agree", "Conger", conger_kappa, "0.18561", "irrCAC 0.4.4"),
    ("irrcac-gender", "AC1", gwet_ac1, "0.20808", "irrCAC 0.4.4"),
    ("irrcac-gender", "Conger", conger_kappa, "0.16572", "irrCAC 0.4.4"),
    ("irrcac-ben-gerry", "AC1", gwet_ac1, "0.66144", "irrCAC 0.4.4"),
    ("irrcac-ben-gerry", "Fleiss", fleiss_kappa, "0.64935", "irrCAC 0.4.4"),
    ("irrcac-ben-gerry", "alpha nominal", alpha("nominal"), "0.66489", "irrCAC 0.4.4"),
    ("irrcac-abstractors", "Cohen", cohen("none"), "0.7964094", "irrCAC's vignette"),
    ("irrcac-abstractors", "Scott's pi: Fleiss of two", fleiss_kappa, "0.7962397", "irrCAC's vignette"),
    ("irrcac-abstractors", "AC1", gwet_ac1, "0.8493305", "irrCAC's vignette"),
    ("irrcac-abstractors", "Brennan-Prediger", brennan_prediger, "0.835", "irrCAC's vignette"),
    ("irrcac-abstractors", "alpha nominal", alpha("nominal"), "0.7972585", "irrCAC's vignette"),
    ("irrcac-abstractors", "percent", percent_agreement, "0.89", "irrCAC's vignette"),
    ("fleiss-1971", "Fleiss", fleiss_kappa, "0.4302445", "R irr"),
    ("fleiss-1971", "Randolph", brennan_prediger, "0.444444", "statsmodels"),
    ("cran-irr-diagnoses", "Fleiss", fleiss_kappa, "0.4302445", "R irr"),
    ("cran-irr-anxiety", "Fleiss", fleiss_kappa, "-0.041076", "irrCAC 0.4.4"),
    ("cran-irr-anxiety", "AC2 quadratic", ac2("quadratic"), "0.535292", "irrCAC 0.4.4"),
    ("cran-irr-anxiety", "AC2 ordinal", ac2("ordinal"), "0.486134", "irrCAC 0.4.4"),
    ("cran-irr-anxiety", "AC2 linear", ac2("linear"), "0.325078", "irrCAC 0.4.4"),
    ("cran-irr-anxiety", "Conger", conger_kappa, "-0.018711", "irrCAC 0.4.4"),
    ("cran-irr-video", "AC1", gwet_ac1, "0.524560", "irrCAC 0.4.4"),
    ("cran-irr-video", "AC2 quadratic", ac2("quadratic"), "0.892124", "irrCAC 0.4.4"),
    ("cran-irr-video", "Conger", conger_kappa, "0.095106", "irrCAC 0.4.4"),
    ("fleiss-wikipedia", "Fleiss", fleiss_kappa, "0.209931", "statsmodels; printed 0.210"),
    ("cohen-sas", "Cohen", cohen("none"), "0.484163", "SAS; printed 0.4842"),
    ("cohen-sas", "Cohen linear", cohen("linear"), "0.47012", "SAS; printed 0.4701"),
    ("cohen-sas", "Cohen quadratic", cohen("quadratic"), "0.450161", "scikit-learn"),
    ("fifty-proposals", "Cohen", cohen("none"), "0.4", "two readers of fifty proposals"),
    ("nltk-dress", "alpha nominal", alpha("nominal"), "-0.333333", "nltk test_easy"),
    ("sets", "alpha MASI", alpha("masi"), "0.357143", "nltk"),
    ("sets", "alpha Jaccard", alpha("jaccard"), "0.470588", "nltk"),
    ("sets", "alpha binary", alpha("nominal"), "0.16", "nltk"),
]


@pytest.mark.parametrize(
    ("case", "measure", "published"),
    [pytest.param(case, measure, figure, id=f"{case} {name}") for case, name, measure, figure, _ in PUBLISHED],
)
def test_a_published_figure_comes_out_to_its_published_digits(
    shared_data: Path, case: str, measure: Measure, published: str
) -> None:
    value = measure(CASES[case](shared_data)).value
    assert value is not None
    digits = len(published.partition(".")[2])
    # Half a unit of the last digit, and a hair for the nine digits that we keep.
    assert abs(value - float(published)) <= 0.5 * 10**-digits + 1e-9


def test_the_interval_of_a_small_table_is_near_the_one_that_sas_prints(shared_data: Path) -> None:
    """SAS prints 0.2137 to 0.7547 for 19 units by a formula for large samples; resampling gives a wider one."""
    figure = cohen_kappa(CASES["cohen-sas"](shared_data))
    assert figure.low == pytest.approx(0.2137, abs=0.07)
    assert figure.high == pytest.approx(0.7547, abs=0.07)
