"""What rounds and runs found, as tables: agreement with its interval, what is learned of a row, the verdict."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from toolkit.console.tables import table_of
from toolkit.console.words import plain, word
from toolkit.console.wrapping import wrapped
from toolkit.language import said

Shown = Mapping[str, Any]


def agreement(out: Console, shown: Shown) -> None:
    """Print each field's measures; one that is undefined says why. Then people, counts, and what to do next."""
    out.print(measures({said("all", "全部"): shown["overall"]} | shown["fields"], "field"))
    for table in _people(shown):
        out.print(table)
    differ, compared, invalid = len(shown["disagreements"]), shown["compared"], shown["invalid"]
    text = said(f"{differ} of {compared} passages differ", f"{compared} 个段落中 {differ} 个有分歧")
    decided = said(f", {shown['decided']} decided", f"，已裁决 {shown['decided']} 个") if shown["decided"] else ""
    answers = "answer" if invalid == 1 else "answers"
    out.print(Text(text + decided + said(f"; {invalid} invalid {answers}", f"；{invalid} 个无效回答")))
    for number, one in enumerate(shown["advice"], start=1):
        sentence(out, Text.assemble((f"{number}. ", "bold"), plain(said(one["en"], one["zh"]))))
        if one["command"]:
            out.print(Text(f"   {plain(one['command'])}", "cyan"))
    out.print(Text(plain(shown["report"].replace(".json", ".html")), "cyan"))


def sentence(out: Console, line: Text) -> None:
    """Print a sentence: on a terminal its words stay whole, elsewhere it stays one line."""
    for part in wrapped(line, out.width) if out.is_terminal else (line,):
        out.print(part)


def measures(of: Mapping[str, Mapping[str, Shown]], column: str) -> Table:
    """Return a table of figures: a group of rows for each key of the first level, a row for each of the second."""
    table = table_of(column, "measure", "value", "95 %", "units", right=("value", "units"))
    for group, figures in of.items():
        told = {name: figure for name, figure in figures.items() if figure["undefined"] != "not two raters"}
        for place, (name, figure) in enumerate(told.items()):
            told_once = "" if place else plain(group)
            table.add_row(told_once, name, value_of(figure), interval_of(figure), str(figure["units"]))
    return table


def _people(shown: Shown) -> list[Table]:
    """Return each annotator's counts, agreement with the others, and what was right on gold items, field by field."""
    rows = shown["annotators"]
    names = ("answered", "skipped", "open", "invalid", "seconds")
    counts = table_of("annotator", *names, right=names)
    for row in rows:
        counts.add_row(plain(row["annotator"]), *(_number(row[name]) for name in names))
    of = [row["reliability"] for row in rows]
    fields = list(of[0]["agreement"]) if of else []
    agreed = table_of("with the others", *(plain(row["annotator"]) for row in rows))
    for field in fields:
        agreed.add_row(plain(field), *(_number(one["agreement"][field], 2) for one in of))
    right = table_of("right on gold", *(plain(row["annotator"]) for row in rows))
    for field in fields:
        found = [one["gold"].get(field) for one in of]
        if any(found):
            right.add_row(plain(field), *(f"{one['value']:.2f} ({one['items']})" if one else "–" for one in found))
    return [counts, agreed, *([right] if right.row_count else [])]


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else str(value) if isinstance(value, int) else f"{value:.{digits}f}"


def verdict(out: Console, shown: Shown) -> None:
    """Print a run's verdict, with the control that it rests on."""
    out.print(Text.assemble((f"{word('verdict')}: ", "bold"), (shown["verdict"], "bold cyan"), f" ({shown['reason']})"))
    figures = shown["metrics"]
    if "rows" in figures:
        out.print(Text(", ".join(f"{name} {value}" for name, value in figures["rows"].items())))
    losses = ", ".join(f"{name} {value:.3f}" for name, value in figures.get("loss", {}).items())
    out.print(Text(said(f"held-out loss: {losses}", f"留出损失：{losses}")))
    if gap := figures.get("gap"):
        interval = f"{gap['low']:.3f} – {gap['high']:.3f}" if gap["low"] is not None else "–"
        text = said("shuffled minus true, paired", "打乱减真实（配对）")
        out.print(Text(f"{text}: {gap['value']:.3f} (95 %: {interval}, n = {gap['units']})"))
    out.print(Text(f"data/runs/{plain(shown['run'])}/report.html", "cyan"))


def value_of(figure: Shown) -> Text:
    """Return a figure to three digits, or why there is none."""
    if figure["value"] is None:
        return Text(said("undefined: ", "无定义：") + word(figure["undefined"]), "dim")
    return Text(f"{figure['value']:.3f}")


def interval_of(figure: Shown) -> str:
    """Return the interval of 95 %, or a dash."""
    return "–" if figure["low"] is None else f"{figure['low']:.3f} – {figure['high']:.3f}"
