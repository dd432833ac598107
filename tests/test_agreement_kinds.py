"""Agreement on every kind of field, and over all fields: known answers, what is the same, and which measures fit."""

import random
import warnings
from itertools import combinations, permutations
from typing import Any, get_args

import pytest
import round_on_disk
from hypothesis import given, settings
from hypothesis import strategies as st
from round_on_disk import answer_round, open_round

from toolkit.agreement.pairs import Answered
from toolkit.agreement.paths import path_distances
from toolkit.agreement.rankings import kendall_w
from toolkit.agreement.resampling import Measured
from toolkit.rounds import round_report
from toolkit.rounds.answers import read_round
from toolkit.rounds.comparison import Row, comparable, same_answer
from toolkit.rounds.measures import MEASURES, measures_for
from toolkit.rounds.overall import overall
from toolkit.rounds.report import rows_of
from toolkit.schema import Bilingual, Field
from toolkit.schema.field import Kind
from toolkit.workspace import Workspace

TITLE = Bilingual("X", "叉")
ONE = {"start": 0, "end": 2, "text": "ab", "label": "x"}
TWO = {"start": 3, "end": 5, "text": "cd", "label": "x"}


def a_field(kind: Kind) -> Field:
    return Field(name="it", kind=kind, title=TITLE)


def rated(*units: tuple[Any, ...]) -> list[Row]:
    """A tuple a passage, in it one value a person; each passage is a document."""
    return [
        Row(f"d{unit}", f"p{unit}", f"r{at}", value) for unit, said in enumerate(units) for at, value in enumerate(said)
    ]


def test_every_kind_has_a_measure() -> None:
    assert set(MEASURES) == set(get_args(Kind))


FITTING: list[tuple[Kind, float | None, list[str]]] = [
    ("choice", None, ["alpha_nominal", "cohen_kappa", "fleiss_kappa", "gwet_ac1", "percent_agreement"]),
    ("boolean", None, ["alpha_nominal", "cohen_kappa", "fleiss_kappa", "gwet_ac1", "percent_agreement"]),
    ("preference", None, ["fleiss_kappa", "cohen_kappa", "gwet_ac1", "percent_agreement"]),
    ("choices", None, ["alpha_masi", "percent_agreement"]),
    ("taxon", None, ["alpha_path", "alpha_nominal", "percent_agreement"]),
    ("taxons", None, ["alpha_path", "alpha_masi", "percent_agreement"]),
    ("rating", 1, ["alpha_ordinal", "gwet_ac2_quadratic", "cohen_kappa_quadratic", "percent_agreement"]),
    ("number", None, ["alpha_interval", "percent_agreement"]),
    ("number", -1, ["alpha_interval", "percent_agreement"]),
    ("number", 0, ["alpha_interval", "alpha_ratio", "percent_agreement"]),
    ("spans", None, ["f1_exact", "f1_overlap", "alpha_tokens", "alpha_unitizing", "percent_agreement"]),
    ("ranking", None, ["kendall_tau", "kendall_w", "percent_agreement"]),
    ("text", None, ["chrf", "exact_match"]),
]


@pytest.mark.parametrize(("kind", "minimum", "names"), FITTING)
def test_the_measures_follow_from_the_field(kind: Kind, minimum: float | None, names: list[str]) -> None:
    assert list(measures_for(Field(name="it", kind=kind, title=TITLE, minimum=minimum), {})) == names


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_measure_answers_without_overlap(kind: Kind) -> None:
    for name, measure in measures_for(a_field(kind), {"p0": "text"}).items():
        assert (name, measure([]).undefined) == (name, "no data")


def test_days_apart_come_second_to_days_that_differ() -> None:
    rows = rated(("2024-01-31", "2024-02-01"), ("2020-05-05", "2020-05-05"), ("2022-01-01", "2022-01-03"))
    nominal, days = (MEASURES["date"][name](rows).value for name in ("alpha_nominal", "alpha_interval_days"))
    assert nominal is not None
    assert days is not None
    assert nominal < 0.3
    assert 0.999 < days < 1


# Two of the depths, and the depth of what the two places share: Wu and Palmer's 2 * shared / (one + other).
PLACES = [
    ("a", "a", 0.0),
    ("a", "b", 1.0),
    ("a/b", "a/c", 1 - 2 * 1 / (2 + 2)),
    ("a", "a/b", 1 - 2 * 1 / (1 + 2)),
    ("a/b/c", "a/b/d", 1 - 2 * 2 / (3 + 3)),
    ("a/b", "ab", 1.0),
    ("x/b", "y/b", 1.0),
    (frozenset({"a/b", "a/c"}), frozenset({"a/b"}), 1 - 2 * 2 / (3 + 2)),
    (frozenset({"a/b", "c"}), frozenset({"a/d", "c"}), 1 - 2 * 2 / (3 + 3)),
    (frozenset(), frozenset({"a"}), 1.0),
    (frozenset(), frozenset(), 0.0),
]


