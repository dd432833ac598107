"""An annotator joins or leaves in mid-round: open tasks change hands, answers stay, every overlap is kept."""

import json
import random
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from round_on_disk import answer, answer_round, passages_of
from round_on_server import check_sound, keys_on_server
from test_dealing import NAMES, people_of, plan_of
from test_dealing import passages_of as some_passages

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.errors import ToolkitError
from toolkit.passages import load_passages
from toolkit.rounds.gold import load_gold
from toolkit.rounds.plan import deal, load_annotations, load_plan, load_tasks
from toolkit.rounds.reassignment import after_moves, intent_file, reassign
from toolkit.studio import connect, handover, pull, push, round_reassign
from toolkit.studio.delivery import projects_of
from toolkit.studio.listing import tasks_in
from toolkit.tasks import Task
from toolkit.workspace import Workspace, init, read_jsonl

ROUND = "r"

# Who takes what


def open_loads(tasks: Sequence[Task], open_: set[str], names: Sequence[str]) -> list[int]:
    count = Counter(task.annotator for task in tasks if task.id in open_)
    return [count[name] for name in names]


rounds = st.fixed_dictionaries(
    {
        "people": st.integers(1, 4),
        "overlap": st.integers(1, 3),
        "size": st.integers(1, 30),
        "gold": st.integers(0, 3),
        "joining": st.integers(0, 2),
        "leaving": st.integers(0, 2),
        "answered": st.floats(0, 1),
        "begun": st.floats(0, 0.3),
    }
).filter(lambda one: one["overlap"] <= one["people"] and one["leaving"] <= one["people"])


@settings(deadline=None, max_examples=300)
@given(shape=rounds, source=st.randoms(use_true_random=False))
def test_open_tasks_change_hands_and_nothing_else_does(shape: dict[str, Any], source: random.Random) -> None:
    passages = {one.id: one for one in some_passages(shape["size"] + shape["gold"])}
    gold = tuple(list(passages)[: shape["gold"]])
    plan = plan_of(shape["people"], shape["overlap"])
    tasks = deal(passages.values(), plan, (), gold)
    open_ = {task.id for task in tasks if source.random() >= shape["answered"]}
    begun = {id_ for id_ in open_ if source.random() < shape["begun"]}
    joining, leaving = ("new", "newer")[: shape["joining"]], NAMES[: shape["leaving"]]
    change = reassign(tasks, plan, joining, leaving, passages=passages, open_=open_, begun=begun, gold=gold)
    after = after_moves(tasks, change)
    there = {task.id for task in after}
    now_open = (open_ | {task.id for task in after}) - ({task.id for task in tasks} - open_)
    assert all(task.id in there for task in tasks if task.id not in open_)
    assert all(task.id in there for task in tasks if task.id in begun and task.annotator not in leaving)
    stuck = {task.id for task in change.stuck}
    assert not [task for task in after if task.annotator in leaving and task.id in open_ - stuck]
    before, found = people_of(tasks, gold), people_of(after, gold)
    assert {passage: len(names) for passage, names in found.items()} == {p: len(names) for p, names in before.items()}
    assert all(len(names) == len(set(names)) for names in found.values())
    team = change.plan.annotators
    assert all(
        {task.annotator for task in after if task.passage == one} >= set(team) for one in gold
    )  # everybody who stays, or joins
    for task in change.stuck:
        assert set(team) <= set(found[task.passage]) | {task.annotator}
    loads = dict(zip(team, open_loads(after, now_open, team), strict=True))
    for name in joining:  # what could still be taken would not make it more even
        for donor in set(team) - {name}:
            if loads[donor] - loads[name] > 1:
                takeable = {
                    task.passage
                    for task in tasks
                    if task.annotator == donor and task.id in (open_ & there) - begun and task.passage not in gold
                }
                assert all(name in found[passage] for passage in takeable)
    assert after_moves(after, change) == after
    backwards = dict(reversed(passages.items()))
    shuffled = reassign(tasks, plan, joining, leaving, passages=backwards, open_=open_, begun=begun, gold=gold)
    assert shuffled == change


def test_a_joiner_takes_until_open_loads_differ_by_one_and_the_last_shown_first() -> None:
    passages = {one.id: one for one in some_passages(60)}
    plan = plan_of(2, 1)
    tasks = deal(passages.values(), plan)
    open_ = {task.id for task in tasks}
    change = reassign(tasks, plan, ["new"], [], passages=passages, open_=open_)
    assert Counter(move.taken.annotator for move in change.moves) == {"ann": 10, "ben": 10}
    for name in ("ann", "ben"):
        mine = [task.id for task in tasks if task.annotator == name]
        assert {move.taken.id for move in change.moves if move.taken.annotator == name} == set(mine[-10:])


