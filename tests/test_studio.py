"""Label Studio, driven for real: one server for the session, nothing sent twice, every answer proven on the text."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import httpx
import pytest

from toolkit.annotations import write_results
from toolkit.catalog import builtin, find_schema
from toolkit.documents import ingest
from toolkit.errors import SERVICE, USER, ToolkitError
from toolkit.passages import load_passages, segment
from toolkit.pipeline.scripted import scripted_answer
from toolkit.rounds import round_report
from toolkit.studio import (
    connect,
    pull,
    push,
    round_adjudicate,
    studio_start,
    studio_status,
    studio_stop,
    studio_user_add,
)
from toolkit.studio.delivery import projects_of
from toolkit.studio.local.login import _file as log_in_file
from toolkit.workspace import Workspace, init, read_jsonl

SCHEMA = "legal/contract_clauses"


@pytest.fixture
def corpus(tmp_path: Path) -> Workspace:
    """A workspace with passages, under a name of its own so that its projects are its own."""
    folder = tmp_path / f"w-{uuid.uuid4().hex[:8]}"
    init(folder, schema=SCHEMA, policy="none")
    for name in ("国籍法.md", "franchise.txt"):
        shutil.copy(builtin("examples") / "legal" / name, folder / "raw" / name)
    made = Workspace(folder)
    ingest(made, paths=[folder / "raw"])
    segment(made)
    return made


def on_server(workspace: Workspace, round_name: str = "r1") -> list[str]:
    """Every task id in the workspace's projects, found by the projects' descriptions, not by our ledger."""
    server = connect(workspace)
    mark = f"sft-toolkit {workspace.settings.name}/{round_name}/"
    projects = [found.id for found in server.client.projects.list() if (found.description or "").startswith(mark)]
    return [str(task.data["task_id"]) for number in projects for task in server.client.tasks.list(project=number)]


def submit(workspace: Workspace, annotator: str, script: str, *, skip: int = 0) -> None:
    """Answer one person's tasks through the API; the first ``skip`` of them are skipped."""
    server, model = connect(workspace), find_schema(SCHEMA, workspace).model
    number = next(number for who, _, number in projects_of(workspace, server, "r1") if who == annotator)
    for place, task in enumerate(server.client.tasks.list(project=number)):
        text = task.data["text"]
        results = write_results(model, scripted_answer(text, script), text)  # type: ignore[arg-type]
        skipped = place < skip
        server.client.annotations.create(id=task.id, result=[] if skipped else results, was_cancelled=skipped)


def push_r1(workspace: Workspace, size: int = 6) -> None:
    push(workspace, round="r1", annotators=["ann", "ben"], overlap=2, size=size)


@pytest.mark.usefixtures("studio")
def test_a_push_sends_each_task_once_and_a_second_push_sends_nothing(corpus: Workspace) -> None:
    first = push(corpus, round="r1", annotators=["ann", "ben"], overlap=2, size=6)
    assert (first.tasks, first.sent, first.already_there, first.changed) == (12, 12, 0, True)
    second = push(corpus, round="r1", annotators=["ann", "ben"], overlap=2, size=6)
    assert (second.tasks, second.sent, second.already_there, second.changed) == (12, 0, 12, False)
    assert len(on_server(corpus)) == len(set(on_server(corpus))) == 12


@pytest.mark.usefixtures("studio")
def test_a_push_without_our_ledger_still_sends_nothing_twice(corpus: Workspace) -> None:
    push_r1(corpus)
    with corpus.ledger.transaction() as connection:
        connection.execute("DELETE FROM outbox")
        connection.execute("DELETE FROM projects")
    again = push(corpus, round="r1", annotators=["ann", "ben"], overlap=2, size=6)
    assert (again.sent, again.already_there) == (0, 12)
    assert len(on_server(corpus)) == 12


@pytest.mark.usefixtures("studio")
def test_a_larger_size_adds_to_the_round(corpus: Workspace) -> None:
    push_r1(corpus, size=4)
    grown = push(corpus, round="r1", annotators=["ann", "ben"], overlap=2, size=7)
    assert (grown.already_there, grown.sent) == (8, 6)


def test_a_push_killed_at_any_point_and_run_again_leaves_each_task_once(corpus: Workspace, studio: str) -> None:
    assert studio
    command = [sys.executable, "-m", "toolkit", "--workspace", str(corpus.root), "push", "--round", "r1"]
    command += ["--annotators", "ann,ben", "--overlap", "2", "--size", "4"]
    killed = 0
    for nth in range(1, 60, 2):
        environment = {**os.environ, "TOOLKIT_FAILPOINT": f"*:{nth}:kill"}
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
        there = on_server(corpus)
        assert len(there) == len(set(there))
    assert killed >= 5
    push(corpus, round="r1", annotators=["ann", "ben"], overlap=2, size=4)
    there = on_server(corpus)
    assert len(there) == len(set(there)) == 8


