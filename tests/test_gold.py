"""Gold items: settled when the round opens, the same for everybody, told by nothing, and no part of the results."""

import json
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from round_on_disk import ROUND, answer, answer_round, open_round, passages_of

from toolkit.errors import ToolkitError
from toolkit.passages import Passage
from toolkit.records import validate
from toolkit.rounds import round_report, round_status
from toolkit.rounds.answers import read_round
from toolkit.rounds.gold import keep_gold, load_gold
from toolkit.rounds.plan import load_tasks
from toolkit.studio import connect, push
from toolkit.studio.delivery import projects_of
from toolkit.studio.listing import tasks_in
from toolkit.workspace import Workspace, init, read_jsonl, write_jsonl


@pytest.fixture
def corpus(tmp_path: Path) -> Workspace:
    """A workspace with six passages, under a name of its own so that its projects are its own."""
    folder = tmp_path / f"g-{uuid.uuid4().hex[:8]}"
    init(folder, schema="sample", policy="none")
    made = Workspace(folder)
    passages_of(made)
    return made


def six(workspace: Workspace) -> list[Passage]:
    from toolkit.passages import load_passages

    return list(load_passages(workspace))


def gold_file(workspace: Workspace, *rows: Mapping[str, Any] | str) -> Path:
    path = workspace.root / "gold.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def opened(workspace: Workspace, gold: Path | None, *, to: str = "out", size: int | None = None, **other: Any) -> Any:
    people = other.pop("annotators", ("ann", "ben", "cho"))
    return push(
        workspace, round="r", annotators=people, overlap=1, size=size, gold=gold, file=workspace.root / to, **other
    )


def shown(workspace: Workspace, name: str, to: str = "out") -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads((workspace.root / to / f"{name}.json").read_text(encoding="utf-8"))
    return tasks


def test_everybody_gets_the_gold_items_beside_an_exact_overlap_for_the_others(corpus: Workspace) -> None:
    first, second, *others = six(corpus)
    file = gold_file(
        corpus,
        {"passage": first.id, "answer": {"kind": "a"}},
        {"text": second.text, "answer": answer("b", text=second.text, marks=[("date", 0, 2)])},
    )
    done = opened(corpus, file)
    assert (done.passages, done.gold, done.tasks) == (4, 2, 4 + 3 * 2)
    counts = Counter(task.passage for task in load_tasks(corpus, "r"))
    assert counts == {first.id: 3, second.id: 3, **{other.id: 1 for other in others}}
    assert load_gold(corpus, "r") == {
        first.id: {"kind": "a", "marks": [], "stars": None, "note": None},
        second.id: answer("b", text=second.text, marks=[("date", 0, 2)]),
    }


def test_nothing_that_leaves_the_workspace_tells_a_gold_item(corpus: Workspace) -> None:
    """With and without gold, what is shown of a passage is the same to the byte."""
    first, *_ = six(corpus)
    opened(
        corpus, gold_file(corpus, {"passage": first.id, "answer": answer("c", note="the answer")}), annotators=("ann",)
    )
    push(corpus, round="r2", annotators=("ann",), file=corpus.root / "plain")
    tested, plain = shown(corpus, "ann"), shown(corpus, "ann", "plain")
    assert not any("gold" in path.name for path in (corpus.root / "out").iterdir())
    without = [{**task, "data": {**task["data"], "task_id": ""}} for task in tested]
    assert sorted(map(str, without)) == sorted(str({**task, "data": {**task["data"], "task_id": ""}}) for task in plain)
    assert "the answer" not in json.dumps(tested)


def test_records_serve_as_gold_as_they_are_and_an_earlier_round_does_not_give_them_away(corpus: Workspace) -> None:
    passages = open_round(corpus)
    text = {passage.id: passage.text for passage in passages}
    given = {
        (passage.id, name): answer("c", text=text[passage.id], marks=[("party", 0, 3)], note=f"no {at}")
        for at, passage in enumerate(passages)
        for name in ("ann", "ben")
    }
    answer_round(corpus, given)
    validate(corpus, round=ROUND)
    records = corpus.records("sample")
    rows = [row for row in read_jsonl(records) if row["passage"] in {passages[0].id, passages[1].id}]
    write_jsonl(corpus.root / "some.jsonl", rows)
    done = opened(corpus, corpus.root / "some.jsonl", prelabel=[f"round:{ROUND}"])
    assert done.gold == 2
    for task in [task for name in ("ann", "ben", "cho") for task in shown(corpus, name)]:
        predicted = json.dumps(task.get("predictions", ()))
        known = task["data"]["text"] not in {passages[0].text, passages[1].text}
        assert ("no " in predicted) == known, task
    assert opened(corpus, corpus.root / "some.jsonl", prelabel=[f"round:{ROUND}"]).changed is False
    assert opened(corpus, None, prelabel=[f"round:{ROUND}"]).changed is False  # the round keeps its own


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('{"passage": ', "line 2: no JSON"),
        ("[1]", "line 2, answer: none"),
        ('{"passage": "pas_none", "answer": {}}', "line 2, passage: no such passage"),
        ('{"text": "nowhere", "answer": {}}', "line 2, text: no such passage"),
        ('{"answer": {"kind": "a"}}', "line 2, passage: neither"),
        ('{"passage": "FIRST", "answer": {"kind": "z"}}', "line 2, kind:"),
        ('{"passage": "FIRST", "answer": {"kind": "a", "stars": 9}}', "line 2, stars:"),
        ('{"passage": "FIRST", "answer": {"kind": "a", "other": 9}}', "line 2, other:"),
        ('{"passage": "FIRST", "text": "else", "answer": {"kind": "a"}}', "line 2, text: not the text"),
        ('{"passage": "FIRST", "answer": {"kind": "b"}}', "line 2, answer: another answer than line 1"),
        ('{"passage": "FIRST", "answer": {"kind": "a", "stars": NaN}}', "line 2: no JSON"),
        ('{"passage": "FIRST", "answer": {"kind": "a", "note": "\\ud800"}}', "line 2: no JSON"),
        (
            '{"passage": "FIRST", "answer": {"kind": "a", "marks": [{"start": 0, "end": 2, "text": "xx"}]}}',
            "line 2, marks",
        ),
    ],
)
def test_a_bad_row_is_told_by_its_line_and_opens_nothing(corpus: Workspace, row: str, told: str) -> None:
    first, *_ = six(corpus)
    good = {"passage": first.id, "answer": {"kind": "a"}}
    with pytest.raises(ToolkitError) as caught:
        opened(corpus, gold_file(corpus, good, row.replace("FIRST", first.id)))
    assert caught.value.code == "GOLD-INVALID"
    assert told in caught.value.message
    assert not corpus.round("r").exists()
    assert not (corpus.root / "out").exists()