@pytest.mark.parametrize(("one", "other", "distance"), PLACES)
def test_places_are_as_far_apart_as_their_branches_differ(one: Any, other: Any, distance: float) -> None:
    assert path_distances((one, other))[0, 1] == pytest.approx(distance)


def test_alpha_over_places_is_the_one_counted_by_hand() -> None:
    rows = rated(("a/b", "a/c"), ("a/b", "a/b"), ("d", "d"))
    # Observed: one of three units at .5. Expected, over the 30 ordered pairs of the six ratings: a/b with a/c 3 times
    # .5, each of the four a/* with each of the two d at 1, both ways.
    assert MEASURES["taxon"]["alpha_path"](rows).value == pytest.approx(1 - (0.5 / 3) / ((2 * 3 * 0.5 + 2 * 8) / 30))


deep = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map("/".join)


@settings(deadline=None)
@given(units=st.lists(st.tuples(*[st.frozensets(deep, min_size=1, max_size=2)] * 3), min_size=2, max_size=8))
def test_alpha_over_places_is_what_nltk_makes_of_the_same_distance(units: list[tuple[frozenset[str], ...]]) -> None:
    from nltk.metrics.agreement import AnnotationTask

    def above(places: frozenset[str]) -> set[str]:
        return {place[:at] for place in places for at in range(1, len(place) + 1, 2)}

    def apart(one: frozenset[str], other: frozenset[str]) -> float:
        return 1 - 2 * len(above(one) & above(other)) / (len(above(one)) + len(above(other)))

    figure = MEASURES["taxons"]["alpha_path"](rated(*units))
    if len({said for unit in units for said in unit}) == 1:
        assert figure.undefined == "no variation"
        return
    task = AnnotationTask([(*row[2:0:-1], row.value) for row in rated(*units)], distance=apart)
    # Different sets of places may have the same branches: {a, a/b} and {a/b}.
    assert figure.value == (pytest.approx(task.alpha(), abs=1e-8) if figure.undefined is None else None)


def test_siblings_are_nearer_than_strangers() -> None:
    near, far = (
        MEASURES["taxon"]["alpha_path"](rated(("a/b", other), ("a/b", "a/b"), ("c", "c"))).value
        for other in ("a/d", "e")
    )
    assert near is not None
    assert far is not None
    assert near > far


places = st.sampled_from(["a", "b", "c"])


@settings(deadline=None)
@given(units=st.lists(st.tuples(places, places), min_size=1, max_size=8))
def test_alpha_over_a_flat_tree_is_nominal_alpha(units: list[tuple[str, str]]) -> None:
    measures = MEASURES["taxon"]
    assert measures["alpha_path"](rated(*units)) == measures["alpha_nominal"](rated(*units))


def test_kendalls_w_has_its_published_value() -> None:
    # S. Siegel, "Nonparametric Statistics" (1956), chapter 9: three interviewers rank six applicants, W = .16.
    ranks = [(1, 6, 3, 2, 5, 4), (1, 5, 6, 4, 2, 3), (6, 3, 2, 5, 4, 1)]
    orders = [tuple(sorted("abcdef", key=lambda name: ranking["abcdef".index(name)])) for ranking in ranks]
    rows = [Answered("d", "p", f"r{at}", order) for at, order in enumerate(orders)]
    assert kendall_w(rows).value == pytest.approx(25.5 / 157.5)
    assert kendall_w(rows[:1]).undefined == "no overlap"


rankings = st.lists(st.permutations("abcd"), min_size=2, max_size=5)


@settings(deadline=None)
@given(orders=rankings)
def test_kendalls_w_is_what_the_mean_rank_correlation_says(orders: list[list[str]]) -> None:
    rows = [Answered("d", "p", f"r{at}", tuple(order)) for at, order in enumerate(orders)]
    pairs = list(combinations(orders, 2))
    squares = [sum((one.index(name) - other.index(name)) ** 2 for name in "abcd") for one, other in pairs]
    spearman = sum(1 - 6 * square / (4**3 - 4) for square in squares) / len(pairs)
    assert kendall_w(rows).value == pytest.approx((spearman * (len(orders) - 1) + 1) / len(orders), abs=1e-8)


