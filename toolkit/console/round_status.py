"""Where a round stands, as bars: who has answered and skipped how much, how fast, and when it will be done."""

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from toolkit.console.tables import table_of
from toolkit.console.words import plain, word
from toolkit.language import said

Shown = Mapping[str, Any]

_WIDTH: Final = 20
_SHORT: Final = 8
_NARROW: Final = 100
"""Columns of a terminal below which the bars are short."""
_FIGURES: Final = {"answered": 4, "skipped": 4, "open": 4, "seconds": 5, "pace": 4, "expected_end": 10}
"""The columns of figures, with what no narrow terminal may take from them."""
_PARTS: Final = (
    ("answered", "█", "green"),
    ("settled", "▓", "dim"),
    ("skipped", "▒", "yellow"),
    ("open", "░", "dim"),
)


def round_status(out: Console, shown: Shown) -> None:
    """Print what the round asks, a row and a bar for each person, and one for all."""
    asks = {name: shown[name] for name in ("passages", "gold", "overlap") if shown[name]}
    named = ", ".join(f"{word(name)} {value}" for name, value in asks.items())
    out.print(Text.assemble((plain(shown["round"]), "bold"), f"  {plain(shown['schema_name'])}  {named}"))
    table = table_of("annotator")
    table.add_column("", no_wrap=True)
    for column, width in _FIGURES.items():
        table.add_column(_heading(column), justify="right", min_width=width, overflow="fold")
    width = _WIDTH if out.width >= _NARROW else _SHORT
    for person in shown["people"]:
        table.add_row(_name(person), bar(person, width), *_figures(person))
    if len(shown["people"]) > 1:
        table.add_row(Text(said("all", "全部"), "bold"), bar(shown, width), *_figures(shown), end_section=True)
    out.print(table, soft_wrap=False)
    if shown["settled"]:
        text = said(f"▓ {shown['settled']} decided by another person", f"▓ {shown['settled']} 个已由他人裁决")
        out.print(Text(text, "dim"))
    if shown["guideline_newer"]:
        out.print(Text(plain(shown["guideline_newer"]), "yellow"))


def _heading(column: str) -> str:
    """Return a column's heading; that a time is a median goes without saying where there is no room."""
    return {"seconds": said("seconds", "用时/秒"), "pace": said("a day", "每天")}.get(column) or word(column)


def bar(counts: Shown, width: int = _WIDTH) -> Text:
    """Return a bar of its parts and the share that is done; a part that is not empty shows at least once.

    >>> bar({"tasks": 200, "answered": 199, "skipped": 0, "open": 1}, 10).plain
    '█████████░  99%'
    """
    tasks = counts["tasks"]
    cells = {name: max(1, int(counts[name] * width / tasks)) if counts.get(name) else 0 for name, _, _ in _PARTS}
    longest = max(cells, key=lambda name: cells[name])
    cells[longest] += width - sum(cells.values())
    line = Text()
    for name, sign, style in _PARTS:
        line.append(sign * cells[name], style)
    return line.append(f" {int(100 * (tasks - counts['open']) / tasks):3}%")


def _name(person: Shown) -> Text:
    name = Text(plain(person["annotator"]))
    if person["role"] == "adjudicator":
        name.append(said(" decides", " 裁决"), "dim")
    elif person["left"]:
        name.append(said(" left", " 已退出"), "dim")
    return name


def _figures(counts: Shown) -> tuple[str, ...]:
    seconds, pace = counts["seconds"], counts["pace"]
    measured = ("-" if seconds is None else f"{seconds:g}", "-" if pace is None else f"{round(pace, 1):g}")
    return (*(str(counts[name]) for name in ("answered", "skipped", "open")), *measured, counts["expected_end"] or "-")
