"""What a control writes it reads back; what a server gives is proven against the text, mended or refused by name."""

import re
from datetime import date
from typing import Any, Literal
from xml.etree import ElementTree as ET

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.annotations import (
    guideline,
    in_shown_order,
    labelling_config,
    neighbours_of,
    read_results,
    task_data,
    write_results,
)
from toolkit.annotations.controls import colour
from toolkit.annotations.repair import UnreadableError, mended
from toolkit.catalog import find_schema, list_schemas
from toolkit.errors import ToolkitError
from toolkit.passages import Passage
from toolkit.schema import (
    Bilingual,
    Field,
    Preference,
    Ranking,
    Relation,
    Schema,
    Shows,
    Span,
    Taxon,
    asked,
    bare,
    check_answer,
    fields_of,
    hidden,
    span_order,
)
from toolkit.tasks import Task, task_for

# Characters that trip offset arithmetic: astral, joined emoji, combining marks, CRLF, U+2028, Han, markup.
AWKWARD = st.text(
    st.sampled_from("aé e\u0301\u200d😀👨‍👩‍👧𠮷\r\n\u2028律师。<&>\"'$") | st.characters(exclude_categories=["Cs"]),
    min_size=1,
    max_size=40,
)
WORDING = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
VALUE = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8).filter(
    lambda value: value not in {"true", "false"}
)


class Entity(Span):
    """A span that is asked about."""

    negated: bool = asked("Negated", "否定")
    how_sure: Literal["sure", "unsure"] | None = asked(
        "How sure", "确定性", labels={"sure": ("Sure", "确定"), "unsure": ("Unsure", "不确定")}
    )
    kinds: list[Literal["a", "b"]] = asked("Kinds", "种类", labels={"a": ("A", "甲"), "b": ("B", "乙")})
    remark: str | None = asked("Remark", "备注")
    degree: int | None = asked("Degree", "程度", ge=1, le=3)
    dose: float | None = asked("Dose", "剂量")
    since: date | None = asked("Since", "起始")


TREE = {
    "civil": ("Civil", "民事"),
    "civil/contract": ("Contract", "合同"),
    "tax": ("Tax", "税"),
    "tax/vat": ("VAT", "增值税"),
}


@st.composite
def a_field(draw: st.DrawFn, number: int) -> tuple[Any, Any]:
    """Draw the type and the declaration of one field."""
    values = draw(st.lists(VALUE, min_size=1, max_size=4, unique=True))
    labels = {value: (f"{draw(WORDING)}{place}", draw(WORDING)) for place, value in enumerate(values)}
    literal = Literal[tuple(values)]
    title = f"{draw(WORDING)}", f"题{number}"
    role: Literal["input", "output"] = draw(st.sampled_from(["input", "output"]))
    kind, says = draw(
        st.sampled_from(
            [
                (literal, asked(*title, labels=labels, role=role)),
                (literal | None, asked(*title, labels=labels)),
                (list[literal], asked(*title, labels=labels)),
                (list[Span], asked(*title, labels=labels, hint=("$text", "提示"))),
                (str, asked(*title, role=role)),
                (str | None, asked(*title)),
                (int, asked(*title, ge=1, le=5)),
                (int, asked(*title)),
                (float | None, asked(*title, ge=-1, le=1)),
                (bool, asked(*title)),
                (bool | None, asked(*title)),
                (date, asked(*title)),
                (date | None, asked(*title)),
                (list[str], asked(*title)),
                (Taxon, asked(*title, labels=TREE)),
                (list[Taxon], asked(*title, labels=TREE)),
                (list[Entity], asked(*title, labels=labels)),
                (Preference | None, asked(*title)) if number == 0 else (str, asked(*title)),
                (Ranking, asked(*title)) if number == 1 else (str, asked(*title)),
            ]
        )
    )
    return kind, says


@st.composite
def a_schema(draw: st.DrawFn) -> type[Schema]:
    count = draw(st.integers(1, 6))
    declared = {f"field_{number}": draw(a_field(number)) for number in range(count)}
    if spans := [name for name, (kind, _) in declared.items() if kind in (list[Span], list[Entity])]:
        ends = asked(
            "Links", "关系", labels={"cures": ("Cures", "治疗"), "causes": ("Causes", "导致")}, between=spans[0]
        )
        declared["links"] = (list[Relation], ends)
    if booleans := [name for name, (kind, _) in declared.items() if kind in (bool, bool | None)]:
        declared["why"] = (str | None, asked("Why", "为何", when=(booleans[0], True), required=True))
    model = pydantic.create_model("Drawn", __base__=Schema, **declared)
    model.title = Bilingual(draw(WORDING), "题")
    model.instruction = Bilingual("Do.", "做。")
    kinds = repr([kind for kind, _ in declared.values()])
    model.shows = Shows(candidates=("one", "two")) if "'preference'" in kinds or "'ranking'" in kinds else Shows()
    return model


