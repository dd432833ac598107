"""The model of annotators: the paper's own figures, what holds for any ratings, and a peer's figures on real ones."""

import csv
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.agreement.dawid_skene import Model, dawid_skene, weighted_vote
from toolkit.agreement.table import Rating, Table, tabulate

ROOT = Path(__file__).parent.parent

# Dawid and Skene (1979), table 1: 45 patients, five anaesthetists, the first of whom judged three times. One word a
# patient: his three judgments, then the others'. Copied from the table in dallascard/dawid_skene on GitHub;
# data/anesthesia in jeffreypullin/rater has the same, but for one of the first's judgments of patient 7.
PATIENTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212 1211111
1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121
1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""


def patients(raters: str) -> Table:
    codes = np.array([[int(one) - 1 for one in word] for word in PATIENTS.split()])
    return Table((1, 2, 3, 4), codes, np.arange(45), tuple(raters))


def majority(table: Table) -> Any:
    counts = np.stack([(table.codes == code).sum(axis=1) for code in range(len(table.values))], axis=1)
    return counts.argmax(axis=1)


def table_of(codes: Any, values: int) -> Table:
    names = tuple(f"r{rater:03}" for rater in range(codes.shape[1]))
    return Table(tuple(range(values)), np.asarray(codes), np.arange(len(codes)), names)


def drawn(seed: int, chances: Any, units: int, missing: float = 0.0) -> tuple[Any, Table]:
    """True values, evenly many of each, and ratings by confusion matrices of shape (raters, true, given)."""
    draw = np.random.default_rng(seed)
    chances = np.asarray(chances, dtype=float)
    truth = draw.integers(0, chances.shape[1], units)
    below = chances.cumsum(axis=2)[:, truth, :-1]
    codes = (draw.random((len(chances), units, 1)) > below).sum(axis=2).T
    codes[draw.random(codes.shape) < missing] = -1
    return truth, table_of(codes, chances.shape[1])


def alike(accuracy: float, values: int) -> Any:
    return np.where(np.eye(values, dtype=bool), accuracy, (1 - accuracy) / (values - 1))


def right(model: Model, truth: Any) -> float:
    return float((model.labels() == truth).mean())


def test_the_papers_patients_come_out_as_published() -> None:
    model = dawid_skene(patients("aaabcde"))
    assert np.round(model.priors, 2).tolist() == [0.4, 0.42, 0.11, 0.07]
    assert np.bincount(model.labels()).tolist() == [18, 19, 5, 3]
    assert model.converged
    assert model.confusion.shape == (5, 4, 4)


def test_it_judges_two_of_the_papers_patients_differently_from_most() -> None:
    labels, most = dawid_skene(patients("aaabcde")).labels(), majority(patients("abcdefg"))
    # On patient 12 as many said 2 as said 3.
    assert [int(patient) + 1 for patient in np.flatnonzero(labels != most)] == [2, 12, 36]


def test_each_raters_own_mistakes_are_found_in_rows_of_true_values() -> None:
    lopsided = [[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.3, 0.7]]
    good = alike(0.9, 3)
    truth, table = drawn(3, [lopsided, good, good, good, good], 4000)
    model = dawid_skene(table)
    assert np.abs(model.confusion[0] - lopsided).max() < 0.06
    assert np.abs(model.confusion[1:] - good).max() < 0.06
    assert np.abs(model.priors - 1 / 3).max() < 0.03
    assert model.accuracies()[0] == pytest.approx((0.5 + 1.0 + 0.7) / 3, abs=0.04)
    assert right(model, truth) > (majority(table) == truth).mean()
    # Machines differ in the digits behind these.
    assert (model.posterior == np.round(model.posterior, 9)).all()


def test_the_likelihood_never_falls_and_the_end_is_reached() -> None:
    _, table = drawn(4, [alike(0.75, 4)] * 6, 400, missing=0.2)
    model = dawid_skene(table)
    steps = np.diff(model.log_likelihoods)
    assert (steps > -1e-6).all()
    assert model.log_likelihoods[-1] > model.log_likelihoods[0] + 1
    assert model.converged
    assert len(model.log_likelihoods) > 5
    assert not dawid_skene(table, most_iterations=3).converged


def test_the_likelihood_is_that_of_the_ratings() -> None:
    _, table = drawn(5, [alike(0.8, 3)] * 3, 50)
    model = dawid_skene(table)
    by_hand = 0.0
    for codes in table.codes:
        chances = [
            model.priors[true] * np.prod([model.confusion[rater, true, code] for rater, code in enumerate(codes)])
            for true in range(3)
        ]
        by_hand += np.log(sum(chances))
    assert model.log_likelihoods[-1] == pytest.approx(by_hand, abs=1e-6)