@settings(deadline=None)
@given(orders=rankings)
def test_rankings_agree_the_same_whoever_ranked_and_whatever_is_ranked(orders: list[list[str]]) -> None:
    rows = rated(tuple(" > ".join(order) for order in orders))
    turned = rated(tuple(" > ".join(order).translate(str.maketrans("abcd", "wxyz")) for order in reversed(orders)))
    for measure in MEASURES["ranking"].values():
        assert measure(rows) == measure(turned)


@pytest.mark.parametrize(
    ("other", "tau"),
    [("a > b > c > d", 1.0), ("d > c > b > a", -1.0), ("b > a > c > d", 2 / 3), ("b > a > d > c", 1 / 3)],
)
def test_kendalls_tau_has_its_known_values(other: str, tau: float) -> None:
    rows = [Row("doc", "pas", "ann", "a > b > c > d"), Row("doc", "pas", "ben", other)]
    assert MEASURES["ranking"]["kendall_tau"](rows).value == pytest.approx(tau, abs=1e-6)


def test_places_and_rankings_at_random_agree_as_chance_does() -> None:
    chance = random.Random(3)
    tree = ["a", "a/b", "a/b/c", "a/d", "e", "e/f"]
    orders = [" > ".join(order) for order in permutations("abc")]
    drawn_from: list[tuple[Kind, str, list[str]]] = [("taxon", "alpha_path", tree), ("ranking", "kendall_tau", orders)]
    for kind, name, drawn in drawn_from:
        rows = rated(*[tuple(chance.choices(drawn, k=3)) for _ in range(300)])
        figure = MEASURES[kind][name](rows)
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < 0 < figure.high
        alone = [*rows, Row("d0", "alone", "r0", drawn[0])]
        again = MEASURES[kind][name](alone)
        assert (again.value, again.low, again.single) == (figure.value, figure.low, 1), "one rating changes nothing"


SAME: list[tuple[Kind, Any, Any, bool]] = [
    ("relations", [{"head": ONE, "tail": TWO, "label": "r"}], [{"head": ONE, "tail": TWO, "label": "r"}], True),
    ("relations", [{"head": ONE, "tail": TWO, "label": "r"}], [{"head": TWO, "tail": ONE, "label": "r"}], False),
    ("relations", [], [{"head": ONE, "tail": TWO, "label": "r"}], False),
    ("spans", [ONE | {"sure": True}], [ONE | {"sure": True}], True),
    ("spans", [ONE | {"sure": True}], [ONE | {"sure": False}], False),
    ("spans", [ONE, TWO], [TWO, ONE], True),
    ("taxons", ["a", "b"], ["b", "a"], True),
    ("taxon", "a/b", "a", False),
    ("ranking", ["a", "b"], ["b", "a"], False),
    ("date", "2024-01-01", "2024-01-01", True),
    ("texts", ["one ", "two"], ["one", " two"], True),
    ("relations", "broken", "broken", True),
]


@pytest.mark.parametrize(("kind", "one", "other", "same"), SAME)
def test_what_counts_as_the_same_answer(kind: Kind, one: Any, other: Any, same: bool) -> None:
    assert same_answer([a_field(kind)], {"it": one}, {"it": other}) is same
    assert comparable(a_field(kind), None) is None


RELATED = """
from toolkit.schema import Bilingual, Relation, Schema, Span, asked

class Found(Span):
    sure: bool = asked("Sure", "确定")

class Sample(Schema):
    title = Bilingual("Sample", "样例")
    instruction = Bilingual("Label it.", "请标注。")
    marks: list[Found] = asked("Marks", "标记", labels={"x": ("X", "叉")})
    links: list[Relation] = asked("Links", "关系", labels={"r": ("R", "联")}, between="marks")
"""


def test_a_report_measures_what_is_said_about_spans_apart(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_on_disk, "SCHEMA", RELATED)
    passages = open_round(workspace)

    def an_answer(text: str, *, sure: bool, linked: bool) -> dict[str, Any]:
        one, two = ({"start": at, "end": at + 2, "text": text[at : at + 2], "label": "x"} for at in (0, 3))
        links = [{"head": one, "tail": two, "label": "r"}] if linked else []
        return {"marks": [one | {"sure": True}, two | {"sure": sure}], "links": links}

    answers = {(one.id, "ann"): an_answer(one.text, sure=True, linked=True) for one in passages}
    answers |= {
        (one.id, "ben"): an_answer(one.text, sure=place >= 3, linked=place % 2 == 0)
        for place, one in enumerate(passages)
    }
    answer_round(workspace, answers)
    report = round_report(workspace, round="first")
    assert report.fields["marks"]["f1_exact"].value == 1.0, "the places are the same"
    assert report.fields["marks.sure"]["percent_agreement"].value == pytest.approx(9 / 12)
    assert report.asked["marks.sure"].kind == "boolean"
    assert report.fields["links"]["f1_exact"].value == pytest.approx(2 * 3 / (6 + 3))
    assert len(report.disagreements) == 5
    assert {name for one in report.disagreements for name in one.fields} == {"marks", "links"}


