"""Agreement: on random tables the figures are those of other people's packages. For development: ``make peers``.

krippendorff is GPL and never a dependency; the others are heavy. Where a package is missing, its tests are skipped.
"""

import random
from typing import Any

import numpy as np
import pytest

from toolkit.agreement import alpha
from toolkit.agreement.alpha import krippendorff_alpha
from toolkit.agreement.kappa import brennan_prediger, cohen_kappa, conger_kappa, fleiss_kappa, gwet_ac1, gwet_ac2
from toolkit.agreement.pairs import Answered
from toolkit.agreement.table import Rating, Table, tabulate
from toolkit.agreement.texts import chrf

SEEDS = range(40)
CLOSE = 1e-8
"""We keep nine digits."""

Matrix = list[list[Any]]


def matrix(seed: int, raters: int | None = None, *, missing: bool = True) -> Matrix:
    """A row a unit, a column a rater; values from 1 that raters get right more or less often."""
    source = random.Random(seed)
    raters = raters or source.randint(2, 6)
    values, right = source.randint(2, 7), source.uniform(0.2, 0.95)
    rows: Matrix = []
    for _ in range(source.randint(5, 60)):
        truth = source.randint(1, values)
        row = [truth if source.random() < right else source.randint(1, values) for _ in range(raters)]
        rows.append([None if missing and source.random() < 0.2 else value for value in row])
    return [*rows, [1] * raters, [2] * raters]


def table(rows: Matrix) -> Table:
    return tabulate(
        Rating(str(unit), str(unit), f"{rater:03}", value)
        for unit, row in enumerate(rows)
        for rater, value in enumerate(row)
        if value is not None
    )


def peer(name: str, of: str) -> Any:
    return pytest.importorskip(name, reason=f"{of} is not installed; `make peers` installs it")


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_is_that_of_krippendorff(seed: int, level: Any) -> None:
    krippendorff = peer("krippendorff", "krippendorff")
    rows = matrix(seed)
    data = np.array([[np.nan if value is None else float(value) for value in row] for row in rows]).T
    theirs = krippendorff.alpha(reliability_data=data, level_of_measurement=level)
    assert krippendorff_alpha(table(rows), level).value == pytest.approx(theirs, abs=CLOSE)


