"""Validation: one record a passage or a problem that says why not, whatever people answered."""

import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from round_on_disk import ROUND, answer, answer_round, open_round

from toolkit.errors import ToolkitError
from toolkit.passages import Passage, segment
from toolkit.records import Record, load_records, validate
from toolkit.workspace import Workspace, read_jsonl

Answers = dict[tuple[str, str], dict[str, Any] | None]


def records(workspace: Workspace) -> dict[str, Record]:
    return {record.passage: record for record in load_records(workspace, "sample")}


def codes(workspace: Workspace) -> list[str]:
    return [row["code"] for row in read_jsonl(workspace.problems)]


def alike(passages: list[Passage], *annotators: str) -> Answers:
    return {(passage.id, name): answer("a", note=name * 3) for passage in passages for name in annotators}


def test_equal_answers_become_unanimous_records_in_the_order_of_the_documents(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, alike(passages, "ann", "ben"))
    result = validate(workspace, round=ROUND)
    found = list(load_records(workspace, "sample"))
    assert (result.records, result.problems, result.resolutions) == (6, 0, {"unanimous": 6})
    assert result.account is not None
    assert result.account.sentence() == "6 passages = 6 records"
    assert [(one.document, one.start) for one in found] == sorted((one.document, one.start) for one in passages)
    assert all(one.annotators == ("ann", "ben") and len(one.annotations) == 2 for one in found)
    assert all(one.adjudicator is None and one.overruled == () for one in found)


def test_a_rerun_changes_no_byte_and_says_so(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, alike(passages, "ann", "ben") | {(passages[0].id, "ben"): answer("b")})
    first = validate(workspace, round=ROUND)
    before = {path: path.read_bytes() for path in (workspace.records("sample"), workspace.problems)}
    second = validate(workspace, round=ROUND)
    assert (first.changed, second.changed) == (True, False)
    assert before == {path: path.read_bytes() for path in before}
    assert second.problems == 1


def test_differing_free_text_is_no_disagreement_and_the_lowest_annotation_gives_it(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, alike(passages, "ann", "ben"))
    validate(workspace, round=ROUND)
    lowest = {row["passage"]: row["answer"]["note"] for row in reversed(annotations(workspace))}
    assert {passage: one.answer["note"] for passage, one in records(workspace).items()} == lowest


def annotations(workspace: Workspace) -> list[dict[str, Any]]:
    return sorted(read_jsonl(workspace.round(ROUND) / "annotations.jsonl"), key=lambda row: row["id"])


def test_two_differing_answers_have_no_majority(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, alike(passages, "ann", "ben") | {(passages[2].id, "ben"): answer("b")})
    result = validate(workspace, round=ROUND)
    assert (result.records, result.problems) == (5, 1)
    assert codes(workspace) == ["UNRESOLVED"]
    assert "adjudicate --round first" in next(read_jsonl(workspace.problems))["hint"]


def test_each_field_takes_what_more_than_half_said_and_the_rest_is_kept(workspace: Workspace) -> None:
    passages = open_round(workspace, ("ann", "ben", "cid"), 3)
    first = passages[0]
    marks = [("party", 4, 9)]
    given = alike(passages, "ann", "ben", "cid") | {
        (first.id, "ann"): answer("a", text=first.text, marks=marks, stars=2, note="from ann"),
        (first.id, "ben"): answer("b", text=first.text, marks=marks, stars=3, note="from ben"),
        (first.id, "cid"): answer("a", text=first.text, marks=marks, stars=3, note="from cid"),
    }
    answer_round(workspace, given)
    validate(workspace, round=ROUND)
    record = records(workspace)[first.id]
    assert record.resolution == "majority"
    assert record.answer == given[first.id, "cid"]
    assert sorted(one["note"] for one in record.overruled) == ["from ann", "from ben"]


