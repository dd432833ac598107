"""What preflight found: counts, the template's doing, every trainer's, and rows with the learned part marked."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from toolkit.console.tables import table_of
from toolkit.console.words import plain, word
from toolkit.language import said

Shown = Mapping[str, Any]


def preflight(out: Console, shown: Shown) -> None:
    """Print what a trainer would learn from a dataset."""
    for line in _counts(shown):
        out.print(line)
    if shown["faults"]:
        out.print(_faults(shown))
    out.print(_trainers(shown))
    out.print(
        Text(
            said(
                "What is learned is green, what is cut off is struck through:", "绿色部分会被学习，删除线部分会被截断："
            ),
            "bold",
        )
    )
    for preview in shown["previews"][:_PREVIEWS]:
        out.print(Text(" ".join((plain(preview["where"]), *preview["faults"])), "cyan"))
        out.print(_preview(preview))
    out.print(Text(f"data/preflight/{plain(shown['name'])}.html", "cyan"))


_PREVIEWS = 3


def _counts(shown: Shown) -> Iterator[Text]:
    yield Text(said(f"tokenizer: {plain(shown['tokenizer'])}", f"分词器：{plain(shown['tokenizer'])}"))
    for key in ("tokens", "learned"):
        if spread := shown[key]:
            figures = said(
                f"{spread['least']} – {spread['most']} a row, median {spread['median']}, {spread['total']} in all",
                f"每行 {spread['least']} – {spread['most']}，中位数 {spread['median']}，共 {spread['total']}",
            )
            yield Text.assemble((f"{word(key)}: ", "bold"), figures)
    cut, length, shortest = shown["cut"], shown["max_length"], shown["shortest_length"]
    yield Text(
        said(
            f"{cut} rows are cut at {length} tokens; {shortest} would lose no answer's end",
            f"{cut} 行在 {length} 个词元处被截断；长度 {shortest} 不会丢失任何答案结尾",
        ),
        "yellow" if shortest > length else "",
    )
    if shown["marked"]:
        yield Text(
            said(
                f"{shown['marked']} tokens are marked as the assistant's, for TRL's assistant_only_loss",
                f"模板将 {shown['marked']} 个词元标记为助手文本（供 TRL 的 assistant_only_loss 使用）",
            )
        )
    if effects := shown["template"]:
        yield from _effects(effects)


def _effects(effects: Shown) -> Iterator[Text]:
    begins, again = effects["begins"], effects["begins_again"]
    yield Text(
        said(f"the template begins each row with {effects['before']!r}", f"模板在每行开头加入 {effects['before']!r}"),
        "dim",
    )
    if again > 1:
        text = said(
            f"begin tokens: {begins}; encoded again with special tokens: {again}",
            f"起始词元：{begins}；再次编码并加入特殊词元时：{again}",
        )
        yield Text(text, "yellow")
    if not effects["ends"]:
        yield Text(said("the end token does not follow the answer", "答案之后没有结束词元"), "yellow")


def _faults(shown: Shown) -> Table:
    table = table_of("fault", "rows", "where", right=("rows",))
    for code, count in shown["faults"].items():
        places = shown["at_fault"][code]
        more = f" … +{count - len(places)}" if count > len(places) else ""
        table.add_row(Text(code, "yellow"), str(count), Text("\n".join(map(plain, places)) + more))
    return table


def _trainers(shown: Shown) -> Table:
    from toolkit.preflight import EFFECTS

    table = table_of("trainer", "max_length", "trained", "dropped", "learned", "silently", right=_NUMBERS)
    for view in shown["trainers"]:
        effects = (f"{count} × {said(EFFECTS[code].en, EFFECTS[code].zh)}" for code, count in view["effects"].items())
        numbers = (str(view[name]) for name in _NUMBERS)
        table.add_row(view["trainer"], *numbers, Text("\n".join(effects)))
    return table


_NUMBERS = ("max_length", "trained", "dropped", "learned")


def _preview(preview: Shown) -> Text:
    line = Text()
    for segment in preview["segments"]:
        style = "green" if segment["learned"] else "red strike" if segment["cut"] else "dim"
        line.append(_shortened(plain(segment["text"])), style)
    return line


_LONGEST = 400


def _shortened(text: str) -> str:
    """Return a text with its middle left out where it is long; the page has all of it."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"