def test_a_leavers_tasks_go_evenly_to_those_who_have_not_the_passage() -> None:
    passages = {one.id: one for one in some_passages(30)}
    plan = plan_of(4, 2)
    tasks = deal(passages.values(), plan)
    open_ = {task.id for task in tasks}
    change = reassign(tasks, plan, [], ["ann"], passages=passages, open_=open_)
    loads = open_loads(
        after_moves(tasks, change), open_ | {move.given.id for move in change.moves}, ("ben", "cho", "dee")
    )
    assert (sum(loads), max(loads) - min(loads)) == (60, 0)
    assert change.plan.left == ("ann",)


def test_what_everybody_has_already_is_stuck() -> None:
    passages = {one.id: one for one in some_passages(5)}
    plan = plan_of(2, 2)
    tasks = deal(passages.values(), plan)
    change = reassign(tasks, plan, [], ["ann"], passages=passages, open_={task.id for task in tasks})
    assert (len(change.stuck), change.moves) == (5, ())


def test_what_stayed_on_the_server_stays_with_who_answered_it() -> None:
    passages = {one.id: one for one in some_passages(20)}
    plan = plan_of(2, 1)
    tasks = deal(passages.values(), plan)
    change = reassign(tasks, plan, ["new"], [], passages=passages, open_={task.id for task in tasks})
    stays, *_ = change.moves
    after = after_moves(tasks, change, {stays.taken.id})
    assert stays.taken in after
    assert stays.given not in after
    assert all(len(names) == 1 for names in people_of(after).values())


# A round in files


@pytest.fixture
def corpus(tmp_path: Path) -> Workspace:
    """A workspace with six passages, under a name of its own so that its projects are its own."""
    folder = tmp_path / f"m-{uuid.uuid4().hex[:8]}"
    init(folder, schema="sample", policy="none")
    made = Workspace(folder)
    passages_of(made)
    return made


def gold_of(workspace: Workspace) -> Path:
    first = min(load_passages(workspace), key=lambda one: one.id)
    path = workspace.root / "gold.jsonl"
    path.write_text(json.dumps({"passage": first.id, "answer": answer("a")}) + "\n", encoding="utf-8")
    return path


def test_a_round_in_files_gets_files_of_what_is_new_and_a_list_of_what_to_delete(corpus: Workspace) -> None:
    push(corpus, round=ROUND, annotators=("ann", "ben"), overlap=1, gold=gold_of(corpus), file=corpus.root / "out")
    tasks = list(load_tasks(corpus, ROUND))
    done = next(task for task in tasks if task.annotator == "ann" and task.passage not in load_gold(corpus, ROUND))
    answer_round(corpus, {(done.passage, "ann"): answer("b")}, name=ROUND)
    made = round_reassign(corpus, round=ROUND, join=("cho",), leave=("ann",), file=corpus.root / "moved")
    assert (made.annotators, made.left, made.url, made.gold, made.gold_removed) == (
        ("ben", "cho"),
        ("ann",),
        None,
        1,
        1,
    )
    now = list(load_tasks(corpus, ROUND))
    assert [task for task in now if task.annotator == "ann"] == [done]
    added = json.loads((corpus.root / "moved" / "cho.added.json").read_text(encoding="utf-8"))
    assert [task["data"]["task_id"] for task in added] == [task.id for task in now if task.annotator == "cho"]
    assert not (corpus.root / "moved" / "ben.added.json").exists() or made.given.get("ben")
    removed = {row["task_id"] for row in read_jsonl(corpus.root / "moved" / "remove.jsonl")}
    assert removed == {task.id for task in tasks} - {task.id for task in now}
    assert (corpus.root / "moved" / "labelling.xml").read_bytes() == (
        corpus.round(ROUND) / "labelling.xml"
    ).read_bytes()
    again = round_reassign(corpus, round=ROUND, join=("cho",), leave=("ann",), file=corpus.root / "moved2")
    assert (again.changed, (corpus.root / "moved2").exists()) == (False, False)
    grown = push(corpus, round=ROUND, annotators=("cho", "ben"), overlap=1, file=corpus.root / "out")
    assert (grown.tasks, list(load_tasks(corpus, ROUND))) == (len(now) - 1, now)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"leave": ("zoe",)}, "ANNOTATORS"),
        ({"join": ("",)}, "ANNOTATORS"),
        ({"join": ("cho",), "leave": ("cho",)}, "ANNOTATORS"),
        ({"leave": ("ann",)}, "REASSIGN-NOBODY"),
        ({"join": ("cho",), "file": None}, "REASSIGN-FILE"),
        ({"join": ("cho",), "file": "taken"}, "REASSIGN-FILE"),
        ({"join": ("cho",), "file": "x.json"}, "REASSIGN-FILE"),
        ({"join": ("cho",), "file": "earlier"}, "REASSIGN-FILE"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    corpus: Workspace, options: dict[str, Any], code: str
) -> None:
    push(corpus, round=ROUND, annotators=("ann", "ben"), overlap=2, file=corpus.root / "out")
    (corpus.root / "taken").write_text("mine", encoding="utf-8")
    (corpus.root / "earlier").mkdir()
    (corpus.root / "earlier" / "remove.jsonl").write_text("", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in corpus.round(ROUND).iterdir()}
    place = options.pop("file", "moved")
    with pytest.raises(ToolkitError) as caught:
        round_reassign(corpus, round=ROUND, file=corpus.root / place if place else None, **options)
    assert caught.value.code == code
    assert {path.name: path.read_bytes() for path in corpus.round(ROUND).iterdir()} == before
    assert not (corpus.root / "moved").exists()


