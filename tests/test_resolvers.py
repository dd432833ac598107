"""How differing answers end: field by field, by majority, by votes weighed by the model of annotators, by the lead."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from click.testing import CliRunner
from round_on_disk import ROUND, answer, answer_round, open_round

from toolkit.catalog import builtin
from toolkit.cli import group
from toolkit.console import print_result
from toolkit.errors import ToolkitError
from toolkit.noun import Result
from toolkit.passages import Passage
from toolkit.pipeline.trace import trace
from toolkit.pipeline.verbs import checked_options
from toolkit.records import Record, load_records, validate
from toolkit.records.resolution import resolve
from toolkit.records.resolver import resolvers_of
from toolkit.records.votes import Ballot
from toolkit.rounds.answers import read_round
from toolkit.rounds.gold import keep_gold
from toolkit.rounds.weighing import LEAST_SHARED, Verdict, sharing
from toolkit.workspace import Workspace, read_jsonl, write_jsonl

Answers = dict[tuple[str, str], dict[str, Any] | None]
CREW = {"ann": 0.95, "ben": 0.95, "cid": 0.6, "dot": 0.6, "eve": 0.6}
"""Two who are nearly always right, and three who are little better than chance and can outvote them."""
OTHER = {"a": "b", "b": "a"}


def opened(workspace: Workspace, clauses: int = 150, annotators: Sequence[str] = tuple(CREW)) -> list[Passage]:
    words = (builtin("examples") / "legal" / "franchise.txt").read_text(encoding="utf-8").split()
    draw = random.Random(5)
    text = "\n\n".join(f"{number}. The {' '.join(draw.sample(words, 9))}." for number in range(1, clauses + 1))
    (workspace.root / "raw" / "long.txt").write_text(text, encoding="utf-8")
    passages = open_round(workspace, annotators, len(annotators))
    assert len(passages) >= clauses
    return passages


def truth(passages: Sequence[Passage]) -> dict[str, str]:
    return {passage.id: "ab"[number % 2] for number, passage in enumerate(passages)}


def said(right: Mapping[str, str], crew: Mapping[str, float] = CREW) -> Answers:
    draw = random.Random(1)
    return {
        (passage, name): answer(value if draw.random() < accuracy else OTHER[value])
        for passage, value in right.items()
        for name, accuracy in crew.items()
    }


def records(workspace: Workspace) -> dict[str, Record]:
    return {record.passage: record for record in load_records(workspace, "sample")}


def right_share(made: Mapping[str, Record], right: Mapping[str, str]) -> float:
    return sum(one.answer["kind"] == right[passage] for passage, one in made.items()) / len(made)


def test_weighted_votes_follow_the_reliable_against_the_majority_and_keep_what_they_overruled(
    workspace: Workspace,
) -> None:
    passages = opened(workspace)
    right = truth(passages)
    given = said(right)
    answer_round(workspace, given)
    validate(workspace, round=ROUND)
    by_majority = right_share(records(workspace), right)
    result = validate(workspace, round=ROUND, resolver="dawid-skene")
    made = records(workspace)
    assert by_majority < 0.92
    assert right_share(made, right) > 0.97
    assert set(result.resolutions) == {"unanimous", "weighted"}
    assert result.resolutions["weighted"] + result.resolutions["unanimous"] == result.records > 0.9 * len(passages)
    assert result.fallbacks == ()
    outvoting = 0
    for passage, one in made.items():
        kinds = [(given[passage, name] or {})["kind"] for name in CREW]
        assert set(one.confidence) == ({"kind"} if one.resolution == "weighted" else set())
        assert all(0.8 <= chance <= 1 for chance in one.confidence.values())
        assert {over["kind"] for over in one.overruled} == set(kinds) - {one.answer["kind"]}
        outvoting += kinds.count(one.answer["kind"]) == 2
    assert outvoting > 5


def test_a_record_that_votes_decided_is_traced_with_how_likely_each_field_is(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    passages = opened(workspace)
    answer_round(workspace, said(truth(passages)))
    validate(workspace, round=ROUND, resolver="dawid-skene")
    made = records(workspace).values()
    plain = next(one for one in made if one.resolution == "unanimous")
    assert "confidence" not in trace(workspace, plain.id).itself.facts
    likely = next(one for one in made if 0.8 <= one.confidence.get("kind", 1) < 1)
    found = trace(workspace, likely.id)
    assert found.itself.facts["confidence"] == likely.confidence
    print_result(found, "trace")
    assert f"confidence kind {likely.confidence['kind']}" in " ".join(capsys.readouterr().out.split())


def test_a_vote_that_is_not_certain_waits_for_the_lead_and_the_lead_then_stands(workspace: Workspace) -> None:
    crew = dict.fromkeys(("ann", "ben", "cid", "dot"), 0.75)
    passages = opened(workspace, annotators=tuple(crew))
    given = said(truth(passages), crew)
    split = next(p.id for p in passages if sum((given[p.id, name] or {})["kind"] == "a" for name in crew) == 2)
    answer_round(workspace, given)
    result = validate(workspace, round=ROUND, resolver="dawid-skene")
    problem = next(row for row in read_jsonl(workspace.problems) if split in row["where"])
    assert problem["code"] == "UNRESOLVED"
    assert problem["expected"] == "a weighted vote of 0.8 or more, or an adjudicator's"
    assert split not in records(workspace)
    answer_round(workspace, given, {split: answer("c", note="decided")})
    decided = validate(workspace, round=ROUND, resolver="dawid-skene")
    assert (records(workspace)[split].resolution, records(workspace)[split].answer["kind"]) == ("adjudicated", "c")
    assert decided.records >= result.records + 1


def test_too_little_overlap_falls_back_to_majority_and_says_so(workspace: Workspace) -> None:
    passages = opened(workspace, clauses=LEAST_SHARED - 7, annotators=("ann", "ben", "cid"))
    assert len(passages) == LEAST_SHARED - 1
    given = {(passage.id, name): answer("a") for passage in passages for name in ("ann", "ben", "cid")}
    given[passages[0].id, "cid"] = answer("b")
    answer_round(workspace, given)
    result = validate(workspace, round=ROUND, resolver="dawid-skene")
    assert result.resolutions == {"unanimous": LEAST_SHARED - 2, "majority": 1}
    assert [one.model_dump() for one in result.fallbacks] == [
        {"round": ROUND, "field": "kind", "reason": "overlap", "passages": 1}
    ]


def test_a_passage_of_somebody_new_goes_by_majority_the_others_are_weighed(workspace: Workspace) -> None:
    passages = opened(workspace)
    given = said(truth(passages))
    few = {passage.id for passage in passages[:5]}
    given |= {key: None for key in given if key[1] == "eve" and key[0] not in few}
    answer_round(workspace, given)
    result = validate(workspace, round=ROUND, resolver="dawid-skene")
    made = records(workspace)
    assert {made[passage].resolution for passage in few if passage in made} <= {"majority", "unanimous"}
    assert result.resolutions["weighted"] > 20
    assert [(one.field, one.reason) for one in result.fallbacks] == [("kind", "overlap")]
    assert 0 < result.fallbacks[0].passages <= 5


def test_two_annotators_outvote_each_other_only_where_gold_tells_who_errs(workspace: Workspace) -> None:
    crew = {"ann": 0.97, "ben": 0.6}
    passages = opened(workspace, clauses=120, annotators=tuple(crew))
    right = truth(passages)
    answer_round(workspace, said(right, crew))
    blind = validate(workspace, round=ROUND, resolver="dawid-skene")
    assert set(blind.resolutions) == {"unanimous"}
    assert blind.fallbacks[0].reason == "overlap"
    keep_gold(workspace, ROUND, {passage.id: answer(right[passage.id]) for passage in passages[:40]})
    told = validate(workspace, round=ROUND, resolver="dawid-skene")
    made = records(workspace)
    assert told.fallbacks == ()
    assert told.resolutions["weighted"] > 15
    assert not made.keys() & {passage.id for passage in passages[:40]}
    assert right_share(made, right) > 0.93


def test_what_a_lead_decided_tells_who_errs_too(workspace: Workspace) -> None:
    crew = {"ann": 0.97, "ben": 0.6}
    passages = opened(workspace, clauses=120, annotators=tuple(crew))
    right = truth(passages)
    given = said(right, crew)
    differing = [id_ for id_ in right if given[id_, "ann"] != given[id_, "ben"]]
    answer_round(workspace, given, {id_: answer(right[id_]) for id_ in differing[:25]})
    result = validate(workspace, round=ROUND, resolver="dawid-skene")
    assert result.resolutions["adjudicated"] == 25
    assert result.resolutions["weighted"] > 10
    assert right_share(records(workspace), right) > 0.95


def ballot_on(workspace: Workspace, given: Answers, verdict: Verdict) -> Any:
    """What comes of the first passage's answers when the model says this about its kind."""
    answer_round(workspace, given)
    answers = read_round(workspace, ROUND)
    passage = next(iter(given))[0]
    silent = {"marks": Verdict(frozenset(), 1.0), "stars": Verdict(None, 1.0)}
    ballot = Ballot(resolvers_of("dawid-skene", answers.fields), {"kind": verdict, **silent})
    text = answers.passages[passage].text
    return resolve(answers.model, answers.fields, answers.answers[passage], None, text=text, votes=ballot)


