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
    """Print each field's measures; one that is undefined says why."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("field", "measure", "value", "95 %", "units"):
        table.add_column(word(column), justify="right" if column in {"value", "units"} else "left")
    for field, measures in shown["fields"].items():
        for place, (name, figure) in enumerate(measures.items()):
            table.add_row("" if place else field, name, _value(figure), _interval(figure), str(figure["units"]))
    out.print(table)
    differ, compared, invalid = len(shown["disagreements"]), shown["compared"], shown["invalid"]
    text = said(f"{differ} of {compared} passages differ", f"{compared} 个段落中 {differ} 个有分歧")
    out.print(Text(text + said(f"; {invalid} invalid answers", f"；{invalid} 个无效回答")))
    out.print(Text(plain(shown["report"].replace(".json", ".html")), "cyan"))


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


def _value(figure: Shown) -> Text:
    if figure["value"] is None:
        return Text(said("undefined: ", "无定义：") + str(figure["undefined"]), "dim")
    return Text(f"{figure['value']:.3f}")


def _interval(figure: Shown) -> str:
    return "–" if figure["low"] is None else f"{figure['low']:.3f} – {figure['high']:.3f}"
