"""``round status``: what is done, how fast it goes, and when it ends; a clock that is an argument."""

import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from round_on_disk import ROUND, answer, open_round, pulled

from toolkit.console.round_status import bar
from toolkit.console.round_status import round_status as picture
from toolkit.rounds import round_list, round_status
from toolkit.rounds.pace import expected_end
from toolkit.rounds.plan import load_plan, load_tasks
from toolkit.workspace import Workspace, write_json, write_jsonl

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def answered(workspace: Workspace, **times: list[str]) -> None:
    """Give each person's first tasks answers at these times; one that ends in ``skip`` is a skip."""
    given = []
    for name, at in times.items():
        mine = [task for task in load_tasks(workspace, ROUND) if task.annotator == name]
        for task, when in zip(mine, at, strict=False):
            time, _, skip = when.partition(" ")
            given.append(pulled(task, None if skip else answer("a"), at=time))
    write_jsonl(workspace.round(ROUND) / "annotations.jsonl", (one.model_dump(mode="json") for one in given))


@pytest.mark.parametrize(
    ("times", "pace", "end"),
    [
        ([], None, None),
        (["2026-03-01T10:00:00Z"], None, None),  # one answer is no pace
        (["2026-03-09T10:00:00Z", "2026-03-09T10:01:00Z"], 2.0, date(2026, 3, 12)),  # a day's, not 2,880
        (["2026-03-08T10:00:00Z", "2026-03-09T10:00:00Z"], 1.0, date(2026, 3, 14)),
        (["2026-03-02T23:00:00Z", "2026-03-09T01:00:00Z skip"], 0.25, date(2026, 3, 26)),  # eight days; a skip counts
        (["2026-03-09T01:00:00+02:00", "2026-03-08T23:30:00Z"], 2.0, date(2026, 3, 12)),  # the same day in UTC
        (["2026-03-09T01:00:00", "yesterday", "2026-03-09T02:00:00Z"], 2.0, date(2026, 3, 12)),
        ([f"2026-03-09T0{hour}:00:00Z" for hour in range(6)], 6.0, None),  # done
    ],
)
def test_pace_and_end(workspace: Workspace, times: list[str], pace: float | None, end: date | None) -> None:
    open_round(workspace)
    answered(workspace, ann=times)
    ann, ben = round_status(workspace, NOW, round=ROUND).people
    assert (ann.pace, ann.expected_end) == (pace, end)
    assert (ben.pace, ben.expected_end, ben.seconds) == (None, None, None)


def test_the_round_ends_with_the_last_and_nobody_knows_when_while_one_has_no_pace(workspace: Workspace) -> None:
    open_round(workspace)
    two = ["2026-03-08T10:00:00Z", "2026-03-09T10:00:00Z"]
    answered(workspace, ann=two)
    status = round_status(workspace, NOW, round=ROUND)
    assert (status.tasks, status.answered, status.skipped, status.open) == (12, 2, 0, 10)
    assert (status.pace, status.expected_end, status.seconds) == (1.0, None, 30.0)
    answered(workspace, ann=two, ben=[*two, "2026-03-09T11:00:00Z"])
    status = round_status(workspace, NOW, round=ROUND)
    assert [one.expected_end for one in status.people] == [date(2026, 3, 14), date(2026, 3, 12)]
    assert (status.pace, status.expected_end) == (2.5, date(2026, 3, 14))


def test_a_second_answer_to_a_task_is_one_task(workspace: Workspace) -> None:
    open_round(workspace)
    answered(workspace, ann=["2026-03-08T10:00:00Z"])
    first = next(task for task in load_tasks(workspace, ROUND) if task.annotator == "ann")
    rows = [pulled(first, answer("a"), at=f"2026-03-0{day}T10:00:00Z").model_dump(mode="json") for day in (7, 8)]
    write_jsonl(workspace.round(ROUND) / "annotations.jsonl", rows)
    assert round_status(workspace, NOW, round=ROUND).people[0].pace is None


