"""Exports of any Label Studio: every result becomes part of an answer, or a problem; what is read once is not new."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from round_on_disk import ROUND, answer, open_round

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.errors import ToolkitError
from toolkit.noun import count_by
from toolkit.passages import load_passages, segment
from toolkit.records import validate
from toolkit.release import convert
from toolkit.rounds import round_report
from toolkit.rounds.plan import load_annotations, load_plan, load_tasks
from toolkit.studio import pull
from toolkit.studio.versions import History, Version, moment, raw_of, tombstone
from toolkit.workspace import Workspace, init, read_jsonl

TEXT = "The Buyer pays 😀 on 1 May."


def write(folder: Path, items: Any, name: str = "export.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")
    return file


def result(name: str, value: Any, type_: str = "choices") -> dict[str, Any]:
    return {"id": "x", "from_name": name, "to_name": "text", "type": type_, "value": value}


def annotation(number: int, *results: Any, by: Any = 1, **more: Any) -> dict[str, Any]:
    at = f"2026-01-01T10:00:{number % 60:02}.000000Z"
    return {"id": number, "completed_by": by, "result": list(results), "updated_at": at, "created_at": at} | more


def task(number: int, *annotations: Any, text: str = TEXT, **more: Any) -> dict[str, Any]:
    return {"id": number, "data": {"text": text}, "annotations": list(annotations)} | more


def problems(workspace: Workspace, step: str = "pull") -> list[str]:
    return [row["code"] for row in read_jsonl(workspace.problems) if row["step"] == step]


KIND_A = result("kind", {"choices": ["a"]})
PARTY = result("marks", {"start": 4, "end": 9, "text": "Buyer", "labels": ["party"]}, "labels")


@pytest.fixture
def sample(workspace: Workspace) -> Workspace:
    """A workspace with the sample schema and an open round of its own."""
    open_round(workspace)
    return workspace


def test_a_foreign_export_becomes_a_round_that_validates_and_converts(sample: Workspace, tmp_path: Path) -> None:
    items = [
        task(1, annotation(11, KIND_A, PARTY), annotation(12, KIND_A, by={"id": 2, "email": "bo@example.org"})),
        task(2, annotation(13, KIND_A), text="第二条 乙方应当交付货物😀。"),
        task(3, text="Nobody has answered this."),
    ]
    file = write(tmp_path, items, "project 9.json")
    done = pull(sample, file=file, schema="sample")
    assert (done.round, done.tasks, done.annotations, done.new, done.problems) == ("project-9", 3, 3, 3, 0)
    assert done.account is not None
    assert done.account.into == {"read": 4, "refused": 0, "of_skips": 0, "without_text": 0}
    plan = load_plan(sample, "project-9")
    assert (plan.annotators, plan.overlap) == (("bo@example.org", "user 1"), 2)
    valid = validate(sample, round="project-9", resolver="lead")
    assert valid.records == 1  # the other passage's answers differ in their spans
    assert round_report(sample, round="project-9").fields
    made = convert(sample, name="d", schema="sample")
    assert made.examples >= 1


def test_imported_passages_survive_segmenting_and_are_no_part_of_the_corpus(sample: Workspace, tmp_path: Path) -> None:
    pull(sample, file=write(tmp_path, [task(1, annotation(11, KIND_A))]), schema="sample")
    segment(sample, by="section")
    assert TEXT in {one.text for one in load_passages(sample)}
    assert TEXT not in {one.text for one in load_passages(sample, imported=False)}


def test_a_text_that_is_a_passage_here_is_that_passage(sample: Workspace, tmp_path: Path) -> None:
    known = next(load_passages(sample))
    pull(sample, file=write(tmp_path, [task(1, annotation(11, KIND_A), text=known.text)]), schema="sample")
    assert {one.passage for one in load_tasks(sample, "export")} == {known.id}
    assert (sample.round("export") / "passages.jsonl").read_text() == ""


def test_the_same_file_twice_adds_nothing_and_a_newer_one_adds_versions(sample: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path, [task(1, annotation(11, KIND_A))])
    pull(sample, file=file, schema="sample")
    before = {path: path.read_bytes() for path in sample.round("export").iterdir()}
    again = pull(sample, file=file, round="export")
    assert (again.new, again.changed) == (0, False)
    assert {path: path.read_bytes() for path in sample.round("export").iterdir()} == before
    later = annotation(11, result("kind", {"choices": ["b"]}), updated_at="2026-02-01T00:00:00Z")
    newer = write(tmp_path, [task(1, later), task(2, annotation(14, KIND_A), text="Another.")], "newer.json")
    assert pull(sample, file=newer, round="export", schema="sample").new == 2
    assert [one.answer["kind"] for one in load_annotations(sample, "export")] == ["b", "a"] or [
        one.answer["kind"] for one in load_annotations(sample, "export")
    ] == ["a", "b"]
    old = pull(sample, file=file, round="export")
    assert (old.new, old.annotations) == (0, 2)


def test_a_foreign_export_without_a_schema_is_refused_with_its_controls(sample: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ToolkitError) as caught:
        pull(sample, file=write(tmp_path, [task(1, annotation(11, KIND_A, PARTY))]))
    assert caught.value.code == "EXPORT-FOREIGN"
    assert "kind (choices: a; 1 results); marks (labels: party; 1 results)" in caught.value.message
    assert "--schema" in caught.value.hint
    assert TEXT[:10] not in caught.value.message


def test_a_pushed_round_is_never_written_over_by_an_export(sample: Workspace, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in sample.round(ROUND).iterdir()}
    with pytest.raises(ToolkitError) as caught:
        pull(sample, file=write(tmp_path, [task(1, annotation(11, KIND_A))]), round=ROUND, schema="sample")
    assert caught.value.code == "ROUND-DIFFERS"
    assert {path: path.read_bytes() for path in sample.round(ROUND).iterdir()} == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "EXPORT-MISSING"),
        ("not json", "EXPORT-BROKEN"),
        ("[" * 100_000, "EXPORT-BROKEN"),
        ("\xff", "EXPORT-SHAPE"),
        ('"text"', "EXPORT-SHAPE"),
        ('{"images": [], "annotations": [{"bbox": []}], "categories": []}', "EXPORT-SHAPE"),
        ("[1, 2]", "EXPORT-SHAPE"),
    ],
)
def test_what_is_no_export_is_refused(sample: Workspace, tmp_path: Path, content: str | None, code: str) -> None:
    file = tmp_path / "export.json"
    if content is not None:
        file.write_bytes(content.encode("latin-1"))
    with pytest.raises(ToolkitError) as caught:
        pull(sample, file=file, schema="sample")
    assert caught.value.code in {code, "EXPORT-BROKEN"}


def test_neither_round_nor_file_is_an_error_with_a_hint(sample: Workspace) -> None:
    with pytest.raises(ToolkitError) as caught:
        pull(sample)
    assert (caught.value.code, "--round" in caught.value.hint) == ("PULL-WHAT", True)


def test_old_and_odd_shapes_are_read(sample: Workspace, tmp_path: Path) -> None:
    """A single task outside a list; ``completions``; a completer as an object, or not at all; ``skipped``."""
    old = {"id": 5, "data": {"text": TEXT}, "completions": [{"id": 1, "result": [KIND_A], "created_at": 1577836800}]}
    assert pull(sample, file=write(tmp_path, old, "old.json"), schema="sample").annotations == 1
    skipped = task(
        6,
        {"id": 2, "result": [result("unheard", {"choices": ["a"]})], "skipped": True},
        drafts=[{"result": [PARTY]}],
        predictions=[7],
    )
    done = pull(sample, file=write(tmp_path, [skipped], "skipped.json"), schema="sample")
    assert done.account is not None
    assert (done.annotations, done.account.into["of_skips"], done.problems) == (1, 1, 0)
    (found,) = load_annotations(sample, "skipped")
    assert (found.skipped, found.by) == (True, "unknown")


@pytest.mark.parametrize(
    ("items", "codes"),
    [
        ([task(1, 5)], ["EXPORT-ANSWER"]),
        ([task(1, annotation(11, KIND_A) | {"result": "none"})], ["EXPORT-ANSWER"]),
        ([task(1, annotation(11, "nonsense", None, 3, KIND_A))], ["RESULT-UNKNOWN"] * 3),
        ([task(1, annotation(11, KIND_A)), 7, {"data": 3, "id": 1}], ["EXPORT-TASK", "EXPORT-TASK"]),
        ([{"id": 1, "data": {"image": "/data/1.png"}, "annotations": [annotation(1, KIND_A)]}], ["EXPORT-TEXT"]),
        ([{"id": 1, "data": {"text": ["a", "b"]}, "annotations": [annotation(1, KIND_A)]}], ["EXPORT-TEXT"]),
        ([task(1, annotation(11, PARTY | {"value": PARTY["value"] | {"text": "Seller"}}))], ["SPAN-MISMATCH"]),
    ],
)
def test_what_is_no_answer_is_a_problem(sample: Workspace, tmp_path: Path, items: Any, codes: list[str]) -> None:
    done = pull(sample, file=write(tmp_path, items), schema="sample")
    assert problems(sample) == codes
    assert done.problems == len(codes)


def test_an_export_of_our_round_is_merged_and_other_tasks_are_named(sample: Workspace, tmp_path: Path) -> None:
    first, second, *_ = load_tasks(sample, ROUND)
    texts = {one.id: one.text for one in load_passages(sample)}
    model = find_schema("sample", sample).model
    written = write_results(model, answer("b", text=texts[first.passage], marks=[("date", 0, 4)]), texts[first.passage])
    ours = {"id": 1, "data": {"task_id": first.id}, "annotations": [annotation(1, *written)]}
    skipped = {"id": 2, "data": {"task_id": second.id}, "annotations": [annotation(2, was_cancelled=True)]}
    file = write(tmp_path, [ours, skipped, task(3, annotation(3, KIND_A)), task(4)])
    done = pull(sample, file=file)
    assert (done.round, done.annotations, done.new, done.open) == (ROUND, 2, 2, 10)
    assert problems(sample) == ["EXPORT-TASK-UNKNOWN"]
    assert pull(sample, file=file, round=ROUND).changed is False


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"body": TEXT}, TEXT),
        ({"body": TEXT, "text": "https://example.org/a.txt"}, TEXT),
        ({"body": TEXT, "text": "The text comes first."}, "The text comes first."),
        ({"body": "/data/upload/1/a.txt"}, None),
        ({"other": TEXT}, None),
    ],
)
def test_the_text_is_what_the_results_name(
    sample: Workspace, tmp_path: Path, data: dict[str, str], text: str | None
) -> None:
    given = {"id": 1, "data": data, "annotations": [annotation(1, KIND_A | {"to_name": "body"})]}
    pull(sample, file=write(tmp_path, [given]), schema="sample")
    texts = {one.id: one.text for one in load_passages(sample)}
    assert [texts[one.passage] for one in load_annotations(sample, "export")] == ([text] if text else [])
    assert problems(sample) == ([] if text else ["EXPORT-TEXT"])


def test_json_min_is_read_by_the_schema(sample: Workspace, tmp_path: Path) -> None:
    row = {
        "text": TEXT,
        "id": 3,
        "kind": "a",
        "marks": [PARTY["value"], PARTY["value"] | {"start": 20, "end": 25, "text": "1 May"}],
        "note": "Oh.",
        "stars": [{"rating": 4}],
        "annotator": 1,
        "annotation_id": 12,
        "created_at": "2026-01-01T10:00:00Z",
        "updated_at": "2026-01-01T10:00:00Z",
        "lead_time": 3.5,
    }
    file = write(tmp_path, [row, {"text": "Open.", "id": 4, "annotation_id": None}])
    done = pull(sample, file=file, schema="sample")
    (found,) = load_annotations(sample, "export")
    assert (done.problems, found.seconds, found.by) == (0, 3.5, "user 1")
    marks = [(one["start"], one["text"], one["label"]) for one in found.answer["marks"]]
    assert marks == [(4, "Buyer", "party"), (20, "1 May", "party")]
    assert (found.answer["kind"], found.answer["stars"], found.answer["note"]) == ("a", 4, "Oh.")
    assert pull(sample, file=file, round="export").changed is False


def version(kind: str, at: str, number: int = 1) -> Version:
    return Version("tsk_1", raw_of(annotation(number, result("kind", {"choices": [kind]}), updated_at=at)))


def kind_of(history: History) -> str | None:
    """What the one answer of a history says now, None when it is deleted."""
    (current,) = history.current().values()
    return None if current.is_deleted else current.raw["result"][0]["value"]["choices"][0]


def test_an_answer_that_came_back_changed_is_not_taken_back_by_an_old_export(workspace: Workspace) -> None:
    history = History(workspace, ROUND)
    first, second = version("a", "2026-01-01T10:00:00Z"), version("b", "2026-01-01T09:00:00Z")
    assert len(history.add_from_server([first])) == 1
    assert len(history.add_from_server([], [tombstone(*first.answer, "2026-01-02T10:00:00Z")])) == 1
    assert kind_of(history) is None
    assert len(history.add_from_server([second])) == 1  # by a restored server, with an older time
    assert kind_of(history) == "b"
    assert history.add_from_file([first]) == []
    assert kind_of(history) == "b"


def test_an_export_newer_than_a_tombstone_brings_the_answer_back(workspace: Workspace) -> None:
    history = History(workspace, ROUND)
    history.add_from_server([version("a", "2026-01-01T10:00:00Z")])
    history.add_from_server([], [tombstone("tsk_1", 1, "2026-01-02T10:00:00Z")])
    assert len(history.add_from_file([version("b", "2026-01-02T09:00:00Z")])) == 1
    assert kind_of(history) is None
    assert len(history.add_from_file([version("c", "2026-01-03T10:00:00Z")])) == 1
    assert kind_of(history) == "c"


@settings(max_examples=20, deadline=None)
@given(st.permutations([version("abcde"[day], f"2026-01-0{day + 1}T10:00:00.5+08:00") for day in range(5)]))
def test_versions_count_by_the_servers_time_in_whatever_order_they_come(order: list[Version]) -> None:
    with TemporaryDirectory() as folder:
        init(Path(folder) / "w", policy="none")
        history = History(Workspace(Path(folder) / "w"), ROUND)
        for one in order:
            assert len(history.add_from_file([one])) == 1
        assert history.add_from_file(order) == []
        assert kind_of(history) == "e"


def test_times_of_several_zones_and_precisions_sort_by_time() -> None:
    told = ["2026-01-01T10:00:00+08:00", "2026-01-01T02:00:00.000001Z", "2026-01-01T02:00:01", "odd"]
    assert sorted(map(moment, reversed(told))) == list(map(moment, told))


SCHEMA_FOR_ALL = '''\
"""Controls of other people's exports."""

