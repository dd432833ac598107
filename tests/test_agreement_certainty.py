"""Uncertainty and consistency: the published answers, and intervals that know that skills are estimates."""

import json
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.agreement.certainty import (
    consistencies,
    consistency,
    majority,
    majority_skills,
    uncertainties,
    uncertainty,
)
from toolkit.agreement.of_file import agreement
from toolkit.agreement.resampling import Floats, kept_statistics
from toolkit.agreement.table import Rating, Table, tabulate

TOY = ("n y y y y", "y y n y n", ". y n y n", "y n y y n", "n n n y n")
"""A row a rater, a column a unit: the toy answers of crowd-kit's tests (tests/conftest.py, 2025-01)."""
SKILLS = np.array([0.6, 0.8, 1.0, 0.4, 0.8])
"""Of its raters, as crowd-kit's tests give them for uncertainty."""
EXACT = 4e-16


def table(*raters: str) -> Table:
    return tabulate(
        Rating(str(unit), str(unit), str(rater), value)
        for rater, row in enumerate(raters)
        for unit, value in enumerate(row.split())
        if value != "."
    )


def test_uncertainty_is_the_published_one_to_every_digit() -> None:
    assert uncertainties(table(*TOY), SKILLS).mean() == pytest.approx(0.6308666201949331, rel=EXACT)
    assert uncertainties(table("y", "n", "m"), np.ones(3))[0] == pytest.approx(1.0986122886681096, rel=EXACT)
    assert uncertainties(table("y", "n", "m"), np.ones(3))[0] == pytest.approx(log(3), rel=EXACT)
    assert uncertainties(table("y y", "n y"), np.ones(2)) == pytest.approx([0.693147, 0.0], abs=1e-6)
    assert uncertainties(table("y", "y"), np.ones(2)) == [0.0]


def test_consistency_is_the_published_one_to_every_digit() -> None:
    toy = table(*TOY)
    assert majority_skills(toy) == pytest.approx(SKILLS, rel=EXACT)
    assert consistencies(toy, majority_skills(toy)).mean() == pytest.approx(0.9384615384615385, rel=EXACT)
    assert consistency(toy).value == pytest.approx(0.9384615384615385, abs=1e-9)


def test_a_unit_with_one_rating_leaves_no_doubt_and_so_does_not_count() -> None:
    alone = table("y n y", "n n .", "n . .")
    assert uncertainty(alone).value == pytest.approx((log(3) - log(4) / 3) / 2, abs=1e-9)
    for measure in (uncertainty, consistency):
        assert (measure(alone).units, measure(alone).single) == (2, 1)


def test_of_two_raters_who_differ_neither_is_the_majority() -> None:
    pair = table("y n y n", "n n y n")
    assert (consistency(pair).value, consistency(pair).undefined) == (None, "too few raters")
    assert uncertainty(pair).value == pytest.approx(log(2) / 4, abs=1e-9)


def test_a_file_of_labels_tells_both_with_intervals(tmp_path: Path) -> None:
    rows = [
        {"item": unit, "rater": rater, "value": value}
        for rater, row in enumerate(TOY)
        for unit, value in enumerate(row.split() * 4)
        if value != "."
    ]
    file = tmp_path / "toy.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = agreement(file).measures
    for name in ("uncertainty", "consistency"):
        one = found[name]
        assert one.low is not None
        assert one.high is not None
        assert one.value is not None
        assert one.low < one.value < one.high
    assert found["consistency"].value == pytest.approx(0.9384615384615385, abs=1e-9)
    assert found["alpha_nominal"].value == pytest.approx(0.14, abs=0.03), "high consistency is no agreement"


def refitted(found: Table, weights: Floats) -> float:
    """The consistency of units that count as often as their weights say, with skills of their own."""
    right = (found.codes == majority(found)[:, None]) * weights[:, None]
    rated = (found.codes >= 0) * weights[:, None]
    return float(weights @ consistencies(found, right.sum(axis=0) / rated.sum(axis=0)) / weights.sum())


@given(st.integers(0, 10_000), st.integers(3, 5), st.integers(2, 4))
def test_the_interval_of_consistency_follows_the_skills_that_each_resample_would_have(
    seed: int, raters: int, values: int
) -> None:
    random = np.random.default_rng(seed)
    codes = random.integers(values, size=(12, raters))
    codes[:, 2:][random.random((12, raters - 2)) < 0.2] = -1
    found = Table(tuple(map(str, range(values))), codes, np.arange(12), tuple(map(str, range(raters))))
    with kept_statistics() as kept:
        consistency(found)
    step = 1e-5 * np.eye(12)
    ours = kept[0].statistic(1 + step) - kept[0].statistic(1 - step)
    exact = np.array([refitted(found, 1 + more) - refitted(found, 1 - more) for more in step])
    assert ours / 2e-5 == pytest.approx(exact / 2e-5, abs=1e-6)
