"""The next round as tables: what was chosen and why, from which strata, and what its labels would likely change."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from toolkit.console.tables import table_of
from toolkit.console.words import plain
from toolkit.language import language, said

Shown = Mapping[str, Any]

_STRATA: Final = 12


def next_round(out: Console, shown: Shown) -> None:
    """Print the first of the chosen passages, the shares of the strata and the stopping rule."""
    out.print(_chosen(shown))
    if more := shown["chosen"] - len(shown["first"]):
        out.print(Text(said(f"… and {more} more: {shown['file']}", f"…另有 {more} 个：{shown['file']}"), "dim"))
    out.print(_strata(shown["strata"]))
    if shown["chosen"] < shown["size"]:
        text = said(
            f"Only {shown['chosen']} are left; {shown['size']} were asked for.",
            f"只剩 {shown['chosen']} 个；请求了 {shown['size']} 个。",
        )
        out.print(Text(text, "yellow"))
    left, asked, twins = shown["left"] - shown["chosen"], shown["asked"], shown["twins"]
    out.print(
        Text(
            said(
                f"{shown['chosen']} chosen, {left} stay open, {asked} were asked before, {twins} are twins of others",
                f"已选 {shown['chosen']} 个，剩余 {left} 个，此前已问 {asked} 个，另有 {twins} 个与其他段落重复",
            )
        )
    )
    for line in outlook_lines(shown["outlook"]):
        out.print(Text(plain(line)))
    out.print(Text(advice(shown["outlook"]), "bold"))
    out.print(Text(plain(shown["file"]), "cyan"))


def _chosen(shown: Shown) -> Table:
    table = table_of("rank", "stratum", "reason", "excerpt", right=("rank",))
    for row in shown["first"]:
        reason = row["reason_zh"] if language() == "zh" else row["reason"]
        table.add_row(str(row["rank"]), plain(row["stratum"]), reason, plain(row["excerpt"]))
    return table


def _strata(strata: Mapping[str, Shown]) -> Table:
    """Return the strata with the most open passages; the rest in one line."""
    figures = ("open", "chosen", "share")
    table = table_of("stratum", *figures, right=figures)
    every = sum(one["chosen"] for one in strata.values())
    ordered = sorted(strata, key=lambda name: (-strata[name]["open"], name))
    for name in ordered[:_STRATA]:
        table.add_row(plain(name), *_counted(strata[name]["open"], strata[name]["chosen"], every))
    if rest := ordered[_STRATA:]:
        left, chosen = (sum(strata[name][column] for name in rest) for column in ("open", "chosen"))
        table.add_row(said(f"{len(rest)} others", f"其余 {len(rest)} 层"), *_counted(left, chosen, every))
    return table


def _counted(left: int, chosen: int, every: int) -> tuple[str, str, str]:
    return str(left), str(chosen), f"{chosen / every:.0%}"


def outlook_lines(outlook: Shown) -> Iterator[str]:
    """Yield the figures of the stopping rule, a line each."""
    yield said(
        f"What {outlook['more']} more labels would likely change ({outlook['labelled']} passages are labelled):",
        f"再标 {outlook['more']} 个段落可能带来的变化（已标注 {outlook['labelled']} 个）：",
    )
    for field, one in outlook["precision"].items():
        if one["half_width"] is not None:
            yield f"  {field}: {one['measure']} {one['value']:.3f} ± {one['half_width']:.3f} → ± {one['after']:.3f}"
    for field, one in outlook["shares"].items():
        share = said(f"share of '{one['label']}'", f"“{one['label']}”的占比")
        yield f"  {field}: {share} {one['share']:.1%} → ± {one['by']:.1%}"
    for field, one in outlook["unseen"].items():
        unused = len(one["unused"])
        yield said(
            f"  {field}: chance that the next label is a new one {one['chance']:.1%}; {unused} labels never given",
            f"  {field}：下一个标签为新标签的概率 {one['chance']:.1%}；{unused} 个标签从未出现",
        )
    yield from _coverage(outlook["coverage"])


def _coverage(one: Shown) -> Iterator[str]:
    if one["farthest"] is not None and one["farthest_after"] is not None:
        yield said(
            f"  coverage: farthest {one['farthest']:.2f} → {one['farthest_after']:.2f}, "
            f"mean distance {one['mean']:.3f} → {one['mean_after']:.3f}",
            f"  覆盖：最远 {one['farthest']:.2f} → {one['farthest_after']:.2f}，"
            f"平均距离 {one['mean']:.3f} → {one['mean_after']:.3f}",
        )
    if one["within"] is not None and one["within_after"] is not None:
        yield said(
            f"  coverage: as near as labelled ones are to each other {one['within']:.1%} → {one['within_after']:.1%}",
            f"  覆盖：与已标注段落彼此一样近的 {one['within']:.1%} → {one['within_after']:.1%}",
        )


def advice(outlook: Shown) -> str:
    """Return the stopping rule's one line."""
    if outlook["verdict"] == "too_little":
        return said(
            f"Too little to say: {outlook['labelled']} passages are labelled.",
            f"数据太少，无法判断：仅有 {outlook['labelled']} 个段落已标注。",
        )
    figure = f"{_CHANGES[outlook['largest']['of']](outlook['largest']['field'])} {outlook['largest']['by']:.1%}"
    if outlook["verdict"] == "go_on":
        return said(
            f"Go on. What {outlook['more']} more labels would likely change the most: {figure}.",
            f"建议继续。再标 {outlook['more']} 个，预计变化最大的是：{figure}。",
        )
    return said(
        f"Little left to gain: of all that {outlook['more']} more labels would likely change, the most is {figure}.",
        f"收益已小：再标 {outlook['more']} 个，预计变化最大的也只有：{figure}。",
    )


_CHANGES: Final[Mapping[str, Callable[[str], str]]] = {
    "precision": lambda field: said(f"{field}: agreement known more closely by", f"{field}：一致性的误差缩小"),
    "shares": lambda field: said(f"{field}: a label's share, by", f"{field}：某标签占比变动"),
    "unseen": lambda field: said(
        f"{field}: chance that the next label is a new one", f"{field}：下一个标签为新标签的概率"
    ),
    "coverage": lambda _: said("coverage: more passages near labelled ones, by", "覆盖：靠近已标注段落的比例增加"),
}
