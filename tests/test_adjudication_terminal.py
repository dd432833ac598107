"""Decisions given in a terminal: durable before the next key, never lost to a pull, the same records as a server's."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from round_by_file import exported, pull_answers, pull_rows
from round_on_disk import ROUND, answer, open_round

from toolkit.errors import LOCKED, ToolkitError
from toolkit.passages import Passage
from toolkit.pipeline.trace import trace
from toolkit.records import validate
from toolkit.records.store import load_records
from toolkit.rounds.plan import load_annotations, load_tasks
from toolkit.studio import round_adjudicate
from toolkit.studio.pulled import read_round_answers, round_of
from toolkit.studio.sitting import Sitting
from toolkit.workspace import Workspace, read_jsonl

Answers = Mapping[tuple[str, str], Mapping[str, Any] | None]


@pytest.fixture
def passages(workspace: Workspace, tmp_path: Path) -> list[Passage]:
    """A round of six passages; ann and ben agree on the last two alone."""
    found = open_round(workspace)
    given: dict[tuple[str, str], Any] = {(one.id, "ann"): answer("a", stars=1) for one in found}
    given |= {(one.id, "ben"): answer("a" if n > 3 else "b", stars=1) for n, one in enumerate(found)}
    pull_answers(workspace, ROUND, given, tmp_path)
    return found


def kinds(workspace: Workspace) -> dict[str, tuple[str, str | None, str]]:
    """What validate makes: passage to resolution, adjudicator and kind."""
    validate(workspace, round=ROUND, resolver="lead")
    return {
        one.passage: (one.resolution, one.adjudicator, one.answer["kind"]) for one in load_records(workspace, "sample")
    }


def decided_on_file(workspace: Workspace) -> list[str]:
    return [one.passage for one in load_annotations(workspace, ROUND) if one.role == "adjudicator"]


def pull_again(workspace: Workspace) -> None:
    """What every pull ends with."""
    with workspace.lock():
        read_round_answers(workspace, round_of(workspace, ROUND))


def test_a_sitting_shows_the_disagreements_alone_with_different_answers_and_no_names(
    workspace: Workspace, passages: list[Passage]
) -> None:
    sitting = Sitting(workspace, round=ROUND, by="lea")
    assert [case.passage.id for case in sitting.cases] == [one.id for one in passages[:4]]
    case = sitting.cases[0]
    assert sorted(one.value["kind"] for one in case.candidates) == ["a", "b"]
    assert [field.name for field in case.differing] == ["kind"]
    assert not {"ann", "ben"} & set(json.dumps([one.value for one in case.candidates]).split('"'))


def test_equal_answers_are_one_candidate(workspace: Workspace, tmp_path: Path) -> None:
    first, *_ = open_round(workspace, ("ann", "ben", "cid"), 3)
    given = {(first.id, "ann"): answer("a"), (first.id, "ben"): answer("b"), (first.id, "cid"): answer("a")}
    pull_answers(workspace, ROUND, given, tmp_path)
    (case,) = Sitting(workspace, round=ROUND, by="lea").cases
    assert sorted((one.value["kind"], one.given_by) for one in case.candidates) == [("a", 2), ("b", 1)]


def test_decisions_become_adjudicated_records_with_author_overruled_answers_and_reason(
    workspace: Workspace, passages: list[Passage]
) -> None:
    sitting = Sitting(workspace, round=ROUND, by="lea")
    assert sitting.take(answer("b", stars=1), "第二条说明了此点") == ()
    sitting.skip("of no use")
    result = sitting.result()
    assert (result.disagreements, result.decided, result.undecided, result.accepted_unanimous) == (4, 2, 2, 2)
    made = kinds(workspace)
    assert made == {
        passages[0].id: ("adjudicated", "lea", "b"),
        passages[4].id: ("unanimous", None, "a"),
        passages[5].id: ("unanimous", None, "a"),
    }
    (record,) = (one for one in load_records(workspace, "sample") if one.adjudicator)
    assert [one["kind"] for one in record.overruled] == ["a"]
    reasons = [link.facts.get("reason") for link in trace(workspace, record.id).back if link.noun == "annotation"]
    assert "第二条说明了此点" in reasons


def test_a_pull_takes_no_decision_away_and_has_no_problem_with_them(
    workspace: Workspace, passages: list[Passage], tmp_path: Path
) -> None:
    sitting = Sitting(workspace, round=ROUND, by="lea")
    sitting.take(answer("b", stars=1))
    before = (workspace.round(ROUND) / "annotations.jsonl").read_bytes()
    pull_again(workspace)
    assert (workspace.round(ROUND) / "annotations.jsonl").read_bytes() == before
    export = {(passages[1].id, "ann"): answer("c")}
    pull_answers(workspace, ROUND, export, tmp_path, at="2026-01-05T10:00:00Z")
    assert decided_on_file(workspace) == [passages[0].id]
    assert not [row for row in read_jsonl(workspace.problems) if row["step"] == "pull"]


@pytest.mark.usefixtures("passages")
def test_the_files_are_those_that_a_pull_would_write(workspace: Workspace) -> None:
    """Each decision writes the round's annotations by a short way; the long way gives the same bytes."""
    sitting = Sitting(workspace, round=ROUND, by="lea")
    for step in (lambda: sitting.take(answer("b", stars=1)), sitting.skip, sitting.undo, sitting.undo, sitting.skip):
        step()
        short = (workspace.round(ROUND) / "annotations.jsonl").read_bytes()
        pull_again(Workspace(workspace.root))
        assert (workspace.round(ROUND) / "annotations.jsonl").read_bytes() == short