def test_known_units_never_move_and_teach_who_errs() -> None:
    # Two of three always say the opposite: without the known units the one who is right is outvoted.
    liar, honest = [[0.05, 0.95], [0.95, 0.05]], alike(0.95, 2)
    truth, table = drawn(6, [liar, liar, honest], 400)
    known = {unit: int(truth[unit]) for unit in range(20)}
    blind, told = dawid_skene(table), dawid_skene(table, known)
    assert right(blind, truth) < 0.1
    assert right(told, truth) > 0.9
    assert told.posterior[range(20), truth[:20]].tolist() == [1.0] * 20
    assert right(weighted_vote(table, known), truth) > 0.9


def test_equally_likely_values_end_with_the_first_whatever_the_order() -> None:
    codes = np.array([[0, 1], [1, 0]] * 10)
    for order in (codes, codes[::-1], codes[:, ::-1]):
        model = dawid_skene(table_of(order, 2))
        assert np.abs(model.posterior - 0.5).max() < 1e-9
        assert set(model.labels().tolist()) == {0}


def test_nothing_is_ever_impossible_and_small_tables_do_no_harm() -> None:
    for codes, values in ([[0]], 1), ([[0, 0, 0]], 1), ([[1]], 2), ([[0, 1]], 2), ([[-1, -1], [0, 1]], 2):
        for model in (dawid_skene(table_of(np.array(codes), values)), weighted_vote(table_of(np.array(codes), values))):
            assert np.isfinite(model.log_likelihoods).all()
            assert (model.confusion > 0).all()
            assert np.allclose(model.posterior.sum(axis=1), 1)
            assert np.allclose(model.confusion.sum(axis=2), 1)
    unrated = table_of(np.array([[-1, -1], [0, 0], [0, 0], [1, 1]]), 2)
    assert dawid_skene(unrated, most_iterations=1).priors == pytest.approx([2 / 3, 1 / 3], abs=1e-3)
    assert dawid_skene(unrated).posterior[0] == pytest.approx([2 / 3, 1 / 3], abs=1e-3)


RATINGS = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 3), st.sampled_from("abc")), min_size=1, max_size=40
).map(lambda rows: {(f"u{unit:02}", f"r{rater}"): value for unit, rater, value in rows})


@settings(deadline=None, max_examples=20)
@given(RATINGS, st.randoms(use_true_random=False))
def test_neither_order_nor_names_of_raters_change_anything(ratings: dict[tuple[str, str], str], chance: Any) -> None:
    rows = [Rating(unit, unit, rater, value) for (unit, rater), value in ratings.items()]
    shuffled = chance.sample(rows, len(rows))
    renamed = [row._replace(rater={"r0": "z", "r1": "y", "r2": "x", "r3": "w"}[row.rater]) for row in shuffled]
    for fit in (dawid_skene, weighted_vote):
        first, same, other = (fit(tabulate(some)) for some in (rows, shuffled, renamed))
        assert first.posterior.tobytes() == same.posterior.tobytes()
        assert first.log_likelihoods == same.log_likelihoods
        assert np.allclose(first.posterior, other.posterior, atol=1e-6)


def test_a_weighted_vote_has_matrices_where_mistakes_have_a_direction_and_one_figure_where_they_do_not() -> None:
    directed = [[0.95, 0.05, 0.0], [0.55, 0.4, 0.05], [0.0, 0.05, 0.95]]
    truth, table = drawn(8, [directed] * 3 + [alike(0.85, 3)] * 2, 500)
    model = weighted_vote(table)
    assert model.confusion[0, 1, 0] > 0.4
    assert model.confusion[0, 0, 1] < 0.2
    assert right(model, truth) > (majority(table) == truth).mean() + 0.02
    _, plain = drawn(9, [alike(accuracy, 3) for accuracy in (0.6, 0.7, 0.8, 0.9)], 500)
    one = weighted_vote(plain).confusion
    off = one[:, ~np.eye(3, dtype=bool)]
    assert np.ptp(off, axis=1).max() < 1e-9
    assert one.diagonal(axis1=1, axis2=2)[:, 0] == pytest.approx([0.6, 0.7, 0.8, 0.9], abs=0.06)


@pytest.mark.parametrize(("own", "units", "missing"), [(False, 60, 0.0), (True, 500, 0.4)])
def test_a_weighted_vote_claims_no_more_than_it_holds(own: bool, units: int, missing: float) -> None:
    claims: dict[str, list[float]] = {"plain": [], "weighted": []}
    for seed in range(30):
        draw = np.random.default_rng(seed)
        chances = np.array([alike(accuracy, 4) for accuracy in draw.uniform(0.55, 0.95, 5)])
        if own:  # each has mistakes of their own for each true value
            for rater, true in np.ndindex(5, 4):
                right_answer = chances[rater, true, true]
                wrong = draw.dirichlet(np.ones(3)) * (1 - right_answer)
                chances[rater, true] = np.insert(wrong, true, right_answer)
        truth, table = drawn(seed, chances, units, missing)
        for name, model in (("plain", dawid_skene(table)), ("weighted", weighted_vote(table))):
            claims[name].append(float(model.posterior.max(axis=1).mean()) - right(model, truth))
    assert abs(np.mean(claims["weighted"])) < 0.016
    assert np.mean(claims["plain"]) > 0.02


