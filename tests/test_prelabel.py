"""Predictions: rules, earlier rounds, functions and chat models; nothing unchecked goes out, nothing is asked twice."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from round_on_disk import answer, answer_round, open_round, passages_of
from test_controls import AWKWARD, a_schema, an_answer

from toolkit.annotations import labelling_config, read_results, task_data, write_results
from toolkit.catalog import builtin, find_schema
from toolkit.cli import group
from toolkit.errors import SERVICE, USER, ToolkitError
from toolkit.passages import Passage
from toolkit.prelabel import exchange
from toolkit.prelabel.check import checked
from toolkit.prelabel.endpoint import AT_ONCE
from toolkit.prelabel.gazetteer import Gazetteer, Hit, Term, without_overlaps
from toolkit.prelabel.matching import RulesSource
from toolkit.prelabel.question import response_format
from toolkit.prelabel.rules import read_rules
from toolkit.prelabel.source import Given
from toolkit.prelabel.store import Store, row_of
from toolkit.rounds.plan import load_plan
from toolkit.schema import Bilingual, Schema, Span, asked, fields_of
from toolkit.studio import connect, push
from toolkit.studio.push import PushResult
from toolkit.tasks import task_for
from toolkit.workspace import Workspace, read_jsonl


class Mine(Schema):
    """One field of each kind that rules can fill, and one that they cannot."""

    title = Bilingual("T", "题")
    instruction = Bilingual("I", "令")
    kind: Literal["a", "b", "c"] = asked("Kind", "类", labels={"a": ("A", "甲"), "b": ("B", "乙"), "c": ("C", "丙")})
    topics: list[Literal["x", "y"]] = asked("Topics", "主题", labels={"x": ("X", "子"), "y": ("Y", "丑")})
    binding: bool | None = asked("Binding", "约束")
    marks: list[Span] = asked("Marks", "标", labels={"p": ("P", "方"), "d": ("D", "日")})
    note: str | None = asked("Note", "注", max_length=5)


def a_passage(text: str, **meta: Any) -> Passage:
    return Passage(id="pas_1", document="doc_1", start=0, end=len(text), text=text, language="en", group="g", meta=meta)


def mark(text: str, words: str, label: str = "p") -> dict[str, Any]:
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words, "label": label}


def rules_of(folder: Path, written: str, model: type[Schema] = Mine) -> RulesSource:
    path = folder / "mine.yaml"
    path.write_text(written, encoding="utf-8")
    fields = fields_of(model)
    return RulesSource(read_rules(path, fields), fields)


def found_by(source: RulesSource, text: str) -> Given:
    ((_, given_),) = source.predict([a_passage(text)])
    return given_


# Gazetteers.


@pytest.mark.parametrize(
    ("terms", "text", "found"),
    [
        (["甲方"], "由甲方负责", ["甲方"]),  # no borders between Chinese words
        (["Act"], "the Act, not Action or Pact", ["Act"]),
        (["Act"], "依照Act办理", ["Act"]),  # Han characters are a border to Latin ones
        (["30"], "130 days, 30 days, 30日, 300", ["30", "30"]),
        (["合同", "劳动合同"], "劳动合同与合同", ["劳动合同", "合同"]),  # the longest first
        (["force majeure"], "any force\n   majeure event", ["force\n   majeure"]),
        (["cafe"], "cafe\u0301 cafe", ["cafe"]),  # an accent is not cut off
        (["C++"], "C++ and C", ["C++"]),
        (["Act"], "ACT act", []),
        (["𠮷野家"], "😀𠮷野家", ["𠮷野家"]),
        (["New York", "New"], "New Yorker", ["New"]),  # the longer one does not stand alone, the shorter does
    ],
)
def test_terms_are_found_where_they_stand_alone(terms: list[str], text: str, found: list[str]) -> None:
    hits = Gazetteer(Term(term, "x") for term in terms).find(text)
    assert [text[hit.start : hit.end] for hit in without_overlaps(hits)] == found


def test_without_the_case_rule_capitals_do_not_matter_and_offsets_stay() -> None:
    text = "İstanbul LICENSEE licensee"  # the small letter of the first is two characters long
    hits = Gazetteer([Term("Licensee", "x", ignore_case=True)]).find(text)
    assert [text[hit.start : hit.end] for hit in hits] == ["LICENSEE", "licensee"]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), max_size=12))
def test_what_remains_never_overlaps_and_the_longest_stays(drawn: list[tuple[int, int]]) -> None:
    hits = [Hit(start, start + length, "x") for start, length in drawn]
    kept = without_overlaps(hits)
    assert all(a.end <= b.start for a, b in pairwise(kept))
    assert not hits or max(hit.end - hit.start for hit in kept) == max(hit.end - hit.start for hit in hits)


# Rules files.

RULES = r"""
fields:
  marks:
    labels:
      p: {terms: [甲方, Buyer], file: more.txt}
      d:
        patterns:
          - \d{4}年\d{1,2}月
          - {pattern: 'dated (\w+ \d{4})', group: 1, flags: [ignorecase]}
          - x*
  kind:
    labels:
      a: {terms: [pay, pays], ignore_case: true}
      b: {patterns: [deliver]}
  topics:
    labels: {y: {terms: [sun]}, x: {terms: [moon]}}
  binding:
    decide: first
    labels: {no: {terms: [draft]}, yes: {terms: [signed]}}
