"""Agreement on spans and free texts: F1 by hand, nothing made of nothing, kinds of misses told apart."""

import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.agreement.kappa import percent_agreement
from toolkit.agreement.labels import f1_by_label
from toolkit.agreement.pairs import Answered
from toolkit.agreement.spans import Mark, Marks, f1_exact, f1_overlap, misses, relabelled
from toolkit.agreement.table import tabulate
from toolkit.agreement.texts import chrf, normalised

Rows = list[Answered[Marks]]


def marked(*units: tuple[set[tuple[str, int, int]], ...]) -> Rows:
    """A tuple a unit, in it one set of spans a rater; each unit is a document."""
    return [
        Answered(f"d{unit}", f"p{unit}", f"r{rater}", frozenset(Mark(*span) for span in spans))
        for unit, answers in enumerate(units)
        for rater, spans in enumerate(answers)
    ]


def test_f1_counts_equal_spans_twice_over_all_spans() -> None:
    rows = marked(({("date", 0, 4), ("party", 9, 12)}, {("date", 0, 4), ("party", 9, 15)}))
    assert f1_exact(rows).value == 0.5
    assert f1_overlap(rows).value == 1.0


def test_f1_is_told_for_each_label() -> None:
    rows = marked(({("date", 0, 4), ("party", 9, 12)}, {("date", 0, 4), ("amount", 9, 12)}), (set(), {("date", 1, 2)}))
    figures = {label: figure.value for label, figure in f1_by_label(rows).items()}
    assert figures == {"amount": 0.0, "date": pytest.approx(2 / 3), "party": 0.0}


def test_touching_spans_do_not_overlap() -> None:
    assert f1_overlap(marked(({("date", 0, 4)}, {("date", 4, 6)}))).value == 0.0


def test_passages_that_nobody_marked_agree_as_answers_and_add_nothing_to_f1() -> None:
    rows = marked((set(), set()), (set(), set()))
    assert (f1_exact(rows).value, f1_exact(rows).undefined) == (None, "no labels")
    assert percent_agreement(tabulate(rows)).value == 1.0
    with_one = marked((set(), set()), ({("date", 0, 4)}, {("date", 0, 5)}))
    assert f1_exact(with_one).value == 0.0
    assert percent_agreement(tabulate(with_one)).value == 0.5


def test_one_answer_is_no_overlap_and_none_is_no_data() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f1_exact([]).undefined == "no data"
        figure = f1_exact(marked(({("date", 0, 4)},)))
    assert (figure.undefined, figure.single) == ("no overlap", 1)


def test_three_raters_are_compared_two_by_two() -> None:
    rows = marked(({("a", 0, 1)}, {("a", 0, 1)}, {("a", 5, 6)}))
    figure = f1_exact(rows)
    assert (figure.value, figure.pairs, figure.raters) == (pytest.approx(1 / 3), 3, 3)


def test_misses_are_told_apart_by_kind() -> None:
    rows = marked(
        (
            {("date", 0, 4), ("party", 10, 12), ("term", 20, 22)},
            {("date", 0, 5), ("amount", 10, 12)},
        )
    )
    assert misses(rows).model_dump() == {"boundary": 2, "label": 2, "missing": 1}
    one, other = rows[0].value, rows[1].value
    assert relabelled(one, other) == [("party", "amount")]


def test_each_two_labels_of_one_place_are_taken_for_each_other_whoever_comes_first() -> None:
    one, other = frozenset({Mark("party", 0, 4)}), frozenset({Mark("amount", 0, 4), Mark("term", 0, 4)})
    assert relabelled(one, other) == [("party", "amount"), ("party", "term")]
    assert relabelled(other, one) == [("amount", "party"), ("term", "party")]


spans = st.frozensets(
    st.builds(
        lambda label, start, length: Mark(label, start, start + length),
        st.sampled_from("ab"),
        st.integers(0, 9),
        st.integers(1, 4),
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=40)
@given(answers=st.lists(st.tuples(spans, spans), min_size=1, max_size=8))
def test_f1_lies_between_bounds_and_does_not_depend_on_who_is_first(answers: list[tuple[Marks, Marks]]) -> None:
    rows = [
        Answered(str(u), str(u), rater, pair[at]) for u, pair in enumerate(answers) for at, rater in enumerate("xy")
    ]
    turned = [Answered(row.document, row.unit, {"x": "y", "y": "x"}[row.rater], row.value) for row in reversed(rows)]
    for measure in (f1_exact, f1_overlap):
        figure = measure(rows)
        assert figure == measure(turned)
        assert figure.value is None or 0 <= figure.value <= 1
    exact, overlap = f1_exact(rows).value, f1_overlap(rows).value
    assert exact is None or overlap is None or exact <= overlap
    same = [Answered(row.document, row.unit, row.rater, answers[int(row.unit)][0]) for row in rows]
    assert f1_exact(same).value == (1.0 if any(one for one, _ in answers) else None)


def said(*pairs: tuple[str, str]) -> list[Answered[str]]:
    return [Answered(str(u), str(u), r, pair[at]) for u, pair in enumerate(pairs) for at, r in enumerate("xy")]


def test_white_space_makes_no_difference_to_texts() -> None:
    assert normalised(" 合同\n 自 签署 ") == "合同 自 签署"
    assert chrf(said(("The term\nis one year.", " The term is  one year. "))).value == 1.0


def test_chrf_is_the_mean_of_the_orders() -> None:
    # "abc" and "abd": orders 1 to 3 have 2/3, 1/2 and 0 in common, both ways; longer ones do not occur.
    assert chrf(said(("abc", "abd"))).value == pytest.approx((2 / 3 + 1 / 2 + 0) / 3, abs=1e-9)
    assert chrf(said(("abc", "xyz"))).value == 0.0
    assert chrf(said(("支付", "sum 支付"))).value == pytest.approx(2 * 1 * 0.325 / 1.325, abs=1e-9)
    assert chrf(said(("", "abc"))).value == 0.0
    assert chrf(said(("", ""), ("合同终止", "合同终止"))).value == 1.0


def test_real_multi_annotator_spans_are_measured(shared_data: Path) -> None:
    lines = (shared_data / "agreement" / "pygamma" / "3by100.csv").read_text(encoding="utf-8").splitlines()
    answers: dict[str, set[Mark]] = {}
    for line in lines:
        rater, label, start, end = (part.strip() for part in line.split(",")[:4])
        answers.setdefault(rater, set()).add(Mark(label, int(float(start) * 1000), int(float(end) * 1000)))
    rows = [Answered("one", "one", rater, frozenset(found)) for rater, found in answers.items()]
    exact, overlap = f1_exact(rows).value, f1_overlap(rows).value
    assert exact is not None
    assert overlap is not None
    assert 0 <= exact <= overlap <= 1
