"""Agreement: published answers come out, what has no answer says so, and names and order do not matter."""

import csv
import json
import random
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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

Matrix = Sequence[Sequence[Any]]
Measure = Callable[[Table], Measured]

alpha: Measure = krippendorff_alpha


def ordinal(table: Table) -> Measured:
    return krippendorff_alpha(table, "ordinal")


def interval(table: Table) -> Measured:
    return krippendorff_alpha(table, "interval")


def masi(table: Table) -> Measured:
    return krippendorff_alpha(table, "masi")


def ratio(table: Table) -> Measured:
    return krippendorff_alpha(table, "ratio")


def quadratic(table: Table) -> Measured:
    return cohen_kappa(table, "quadratic")


NOMINAL: tuple[Measure, ...] = (alpha, cohen_kappa, fleiss_kappa, conger_kappa, gwet_ac1, brennan_prediger)
NUMERIC: tuple[Measure, ...] = (
    *NOMINAL,
    ordinal,
    interval,
    lambda table: cohen_kappa(table, "linear"),
    quadratic,
    lambda table: gwet_ac2(table, "linear"),
    lambda table: gwet_ac2(table, "quadratic"),
    lambda table: gwet_ac2(table, "ordinal"),
)


def width(figure: Measured) -> float:
    assert figure.low is not None
    assert figure.high is not None
    return figure.high - figure.low


def by_rater(matrix: Matrix) -> Table:
    """A row a rater, a column a unit, None where nothing was said; each unit is a document."""
    return tabulate(
        Rating(str(unit), str(unit), str(rater), value)
        for rater, row in enumerate(matrix)
        for unit, value in enumerate(row)
        if value is not None
    )


def by_unit(matrix: Iterable[Sequence[Any]]) -> Table:
    return by_rater(list(zip(*matrix, strict=True)))


def from_cells(cells: Matrix) -> Table:
    """A contingency table of two raters."""
    return by_unit((one, other) for one, row in enumerate(cells) for other, n in enumerate(row) for _ in range(n))


FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
"""The "C" data of K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011)."""


@pytest.fixture(scope="module")
def known(shared_data: Path) -> dict[str, dict[str, Any]]:
    cases = json.loads((shared_data / "agreement" / "known-answers.json").read_text(encoding="utf-8"))
    return {case["name"]: case for case in cases}


@pytest.mark.parametrize(
    ("measure", "published"),
    [
        (alpha, 0.743421052632),
        (ordinal, 0.815388),
        (interval, 0.849107),
        (gwet_ac1, 0.77544),
        (fleiss_kappa, 0.76117),
    ],
)
def test_four_observers_with_missing_values_give_the_published_figures(measure: Measure, published: float) -> None:
    figure = measure(by_rater(FOUR_OBSERVERS))
    assert figure.value == pytest.approx(published, abs=5e-6 if published in {0.77544, 0.76117} else 1e-6)
    assert (figure.units, figure.single, figure.raters) == (11, 1, 4)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high


def test_the_four_observers_are_the_published_ones(known: dict[str, dict[str, Any]]) -> None:
    assert known["krippendorff-C"]["matrix_raters_x_units"] == FOUR_OBSERVERS


def test_fleiss_gives_the_published_figures(known: dict[str, dict[str, Any]]) -> None:
    patients = by_unit(known["fleiss-1971-diagnoses"]["ratings_subjects_x_raters"])
    assert fleiss_kappa(patients).value == pytest.approx(0.4302445, abs=1e-6)
    counts = known["fleiss-wikipedia"]["table_subjects_x_categories"]
    subjects = by_unit([category for category, n in enumerate(row) for _ in range(n)] for row in counts)
    assert fleiss_kappa(subjects).value == pytest.approx(0.209931, abs=1e-6)