"""


@pytest.fixture
def rules(tmp_path: Path) -> RulesSource:
    (tmp_path / "more.txt").write_text("\ufeffSeller\n\n  任何一方 \n", encoding="utf-8")
    return rules_of(tmp_path, RULES)


@pytest.mark.parametrize(
    ("text", "answer_"),
    [
        ("Nothing here.", None),
        (
            "甲方 and Buyer and Seller",
            {"marks": [mark("甲方 and Buyer and Seller", w) for w in ("甲方", "Buyer", "Seller")]},
        ),
        ("Dated May 2024", {"marks": [mark("Dated May 2024", "May 2024", "d")]}),
        ("2024年5月", {"marks": [mark("2024年5月", "2024年5月", "d")]}),
        ("pay or deliver, deliver", {"kind": "b"}),  # most votes
        ("deliver or PAY", {"kind": "a"}),  # a tie goes to the first in the file
        ("sun and moon", {"topics": ["x", "y"]}),  # the schema's order
        ("signed, signed, and a draft", {"binding": False}),  # decide: first
        ("signed", {"binding": True}),
    ],
)
def test_rules_find_spans_and_count_votes(rules: RulesSource, text: str, answer_: dict[str, Any] | None) -> None:
    found = found_by(rules, text)
    assert (found.answer, found.trouble) == (answer_, "")
    assert checked(Mine, found.answer or {}, text) == (answer_ or {}, ())


@pytest.mark.parametrize(
    ("written", "place", "what"),
    [
        ("fields: [", "", "line 1"),
        ("fields: {marks: {labels: {p: {terms: [a]}, p: {terms: [b]}}}}", "", "'p' is written twice"),
        ("rules: {}", "fields", "required"),
        ("fields: {mark: {labels: {p: {terms: [a]}}}}", "fields.mark", "kind, topics, binding, marks"),
        ("fields: {note: {labels: {p: {terms: [a]}}}}", "fields.note", "kind, topics, binding, marks"),
        ("fields: {marks: {labels: {q: {terms: [a]}}}}", "fields.marks.labels.q", "p, d"),
        ("fields: {marks: {labels: {p: {patterns: ['(']}}}}", "fields.marks.labels.p.patterns.0", "position 1"),
        (
            "fields: {marks: {labels: {p: {patterns: [{pattern: a, group: 2}]}}}}",
            "fields.marks.labels.p.patterns.0",
            "no group 2",
        ),
        ("fields: {marks: {labels: {p: {patterns: [{pattern: a, flags: [x]}]}}}}", "flags.0", "ignorecase"),
        ("fields: {marks: {labels: {p: {file: none.txt}}}}", "fields.marks.labels.p.file", "none.txt"),
        ("fields: {marks: {labels: {p: {terms: ['']}}}}", "fields.marks.labels.p", "empty"),
        ("fields: {marks: {labels: {p: {}}}}", "fields.marks.labels.p", "no terms"),
        ("fields: {marks: {decide: best, labels: {p: {terms: [a]}}}}", "fields.marks.decide", "most"),
    ],
)
def test_a_broken_rules_file_is_told_with_the_place(tmp_path: Path, written: str, place: str, what: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        rules_of(tmp_path, written)
    assert (caught.value.code, caught.value.exit_code) == ("PRELABEL-RULES", USER)
    assert place in caught.value.message
    assert what in caught.value.message


def test_the_mark_changes_with_the_rules_and_with_their_lists(tmp_path: Path, rules: RulesSource) -> None:
    assert rules.mark.startswith("rules mine ")
    assert rules_of(tmp_path, RULES).mark == rules.mark
    (tmp_path / "more.txt").write_text("Seller\n")
    changed = rules_of(tmp_path, RULES).mark
    assert changed != rules.mark
    assert rules_of(tmp_path, RULES + "# a remark\n").mark != changed


def test_a_pattern_that_runs_away_is_stopped_and_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.prelabel.matching.SECONDS", 0.2)
    runaway = r"fields: {marks: {labels: {p: {patterns: ['(a{1,500}){1,500}b']}}}, kind: {labels: {b: {terms: [b]}}}}"
    source = rules_of(tmp_path, runaway)
    text = "b " + "a" * 4000
    began = time.monotonic()
    first = found_by(source, text)
    assert first.answer == {"kind": "b"}  # the other fields are none the worse
    assert "fields.marks.labels.p.patterns.0" in first.trouble
    found_by(source, text)
    with pytest.raises(ToolkitError) as caught:
        found_by(source, text)
    assert (caught.value.code, "patterns.0" in caught.value.message) == ("PRELABEL-RULES", True)
    assert time.monotonic() - began < 20


def test_the_bundled_rules_fit_their_schema_and_find_something() -> None:
    model = find_schema("legal/contract_clauses", None).model
    fields = fields_of(model)
    source = RulesSource(read_rules(builtin("examples") / "prelabel" / "contract_clauses.yaml", fields), fields)
    text = "甲方应在三十日内付款。Termination: Licensee may terminate within thirty (30) days as of May 1, 2024."
    found = checked(model, found_by(source, text).answer or {}, text)
    assert not found.faults
    labels = {(span["text"], span["label"]) for span in found.answer["key_terms"]}
    assert {("甲方", "party"), ("thirty (30) days", "duration"), ("May 1, 2024", "date")} <= labels
    assert found.answer["clause_type"] == "termination"


# What is checked before it is sent.

TEXT = "The Buyer pays. The Seller pays 甲方."


@pytest.mark.parametrize(
    ("raw", "kept", "codes"),
    [
        ({"kind": "a"}, {"kind": "a"}, []),  # an open field is for the annotator
        ({"kind": "z", "binding": True}, {"binding": True}, ["ANSWER-INVALID"]),
        ({"nonsense": 1, "kind": "a"}, {"kind": "a"}, ["ANSWER-INVALID"]),
        ({"binding": "yes"}, {}, ["ANSWER-INVALID"]),
        ({"note": "too long for it"}, {}, ["ANSWER-INVALID"]),
        ({"topics": ["x", "x"]}, {}, ["ANSWER-INVALID"]),
        ({"note": None, "topics": [], "marks": []}, {}, []),
        ({"marks": [{"text": "Buyer", "label": "p"}]}, {"marks": [mark(TEXT, "Buyer")]}, []),
        ({"marks": [{"text": "pays", "label": "p"}]}, {}, ["SPAN-PLACE"]),
        (
            {"marks": [{"text": "pays", "label": "p"}, {"text": "甲方", "label": "p"}]},
            {"marks": [mark(TEXT, "甲方")]},
            ["SPAN-PLACE"],
        ),
        ({"marks": [{"text": "nobody", "label": "p"}]}, {}, ["SPAN-PLACE"]),
        ({"marks": [{"start": 4, "end": 9, "label": "p"}]}, {"marks": [mark(TEXT, "Buyer")]}, []),
        ({"marks": [{"start": 4, "end": 9, "text": "Buyes", "label": "p"}]}, {}, ["SPAN-MISMATCH"]),
        ({"marks": [{"start": 4, "end": 999, "label": "p"}]}, {}, ["ANSWER-INVALID"]),
        ({"marks": [mark(TEXT, "Buyer", "q")], "kind": "b"}, {"kind": "b"}, ["SPAN-LABEL"]),
        ({"marks": ["Buyer"]}, {}, ["ANSWER-INVALID"]),
        ({"marks": "Buyer"}, {}, ["ANSWER-INVALID"]),
        ({"marks": [{"text": "", "label": "p"}]}, {}, ["ANSWER-INVALID"]),
        ({"marks": [{"start": True, "end": 9, "label": "p"}]}, {}, ["ANSWER-INVALID"]),
    ],
)
def test_only_the_sound_part_of_an_answer_is_kept(raw: Any, kept: dict[str, Any], codes: list[str]) -> None:
    found = checked(Mine, raw, TEXT)
    assert (found.answer, [fault.code for fault in found.faults]) == (kept, codes)


@settings(max_examples=100, deadline=None)
@given(st.data(), a_schema(), AWKWARD)
def test_a_valid_answer_passes_whole(data: st.DataObject, model: type[Schema], text: str) -> None:
    valid = data.draw(an_answer(model, text))
    found = checked(model, valid, text)
    assert found.faults == ()
    assert read_results(model, write_results(model, found.answer, text), text).answer == valid


@settings(max_examples=100, deadline=None)
@given(
    a_schema(),
    AWKWARD,
    st.dictionaries(
        st.sampled_from([f"field_{number}" for number in range(6)] + ["links", "why", "other"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["start", "end", "text", "label", "head", "tail", "x"]), inner, max_size=4
                )
            ),
            max_leaves=8,
        ),
        max_size=5,
    ),
)
def test_whatever_a_source_says_what_is_kept_can_be_written(
    model: type[Schema], text: str, raw: dict[str, Any]
) -> None:
    kept = checked(model, raw, text).answer
    results = write_results(model, kept, text)
    assert read_results(model, results, text).faults == ()
    assert checked(model, kept, text) == (kept, ())


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), a_schema())
def test_what_is_predicted_comes_back_from_a_real_server(
    studio: str, studio_home: Workspace, data: st.DataObject, model: type[Schema]
) -> None:
    """Any answer that the schema accepts: as a prediction to the server, and read back the same."""
    assert studio
    passages = [
        a_passage(text, one="Y", two="N") for text in data.draw(st.lists(AWKWARD, min_size=3, max_size=6, unique=True))
    ]
    answers = [data.draw(an_answer(model, passage.text)) for passage in passages]
    tasks = []
    for number, (passage, valid) in enumerate(zip(passages, answers, strict=True)):
        task = task_for(passage, schema_name="s", schema_version="v", round_name="r", annotator=str(number))
        results = write_results(model, checked(model, valid, passage.text).answer, passage.text)
        predictions = [{"model_version": "rules x 12345678", "result": results}] if results else []
        tasks.append({"data": task_data(model, task, passage) | {"n": number}, "predictions": predictions})
    client = connect(studio_home).client
    project = client.projects.create(title="Predictions", label_config=labelling_config(model)).id
    try:
        client.projects.import_tasks(project, request=tasks)
        there = {task.data["n"]: task for task in client.tasks.list(project=project, fields="all")}
        for number, (passage, valid) in enumerate(zip(passages, answers, strict=True)):
            assert len(there[number].predictions) == len(tasks[number]["predictions"])
            results = [item for made in there[number].predictions for item in made.result]
            reading = read_results(model, results, passage.text)
            assert (reading.answer, reading.faults, reading.repaired) == (valid, (), 0)
    finally:
        client.projects.delete(project)


# The raw answers of a round.


def test_a_line_that_a_kill_tore_is_as_if_it_had_never_been_written(tmp_path: Path) -> None:
    path = tmp_path / "prelabels.jsonl"
    Store(path).add([row_of("s", "pas_1", Given({"kind": "a"}))])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    again = Store(path)
    assert again.get("s", "pas_1") is not None
    again.add([row_of("s", "pas_2", Given({"kind": "b"}))])
    assert [row["passage"] for row in read_jsonl(path)] == ["pas_1", "pas_2"]


@pytest.mark.parametrize("odd", [{"x": {1, 2}}, {"x": float("nan")}, {"x": "\ud800"}, {"x": object()}])
def test_an_answer_that_is_no_json_is_trouble(odd: dict[str, Any]) -> None:
    assert row_of("s", "p", Given(odd)).trouble == "an answer that cannot be written as JSON"


# Sources as push asks them. Import files need no server.


def pushed(workspace: Workspace, *how: str, name: str = "r2", yes: bool = False, **options: Any) -> PushResult:
    return push(
        workspace,
        round=name,
        schema="sample",
        annotators=["ann"],
        prelabel=how,
        yes=yes,
        file=workspace.root / "out",
        **options,
    )


def predictions(workspace: Workspace) -> dict[str, Any]:
    """Text of the passage to the prediction in the import file."""
    tasks = json.loads((workspace.root / "out" / "ann.json").read_text(encoding="utf-8"))
    made = {task["data"]["text"]: task.get("predictions", []) for task in tasks}
    return {text: found[0] for text, found in made.items() if found}


def read_back(workspace: Workspace) -> dict[str, dict[str, Any]]:
    model = find_schema("sample", workspace).model
    return {text: read_results(model, made["result"], text).answer for text, made in predictions(workspace).items()}


def codes(workspace: Workspace) -> list[str]:
    return [row["code"] for row in read_jsonl(workspace.problems)]


@pytest.fixture
def earlier(workspace: Workspace) -> Workspace:
    """A round that is answered: agreed on, divided, adjudicated, skipped."""
    passages = open_round(workspace, name="r1")
    by_text = {passage.text[:3]: passage for passage in passages}
    one, two = by_text["1. "], by_text["2. "]
    buyer = answer("a", text=one.text, marks=[("party", one.text.index("Buyer"), one.text.index("Buyer") + 5)])
    answers: dict[tuple[str, str], Any] = {(passage.id, who): None for passage in passages for who in ("ann", "ben")}
    answers |= {(one.id, "ann"): buyer, (one.id, "ben"): buyer | {"kind": "b"}}
    answers |= {(two.id, "ann"): answer("a"), (two.id, "ben"): answer("b")}
    answer_round(workspace, answers, {two.id: answer("c", stars=2)}, name="r1")
    return workspace


def test_an_earlier_round_gives_decisions_agreed_values_and_learnt_words(earlier: Workspace) -> None:
    result = pushed(earlier, "round:r1")
    made = {text[:3]: value for text, value in read_back(earlier).items()}
    assert made["1. "]["kind"] is None  # the two were divided
    assert [span["text"] for span in made["1. "]["marks"]] == ["Buyer"]
    assert (made["2. "]["kind"], made["2. "]["stars"]) == ("c", 2)  # decided
    assert [span["text"] for span in made["3. "]["marks"]] == ["Buyer"]  # learnt
    assert made["3. "]["kind"] is None
    assert {found["model_version"] for found in predictions(earlier).values()} == {"round r1"}
    assert (result.predicted, result.problems) == (3, 0)


@pytest.mark.parametrize("name", ["r2", "none"])
def test_a_round_cannot_predict_itself_nor_one_that_is_not_there(earlier: Workspace, name: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        pushed(earlier, f"round:{name}")
    assert caught.value.code == "ROUND-UNKNOWN"
    with pytest.raises(ToolkitError) as caught:
        push(earlier, round="r1", annotators=["ann", "ben"], overlap=2, schema="sample", prelabel=["round:r1"])
    assert caught.value.code == "PRELABEL-ROUND"


FUNCTION = '''
print("hello")

def predict(text, meta):
    """Return what stands in the text."""
    print("working on", text)
    if "Seller" in text:
        raise ValueError(text)
    if "return" in text:
        return "a"
    if text.startswith("第一条"):
        return None
    if text.startswith("第二条"):
        return {"kind": "z", "stars": 3, "surprise": 1}
    assert meta["language"] in {"en", "zh"}
    meta.clear()
    return {"kind": "a"}, 0.75
'''


def test_a_function_predicts_and_its_mistakes_are_problems(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    passages_of(workspace)
    (workspace.root / "mine.py").write_text(FUNCTION, encoding="utf-8")
    result = pushed(workspace, "python:mine.py:predict")
    made = {text[:3]: found for text, found in predictions(workspace).items()}
    assert made.keys() == {"1. ", "第二条", "第三条"}
    assert made["1. "]["score"] == 0.75
    assert made["1. "]["model_version"].startswith("python predict ")
    assert (result.problems, result.predicted) == (4, 3)
    assert sorted(codes(workspace)) == ["PRELABEL-FAILED"] * 2 + ["PRELABEL-INVALID"] * 2
    written = workspace.problems.read_text(encoding="utf-8")
    assert "line 8: ValueError" in written
    assert "delivers" not in written  # the exception quoted the passage
    assert capsys.readouterr().out == ""  # standard output is for the JSON object


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("python:mine.py:nobody", "PRELABEL-FUNCTION"),
        ("python:none.py:predict", "PRELABEL-FUNCTION"),
        ("python:mine.py", "PRELABEL-FUNCTION"),
        ("rules:none.yaml", "PRELABEL-RULES"),
        ("rules:", "PRELABEL-HOW"),
        ("magic", "PRELABEL-HOW"),
        ("endpoint", "PRELABEL-SETTINGS"),
    ],
)
def test_a_source_that_cannot_be_used_is_told_and_nothing_is_written(workspace: Workspace, how: str, code: str) -> None:
    passages_of(workspace)
    (workspace.root / "mine.py").write_text(FUNCTION, encoding="utf-8")
    with pytest.raises(ToolkitError) as caught:
        pushed(workspace, how)
    assert caught.value.code in {code, "PRELABEL-HOW"}
    assert not workspace.round("r2").exists()


RULES_SAMPLE = "fields: {marks: {labels: {party: {terms: [Buyer, 甲方]}}}, kind: {labels: {a: {terms: [pays]}}}}\n"


def test_several_sources_make_one_prediction_the_first_is_believed_first(workspace: Workspace) -> None:
    passages_of(workspace)
    (workspace.root / "mine.py").write_text(
        "def predict(text, meta):\n    return {'kind': 'c', 'stars': 4}\n", encoding="utf-8"
    )
    (workspace.root / "first.yaml").write_text(RULES_SAMPLE, encoding="utf-8")
    pushed(workspace, "rules:first.yaml", "python:mine.py:predict")
    made = {text[:3]: value for text, value in read_back(workspace).items()}
    assert (made["1. "]["kind"], made["1. "]["stars"]) == ("a", 4)
    assert made["2. "]["kind"] == "c"
    (version,) = {found["model_version"] for found in predictions(workspace).values()}
    rules_mark, function_mark = load_plan(workspace, "r2").prelabel
    assert version == f"{rules_mark} + {function_mark}"


def test_a_round_keeps_what_predicts_for_it(workspace: Workspace) -> None:
    passages_of(workspace)
    (workspace.root / "first.yaml").write_text(RULES_SAMPLE, encoding="utf-8")
    first = pushed(workspace, "rules:first.yaml", size=3)
    assert pushed(workspace, "rules:first.yaml", size=3).changed is False
    assert pushed(workspace, "rules:first.yaml", size=5).tasks == first.tasks + 2
    (workspace.root / "first.yaml").write_text(RULES_SAMPLE + "# changed\n", encoding="utf-8")
    for how in (["rules:first.yaml"], []):
        with pytest.raises(ToolkitError) as caught:
            pushed(workspace, *how)
        assert (caught.value.code, "prelabel" in caught.value.message) == ("ROUND-DIFFERS", True)


# The endpoint: a fake server that answers as it is told.

Answer = tuple[int, dict[str, str], bytes]


class Fake:
    """An OpenAI-compatible server; ``say`` decides what it answers to the n-th request about a text."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.say: Callable[[str, int], Answer] = lambda *_: said_by_model({"kind": "a", "marks": []})
        self._lock = threading.Lock()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        text = body["messages"][-1]["content"]
        with self._lock:
            self.requests.append(body)
            self.headers.append(dict(handler.headers))
            self.paths.append(handler.path)
            nth = self.texts.count(text)
        status, headers, content = self.say(text, nth)
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    @property
    def texts(self) -> list[str]:
        return [body["messages"][-1]["content"] for body in self.requests]