def test_what_nobody_said_about_a_passage_is_never_its_answer(workspace: Workspace) -> None:
    first = open_round(workspace, ("ann", "ben", "cid"), 3)[0].id
    given: Answers = {(first, "ann"): answer("a"), (first, "ben"): answer("b"), (first, "cid"): answer("b")}
    assert ballot_on(workspace, given, Verdict("c", 0.99)) is None
    assert ballot_on(workspace, given, Verdict("a", 0.79)) is None
    assert ballot_on(workspace, given, Verdict("a", 0.8)).value["kind"] == "a"


def test_one_valid_answer_beside_an_invalid_one_is_no_vote(workspace: Workspace) -> None:
    first = open_round(workspace)[0].id
    given: Answers = {(first, "ann"): answer("a"), (first, "ben"): answer("z")}
    assert ballot_on(workspace, given, Verdict("a", 0.99)) is None


def test_the_same_records_come_out_whatever_the_order_of_the_answers(workspace: Workspace) -> None:
    passages = opened(workspace)
    answer_round(workspace, said(truth(passages)))
    validate(workspace, round=ROUND, resolver="dawid-skene")
    before = workspace.records("sample").read_bytes()
    assert not validate(workspace, round=ROUND, resolver="dawid-skene").changed
    for name in ("annotations.jsonl", "tasks.jsonl"):
        file = workspace.round(ROUND) / name
        rows = list(read_jsonl(file))
        random.Random(3).shuffle(rows)
        write_jsonl(file, rows)
    again = validate(workspace, round=ROUND, resolver="dawid-skene")
    assert workspace.records("sample").read_bytes() == before
    assert not again.changed


