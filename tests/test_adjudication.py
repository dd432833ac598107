"""Adjudication on files: which passages wait for one person, which are accepted without, and what is kept."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from round_on_disk import ROUND, answer, answer_round, open_round, pulled

from toolkit.errors import ToolkitError
from toolkit.passages import Passage
from toolkit.records import validate
from toolkit.records.store import load_records
from toolkit.rounds.adjudication import adjudication
from toolkit.rounds.answers import read_round
from toolkit.rounds.plan import load_annotations, load_tasks
from toolkit.studio import AdjudicateResult, round_adjudicate
from toolkit.workspace import Workspace, read_jsonl, write_jsonl

COUNTS = (
    "disagreements",
    "accepted_unanimous",
    "accepted_alone",
    "decided_by_others",
    "unfinished",
    "skipped",
    "invalid",
    "gone",
)
INVALID = answer("c", stars=5)
"""The schema's rule: a C with five stars has a mark."""


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever would connect anywhere fails."""

    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr("socket.socket.connect", refuse)


def to_file(workspace: Workspace, by: str = "lea") -> AdjudicateResult:
    return round_adjudicate(workspace, round=ROUND, by=by, file=workspace.root / "out")


def items(workspace: Workspace, by: str = "lea") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((workspace.root / "out" / f"adjudication.{by}.json").read_text("utf-8"))
    return found


def decide(workspace: Workspace, passage: str, value: Mapping[str, Any] | None, *, by: str, at: str) -> None:
    """What ``pull`` brings of an adjudicator's answer."""
    (task,) = (
        task
        for task in load_tasks(workspace, ROUND)
        if (task.role, task.annotator, task.passage) == ("adjudicator", by, passage)
    )
    rows = [
        *read_jsonl(workspace.round(ROUND) / "annotations.jsonl"),
        pulled(task, value, at=at).model_dump(mode="json"),
    ]
    write_jsonl(workspace.round(ROUND) / "annotations.jsonl", rows)


def test_every_passage_is_in_one_count_and_only_what_differs_goes_out(workspace: Workspace) -> None:
    agreed, differs, alone, skipped, invalid, half = open_round(workspace)
    given = {
        (agreed.id, "ann"): answer("a"),
        (agreed.id, "ben"): answer("a", note="free text is no disagreement"),
        (differs.id, "ann"): answer("a"),
        (differs.id, "ben"): answer("b"),
        (alone.id, "ann"): answer("a"),
        (alone.id, "ben"): None,
        (skipped.id, "ann"): None,
        (skipped.id, "ben"): None,
        (invalid.id, "ann"): answer("a"),
        (invalid.id, "ben"): INVALID,
        (half.id, "ann"): answer("a"),
    }
    answer_round(workspace, given)
    sent = to_file(workspace)
    assert [getattr(sent, name) for name in COUNTS] == [1, 1, 1, 0, 1, 1, 1, 0]
    assert (sent.decided, sent.undecided, sent.written, sent.tasks) == (0, 1, 1, 1)
    assert sent.waiting
    (item,) = items(workspace)
    assert item["data"]["text"] == differs.text
    assert [one["model_version"] for one in item["predictions"]] == ["candidate", "candidate"]
    assert "ann" not in json.dumps(item["data"])
    assert not {"ann", "ben"} & set(json.dumps(item["predictions"]).split('"'))


def test_what_all_agree_on_is_accepted_without_a_person_and_the_counts_are_those_of_validate(
    workspace: Workspace,
) -> None:
    agreed, differs, alone, *_ = passages = open_round(workspace)
    given: dict[tuple[str, str], Any] = {(one.id, name): answer("a") for one in passages for name in ("ann", "ben")}
    given |= {(differs.id, "ben"): answer("b"), (alone.id, "ben"): None}
    answer_round(workspace, given)
    sent = to_file(workspace)
    made = validate(workspace, round=ROUND, resolver="lead")
    assert made.resolutions == {"unanimous": sent.accepted_unanimous + sent.accepted_alone} == {"unanimous": 5}
    assert agreed.id in {one.passage for one in load_records(workspace, "sample")}
    (problem,) = (row for row in read_jsonl(workspace.problems) if row["step"] == "validate")
    assert (problem["code"], differs.id in problem["where"]) == ("UNRESOLVED", True)