def test_a_merged_answer_that_breaks_a_rule_is_unresolved(workspace: Workspace) -> None:
    passages = open_round(workspace, ("ann", "ben", "cid"), 3)
    first = passages[0]
    given = alike(passages, "ann", "ben", "cid") | {
        (first.id, "ann"): answer("c", stars=5, text=first.text, marks=[("date", 0, 2)]),
        (first.id, "ben"): answer("c", stars=1),
        (first.id, "cid"): answer("a", stars=5),
        (passages[1].id, "ann"): answer("c", stars=4),
    }
    answer_round(workspace, given)
    assert validate(workspace, round=ROUND).resolutions == {"majority": 1, "unanimous": 4}
    assert codes(workspace) == ["UNRESOLVED"]


def test_the_lead_accepts_no_majority(workspace: Workspace) -> None:
    passages = open_round(workspace, ("ann", "ben", "cid"), 3)
    answer_round(workspace, alike(passages, "ann", "ben", "cid") | {(passages[0].id, "ann"): answer("b")})
    assert validate(workspace, round=ROUND).records == 6
    strict = validate(workspace, round=ROUND, resolver="lead")
    assert (strict.records, strict.problems, strict.changed) == (5, 1, True)


def test_a_decision_stands_and_replaces_the_record_that_was_there(workspace: Workspace) -> None:
    passages = open_round(workspace, ("ann", "ben", "cid"), 3)
    given = alike(passages, "ann", "ben", "cid") | {(passages[0].id, "ann"): answer("b", note="mine")}
    answer_round(workspace, given)
    validate(workspace, round=ROUND)
    before = records(workspace)[passages[0].id]
    answer_round(workspace, given, {passages[0].id: answer("b", note="decided")})
    result = validate(workspace, round=ROUND)
    after = records(workspace)[passages[0].id]
    assert (before.resolution, after.resolution) == ("majority", "adjudicated")
    assert before.id != after.id
    assert (after.adjudicator, after.annotators, len(after.annotations)) == ("lea", ("ann", "ben", "cid"), 4)
    assert after.answer["note"] == "decided"
    assert sorted(one["note"] for one in after.overruled) == ["benbenben", "cidcidcid", "mine"]
    assert (result.records, len(records(workspace))) == (6, 6)


def test_what_made_no_record_is_a_problem_and_the_account_balances(workspace: Workspace) -> None:
    passages = open_round(workspace)
    opened, skipped, half_skipped, invalid, differing, _ = passages
    given = alike(passages, "ann", "ben")
    del given[opened.id, "ben"]
    given[skipped.id, "ann"] = given[skipped.id, "ben"] = None
    given[half_skipped.id, "ben"] = None
    given[invalid.id, "ann"] = answer("z", marks=[("date", 0, 400)])
    given[differing.id, "ann"] = answer("a", stars=1)
    answer_round(workspace, given)
    result = validate(workspace, round=ROUND)
    assert result.account is not None
    assert result.account.into == {"records": 2, "open": 1, "skipped": 1, "unresolved": 1, "invalid": 1, "gone": 0}
    assert sorted(codes(workspace)) == [
        "ANSWER-INVALID",
        "ANSWER-INVALID",
        "OPEN",
        "SKIPPED-BY-ALL",
        "UNRESOLVED",
    ]
    assert result.problems == 5
    wrong = [row for row in read_jsonl(workspace.problems) if row["code"] == "ANSWER-INVALID"]
    assert {row["where"].rpartition(" ")[2] for row in wrong} == {"kind", "marks"}
    assert all(row["found"] and row["expected"] and "ann corrects" in row["hint"] for row in wrong)
    assert records(workspace)[half_skipped.id].annotators == ("ann",)


def test_an_invalid_answer_counts_as_given_but_wins_nothing(workspace: Workspace) -> None:
    passages = open_round(workspace, ("ann", "ben", "cid"), 3)
    answer_round(workspace, alike(passages, "ann", "ben", "cid") | {(passages[0].id, "ann"): answer("z")})
    result = validate(workspace, round=ROUND)
    record = records(workspace)[passages[0].id]
    assert (result.records, result.problems) == (6, 1)
    assert (record.resolution, record.annotators, record.overruled) == ("majority", ("ben", "cid"), ())