@pytest.mark.parametrize(("weighting", "published"), [("none", 0.484163), ("linear", 0.47012), ("quadratic", 0.450161)])
def test_cohen_gives_the_published_figures(known: dict[str, dict[str, Any]], weighting: Any, published: float) -> None:
    table = from_cells(known["cohen-sas"]["table"])
    assert cohen_kappa(table, weighting).value == pytest.approx(published, abs=1e-6)


def test_fifty_proposals_give_a_kappa_of_four_tenths() -> None:
    assert cohen_kappa(from_cells([[20, 5], [10, 15]])).value == 0.4


def test_units_with_one_rating_are_ignored_and_counted(known: dict[str, dict[str, Any]]) -> None:
    table = tabulate(Rating(unit, unit, rater, value) for rater, unit, value in known["nltk-dress"]["triples"])
    figure = alpha(table)
    assert figure.value == pytest.approx(-1 / 3, abs=1e-6)
    assert (figure.units, figure.single, figure.pairs) == (2, 1, 4)


def test_sets_of_labels_give_the_published_figures(known: dict[str, dict[str, Any]]) -> None:
    triples = known["set-valued-masi"]["triples"]
    table = tabulate(Rating(unit, unit, rater, frozenset(value)) for rater, unit, value in triples)
    assert masi(table).value == pytest.approx(0.357143, abs=1e-6)
    assert alpha(table).value == pytest.approx(0.16, abs=1e-6)


def test_two_judgments_of_real_abstracts_agree_as_often_as_counted(shared_data: Path) -> None:
    items = json.loads((shared_data / "medical" / "pubmedqa" / "ori_pqal.json").read_text(encoding="utf-8"))
    table = tabulate(
        Rating(name, name, judgment, item[judgment])
        for name, item in items.items()
        for judgment in ("reasoning_required_pred", "reasoning_free_pred")
    )
    raw, figure = percent_agreement(table), alpha(table)
    assert (raw.units, raw.pairs) == (716, 716)
    assert raw.value == pytest.approx(508 / 716, abs=1e-9)
    # With two raters and no gaps, alpha is kappa with pooled shares, corrected for a finite sample.
    pooled = [item[j] for item in items.values() for j in ("reasoning_required_pred", "reasoning_free_pred")]
    expected = 1 - sum(pooled.count(v) * (pooled.count(v) - 1) for v in set(pooled)) / (len(pooled) * (len(pooled) - 1))
    assert figure.value == pytest.approx(1 - (208 / 716) / expected, abs=1e-9)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high < 0.7