def test_who_has_left_is_told_and_holds_nothing_up(workspace: Workspace) -> None:
    open_round(workspace)
    plan = load_plan(workspace, ROUND).model_copy(update={"annotators": ("ben",), "left": ("ann",), "overlap": 1})
    write_json(workspace.round(ROUND) / "round.json", plan.model_dump(mode="json"))
    ann, ben = round_status(workspace, NOW, round=ROUND).people
    assert (ann.left, ben.left) == (True, False)
    assert round_list(workspace).rounds[0].open == 12


@given(st.integers(0, 10**9), st.floats(0, 10**6) | st.none())
def test_an_end_is_a_day_or_none_and_never_in_the_past(open_: int, pace: float | None) -> None:
    end = expected_end(open_, pace, NOW)
    assert end is None or end >= NOW.date()


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000), st.integers(3, 40))
def test_a_bar_is_as_long_as_it_is_and_hides_no_part(answered: int, skipped: int, open_: int, width: int) -> None:
    tasks = answered + skipped + open_
    if not tasks:
        return
    line = bar({"tasks": tasks, "answered": answered, "skipped": skipped, "open": open_}, width).plain
    cells, share = line[:width], line[width:]
    assert [sign in cells for sign in "█▒░"] == [bool(answered), bool(skipped), bool(open_)]
    assert (share == " 100%") == (open_ == 0)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_picture_fits_a_terminal_and_shows_everybody(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, width: int, language: str
) -> None:
    monkeypatch.setenv("TOOLKIT_LANG", language)
    open_round(workspace)
    two = ["2026-03-08T10:00:00Z", "2026-03-09T10:00:00Z skip"]
    answered(workspace, ann=two, ben=[])
    file = io.StringIO()
    shown = round_status(workspace, NOW, round=ROUND).model_dump(mode="json")
    picture(Console(file=file, width=width, soft_wrap=True, highlight=False), shown)
    lines = file.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    ann = next(line for line in lines if line.startswith("ann "))
    drawn = ("█" * 3 + "▒" * 3 + "░" * 14, "░" * 20) if width > 80 else ("█" + "▒" + "░" * 6, "░" * 8)
    assert ann.split()[1:] == [drawn[0], "33%", "1", "1", "4", "30", "1", "2026-03-14"]
    ben = next(line for line in lines if line.startswith("ben"))
    assert ben.split()[1:] == [drawn[1], "0%", "0", "0", "6", "-", "-", "-"]
    assert any(line.startswith({"en": "all", "zh": "全部"}[language]) for line in lines)


def test_what_one_adjudicator_has_decided_no_other_one_has_open(workspace: Workspace) -> None:
    open_round(workspace)
    tasks = [task for task in load_tasks(workspace, ROUND) if task.annotator == "ann"]
    asked = [
        task.model_copy(update={"id": f"{name}-{task.id}", "annotator": name, "role": "adjudicator"})
        for name, of in (("lea", tasks), ("max", tasks[:3]))
        for task in of
    ]
    rows = [*load_tasks(workspace, ROUND), *asked]
    write_jsonl(workspace.round(ROUND) / "tasks.jsonl", (task.model_dump(mode="json") for task in rows))
    decided = [pulled(task, answer("a"), at="2026-03-08T10:00:00Z") for task in asked[:2]]
    write_jsonl(workspace.round(ROUND) / "annotations.jsonl", (one.model_dump(mode="json") for one in decided))
    status = round_status(workspace, NOW, round=ROUND)
    shares = {one.annotator: (one.tasks, one.answered, one.settled, one.open) for one in status.people}
    assert shares == {"ann": (6, 0, 0, 6), "ben": (6, 0, 0, 6), "lea": (6, 2, 0, 4), "max": (3, 0, 2, 1)}
    assert (status.tasks, status.settled, status.open) == (21, 2, 17)
    assert bar(status.people[3].model_dump(), 9).plain == "▓▓▓▓▓▓░░░  66%"
