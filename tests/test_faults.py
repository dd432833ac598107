"""Every way in which a network and a server can fail, at three places of a push and of a pull, on a real Label Studio.

No task is ever there twice, no answer is lost, nothing is half on file, and the key goes to no other host. What can go
on by itself does; where the answer is a refusal, the command stops with its code and a rerun completes the work.
"""

import itertools
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_proxy import KINDS, WAIT, FaultProxy, Seen, any_request, fault_proxy
from label_studio_sdk.core.api_error import ApiError
from round_on_server import (
    answer_all,
    check_pushed,
    check_sound,
    keys_on_server,
    pull_all,
    push_all,
    ready,
    round_files,
    versions,
)

from toolkit.errors import SERVICE, ToolkitError
from toolkit.studio import annotator_client, connect, delivery
from toolkit.studio.delivery import projects_of
from toolkit.studio.patience import UnclearError
from toolkit.workspace import Workspace

STOPS = {"401": "STUDIO-KEY", "redirect": "STUDIO-REDIRECT"}
PLACES = [pytest.param("first", marks=pytest.mark.slow), "middle", pytest.param("last", marks=pytest.mark.slow)]
_rounds = itertools.count(1)


@pytest.fixture(scope="module")
def token(studio_home: Workspace) -> str:
    return str(connect(studio_home).client.users.get_token().token)


