"""What rounds and runs found, as tables: agreement with its interval, what is learned of a row, the verdict."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from toolkit.console.words import plain, word
from toolkit.language import said

Shown = Mapping[str, Any]


def agreement(out: Console, shown: Shown) -> None:
    """Print each field's measures; one that is undefined says why. Then people, counts, and what to do next."""
    out.print(measures(shown["fields"], "field"))
    out.print(_people(shown))
    differ, compared, invalid = len(shown["disagreements"]), shown["compared"], shown["invalid"]
    text = said(f"{differ} of {compared} passages differ", f"{compared} 个段落中 {differ} 个有分歧")
    decided = said(f", {shown['decided']} decided", f"，已裁决 {shown['decided']} 个") if shown["decided"] else ""
    out.print(Text(text + decided + said(f"; {invalid} invalid answers", f"；{invalid} 个无效回答")))
    for number, one in enumerate(shown["advice"], start=1):
        out.print(Text.assemble((f"{number}. ", "bold"), plain(said(one["en"], one["zh"]))))
        if one["command"]:
            out.print(Text(f"   {plain(one['command'])}", "cyan"))
    out.print(Text(plain(shown["report"].replace(".json", ".html")), "cyan"))


def measures(of: Mapping[str, Mapping[str, Shown]], column: str) -> Table:
    """Return a table of figures: a group of rows for each key of the first level, a row for each of the second."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in (column, "measure", "value", "95 %", "units"):
        table.add_column(word(name), justify="right" if name in {"value", "units"} else "left")
    for group, figures in of.items():
        for place, (name, figure) in enumerate(figures.items()):
            table.add_row(
                "" if place else plain(group), name, value_of(figure), interval_of(figure), str(figure["units"])
            )
    return table


def _people(shown: Shown) -> Table:
    """Return a row for each annotator: counts, and agreement with the others on each field."""
    fields = list(shown["annotators"][0]["agreement"]) if shown["annotators"] else []
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("annotator", "answered", "skipped", "open", "invalid", "seconds"):
        table.add_column(word(name), justify="left" if name == "annotator" else "right")
    for field in fields:
        table.add_column(plain(field), justify="right")
    for row in shown["annotators"]:
        counts = (row[name] for name in ("answered", "skipped", "open", "invalid", "seconds"))
        with_others = (row["agreement"][field] for field in fields)
        cells = ["–" if one is None else f"{one:.2f}" for one in with_others]
        table.add_row(plain(row["annotator"]), *("–" if one is None else str(one) for one in counts), *cells)
    return table


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


def preview(out: Console, shown: Shown) -> None:
    """Print one row with the learned part marked."""
    if not shown.get("preview"):
        return
    out.print(Text(said("One row; what is learned is green:", "一行样例；绿色部分会被学习："), "bold"))
    line = Text()
    for segment in shown["preview"]:
        line.append(plain(segment["text"]), "green" if segment["learned"] else "dim")
    out.print(line)


def value_of(figure: Shown) -> Text:
    """Return a figure to three digits, or why there is none."""
    if figure["value"] is None:
        return Text(said("undefined: ", "无定义：") + word(figure["undefined"]), "dim")
    return Text(f"{figure['value']:.3f}")


def interval_of(figure: Shown) -> str:
    """Return the interval of 95 %, or a dash."""
    return "–" if figure["low"] is None else f"{figure['low']:.3f} – {figure['high']:.3f}"