def rte(shared_data: Path) -> tuple[Any, Table]:
    """800 pairs of sentences, 164 people of whom ten saw each pair (Snow et al. 2008), and the experts' word."""
    folder = shared_data / "agreement" / "crowdtruth"
    with (folder / "mace_rte.standardized.csv").open(encoding="utf-8") as file:
        codes = np.array([[int(cell) if cell else -1 for cell in row] for row in csv.reader(file)])
    with (folder / "majorityvote_units_rte.csv").open(encoding="utf-8") as file:
        gold = np.array([int(row["gold"]) for row in csv.DictReader(file)])
    return gold, table_of(codes, 2)


def test_real_crowds_are_weighed_better_than_counted(shared_data: Path) -> None:
    gold, table = rte(shared_data)
    assert table.codes.shape == (800, 164)
    most = majority(table)
    zeros, ones = (table.codes == 0).sum(axis=1), (table.codes == 1).sum(axis=1)
    counted = (most == gold)[zeros != ones].sum() / 800 + 0.5 * (zeros == ones).mean()  # a tie is a coin
    assert counted == pytest.approx(0.897, abs=0.001)
    assert right(dawid_skene(table), gold) == pytest.approx(0.9275)
    assert right(weighted_vote(table), gold) == pytest.approx(0.9275)


def crowds(shared_data: Path) -> Iterator[Table]:
    """Random crowds, and every real one on hand that is a table of labels."""
    for seed in range(12):
        draw = np.random.default_rng(seed)
        values = int(draw.integers(2, 6))
        chances = [alike(draw.uniform(0.4, 0.95), values) for _ in range(draw.integers(3, 9))]
        yield drawn(seed, chances, int(draw.integers(20, 400)), missing=float(draw.uniform(0, 0.5)))[1]
    yield patients("abcdefg")
    yield rte(shared_data)[1]
    folder = shared_data / "agreement" / "crowdtruth"
    for name, column in (
        ("relex-binary-choice.csv", "top_member_employee"),
        ("relex-multiple-choice.csv", "relations"),
    ):
        with (folder / name).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        labels = {label for row in rows for label in row[column].split("\n")} if column == "relations" else {"TRUE"}
        yield tabulate(
            Rating(unit, unit, row["_worker_id"], str(label in row[column].split("\n")))
            for row in rows
            for label in sorted(labels)
            for unit in [f"{row['_unit_id']} {label}"]
        )


@pytest.mark.slow
@pytest.mark.parametrize("iterations", [1, 2, 5, 20])
def test_a_peer_has_the_same_chances_after_every_step(shared_data: Path, iterations: int) -> None:
    peer = pytest.importorskip("crowdkit.aggregation", reason="a check in development: pip install crowd-kit")
    pandas = pytest.importorskip("pandas")
    for table in crowds(shared_data):
        units, raters = np.nonzero(table.codes >= 0)
        rows = {"task": units, "worker": raters, "label": table.codes[units, raters]}
        # Below any gain: it would stop at the first step whose gain is small or negative.
        fitted = peer.DawidSkene(n_iter=iterations, tol=-1e9).fit(pandas.DataFrame(rows))
        theirs = fitted.probas_.sort_index().reindex(columns=range(len(table.values)), fill_value=0.0).to_numpy()
        ours = dawid_skene(table, smoothing=1e-10, tolerance=-1, most_iterations=iterations)
        rated = (table.codes >= 0).any(axis=1)
        assert len(ours.log_likelihoods) == iterations
        # They raise the smallest counts to 1e-10, which we add to all.
        assert np.abs(ours.posterior[rated] - theirs).max() < 1e-5
        assert (ours.labels()[rated] == theirs.argmax(axis=1)).all()


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("annotators", ROOT / "benchmarks" / "annotators.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["annotators"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_weighted_votes_are_as_good_as_majorities_in_95_of_100_rounds_and_intervals_cover(simulation: Any) -> None:
    figures = simulation.summary(simulation.rounds_of(simulation.secrets.randbits(63), 1000, 1))
    assert figures["at_least_as_accurate"] >= 0.95
    assert figures["plain_at_least"] < figures["at_least_as_accurate"]
    assert figures["right"] > figures["claimed"] - 0.01
    # 93 to 97 of 100, and three standard errors of the mean of so few rounds; the benchmark has more.
    assert 0.92 <= figures["covered"] <= 0.97


def test_alphas_true_value_is_what_endless_items_come_to(simulation: Any) -> None:
    from toolkit.agreement.alpha import krippendorff_alpha

    draw = np.random.default_rng(7)
    for kind in simulation.KINDS:
        crew = simulation.hired(draw, *kind)
        truth = draw.choice(kind[0], size=40_000, p=crew.priors)
        table = table_of(simulation.answered(draw, crew, truth), kind[0])
        one_document = Table(table.values, table.codes, np.zeros(len(truth), dtype=np.int64), table.raters)
        value = krippendorff_alpha(one_document).value
        assert value == pytest.approx(simulation.true_alpha(crew), abs=0.01)
