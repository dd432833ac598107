"""What a schema can ask beyond single fields: trees, relations, attributes, conditions, candidates; and its faults."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest

from toolkit.schema import (
    Bilingual,
    Condition,
    Fault,
    Preference,
    Ranking,
    Relation,
    Schema,
    Shows,
    Span,
    Taxon,
    asked,
    check_answer,
    check_schema,
    fields_of,
    version_of,
)

TEXT = "Aspirin eased her headache, not the fever."
ASPIRIN = {"start": 0, "end": 7, "text": "Aspirin", "label": "drug"}
HEADACHE = {"start": 18, "end": 26, "text": "headache", "label": "finding"}
FEVER = {"start": 36, "end": 41, "text": "fever", "label": "finding"}


class Entity(Span):
    negated: bool = asked("Negated", "否定")
    since: date | None = asked("Since", "起始", ge=date(1900, 1, 1))


class Note(Schema):
    title = Bilingual("Note", "病历")
    instruction = Bilingual("Mark it.", "请标注。")
    shows = Shows(neighbours=1, metadata={"ward": ("Ward", "病区")}, candidates=("first", "second"))

    entities: list[Entity] = asked(
        "Entities", "实体", labels={"drug": ("Drug", "药物"), "finding": ("Finding", "症状")}, group=("Marks", "标注")
    )
    links: list[Relation] = asked(
        "Links",
        "关系",
        labels={"treats": ("Treats", "治疗"), "causes": ("Causes", "导致")},
        between="entities",
        group=("Marks", "标注"),
    )
    code: Taxon = asked(
        "Code", "编码", labels={"g": ("Nerves", "神经"), "g/44": ("Headache", "头痛"), "r": ("Other", "其他")}
    )
    also: list[Taxon] = asked("Also", "另有", labels={"g": ("Nerves", "神经"), "g/44": ("Headache", "头痛")})
    seen: date = asked("Seen", "就诊", ge=date(2000, 1, 1), le=date(2030, 12, 31))
    names: list[str] = asked("Other names", "别名", max_length=2)
    referred: bool = asked("Referred", "转诊")
    clinic: str | None = asked("Clinic", "科室", when=("referred", True), required=True)
    urgency: Literal["now", "later"] | None = asked(
        "Urgency", "缓急", labels={"now": ("Now", "立即"), "later": ("Later", "稍后")}, when=("referred", True)
    )
    reason: str | None = asked("Reason", "原因", when=("urgency", "now"))
    better: Preference | None = asked("Better", "更好")
    order: Ranking = asked("Order", "排序")


VALID: dict[str, Any] = {
    "entities": [FEVER | {"negated": True, "since": None}, ASPIRIN | {"negated": False, "since": "2024-02-29"}],
    "links": [{"head": ASPIRIN, "tail": FEVER, "label": "treats"}],
    "code": "g/44",
    "also": [],
    "seen": "2024-03-01",
    "names": ["Kopfschmerz"],
    "referred": True,
    "clinic": "Neurology",
    "urgency": "later",
    "reason": None,
    "better": "second",
    "order": ["second", "first"],
}


def test_the_kind_follows_from_the_type() -> None:
    fields = {field.name: field for field in fields_of(Note)}
    assert {name: field.kind for name, field in fields.items()} == {
        "entities": "spans",
        "links": "relations",
        "code": "taxon",
        "also": "taxons",
        "seen": "date",
        "names": "texts",
        "referred": "boolean",
        "clinic": "text",
        "urgency": "choice",
        "reason": "text",
        "better": "preference",
        "order": "ranking",
    }
    assert [(one.name, one.kind, one.required) for one in fields["entities"].attributes] == [
        ("negated", "boolean", True),
        ("since", "date", False),
    ]
    assert fields["clinic"].when == Condition("referred", ("yes",))
    assert (fields["clinic"].required, fields["urgency"].required, fields["better"].required) == (True, False, False)
    assert fields["order"].values == ("first", "second")
    assert fields["seen"].expects() == "a date as YYYY-MM-DD from 2000-01-01 to 2030-12-31"


def test_a_valid_answer_is_an_instance_with_dates_and_its_marks_in_order() -> None:
    checked = check_answer(Note, VALID, TEXT)
    assert isinstance(checked, Note)
    assert checked.seen == date(2024, 3, 1)
    assert [span.text for span in checked.entities] == ["Aspirin", "fever"]
    assert checked.entities[0].since == date(2024, 2, 29)
    again = check_answer(Note, checked.model_dump(mode="json"), TEXT)
    assert again == checked


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"code": "g/45"}, "code", "ANSWER-INVALID", "'g/45'"),
    ({"also": ["g", "g"]}, "also", "ANSWER-INVALID", "a choice named twice"),
    ({"also": ["x"]}, "also", "ANSWER-INVALID", "'x'"),
    ({"seen": "1999-12-31"}, "seen", "ANSWER-INVALID", "'1999-12-31'"),
    ({"seen": "1 March"}, "seen", "ANSWER-INVALID", "'1 March'"),
    ({"seen": None}, "seen", "ANSWER-MISSING", "nothing"),
    ({"names": ["a", "b", "c"]}, "names", "ANSWER-INVALID", "a list of 3"),
    ({"names": [" "]}, "names", "ANSWER-MISSING", "only blanks"),
    ({"clinic": None}, "clinic", "ANSWER-MISSING", "nothing"),
    ({"referred": False, "urgency": None}, "clinic", "ANSWER-HIDDEN", "'Neurology'"),
    ({"referred": False, "clinic": None}, "urgency", "ANSWER-HIDDEN", "'later'"),
    ({"referred": False, "clinic": None, "urgency": None, "reason": "pain"}, "reason", "ANSWER-HIDDEN", "'pain'"),
    ({"reason": "pain"}, "reason", "ANSWER-HIDDEN", "'pain'"),
    ({"better": "third"}, "better", "ANSWER-INVALID", "'third'"),
    ({"order": ["first"]}, "order", "ANSWER-INVALID", "a list of 1, not each candidate once"),
    ({"order": ["first", "first"]}, "order", "ANSWER-INVALID", "a list of 2, not each candidate once"),
    ({"order": []}, "order", "ANSWER-MISSING", "nothing"),
    (
        {"links": [{"head": ASPIRIN, "tail": HEADACHE, "label": "treats"}]},
        "links",
        "RELATION-END",
        "the tail of relation 1",
    ),
    ({"links": [{"head": ASPIRIN, "tail": FEVER, "label": "heals"}]}, "links", "RELATION-LABEL", "relation 1 labelled"),
    ({"links": [{"head": FEVER, "tail": FEVER, "label": "causes"}]}, "links", "ANSWER-INVALID", "leads to itself"),
    ({"links": VALID["links"] * 2}, "links", "ANSWER-INVALID", "relation 2 is named twice"),
    ({"links": [{"head": ASPIRIN, "label": "treats"}]}, "links", "ANSWER-INVALID", "item 1: an object"),
    (
        {"entities": [ASPIRIN | {"since": None}], "links": []},
        "entities",
        "ANSWER-MISSING",
        "negated of span 1: nothing",
    ),
    (
        {"entities": [ASPIRIN | {"negated": False, "since": "1066-01-01"}], "links": []},
        "entities",
        "ANSWER-INVALID",
        "since of span 1: '1066-01-01'",
    ),
    (
        {"entities": [ASPIRIN | {"negated": False, "text": "Asp"}], "links": []},
        "entities",
        "SPAN-MISMATCH",
        "span 1 at 0:7",
    ),
]


@pytest.mark.parametrize(("change", "field", "code", "found"), WRONG)
def test_a_fault_names_field_code_and_finding(change: dict[str, Any], field: str, code: str, found: str) -> None:
    faults = check_answer(Note, VALID | change, TEXT)
    assert isinstance(faults, tuple)
    assert [(one.field, one.code) for one in faults] == [(field, code)]
    assert found in faults[0].found


def test_what_is_not_shown_may_stay_open() -> None:
    answer = VALID | {"referred": False, "clinic": None, "urgency": None, "better": None}
    assert isinstance(check_answer(Note, answer, TEXT), Note)


def test_the_version_follows_what_is_shown_and_asked_of_spans() -> None:
    class Other(Note):
        shows = Shows(neighbours=2, metadata={"ward": ("Ward", "病区")}, candidates=("first", "second"))

    class Entity2(Entity):
        sure: bool = asked("Sure", "确定")

    class Third(Note):
        entities: list[Entity2] = asked(
            "Entities",
            "实体",
            labels={"drug": ("Drug", "药物"), "finding": ("Finding", "症状")},
            group=("Marks", "标注"),
        )

    assert len({version_of(Note), version_of(Other), version_of(Third)}) == 3


HEAD = """
from datetime import date
from typing import Literal
from toolkit.schema import Bilingual, Preference, Ranking, Relation, Schema, Shows, Span, Taxon, asked

