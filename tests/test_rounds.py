"""Rounds: where they stand, who differs from whom, and a report that compares valid answers alone."""

import json
import random
import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from round_on_disk import ROUND, answer, answer_round, open_round, pulled

from toolkit.agreement.resampling import Undefined
from toolkit.annotations import Annotation
from toolkit.console.words import word
from toolkit.errors import ToolkitError
from toolkit.report import round_page
from toolkit.rounds import round_list, round_report, round_status
from toolkit.rounds.advice import WHY_ZH
from toolkit.rounds.confusion import Confusion
from toolkit.rounds.disagreement import disagreements
from toolkit.rounds.guideline import Sentence, ToSharpen
from toolkit.rounds.tables import agreement_table, annotator_table, confusion_table, label_table
from toolkit.schema import Bilingual, Field, Label
from toolkit.studio import round_adjudicate
from toolkit.tasks import Task
from toolkit.workspace import Workspace, read_jsonl, write_jsonl

LABELS = tuple(Label(value, Bilingual(value, value)) for value in ("x", "y"))
FIELDS = (
    Field(name="kind", kind="choice", title=Bilingual("Kind", "类型"), labels=LABELS),
    Field(name="tags", kind="choices", title=Bilingual("Tags", "标签"), labels=LABELS),
    Field(name="marks", kind="spans", title=Bilingual("Marks", "标记"), labels=LABELS),
    Field(name="note", kind="text", title=Bilingual("Note", "备注")),
)


def said(passage: str, annotator: str, value: dict[str, object] | None) -> Annotation:
    task = Task(
        id=f"tsk_{passage}{annotator}",
        passage=passage,
        schema_name="s",
        schema_version="v",
        round="r",
        annotator=annotator,
    )
    return pulled(task, value)


def span(start: int, end: int, label: str = "x") -> dict[str, object]:
    return {"start": start, "end": end, "text": "." * (end - start), "label": label}


def test_lists_are_compared_as_sets_and_text_is_not_compared() -> None:
    one = {"kind": "x", "tags": ["x", "y"], "marks": [span(0, 1), span(2, 3)], "note": "one thing"}
    other = {"kind": "x", "tags": ["y", "x"], "marks": [span(2, 3), span(0, 1)], "note": "another"}
    assert disagreements([said("p", "ann", one), said("p", "ben", other)], FIELDS) == ()


def test_a_disagreement_names_its_fields_and_who_said_what() -> None:
    one = {"kind": "x", "tags": [], "marks": [span(0, 1)], "note": None}
    other = {"kind": "y", "tags": [], "marks": [span(0, 2)], "note": None}
    (found,) = disagreements(
        [said("p", "ben", other), said("p", "ann", one), said("q", "ann", one), said("q", "ben", one)], FIELDS
    )
    assert (found.passage, found.fields) == ("p", ("kind", "marks"))
    assert [(one.annotator, one.values["kind"]) for one in found.candidates] == [("ann", "x"), ("ben", "y")]


def test_a_skipped_answer_is_missing_and_disagrees_with_nobody() -> None:
    one = {"kind": "x", "tags": [], "marks": [], "note": None}
    assert disagreements([said("p", "ann", one), said("p", "ben", None)], FIELDS) == ()


def test_malformed_answers_are_compared_without_a_crash() -> None:
    broken: dict[str, object] = {"kind": ["x"], "tags": [[1]], "marks": [{"start": 1}], "note": 3}
    assert len(disagreements([said("p", "ann", broken), said("p", "ben", {"kind": "x"})], FIELDS)) == 1


values = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["x", "y", None]),
        "tags": st.lists(st.sampled_from(["x", "y"]), unique=True),
        "marks": st.lists(st.builds(span, st.integers(0, 3), st.integers(4, 6)), max_size=2),
        "note": st.none(),
    }
)


@settings(deadline=None, max_examples=40)
@given(answers=st.lists(st.tuples(values, values), max_size=5), source=st.randoms(use_true_random=False))
def test_order_changes_no_disagreement_and_equal_answers_are_none(
    answers: list[tuple[dict[str, object], dict[str, object]]], source: random.Random
) -> None:
    given = [said(f"p{at}", name, pair[who]) for at, pair in enumerate(answers) for who, name in enumerate("ab")]
    found = disagreements(given, FIELDS)
    assert found == disagreements(source.sample(given, len(given)), FIELDS)
    same = [said(f"p{at}", name, pair[0]) for at, pair in enumerate(answers) for name in "ab"]
    assert disagreements(same, FIELDS) == ()