def test_ratings_by_hundreds_of_real_workers_are_measured_in_seconds(shared_data: Path) -> None:
    with (shared_data / "agreement" / "crowdtruth" / "mace_rte.standardized.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    workers = len(rows[0])
    started = time.perf_counter()
    table = by_unit([value or None for value in row] for row in rows)
    figure = alpha(table)
    assert time.perf_counter() - started < 10
    assert (figure.raters, figure.units, figure.single) == (workers, 800, 0)
    # The pairs counted one by one: observed over expected disagreement.
    answers = [[value for value in row if value] for row in rows]
    total = sum(map(len, answers))
    ones = sum(row.count("1") for row in answers)
    observed = sum(2 * row.count("1") * row.count("0") / (len(row) - 1) for row in answers) / total
    expected = 2 * ones * (total - ones) / (total * (total - 1))
    assert figure.value == pytest.approx(1 - observed / expected, abs=1e-9)


@pytest.mark.parametrize("measure", NUMERIC)
def test_one_label_throughout_is_undefined_beside_full_raw_agreement(measure: Measure) -> None:
    table = by_rater([[1, 1, 1, 1], [1, 1, 1, 1]])
    assert (measure(table).value, measure(table).undefined) == (None, "no variation")
    assert percent_agreement(table).value == 1.0


@pytest.mark.parametrize("measure", [*NUMERIC, masi, percent_agreement])
def test_what_cannot_be_measured_says_why_without_a_warning(measure: Measure) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert measure(tabulate([])).undefined == "no data"
        assert measure(by_rater([[1, 2, 3]])).undefined == "no overlap"
        nothing_shared = measure(by_rater([[1, None, 2], [None, 1, None]]))
    assert (nothing_shared.undefined, nothing_shared.units, nothing_shared.single) == ("no overlap", 0, 3)


def test_a_rater_who_always_says_the_same_gets_kappa_raw_agreement_and_ac1_side_by_side() -> None:
    table = by_rater([["no"] * 100, ["yes"] * 5 + ["no"] * 95])
    assert cohen_kappa(table).value == 0.0
    assert percent_agreement(table).value == 0.95
    assert (gwet_ac1(table).value or 0) > 0.94


def test_a_ratio_of_numbers_below_zero_is_undefined() -> None:
    assert ratio(by_rater([[1, -2, 3], [1, 2, 3]])).undefined == "negative values"


def test_sets_too_many_to_compare_are_undefined() -> None:
    sets = [frozenset({str(place)}) for place in range(4_001)]
    assert masi(by_rater([sets, sets])).undefined == "too many values"


def test_many_different_numbers_have_the_ratio_figure_that_all_their_pairs_give() -> None:
    source = random.Random(6)
    truths = [0.0, *(source.lognormvariate(0, 3) for _ in range(700))]
    rows = [[truth, truth * source.lognormvariate(0, 0.7)] for truth in truths]
    given = np.array(rows).ravel()
    assert len(set(given)) > 1_000
    larger, smaller = np.maximum.outer(given, given), np.minimum.outer(given, given)
    apart = ((larger - smaller) / np.where(larger > 0, larger + smaller, 1)) ** 2
    observed = sum(2 * ((one - other) / (one + other)) ** 2 for one, other in rows if one + other)
    expected = apart.sum() / (len(given) - 1)
    figure = ratio(by_unit(rows))
    assert figure.value == pytest.approx(1 - observed / expected, abs=1e-8)
    assert figure.low is not None


def test_more_values_than_a_matrix_holds_are_summed_to_the_same_figures() -> None:
    """Beyond 256 values sums are kept sparse; a table whose values are renamed to fewer shows the same raw part."""
    source = random.Random(12)
    truths = [source.randrange(900) for _ in range(600)]
    rows = [[truth, truth if source.random() < 0.7 else source.randrange(900), truth] for truth in truths]
    ratings = [value for row in rows for value in row]
    shares = [ratings.count(value) / len(ratings) for value in set(ratings)]
    raw = sum((row[0] == row[1]) + (row[1] == row[2]) + (row[0] == row[2]) for row in rows) / (3 * len(rows))
    chance = sum(share**2 for share in shares)
    assert fleiss_kappa(by_unit(rows)).value == pytest.approx((raw - chance) / (1 - chance), abs=1e-9)
    pooled = 1 - sum(ratings.count(v) * (ratings.count(v) - 1) for v in set(ratings)) / (1800 * 1799)
    assert alpha(by_unit(rows)).value == pytest.approx(1 - (1 - raw) / pooled, abs=1e-9)


def test_few_documents_have_an_interval_as_wide_as_students_t_asks() -> None:
    source = random.Random(7)
    shares = [source.random() for _ in range(12)]
    rows = [(d, unit, source.random() < share) for d, share in enumerate(shares) for unit in range(50)]
    table = tabulate(Rating(str(d), f"{d}-{u}", r, r == "a" or same) for d, u, same in rows for r in "ab")
    figure = percent_agreement(table)
    means = np.array([np.mean([same for one, _, same in rows if one == d]) for d in range(12)])
    by_t = 2 * 2.201 * means.std(ddof=1) / 12**0.5  # the quantile of t with 11 degrees of freedom
    assert width(figure) == pytest.approx(by_t, rel=0.08)


def test_draws_without_a_rare_rater_know_only_the_others() -> None:
    source = random.Random(2)
    chance = [[source.choice("xy"), source.choice("xy"), None] for _ in range(300)]
    figure = conger_kappa(by_unit([*chance, ["x", "y", "x"]]))
    assert width(figure) < 0.3
    assert figure.high is not None
    assert figure.high < 0.2


def test_cohen_refuses_three_raters() -> None:
    assert cohen_kappa(by_rater([[1, 2], [1, 2], [2, 2]])).undefined == "not two raters"


def test_one_document_has_a_figure_but_no_interval() -> None:
    table = tabulate(Rating("only", str(unit), rater, unit % 2) for unit in range(10) for rater in "ab")
    assert (alpha(table).value, alpha(table).low, alpha(table).high) == (1.0, None, None)


def test_documents_that_are_all_alike_give_no_interval_of_no_width() -> None:
    agreed = [[unit % 2, unit % 2] for unit in range(20)]
    for measure in (percent_agreement, gwet_ac1, alpha):
        figure, less = measure(by_unit(agreed)), measure(by_unit([*agreed, [0, 1]]))
        assert (figure.value, figure.low, figure.high) == (1.0, None, None)
        assert less.low is not None


def test_an_interval_of_few_documents_that_mostly_agree_covers_what_is_true() -> None:
    draw, covered, given = np.random.default_rng(5), 0, 0
    for _ in range(300):
        figure = percent_agreement(by_unit([0, int(differ)] for differ in draw.random(20) < 0.05))
        if figure.low is not None and figure.high is not None:
            given += 1
            covered += figure.low <= 0.95 <= figure.high
    assert given > 150
    assert covered / given > 0.93


def test_a_rare_label_that_most_draws_miss_gives_no_interval() -> None:
    figure = alpha(by_rater([["a"] * 30 + ["b"], ["a"] * 30 + ["b"]]))
    assert (figure.value, figure.low) == (1.0, None)


def test_passages_of_one_document_make_the_interval_wider() -> None:
    source = random.Random(5)
    rows = [(unit, source.random() < 0.8) for unit in range(200)]
    # Ten documents of twenty passages; within a document all agree or all disagree.
    alone = tabulate(Rating(str(u), str(u), r, "x" if r == "a" or same else "y") for u, same in rows for r in "ab")
    same_in = {document: document < 8 for document in range(10)}
    together = tabulate(
        Rating(str(u % 10), str(u), r, "x" if r == "a" or same_in[u % 10] else "y") for u, _ in rows for r in "ab"
    )
    narrow, wide = percent_agreement(alone), percent_agreement(together)
    assert width(wide) > 2 * width(narrow)


matrices = st.lists(
    st.lists(st.sampled_from([None, 1, 2, 3]), min_size=2, max_size=2)
    | st.lists(st.sampled_from([1, 2, 3]), min_size=2, max_size=2),
    min_size=1,
    max_size=12,
)
"""Rows of units, two raters, with gaps."""

wide_matrices = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(st.sampled_from([None, 1, 2, 3]), min_size=raters, max_size=raters), min_size=1, max_size=12
    )
)


