"""Agreement on relations, attributes of spans, trees, dates and rankings: known answers, and what is the same."""

from typing import Any, get_args

import pytest
import round_on_disk
from round_on_disk import answer_round, open_round

from toolkit.rounds import round_report
from toolkit.rounds.comparison import Row, comparable, same_answer
from toolkit.rounds.measures import MEASURES
from toolkit.schema import Bilingual, Field
from toolkit.schema.field import Kind
from toolkit.workspace import Workspace

TITLE = Bilingual("X", "叉")
ONE = {"start": 0, "end": 2, "text": "ab", "label": "x"}
TWO = {"start": 3, "end": 5, "text": "cd", "label": "x"}


def a_field(kind: Kind) -> Field:
    return Field(name="it", kind=kind, title=TITLE)


def test_every_kind_has_a_measure() -> None:
    assert set(MEASURES) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("other", "tau"),
    [("a > b > c > d", 1.0), ("d > c > b > a", -1.0), ("b > a > c > d", 2 / 3), ("b > a > d > c", 1 / 3)],
)
def test_kendalls_tau_has_its_known_values(other: str, tau: float) -> None:
    rows = [Row("doc", "pas", "ann", "a > b > c > d"), Row("doc", "pas", "ben", other)]
    assert MEASURES["ranking"]["kendall_tau"](rows).value == pytest.approx(tau, abs=1e-6)


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


SCHEMA = """
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
    monkeypatch.setattr(round_on_disk, "SCHEMA", SCHEMA)
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
