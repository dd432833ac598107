"""A schema says what is asked; an answer is checked against it in plain words."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, model_validator

from toolkit.errors import ToolkitError
from toolkit.schema import Bilingual, Fault, Schema, Span, asked, check_answer, fields_of, version_of

TEXT = "甲方😀 pays USD 100 within 30 days."


class Clause(Schema):
    """One field of each kind."""

    title = Bilingual("Clause", "条款")
    instruction = Bilingual("Label it.", "请标注。")

    tone: Literal["formal", "plain"] = asked(
        "Tone", "语气", labels={"formal": ("Formal", "正式"), "plain": ("Plain", "平实")}
    )
    topics: list[Literal["tax", "labour"]] = asked(
        "Topics", "主题", labels={"tax": ("Tax", "税"), "labour": ("Labour", "劳动")}, min_length=1
    )
    terms: list[Span] = asked("Terms", "术语", labels={"party": ("Party", "当事人"), "amount": ("Amount", "金额")})
    note: str | None = asked("Note", "备注", max_length=80)
    essay: str = asked("Essay", "论述", role="input", min_length=3)
    count: int = asked("Count", "数量", ge=0, le=500)
    share: float | None = asked("Share", "比例", ge=0, le=1)
    stars: int = asked("Stars", "评分", ge=1, le=5)
    clear: bool = asked("Clear", "清楚")

    @model_validator(mode="after")
    def _formal_is_long(self) -> "Clause":
        if self.tone == "formal" and self.count < 5:
            raise ValueError("a formal clause counts at least 5 words")
        return self


def span(start: int, end: int, label: str = "party", text: str | None = None) -> dict[str, Any]:
    return {"start": start, "end": end, "text": TEXT[start:end] if text is None else text, "label": label}


def good() -> dict[str, Any]:
    return {
        "tone": "plain",
        "topics": ["tax"],
        "terms": [span(9, 16, "amount"), span(0, 2)],
        "note": None,
        "essay": "What is due?",
        "count": 7,
        "share": 0.5,
        "stars": 5,
        "clear": False,
    }


def faults(**changes: Any) -> tuple[Fault, ...]:
    checked = check_answer(Clause, good() | changes, TEXT)
    return () if isinstance(checked, Schema) else checked


def test_the_kind_of_a_field_follows_from_its_type() -> None:
    fields = {field.name: field for field in fields_of(Clause)}
    assert {name: field.kind for name, field in fields.items()} == {
        "tone": "choice",
        "topics": "choices",
        "terms": "spans",
        "note": "text",
        "essay": "text",
        "count": "number",
        "share": "number",
        "stars": "rating",
        "clear": "boolean",
    }
    assert [name for name, field in fields.items() if not field.required] == ["terms", "note", "share"]
    assert [name for name, field in fields.items() if field.role == "input"] == ["essay"]
    assert (fields["note"].is_long, fields["essay"].is_long) == (False, True)
    assert (fields["stars"].minimum, fields["stars"].maximum, fields["count"].whole) == (1, 5, True)
    assert fields["clear"].values == ("yes", "no")


def test_a_valid_answer_becomes_an_instance_with_its_spans_in_the_order_of_the_text() -> None:
    checked = check_answer(Clause, good(), TEXT)
    assert isinstance(checked, Clause)
    assert [term.start for term in checked.terms] == [0, 9]


def test_a_field_that_may_stay_open_may_be_absent() -> None:
    answer = {name: value for name, value in good().items() if name not in {"note", "share", "terms"}}
    assert isinstance(check_answer(Clause, answer, TEXT), Clause)


@pytest.mark.parametrize(
    ("change", "field", "found", "expected"),
    [
        ({"tone": "rude"}, "tone", "'rude'", "one of: formal, plain"),
        ({"tone": None}, "tone", "nothing", "one of: formal, plain"),
        ({"topics": []}, "topics", "an empty list", "a list of different ones of: tax, labour, 1 or more items"),
        ({"topics": ["tax", "x"]}, "topics", "item 2: 'x'", "a list of different ones of: tax, labour"),
        ({"topics": ["tax", "tax"]}, "topics", "a choice named twice", "different ones"),
        ({"topics": "tax"}, "topics", "'tax'", "a list"),
        ({"note": "x" * 81}, "note", "81 characters", "text, at most 80 characters, or nothing"),
        ({"note": "  "}, "note", "only blanks", "text"),
        ({"essay": "\ud800abc"}, "essay", "ud800", "text"),
        ({"count": 501}, "count", "501", "a whole number from 0 to 500"),
        ({"count": 1.5}, "count", "1.5", "a whole number"),
        ({"count": True}, "count", "true", "a whole number"),
        ({"count": "7"}, "count", "'7'", "a whole number"),
        ({"share": float("nan")}, "share", "nan", "a number from 0 to 1, or nothing"),
        ({"share": float("inf")}, "share", "inf", "a number from 0 to 1, or nothing"),
        ({"stars": 0}, "stars", "0", "a whole number from 1 to 5"),
        ({"clear": "false"}, "clear", "'false'", "true or false"),
        ({"terms": [{"start": 0}]}, "terms", "item 1: an object", "a span: start, end, text and label"),
        ({"terms": [span(0, 2, "city")]}, "terms", "labelled 'city'", "party, amount"),
        ({"terms": [span(5, 9999, text="x")]}, "terms", "5:9999", f"0 <= start < end <= {len(TEXT)}"),
        ({"terms": [span(-1, 2, text="x")]}, "terms", "-1:2", "0 <= start"),
        ({"terms": [span(2, 2, text="")]}, "terms", "2:2", "start < end"),
        ({"terms": [span(0, 2, text="乙方")]}, "terms", "'乙方'", "'甲方'"),
        ({"terms": [span(0, 2), span(0, 2)]}, "terms", "named twice", "once"),
        ({"tone": "formal", "count": 1}, "", "contradict", "a formal clause counts at least 5 words"),
        ({"surprise": 1}, "surprise", "does not have", "only: tone"),
    ],
)
def test_a_fault_names_field_finding_and_expectation(
    change: dict[str, Any], field: str, found: str, expected: str
) -> None:
    (fault,) = faults(**change)
    assert fault.field == field
    assert found in fault.found
    assert expected in fault.expected
    assert "pydantic" not in f"{fault}".lower()


def test_all_faults_are_reported_at_once() -> None:
    assert {fault.field for fault in faults(tone="rude", stars=9, terms=[span(0, 2, text="x")])} == {
        "tone",
        "stars",
        "terms",
    }


def test_a_fault_quotes_only_a_few_words() -> None:
    (fault,) = faults(note="word " * 100)
    assert len(fault.found) < 80


@pytest.mark.parametrize("answer", [None, [], "x", 3])
def test_what_is_no_object_is_a_fault(answer: Any) -> None:
    checked = check_answer(Clause, answer, TEXT)
    assert isinstance(checked, tuple)
    assert "object" in checked[0].expected


def test_a_rule_with_a_mistake_of_its_own_is_named() -> None:
    class Careless(Clause):
        @model_validator(mode="after")
        def _divides(self) -> "Careless":
            _ = 1 / (self.stars - 5)
            return self

    with pytest.raises(ToolkitError, match="ZeroDivisionError") as caught:
        check_answer(Careless, good(), TEXT)
    assert caught.value.code == "SCHEMA-BROKEN"


def _two(wording: str = "Risk", limit: int = 5) -> type[Schema]:
    class Two(Schema):
        title = Bilingual("T", "题")
        instruction = Bilingual("I", "令")
        risk: int = asked(wording, "风险", ge=1, le=limit)

    return Two


def test_the_version_follows_what_is_asked_and_not_where() -> None:
    assert version_of(_two()) == version_of(_two())
    assert len(version_of(_two())) == 12
    assert len({version_of(_two()), version_of(_two("Danger")), version_of(_two(limit=4))}) == 3


_LIMIT = 3


def _short(text: str) -> str:
    if len(text) > _LIMIT:
        raise ValueError("too long")
    return text


class Ruled(Schema):
    title = Bilingual("T", "题")
    instruction = Bilingual("I", "令")
    word: Annotated[str, AfterValidator(_short)] = asked("Word", "词")


def test_the_version_follows_rules_and_what_they_use(monkeypatch: pytest.MonkeyPatch) -> None:
    before = version_of(Ruled)
    version_of.cache_clear()
    assert version_of(Ruled) == before
    monkeypatch.setitem(globals(), "_LIMIT", 4)
    version_of.cache_clear()
    assert version_of(Ruled) != before
    version_of.cache_clear()


def test_a_rule_of_a_field_is_reported_under_the_field() -> None:
    assert check_answer(Ruled, {"word": "long"}, "") == (Fault("word", "'long'", "too long", "ANSWER-RULE"),)


def test_the_json_schema_holds_both_languages() -> None:
    risk = _two().model_json_schema()["properties"]["risk"]
    assert (risk["title"], risk["x-title-zh"], risk["minimum"], risk["maximum"]) == ("Risk", "风险", 1, 5)
