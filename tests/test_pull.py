"""Pulling from a real Label Studio: only what changed is asked for, every version is kept, deletions are told."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from round_on_disk import answer, passages_of

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.records import validate
from toolkit.rounds import round_status
from toolkit.rounds.plan import load_annotations, load_tasks
from toolkit.studio import connect, pull, push, studio_export
from toolkit.studio import sweep as sweeping
from toolkit.studio.connection import Server
from toolkit.studio.delivery import projects_of
from toolkit.studio.listing import tasks_in
from toolkit.studio.pulled import PullResult
from toolkit.workspace import Workspace, init, read_jsonl

ROUND = "r1"
pytestmark = pytest.mark.usefixtures("studio")


class Remote:
    """A round on the server as its annotators see it, through the API that their browsers use."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.server = connect(workspace)
        self.model = find_schema(f"round:{ROUND}", workspace).model
        self.projects = {who: number for who, _, number in projects_of(workspace, self.server, ROUND)}

    def tasks(self, annotator: str = "ann") -> list[dict[str, Any]]:
        return list(tasks_in(self.server, self.projects[annotator], fields="all"))

    def results(self, task: dict[str, Any], kind: str = "a", *marks: tuple[str, int, int]) -> list[dict[str, Any]]:
        text = task["data"]["text"]
        return write_results(self.model, answer(kind, text=text, marks=marks), text)

    def submit(self, task: dict[str, Any], kind: str = "a", **more: Any) -> int:
        given = {"result": self.results(task, kind)} | more
        return int(self.server.client.annotations.create(id=task["id"], **given).id)

    def post(self, path: str, body: dict[str, Any], query: dict[str, Any] | None = None) -> None:
        transport = self.server.client._client_wrapper.httpx_client
        transport.request(path, method="POST", json=body, params=query).raise_for_status()


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """A pushed round: six clauses of two documents, all of them for ann, nothing answered."""
    folder = tmp_path / f"w-{uuid.uuid4().hex[:8]}"
    init(folder, schema="sample", policy="none")
    workspace = Workspace(folder)
    passages_of(workspace)
    push(workspace, round=ROUND, annotators=["ann"])
    return Remote(workspace)


def pulled(remote: Remote) -> PullResult:
    return pull(remote.workspace, round=ROUND)


def problems(workspace: Workspace) -> list[str]:
    return [row["code"] for row in read_jsonl(workspace.problems) if row["step"] == "pull"]


def versions(workspace: Workspace) -> list[dict[str, Any]]:
    rows = workspace.ledger.query("SELECT raw FROM pulled ORDER BY sequence")
    return [json.loads(row["raw"]) for row in rows]


def files(workspace: Workspace) -> dict[str, tuple[int, bytes]]:
    """Every file with its time and bytes, the ledger's own included."""
    found = [path for path in workspace.data.rglob("*") if path.is_file() and not path.name.endswith(("-shm", ".lock"))]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


def test_only_tasks_that_changed_since_the_last_pull_are_asked_for(remote: Remote) -> None:
    first, second, third, *_ = remote.tasks()
    remote.submit(first)
    number = remote.submit(second)
    assert (pulled(remote).asked, len(versions(remote.workspace))) == (2, 2)
    remote.server.client.annotations.update(id=number, result=remote.results(second, "b"))
    remote.submit(third, "c")
    again = pulled(remote)
    assert (again.asked, again.new, again.annotations) == (2, 2, 3)
    kinds = [one.answer["kind"] for one in load_annotations(remote.workspace, ROUND)]
    assert sorted(kinds) == ["a", "b", "c"]