def test_a_record_whose_value_other_answers_changed_is_another_record(workspace: Workspace) -> None:
    passages = opened(workspace)
    right = truth(passages)
    given = said(right)
    answer_round(workspace, given)
    validate(workspace, round=ROUND, resolver="dawid-skene")
    before = records(workspace)
    reversed_roles = {"ann": 0.6, "ben": 0.6, "cid": 0.95, "dot": 0.95, "eve": 0.95}
    kept = {passage.id for passage in passages[:40]}
    others = {key: value for key, value in said(right, reversed_roles).items() if key[0] not in kept}
    answer_round(workspace, given | others)
    validate(workspace, round=ROUND, resolver="dawid-skene")
    after = records(workspace)
    same = [one for one in before.keys() & after.keys() if before[one].annotations == after[one].annotations]
    changed = [one for one in same if before[one].answer != after[one].answer]
    assert changed
    assert all(before[one].id != after[one].id for one in changed)


def test_spans_are_weighed_one_by_one_and_a_set_that_nobody_gave_as_a_whole_may_win(workspace: Workspace) -> None:
    passages = opened(workspace)
    draw = random.Random(7)
    crew = {"ann": 0.95, "ben": 0.95, "cid": 0.7, "dot": 0.7, "eve": 0.7}
    right = {passage.id: {("party", 3 * at, 3 * at + 2) for at in range(3)} for passage in passages}
    given: Answers = {
        (passage.id, name): answer(
            "a",
            text=passage.text,
            marks=sorted(
                {one for one in right[passage.id] if draw.random() < accuracy}
                | {("date", 3 * at, 3 * at + 2) for at in range(3) if draw.random() > accuracy}
            ),
        )
        for passage in passages
        for name, accuracy in crew.items()
    }
    answer_round(workspace, given)
    by_majority = validate(workspace, round=ROUND).records
    result = validate(workspace, round=ROUND, resolver="dawid-skene")
    made = records(workspace)
    assert result.records > by_majority + 20
    exact, whole = 0, 0
    for passage, one in made.items():
        marks = {(span["label"], span["start"], span["end"]) for span in one.answer["marks"]}
        exact += marks == right[passage]
        whole += any((given[passage, name] or {})["marks"] == one.answer["marks"] for name in crew)
        assert one.answer["marks"] == sorted(one.answer["marks"], key=lambda span: (span["label"], span["start"]))
    assert exact / len(made) > 0.9
    assert whole < len(made)