@pytest.fixture(scope="module")
def proxy(studio_home: Workspace) -> Iterator[FaultProxy]:
    with fault_proxy(connect(studio_home).url) as made:
        yield made


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One workspace for all pushes; each has a round of its own."""
    return ready(tmp_path_factory.mktemp("faults"))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch, proxy: FaultProxy, token: str) -> Iterator[None]:
    """Pauses in tenths of seconds, and batches and pages so small that a push and a pull are many requests."""
    monkeypatch.setenv("LABEL_STUDIO_URL", proxy.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    monkeypatch.setattr("toolkit.studio.patience.PAUSES", (0.3, 0.5, 1.0))
    monkeypatch.setattr("toolkit.studio.transport.SECONDS", 2.0)
    monkeypatch.setattr("toolkit.studio.delivery.ARRIVING", 10.0)
    monkeypatch.setattr("toolkit.studio.delivery._BATCH", 2)
    monkeypatch.setattr("toolkit.studio.listing.PAGE", 4)
    yield
    proxy.reset()


def new_round() -> str:
    return f"f{next(_rounds)}"


def place_of(place: str, count: int) -> int:
    return {"first": 0, "middle": count // 2, "last": count - 1}[place]


def sends(seen: Seen) -> bool:
    return seen.sends


def failing(proxy: FaultProxy, kind: str, work: object, *arguments: object) -> None:
    """Do the work with the fault armed; it goes on by itself, or stops with the code of a refusal."""
    if kind in STOPS:
        with pytest.raises(ToolkitError) as caught:
            work(*arguments)  # type: ignore[operator]
        assert (caught.value.code, caught.value.exit_code) == (STOPS[kind], SERVICE)
    else:
        work(*arguments)  # type: ignore[operator]
    assert len(proxy.fired) == 1, "the fault did not happen"
    assert proxy.elsewhere == [], "a request went to another host"
    proxy.reset()


@pytest.fixture(scope="module")
def counted(ground: Workspace, proxy: FaultProxy, token: str) -> dict[str, int]:
    """How many requests a clean push and a clean pull make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABEL_STUDIO_URL", proxy.url)
        patch.setenv("LABEL_STUDIO_API_KEY", token)
        patch.setattr("toolkit.studio.delivery._BATCH", 2)
        patch.setattr("toolkit.studio.listing.PAGE", 4)
        proxy.reset()
        push_all(ground, "clean")
        pushed, sending = len(proxy.seen), sum(seen.sends for seen in proxy.seen)
        answer_all(ground, "clean")
        copy = ground.root.with_name(f"{ground.root.name}-clean")
        shutil.copytree(ground.root, copy)
        proxy.reset()
        pull_all(Workspace(copy), "clean")
        pulled = len(proxy.seen)
        proxy.reset()
    assert sending == 6
    return {"push": pushed, "sends": sending, "pull": pulled}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_a_batch_leaves_every_task_there_once(
    kind: str, place: str, ground: Workspace, proxy: FaultProxy, counted: dict[str, int]
) -> None:
    name = new_round()
    proxy.arm(kind, place_of(place, counted["sends"]), sends)
    failing(proxy, kind, push_all, ground, name)
    if kind in STOPS:
        assert max(keys_on_server(ground, name).values(), default=1) == 1
        push_all(ground, name)
    check_pushed(ground, name)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_any_request_of_a_push_leaves_every_task_there_once(
    kind: str, place: str, ground: Workspace, proxy: FaultProxy, counted: dict[str, int]
) -> None:
    name = new_round()
    proxy.arm(kind, place_of(place, counted["push"]), any_request)
    failing(proxy, kind, push_all, ground, name)
    if kind in STOPS:
        push_all(ground, name)
    check_pushed(ground, name)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_a_pull_loses_no_answer_and_leaves_nothing_half_on_file(
    kind: str, place: str, ground: Workspace, proxy: FaultProxy, counted: dict[str, int], tmp_path: Path
) -> None:
    clean = Workspace(ground.root.with_name(f"{ground.root.name}-clean"))
    shutil.copytree(ground.root, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy")
    before = round_files(copy, "clean")
    proxy.arm(kind, place_of(place, counted["pull"]), any_request)
    failing(proxy, kind, pull_all, copy, "clean")
    if kind in STOPS:
        assert (round_files(copy, "clean"), versions(copy, "clean")) == (before, [])
        pull_all(copy, "clean")
    assert round_files(copy, "clean") == round_files(clean, "clean")
    assert versions(copy, "clean") == versions(clean, "clean")
    assert len(versions(copy, "clean")) == 12
    check_sound(copy)
    assert pull_all(copy, "clean").changed is False


def test_a_server_that_asks_to_wait_is_waited_for(ground: Workspace, proxy: FaultProxy) -> None:
    name = new_round()
    proxy.arm("429", 1, sends)
    started = time.monotonic()
    push_all(ground, name)
    assert proxy.fired
    assert time.monotonic() - started >= WAIT


def test_a_wait_beyond_our_patience_is_the_users_to_decide_on(
    ground: Workspace, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.studio.patience.LONGEST", 0.5)
    name = new_round()
    proxy.arm("429", 1, sends)
    with pytest.raises(ToolkitError) as caught:
        push_all(ground, name)
    assert (caught.value.code, caught.value.exit_code) == ("STUDIO-ANSWER", SERVICE)
    proxy.reset()
    push_all(ground, name)
    check_pushed(ground, name)


def test_an_import_slower_than_our_patience_is_put_right_by_the_next_push(
    ground: Workspace, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server was told once and told again, and did both: the second copies go, as nobody has touched them."""
    monkeypatch.setattr("fault_proxy.LATE", 6.0)
    name = new_round()
    proxy.arm("504 before commit", 2, sends)
    push_all(ground, name)
    proxy.reset()  # waits for what is late
    assert max(keys_on_server(ground, name).values()) == 2
    again = push_all(ground, name)
    assert (again.sent, again.duplicates_removed, again.changed) == (0, 2, True)
    check_pushed(ground, name)


def copies_of_one_task(workspace: Workspace, name: str) -> list[int]:
    """Push a round and plant a second copy of one of its tasks; return both numbers, the older first."""
    push_all(workspace, name)
    server = connect(workspace)
    project = next(number for _, _, number in projects_of(workspace, server, name))
    task = next(iter(server.client.tasks.list(project=project)))
    server.client.projects.import_tasks(project, request=[{"data": task.data}])
    rows = server.client.tasks.list(project=project, page_size=100)
    return sorted(int(row.id) for row in rows if row.data["task_id"] == task.data["task_id"])


@pytest.mark.parametrize("touched", ["annotated", "skipped", "begun by another"])
def test_of_two_copies_the_one_that_somebody_touched_stays(
    ground: Workspace, studio_home: Workspace, touched: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = new_round()
    older, newer = copies_of_one_task(ground, name)
    client = connect(ground).client
    if touched == "begun by another":
        with monkeypatch.context() as patch:
            patch.delenv("LABEL_STUDIO_URL")
            patch.delenv("LABEL_STUDIO_API_KEY")
            other = annotator_client(studio_home, "zoe")
        draft = {"result": [], "lead_time": 1.0}
        transport = other._client_wrapper.httpx_client
        transport.request(f"api/tasks/{newer}/drafts", method="POST", json=draft).raise_for_status()
    else:
        client.annotations.create(id=newer, result=[], was_cancelled=touched == "skipped")
    assert push_all(ground, name).duplicates_removed == 1
    assert client.tasks.get(id=str(newer)).id == newer
    with pytest.raises(ApiError):
        client.tasks.get(id=str(older))
    check_pushed(ground, name)


def test_two_answered_copies_stop_a_push_and_a_pull_keeps_both_answers(ground: Workspace) -> None:
    name = new_round()
    client = connect(ground).client
    for number in copies_of_one_task(ground, name):
        client.annotations.create(id=number, result=[])
    with pytest.raises(ToolkitError) as caught:
        push_all(ground, name)
    assert caught.value.code == "STUDIO-TWICE"
    pull_all(ground, name)
    assert len(versions(ground, name)) == 2


def test_tasks_that_somebody_added_by_hand_are_none_of_our_business(ground: Workspace) -> None:
    name = new_round()
    push_all(ground, name)
    server = connect(ground)
    project = next(number for _, _, number in projects_of(ground, server, name))
    added = {"text": "by hand", "heading": "", "origin": ""}
    server.client.projects.import_tasks(project, request=[{"data": added}, {"data": added}])
    assert push_all(ground, name).changed is False


def test_a_task_that_was_deleted_on_the_server_is_sent_again(ground: Workspace) -> None:
    name = new_round()
    push_all(ground, name)
    server = connect(ground)
    project = next(number for _, _, number in projects_of(ground, server, name))
    last = max(int(task.id) for task in server.client.tasks.list(project=project))
    server.client.tasks.delete(id=str(last))  # SQLite gives its number to the next one
    assert push_all(ground, name).sent == 1
    check_pushed(ground, name)


def test_the_oracle_catches_a_push_that_sends_again_without_looking(
    ground: Workspace, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault."""
    name = new_round()
    send = delivery._send

    def blindly(*arguments: Any) -> bool:
        try:
            return send(*arguments)
        except UnclearError:
            return send(*arguments)

    monkeypatch.setattr(delivery, "_send", blindly)
    monkeypatch.setattr("toolkit.studio.copies._remove", lambda *_: None)
    monkeypatch.setattr("toolkit.studio.copies._surplus", lambda _: 0)
    proxy.arm("504 after commit", 2, sends)
    push_all(ground, name)
    assert proxy.fired
    with pytest.raises(AssertionError):
        check_pushed(ground, name)