def said_by_model(content: Any, **choice: Any) -> Answer:
    written = content if isinstance(content, str) else json.dumps(content)
    body = {"choices": [{"message": {"content": written}, "finish_reason": "stop"} | choice]}
    return 200, {}, json.dumps(body).encode()


@pytest.fixture
def fake() -> Iterator[Fake]:
    made = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.port = server.server_address[1]  # type: ignore[attr-defined]
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def asking(workspace: Workspace, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with six passages whose settings name the fake endpoint; waits take no time."""
    url = f"http://127.0.0.1:{fake.port}/v1"  # type: ignore[attr-defined]
    with (workspace.root / "toolkit.yaml").open("a", encoding="utf-8") as file:
        file.write(f"prelabel: {{endpoint: '{url}', model: fake-1}}\n")
    monkeypatch.setattr("toolkit.prelabel.exchange.time.sleep", lambda _: None)
    made = Workspace(workspace.root)
    passages_of(made)
    return made


def test_an_endpoint_is_asked_once_with_the_schema_and_without_offsets(
    asking: Workspace, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLKIT_ENDPOINT_KEY", "sk-secret-1")
    fake.say = lambda *_: said_by_model(
        {"kind": "b", "marks": [{"label": "party", "text": "Buyer"}], "stars": None, "note": None}
    )
    result = pushed(asking, "endpoint", yes=True)
    assert len(fake.texts) == len(set(fake.texts)) == 6
    assert set(fake.paths) == {"/v1/chat/completions"}
    body = fake.requests[0]
    assert (body["model"], body["temperature"]) == ("fake-1", 0)
    assert body["response_format"] == response_format(find_schema("sample", asking).model)
    span = body["response_format"]["json_schema"]["schema"]["properties"]["marks"]["items"]["properties"]
    assert span.keys() == {"label", "text"}
    assert {head["Authorization"] for head in fake.headers} == {"Bearer sk-secret-1"}
    made = {text[:3]: value for text, value in read_back(asking).items()}
    assert [span["text"] for span in made["1. "]["marks"]] == ["Buyer"]
    assert result.predicted == 6
    assert codes(asking) == ["PRELABEL-INVALID"] * result.problems  # the other passages have no Buyer
    assert 0 < result.problems < 6
    version = find_schema("sample", asking).version
    (mark_,) = load_plan(asking, "r2").prelabel
    assert mark_ == f"fake-1 via 127.0.0.1:{fake.port}, schema {version}"  # type: ignore[attr-defined]
    before = {path: path.read_bytes() for path in (asking.root / "out").iterdir()}
    again = pushed(asking, "endpoint")  # nothing leaves any more, so nothing is to be agreed to
    assert (again.changed, len(fake.texts)) == (False, 6)
    assert {path: path.read_bytes() for path in (asking.root / "out").iterdir()} == before
    everything = b"".join(path.read_bytes() for path in asking.root.rglob("*") if path.is_file())
    assert b"sk-secret-1" not in everything


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        ("I am sorry, I cannot", "no JSON"),
        ('{"kind": "a"', "no JSON"),
        ('["a"]', "no JSON object"),
        ('{"stars": NaN}', "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"note": "\\ud800"}', "cannot be written as JSON"),
        (None, "another form"),
    ],
)
def test_an_answer_that_is_no_answer_becomes_a_problem_and_the_task_goes_out(
    asking: Workspace, fake: Fake, content: str | None, trouble: str
) -> None:
    body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
    fake.say = lambda text, _: (200, {}, body) if text.startswith("1.") else said_by_model({"kind": "a"})
    result = pushed(asking, "endpoint", yes=True)
    assert (result.tasks, result.predicted, result.problems) == (6, 5, 1)
    (row,) = read_jsonl(asking.problems)
    assert row["code"] == "PRELABEL-FAILED"
    assert trouble in row["found"]
    pushed(asking, "endpoint", yes=True)
    assert len(fake.texts) == 6  # not asked twice


@pytest.mark.parametrize(
    "answered",
    [
        (200, {}, b"<html>proxy</html>"),
        (200, {}, b"{}"),
        (200, {}, b'{"choices": []}'),
        (200, {}, b'{"choices": [{"message": []}]}'),
        (200, {}, b"[]"),
        said_by_model({"kind": "a"}, finish_reason="length"),
        (200, {}, json.dumps({"choices": [{"message": {"content": None, "refusal": "no"}}]}).encode()),
        (400, {}, b"context length exceeded: 1. The Buyer pays"),
        (413, {}, b""),
    ],
)
def test_what_one_passage_suffers_leaves_the_others_alone(asking: Workspace, fake: Fake, answered: Answer) -> None:
    fake.say = lambda text, _: answered if text.startswith("1.") else said_by_model({"kind": "a"})
    result = pushed(asking, "endpoint", yes=True)
    assert (result.predicted, codes(asking)) == (5, ["PRELABEL-FAILED"])
    assert "Buyer" not in asking.problems.read_text(encoding="utf-8")


def test_a_hostile_answer_changes_nothing_but_its_own_prediction(asking: Workspace, fake: Fake) -> None:
    hostile = {
        "kind": "a",
        "marks": [{"label": "party", "text": "not in the text"}, {"label": "root", "text": "Buyer"}],
        "stars": 10**30,
        "note": "</View><script>alert(1)</script>",
        "task_id": "tsk_other",
        "__class__": "x",
    }
    fake.say = lambda *_: said_by_model(hostile)
    result = pushed(asking, "endpoint", yes=True)
    assert all(value["kind"] == "a" and value["stars"] is None for value in read_back(asking).values())
    assert result.problems >= 6
    assert len(asking.problems.read_text(encoding="utf-8")) < 20_000


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_endpoint_is_asked_again(asking: Workspace, fake: Fake, status: int) -> None:
    fake.say = lambda _, nth: (status, {"Retry-After": "1"}, b"") if nth < 3 else said_by_model({"kind": "a"})
    assert pushed(asking, "endpoint", yes=True).predicted == 6
    assert len(fake.texts) == 18


@pytest.mark.parametrize(
    ("answered", "asked_times"),
    [
        ((503, {}, b"secret text"), exchange.TRIES),
        ((429, {"Retry-After": "86400"}, b""), 1),
        ((429, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}, b""), 1),
        ((401, {}, b"key sk-secret-1 is wrong"), 1),
        ((404, {}, b""), 1),
        ((302, {"Location": "http://127.0.0.1:9/elsewhere"}, b""), 1),
        ((400, {}, b"response_format is unknown"), 1),
    ],
)
def test_an_endpoint_that_cannot_be_used_stops_the_push_and_its_words_are_not_shown(
    asking: Workspace, fake: Fake, answered: Answer, asked_times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLKIT_ENDPOINT_KEY", "sk-secret-1")
    fake.say = lambda *_: answered
    with pytest.raises(ToolkitError) as caught:
        pushed(asking, "endpoint", yes=True)
    assert (caught.value.code, caught.value.exit_code) == ("PRELABEL-ENDPOINT", SERVICE)
    assert "secret" not in caught.value.message + caught.value.hint
    assert all(fake.texts.count(text) == asked_times for text in fake.texts)
    assert not (asking.round("r2") / "round.json").exists()


def test_nothing_listening_is_a_service_error(asking: Workspace) -> None:
    settings_file = asking.root / "toolkit.yaml"
    written = settings_file.read_text(encoding="utf-8")
    lines = [
        line if "endpoint" not in line else "prelabel: {endpoint: 'http://127.0.0.1:9/v1', model: m}"
        for line in written.splitlines()
    ]
    settings_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ToolkitError) as caught:
        pushed(Workspace(asking.root), "endpoint", yes=True)
    assert (caught.value.code, caught.value.exit_code) == ("PRELABEL-ENDPOINT", SERVICE)


def test_a_slow_answer_is_not_waited_for(asking: Workspace, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "SECONDS", 0.5)

    def say(text: str, _: int) -> Answer:
        if text.startswith("1."):
            threading.Event().wait(1.5)
        return said_by_model({"kind": "a"})

    fake.say = say
    result = pushed(asking, "endpoint", yes=True)
    assert (result.predicted, codes(asking)) == (5, ["PRELABEL-FAILED"])


def test_an_answer_without_end_is_cut(asking: Workspace, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST", 10_000)
    fake.say = lambda text, _: said_by_model({"kind": "a", "note": "x" * (100_000 if text.startswith("1.") else 1)})
    assert (pushed(asking, "endpoint", yes=True).predicted, codes(asking)) == (5, ["PRELABEL-FAILED"])


def test_without_consent_nothing_leaves_and_nothing_is_written(asking: Workspace, fake: Fake) -> None:
    with pytest.raises(ToolkitError) as caught:
        pushed(asking, "endpoint")
    assert (caught.value.code, caught.value.exit_code) == ("PRELABEL-CONSENT", USER)
    assert "6 passages" in caught.value.message
    assert f"127.0.0.1:{fake.port}" in caught.value.message  # type: ignore[attr-defined]
    assert (fake.texts, asking.round("r2").exists()) == ([], False)


@pytest.mark.parametrize(("typed", "exit_code", "requests"), [("y\n", 0, 6), ("n\n", 1, 0), (None, 1, 0)])
def test_the_command_asks_on_a_terminal_and_refuses_elsewhere(
    asking: Workspace,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
    typed: str | None,
    exit_code: int,
    requests: int,
) -> None:
    if typed:
        monkeypatch.setattr("toolkit.cli.push.at_a_terminal", lambda: True)
    options = ["--schema", "sample", "--annotators", "ann", "--prelabel", "endpoint", "--file", str(asking.root / "o")]
    done = CliRunner().invoke(group, ["--workspace", str(asking.root), "push", "--round", "r2", *options], input=typed)
    refused = isinstance(done.exception, ToolkitError) and done.exception.code == "PRELABEL-CONSENT"
    assert (done.exit_code, refused) == (exit_code, exit_code == 1)
    assert len(fake.texts) == requests
    assert ("Send it?" in done.output) == (typed is not None)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://example.org/v1",  # unencrypted
        "ftp://example.org",
        "example.org/v1",
        "https://user:pass@example.org/v1",
        "https://example.org/v1?key=1",
        "http://127.0.0.1.example.org/v1",
        "http://[::1",
    ],
)
def test_an_endpoint_that_must_not_be_asked_is_refused(workspace: Workspace, endpoint: str) -> None:
    passages_of(workspace)
    with (workspace.root / "toolkit.yaml").open("a", encoding="utf-8") as file:
        file.write(f"prelabel: {{endpoint: '{endpoint}', model: m}}\n")
    with pytest.raises(ToolkitError) as caught:
        pushed(Workspace(workspace.root), "endpoint", yes=True)
    assert caught.value.code == "PRELABEL-SETTINGS"
    assert "pass" not in caught.value.message


def test_what_is_meant_for_this_machine_goes_through_no_proxy(
    asking: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert pushed(asking, "endpoint", yes=True).predicted == 6


def test_a_passage_that_gives_orders_is_data(asking: Workspace, fake: Fake) -> None:
    """Its words reach the model as the user's message alone; settings, schema and instructions stay as they are."""
    pushed(asking, "endpoint", yes=True)
    systems = {json.dumps(body["messages"][0]) for body in fake.requests if "条" not in body["messages"][1]["content"]}
    assert len(systems) == 1
    assert len({json.dumps(body["response_format"]) for body in fake.requests}) == 1
    assert {tuple(message["role"] for message in body["messages"]) for body in fake.requests} == {("system", "user")}


def test_an_endpoint_killed_at_any_point_is_asked_again_only_for_what_was_in_flight(
    asking: Workspace, fake: Fake
) -> None:
    command = [sys.executable, "-m", "toolkit", "--workspace", str(asking.root), "push", "--round", "r2", "--schema"]
    command += ["sample", "--annotators", "ann", "--prelabel", "endpoint", "--yes", "--file", str(asking.root / "out")]
    kills = 0
    for point in ("prelabelled:1:kill", "before-prelabel:1:kill", "before-rename:1:kill", "renamed:2:kill"):
        done = subprocess.run(command, env={**os.environ, "TOOLKIT_FAILPOINT": point}, capture_output=True, check=False)
        kills += done.returncode == -signal.SIGKILL
    done = subprocess.run(command, capture_output=True, check=False)
    assert (kills, done.returncode) == (4, 0), done.stderr
    assert len(set(fake.texts)) == 6
    assert len(fake.texts) <= 6 + AT_ONCE  # one batch was in flight when it was killed
    assert len(predictions(asking)) == 6
    rows = list(read_jsonl(asking.round("r2") / "prelabels.jsonl"))
    assert len({row["passage"] for row in rows}) == len(rows) == 6
