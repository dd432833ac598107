"""Adjudication and a real Label Studio: decisions given here and there, and a server that only files reach."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from round_on_disk import answer, passages_of

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.records import validate
from toolkit.records.store import load_records
from toolkit.rounds.plan import load_annotations
from toolkit.studio import connect, pull, push, round_adjudicate
from toolkit.studio.delivery import projects_of
from toolkit.studio.listing import tasks_in
from toolkit.studio.sitting import Sitting
from toolkit.workspace import Workspace, init, read_jsonl

ROUND = "r1"
pytestmark = pytest.mark.usefixtures("studio")


class Remote:
    """A round of six passages that ann and ben answer, four of them differently."""

    def __init__(self, folder: Path) -> None:
        init(folder, schema="sample", policy="none")
        self.workspace = Workspace(folder)
        self.passages = passages_of(self.workspace)
        push(self.workspace, round=ROUND, annotators=["ann", "ben"], overlap=2)
        self.server = connect(self.workspace)
        self.model = find_schema(f"round:{ROUND}", self.workspace).model
        self.differing = [passage.text for passage in self.passages[:4]]
        for who in ("ann", "ben"):
            for task in self.tasks(who):
                kind = "b" if who == "ben" and task["data"]["text"] in self.differing else "a"
                self.submit(task, kind)
        pull(self.workspace, round=ROUND)

    def tasks(self, who: str) -> list[dict[str, Any]]:
        numbers = [number for name, _, number in projects_of(self.workspace, self.server, ROUND) if name == who]
        return [task for number in numbers for task in tasks_in(self.server, number, fields="all")]

    def submit(self, task: dict[str, Any], kind: str) -> int:
        results = write_results(self.model, answer(kind), task["data"]["text"])
        return int(self.server.client.annotations.create(id=task["id"], result=results).id)

    def records(self) -> dict[str, tuple[str, str | None, str]]:
        """Text to resolution, adjudicator and kind."""
        texts = {passage.id: passage.text for passage in self.passages}
        validate(self.workspace, round=ROUND, resolver="lead")
        found = load_records(self.workspace, "sample")
        return {texts[one.passage]: (one.resolution, one.adjudicator, one.answer["kind"]) for one in found}

    def problems(self) -> list[str]:
        return [row["code"] for row in read_jsonl(self.workspace.problems) if row["step"] == "pull"]


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / f"w-{uuid.uuid4().hex[:8]}")


def test_what_was_decided_in_the_terminal_is_not_sent_and_no_pull_takes_it_away(remote: Remote) -> None:
    sitting = Sitting(remote.workspace, round=ROUND, by="lea")
    sitting.take(answer("c"), "in the terminal")
    sitting.skip()
    sent = round_adjudicate(remote.workspace, round=ROUND, by="lea")
    assert (sent.disagreements, sent.decided, sent.undecided, sent.tasks, sent.sent) == (4, 2, 2, 2, 2)
    assert {task["data"]["text"] for task in remote.tasks("lea")} == set(remote.differing[2:])
    assert all(len(task["predictions"]) == 2 for task in remote.tasks("lea"))
    first, second = remote.tasks("lea")
    number = remote.submit(first, "b")
    remote.submit(second, "b")
    assert pull(remote.workspace, round=ROUND).new == 2
    remote.server.client.annotations.delete(id=number)
    assert pull(remote.workspace, round=ROUND).deleted == 1
    again = round_adjudicate(remote.workspace, round=ROUND, by="lea")
    assert (again.decided, again.undecided, again.already_there, again.sent) == (3, 1, 2, 0)
    assert remote.problems() == ["LS-DELETED"]
    made = remote.records()
    assert made[remote.differing[0]] == ("adjudicated", "lea", "c")
    assert made[second["data"]["text"]] == ("adjudicated", "lea", "b")
    assert remote.differing[1] not in made, "skipped: of no use"
    (reason,) = {one.reason for one in load_annotations(remote.workspace, ROUND) if one.reason}
    assert reason == "in the terminal"


def test_the_same_disagreement_decided_on_both_sides_the_later_counts_and_nobody_is_a_stranger(remote: Remote) -> None:
    round_adjudicate(remote.workspace, round=ROUND, by="lea")
    task = next(one for one in remote.tasks("lea") if one["data"]["text"] == remote.differing[0])
    number = remote.submit(task, "b")
    pull(remote.workspace, round=ROUND)
    sitting = Sitting(remote.workspace, round=ROUND, by="lea")
    sitting.move(-9)
    sitting.take(answer("c"))
    pull(remote.workspace, round=ROUND)
    assert remote.records()[remote.differing[0]] == ("adjudicated", "lea", "c")
    results = write_results(remote.model, answer("a", stars=2), task["data"]["text"])
    remote.server.client.annotations.update(id=number, result=results)
    pull(remote.workspace, round=ROUND)
    assert remote.records()[remote.differing[0]] == ("adjudicated", "lea", "a")
    assert remote.problems() == []


def test_a_server_that_only_files_reach_takes_the_import_file_and_its_export_brings_the_decisions_back(
    remote: Remote, tmp_path: Path
) -> None:
    done = round_adjudicate(remote.workspace, round=ROUND, by="lea", file=tmp_path / "out")
    task_file, *_, config = map(Path, done.files)
    client = remote.server.client
    elsewhere = client.projects.create(title="elsewhere", label_config=config.read_text("utf-8"))
    client.projects.import_tasks(elsewhere.id, request=json.loads(task_file.read_text("utf-8")))
    there = list(tasks_in(remote.server, int(elsewhere.id or 0), fields="all"))
    assert {task["data"]["text"] for task in there} == set(remote.differing)
    for task in there:
        assert len(task["predictions"]) == 2
        chosen = task["predictions"][0]["result"]  # the adjudicator takes the first candidate as it is
        client.annotations.create(id=task["id"], result=chosen)
    export = tmp_path / "export.json"
    export.write_text(json.dumps(client.projects.exports.as_json(elsewhere.id)), "utf-8")
    pulled = pull(remote.workspace, round=ROUND, file=export)
    assert (pulled.new, pulled.problems) == (4, 0)
    assert round_adjudicate(remote.workspace, round=ROUND, by="lea", file=tmp_path / "out").decided == 4
    made = remote.records()
    assert {text: resolution for text, (resolution, *_) in made.items()} == {
        passage.text: "adjudicated" if passage.text in remote.differing else "unanimous" for passage in remote.passages
    }
    assert {adjudicator for _, adjudicator, _ in made.values()} == {"lea", None}