def a_span(field: Field, text: str) -> st.SearchStrategy[dict[str, Any]]:
    places = st.integers(0, len(text) - 1).flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, len(text))))
    return st.builds(
        lambda place, label, about: (
            {"start": place[0], "end": place[1], "text": text[slice(*place)], "label": label} | about
        ),
        places,
        st.sampled_from(field.values),
        st.fixed_dictionaries({one.name: a_value(one, text) for one in field.attributes}),
    )


@st.composite
def an_answer(draw: st.DrawFn, model: type[Schema], text: str) -> dict[str, Any]:
    """Draw a valid answer; relations lie between the spans that were drawn, and what is not shown stays open."""
    fields = fields_of(model)
    answer = {field.name: draw(a_value(field, text)) for field in fields if field.kind != "relations"}
    for field in fields:
        if field.kind == "relations":
            answer[field.name] = draw(relations(field, answer[str(field.between)]))
    return answer | dict.fromkeys(hidden(fields, answer))


def relations(field: Field, spans: list[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    if len(spans) < 2:
        return st.just([])
    ends = st.permutations(spans).map(lambda found: found[:2])
    one = st.builds(
        lambda pair, label: {"head": bare(pair[0]), "tail": bare(pair[1]), "label": label},
        ends,
        st.sampled_from(field.values),
    )

    def order(relation: dict[str, Any]) -> Any:
        return span_order(relation["head"]), span_order(relation["tail"]), relation["label"]

    return st.lists(one, max_size=4, unique_by=order).map(lambda found: sorted(found, key=order))


def a_value(field: Field, text: str) -> st.SearchStrategy[Any]:
    some: dict[str, st.SearchStrategy[Any]] = {
        "choice": st.sampled_from(field.values) if field.values else st.nothing(),
        "choices": st.sets(st.sampled_from(field.values)).map(lambda chosen: sorted(chosen, key=field.values.index))
        if field.values
        else st.nothing(),
        "spans": st.lists(a_span(field, text), max_size=5, unique_by=lambda s: (s["start"], s["end"], s["label"])).map(
            lambda spans: sorted(spans, key=lambda s: (s["start"], s["end"], s["label"]))
        ),
        "text": AWKWARD.filter(str.strip),
        "number": st.integers(-9, 9) if field.whole else st.floats(-1, 1),
        "rating": st.integers(1, int(field.maximum or 5)),
        "date": st.dates(date(1000, 1, 1)).map(date.isoformat),
        "texts": st.lists(AWKWARD.filter(str.strip), max_size=3),
        "taxon": st.sampled_from(field.values) if field.values else st.nothing(),
        "taxons": st.sets(st.sampled_from(field.values)).map(lambda chosen: sorted(chosen, key=field.values.index))
        if field.values
        else st.nothing(),
        "preference": st.sampled_from(field.values) if field.values else st.nothing(),
        "ranking": st.permutations(field.values).map(list),
        "boolean": st.booleans(),
    }
    value = some[field.kind]
    return value if field.required or field.is_list else st.none() | value


@settings(max_examples=200, deadline=None)
@given(st.data(), a_schema(), AWKWARD)
def test_read_inverts_write(data: st.DataObject, model: type[Schema], text: str) -> None:
    answer = data.draw(an_answer(model, text))
    results = write_results(model, answer, text)
    reading = read_results(model, results, text)
    assert reading.answer == answer
    assert (reading.repaired, reading.faults) == (0, ())
    assert isinstance(check_answer(model, reading.answer, text), Schema)
    assert results == write_results(model, reading.answer, text)


@settings(max_examples=100, deadline=None)
@given(a_schema())
def test_the_screen_is_well_formed_and_names_every_field_once(model: type[Schema]) -> None:
    root = ET.fromstring(labelling_config(model))
    fields = fields_of(model)
    shown = {"relations", "preference", "ranking"}
    named = [tag.get("name") for tag in root.iter() if tag.get("toName") == "text"]
    assert [name for name in named if "__" not in str(name)] == [one.name for one in fields if one.kind not in shown]
    assert len(named) == len(set(named))
    for field in fields:
        if field.kind == "relations":
            continue
        (tag,) = [tag for tag in root.iter() if tag.get("name") == field.name]
        paths = [value.rpartition("/")[2] if "taxon" in field.kind else value for value in field.values]
        assert field.kind in shown or [label.get("alias") for label in tag.iter() if label.get("alias")] == paths
        if field.kind not in {"spans", *shown}:
            assert (tag.get("required") == "true") == field.required
    keys = [key for tag in root.iter() if (key := tag.get("hotkey"))]
    assert len(set(keys)) == len(keys)
    # The editor turns attributes that are exactly true or false into booleans, and then the screen stays blank.
    assert not {tag.get("alias") for tag in root.iter()} & {"true", "false"}


@pytest.mark.parametrize("name", [listed.name for listed in list_schemas(None)])
def test_label_studio_accepts_the_screens_and_the_results(name: str) -> None:
    from label_studio_sdk.label_interface import LabelInterface

    model = find_schema(name, None).model
    interface = LabelInterface(labelling_config(model))
    interface.validate()
    text = "甲方😀 shall pay."
    fields = fields_of(model)
    answer = {field.name: sample(field, text) for field in fields}
    answer |= dict.fromkeys(hidden(fields, answer))
    results = write_results(model, answer, text)
    known = [one for one in results if one["type"] in {"choices", "labels", "textarea", "number", "rating", "datetime"}]
    assert interface.validate_prediction({"model_version": "x", "result": known}, return_errors=True) == []


def sample(field: Field, text: str) -> Any:
    """An answer to a field, the same on every run."""
    value: dict[str, Any] = {
        "choice": field.values[:1],
        "taxon": field.values[:1],
        "preference": field.values[:1],
        "boolean": [True],
        "number": [field.minimum or 1],
        "rating": [1],
        "date": ["2024-02-29"],
        "text": ["A text."],
    }
    if field.kind == "spans":
        about = {one.name: sample(one, text) for one in field.attributes}
        place = {"start": 0, "end": 3, "text": text[:3]}
        return [place | {"label": label} | about for label in field.values]
    lists: dict[str, Any] = {"choices": list(field.values), "taxons": list(field.values[:1]), "texts": ["A text."]}
    lists |= {"ranking": list(field.values), "relations": []}
    return lists[field.kind] if field.is_list else value[field.kind][0]


def test_markup_in_wordings_stays_text() -> None:
    class Hostile(Schema):
        title = Bilingual('</View><script>alert("1")</script>', "题")
        instruction = Bilingual("Mark sums over $500, not $text.", "标。")
        kind: Literal["a"] = asked("Kind", "类", labels={"a": ('"><script>alert(1)</script>', "甲")})
        sum: list[Span] = asked("Sums", "金额", labels={"x": ("Over $500", "逾$500")})
        size: Literal["b"] = asked("Size", "大小", labels={"b": ("Below $5", "不足$5")})

    config = labelling_config(Hostile)
    root = ET.fromstring(config)
    assert "<script" not in config
    assert not list(root.iter("script"))
    shown = {tag.get("value") for tag in root.iter()}
    assert '"><script>alert(1)</script> · 甲' in shown
    # The editor looks $names up in the task's data; only the screen's own three may be found there.
    assert sorted(name for value in shown if value for name in re.findall(r"\$[\w[\].{}]+", value)) == [
        "$heading",
        "$origin",
        "$text",
    ]


def test_the_passage_keeps_its_offsets() -> None:
    (tag,) = ET.fromstring(labelling_config(find_schema("medical/qa_evidence", None).model)).iter("Text")
    assert tag.attrib == {"name": "text", "value": "$text", "saveTextResult": "yes"}


def test_a_task_shows_where_its_passage_comes_from() -> None:
    passage = Passage(
        id="pas_1",
        document="doc_1",
        start=0,
        end=3,
        text="a\r\n",
        heading=("12 Termination", "12.1"),
        pages=(3, 4),
        language="en",
        group="g",
        meta={"path": "raw/lease.pdf"},
    )
    task = task_for(passage, schema_name="s", schema_version="v", round_name="r", annotator="a@example.org")
    assert task_data(Mine, task, passage) == {
        "task_id": task.id,
        "text": "a\r\n",
        "heading": "12 Termination › 12.1",
        "origin": "raw/lease.pdf · pp. 3–4",
    }


class Compared(Schema):
    """Shows everything that can stand beside a passage."""

    title = Bilingual("Compared", "比较")
    instruction = Bilingual("Choose.", "请选择。")
    shows = Shows(neighbours=1, metadata={"ward": ("Ward", "病区")}, candidates=("first", "second"))
    better: Preference | None = asked("Better", "更好")
    order: Ranking = asked("Order", "排序")


def a_passage(number: int, document: str = "doc_1", **meta: Any) -> Passage:
    text = f"Passage {number}."
    place = {"start": number * 20, "end": number * 20 + len(text), "text": text}
    return Passage(id=f"pas_{document}_{number}", document=document, language="en", group="g", meta=meta, **place)


def test_neighbours_are_those_of_the_same_document_in_its_order() -> None:
    passages = [a_passage(2), a_passage(0), a_passage(1), a_passage(1, "doc_2")]
    around = neighbours_of(Compared, passages)
    assert around["pas_doc_1_1"] == (("Passage 0.",), ("Passage 2.",))
    assert around["pas_doc_1_0"] == ((), ("Passage 1.",))
    assert around["pas_doc_2_1"] == ((), ())
    assert neighbours_of(Mine, passages) == {}


def test_a_task_shows_what_the_schema_wants_and_no_candidates_name() -> None:
    passage = a_passage(1, ward="West", first="Yes.", second="No.")
    data = task_data(Compared, task_of(passage), passage, neighbours_of(Compared, [passage, a_passage(2)]))
    assert data["facts"] == {"ward": "West"}
    assert (data["before"].strip(), data["after"]) == ("", "Passage 2.")
    assert {data["left"], data["right"]} == {"Yes.", "No."}
    assert [one["body"] for one in data["candidates"]] == [data["left"], data["right"]]
    assert "first" not in str(data["candidates"])
    root = ET.fromstring(labelling_config(Compared))
    wanted = {value for tag in root.iter() if (value := tag.get("value") or "").startswith("$")}
    assert {name.lstrip("$").partition(".")[0] for name in wanted} <= data.keys()


def test_the_order_of_candidates_favours_none_of_them() -> None:
    orders = [in_shown_order(("first", "second"), f"Passage {number}.") for number in range(400)]
    first = orders.count(["first", "second"])
    assert 160 < first < 240
    assert in_shown_order(("first", "second"), "x") == in_shown_order(("second", "first"), "x")


def test_a_passage_without_its_candidates_is_refused_with_a_hint() -> None:
    with pytest.raises(ToolkitError) as error:
        task_data(Compared, task_of(a_passage(1)), a_passage(1, first="Yes."))
    assert error.value.code == "CANDIDATES-MISSING"


def task_of(passage: Passage) -> Task:
    return task_for(passage, schema_name="s", schema_version="v", round_name="r", annotator="ann")


def test_a_relation_that_leads_both_ways_or_back_is_read_as_it_is_meant() -> None:
    class Linked(Schema):
        title = Bilingual("Linked", "关联")
        instruction = Bilingual("Link.", "连接。")
        marks: list[Span] = asked("Marks", "标", labels={"x": ("X", "叉")})
        links: list[Relation] = asked("Links", "关系", labels={"to": ("To", "至")}, between="marks")

    text = "one two"
    spans = [{"start": 0, "end": 3, "text": "one", "label": "x"}, {"start": 4, "end": 7, "text": "two", "label": "x"}]
    marks = write_results(Linked, {"marks": spans}, text)
    one, two = (item["id"] for item in marks)
    arrow = {"type": "relation", "from_id": one, "to_id": two, "labels": ["To · 至"]}

    def links(*arrows: dict[str, Any]) -> Any:
        reading = read_results(Linked, [*marks, *arrows], text)
        found = [(link["head"]["text"], link["tail"]["text"]) for link in reading.answer["links"]]
        return found, [fault.code for fault in reading.faults]

    assert links(arrow | {"direction": "right"}) == ([("one", "two")], [])
    assert links(arrow | {"direction": "left"}) == ([("two", "one")], [])
    assert links(arrow | {"direction": "bi"}) == ([("one", "two"), ("two", "one")], [])
    assert links(arrow, arrow) == ([("one", "two")], [])
    assert links(arrow | {"labels": []}) == ([], ["RESULT-LABEL"])
    assert links(arrow | {"labels": ["Fro"]}) == ([], ["RESULT-LABEL"])
    assert links(arrow | {"to_id": "gone"}) == ([], ["RELATION-END"])


def test_what_the_screen_no_longer_shows_is_dropped() -> None:
    class Asked(Schema):
        title = Bilingual("Asked", "问")
        instruction = Bilingual("Ask.", "问。")
        yes: bool = asked("Yes", "是")
        why: str | None = asked("Why", "为何", when=("yes", True))

    results = write_results(Asked, {"yes": False, "why": "Because."}, "x")
    reading = read_results(Asked, results, "x")
    assert (reading.answer, reading.repaired) == ({"yes": False, "why": None}, 1)


def test_many_labels_have_distinct_colours() -> None:
    assert len({colour(number) for number in range(40)}) == 40


# What a server may hold: it checks nothing, and everyone who can reach it can write.

TEXT = "😀甲方 pays; 甲方 stops.\r\nEnd."


class Mine(Schema):
    title = Bilingual("T", "题")
    instruction = Bilingual("I", "令")
    kind: Literal["a", "b"] = asked("Kind", "类", labels={"a": ("A", "甲"), "b": ("B", "乙")})
    marks: list[Span] = asked("Marks", "标", labels={"x": ("X", "子"), "y": ("Y", "丑")})
    note: str | None = asked("Note", "注")
    score: int = asked("Score", "分", ge=1, le=5)


def item(name: Any, value: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": "?", "value": value}


def marked(start: Any, end: Any, text: Any = None, label: Any = "x") -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": [label]}
    return item("marks", value if text is None else value | {"text": text})


def test_a_real_submission_is_read() -> None:
    """The shapes that a browser submitted: regions carry an id and an origin, choices their alias."""
    results = [
        {"id": "7V4", "origin": "manual", "type": "choices", **item("kind", {"choices": ["b"]})},
        {"id": "ene", "origin": "manual", "type": "labels", **marked(1, 3, "甲方")},
        {"id": "0Gf", "origin": "manual", "type": "rating", **item("score", {"rating": 2})},
        {"id": "NrY", "origin": "manual", "type": "textarea", **item("note", {"text": ["one\ntwo"]})},
    ]
    reading = read_results(Mine, results, TEXT)
    assert reading.answer == {
        "kind": "b",
        "marks": [{"start": 1, "end": 3, "text": "甲方", "label": "x"}],
        "note": "one\ntwo",
        "score": 2,
    }
    assert (reading.repaired, reading.faults) == (0, ())


def test_nothing_submitted_is_nothing_answered() -> None:
    reading = read_results(Mine, [], TEXT)
    assert reading.answer == {"kind": None, "marks": [], "note": None, "score": None}
    assert reading.faults == ()


@pytest.mark.parametrize(
    ("result", "field", "code"),
    [
        (item("gone", {"choices": ["a"]}), "", "RESULT-UNKNOWN"),
        (item(None, {"choices": ["a"]}), "", "RESULT-UNKNOWN"),
        (item(["kind"], {}), "", "RESULT-UNKNOWN"),
        ({"type": "relation", "from_id": "a", "to_id": "b"}, "", "RESULT-UNKNOWN"),
        ("nonsense", "", "RESULT-UNKNOWN"),
        (item("kind", None), "kind", "RESULT-BROKEN"),
        (item("kind", {}), "kind", "RESULT-BROKEN"),
        (item("kind", {"choices": "a"}), "kind", "RESULT-BROKEN"),
        (item("kind", {"choices": ["a", "b"]}), "kind", "RESULT-BROKEN"),
        (item("kind", {"choices": []}), "kind", "RESULT-BROKEN"),
        (item("kind", {"choices": ["A · 乙"]}), "kind", "RESULT-LABEL"),
        (item("kind", {"choices": [["a"]]}), "kind", "RESULT-LABEL"),
        (item("score", {"rating": "5"}), "score", "RESULT-BROKEN"),
        (item("score", {"rating": True}), "score", "RESULT-BROKEN"),
        (item("note", {"text": [1]}), "note", "RESULT-BROKEN"),
        (marked(0, 99999), "marks", "SPAN-RANGE"),
        (marked(3, 3), "marks", "SPAN-RANGE"),
        (marked(5, 3, "甲方"), "marks", "SPAN-RANGE"),
        (marked(-3, -1, "甲方"), "marks", "SPAN-RANGE"),
        (marked(0, 1, ""), "marks", "SPAN-RANGE"),
        (marked("0", "1"), "marks", "RESULT-BROKEN"),
        (marked(0.0, 1.0), "marks", "RESULT-BROKEN"),
        (marked(True, 2), "marks", "RESULT-BROKEN"),
        (marked(1, 3, "乙方"), "marks", "SPAN-MISMATCH"),
        (marked(4, 6, "甲方"), "marks", "SPAN-MISMATCH"),
        (marked(1, 3, "甲方", "z"), "marks", "RESULT-LABEL"),
        (item("marks", {"start": 1, "end": 3, "text": "甲方"}), "marks", "RESULT-BROKEN"),
    ],
)
def test_what_cannot_be_an_answer_is_a_fault_by_name(result: Any, field: str, code: str) -> None:
    reading = read_results(Mine, [result], TEXT)
    (fault,) = reading.faults
    assert (fault.field, fault.code) == (field, code)
    assert reading.answer == {"kind": None, "marks": [], "note": None, "score": None}


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["from_name", "value", "start", "end", "labels", "text", "choices", "rating"]),
                    inner,
                )
            ),
            max_leaves=12,
        )
        | st.builds(
            item,
            st.sampled_from(["kind", "marks", "note", "score"]),
            st.dictionaries(
                st.sampled_from(["start", "end", "text", "labels", "choices", "rating", "number"]),
                st.none()
                | st.integers()
                | st.floats()
                | st.text(max_size=3)
                | st.lists(st.sampled_from(["a", "x", "😀", "甲方", "\ud800"]) | st.integers(), max_size=3),
            ),
        ),
        max_size=4,
    )
)
def test_no_result_can_break_the_reader(results: list[Any]) -> None:
    reading = read_results(Mine, results, TEXT)
    for span in reading.answer["marks"]:
        assert TEXT[span["start"] : span["end"]] == span["text"]