TWICE_MARKED = """
from toolkit.schema import Bilingual, Schema, Span, asked

class Sample(Schema):
    title = Bilingual("Sample", "样例")
    instruction = Bilingual("Label it.", "请标注。")
    first: list[Span] = asked("First", "甲", labels={"x": ("X", "叉")})
    second: list[Span] = asked("Second", "乙", labels={"x": ("X", "叉")})
    note: str | None = asked("Note", "备注")
"""


def over_all(workspace: Workspace) -> tuple[dict[str, Measured], dict[str, list[Row]], tuple[Field, ...]]:
    answers = read_round(workspace, "first")
    rows = {field.name: rows_of(answers, field) for field in answers.fields}
    return overall(answers, rows), rows, answers.fields


def a_span(text: str, start: int) -> list[dict[str, Any]]:
    return [{"start": start, "end": start + 2, "text": text[start : start + 2], "label": "x"}]


def test_fields_are_resampled_together(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one document all agree on the first field, in the other on the second: each draw has one half agreed."""
    monkeypatch.setattr(round_on_disk, "SCHEMA", TWICE_MARKED)
    passages = open_round(workspace)
    documents = sorted({one.document for one in passages})
    answers = {}
    for one in passages:
        for person, start in (("ann", 0), ("ben", 3)):
            apart = documents.index(one.document)
            first, second = a_span(one.text, start if apart else 0), a_span(one.text, 0 if apart else start)
            answers[one.id, person] = {"first": first, "second": second, "note": person}
    answer_round(workspace, answers)
    figures, rows, fields = over_all(workspace)
    mean = figures["mean_agreement"]
    assert (mean.value, mean.low, mean.high) == (0.5, None, None), "no draw has another mean"
    assert (mean.units, mean.pairs, mean.raters, mean.documents) == (6, 6, 2, 2)
    alone = MEASURES["spans"]["f1_exact"](rows[fields[0].name])
    assert (alone.low, alone.high) == (0.0, 1.0), "one field by itself varies between the documents"
    assert figures["percent_agreement"].value == 0.0, "no whole answer is equal"


def test_the_mean_over_one_field_is_the_fields_own_figure(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_on_disk, "TEXTS", {f"{n}.txt": f"1. A {n}.\n\n2. B {n}.\n" for n in range(12)})
    passages = open_round(workspace, annotators=("ann", "ben", "cyd"), overlap=3)
    chance = random.Random(5)
    answers = {}
    for one in passages:
        truth = chance.choice("abc")
        for person in ("ann", "ben", "cyd"):
            kind = truth if chance.random() < 0.7 else chance.choice("abc")
            answers[one.id, person] = round_on_disk.answer(kind, note=person)
    answer_round(workspace, answers)
    figures, rows, _ = over_all(workspace)
    kind = MEASURES["choice"]["alpha_nominal"](rows["kind"])
    assert kind.low is not None
    assert figures["mean_agreement"] == kind, "spans that nobody marked and stars that nobody gave say nothing"
    assert figures["percent_agreement"] == MEASURES["choice"]["percent_agreement"](rows["kind"])


def test_whole_answers_are_equal_where_every_field_is(workspace: Workspace) -> None:
    passages = open_round(workspace)
    differing: list[dict[str, Any]] = [
        {},
        {"kind": "b"},
        {"stars": 3},
        {"marks": [("date", 0, 2)]},
        {"note": "mine"},
        {"stars": 2},
    ]
    answers: dict[tuple[str, str], dict[str, Any] | None] = {}
    for one, by_ben in zip(passages, differing, strict=True):
        answers[one.id, "ann"] = round_on_disk.answer("a", text=one.text, stars=2 if "stars" in by_ben else None)
        answers[one.id, "ben"] = round_on_disk.answer(**({"kind": "a"} | by_ben), text=one.text)
    answers[passages[0].id, "ann"] = None
    answer_round(workspace, answers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = over_all(workspace)[0]["percent_agreement"]
    assert figure.value == pytest.approx(2 / 5), "a note that differs is no disagreement"
    assert (figure.pairs, figure.single) == (5, 1), "what was skipped is no answer"


def test_one_answer_to_each_passage_is_no_agreement_over_all(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, {(one.id, "ann"): round_on_disk.answer() for one in passages})
    figures = over_all(workspace)[0]
    assert {name: one.undefined for name, one in figures.items()} == {
        "percent_agreement": "no overlap",
        "mean_agreement": "no overlap",
    }
    assert figures["mean_agreement"].single == 6