def test_each_field_goes_its_own_way(workspace: Workspace) -> None:
    passages = opened(workspace)
    right = truth(passages)
    given = said(right)
    stars, kind = passages[0].id, passages[1].id
    for name in CREW:
        given[stars, name] = answer(right[stars], stars=2 if name == "eve" else 1)
        given[kind, name] = answer("b" if name == "eve" else "a", stars=3)
    answer_round(workspace, given)
    validate(workspace, round=ROUND, resolver=("dawid-skene", "stars=lead"))
    made = records(workspace)
    assert stars not in made
    assert (made[kind].resolution, set(made[kind].confidence)) == ("weighted", {"kind"})
    validate(workspace, round=ROUND, resolver=("lead", "stars=majority"))
    made = records(workspace)
    assert (made[stars].resolution, made[stars].answer["stars"]) == ("majority", 1)
    assert kind not in made


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("vote", "RESOLVER"),
        ("kind=vote", "RESOLVER"),
        ("", "RESOLVER"),
        ("=lead", "RESOLVER-FIELD"),
        ("none=lead", "RESOLVER-FIELD"),
        ("note=lead", "RESOLVER-FIELD"),  # free text: nobody votes on it
    ],
)
def test_a_resolver_that_is_none_is_refused_and_nothing_is_written(workspace: Workspace, asked: str, code: str) -> None:
    passages = open_round(workspace)
    answer_round(workspace, {(passage.id, name): answer() for passage in passages for name in ("ann", "ben")})
    with pytest.raises(ToolkitError) as caught:
        validate(workspace, round=ROUND, resolver=asked)
    assert caught.value.code == code
    assert not workspace.records("sample").exists()


def test_of_two_resolvers_for_one_field_the_later_holds(workspace: Workspace) -> None:
    open_round(workspace)
    fields = read_round(workspace, ROUND).fields
    resolvers = resolvers_of(("kind=lead", "dawid-skene", "kind=majority"), fields)
    assert [resolvers.of(field) for field in ("kind", "stars")] == ["majority", "dawid-skene"]


def test_the_command_line_and_a_recipe_say_the_same(workspace: Workspace) -> None:
    passages = open_round(workspace)
    answer_round(workspace, {(passage.id, name): answer() for passage in passages for name in ("ann", "ben")})
    arguments = ["--workspace", str(workspace.root), "validate", "--resolver", "dawid-skene", "--resolver", "kind=lead"]
    done = CliRunner().invoke(group, [*arguments, "--json"])
    assert (done.exit_code, json.loads(done.stdout)["records"]) == (0, 6)
    for asked in ("lead", ["dawid-skene", "kind=lead"]):
        checked = checked_options("validate", {"resolver": asked})["resolver"]
        assert checked == (asked if isinstance(asked, str) else tuple(asked))


def test_a_fallback_is_shown_on_the_terminal(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    passages = open_round(workspace, ("ann", "ben", "cid"), 3)
    given = {(passage.id, name): answer() for passage in passages for name in ("ann", "ben", "cid")}
    given[passages[0].id, "ann"] = answer("b")
    answer_round(workspace, given)
    result: Result = validate(workspace, round=ROUND, resolver="dawid-skene")
    print_result(result, "validate")
    shown = capsys.readouterr().out
    assert "first, kind: an annotator shares too few passages with two others (1)" in shown


def test_sharing_counts_only_with_others_who_share_enough() -> None:
    full = {f"p{number}": dict.fromkeys(("a", "b", "c"), "x") for number in range(LEAST_SHARED)}
    assert sharing(full, frozenset()) == {"a", "b", "c"}
    with_new = {**full, "p0": dict.fromkeys(("a", "b", "c", "d"), "x")}
    assert sharing(with_new, frozenset()) == {"a", "b", "c"}
    pairs = {f"p{number}": dict.fromkeys(("a", "b"), "x") for number in range(99)}
    assert sharing(pairs, frozenset()) == frozenset()
    assert sharing(pairs, frozenset(f"p{number}" for number in range(LEAST_SHARED))) == {"a", "b"}
    # c is shared with d alone on half of its passages: d has too few, so c has too few, so nobody has two others.
    three, other = dict.fromkeys(("a", "b", "c"), "x"), dict.fromkeys(("a", "c", "d"), "x")
    chain = {f"p{number}": three if number < 10 else other for number in range(LEAST_SHARED)}
    assert sharing(chain, frozenset()) == frozenset()
