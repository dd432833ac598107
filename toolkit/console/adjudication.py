"""Adjudication in a terminal: one disagreement after the other, decided by keys. What is decided is kept elsewhere."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from rich.console import Console
from rich.text import Text

from toolkit.console.case import (
    answer_lines,
    around_lines,
    compared_lines,
    first_disputed,
    letter,
    option_lines,
    passage_lines,
)
from toolkit.console.keys import Keys, keys_of_terminal
from toolkit.console.values import wording
from toolkit.console.words import plain
from toolkit.console.wrapping import wrapped
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.rounds.comparison import same_answer
from toolkit.rounds.merging import Merging, Option, options
from toolkit.studio.adjudication import AdjudicateResult
from toolkit.studio.sitting import Case, Sitting
from toolkit.workspace import Workspace

_KEYS: Final = "123456789acdeghijklmoptvwxyz"
"""Keys of what can be chosen in one field; the other letters are commands. Nothing is left open by 0."""
_LEAST: Final = 4
"""Lines of the passage that are shown at least."""
_REASON: Final = 500
"""Characters of a reason that are kept."""


def adjudicate_in_terminal(
    workspace: Workspace,
    *,
    round: str,
    by: str,
    screen: Console | None = None,
    key: Keys | None = None,
    line: Callable[[], str] | None = None,
) -> AdjudicateResult:
    """Ask about each disagreement until all are decided or the person leaves; say how the round stands then.

    Args:
        workspace: where the round is.
        round: the round's name; what was pulled counts.
        by: who decides.
        screen: where it is shown; standard error when None, so that a result can go elsewhere.
        key: reads a key; the terminal's when None.
        line: reads a line, for reasons; from standard input when None.

    Raises:
        ToolkitError: as opening the round raises.
    """
    sitting = Sitting(workspace, round=round, by=by)
    if sitting.cases:
        shown = screen or Console(stderr=True, highlight=False)
        _Desk(sitting, shown, key or keys_of_terminal(), line or sys.stdin.readline).work()
        shown.clear()
    return sitting.result()


class _Desk:
    """The screen and the keys; what is begun here, such as a reason, is lost with it, what is decided is not."""

    def __init__(self, sitting: Sitting, screen: Console, key: Keys, line: Callable[[], str]) -> None:
        self._sitting, self._screen, self._key, self._line = sitting, screen, key, line
        self._merging: Merging | None = None
        self._scroll: int | None = None
        self._reason: str | None = None
        self._message = Text()

    def work(self) -> None:
        """Show, read a key, act, until the person leaves; to interrupt is to leave."""
        with suppress(KeyboardInterrupt, EOFError):
            while True:
                self._show()
                key = self._key()
                if key == "q":
                    return
                self._message = Text()
                try:
                    self._act(key)
                except ToolkitError as refused:  # held by another run, or a full disk: nothing was decided
                    self._refuse(f"{refused.message} {refused.hint}")

    def _act(self, key: str) -> None:
        case = self._sitting.case
        if key in {"up", "down"}:
            self._scroll = (self._scroll or 0) + (self._page() if key == "down" else -self._page())
        elif case is not None and self._merging is not None:
            self._choose_in_field(case, self._merging, key)
        elif key in {"b", "n"}:
            self._go(-1 if key == "b" else 1)
        elif key == "u":
            undone = self._sitting.undo()
            self._begin_anew(said("Undone.", "已撤销。") if undone else said("Nothing to undo.", "没有可撤销的操作。"))
        elif case is not None:
            self._decide(case, key)

    def _decide(self, case: Case, key: str) -> None:
        place = _place_of(key, len(case.candidates))
        if place is not None:
            self._take(case, dict(case.candidates[place].value))
        elif key == "s":
            self._sitting.skip(self._reason)
            self._begin_anew(said("Skipped: of no use.", "已跳过：该段落无用。"))
        elif key == "f" and case.differing:
            self._merging = Merging(case.fields, [one.value for one in case.candidates])
        elif key == "r":
            self._ask_reason(case)
        else:
            self._refuse(said("No such key here.", "此处没有这个按键。"))

    def _take(self, case: Case, value: Mapping[str, object]) -> None:
        faults = self._sitting.take(value, self._reason)
        if not faults:
            self._begin_anew(said("Kept.", "已保存。"))
            return
        titles = {field.name: wording(field.title) for field in case.fields}
        told = (
            f"{titles.get(one.field, one.field) or said('answer', '答案')}: {one.found} → {one.expected}"
            for one in faults
        )
        self._refuse(said("The schema refuses this: ", "模式不接受此答案：") + "; ".join(told))

    def _choose_in_field(self, case: Case, merging: Merging, key: str) -> None:
        if key == "escape" or (key == "b" and not merging.back()):
            self._merging = None
            return
        field = merging.field
        chosen = next((one for name, one in _offered(case, merging) if name == key), None)
        if field is None or chosen is None:
            if key != "b":
                self._refuse(said("No such key here.", "此处没有这个按键。"))
            return
        merging.choose(chosen.value)
        if merging.field is None:
            self._merging = Merging(case.fields, [one.value for one in case.candidates])
            self._take(case, merging.answer)

    def _ask_reason(self, case: Case) -> None:
        self._screen.print(Text(said("Reason (Enter alone: none): ", "理由（直接回车表示无）："), "bold"), end="")
        try:
            told = " ".join(self._line().split())
        except (KeyboardInterrupt, EOFError, UnicodeDecodeError):
            return
        self._reason = "".join(one for one in told if one.isprintable())[:_REASON] or None
        if case.decided is None:
            return
        place = self._sitting.place  # what is decided already gets its reason now, and stays in sight
        if case.decided.value is None:
            self._sitting.skip(self._reason)
        else:
            self._take(case, case.decided.value)
        self._sitting.place = place

    def _go(self, by: int) -> None:
        self._sitting.move(by)
        self._begin_anew("")

    def _begin_anew(self, message: str) -> None:
        self._merging, self._scroll, self._reason = None, None, None
        self._message = Text(message, "bold green")

    def _refuse(self, message: str) -> None:
        self._message = Text(plain(message), "bold red")

    def _show(self) -> None:
        width, height = self._screen.size
        case = self._sitting.case
        head = [*self._head(width), Text("─" * width, "dim")]
        foot = [Text("─" * width, "dim"), *self._message_lines(width), *self._keys(width)]
        middle = [self._at_the_end()] if case is None else list(self._body(case, width))
        room = height - len(head) - len(middle) - len(foot) - 1
        passage = self._window(case, width, room) if case else []
        self._screen.clear()
        for one in (*head, *passage, *middle, *foot):
            self._screen.print(one, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)

    def _head(self, width: int) -> Iterator[Text]:
        sitting, total = self._sitting, len(self._sitting.cases)
        left = Text.assemble((plain(sitting.round), "bold"), " · ", plain(sitting.by))
        at = min(sitting.place + 1, total)
        count = said(f"{at} of {total} · {sitting.decided} decided", f"第 {at}/{total} 处 · 已裁决 {sitting.decided}")
        gap = max(1, width - left.cell_len - Text(count).cell_len)
        yield left.append(" " * gap).append(count, "bold")
        if (case := sitting.case) is not None:
            yield from wrapped(_standing(case, self._reason), width)

    def _window(self, case: Case, width: int, room: int) -> list[Text]:
        """Return as much of the passage as there is room for, beginning where the person has scrolled to."""
        lines = [*around_lines(case, width), *passage_lines(case, width), *compared_lines(case, width)]
        room = max(_LEAST, room)
        if len(lines) <= room:
            return lines
        room -= 1
        if self._scroll is None:
            self._scroll = first_disputed(lines) - room // 2
        top = self._scroll = max(0, min(self._scroll, len(lines) - room))
        below = len(lines) - room - top
        told = said(f"↑ {top} lines above · ↓ {below} below (space, -)", f"↑ 上 {top} 行 · ↓ 下 {below} 行（空格、-）")
        return [*lines[top : top + room], *wrapped(Text(told, "dim cyan"), width)]

    def _page(self) -> int:
        return max(1, self._screen.size.height // 3)

    def _body(self, case: Case, width: int) -> Iterator[Text]:
        yield Text("─" * width, "dim")
        if self._merging is None:
            yield from answer_lines(case, width)
            return
        field = self._merging.field
        if field is None:
            return
        place = self._merging.asked.index(field) + 1
        yield Text.assemble(
            said(f"Field {place} of {len(self._merging.asked)}: ", f"第 {place}/{len(self._merging.asked)} 个字段："),
            (wording(field.title), "bold yellow"),
        )
        yield from option_lines(case, field, _offered(case, self._merging), width)

    def _message_lines(self, width: int) -> list[Text]:
        return wrapped(self._message, width) if self._message else []

    def _keys(self, width: int) -> list[Text]:
        return wrapped(
            Text("   ").join(Text.assemble((key, "bold cyan"), f" {what}") for key, what in self._named()), width
        )

    def _named(self) -> Iterator[tuple[str, str]]:
        case = self._sitting.case
        if case is not None and self._merging is not None:
            yield "1-9…", said("choose", "选择")
            yield "b", said("back", "返回")
            yield "Esc", said("whole answers", "整份答案")
            yield "q", said("quit", "退出")
            return
        if case is not None:
            many = len(case.candidates)
            yield ("1" if many == 1 else f"1-{min(many, 9)}"), said("take this answer", "采用该答案")
            if case.differing:
                yield "f", said("field by field", "逐字段选择")
            yield "s", said("skip", "跳过")
            yield "r", said("reason", "理由")
        yield "b", said("back", "上一处")
        if case is not None:
            yield "n", said("next", "下一处")
        yield "u", said("undo", "撤销")
        yield "q", said("quit", "退出")

    def _at_the_end(self) -> Text:
        left = len(self._sitting.cases) - self._sitting.decided
        if left:
            told = said(f"The end; {left} are undecided: b looks back.", f"已到末尾；还有 {left} 处未裁决：按 b 回看。")
            return Text(told, "bold yellow")
        told = said("No disagreement is left: q ends, b looks back.", "没有剩余的分歧：按 q 结束，按 b 回看。")
        return Text(told, "bold green")


def _offered(case: Case, merging: Merging) -> list[tuple[str, Option]]:
    """Return what can be chosen in the field at hand, each with its key."""
    if merging.field is None:
        return []
    found = options(merging.field, [one.value for one in case.candidates])
    return list(zip(_KEYS, found, strict=False))


def _place_of(key: str, candidates: int) -> int | None:
    """Return which candidate a number or a capital letter means."""
    names = {str(place + 1): place for place in range(min(candidates, 9))}
    names |= {letter(place): place for place in range(candidates)}
    return names.get(key)


def _standing(case: Case, reason: str | None) -> Text:
    decided = case.decided
    if decided is None:
        line = Text(said("undecided", "未裁决"), "yellow")
    elif decided.value is None:
        line = Text(said("decided: of no use", "已裁决：无用"), "green")
    else:
        chosen = [
            letter(place)
            for place, one in enumerate(case.candidates)
            if same_answer(case.fields, one.value, decided.value)
        ]
        line = Text(said("decided: ", "已裁决：") + (chosen[0] if chosen else said("an answer of its own", "另一答案")))
        line.stylize("green")
    told = reason or (decided.reason if decided else None)
    return line.append(said(f" · reason: {plain(told)}", f" · 理由：{plain(told)}") if told else "", "default")