def test_an_adjudicators_invalid_answer_is_a_problem_and_decides_nothing(workspace: Workspace) -> None:
    passages = open_round(workspace)
    given = alike(passages, "ann", "ben") | {(passages[0].id, "ann"): answer("b")}
    answer_round(workspace, given, {passages[0].id: answer("c", stars=5)})
    result = validate(workspace, round=ROUND)
    assert (result.records, result.problems) == (5, 1)
    problem = next(read_jsonl(workspace.problems))
    assert (problem["code"], "lea corrects" in problem["hint"]) == ("ANSWER-INVALID", True)


def test_records_of_two_rounds_live_in_one_file_and_a_rerun_replaces_only_its_own(workspace: Workspace) -> None:
    passages = open_round(workspace)
    open_round(workspace, name="second")
    answer_round(workspace, alike(passages, "ann", "ben"))
    answer_round(workspace, alike(passages[:2], "ann", "ben"), name="second")
    validate(workspace, round="second")
    both = validate(workspace)
    assert (both.records, both.rounds) == (8, ("first", "second"))
    answer_round(workspace, alike(passages[:1], "ann", "ben"), name="second")
    validate(workspace, round="second")
    assert [one.round for one in load_records(workspace, "sample")] == ["first"] * 6 + ["second"]


def test_a_changed_copy_of_the_schema_is_refused_and_nothing_is_written(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, alike(passages, "ann", "ben"))
    file = workspace.round(ROUND) / "schema.py"
    file.write_text(file.read_text(encoding="utf-8").replace("le=5", "le=6"), encoding="utf-8")
    with pytest.raises(ToolkitError) as caught:
        validate(workspace, round=ROUND)
    assert caught.value.code == "SCHEMA-DRIFT"
    assert not workspace.records("sample").exists()


def test_a_workspace_without_rounds_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(ToolkitError) as caught:
        validate(workspace)
    assert caught.value.code == "ROUND-NONE"


def test_a_passage_that_is_no_more_is_a_problem(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, alike(passages, "ann", "ben"))
    validate(workspace, round=ROUND)
    segment(workspace, by="window", max_characters=2000)
    result = validate(workspace, round=ROUND)
    assert (result.records, set(codes(workspace))) == (0, {"PASSAGE-GONE"})
    assert workspace.records("sample").read_bytes() == b""


def foreign(workspace: Workspace, *lines: str | bytes) -> Path:
    path = workspace.root / "answers.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
    return path


def test_a_foreign_file_is_checked_line_by_line_and_nothing_is_stored(workspace: Workspace) -> None:
    open_round(workspace)
    good = json.dumps({"kind": "a", "marks": [{"start": 0, "end": 2, "text": "合同", "label": "date"}], "text": "合同"})
    path = foreign(
        workspace,
        good,
        '{"kind": "a"',
        '{"kind": "a", "stars": NaN}',
        '{"kind": "a", "kind": "b"}',
        "[1]",
        '{"answer": {"kind": "b"}, "id": 7}',
        "",
        '{"kind": "z", "stars": 9}',
        '{"kind": "a", "text": 3}',
        b'{"kind": "\xff"}',
        r'{"kind": "a", "note": "\ud800"}',
        '{"kind": "a", "marks": [{"start": 0, "end": 3, "text": "合同", "label": "date"}], "text": "合同"}',
        '{"kind": "a", "stars": ' + "9" * 5000 + "}",
        "[" * 100_000,
    )
    result = validate(workspace, input=path, schema="sample")
    assert result.account is not None
    assert result.account.into == {"valid": 2, "invalid": 11}
    rows = list(read_jsonl(workspace.problems))
    assert [(row["code"], row["where"]) for row in rows] == [
        ("ROW-JSON", "answers.jsonl:2"),
        ("ROW-JSON", "answers.jsonl:3"),
        ("ROW-JSON", "answers.jsonl:4"),
        ("ROW-JSON", "answers.jsonl:5"),
        ("ROW-INVALID", "answers.jsonl:8, field kind"),
        ("ROW-INVALID", "answers.jsonl:8, field stars"),
        ("ROW-INVALID", "answers.jsonl:9, field text"),
        ("ROW-JSON", "answers.jsonl:10"),
        ("ROW-JSON", "answers.jsonl:11"),
        ("ROW-INVALID", "answers.jsonl:12, field marks"),
        ("ROW-JSON", "answers.jsonl:13"),
        ("ROW-JSON", "answers.jsonl:14"),
    ]
    assert not workspace.records("sample").exists()