def test_status_counts_each_persons_tasks(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(
        workspace,
        {(passages[0].id, "ann"): answer("a"), (passages[1].id, "ann"): None, (passages[0].id, "ben"): answer("b")},
    )
    status = round_status(workspace, round=ROUND)
    assert [(one.annotator, one.tasks, one.answered, one.skipped, one.open) for one in status.people] == [
        ("ann", 6, 1, 1, 4),
        ("ben", 6, 1, 0, 5),
    ]
    assert (status.passages, status.overlap, status.people[0].seconds, status.changed) == (6, 2, 30.0, False)
    (row,) = round_list(workspace).rounds
    assert (row.round, row.schema_name, row.tasks, row.answered, row.skipped, row.open) == (
        ROUND,
        "sample",
        12,
        2,
        1,
        9,
    )


def test_a_workspace_without_rounds_lists_none_and_an_unknown_one_is_a_user_error(workspace: Workspace) -> None:
    assert round_list(workspace).rounds == ()
    for verb in (round_status, round_report):
        with pytest.raises(ToolkitError) as caught:
            verb(workspace, round="none")
        assert caught.value.code == "ROUND-UNKNOWN"


def test_the_report_measures_each_field_by_its_kind(workspace: Workspace) -> None:
    passages = open_round(workspace)
    kinds = "aabbcc"
    given: dict[tuple[str, str], dict[str, object] | None] = {
        (passage.id, name): answer(kind, text=passage.text, marks=[("date", 0, 2)], stars=2 + at % 2, note="as said")
        for at, (passage, kind) in enumerate(zip(passages, kinds, strict=True))
        for name in ("ann", "ben")
    }
    first, second = passages[0], passages[2]
    given[first.id, "ben"] = answer("b", text=first.text, marks=[("party", 0, 2)], stars=2)
    given[second.id, "ben"] = answer("a", text=second.text, marks=[("date", 0, 3)], stars=2)
    answer_round(workspace, given)
    report = round_report(workspace, round=ROUND)
    assert report.fields["kind"]["percent_agreement"].value == pytest.approx(4 / 6)
    assert report.fields["stars"]["alpha_ordinal"].value == 1.0
    assert report.fields["marks"]["f1_exact"].value == pytest.approx(8 / 12)
    assert report.fields["marks"]["f1_overlap"].value == pytest.approx(10 / 12)
    assert report.fields["note"]["exact_match"].value == 1.0
    assert (report.fields["note"]["chrf"].units, report.fields["note"]["chrf"].single) == (4, 2)
    assert report.misses["marks"].model_dump() == {"boundary": 2, "label": 2, "missing": 0}
    assert list(report.labels["marks"]) == ["date", "party"]
    assert report.labels["kind"]["c"].value == 1.0
    assert [(one.field, one.labels, one.count) for one in report.confusions] == [
        ("kind", ("a", "b"), 2),
        ("marks", ("date", "party"), 1),
    ]
    assert report.confusions[0].passages == tuple(sorted((first.id, second.id)))
    assert {one.passage: one.fields for one in report.disagreements} == {
        first.id: ("kind", "marks"),
        second.id: ("kind", "marks"),
    }
    assert [one.reliability.agreement["kind"] for one in report.annotators] == [pytest.approx(4 / 6, abs=1e-6)] * 2
    assert report.asked["kind"].title_zh == "类型"


def test_an_answer_that_the_schema_refuses_is_counted_apart_and_makes_no_category(workspace: Workspace) -> None:
    passages = open_round(workspace)
    given: dict[tuple[str, str], dict[str, object] | None] = {
        (passage.id, name): answer("a") for passage in passages for name in ("ann", "ben")
    }
    given[passages[0].id, "ben"] = answer("z")
    given[passages[1].id, "ben"] = None
    del given[passages[2].id, "ben"]
    answer_round(workspace, given)
    report = round_report(workspace, round=ROUND)
    assert (report.answers, report.invalid, report.skipped, report.open, report.compared) == (10, 1, 1, 1, 3)
    assert report.fields["kind"]["alpha_nominal"].undefined == "no variation"
    assert report.fields["kind"]["alpha_nominal"].single == 3
    assert list(report.labels["kind"]) == ["a"]
    assert [(one.annotator, one.invalid) for one in report.annotators] == [("ann", 0), ("ben", 1)]


def test_nothing_pulled_yet_is_undefined_throughout(workspace: Workspace) -> None:
    open_round(workspace)
    report = round_report(workspace, round=ROUND)
    assert {figure.undefined for field in report.fields.values() for figure in field.values()} == {"no data"}
    assert all(one.open == 6 and set(one.reliability.agreement.values()) == {None} for one in report.annotators)


def test_the_reports_file_holds_the_noun_and_a_rerun_changes_no_byte(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, {(passage.id, name): answer("a") for passage in passages for name in ("ann", "ben")})
    first = round_report(workspace, round=ROUND)
    path = workspace.root / first.report
    before = path.read_bytes()
    second = round_report(workspace, round=ROUND)
    assert (first.changed, second.changed, path.read_bytes() == before) == (True, False, True)
    assert path == workspace.round(ROUND) / "report.json"
    assert "changed" not in json.loads(before)
    assert json.loads(before)["fields"]["kind"]["percent_agreement"]["value"] == 1.0


def test_of_two_answers_to_one_task_the_later_counts(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, {(passages[0].id, "ann"): answer("a"), (passages[0].id, "ben"): answer("b")})
    path = workspace.round(ROUND) / "annotations.jsonl"
    rows = list(read_jsonl(path))
    again = next(row for row in rows if row["annotator"] == "ben")
    rows.append(again | {"id": "ann_later", "updated_at": "2026-03-01T00:00:00Z", "answer": answer("a")})
    write_jsonl(path, rows)
    report = round_report(workspace, round=ROUND)
    assert (report.repeated, report.disagreements) == (1, ())


def test_the_report_comes_as_tables_too(workspace: Workspace) -> None:
    passages = open_round(workspace)
    given: dict[tuple[str, str], dict[str, object] | None] = {
        (passage.id, name): answer("a") for passage in passages for name in ("ann", "ben")
    }
    given[passages[0].id, "ben"] = answer("b")
    answer_round(workspace, given)
    report = round_report(workspace, round=ROUND)
    agreement = agreement_table(report).set_index(["field", "measure"])
    assert agreement.loc[("kind", "percent_agreement"), "value"] == pytest.approx(5 / 6)
    assert list(annotator_table(report)["annotator"]) == ["ann", "ben"]
    assert list(confusion_table(report)["count"]) == [1]
    assert list(label_table(report)["label"]) == ["a", "b"]


def test_the_code_of_the_documentation_writes_the_reports_figures(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_round(workspace, name="r1")
    report = round_report(workspace, round="r1")
    monkeypatch.chdir(workspace.root)
    page = (Path(__file__).parent.parent / "docs" / "rounds.md").read_text(encoding="utf-8")
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "docs/rounds.md", "exec"), {})
    rows = (workspace.root / "agreement.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + sum(map(len, report.fields.values()))


def test_a_round_without_an_answer_is_told_to_be_pulled_and_nothing_else(workspace: Workspace) -> None:
    open_round(workspace)
    (advice,) = round_report(workspace, round=ROUND).advice
    assert (advice.code, advice.command) == ("UNANSWERED", f"toolkit pull --round {ROUND}")


def test_what_waits_for_a_decision_is_told_as_adjudication_counts_it(workspace: Workspace) -> None:
    passages = open_round(workspace, annotators=("ann", "ben", "cho"), overlap=3)
    given = {(passage.id, name): answer(value) for passage in passages for name, value in (("ann", "a"), ("ben", "b"))}
    given |= {(passage.id, "cho"): answer("a") for passage in passages[:2]}
    answer_round(workspace, given)
    report = round_report(workspace, round=ROUND)
    assert (len(report.disagreements), report.decided, report.unfinished) == (6, 0, 4)
    told = next(one for one in report.advice if one.code == "UNDECIDED")
    assert told.en.startswith("2 of 6 disagreements wait for a decision; 4 ")
    assert round_adjudicate(workspace, round=ROUND, by="lea", file=workspace.root / "out").undecided == 2


def test_every_reason_for_no_figure_has_one_wording_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLKIT_LANG", "zh")
    assert {reason: word(reason) for reason in get_args(Undefined)} == WHY_ZH


def test_the_page_quotes_a_sentence_of_the_guideline_once(workspace: Workspace) -> None:
    open_round(workspace)
    rule = Sentence(line=3, heading="Kind", language="en", text="A before `b` before `c`.")
    pairs = [("a", "b"), ("b", "c")]
    confused = tuple(Confusion(field="kind", labels=pair, count=1, passages=("p",)) for pair in pairs)
    found = tuple(
        ToSharpen(field="kind", labels=pair, count=1, rules=(rule,), mentions=(), silent=False) for pair in pairs
    )
    report = round_report(workspace, round=ROUND).model_copy(update={"confusions": confused, "sharpen": found})
    round_page(workspace, report)
    page = (workspace.round(ROUND) / "report.html").read_text(encoding="utf-8")
    assert (page.count("A before b before c."), page.count("as quoted above"), page.count("guideline.md:3")) == (
        1,
        1,
        2,
    )