def test_the_last_of_two_answers_counts_and_their_difference_is_named() -> None:
    one, two = item("kind", {"choices": ["a"]}), item("kind", {"choices": ["b"]})
    same = read_results(Mine, [one, one], TEXT)
    assert (same.answer["kind"], same.repaired, same.faults) == ("a", 1, ())
    differing = read_results(Mine, [one, two], TEXT)
    assert differing.answer["kind"] == "b"
    assert [fault.code for fault in differing.faults] == ["RESULT-TWICE"]


def test_a_span_marked_twice_counts_once() -> None:
    reading = read_results(Mine, [marked(1, 3, "甲方"), marked(1, 3, "甲方")], TEXT)
    assert (len(reading.answer["marks"]), reading.repaired, reading.faults) == (1, 1, ())


def test_a_span_without_text_is_taken_at_its_offsets() -> None:
    reading = read_results(Mine, [marked(1, 3)], TEXT)
    assert reading.answer["marks"][0]["text"] == "甲方"


@given(AWKWARD, AWKWARD, AWKWARD)
def test_offsets_in_utf_16_units_are_put_right(before: str, inside: str, after: str) -> None:
    text = before + inside + after
    units = [len(part.encode("utf-16-le")) // 2 for part in (before, before + inside)]
    place = mended({"start": units[0], "end": units[1], "text": inside}, text)
    assert text[place.start : place.end] == inside
    if text[units[0] : units[1]] != inside:
        assert place == (len(before), len(before) + len(inside), "UTF16-OFFSETS")


def test_line_ends_that_a_browser_changed_are_put_right() -> None:
    start = TEXT.index("stops")
    place = mended({"start": start, "end": len(TEXT), "text": "stops.\nEnd."}, TEXT)
    assert place == (start, len(TEXT), "LINE-ENDS")


def test_a_text_that_moved_is_found_only_when_it_is_the_only_one_nearby() -> None:
    assert mended({"start": 0, "end": 5, "text": "stops"}, TEXT) == (13, 18, "MOVED")
    for text, marked_text in (("甲方 甲方 ", "甲方"), ("aaaa", "aa"), ("x" * 500 + "甲方", "甲方")):
        with pytest.raises(UnreadableError, match="was marked"):
            mended({"start": 2, "end": 3, "text": marked_text}, text)


def test_the_guideline_takes_wordings_literally() -> None:
    class Marked(Schema):
        title = Bilingual("A *b* <script>", "题")
        instruction = Bilingual("I", "令")
        note: str = asked("N_o_te", "注", max_length=5)

    page = guideline(Marked)
    assert "# A \\*b\\* \\<script\\>\n" in page
    assert "*Write, at most 5 characters, required*" in page
    assert "*填写文字，至多 5 个字符，必填*" in page
