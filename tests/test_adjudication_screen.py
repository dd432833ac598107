"""Adjudication at a terminal, by keys: what stands on the screen, what each key does, and a real terminal's Ctrl-C."""

import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from round_by_file import pull_answers
from round_on_disk import ROUND, answer, open_round

from toolkit.console.adjudication import adjudicate_in_terminal
from toolkit.console.wrapping import line_breaks, wrapped
from toolkit.passages import Passage
from toolkit.records import validate
from toolkit.records.store import load_records
from toolkit.rounds.merging import Merging, options
from toolkit.rounds.plan import load_annotations
from toolkit.schema import Bilingual, Condition, Field, Label
from toolkit.studio import AdjudicateResult
from toolkit.workspace import Workspace

ENGLISH, CHINESE = 0, 3
"""Which of the six clauses is the first of its language."""


@pytest.fixture
def passages(workspace: Workspace, tmp_path: Path) -> list[Passage]:
    """Every clause is a disagreement: ann marks a party and says A, ben marks less and says C."""
    found = open_round(workspace)
    given: dict[tuple[str, str], Any] = {}
    for one in found:
        marks = [("party", 3, 8), ("date", 0, 2)]
        given[one.id, "ann"] = answer("a", text=one.text, marks=marks, stars=5)
        given[one.id, "ben"] = answer("c", text=one.text, marks=marks[1:], stars=4, note="why not")
    pull_answers(workspace, ROUND, given, tmp_path)
    return found


class Desk:
    """A terminal that types keys and remembers every screen."""

    def __init__(self, workspace: Workspace, width: int = 80, height: int = 24) -> None:
        self.workspace, self._file = workspace, io.StringIO()
        self.screen = Console(file=self._file, force_terminal=True, width=width, height=height, highlight=False)

    def type(self, *keys: str | Callable[[], None], lines: Sequence[str] = ()) -> AdjudicateResult:
        """Type keys, then leave; return the result. A function is called when its turn comes."""
        left, told = iter([*keys, "q"]), iter(lines)

        def key() -> str:
            found = next(left)
            while not isinstance(found, str):
                found()
                found = next(left)
            if found == "^C":
                raise KeyboardInterrupt
            return found

        return adjudicate_in_terminal(
            self.workspace, round=ROUND, by="lea", screen=self.screen, key=key, line=lambda: next(told)
        )

    @property
    def screens(self) -> list[str]:
        """Every screen that was shown, without colours."""
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._file.getvalue().replace("\x1b[H", "\f"))
        return [one for one in plain.split("\f") if one.strip()]


def column_of(workspace: Workspace, kind: str) -> str:
    """The key of the candidate that says so, in the first disagreement."""
    from toolkit.studio.sitting import Sitting

    case = Sitting(workspace, round=ROUND, by="lea").cases[0]
    return str(next(n for n, one in enumerate(case.candidates, 1) if one.value["kind"] == kind))


def decisions(workspace: Workspace) -> list[tuple[str, bool, str | None]]:
    found = [one for one in load_annotations(workspace, ROUND) if one.role == "adjudicator"]
    return [(str(one.answer.get("kind")), one.skipped, one.reason) for one in found]