@pytest.mark.usefixtures("passages")
def test_undo_puts_back_what_stood_before_also_what_an_earlier_sitting_had_decided(workspace: Workspace) -> None:
    first = Sitting(workspace, round=ROUND, by="lea")
    first.take(answer("b", stars=1), "first")
    sitting = Sitting(workspace, round=ROUND, by="lea")
    assert (sitting.place, sitting.decided, sitting.undo()) == (1, 1, False)
    sitting.move(-1)
    sitting.take(answer("a", stars=1), "second")
    assert [row[2] for row in kinds(workspace).values() if row[1]] == ["a"]
    assert sitting.undo()
    assert (sitting.place, sitting.case and sitting.case.decided and sitting.case.decided.reason) == (0, "first")
    assert [row[2] for row in kinds(workspace).values() if row[1]] == ["b"]
    sitting.move(1)
    sitting.take(answer("b", stars=1))
    assert sitting.undo()
    pull_again(Workspace(workspace.root))
    assert not [row for row in read_jsonl(workspace.problems) if row["step"] == "pull"], "nothing is gone from a server"
    assert sitting.decided == 1
    assert len(decided_on_file(workspace)) == 1
    again = Sitting(workspace, round=ROUND, by="lea")
    assert (again.decided, again.place) == (1, 1)
    sitting.take(answer("b", stars=1))
    assert len(decided_on_file(workspace)) == 2, "what was taken back can be decided anew"


@pytest.mark.usefixtures("passages")
def test_an_answer_that_the_schema_refuses_is_told_and_not_kept(workspace: Workspace) -> None:
    sitting = Sitting(workspace, round=ROUND, by="lea")
    (fault,) = sitting.take(answer("c", stars=5))
    assert "mark" in fault.expected
    assert (sitting.place, sitting.decided, decided_on_file(workspace)) == (0, 0, [])


@pytest.mark.parametrize(("at", "counts"), [("2020-01-01T00:00:00Z", "b"), ("2090-01-01T00:00:00Z", "c")])
def test_of_the_server_and_the_terminal_the_later_decision_counts(
    workspace: Workspace, passages: list[Passage], tmp_path: Path, at: str, counts: str
) -> None:
    sitting = Sitting(workspace, round=ROUND, by="lea")
    sitting.take(answer("b", stars=1))
    pull_answers(workspace, ROUND, {(passages[0].id, "lea"): answer("c")}, tmp_path, at=at, by="lea@example.org")
    assert kinds(workspace)[passages[0].id] == ("adjudicated", "lea", counts)
    assert not [row for row in read_jsonl(workspace.problems) if row["code"] == "LS-SEVERAL"]


def test_who_decides_again_after_seeing_a_servers_decision_decides_last_whatever_the_clocks_say(
    workspace: Workspace, passages: list[Passage], tmp_path: Path
) -> None:
    Sitting(workspace, round=ROUND, by="lea")
    future = "2090-01-01T00:00:00Z"
    pull_answers(workspace, ROUND, {(passages[0].id, "lea"): answer("c")}, tmp_path, at=future, by="lea@example.org")
    sitting = Sitting(workspace, round=ROUND, by="lea")
    assert sitting.decided == 1
    sitting.move(-9)
    sitting.take(answer("b", stars=1))
    assert kinds(workspace)[passages[0].id] == ("adjudicated", "lea", "b")
    sitting.undo()
    assert kinds(workspace)[passages[0].id] == ("adjudicated", "lea", "c")
    pull_again(workspace)
    assert not [row for row in read_jsonl(workspace.problems) if row["step"] == "pull"]