def test_the_decision_its_author_and_the_overruled_answers_are_kept(workspace: Workspace) -> None:
    differs, *_ = open_round(workspace)
    answer_round(workspace, {(differs.id, "ann"): answer("a"), (differs.id, "ben"): answer("b")})
    to_file(workspace)
    decide(workspace, differs.id, answer("c"), by="lea", at="2026-01-03T10:00:00Z")
    assert (to_file(workspace).decided, to_file(workspace).undecided) == (1, 0)
    validate(workspace, round=ROUND)
    (record,) = load_records(workspace, "sample")
    assert (record.resolution, record.adjudicator, record.annotators) == ("adjudicated", "lea", ("ann", "ben"))
    assert record.answer["kind"] == "c"
    assert sorted(one["kind"] for one in record.overruled) == ["a", "b"]


def test_a_rerun_changes_nothing_and_what_comes_up_later_is_added(workspace: Workspace) -> None:
    first, second, *_ = open_round(workspace)
    given = {(one.id, name): answer("ab"[name == "ben"]) for one in (first, second) for name in ("ann", "ben")}
    answer_round(workspace, {key: value for key, value in given.items() if key[0] == first.id})
    assert (to_file(workspace).changed, to_file(workspace).changed) == (True, False)
    before = items(workspace)
    answer_round(workspace, given)
    assert (to_file(workspace).written, to_file(workspace).changed) == (2, False)
    assert all(item in items(workspace) for item in before)


def test_an_annotator_who_changes_an_answer_after_it_went_out(workspace: Workspace) -> None:
    """The passage stays with the adjudicator; as long as the annotators agree, nobody waits for a decision."""
    differs, *_ = open_round(workspace)
    answer_round(workspace, {(differs.id, "ann"): answer("a"), (differs.id, "ben"): answer("b")})
    to_file(workspace)
    answer_round(workspace, {(differs.id, "ann"): answer("a"), (differs.id, "ben"): answer("a")})
    settled = to_file(workspace)
    assert (settled.disagreements, settled.undecided, settled.agreed_since, settled.waiting) == (1, 0, 1, None)
    assert validate(workspace, round=ROUND).resolutions == {"unanimous": 1}
    answer_round(workspace, {(differs.id, "ann"): answer("a"), (differs.id, "ben"): answer("c")})
    assert to_file(workspace).undecided == 1
    decide(workspace, differs.id, answer("b"), by="lea", at="2026-01-03T10:00:00Z")
    assert (to_file(workspace).decided, to_file(workspace).agreed_since) == (1, 0)
    validate(workspace, round=ROUND)
    (record,) = load_records(workspace, "sample")
    assert sorted(one["kind"] for one in record.overruled) == ["a", "c"], "overruled is what stands now"


def test_of_several_adjudicators_each_gets_what_nobody_else_has_decided_and_the_later_one_decides(
    workspace: Workspace,
) -> None:
    first, second, *_ = open_round(workspace)
    given = {(one.id, name): answer("ab"[name == "ben"]) for one in (first, second) for name in ("ann", "ben")}
    answer_round(workspace, given)
    to_file(workspace)
    decide(workspace, first.id, answer("a"), by="lea", at="2026-01-03T10:00:00Z")
    of_max = to_file(workspace, "max")
    assert (of_max.disagreements, of_max.undecided, of_max.decided_by_others) == (1, 1, 1)
    assert [item["data"]["text"] for item in items(workspace, "max")] == [second.text]
    decide(workspace, second.id, answer("a"), by="lea", at="2026-01-03T11:00:00Z")
    decide(workspace, second.id, answer("b"), by="max", at="2026-01-03T12:00:00Z")
    assert (to_file(workspace).decided, to_file(workspace, "max").decided) == (2, 1)
    validate(workspace, round=ROUND)
    found = {one.passage: (one.adjudicator, one.answer["kind"]) for one in load_records(workspace, "sample")}
    assert found == {first.id: ("lea", "a"), second.id: ("max", "b")}