@pytest.mark.parametrize("level", ["ordinal", "interval", "ratio"])
@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_of_real_numbers_is_that_of_krippendorff(seed: int, level: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    krippendorff = peer("krippendorff", "krippendorff")
    # The peer holds units times values squared; a small table here takes the way that ours takes for large ones.
    monkeypatch.setattr(alpha, "_ALL_PAIRS", 10)
    source = random.Random(seed)
    truths = [source.lognormvariate(0, 3) for _ in range(30)]
    rows: Matrix = [[truth * source.lognormvariate(0, 0.5) for _ in range(2)] for truth in truths]
    theirs = krippendorff.alpha(reliability_data=np.array(rows).T, level_of_measurement=level)
    assert krippendorff_alpha(table(rows), level).value == pytest.approx(theirs, abs=CLOSE)


@pytest.mark.parametrize("weighting", ["none", "linear", "quadratic"])
@pytest.mark.parametrize("seed", SEEDS)
def test_kappa_is_that_of_scikit_learn(seed: int, weighting: Any) -> None:
    metrics = peer("sklearn.metrics", "scikit-learn")
    rows = matrix(seed, 2, missing=False)
    used = sorted({value for row in rows for value in row})
    # scikit-learn weighs by places, we by the numbers: places are given to both.
    rows = [[used.index(value) for value in row] for row in rows]
    one, other = zip(*rows, strict=True)
    theirs = metrics.cohen_kappa_score(one, other, weights=None if weighting == "none" else weighting)
    assert cohen_kappa(table(rows), weighting).value == pytest.approx(theirs, abs=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_fleiss_and_randolph_are_those_of_statsmodels(seed: int) -> None:
    inter_rater = peer("statsmodels.stats.inter_rater", "statsmodels")
    rows = matrix(seed, missing=False)
    counts, _ = inter_rater.aggregate_raters(np.array(rows))
    ours = table(rows)
    assert fleiss_kappa(ours).value == pytest.approx(inter_rater.fleiss_kappa(counts), abs=CLOSE)
    assert brennan_prediger(ours).value == pytest.approx(inter_rater.fleiss_kappa(counts, method="rand"), abs=CLOSE)


@pytest.mark.parametrize("weighting", ["none", "linear", "quadratic"])
@pytest.mark.parametrize("seed", SEEDS)
def test_kappa_of_two_is_that_of_statsmodels(seed: int, weighting: Any) -> None:
    inter_rater = peer("statsmodels.stats.inter_rater", "statsmodels")
    rows = matrix(seed, 2, missing=False)
    used = sorted({value for row in rows for value in row})
    cells = np.zeros((len(used), len(used)))
    for one, other in rows:
        cells[used.index(one), used.index(other)] += 1
    kind = {"none": None, "linear": "linear", "quadratic": "quadratic"}[weighting]
    theirs = inter_rater.cohens_kappa(cells, wt=kind, return_results=False)
    places = [[used.index(value) for value in row] for row in rows]
    assert cohen_kappa(table(places), weighting).value == pytest.approx(theirs, abs=CLOSE)


@pytest.mark.parametrize("distance", ["masi", "jaccard", "nominal"])
@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_of_sets_is_that_of_nltk(seed: int, distance: Any) -> None:
    agreement, metrics = peer("nltk.metrics.agreement", "nltk"), peer("nltk.metrics", "nltk")
    source = random.Random(seed)
    named = {"masi": metrics.masi_distance, "jaccard": metrics.jaccard_distance, "nominal": metrics.binary_distance}
    triples = [
        (f"c{rater}", str(unit), frozenset(source.sample("ABCD", source.randint(1, 3))))
        for unit in range(30)
        for rater in range(3)
        if source.random() < 0.8 or unit < 2
    ]
    theirs = agreement.AnnotationTask(data=triples, distance=named[distance]).alpha()
    ours = tabulate(Rating(unit, unit, rater, value) for rater, unit, value in triples)
    assert krippendorff_alpha(ours, distance).value == pytest.approx(theirs, abs=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_chrf_is_that_of_sacrebleu(seed: int) -> None:
    theirs = peer("sacrebleu.metrics", "sacrebleu").CHRF(char_order=6, word_order=0, beta=1)
    source = random.Random(seed)
    words = ["the", "sum", "of", "合同", "甲方", "支付", "$5", "payment", "due", "  ", "\n"]
    one, other = (" ".join(source.choices(words, k=source.randint(1, 12))) for _ in "ab")
    ours = chrf([Answered("d", "u", "a", one), Answered("d", "u", "b", other)])
    assert ours.value == pytest.approx(theirs.sentence_score(one, [other]).score / 100, abs=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_chance_corrected_figures_with_missing_ratings_are_those_of_irrcac(seed: int) -> None:
    raw = peer("irrCAC.raw", "irrCAC (it needs pandas < 3, so an environment of its own)")
    pandas = peer("pandas", "pandas")
    rows = matrix(seed)
    frame = pandas.DataFrame([[np.nan if value is None else float(value) for value in row] for row in rows])
    ours = table(rows)
    for weighting, name in (("none", "identity"), ("linear", "linear"), ("quadratic", "quadratic"),
                            ("ordinal", "ordinal")):  # fmt: skip
        theirs = raw.CAC(frame, weights=name, digits=9)
        assert gwet_ac2(ours, weighting).value == pytest.approx(value_of(theirs.gwet()), abs=CLOSE)  # type: ignore[arg-type]
    theirs = raw.CAC(frame, digits=9)
    for measure, of in ((gwet_ac1, "gwet"), (fleiss_kappa, "fleiss"), (brennan_prediger, "bp"),
                        (conger_kappa, "conger")):  # fmt: skip
        assert measure(ours).value == pytest.approx(value_of(getattr(theirs, of)()), abs=CLOSE)


def value_of(result: dict[str, Any]) -> float:
    return float(result["est"]["coefficient_value"])
