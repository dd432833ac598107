"""The chain on two real judgments of each question: exactly what differs goes to the adjudicator, and all come back."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pubmedqa import JUDGES, Judged, judged
from round_by_file import exported, pull_rows

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.records import validate
from toolkit.records.store import load_records
from toolkit.rounds import round_report
from toolkit.studio import connect, pull, push, round_adjudicate
from toolkit.studio.delivery import projects_of
from toolkit.studio.listing import key_of, tasks_in
from toolkit.workspace import Workspace

ROUND = "r1"
ITEMS, EQUAL = 716, 508
BY = "lea"


def check_records(of: Judged) -> None:
    """Every passage is one record: agreed on by both, or decided by the adjudicator with what was overruled."""
    made = validate(of.workspace, round=ROUND, resolver="lead")
    differing = of.differing
    assert made.resolutions == {"adjudicated": len(differing), "unanimous": len(of.said) - len(differing)}
    assert (made.records, made.problems) == (len(of.said), 0)
    for record in load_records(of.workspace, "question"):
        said = of.said[record.passage]
        if record.passage not in differing:
            assert (record.answer["answer"], record.adjudicator, record.overruled) == (said["ann"], None, ())
            continue
        assert (record.answer["answer"], record.adjudicator) == (of.truth[record.passage], BY)
        assert Counter(one["answer"] for one in record.overruled) == Counter(
            {one for one in said.values() if one != of.truth[record.passage]}
        )
        assert record.annotators == tuple(JUDGES)


def check_report(of: Judged) -> None:
    """The share of equal answers is the data's own."""
    report = round_report(of.workspace, round=ROUND)
    equal = len(of.said) - len(of.differing)
    assert report.fields["answer"]["percent_agreement"].value == pytest.approx(equal / len(of.said), abs=1e-9)
    assert {one.passage for one in report.disagreements} == of.differing


def test_through_files_alone(tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """60 questions: import files out, exports in, no server anywhere."""

    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr("socket.socket.connect", refuse)
    of = judged(tmp_path / "w", shared_data, 60)
    workspace, out = of.workspace, tmp_path / "out"
    push(workspace, round=ROUND, schema="question", annotators=list(JUDGES), overlap=2, file=out)
    given: dict[tuple[str, str], Mapping[str, Any]] = {
        (passage, name): {"answer": value} for passage, said in of.said.items() for name, value in said.items()
    }
    pull_rows(workspace, exported(workspace, ROUND, given), tmp_path)
    check_report(of)
    sent = round_adjudicate(workspace, round=ROUND, by=BY, file=out)
    assert (sent.disagreements, sent.accepted_unanimous) == (len(of.differing), 60 - len(of.differing))
    items = json.loads((out / f"adjudication.{BY}.json").read_text("utf-8"))
    assert {of.texts[item["data"]["text"]] for item in items} == of.differing
    assert len(items) == len(of.differing)
    decisions = {(passage, BY): {"answer": of.truth[passage]} for passage in of.differing}
    pull_rows(workspace, exported(workspace, ROUND, decisions, at="2026-01-02T10:00:00Z"), tmp_path)
    assert round_adjudicate(workspace, round=ROUND, by=BY, file=out).decided == len(of.differing)
    check_records(of)


class Online:
    """The round's projects, answered through the API that browsers use."""

    def __init__(self, of: Judged) -> None:
        self.of, self.server = of, connect(of.workspace)
        self.model = find_schema(f"round:{ROUND}", of.workspace).model
        self.texts = of.texts

    def tasks(self, name: str) -> list[dict[str, Any]]:
        """What one person's project holds, found by the projects' descriptions, not by our ledger."""
        mark = f"sft-toolkit {self.of.workspace.settings.name}/{ROUND}/"
        every = self.server.client.projects.list(include="id,description", page_size=1000)
        numbers = [one.id for one in every if (one.description or "").startswith(mark)]
        numbers = [one.id for one in every if one.id in numbers and str(one.description).endswith(f"/{name}")]
        return [task for number in numbers for task in tasks_in(self.server, int(number or 0), fields="all")]

    def answer(self, name: str, value: Callable[[str], str]) -> int:
        """Submit an answer to each task of a person's project, as the server's owner."""
        tasks = self.tasks(name)

        def submit(task: dict[str, Any]) -> None:
            text = task["data"]["text"]
            results = write_results(self.model, {"answer": value(self.texts[text])}, text)
            self.server.client.annotations.create(id=task["id"], result=results)

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(submit, tasks))
        return len(tasks)


def killed(workspace: Workspace, point: str) -> None:
    """Run the command as its own process and kill it at a durable step."""
    command = [sys.executable, "-m", "toolkit", "--workspace", str(workspace.root), "round", "adjudicate"]
    environment = {**os.environ, "TOOLKIT_FAILPOINT": f"{point}:1:kill"}
    done = subprocess.run([*command, "--round", ROUND, "--by", BY], env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.usefixtures("studio")
def test_through_a_real_server(
    tmp_path: Path, shared_data: Path, record_property: Callable[[str, object], None]
) -> None:
    """716 questions, 1,432 answers, 208 decisions, with the adjudication killed twice on its way."""
    began = time.monotonic()
    of = judged(tmp_path / f"pubmedqa-{tmp_path.name}", shared_data)
    workspace = of.workspace
    assert (len(of.said), len(of.differing)) == (ITEMS, ITEMS - EQUAL)
    pushed = push(workspace, round=ROUND, schema="question", annotators=list(JUDGES), overlap=2)
    assert (pushed.tasks, pushed.sent) == (2 * ITEMS, 2 * ITEMS)
    online = Online(of)
    for name in JUDGES:
        assert online.answer(name, lambda passage, name=name: of.said[passage][name]) == ITEMS  # type: ignore[misc]
    pulled = pull(workspace, round=ROUND)
    assert (pulled.annotations, pulled.open, pulled.problems) == (2 * ITEMS, 0, 0)
    check_report(of)
    for point in ("project-made", "imported"):
        killed(workspace, point)
    sent = round_adjudicate(workspace, round=ROUND, by=BY)
    assert (sent.disagreements, sent.accepted_unanimous, sent.undecided) == (ITEMS - EQUAL, EQUAL, ITEMS - EQUAL)
    assert (sent.sent, sent.already_there) == (0, ITEMS - EQUAL), "the killed run had sent them"
    tasks = online.tasks(BY)
    assert Counter(online.texts[task["data"]["text"]] for task in tasks) == dict.fromkeys(of.differing, 1)
    assert len({key_of(task) for task in tasks}) == ITEMS - EQUAL
    assert all(len(task["predictions"]) == 2 for task in tasks)
    assert [role for _, role, _ in projects_of(workspace, online.server, ROUND)].count("adjudicator") == 1
    assert online.answer(BY, of.truth.__getitem__) == ITEMS - EQUAL
    assert pull(workspace, round=ROUND).new == ITEMS - EQUAL
    done = round_adjudicate(workspace, round=ROUND, by=BY)
    assert (done.decided, done.undecided, done.waiting, done.changed) == (ITEMS - EQUAL, 0, None, False)
    check_records(of)
    record_property("seconds", round(time.monotonic() - began, 1))
    print(f"{time.monotonic() - began:.0f} s")  # noqa: T201 - the figure of the run