def test_a_pull_with_nothing_new_lists_once_and_writes_nothing(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    for task in remote.tasks()[:3]:
        remote.submit(task)
    pulled(remote)
    before = files(remote.workspace)
    asked: list[dict[str, Any]] = []
    real = sweeping.tasks_in
    monkeypatch.setattr(sweeping, "tasks_in", lambda *of, **what: asked.append(what) or real(*of, **what))
    again = pulled(remote)
    assert (again.asked, again.new, again.changed) == (0, 0, False)
    assert [what["include"] for what in asked] == ["id,updated_at,total_annotations,cancelled_annotations"]
    assert files(remote.workspace) == before


CHANGES: dict[str, Callable[[Remote, dict[str, Any], int], Any]] = {
    "edited": lambda remote, task, number: remote.server.client.annotations.update(
        id=number, result=remote.results(task, "b")
    ),
    "submitted again unchanged": lambda remote, task, number: remote.server.client.annotations.update(
        id=number, result=remote.results(task)
    ),
    "skipped": lambda remote, _, number: remote.server.client.annotations.update(id=number, was_cancelled=True),
    "deleted": lambda remote, _, number: remote.server.client.annotations.delete(id=number),
    "deleted in bulk": lambda remote, task, _: remote.post(
        "api/dm/actions",
        {"selectedItems": {"all": False, "included": [task["id"]]}},
        {"id": "delete_tasks_annotations", "project": remote.projects["ann"]},
    ),
    "answered twice": lambda remote, task, _: remote.submit(task, "c"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_happens_to_an_answer_is_seen_by_the_tasks_time(remote: Remote, what: str) -> None:
    """The fact that incremental pulls stand on, on the server itself."""
    task = remote.tasks()[0]
    number = remote.submit(task)
    pulled(remote)
    before = remote.tasks()[0]["updated_at"]
    CHANGES[what](remote, task, number)
    assert remote.tasks()[0]["updated_at"] > before
    assert (pulled(remote).asked, pulled(remote).asked) == (1, 0)


def test_a_draft_is_no_answer(remote: Remote) -> None:
    task = remote.tasks()[0]
    remote.post(f"api/tasks/{task['id']}/drafts", {"result": remote.results(task), "lead_time": 1})
    done = pulled(remote)
    assert (done.annotations, done.new, done.problems, done.open) == (0, 0, 0, 6)


def test_a_skip_and_an_empty_answer_are_two_things(remote: Remote) -> None:
    skipped, empty, *_ = remote.tasks()
    remote.submit(skipped, result=[], was_cancelled=True)
    remote.submit(empty, result=[])
    done = pulled(remote)
    assert done.account is not None
    assert done.account.into == {"answered": 1, "skipped": 1, "open": 4, "settled": 0}
    found = {one.skipped: one.answer for one in load_annotations(remote.workspace, ROUND)}
    assert found[False] == {"kind": None, "marks": [], "stars": None, "note": None}
    validate(remote.workspace, round=ROUND)
    assert "ANSWER-INVALID" in {row["code"] for row in read_jsonl(remote.workspace.problems)}


def test_a_deleted_answer_is_a_tombstone_and_its_task_is_open_again(remote: Remote) -> None:
    task = remote.tasks()[0]
    number = remote.submit(task)
    pulled(remote)
    remote.server.client.annotations.delete(id=number)
    done = pulled(remote)
    assert (done.annotations, done.new, done.deleted, done.open) == (0, 1, 1, 6)
    assert problems(remote.workspace) == ["LS-DELETED"]
    assert [bool(raw.get("deleted")) for raw in versions(remote.workspace)] == [False, True]
    assert round_status(remote.workspace, round=ROUND).people[0].open == 6
    again = pulled(remote)
    assert (again.new, again.changed, problems(remote.workspace)) == (0, False, ["LS-DELETED"])
    remote.submit(task, "b")
    answered = pulled(remote)
    assert (answered.annotations, answered.deleted, answered.problems) == (1, 0, 0)
    assert len(versions(remote.workspace)) == 3


def test_a_deleted_task_leaves_tombstones_and_the_other_tasks_alone(remote: Remote) -> None:
    for task in remote.tasks():
        remote.submit(task)
    pulled(remote)
    remote.server.client.tasks.delete(str(remote.tasks()[2]["id"]))
    done = pulled(remote)
    assert (done.annotations, done.new, done.deleted, done.asked) == (5, 1, 1, 0)
    push(remote.workspace, round=ROUND, annotators=["ann"])
    assert pulled(remote).deleted == 1
    key = problem_task(remote.workspace)
    (fresh,) = [task for task in remote.tasks() if task["data"]["task_id"] == key]
    remote.submit(fresh, "c")
    assert (pulled(remote).deleted, problems(remote.workspace)) == (0, [])


def problem_task(workspace: Workspace) -> str:
    (problem,) = [row for row in read_jsonl(workspace.problems) if row["code"] == "LS-DELETED"]
    return str(problem["where"].split()[1].rstrip(","))


def test_an_answer_that_comes_back_after_its_tombstone_counts_again(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restored backup: the server holds an answer that it had lost, with its old number and time."""
    task = remote.tasks()[0]
    remote.submit(task)
    pulled(remote)
    real = sweeping.tasks_in

    def without(server: Server, project: int, **asked: Any) -> Any:
        for found in real(server, project, **asked):
            yield found | {"annotations": [], "total_annotations": 0}

    monkeypatch.setattr(sweeping, "tasks_in", without)
    assert pulled(remote).deleted == 1
    monkeypatch.undo()
    monkeypatch.setenv("LABEL_STUDIO_URL", remote.server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", str(remote.server.client.users.get_token().token))
    done = pulled(remote)
    assert (done.annotations, done.new, done.deleted, done.problems) == (1, 1, 0, 0)
    assert [raw.get("deleted", False) for raw in versions(remote.workspace)] == [False, True, False]
    assert pulled(remote).changed is False


def test_answers_of_several_people_to_one_task_are_all_kept_and_told(remote: Remote) -> None:
    task = remote.tasks()[0]
    remote.submit(task, "a")
    stranger = f"{uuid.uuid4().hex[:8]}@example.org"
    user = remote.server.client.users.create(email=stranger, username=stranger.partition("@")[0])
    remote.submit(task, "b", completed_by=user.id)
    done = pulled(remote)
    found = list(load_annotations(remote.workspace, ROUND))
    assert (done.annotations, done.open, done.tasks) == (2, 5, 6)
    assert (len({one.by for one in found}), {one.annotator for one in found}) == (2, {"ann"})
    assert [one.answer["kind"] for one in found] == ["a", "b"]
    assert problems(remote.workspace) == ["LS-SEVERAL"]
    assert stranger in {one.by for one in found}


def test_a_second_answer_by_the_same_person_replaces_the_first(remote: Remote) -> None:
    task = remote.tasks()[0]
    remote.submit(task, "a")
    remote.submit(task, "b")
    done = pulled(remote)
    assert (done.annotations, done.open, done.problems) == (2, 5, 0)


def test_what_the_server_took_although_the_screen_cannot_say_it_is_a_problem_each(remote: Remote) -> None:
    task = remote.tasks()[0]
    text = task["data"]["text"]

    def of(name: str, value: Any, type_: str = "choices") -> dict[str, Any]:
        return {"id": name, "from_name": name, "to_name": "text", "type": type_, "value": value}

    span = {"start": 0, "end": 3, "text": "not what is there", "labels": ["party"]}
    results = [
        of("unheard", {"choices": ["a"]}),
        of("kind", {"choices": ["unheard"]}),
        of("marks", span, "labels"),
        of("marks", {"start": 0, "end": 99999, "labels": ["party"]}, "labels"),
        of("marks", {"start": 0, "end": 2, "text": text[:2], "labels": ["date"]}, "labels"),
        of("stars", {"rating": 3}, "rating"),
    ]
    remote.submit(task, result=results)
    done = pulled(remote)
    assert sorted(problems(remote.workspace)) == ["RESULT-LABEL", "RESULT-UNKNOWN", "SPAN-MISMATCH", "SPAN-RANGE"]
    (found,) = load_annotations(remote.workspace, ROUND)
    assert (found.answer["stars"], len(found.answer["marks"]), done.annotations) == (3, 1, 1)


def test_repairs_are_counted_by_cause_and_noted_on_the_annotation(remote: Remote) -> None:
    task = remote.tasks()[0]
    value = {"choices": ["A · 甲"]}
    remote.submit(task, result=[{"id": "x", "from_name": "kind", "to_name": "text", "type": "choices", "value": value}])
    done = pulled(remote)
    assert (done.repaired, done.repairs, done.problems) == (1, {"WORDING": 1}, 0)
    (found,) = load_annotations(remote.workspace, ROUND)
    assert (found.answer["kind"], [note.cause for note in found.notes]) == ("a", ["WORDING"])


CONFIGS = {
    "white space alone": (lambda xml: xml.replace("\n", "\n\n   "), None),
    "a label added": (
        lambda xml: xml.replace("</Labels>", '<Label value="New" alias="new"/></Labels>'),
        "'new' is new",
    ),
    "a label renamed": (lambda xml: xml.replace('alias="c"', 'alias="d"'), "label 'c' is called 'd'"),
    "a label removed": (lambda xml: xml.replace(' alias="party"', ' alias="x" value2="y"'), "'party'"),
    "a wording changed": (lambda xml: xml.replace('value="B · 乙"', 'value="Bee"'), "'b' reads otherwise"),
    "a control added": (
        lambda xml: xml.replace("</View>", '<TextArea name="more" toName="text"/></View>', 1),
        "'more' (TextArea) is new",
    ),
    "a control renamed": (lambda xml: xml.replace('name="note"', 'name="remark"'), "'note' is called 'remark'"),
    "several answers allowed": (
        lambda xml: xml.replace('choice="single-radio"', 'choice="multiple"'),
        "choice is 'mult",
    ),
}


@pytest.mark.parametrize("what", CONFIGS)
def test_a_screen_changed_on_the_server_is_told_with_what_changed(remote: Remote, what: str) -> None:
    change, told = CONFIGS[what]
    project = remote.projects["ann"]
    config = str(remote.server.client.projects.get(id=project).label_config)
    changed = change(config)
    assert changed != config
    remote.server.client.projects.update(id=project, label_config=changed)
    remote.submit(remote.tasks()[0])
    done = pulled(remote)
    drifts = [row for row in read_jsonl(remote.workspace.problems) if row["code"] == "SCHEMA-DRIFT"]
    assert (len(drifts), done.annotations) == (1 if told else 0, 1)
    assert not told or told in drifts[0]["found"]
    remote.server.client.projects.update(id=project, label_config=config)
    pulled(remote)
    assert problems(remote.workspace) == []


def test_a_project_that_somebody_deleted_is_a_problem_and_its_answers_stay(remote: Remote) -> None:
    remote.submit(remote.tasks()[0])
    pulled(remote)
    remote.server.client.projects.delete(id=remote.projects["ann"])
    done = pulled(remote)
    assert (done.annotations, done.deleted, problems(remote.workspace)) == (1, 0, ["LS-PROJECT-GONE"])


def test_a_listing_that_shifts_while_it_is_read_deletes_nothing(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: pages that moved under our hands, so that one listing lacks a task."""
    for task in remote.tasks():
        remote.submit(task)
    pulled(remote)
    real, listings = sweeping.tasks_in, [0]

    def shifting(server: Server, project: int, **asked: Any) -> Any:
        found = list(real(server, project, **asked))
        listings[0] += "fields" not in asked
        return found[1:] if listings[0] == 1 else found

    monkeypatch.setattr(sweeping, "tasks_in", shifting)
    done = pulled(remote)
    assert (done.annotations, done.new, done.deleted, done.changed) == (6, 0, 0, False)
    assert listings[0] >= 2


def test_a_project_that_never_rests_is_told_and_what_was_seen_is_kept(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = remote.tasks()[0]
    number = remote.submit(task)
    real = sweeping.tasks_in

    def editing(server: Server, project: int, **asked: Any) -> Any:
        found = list(real(server, project, **asked))
        if "fields" not in asked:
            remote.server.client.annotations.update(id=number, lead_time=1.0)
        return found

    monkeypatch.setattr(sweeping, "tasks_in", editing)
    done = pulled(remote)
    assert (done.annotations, problems(remote.workspace)) == (1, ["LS-MOVING"])
    monkeypatch.setattr(sweeping, "tasks_in", real)
    assert (pulled(remote).asked, problems(remote.workspace)) == (1, [])


def test_an_export_and_the_server_say_the_same(remote: Remote, tmp_path: Path) -> None:
    skipped, second, third, *_ = remote.tasks()
    remote.submit(skipped, result=[], was_cancelled=True)
    remote.submit(second, "b")
    remote.submit(third, "c", result=remote.results(third, "c", ("date", 0, 4)))
    file = tmp_path / "export.json"
    studio_export(remote.workspace, round=ROUND, output=file)
    first = pull(remote.workspace, round=ROUND, file=file)
    assert (first.new, first.annotations, first.problems) == (3, 3, 0)
    from_file = [one.model_copy(update={"by": ""}) for one in load_annotations(remote.workspace, ROUND)]
    again = pull(remote.workspace, file=file)
    assert (again.round, again.new, again.changed) == (ROUND, 0, False)
    from_server = pulled(remote)
    assert (from_server.new, from_server.annotations) == (0, 3)
    assert [one.model_copy(update={"by": ""}) for one in load_annotations(remote.workspace, ROUND)] == from_file
    after = pull(remote.workspace, file=file)
    assert (after.new, after.changed) == (0, False)
    assert {one.by for one in load_annotations(remote.workspace, ROUND)} != {"user 1"}


def test_an_old_export_brings_back_nothing_that_was_deleted_or_changed_since(remote: Remote, tmp_path: Path) -> None:
    first, second, *_ = remote.tasks()
    number, gone = remote.submit(first, "a"), remote.submit(second, "b")
    file = tmp_path / "export.json"
    studio_export(remote.workspace, round=ROUND, output=file)
    remote.server.client.annotations.update(id=number, result=remote.results(first, "c"))
    remote.server.client.annotations.update(id=gone, result=remote.results(second, "c"))
    pulled(remote)
    remote.server.client.annotations.delete(id=gone)
    pulled(remote)
    before = list(load_annotations(remote.workspace, ROUND))
    late = pull(remote.workspace, round=ROUND, file=file)
    assert (late.new, late.deleted) == (2, 1)  # the two versions that no pull had seen
    assert list(load_annotations(remote.workspace, ROUND)) == before


def test_the_smaller_json_of_the_server_is_read_too(remote: Remote, tmp_path: Path) -> None:
    first, second, *_ = remote.tasks()
    results = remote.results(first, "b", ("date", 0, 4), ("party", 2, 6))
    results += [
        {"id": "n", "from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["Oh."]}},
        {"id": "s", "from_name": "stars", "to_name": "text", "type": "rating", "value": {"rating": 4}},
    ]
    remote.submit(first, result=results)
    remote.submit(second, "c")
    transport = remote.server.client._client_wrapper.httpx_client
    path = f"api/projects/{remote.projects['ann']}/export"
    exported = transport.request(path, method="GET", params={"exportType": "JSON_MIN"})
    file = tmp_path / "min.json"
    file.write_bytes(exported.content)
    pull(remote.workspace, round=ROUND, file=file)
    small = [one.answer for one in load_annotations(remote.workspace, ROUND)]
    assert pull(remote.workspace, round=ROUND, file=file).changed is False
    assert pulled(remote).new == 2
    assert [one.answer for one in load_annotations(remote.workspace, ROUND)] == small
    assert {one["kind"] for one in small} == {"b", "c"}
    assert (small[0] if small[0]["kind"] == "b" else small[1])["note"] == "Oh."
    assert pull(remote.workspace, round=ROUND, file=file).new == 0


def test_the_smaller_json_adds_nothing_to_what_was_pulled(remote: Remote, tmp_path: Path) -> None:
    remote.submit(remote.tasks()[0], "b")
    pulled(remote)
    transport = remote.server.client._client_wrapper.httpx_client
    path = f"api/projects/{remote.projects['ann']}/export"
    exported = transport.request(path, method="GET", params={"exportType": "JSON_MIN"})
    file = tmp_path / "min.json"
    file.write_bytes(exported.content)
    late = pull(remote.workspace, round=ROUND, file=file)
    assert (late.new, late.annotations, late.changed) == (0, 1, False)


def test_every_task_of_the_round_is_in_one_of_the_accounts_parts(remote: Remote) -> None:
    done = pulled(remote)
    assert done.account is not None
    assert done.account.items == len(list(load_tasks(remote.workspace, ROUND))) == 6