@pytest.mark.usefixtures("passages")
@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_screen_shows_passage_and_answers_side_by_side_within_the_window(
    workspace: Workspace, width: int, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLKIT_LANG", lang)
    desk = Desk(workspace, width)
    desk.type("n", "n", "n")
    screens = [desk.screens[ENGLISH], desk.screens[CHINESE]]
    for screen, words in zip(screens, ("The Buyer pays on 1 May 2024", "甲方应于六月一日付款"), strict=True):
        assert max(map(cell_len, screen.splitlines())) <= width
        joined = re.sub(r"\s|\[[AB]+\]", "", screen)
        assert re.sub(r"\s", "", words) in joined
        assert "ann" not in screen.replace("annot", "")
        assert "ben" not in screen
        assert ("≠ Kind" if lang == "en" else "≠ 类型") in screen
        assert "[1] A" in screen
        assert "[2] B" in screen
    if width >= 80:
        assert any("[1] A" in line and "[2] B" in line for line in screens[0].splitlines()), "columns"


@pytest.mark.usefixtures("passages")
def test_what_only_some_marked_says_who_and_what_all_marked_does_not(workspace: Workspace) -> None:
    desk = Desk(workspace)
    desk.type()
    by = "AB"[int(column_of(workspace, "a")) - 1]
    assert f"1. The B[{by}]uyer pays" in desk.screens[0]


@pytest.mark.usefixtures("passages")
def test_a_number_or_a_capital_letter_takes_a_whole_answer_and_the_next_one_comes(workspace: Workspace) -> None:
    key = column_of(workspace, "c")
    result = Desk(workspace).type(key, "A")
    assert (result.decided, result.undecided, result.changed) == (2, 4, True)
    validate(workspace, round=ROUND, resolver="lead")
    records = list(load_records(workspace, "sample"))
    assert [(one.resolution, one.adjudicator, len(one.overruled)) for one in records] == [("adjudicated", "lea", 1)] * 2
    assert records[0].answer["note"] == "why not", "free text comes with the answer that was taken"


@pytest.mark.usefixtures("passages")
def test_field_by_field_takes_what_no_single_answer_says(workspace: Workspace) -> None:
    of_a = column_of(workspace, "a")
    of_c = "21"[int(of_a) - 1]
    desk = Desk(workspace)
    desk.type("f", of_a, of_c, of_a, of_c)
    (found,) = [one for one in load_annotations(workspace, ROUND) if one.role == "adjudicator"]
    assert {name: found.answer[name] for name in ("kind", "stars", "note")} == {
        "kind": "a",
        "stars": 5,
        "note": "why not",
    }
    assert [one["label"] for one in found.answer["marks"]] == ["date"]
    shown = [screen for screen in desk.screens if "Field " in screen]
    assert [re.search(r"Field \d of 4: \w+", screen)[0] for screen in shown] == [  # type: ignore[index]
        "Field 1 of 4: Kind",
        "Field 2 of 4: Marks",
        "Field 3 of 4: Stars",
        "Field 4 of 4: Note",
    ]
    assert "nobody's" in shown[0], "B, which nobody said, can be chosen too"


@pytest.mark.usefixtures("passages")
def test_an_answer_of_their_own_back_and_escape_in_the_fields(workspace: Workspace) -> None:
    desk = Desk(workspace)
    desk.type("f", "3", "b", "3", "1", "1", "1")
    assert decisions(workspace) == [("b", False, None)]
    Desk(workspace).type("f", "3", "escape", "f", "b", "1")
    assert len(decisions(workspace)) == 2


def test_a_merge_that_the_schema_refuses_says_why_and_asks_again(workspace: Workspace, tmp_path: Path) -> None:
    first, *_ = open_round(workspace)
    given = {
        (first.id, "ann"): answer("c", stars=1),
        (first.id, "ben"): answer("a", stars=5),
    }
    pull_answers(workspace, ROUND, given, tmp_path)
    of_c = column_of(workspace, "c")
    of_five = "21"[int(of_c) - 1]
    desk = Desk(workspace, height=40)
    result = desk.type("f", of_c, of_five, "escape")
    assert (result.decided, result.changed) == (0, False)
    assert "a C with five stars has a mark" in re.sub(r"\s+", " ", desk.screens[-2])
    assert "Field 1 of 2" in desk.screens[-2], "it asks again"
    assert Desk(workspace).type("f", of_c, of_c).decided == 1


@pytest.mark.usefixtures("passages")
def test_skip_back_next_undo_and_reason(workspace: Workspace) -> None:
    desk = Desk(workspace)
    desk.type("r", "s", "1", "u", "b", "1", "u", "n", "n", "1", lines=["of no\tuse 无用 \x1b[31m\n"])
    found = decisions(workspace)
    assert found[0][1:] == (True, "of no use 无用 [31m"), "undo put the skip and its reason back"
    assert [skipped for _, skipped, _ in found] == [True, False]
    assert "decided: of no use · reason: of no use 无用" in desk.screens[5]


@pytest.mark.usefixtures("passages")
def test_a_reason_can_be_given_to_what_is_decided_already(workspace: Workspace) -> None:
    desk = Desk(workspace)
    desk.type("1", "b", "r", lines=["the second sentence says so\n"])
    assert [reason for *_, reason in decisions(workspace)] == ["the second sentence says so"]
    assert "decided: A · reason: the second sentence says so" in desk.screens[-1]


@pytest.mark.usefixtures("passages")
def test_ctrl_c_leaves_with_all_that_was_decided(workspace: Workspace) -> None:
    assert Desk(workspace).type("1", "2", "f", "1", "^C", "1").decided == 2
    assert Desk(workspace).type("^C").changed is False


@pytest.mark.usefixtures("passages")
def test_at_the_end_one_can_look_back_and_a_later_sitting_begins_there(workspace: Workspace) -> None:
    desk = Desk(workspace)
    done = desk.type(*"111111", "b", "2")
    assert (done.decided, done.undecided, done.waiting) == (6, 0, None)
    assert "No disagreement is left" in desk.screens[6]
    again = Desk(workspace)
    assert again.type("9", "b").changed is False
    assert "No disagreement is left" in again.screens[0]
    assert "decided: B" in again.screens[-1]
    unfinished = Desk(workspace)
    unfinished.type("b", "u")
    assert "Nothing to undo" in unfinished.screens[-1]


@pytest.mark.usefixtures("passages")
def test_a_key_without_a_meaning_says_so_and_decides_nothing(workspace: Workspace) -> None:
    desk = Desk(workspace)
    assert desk.type("3", "x", "0", "unknown", "C", "up", "down").decided == 0
    assert "No such key" in desk.screens[1]


@pytest.mark.usefixtures("passages")
def test_while_a_pull_holds_the_workspace_the_screen_says_so_and_the_key_can_be_pressed_again(
    workspace: Workspace,
) -> None:
    other = Workspace(workspace.root).lock()
    desk = Desk(workspace)
    result = desk.type(other.__enter__, "1", lambda: other.__exit__(None, None, None), "1")
    assert "Another run holds" in desk.screens[1]
    assert result.decided == 1


def test_a_long_passage_scrolls_and_begins_at_what_is_disputed(workspace: Workspace, tmp_path: Path) -> None:
    first, *_ = open_round(workspace)
    given = {
        (first.id, "ann"): answer("a", text=first.text, marks=[("date", 18, 24)]),
        (first.id, "ben"): answer("a", text=first.text, marks=[("date", 18, 28)]),
    }
    pull_answers(workspace, ROUND, given, tmp_path)
    desk = Desk(workspace, width=14, height=12)
    desk.type("up", "up", "up", *["down"] * 9)
    assert "↑ 0" in desk.screens[3]
    assert "024." in desk.screens[-1]
    assert "]ay" in desk.screens[0], "it begins where they differ"


# The real terminal.


class Terminal:
    """``toolkit round adjudicate --terminal`` in a pseudo-terminal."""

    def __init__(self, workspace: Workspace, columns: int = 80) -> None:
        leader, follower = pty.openpty()
        ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        command = [sys.executable, "-m", "toolkit", "--workspace", str(workspace.root), "round", "adjudicate"]
        self.process = subprocess.Popen(
            [*command, "--round", ROUND, "--by", "lea", "--terminal", "--json"],
            stdin=follower,
            stderr=follower,
            stdout=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(follower)
        self._leader, self.shown = leader, ""
        self._reader = threading.Thread(target=self._read, daemon=True)  # a screen that nobody reads blocks who writes
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # how a terminal says that its program has ended
            while read := os.read(self._leader, 65536):
                self.shown += read.decode(errors="replace")

    def until(self, words: str, times: int = 1) -> None:
        """Wait until the screen has shown words so often."""
        until = time.monotonic() + 120
        while self.shown.count(words) < times:
            assert time.monotonic() < until, self.shown[-2000:]
            time.sleep(0.05)

    def type(self, keys: str, *, line: bool = False) -> None:
        """Type when it listens: keys before that are dropped, so that nobody decides what is not yet shown."""
        until = time.monotonic() + 120
        while bool(termios.tcgetattr(self._leader)[3] & termios.ICANON) is not line:
            assert time.monotonic() < until, self.shown[-2000:]
            time.sleep(0.01)
        os.write(self._leader, keys.encode())

    def end(self) -> dict[str, Any]:
        """Wait for its end; return what it printed."""
        out, _ = self.process.communicate(timeout=120)
        self._reader.join(10)
        os.close(self._leader)
        found: dict[str, Any] = json.loads(out) if out else {}
        return found


@pytest.fixture
def terminal(workspace: Workspace, passages: list[Passage]) -> Iterator[Terminal]:
    del passages
    found = Terminal(workspace)
    yield found
    if found.process.poll() is None:
        found.process.kill()
        found.process.wait()


def test_in_a_real_terminal_keys_decide_and_standard_output_holds_the_result_alone(
    workspace: Workspace, terminal: Terminal
) -> None:
    terminal.until("1 of 6")
    terminal.type("1")
    terminal.until("2 of 6 · 1 decided")
    terminal.type("r")
    terminal.until("Reason")
    terminal.type("because 因为\r", line=True)
    terminal.until("because 因为", 2)
    terminal.type("２")  # as an input method for Chinese gives it
    terminal.until("3 of 6 · 2 decided")
    terminal.type("q")
    result = terminal.end()
    assert (result["decided"], result["undecided"], terminal.process.returncode) == (2, 4, 0)
    assert [reason for *_, reason in decisions(workspace)] == [None, "because 因为"]


def test_a_real_ctrl_c_and_a_kill_lose_nothing(workspace: Workspace, terminal: Terminal) -> None:
    terminal.until("1 of 6")
    terminal.type("1\x03")
    assert terminal.end()["decided"] == 1
    second = Terminal(workspace)
    second.until("2 of 6 · 1 decided")
    second.type("2")
    second.until("3 of 6 · 2 decided")
    os.kill(second.process.pid, signal.SIGKILL)
    second.end()
    assert len(decisions(workspace)) == 2


@pytest.mark.usefixtures("passages")
def test_without_a_terminal_it_says_what_else_there_is(workspace: Workspace) -> None:
    command = [sys.executable, "-m", "toolkit", "--workspace", str(workspace.root), "round", "adjudicate"]
    done = subprocess.run(
        [*command, "--round", ROUND, "--by", "lea", "--terminal"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "TERMINAL-NONE" in done.stderr
    assert "--file" in done.stderr


# Lines and merges.

MIXED = st.text(st.sampled_from("ab 12.,国民，。（）《》\n、é\u3000"), max_size=60)


@given(MIXED, st.integers(2, 30))
def test_lines_hold_every_character_once_and_are_never_wider_than_the_window(text: str, width: int) -> None:
    lines = wrapped(Text(text), width)
    assert all(cell_len(line.plain) <= width for line in lines)
    assert "".join("".join(line.plain.split()) for line in lines) == "".join(text.split())
    breaks = line_breaks(text, width)
    assert breaks == sorted(set(breaks))


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("第一条 甲方应于六月一日付款，乙方", 12, ["第一条 甲方", "应于六月一日", "付款，乙方"]),
        ("甲方应当付款。乙方", 12, ["甲方应当付", "款。乙方"]),  # no full stop at the start of a line
        ("（一）《合同法》", 8, ["（一）", "《合同", "法》"]),  # no opening mark at the end of one
        ("the Buyer pays", 9, ["the Buyer", "pays"]),
        ("按 UTF-8 编码", 8, ["按 UTF-8", "编码"]),
        ("a" * 12, 5, ["aaaaa", "aaaaa", "aa"]),
        ("one\n\ntwo", 9, ["one", "", "two"]),
    ],
)
def test_chinese_breaks_between_characters_and_words_stay_whole(text: str, width: int, lines: list[str]) -> None:
    assert [line.plain for line in wrapped(Text(text), width)] == lines


def _field(name: str, kind: Any, **more: Any) -> Field:
    return Field(name=name, kind=kind, title=Bilingual(name, name), **more)


YES_NO = tuple(Label(value, Bilingual(value, value)) for value in ("yes", "no", "maybe"))


def test_a_field_that_a_choice_hides_is_not_asked_and_stays_open() -> None:
    fields = [
        _field("answer", "choice", labels=YES_NO),
        _field("why", "text", when=Condition("answer", ("no",)), required=False),
    ]
    merging = Merging(fields, [{"answer": "yes", "why": None}, {"answer": "no", "why": "because"}])
    merging.choose("yes")
    assert (merging.field, merging.answer) == (None, {"answer": "yes", "why": None})
    assert merging.back()
    merging.choose("no")
    assert merging.field is fields[1]
    merging.choose("because")
    assert merging.answer == {"answer": "no", "why": "because"}
    assert [merging.back(), merging.back(), merging.back()] == [True, True, False]


@pytest.mark.parametrize(
    ("field", "values", "offered"),
    [
        (_field("f", "choice", labels=YES_NO), ["no", "yes", "no"], [("no", (0, 2)), ("yes", (1,)), ("maybe", ())]),
        (_field("f", "boolean", required=False), [True, False], [(True, (0,)), (False, (1,)), (None, ())]),
        (_field("f", "rating", minimum=1, maximum=3), [3, 1], [(3, (0,)), (1, (1,)), (2, ())]),
        (_field("f", "text"), ["a  b", "a b", "c"], [("a  b", (0, 1)), ("c", (2,))]),
        (_field("f", "texts", required=False), [["a"], ["b"]], [(["a"], (0,)), (["b"], (1,)), ([], ())]),
    ],
)
def test_what_can_be_chosen_in_a_field(field: Field, values: list[Any], offered: list[Any]) -> None:
    assert [tuple(one) for one in options(field, [{"f": value} for value in values])] == offered