from typing import Literal

from toolkit.schema import Bilingual, Schema, Span, asked


class Others(Schema):
    """Other people's answers."""

    title = Bilingual("Others", "其他")
    instruction = Bilingual("Label.", "请标注。")
    label: list[Span] = asked("Label", "标签", labels={LABELS})
    sentiment: Literal["Positive", "Negative"] | None = asked(
        "Sentiment", "情感", labels={"Positive": ("Positive", "正面"), "Negative": ("Negative", "负面")}
    )
'''


def others(workspace: Workspace, labels: set[str]) -> None:
    named = {label: (label, f"{label} 标签") for label in sorted(labels)} or {"Car": ("Car", "车")}
    (workspace.root / "schemas").mkdir(exist_ok=True)
    text = SCHEMA_FOR_ALL.replace("{LABELS}", repr(named))
    (workspace.root / "schemas" / "others.py").write_text(text, encoding="utf-8")


def exports_in(folder: Path) -> list[Path]:
    found = [
        file
        for name in ("aymurai", "chart-review", "evalme", "label-studio", "sdk-converter-tests")
        for file in sorted((folder / name).rglob("*.json"))
    ]
    assert len(found) >= 15
    return found


def results_in(file: Path) -> int:
    """How many results an export's answers hold, counted without the toolkit."""
    items = json.loads(file.read_bytes())
    tasks = items if isinstance(items, list) else [items]
    answers = [one for task in tasks for one in task.get("annotations", [])]
    return sum(len(one.get("result") or []) for one in answers if isinstance(one, dict))


def spans_labels(file: Path) -> set[str]:
    """The labels of an export's spans."""
    return set(re.findall(r'"labels":\s*\[\s*"([^"]+)"', file.read_text(encoding="utf-8")))


NO_EXPORTS = {"data_examples.json", "test_import_coco__coco_import_input.json"}


def test_every_result_of_every_real_export_is_read_or_named(workspace: Workspace, shared_data: Path) -> None:
    total = read = 0
    for place, file in enumerate(exports_in(shared_data / "label-studio-exports")):
        others(workspace, spans_labels(file))
        if file.name in NO_EXPORTS:
            with pytest.raises(ToolkitError) as caught:
                pull(workspace, file=file, schema="others")
            assert caught.value.code == "EXPORT-SHAPE"
            continue
        done = pull(workspace, file=file, schema="others", round=f"r{place}")
        assert done.account is not None
        assert done.account.items == results_in(file), file.name
        refused = done.account.into["refused"] + done.account.into["without_text"]
        assert bool(done.problems) == bool(refused), file.name
        total, read = total + done.account.items, read + done.account.into["read"]
    assert (total, read) == (981, 597)  # pictures, chats and controls that the schema lacks are the others


def test_the_drifts_of_aymurai_are_each_put_right_or_named(workspace: Workspace, shared_data: Path) -> None:
    """All its spans come from one control. Its 70 choices about spans come from 14 others, which the schema lacks."""
    file = shared_data / "label-studio-exports" / "aymurai" / "annotations.json"
    others(workspace, spans_labels(file))
    done = pull(workspace, file=file, schema="others", round="aymurai")
    found = list(load_annotations(workspace, "aymurai"))
    texts = {one.id: one.text for one in load_passages(workspace)}
    marked = [(texts[one.passage], span) for one in found for span in one.answer["label"]]
    assert all(text[span["start"] : span["end"]] == span["text"] for text, span in marked)
    assert (done.account.into if done.account else {}) == {"read": 587, "refused": 72, "of_skips": 0, "without_text": 0}
    assert (len(marked), done.repaired, done.repairs) == (586, 35, {"MOVED": 33, "ESCAPED-NEWLINE": 1})
    assert count_by(problems(workspace)) == {"RESULT-UNKNOWN": 70, "SPAN-MISMATCH": 2}
    mismatches = [row for row in read_jsonl(workspace.problems) if row["code"] == "SPAN-MISMATCH"]
    assert all("nearest match: the same words at" in row["found"] for row in mismatches)
