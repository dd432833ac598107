"""Import files for a server out of reach: what a push sends, the same bytes on every run, no server asked."""

import json
import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest

from toolkit.catalog import builtin
from toolkit.documents import ingest
from toolkit.errors import ToolkitError
from toolkit.passages import segment
from toolkit.rounds import round_status
from toolkit.studio import connect, push
from toolkit.studio.delivery import projects_of
from toolkit.studio.import_file import _safe
from toolkit.studio.push import PushResult
from toolkit.workspace import Workspace, init, read_jsonl

RULES = f"rules:{builtin('examples') / 'prelabel' / 'contract_clauses.yaml'}"
BESIDE = ["guideline.md", "guideline.html", "labelling.xml"]


@pytest.fixture
def corpus(tmp_path: Path) -> Workspace:
    """A workspace with passages, under a name of its own so that its projects are its own."""
    folder = tmp_path / f"w-{uuid.uuid4().hex[:8]}"
    init(folder, schema="legal/contract_clauses", policy="none")
    for name in ("国籍法.md", "franchise.txt"):
        shutil.copy(builtin("examples") / "legal" / name, folder / "raw" / name)
    made = Workspace(folder)
    ingest(made, paths=[folder / "raw"])
    segment(made)
    return made


def written(
    workspace: Workspace, to: str = "out", *, annotators: tuple[str, ...] = ("ann", "ben"), size: int = 6
) -> PushResult:
    return push(
        workspace,
        round="r1",
        annotators=annotators,
        overlap=len(annotators),
        size=size,
        prelabel=[RULES],
        file=workspace.root / to,
    )


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever would connect anywhere fails."""

    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr("socket.socket.connect", refuse)


@pytest.mark.usefixtures("_no_server")
def test_import_files_are_written_without_a_server_and_equal_on_a_rerun(corpus: Workspace) -> None:
    first = written(corpus)
    assert (first.tasks, first.written, first.sent, first.already_there, first.changed) == (12, 12, 0, 0, True)
    assert (first.projects, first.url) == ({}, None)
    out = corpus.root / "out"
    assert [Path(file).name for file in first.files] == ["ann.json", "ben.json", *BESIDE]
    before = files_in(out)
    assert sorted(before) == ["ann.json", "ben.json", "guideline.html", "guideline.md", "labelling.xml"]
    for name in ("labelling.xml", "guideline.md"):
        assert before[name] == (corpus.round("r1") / name).read_bytes()
    again = written(corpus)
    assert (again.changed, files_in(out)) == (False, before)
    assert corpus.ledger.query("SELECT * FROM outbox") == []
    assert round_status(corpus, round="r1").passages == 6
    ids = {row["id"] for row in read_jsonl(corpus.round("r1") / "tasks.jsonl")}
    tasks = [task for name in ("ann", "ben") for task in json.loads(before[f"{name}.json"])]
    assert {task["data"]["task_id"] for task in tasks} == ids
    assert first.predicted == sum(bool(task.get("predictions")) for task in tasks) > 0


@pytest.mark.usefixtures("_no_server")
def test_a_larger_size_keeps_what_was_there(corpus: Workspace) -> None:
    written(corpus, size=4)
    before = json.loads((corpus.root / "out" / "ann.json").read_text(encoding="utf-8"))
    assert written(corpus, size=6).written == 12
    after = json.loads((corpus.root / "out" / "ann.json").read_text(encoding="utf-8"))
    assert len(after) == 6
    assert all(task in after for task in before)


@pytest.mark.usefixtures("_no_server")
@pytest.mark.parametrize(
    ("to", "annotators", "names"),
    [
        ("x/r1.json", ("ann",), ["r1.json"]),
        ("x/r1.json", ("ann", "ben"), ["r1.ann.json", "r1.ben.json"]),
        ("x", ("ann", "王芳"), ["ann.json", "王芳.json"]),
    ],
)
def test_the_files_are_named_after_the_place_and_the_annotators(
    corpus: Workspace, to: str, annotators: tuple[str, ...], names: list[str]
) -> None:
    written(corpus, to, annotators=annotators)
    assert sorted(files_in(corpus.root / "x")) == sorted([*names, *BESIDE])


def test_no_name_leaves_the_folder_or_hides_another() -> None:
    names = ["../../etc/x", "Ann", "ann", "a/b", "a_b", ".hidden", "labelling"]
    safe = _safe(names)
    assert len({one.casefold() for one in safe.values()}) == len(names)
    assert not any("/" in one or one.startswith(".") for one in safe.values())


@pytest.mark.parametrize("place", ["taken", "folder.json"])
def test_a_place_that_cannot_hold_them_is_told_before_anything_is_written(corpus: Workspace, place: str) -> None:
    (corpus.root / "taken").write_text("mine", encoding="utf-8")
    (corpus.root / "folder.json").mkdir()
    with pytest.raises(ToolkitError) as caught:
        written(corpus, place)
    assert caught.value.code == "PUSH-FILE"
    assert not (corpus.round("r1") / "round.json").exists()
    assert (corpus.root / "taken").read_text(encoding="utf-8") == "mine"


def held(client: Any, project: int) -> dict[str, Any]:
    """Task id to its data and predictions, as the server holds them."""
    return {
        task.data["task_id"]: (
            task.data,
            [(one.model_version, one.score, one.result) for one in task.predictions],
        )
        for task in client.tasks.list(project=project, fields="all")
    }


@pytest.mark.usefixtures("studio")
def test_importing_a_file_by_hand_makes_the_tasks_that_a_push_makes(corpus: Workspace) -> None:
    written(corpus)
    sent = push(corpus, round="r1", annotators=["ann", "ben"], overlap=2, size=6, prelabel=[RULES])
    assert (sent.sent, sent.already_there) == (12, 0)  # the files did not count as sent
    server = connect(corpus)
    config = (corpus.root / "out" / "labelling.xml").read_text(encoding="utf-8")
    for name, _, pushed in projects_of(corpus, server, "r1"):
        by_hand = server.client.projects.create(title="By hand", label_config=config).id
        tasks = json.loads((corpus.root / "out" / f"{name}.json").read_text(encoding="utf-8"))
        server.client.projects.import_tasks(by_hand, request=tasks)
        there = held(server.client, by_hand)
        assert there == held(server.client, pushed)
        assert sum(bool(made) for _, made in there.values()) > 0
        assert server.client.projects.get(by_hand).model_version == server.client.projects.get(pushed).model_version


@pytest.mark.usefixtures("studio")
def test_the_labelling_stream_shows_each_prediction(corpus: Workspace) -> None:
    """The server shows predictions of one model version alone, so a round has one."""
    other = corpus.root / "stars.py"
    other.write_text("def low(text, meta):\n    return {'risk': 'low'} if len(text) % 2 else None\n", encoding="utf-8")
    how = [RULES, f"python:{other}:low"]
    made = push(corpus, round="r1", annotators=["ann"], size=8, prelabel=how)
    server = connect(corpus)
    ((_, _, project),) = projects_of(corpus, server, "r1")
    predicted = {key for key, (_, predictions) in held(server.client, project).items() if predictions}
    shown = set()
    for task in server.client.tasks.list(project=project):
        given = server.get(f"api/tasks/{task.id}/", {"project": project})
        if given["predictions"]:
            shown.add(given["data"]["task_id"])
    following = server.get(f"api/projects/{project}/next", {})
    assert bool(following["predictions"]) == (following["data"]["task_id"] in predicted)
    assert shown == predicted
    assert len(predicted) == made.predicted > 0
    assert server.client.projects.get(project).model_version == " + ".join(
        json.loads((corpus.round("r1") / "round.json").read_text(encoding="utf-8"))["prelabel"]
    )
