"""Agreement in a file of ratings, as tables: the measures, then each value, each rater, each pair of raters."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from toolkit.console.findings import interval_of, value_of
from toolkit.console.tables import table_of
from toolkit.console.words import plain, word
from toolkit.language import said

Shown = Mapping[str, Any]

_WIDEST = 40
_ROWS = 20


def ratings(out: Console, shown: Shown) -> None:
    """Print what was measured on how much, then every figure; long tables end with how many rows JSON has more."""
    level = said(f"level {shown['level']}", f"测量层次：{shown['level']}")
    counts = ", ".join(f"{shown[name]} {word(name)}" for name in ("items", "units", "single", "pairs", "raters"))
    out.print(Text.assemble((plain(shown["file"]), "bold"), f"  {level}  ", (counts, "dim")))
    _print(out, ("measure",), [((name,), one) for name, one in shown["measures"].items()], 0)
    left = shown["left_out"]
    _print(
        out,
        (said("specific agreement", "各标签一致率"),),
        [((k,), v) for k, v in shown["labels"].items()],
        left["labels"],
    )
    raters = [((row["rater"],), row["percent_agreement"]) for row in shown["by_rater"]]
    _print(out, (said("rater, equal to others", "标注者与他人相同的比例"),), raters, left["by_rater"])
    pairs = [
        ((" – ".join(row["raters"]) if place == 0 else "", name), figure)
        for row in shown["by_pair"]
        for place, (name, figure) in enumerate(row["measures"].items())
    ]
    _print(out, (said("pair of raters", "标注者对"), "measure"), pairs, left["by_pair"])


def _print(out: Console, heads: Sequence[str], rows: Sequence[tuple[Sequence[str], Shown]], more: int) -> None:
    if not rows:
        return
    # A measure's name is there to be copied; why there is no value may wrap instead.
    table = table_of(*heads, "value", "95 %", "units", right=("value", "units"), whole=("measure", "95 %"))
    for names, figure in rows[:_ROWS]:
        cells = [Text(plain(textwrap.shorten(name, _WIDEST, placeholder="…"))) for name in names]
        table.add_row(*cells, value_of(figure), interval_of(figure), str(figure["units"]))
    out.print()
    out.print(table)
    if more := more + max(0, len(rows) - _ROWS):
        out.print(Text(said(f"and {more} more rows", f"另有 {more} 行"), "dim"))