def test_gold_is_settled_when_the_round_opens(corpus: Workspace) -> None:
    first, second, *_ = six(corpus)
    opened(corpus, gold_file(corpus, {"passage": first.id, "answer": answer("a")}), size=2)
    with pytest.raises(ToolkitError) as caught:
        opened(corpus, gold_file(corpus, {"passage": second.id, "answer": answer("a")}), size=2)
    assert caught.value.code == "ROUND-DIFFERS"
    grown = opened(corpus, None, size=4)
    assert (grown.passages, grown.gold, grown.tasks) == (4, 1, 4 + 3)
    assert Counter(task.passage for task in load_tasks(corpus, "r"))[first.id] == 3


def test_a_round_that_was_never_opened_leaves_no_gold_behind(corpus: Workspace) -> None:
    first, *_ = six(corpus)
    keep_gold(corpus, "r", {first.id: answer("a")})  # as a push leaves it that was killed
    assert opened(corpus, None).gold == 0
    assert load_gold(corpus, "r") == {}
    assert read_round(corpus, "r").gold == {}


def test_gold_alone_is_no_round(corpus: Workspace) -> None:
    rows = [{"passage": passage.id, "answer": answer("a")} for passage in six(corpus)]
    with pytest.raises(ToolkitError) as caught:
        opened(corpus, gold_file(corpus, *rows))
    assert caught.value.code == "PASSAGES-NONE"


def test_gold_items_are_apart_from_all_that_a_round_results_in(workspace: Workspace) -> None:
    first, *others = open_round(workspace)
    keep_gold(workspace, ROUND, {first.id: answer("a")})
    given: dict[tuple[str, str], dict[str, Any] | None] = {
        (passage.id, name): answer("a") for passage in others for name in ("ann", "ben")
    }
    given |= {(first.id, "ann"): answer("b"), (first.id, "ben"): None}
    answer_round(workspace, given)
    found = read_round(workspace, ROUND)
    assert first.id not in {*found.passages, *found.tasks, *found.answers, *found.decisions}
    (item,) = found.gold.values()
    assert (item.passage, item.answer["kind"]) == (first, "a")
    assert [one.value["kind"] if one.value else None for one in item.given] == ["b", None]
    report = round_report(workspace, round=ROUND)
    assert (report.passages, report.answers, report.skipped, report.open) == (5, 10, 0, 0)
    assert report.disagreements == ()
    done = validate(workspace, round=ROUND)
    assert done.account is not None
    assert (done.records, done.account.items, done.problems) == (5, 5, 0)
    status = round_status(workspace, round=ROUND)
    assert (status.passages, status.gold, status.people[0].tasks) == (5, 1, 6)


def test_a_problem_that_is_gold_now_is_not_asked_again(corpus: Workspace) -> None:
    first, *others = open_round(corpus)
    answer_round(
        corpus,
        {(one.id, name): answer("a" if name == "ann" else "b") for one in (first, *others) for name in ("ann", "ben")},
    )
    validate(corpus, round=ROUND)
    done = opened(corpus, gold_file(corpus, {"passage": first.id, "answer": answer("a")}), problems=True)
    assert (done.passages, done.gold) == (5, 1)
    assert first.id not in {row["passage"] for row in read_jsonl(corpus.round("r") / "again.jsonl")}


@pytest.mark.usefixtures("studio")
def test_on_the_server_gold_items_come_in_the_order_dealt_and_look_like_the_others(corpus: Workspace) -> None:
    first, second, *_ = six(corpus)
    file = gold_file(
        corpus,
        {"passage": first.id, "answer": {"kind": "a"}},
        {"passage": second.id, "answer": {"kind": "b"}},
    )
    done = push(corpus, round="r", annotators=("ann", "ben"), overlap=1, gold=file)
    assert (done.sent, done.gold, done.passages) == (4 + 4, 2, 4)
    assert push(corpus, round="r", annotators=("ann", "ben"), overlap=1, gold=file).changed is False
    server = connect(corpus)
    for name, _, project in projects_of(corpus, server, "r"):
        there = sorted(tasks_in(server, project, fields="all"), key=lambda task: int(task["id"]))
        mine = [task for task in load_tasks(corpus, "r") if task.annotator == name]
        assert [task["data"]["task_id"] for task in there] == [task.id for task in mine]
        assert len({tuple(sorted(task)) for task in there}) == 1
        assert len({tuple(sorted(task["data"])) for task in there}) == 1
        assert {str(task.get("meta")) for task in there} <= {"{}", "None"}
        assert not any(task["predictions"] or task["annotations"] for task in there)
        assert "gold" not in json.dumps(there)