def test_spans_without_a_passage_are_checked_against_each_other(workspace: Workspace) -> None:
    open_round(workspace)

    def line(*spans: tuple[int, int, str]) -> str:
        marks = [{"start": start, "end": end, "text": text, "label": "date"} for start, end, text in spans]
        return json.dumps({"kind": "a", "marks": marks})

    path = foreign(
        workspace,
        line((5, 8, "May"), (6, 8, "ay")),
        line((5, 8, "May"), (6, 8, "un")),
        line((5, 9, "May")),
        line((10**12, 10**12 + 1, "x")),
    )
    assert validate(workspace, input=path, schema="sample").records == 1


def test_records_of_the_toolkit_pass_as_a_foreign_file(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, alike(passages, "ann", "ben"))
    validate(workspace, round=ROUND)
    again = validate(workspace, input=workspace.records("sample"), schema="sample")
    assert (again.records, again.problems) == (6, 0)


def test_a_missing_foreign_file_is_a_user_error(workspace: Workspace) -> None:
    open_round(workspace)
    with pytest.raises(ToolkitError) as caught:
        validate(workspace, input=workspace.root / "none.jsonl", schema="sample")
    assert caught.value.code == "INPUT-MISSING"


def test_dirty_real_files_are_named_line_by_line(workspace: Workspace, shared_data: Path) -> None:
    open_round(workspace)
    for name, rows in {"jsonl-dirty.jsonl": 8, "nan-inf-dup.jsonl": None, "u2028.jsonl": 3}.items():
        result = validate(workspace, input=shared_data / "nasty" / "own" / name, schema="sample")
        assert result.account is not None
        assert rows is None or result.account.items == rows
        assert result.records == 0


def _validate_and_die(root: Path, failpoint: str) -> None:
    os.environ["TOOLKIT_FAILPOINT"] = failpoint
    validate(Workspace(root), round=ROUND)


def test_killed_anywhere_and_run_again_it_ends_as_if_run_once(workspace: Workspace) -> None:
    passages = open_round(workspace)
    given = alike(passages, "ann", "ben") | {(passages[0].id, "ben"): answer("b"), (passages[1].id, "ben"): answer("z")}
    answer_round(workspace, given)
    files = (workspace.records("sample"), workspace.problems)
    validate(workspace, round=ROUND)
    whole = [path.read_bytes() for path in files]
    workspace.ledger.close()
    killed = 0
    for nth in range(1, 40):
        for path in files:
            path.unlink()
        again = Workspace(workspace.root)
        again.put_problems("validate", ROUND, [])
        again.ledger.close()
        dying = multiprocessing.get_context("fork").Process(
            target=_validate_and_die, args=(workspace.root, f"*:{nth}:kill")
        )
        dying.start()
        dying.join()
        killed += dying.exitcode == -signal.SIGKILL
        validate(Workspace(workspace.root), round=ROUND)
        assert [path.read_bytes() for path in files] == whole
        if dying.exitcode == 0:
            break
    assert killed >= 8