@settings(deadline=None, max_examples=25)
@given(matrix=matrices, order=st.randoms(use_true_random=False))
def test_names_and_order_change_no_figure(matrix: list[list[int | None]], order: random.Random) -> None:
    plain = by_unit(matrix)
    shuffled = order.sample(matrix, len(matrix))
    renamed = {1: "zeta", 2: "alpha", 3: "mid", None: None}
    other = by_unit([[renamed[value] for value in reversed(row)] for row in shuffled])
    for measure in (*NOMINAL, percent_agreement):
        assert measure(plain).value == measure(other).value
        assert measure(plain).undefined == measure(other).undefined


@settings(deadline=None, max_examples=25)
@given(matrix=wide_matrices)
def test_no_table_crashes_or_warns_and_alpha_is_at_most_one(matrix: list[list[int | None]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for measure in (*NUMERIC, percent_agreement):
            figure = measure(by_unit(matrix))
            assert (figure.value is None) == (figure.undefined is not None)
            assert figure.value is None or figure.value <= 1
            assert figure.low is None or figure.high is None or figure.low <= figure.high


@settings(deadline=None, max_examples=25)
@given(matrix=matrices, value=st.sampled_from([1, 2, 3, -4, 10**9]))
def test_a_unit_with_one_rating_changes_nothing(matrix: list[list[int | None]], value: int) -> None:
    for measure in (alpha, ordinal, interval, ratio, cohen_kappa, quadratic, percent_agreement):
        before, after = measure(by_unit(matrix)), measure(by_unit([*matrix, [value, None]]))
        assert (before.value, before.low, before.high) == (after.value, after.low, after.high)


@settings(deadline=None, max_examples=25)
@given(values=st.lists(st.integers(-(10**15), 10**15), min_size=2, max_size=12), raters=st.integers(2, 4))
def test_raters_who_always_agree_reach_one_when_there_is_variation(values: list[int], raters: int) -> None:
    table = by_rater([values] * raters)
    for measure in (*NUMERIC, percent_agreement):
        figure = measure(table)
        if figure.undefined is None:
            assert figure.value == 1.0
        else:
            assert figure.undefined == "not two raters" or len(set(values)) == 1


def test_numbers_of_any_size_are_measured() -> None:
    for scale in (1e-300, 1.0, 1e300):
        assert interval(by_rater([[scale, 2 * scale, 3 * scale], [scale, 2 * scale, 1.5 * scale]])).value is not None
    assert interval(by_rater([[-1.7e308, 1.7e308], [-1.7e308, 1.7e308]])).value == 1.0


NEAR = [(1, 1), (2, 3), (3, 3), (5, 4), (2, 2), (1, 2), (4, 4)]


@pytest.mark.parametrize("measure", NUMERIC[len(NOMINAL) :])
@pytest.mark.parametrize("origin", [2 * 10**9, 2 * 10**12, 2 * 10**15])
def test_times_agree_as_far_as_the_times_since_any_other_moment(measure: Measure, origin: int) -> None:
    near, far = measure(by_unit(NEAR)), measure(by_unit([(origin + one, origin + other) for one, other in NEAR]))
    assert (far.value, far.low, far.high) == (near.value, near.low, near.high)


@pytest.mark.parametrize("measure", [interval, quadratic])
def test_an_amount_that_stands_out_takes_no_digits_from_the_draws_without_it(measure: Measure) -> None:
    figures = [measure(by_unit([*NEAR, (far, far * 1.001)])) for far in (10**7, 10**12)]
    assert figures[0].low == pytest.approx(figures[1].low, abs=1e-6)
    assert figures[0].low == pytest.approx(0.5, abs=0.2)


def test_chance_alone_gives_an_interval_around_zero() -> None:
    source = random.Random(3)
    table = by_rater([[source.choice("abc") for _ in range(300)] for _ in range(3)])
    for measure in (alpha, fleiss_kappa, gwet_ac1):
        figure = measure(table)
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < 0 < figure.high


def test_the_interval_is_the_same_on_every_run_and_in_any_order() -> None:
    source = random.Random(8)
    rows = [Rating(str(u), str(u), r, source.choice("ab")) for u in range(50) for r in "xyz"]
    assert alpha(tabulate(rows)) == alpha(tabulate(source.sample(rows, len(rows))))


def test_every_measure_of_a_thousand_items_by_three_raters_takes_at_most_two_seconds_together() -> None:
    source = random.Random(1)
    rows = []
    for unit in range(1000):
        truth = source.randrange(5)
        for rater in "abc":
            value = truth if source.random() < 0.85 else source.randrange(5)
            rows.append(Rating(str(unit), str(unit), rater, value))
    table = tabulate(rows)
    started = time.process_time()
    for measure in (*NUMERIC, ratio, percent_agreement):
        measure(table)
    assert time.process_time() - started < 2