@pytest.mark.usefixtures("studio")
def test_the_check_for_duplicates_can_fail(corpus: Workspace) -> None:
    """The planted fault: an import that is sent again without listing first makes two of each."""
    push_r1(corpus)
    server = connect(corpus)
    number = next(number for _, _, number in projects_of(corpus, server, "r1"))
    task = next(iter(server.client.tasks.list(project=number)))
    server.client.projects.import_tasks(number, request=[{"data": task.data}])
    assert len(on_server(corpus)) > len(set(on_server(corpus)))
    again = push(corpus, round="r1", annotators=["ann", "ben"], overlap=2, size=6)
    assert (again.sent, again.duplicates_removed, again.changed) == (0, 1, True)
    assert len(on_server(corpus)) == len(set(on_server(corpus))) == 12


@pytest.mark.usefixtures("studio")
def test_answers_come_back_exact_with_skips_and_open_tasks_counted(corpus: Workspace) -> None:
    push_r1(corpus)
    submit(corpus, "ann", "first", skip=1)
    pulled = pull(corpus, round="r1")
    assert (pulled.tasks, pulled.annotations, pulled.new, pulled.open) == (12, 6, 6, 6)
    assert pulled.account is not None
    assert pulled.account.into == {"answered": 5, "skipped": 1, "open": 6, "settled": 0}
    assert pulled.waiting
    texts = {passage.id: passage.text for passage in load_passages(corpus)}
    rows = list(read_jsonl(corpus.round("r1") / "annotations.jsonl"))
    for row in rows:
        for span in row["answer"]["key_terms"]:
            assert texts[row["passage"]][span["start"] : span["end"]] == span["text"]
        if not row["skipped"]:
            assert row["answer"]["clause_type"] == scripted_answer(texts[row["passage"]], "first")["clause_type"]
    again = pull(corpus, round="r1")
    assert (again.new, again.changed) == (0, False)
    assert list(read_jsonl(corpus.round("r1") / "annotations.jsonl")) == rows


@pytest.mark.usefixtures("studio")
def test_a_changed_answer_is_a_new_version_and_the_old_one_stays_on_file(corpus: Workspace) -> None:
    push_r1(corpus, size=2)
    submit(corpus, "ann", "first")
    pull(corpus, round="r1")
    server = connect(corpus)
    number = next(number for who, _, number in projects_of(corpus, server, "r1") if who == "ann")
    task = next(iter(server.client.tasks.list(project=number, fields="all")))
    server.client.annotations.update(id=task.annotations[0]["id"], result=[])
    assert pull(corpus, round="r1").new == 1
    assert corpus.ledger.query("SELECT count(*) FROM pulled")[0][0] == 3


@pytest.mark.usefixtures("studio")
def test_an_answer_that_the_server_took_although_it_is_broken_becomes_a_problem(corpus: Workspace) -> None:
    push_r1(corpus, size=1)
    server = connect(corpus)
    number = next(number for who, _, number in projects_of(corpus, server, "r1") if who == "ann")
    task = next(iter(server.client.tasks.list(project=number)))
    value = {"start": 0, "end": 99999, "text": "nowhere in the passage at all", "labels": ["party"]}
    result = [{"id": "x", "from_name": "key_terms", "to_name": "text", "type": "labels", "value": value}]
    server.client.annotations.create(id=task.id, result=result)
    pulled = pull(corpus, round="r1")
    assert pulled.problems >= 1
    assert all("nowhere" not in json.dumps(row) or len(row["found"]) < 200 for row in read_jsonl(corpus.problems))


