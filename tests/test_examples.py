"""An example asks in the passage's language, answers in plain JSON, and leads back to the exact characters."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from dataset_on_disk import NAME, labelled, passages_of, record_of, texts

from toolkit.catalog import find_schema
from toolkit.documents import load_documents
from toolkit.examples import example_of, is_blank
from toolkit.passages import Passage, load_passages
from toolkit.records import Record
from toolkit.schema import (
    Bilingual,
    Preference,
    Relation,
    Schema,
    Shows,
    Span,
    Taxon,
    asked,
    check_answer,
    fields_of,
    load_schema,
)
from toolkit.workspace import Workspace


def test_every_span_lies_in_the_document_where_its_meta_says(workspace: Workspace) -> None:
    records = labelled(workspace)
    documents = {document.id: document.text for document in load_documents(workspace)}
    passages = {passage.id: passage for passage in load_passages(workspace)}
    model = find_schema(NAME, workspace).model
    spans = 0
    for record in records:
        example = example_of(record, passages[record.passage], model)
        text = documents[example.document]
        start, end = example.meta["span"]
        assert text[start:end] == passages[record.passage].text
        for span in example.meta["spans"]:
            spans += 1
            assert text[span["start"] : span["end"]] == span["text"]
    assert spans > len(records) / 2
    assert any(span["text"] == "😀" and span["start"] > 3 for span in example_spans(records, passages, model))


def example_spans(records: list[Record], passages: dict[str, Passage], model: type[Schema]) -> list[dict[str, Any]]:
    return [span for record in records for span in example_of(record, passages[record.passage], model).meta["spans"]]


def test_the_prompt_speaks_the_passages_language_and_the_answer_is_plain_json(workspace: Workspace) -> None:
    passages = passages_of(workspace, texts(2))
    model = find_schema(NAME, workspace).model
    english = next(example_of(record_of(p), p, model) for p in passages if p.language == "en" and "😀" in p.text)
    chinese = next(example_of(record_of(p), p, model) for p in passages if p.language == "zh" and "😀" in p.text)
    assert english.messages[0].content.startswith("Read the clause.")
    assert '"pay" = Payment' in english.messages[0].content
    assert chinese.messages[0].content.startswith("请阅读条款。")
    assert '"pay"＝付款' in chinese.messages[0].content
    assert "甲方" in chinese.messages[1].content, "Chinese stays unescaped"
    answer = json.loads(chinese.messages[1].content)
    assert list(answer) == ["kind", "marks", "stars"], "the output fields, in the schema's order"
    assert {"label": "sign", "text": "😀"} in answer["marks"], "no offsets: a model cannot count"


def test_what_an_annotator_asked_is_part_of_the_prompt_and_not_of_the_answer(workspace: Workspace) -> None:
    passages = passages_of(workspace, texts(1))
    model = find_schema(NAME, workspace).model
    example = next(example_of(record_of(p), p, model) for p in passages if "😀" in p.text)
    assert example.messages[0].content.endswith("Question: Who? 谁？")
    assert "Who?" not in example.messages[1].content


def test_an_id_changes_with_the_record_and_with_the_schemas_wording(workspace: Workspace, tmp_path: Path) -> None:
    passage = passages_of(workspace, texts(1))[0]
    found = find_schema(NAME, workspace)
    reworded = tmp_path / "reworded.py"
    reworded.write_text(
        found.path.read_text("utf-8").replace("Read the clause.", "Look at the clause."), encoding="utf-8"
    )
    one = example_of(record_of(passage), passage, found.model)
    other = example_of(record_of(passage, {"kind": "end"}), passage, found.model)
    assert one == example_of(record_of(passage), passage, found.model)
    assert len({one.id, other.id, example_of(record_of(passage), passage, load_schema(reworded)).id}) == 3


def test_an_empty_list_is_an_answer_and_nothing_is_none(workspace: Workspace) -> None:
    passage = passages_of(workspace, texts(1))[0]
    fields = fields_of(find_schema(NAME, workspace).model)
    nothing = {"question": "Who?", "kind": None, "stars": None}
    assert is_blank(record_of(passage, nothing | {"marks": None}), fields)
    assert not is_blank(record_of(passage, nothing | {"marks": []}), fields)


class Found(Span):
    sure: bool = asked("Sure", "确定")


class Rich(Schema):
    """The kinds that the bundled sample does not have."""

    title = Bilingual("Rich", "丰富")
    instruction = Bilingual("Fill it in.", "请填写。")
    shows = Shows(candidates=("first", "second"))
    marks: list[Found] = asked("Marks", "标", labels={"drug": ("Drug", "药"), "finding": ("Finding", "症状")})
    links: list[Relation] = asked("Links", "关系", labels={"treats": ("Treats", "治疗")}, between="marks")
    code: Taxon | None = asked("Code", "码", labels={"g": ("Nerves", "神经"), "g/44": ("Headache", "头痛")})
    day: date | None = asked("Day", "日", when=("well", True))
    well: bool = asked("Well", "好")
    better: Preference | None = asked("Better", "更好")


def test_relations_attributes_and_candidates_are_asked_and_learned_in_words(workspace: Workspace) -> None:
    passage = passages_of(workspace, texts(1))[0]
    passage = passage.model_copy(update={"meta": passage.meta | {"first": "Take it.", "second": "Leave it."}})
    head = {"start": 0, "end": 2, "text": passage.text[:2], "label": "drug"}
    tail = {"start": 3, "end": 5, "text": passage.text[3:5], "label": "finding"}
    answer = {
        "marks": [head | {"sure": True}, tail | {"sure": False}],
        "links": [{"head": head, "tail": tail, "label": "treats"}],
        "code": "g/44",
        "day": "2024-02-29",
        "well": True,
        "better": "second",
    }
    assert isinstance(check_answer(Rich, answer, passage.text), Rich)
    example = example_of(record_of(passage).model_copy(update={"answer": answer}), passage, Rich)
    asked_for, said = (message.content for message in example.messages)
    assert json.loads(said) == {
        "marks": [
            {"label": "drug", "text": head["text"], "sure": True},
            {"label": "finding", "text": tail["text"], "sure": False},
        ],
        "links": [{"label": "treats", "head": head["text"], "tail": tail["text"]}],
        "code": "g/44",
        "day": "2024-02-29",
        "well": True,
        "better": "second",
    }
    if passage.language == "en":
        words = ('both ends copied from "marks"', '"sure": true or false', "only if well is yes", '"g/44" = Headache')
        assert [one for one in words if one not in asked_for] == []
    assert "Take it." in asked_for
    assert "Leave it." in asked_for