def test_a_reassignment_that_was_cut_short_is_finished_before_anything_else(
    corpus: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(corpus, round=ROUND, annotators=("ann", "ben"), overlap=1, file=corpus.root / "out")

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(handover, "_written", die)
        with pytest.raises(KeyboardInterrupt):
            round_reassign(corpus, round=ROUND, join=("cho",), file=corpus.root / "moved")
    with pytest.raises(ToolkitError) as caught:
        push(corpus, round=ROUND, annotators=("ann", "ben"), overlap=1, file=corpus.root / "out")
    assert caught.value.code == "REASSIGN-UNFINISHED"
    assert round_reassign(corpus, round=ROUND).given == {"cho": 2}
    assert (corpus.root / "moved" / "cho.added.json").is_file()
    assert not intent_file(corpus, ROUND).exists()
    assert push(corpus, round=ROUND, annotators=("ann", "ben", "cho"), overlap=1, file=corpus.root / "o").tasks == 6


# On a real server


class OnServer:
    """A round of six passages and a gold one of them, each other for two of three people."""

    def __init__(self, workspace: Workspace, people: Sequence[str] = ("ann", "ben", "cho"), overlap: int = 2) -> None:
        self.workspace = workspace
        push(workspace, round=ROUND, annotators=people, overlap=overlap, gold=gold_of(workspace))
        self.server = connect(workspace)

    def project(self, name: str) -> int:
        return next(number for who, _, number in projects_of(self.workspace, self.server, ROUND) if who == name)

    def there(self, name: str) -> dict[str, dict[str, Any]]:
        tasks = tasks_in(self.server, self.project(name), fields="all")
        return {task["data"]["task_id"]: task for task in tasks}

    def mine(self, name: str) -> list[Task]:
        return [task for task in load_tasks(self.workspace, ROUND) if task.annotator == name]

    def submit(self, name: str, task: Task, kind: str = "b", *, skip: bool = False) -> None:
        number = self.there(name)[task.id]["id"]
        results = write_results(find_schema("sample", self.workspace).model, answer(kind), "")
        self.server.client.annotations.create(id=number, result=[] if skip else results, was_cancelled=skip)

    def draft(self, name: str, task: Task) -> None:
        number = self.there(name)[task.id]["id"]
        results = write_results(find_schema("sample", self.workspace).model, answer("a"), "")
        self.server.client._client_wrapper.httpx_client.request(
            f"api/tasks/{number}/drafts", method="POST", json={"result": results, "lead_time": 1}
        )

    def check(self) -> None:
        """Every planned task on the server once and no other, in its person's project; each overlap exact."""
        tasks = list(load_tasks(self.workspace, ROUND))
        assert keys_on_server(self.workspace, ROUND) == dict.fromkeys((task.id for task in tasks), 1)
        for name in {task.annotator for task in tasks}:
            assert set(self.there(name)) == {task.id for task in self.mine(name)}
        plan, gold = load_plan(self.workspace, ROUND), load_gold(self.workspace, ROUND)
        assert all(len(set(names)) == len(names) == plan.overlap for names in people_of(tasks, tuple(gold)).values())
        rows = self.workspace.ledger.query("SELECT task, state FROM outbox WHERE round = ?", (ROUND,))
        assert {row["task"]: row["state"] for row in rows} == dict.fromkeys((task.id for task in tasks), "done")
        check_sound(self.workspace)
        again = push(self.workspace, round=ROUND, annotators=plan.annotators, overlap=plan.overlap)
        assert (again.sent, again.changed) == (0, False)
        assert not intent_file(self.workspace, ROUND).exists()


@pytest.fixture
def remote(corpus: Workspace, studio: str) -> OnServer:
    assert studio
    return OnServer(corpus)


def test_who_leaves_keeps_the_answers_and_the_others_get_the_rest(remote: OnServer) -> None:
    first, second, third, *_ = [t for t in remote.mine("ann") if t.passage not in load_gold(remote.workspace, ROUND)]
    remote.submit("ann", first)
    remote.submit("ann", second, skip=True)
    remote.draft("ann", third)
    made = round_reassign(remote.workspace, round=ROUND, join=("dee",), leave=("ann",))
    assert (made.annotators, made.left, made.stayed, made.drafts) == (("ben", "cho", "dee"), ("ann",), 0, 1)
    assert made.gold == made.gold_removed == 1
    assert {task.id for task in remote.mine("ann")} == {first.id, second.id}
    remote.check()
    remote.submit("ann", first, "c")  # later, on a task that is still theirs
    pulled = pull(remote.workspace, round=ROUND)
    assert (pulled.problems, pulled.new) == (0, 1)
    assert {one.annotator for one in load_annotations(remote.workspace, ROUND)} == {"ann"}
    again = round_reassign(remote.workspace, round=ROUND, join=("dee",), leave=("ann",))
    assert again.changed is False


def test_a_joiner_takes_nothing_that_is_answered_skipped_or_begun(remote: OnServer) -> None:
    mine = [task for task in remote.mine("ann") if task.passage not in load_gold(remote.workspace, ROUND)]
    remote.submit("ann", mine[-1])
    remote.submit("ann", mine[-2], skip=True)
    begun = [task for task in remote.mine("ben") if task.passage not in load_gold(remote.workspace, ROUND)]
    for task in begun[1:]:
        remote.draft("ben", task)
    made = round_reassign(remote.workspace, round=ROUND, join=("dee",))
    assert made.stayed == 0
    kept = {task.id for name in ("ann", "ben") for task in remote.mine(name)}
    assert kept >= {mine[-1].id, mine[-2].id, *(task.id for task in begun[1:])}
    assert "dee" in made.given
    remote.check()


@pytest.mark.parametrize("how", ["answered", "skipped", "begun"])
def test_what_comes_in_right_before_the_removal_stays(
    remote: OnServer, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the plan is made, and the intent written, an annotator is faster."""
    taken: list[Task] = []
    really = handover.take_away

    def late(server: Any, project: int, keys: set[str], *, begun_too: bool) -> set[str]:
        if not taken:
            task = next(task for task in load_tasks(remote.workspace, ROUND) if task.id in keys)
            taken.append(task)
            if how == "begun":
                remote.draft(task.annotator, task)
            else:
                remote.submit(task.annotator, task, skip=how == "skipped")
        return really(server, project, keys, begun_too=begun_too)

    monkeypatch.setattr(handover, "take_away", late)
    made = round_reassign(remote.workspace, round=ROUND, join=("dee",))
    assert made.stayed == 1
    assert taken[0] in list(load_tasks(remote.workspace, ROUND))
    remote.check()
    pull(remote.workspace, round=ROUND)
    assert {one.task for one in load_annotations(remote.workspace, ROUND)} == (
        {taken[0].id} - ({taken[0].id} if how == "begun" else set())
    )


def test_predictions_travel_with_a_task(corpus: Workspace, studio: str) -> None:
    assert studio
    (corpus.root / "f.py").write_text("def f(text, meta):\n    return {'note': text[:5]}\n", encoding="utf-8")
    how = [f"python:{corpus.root / 'f.py'}:f"]
    push(corpus, round=ROUND, annotators=("ann", "ben"), overlap=1, prelabel=how)
    server = connect(corpus)

    def shown() -> dict[str, Any]:
        return {
            task["data"]["text"]: [(one["model_version"], one["result"]) for one in task["predictions"]]
            for _, _, number in projects_of(corpus, server, ROUND)
            for task in tasks_in(server, number, fields="all")
        }

    before = shown()
    assert round_reassign(corpus, round=ROUND, join=("cho",), leave=("ann",)).moved >= 3
    assert shown() == before
    assert push(corpus, round=ROUND, annotators=("ben", "cho"), overlap=1, prelabel=how).changed is False


def test_somebody_who_left_may_come_back(remote: OnServer) -> None:
    round_reassign(remote.workspace, round=ROUND, leave=("ann",))
    assert remote.mine("ann") == []
    made = round_reassign(remote.workspace, round=ROUND, join=("ann",))
    assert (made.annotators, made.left, made.gold) == (("ben", "cho", "ann"), (), 1)
    remote.check()


def test_a_round_on_a_server_takes_no_files(remote: OnServer) -> None:
    with pytest.raises(ToolkitError) as caught:
        round_reassign(remote.workspace, round=ROUND, join=("dee",), file=remote.workspace.root / "x")
    assert caught.value.code == "REASSIGN-FILE"