@pytest.mark.usefixtures("studio")
def test_adjudication_holds_exactly_the_disagreements_with_every_candidate_and_no_name(corpus: Workspace) -> None:
    push_r1(corpus, size=12)
    submit(corpus, "ann", "first")
    submit(corpus, "ben", "second")
    pull(corpus, round="r1")
    differing = {one.passage for one in round_report(corpus, round="r1").disagreements}
    assert 0 < len(differing) < 12
    sent = round_adjudicate(corpus, round="r1", by="lea")
    assert (sent.disagreements, sent.sent, sent.decided) == (len(differing), len(differing), 0)
    assert sent.waiting
    server = connect(corpus)
    number = next(number for who, role, number in projects_of(corpus, server, "r1") if role == "adjudicator")
    items = list(server.client.tasks.list(project=number, fields="all"))
    assert len(items) == len(differing)
    for item in items:
        assert len(item.predictions) == 2
        assert "ann" not in json.dumps(item.data)
    address, key = os.environ["LABEL_STUDIO_URL"], os.environ["LABEL_STUDIO_API_KEY"]
    headers = {"Authorization": f"Token {key}"}
    streamed = httpx.get(f"{address}/api/projects/{number}/next", headers=headers, timeout=60).json()
    assert len(streamed["predictions"]) == 2, "who opens the stream sees every candidate"
    again = round_adjudicate(corpus, round="r1", by="lea")
    assert (again.sent, again.already_there) == (0, len(differing))
    submit(corpus, "lea", "lead")
    pull(corpus, round="r1")
    assert round_adjudicate(corpus, round="r1", by="lea").decided == len(differing)


@pytest.mark.usefixtures("studio")
def test_a_round_keeps_its_plan(corpus: Workspace) -> None:
    push_r1(corpus)
    with pytest.raises(ToolkitError) as caught:
        push(corpus, round="r1", annotators=["ann", "cid"], overlap=2, size=6)
    assert (caught.value.code, caught.value.exit_code) == ("ROUND-DIFFERS", USER)
    assert "annotators" in caught.value.message


def test_a_wrong_key_is_named_by_its_kind_and_never_shown(
    corpus: Workspace, studio: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert studio
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f" * 40)
    with pytest.raises(ToolkitError) as caught:
        push_r1(corpus)
    assert (caught.value.code, caught.value.exit_code) == ("STUDIO-KEY", SERVICE)
    assert "legacy" in caught.value.message
    assert "f" * 40 not in caught.value.message + caught.value.hint
    assert not corpus.round("r1").exists()


def test_one_variable_without_the_other_is_refused(corpus: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:1")
    with pytest.raises(ToolkitError) as caught:
        connect(corpus)
    assert caught.value.code == "STUDIO-HALF-SET"


def test_a_server_that_does_not_answer_is_a_service_error(corpus: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "f" * 40)
    with pytest.raises(ToolkitError) as caught:
        connect(corpus)
    assert (caught.value.code, caught.value.exit_code) == ("STUDIO-UNREACHABLE", SERVICE)


def test_nothing_running_is_said_with_the_command_that_starts_it(corpus: Workspace) -> None:
    with pytest.raises(ToolkitError) as caught:
        push_r1(corpus)
    assert (caught.value.code, caught.value.exit_code) == ("STUDIO-NOT-RUNNING", SERVICE)
    assert "studio start" in caught.value.hint


def test_without_a_policy_nothing_is_sent(corpus: Workspace, studio: str) -> None:
    assert studio
    (corpus.root / "toolkit.yaml").write_text(f"name: x\nschema: {SCHEMA}\n")
    with pytest.raises(ToolkitError) as caught:
        push_r1(Workspace(corpus.root))
    assert (caught.value.code, caught.value.exit_code) == ("POLICY-UNSET", USER)


def test_a_taken_port_is_refused(corpus: Workspace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ToolkitError) as caught:
            studio_start(corpus, port=taken.getsockname()[1])
    assert (caught.value.code, caught.value.exit_code) == ("PORT-TAKEN", USER)


def test_a_second_start_finds_the_running_server_and_stop_ends_it(studio_home: Workspace, corpus: Workspace) -> None:
    again = studio_start(studio_home)
    assert (again.running, again.changed) == (True, False)
    assert studio_status(corpus).running is False
    started = studio_start(corpus)
    assert started.url != again.url
    assert "127.0.0.1" in str(started.url)
    state = json.loads((corpus.data / "label-studio" / "server.json").read_text())
    os.killpg(state["pid"], signal.SIGKILL)
    os.waitpid(state["pid"], 0)
    assert studio_start(corpus).changed
    assert studio_stop(corpus).changed
    assert not studio_stop(corpus).changed
    assert studio_status(corpus).running is False


def test_secrets_lie_in_a_file_of_the_user_alone_and_not_in_the_workspace(studio_home: Workspace) -> None:
    made = studio_user_add(studio_home, name="Zoë 李")
    assert studio_user_add(studio_home, name="Zoë 李").changed is False
    file = log_in_file(studio_home)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not file.is_relative_to(studio_home.root)
    for written in studio_home.root.rglob("*"):
        if written.is_file() and written.suffix in {".json", ".jsonl", ".yaml", ".xml", ".log", ".html"}:
            assert made.password not in written.read_text(encoding="utf-8", errors="replace"), written
