"""kill -9 at every durable step of a push and a pull and at every 50th executed line: then nothing is lost or twice.

Points are enumerated, since kills at random times do not find a push that sends twice. The driver is a process of its
own, which forks after the imports: one child is killed, the next runs the command again and checks what there is.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest

from toolkit.workspace import Workspace

SIZE = 2
ONE = ("ann",)
"""Two tasks, in batches of one, for one person: every step, and each more than once, in the least time."""
EVERY = 50
OTHER, LOST, TWICE = 1, 2, 3
"""Exit codes of a child whose check failed."""


class Report(NamedTuple):
    """What a series of kills came to: how many there were, and at which points the check failed, with its exit code."""

    killed: int
    failed: dict[str, int]
    steps: int = 0


def run_driver(root: Path, *options: str, driver: str = __file__) -> Report:
    """Run a driver in a process of its own, so that it forks from one that has no threads."""
    command = [sys.executable, driver, str(root), *options]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    report = Report(**json.loads(done.stdout))
    assert report.killed == report.steps, "a kill did not happen"
    return report


@pytest.fixture
def root(tmp_path: Path, studio: str) -> Path:
    assert studio
    from round_on_server import ready

    return ready(tmp_path / f"k-{tmp_path.name}").root


def test_a_push_killed_at_any_durable_step_loses_nothing_and_sends_nothing_twice(root: Path) -> None:
    report = run_driver(root, "push", "steps")
    assert report.killed >= 20
    assert report.failed == {}


def test_a_pull_killed_at_any_durable_step_loses_nothing_and_keeps_nothing_twice(root: Path) -> None:
    report = run_driver(root, "pull", "steps")
    assert report.killed >= 8  # one transaction for all that was found, one file
    assert report.failed == {}


def test_the_same_kills_catch_a_push_that_trusts_its_own_memory(root: Path) -> None:
    """The planted fault: what was not noted as done is sent again, without a look at the server."""
    report = run_driver(root, "push", "imported", "planted")
    assert report.failed == {"1": TWICE, "2": TWICE}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_push_killed_at_every_50th_line_loses_nothing_and_sends_nothing_twice(root: Path) -> None:
    report = run_driver(root, "push", "lines")
    assert report.killed >= 30
    assert report.failed == {}


@pytest.mark.slow
def test_a_pull_killed_at_every_50th_line_loses_nothing_and_keeps_nothing_twice(root: Path) -> None:
    report = run_driver(root, "pull", "lines")
    assert report.killed >= 30
    assert report.failed == {}


@pytest.mark.slow
def test_kills_at_lines_catch_a_push_that_trusts_its_own_memory(root: Path) -> None:
    report = run_driver(root, "push", "lines of studio", "planted")
    assert TWICE in report.failed.values()


# The driver.


def main(root: Path, verb: str, way: str, planted: str = "") -> None:
    """Kill at one point after another until a run gets through; print the report.

    Args:
        root: a workspace with passages.
        verb: ``push`` or ``pull``.
        way: ``steps`` for all of them, or the name of one kind; ``lines``, or ``lines of`` one folder of the package.
        planted: anything to have a push that is wrong.
    """
    import label_studio_sdk.client  # noqa: F401 - loaded before the forks
    import pyarrow.parquet  # noqa: F401

    import toolkit.studio.transport  # noqa: F401
    from toolkit.studio import delivery, patience

    patience.PAUSES = (0.1, 0.2, 0.4)
    delivery._BATCH = 1
    if planted:
        plant()
    prepared = prepare_pull(root) if verb == "pull" else None
    killed, failed, nth = 0, {}, 1
    while True:
        work, check = push_once(root, nth) if prepared is None else pull_once(root, prepared, nth)
        dying = partial(by_line if way.startswith("lines") else by_step, way)
        status = in_child(partial(dying, nth, work))
        if status == 0:
            break
        assert status == -signal.SIGKILL, f"point {nth} ended by {status}"
        killed += 1
        if outcome := in_child(check):
            failed[str(nth)] = outcome
        nth += EVERY if way.startswith("lines") else 1
    steps = (nth - 1) // (EVERY if way.startswith("lines") else 1)
    print(json.dumps({"killed": killed, "failed": failed, "steps": steps}))  # noqa: T201 - the driver's answer


def in_child(work: Callable[[], object]) -> int:
    """Do work in a forked child; return its exit code, or minus the signal that ended it."""
    child = os.fork()
    if not child:
        code = OTHER
        try:
            work()
            code = 0
        except SystemExit as asked:
            code = int(asked.code or 0)
        except BaseException:  # noqa: BLE001 - a child must not go on as the driver
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def by_step(name: str, nth: int, work: Callable[[], object]) -> None:
    """Kill this process at the n-th durable step, of any kind or of one."""
    os.environ["TOOLKIT_FAILPOINT"] = f"{'*' if name == 'steps' else name}:{nth}:kill"
    work()


def by_line(which: str, nth: int, work: Callable[[], object]) -> None:
    """Kill this process before the n-th line that it executes inside the package, or inside one folder of it."""
    left = nth
    inside = os.path.join(toolkit_folder(), *which.split(" of ")[1:])  # noqa: PTH118 - compared with strings

    def line(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        if event == "line":
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(inside) else None

    sys.settrace(call)
    work()
    sys.settrace(None)


def toolkit_folder() -> str:
    import toolkit

    return str(Path(toolkit.__file__).parent)


Pair = tuple[Callable[[], object], Callable[[], object]]


def push_once(root: Path, nth: int) -> Pair:
    """A push of a round of its own, and what has to hold after it was killed and run again."""
    from round_on_server import check_pushed, keys_on_server, push_some

    name = f"k{nth}"

    def check() -> None:
        workspace = Workspace(root)
        refuse_twice(keys_on_server(workspace, name).values())
        push_some(workspace, name, SIZE, ONE)
        refuse_twice(keys_on_server(workspace, name).values())
        check_pushed(workspace, name, SIZE, ONE)

    return lambda: push_some(Workspace(root), name, SIZE, ONE), check


def refuse_twice(counts: Any) -> None:
    if max(counts, default=1) > 1:
        sys.exit(TWICE)


class Prepared(NamedTuple):
    """A round that is answered and not pulled, and what a pull in one go makes of it."""

    files: dict[str, bytes]
    versions: list[tuple[Any, ...]]


def prepare_pull(root: Path) -> Prepared:
    """Push and answer a round in a child; pull it into a copy and return what that gave."""
    import pickle

    from round_on_server import answer_all, pull_all, push_some, round_files, versions

    clean, kept = root.with_name(f"{root.name}-clean"), root.with_name("clean.pickle")

    def work() -> None:
        push_some(Workspace(root), "r", SIZE, ONE)
        answer_all(Workspace(root), "r")
        shutil.copytree(root, clean)
        pull_all(Workspace(clean), "r")
        kept.write_bytes(pickle.dumps((round_files(Workspace(clean), "r"), versions(Workspace(clean), "r"))))

    assert in_child(work) == 0
    return Prepared(*pickle.loads(kept.read_bytes()))


def pull_once(root: Path, prepared: Prepared, nth: int) -> Pair:
    """A pull into a fresh copy, and what has to hold after it was killed and run again."""
    from round_on_server import check_sound, pull_all, round_files, versions

    copy = root.with_name(f"copy-{nth}")
    shutil.copytree(root, copy)

    def check() -> None:
        workspace = Workspace(copy)
        pull_all(workspace, "r")
        found = versions(workspace, "r")
        if len(found) > len(prepared.versions):
            sys.exit(TWICE)
        if found != prepared.versions or round_files(workspace, "r") != prepared.files:
            sys.exit(LOST)
        check_sound(workspace)
        assert pull_all(workspace, "r").changed is False
        shutil.rmtree(copy)

    return lambda: pull_all(Workspace(copy), "r"), check


def plant() -> None:
    """Let push believe its ledger: what is not done there is sent; what was sent is held for done."""
    from toolkit.studio import delivery
    from toolkit.studio.copies import Found

    def from_memory(to: Any, items: Sequence[Any], *, in_doubt: bool) -> Any:  # noqa: ARG001 - the place it takes
        done = to.workspace.ledger.query("SELECT task FROM outbox WHERE state = 'done'")
        before = frozenset(row["task"] for row in done)
        if missing := [item for item in items if item.task.id not in before]:
            delivery._send(to, missing, len(items))
        return delivery._Brought(before, {item.task.id: Found(0, 0, 0) for item in items}, 0)

    delivery._bring = from_memory


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