class About(Span):
    {about}

class Mine(Schema):
    title = Bilingual("Mine", "我的")
    instruction = Bilingual("Do.", "做。")
    {shows}
    yes: bool = asked("Yes", "是")
    {body}
"""
AB = "labels={'a': ('A', '甲'), 'b': ('B', '乙')}"
USELESS: list[tuple[dict[str, str], str, str]] = [
    ({"body": "code: Taxon = asked('Code', '码', labels={'a/b': ('B', '乙')})"}, "code", "without 'a' above it"),
    ({"body": "code: Taxon = asked('Code', '码')"}, "code", "no labels"),
    ({"body": "code: Taxon = asked('C', '码', labels={'a': ('A', '甲'), 'a/': ('B', '乙')})"}, "code", "'a/'"),
    ({"body": f"links: list[Relation] = asked('L', '联', {AB})"}, "links", "no between="),
    ({"body": f"links: list[Relation] = asked('L', '联', {AB}, between='yes')"}, "links", "between='yes'"),
    ({"body": "links: list[Relation] = asked('L', '联')"}, "links", "no labels"),
    ({"body": "best: Preference = asked('Best', '最好')"}, "best", "0 candidates"),
    (
        {"shows": "shows = Shows(candidates=('a', 'b', 'c'))", "body": "best: Preference = asked('B', '好')"},
        "best",
        "3",
    ),
    (
        {"shows": "shows = Shows(candidates=('a', 'a'))", "body": "best: Preference = asked('B', '好')"},
        "",
        "named twice",
    ),
    ({"shows": "shows = Shows(candidates=('a',))", "body": "rank: Ranking = asked('B', '好')"}, "rank", "1 candidates"),
    ({"body": "note: str | None = asked('N', '注', when=('no', True))"}, "note", "when='no'"),
    ({"body": "note: str | None = asked('N', '注', when=('yes', 'perhaps'))"}, "note", "'perhaps'"),
    ({"body": "note: str = asked('N', '注', when=('yes', True))"}, "note", "not always shown"),
    ({"body": "note: str | None = asked('N', '注', required=True)"}, "note", "required= without when="),
    ({"body": "note: bool | None = asked('N', '注', when=('note', True))"}, "note", "when='note'"),
    ({"body": "born: date = asked('Born', '出生', min_length=3)"}, "born", "min_length on a field of kind date"),
    ({"body": "born: date = asked('B', '生', ge=date(2001, 1, 1), le=date(2000, 1, 1))"}, "born", "bounds"),
    ({"body": "left: str = asked('Left', '左')"}, "left", "the name 'left'"),
    ({"body": "a__b: str = asked('A', '甲')"}, "a__b", "the name 'a__b'"),
    ({"about": "sure: bool", "body": f"marks: list[About] = asked('M', '标', {AB})"}, "marks", "About.sure: it has no"),
    (
        {
            "about": "way: list[Relation] = asked('W', '路', labels={'a': ('A', '甲')})",
            "body": f"m: list[About] = asked('M', '标', {AB})",
        },
        "m",
        "About.way: a relations about a span",
    ),
    (
        {
            "about": "text_: str = asked('T', '文', when=('yes', True))",
            "body": f"m: list[About] = asked('M', '标', {AB})",
        },
        "m",
        "About.text_",
    ),
    (
        {"body": f"k: list[Literal['a', 'b']] = asked('K', '类', {AB}, ordered=True)"},
        "k",
        "ordered= on a field of kind",
    ),
    ({"body": f"k: Taxon = asked('K', '类', {AB}, ordered=True)"}, "k", "ordered= on a field of kind taxon"),
    ({"body": "k: int = asked('K', '类', ge=1, le=5, ordered=True)"}, "k", "ordered= on a field of kind rating"),
    ({"body": "k: bool = asked('K', '类', ordered=True)"}, "k", "ordered= on a field of kind boolean"),
    ({"body": f"k: list[Span] = asked('K', '类', {AB}, ordered=True)"}, "k", "ordered= on a field of kind spans"),
    ({"body": f"k: Literal['a', 'b'] = asked('K', '类', {AB}, ordered=('a', 'b'))"}, "k", "ordered=('a', 'b')"),
    ({"body": f"k: Literal['b', 'a'] = asked('K', '类', {AB}, ordered=True)"}, "k", "labels in another order"),
    (
        {
            "about": f"sure: list[Literal['a', 'b']] = asked('S', '定', {AB}, ordered=True)",
            "body": f"m: list[About] = asked('M', '标', {AB})",
        },
        "m",
        "About.sure: ordered=",
    ),
    ({"shows": "shows = 3", "body": ""}, "", "shows is no Shows"),
    (
        {
            "body": "a: str = asked('A', '甲', group=('G', '组'))\n    b: str = asked('B', '乙')\n"
            "    c: str = asked('C', '丙', group=('G', '组'))"
        },
        "c",
        "begins twice",
    ),
]


@pytest.mark.parametrize(("parts", "field", "words"), USELESS)
def test_a_useless_declaration_is_reported_in_plain_words(
    tmp_path: Path, parts: dict[str, str], field: str, words: str
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(HEAD.format_map({"about": "pass", "shows": "", "body": ""} | parts), encoding="utf-8")
    faults = check_schema(file)
    assert [fault.field for fault in faults] == [field], faults
    assert isinstance(faults[0], Fault)
    assert words in faults[0].found


def test_a_round_of_conditions_is_refused(tmp_path: Path) -> None:
    body = (
        "a: bool | None = asked('A', '甲', when=('b', True))\n    b: bool | None = asked('B', '乙', when=('a', True))"
    )
    file = tmp_path / "mine.py"
    file.write_text(HEAD.format(about="pass", shows="", body=body), encoding="utf-8")
    assert {fault.field for fault in check_schema(file)} == {"a", "b"}