def test_an_adjudicators_skip_is_a_decision_and_an_invalid_answer_is_none(workspace: Workspace) -> None:
    first, second, *_ = open_round(workspace)
    given = {(one.id, name): answer("ab"[name == "ben"]) for one in (first, second) for name in ("ann", "ben")}
    answer_round(workspace, given)
    to_file(workspace)
    decide(workspace, first.id, None, by="lea", at="2026-01-03T10:00:00Z")
    decide(workspace, second.id, INVALID, by="lea", at="2026-01-03T10:00:00Z")
    assert (to_file(workspace).decided, to_file(workspace).undecided) == (1, 1)


@pytest.mark.parametrize("by", ["", " ", "a\nb", "\x1b[31m"])
def test_a_name_that_nobody_could_be_told_by_is_refused(workspace: Workspace, by: str) -> None:
    with pytest.raises(ToolkitError) as refused:
        to_file(workspace, by)
    assert refused.value.code == "ADJUDICATOR"


def test_the_order_of_candidates_tells_nothing_of_who_gave_them(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, {(p.id, name): answer("ab"[name == "ben"]) for p in passages for name in ("ann", "ben")})
    of = adjudication(read_round(workspace, ROUND), load_tasks(workspace, ROUND), "lea")
    first = [of.candidates(passage.id)[0].annotation.annotator for passage in passages]
    assert set(first) == {"ann", "ben"}
    assert first == [of.candidates(passage.id)[0].annotation.annotator for passage in passages]


ANSWERS = st.sampled_from([answer("a"), answer("b"), answer("a", note="x"), INVALID, None, "open"])


@given(st.lists(st.tuples(ANSWERS, ANSWERS, ANSWERS), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_passage_has_one_standing_and_none_is_lost(
    round_of_three: tuple[Workspace, list[Passage]], said: list[tuple[Any, ...]]
) -> None:
    workspace, passages = round_of_three
    names = ("ann", "ben", "cid")
    given_ = {
        (passage.id, name): value
        for passage, of_passage in zip(passages, said, strict=True)
        for name, value in zip(names, of_passage, strict=True)
        if value != "open"
    }
    answer_round(workspace, given_)
    # Each example begins with a round that nobody has adjudicated.
    kept = [task.model_dump(mode="json") for task in load_tasks(workspace, ROUND) if task.role == "annotator"]
    write_jsonl(workspace.round(ROUND) / "tasks.jsonl", kept)
    sent = to_file(workspace)
    assert sum(getattr(sent, name) for name in COUNTS) == len(passages)
    made = validate(workspace, round=ROUND, resolver="lead").resolutions.get("unanimous", 0)
    assert made == sent.accepted_unanimous + sent.accepted_alone
    assert len(list(load_annotations(workspace, ROUND))) == len(given_)


@pytest.fixture
def round_of_three(workspace: Workspace) -> tuple[Workspace, list[Passage]]:
    return workspace, open_round(workspace, ("ann", "ben", "cid"), 3)


def test_without_a_terminal_nobody_is_asked(workspace: Workspace) -> None:
    open_round(workspace)
    with pytest.raises(ToolkitError) as refused:
        round_adjudicate(workspace, round=ROUND, by="lea", terminal=True)
    assert refused.value.code == "TERMINAL-NONE"
    assert "--file" in refused.value.hint


def test_nothing_to_decide_writes_no_file(workspace: Workspace, tmp_path: Path) -> None:
    open_round(workspace)
    done = round_adjudicate(workspace, round=ROUND, by="lea", file=tmp_path / "nothing")
    assert (done.disagreements, done.unfinished, done.written, done.files, done.changed) == (0, 6, 0, (), False)
    assert not (tmp_path / "nothing").exists()