def test_two_people_on_the_server_are_still_told(workspace: Workspace, passages: list[Passage], tmp_path: Path) -> None:
    Sitting(workspace, round=ROUND, by="lea").take(answer("b", stars=1))
    rows = exported(workspace, ROUND, {(passages[0].id, "lea"): answer("c")})
    rows[0]["annotations"].append(rows[0]["annotations"][0] | {"id": 77, "completed_by": {"email": "stranger@x.org"}})
    pull_rows(workspace, rows, tmp_path)
    assert [row["code"] for row in read_jsonl(workspace.problems) if row["step"] == "pull"] == ["LS-SEVERAL"]


def test_an_export_cannot_pass_for_a_decision_of_the_terminal(
    workspace: Workspace, passages: list[Passage], tmp_path: Path
) -> None:
    Sitting(workspace, round=ROUND, by="lea").take(answer("b", stars=1))
    rows = exported(workspace, ROUND, {(passages[0].id, "lea"): answer("c")}, at="2090-01-01T00:00:00Z")
    rows[0]["annotations"][0]["id"] = 0
    pull_rows(workspace, rows, tmp_path)
    numbers = sorted(one.server_annotation for one in load_annotations(workspace, ROUND) if one.role == "adjudicator")
    assert numbers == [0, 1]


@pytest.mark.usefixtures("passages")
def test_while_another_run_holds_the_workspace_nothing_is_decided_and_the_next_try_is(workspace: Workspace) -> None:
    sitting = Sitting(workspace, round=ROUND, by="lea")
    with Workspace(workspace.root).lock(), pytest.raises(ToolkitError) as refused:
        sitting.take(answer("b", stars=1))
    assert (refused.value.exit_code, sitting.decided, sitting.place) == (LOCKED, 0, 0)
    sitting.take(answer("b", stars=1))
    assert (sitting.decided, len(decided_on_file(workspace))) == (1, 1)


def test_what_a_pull_brings_between_two_keys_stays(
    workspace: Workspace, passages: list[Passage], tmp_path: Path
) -> None:
    sitting = Sitting(workspace, round=ROUND, by="lea")
    sitting.take(answer("b", stars=1))
    pull_answers(Workspace(workspace.root), ROUND, {(passages[5].id, "ann"): answer("c")}, tmp_path, at="2026-02-01")
    sitting.take(answer("b", stars=1))
    kept = {(one.passage, one.annotator): one.answer["kind"] for one in load_annotations(workspace, ROUND)}
    assert kept[passages[5].id, "ann"] == "c"
    assert len(decided_on_file(workspace)) == 2
    sequences = [row["sequence"] for row in workspace.ledger.query("SELECT sequence FROM pulled ORDER BY sequence")]
    assert len(sequences) == len(set(sequences))


COMMITTED = [("decided:1", 1), ("decided:2", 2), ("decided:3", 1)]
"""Killed between the ledger and the round's file: the ledger counts."""
DECIDE = """
import sys
from pathlib import Path
from toolkit.studio.sitting import Sitting
from toolkit.workspace import Workspace
sitting = Sitting(Workspace(Path(sys.argv[1])), round="first", by="lea")
sitting.take(dict(sitting.case.candidates[0].value), "one")
print("kept 1", flush=True)
sitting.skip()
print("kept 2", flush=True)
sitting.undo()
print("kept 1", flush=True)
"""


@pytest.mark.usefixtures("passages")
@pytest.mark.parametrize(("point", "kept"), [(f"*:{n}", None) for n in range(1, 40, 3)] + COMMITTED)
def test_killed_at_any_durable_step_nothing_that_was_kept_is_lost_and_the_next_sitting_goes_on(
    workspace: Workspace, point: str, kept: int | None
) -> None:
    workspace.ledger.close()
    environment = {**os.environ, "TOOLKIT_FAILPOINT": f"{point}:kill"}
    command = [sys.executable, "-c", DECIDE, str(workspace.root)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    again = Workspace(workspace.root)
    sitting = Sitting(again, round=ROUND, by="lea")
    lines = done.stdout.split("\n")
    told = [int(line[-1]) for line in lines if line]
    # The step that was under way is whole or not there.
    possible = {0: {0, 1}, 1: {1, 2}, 2: {2, 1}, 3: {1}}[len(told)]
    assert sitting.decided in (possible if kept is None else {kept})
    assert sitting.decided == len(decided_on_file(again))
    assert len({task.id for task in load_tasks(again, ROUND)}) == len(list(load_tasks(again, ROUND))) == 16
    while sitting.case:
        sitting.take(dict(sitting.case.candidates[0].value))
    assert round_adjudicate(again, round=ROUND, by="lea", file=again.root / "o").decided == 4
