"""A result as lines and tables: its account and counts, and for some verbs a picture of their own."""

import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from toolkit.console.findings import agreement, verdict
from toolkit.console.next_round import next_round
from toolkit.console.preflight import preflight
from toolkit.console.progress import clear_progress
from toolkit.console.ratings import ratings
from toolkit.console.round_status import round_status
from toolkit.console.tables import table_of
from toolkit.console.votes import fallback_lines
from toolkit.console.words import plain, plain_json, sentence, word
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Result

Shown = dict[str, Any]

_COMMON = frozenset(Result.model_fields)
_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


def explain(error: ToolkitError, *, as_json: bool, verbose: bool) -> None:
    """Show a user error: what happened, then what to do; with ``--json`` also as an object on standard output."""
    if verbose:
        traceback.print_exception(error)
    if as_json:
        _print_object({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
    _err.print(
        Text.assemble((said("Error: ", "错误："), "bold red"), plain(error.message), (f"  [{error.code}]", "dim"))
    )
    _err.print(Text.assemble((said("Hint:  ", "建议："), "bold"), plain(error.hint)))


def print_json(result: Result) -> None:
    """Print a result as one JSON object."""
    _print_object(result.model_dump(mode="json"))


def _print_object(value: object) -> None:
    import json

    sys.stdout.write(plain_json(json.dumps(value, ensure_ascii=False, allow_nan=False)) + "\n")


def print_result(result: Result, verb: str) -> None:
    """Print what a verb did, its account, its problems and what comes next."""
    shown = result.model_dump(mode="json")
    if result.account:
        _out.print(sentence(result.account.sentence()), markup=False)
    _PICTURES.get(verb, _counts)(shown)
    if not result.changed and verb not in _LOOKS_ONLY:
        _out.print(Text(said("Nothing to do: all of it was done before.", "无需处理：之前已全部完成。"), "dim"))
    if result.problems:
        many = said("problem" if result.problems == 1 else "problems", "个问题")
        _out.print(Text(f"{result.problems} {many}: data/problems.jsonl", "yellow"))
    if result.waiting:
        _out.print(Text.assemble((said("Waiting: ", "等待："), "bold"), plain(result.waiting)))


def ask_policy(as_json: bool) -> str | None:
    """Ask for the privacy policy on a terminal; elsewhere leave it unset, and ``push`` refuses until it is chosen."""
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    import click

    question = said(
        "Which text may leave this workspace for Label Studio? 'none' sends it as extracted, personal data included; "
        "'later' leaves it open, and push refuses until it is chosen",
        "哪种文本可以离开工作区？'none' 按原文发送（含个人信息）；'later' 暂不选择，选择前 push 会拒绝",
    )
    answer: str = click.prompt(question, type=click.Choice(["none", "later"]), default="later")
    return None if answer == "later" else answer


def _counts(shown: Shown) -> None:
    account = shown["account"] or {"noun": "", "into": {}}
    for name, value in shown.items():
        # What the account says, and counts of nothing, would only be read twice.
        if name in _COMMON or name == account["noun"] or name in account["into"] or value in (None, 0, {}, []):
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{word(str(key))} {part}" for key, part in value.items())  # noqa: PLW2901 - shown, not kept
        elif isinstance(value, list):
            value = ", ".join(map(str, value))  # noqa: PLW2901 - the same
        _out.print(Text.assemble((f"{word(name)}: ", "bold"), plain(value)))


def _cell(value: object) -> Text:
    return Text(plain(value))


_WIDEST = 60
_EFFECTS = {"answers stay valid": "green", "answers become problems": "red"}
_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def _doctor(shown: Shown) -> None:
    table = table_of("", "name", "found", "hint")
    for check in shown["checks"]:
        table.add_row(Text(*_MARKS[check["state"]]), _cell(check["name"]), _cell(check["found"]), _cell(check["hint"]))
    _out.print(table)


def _status(shown: Shown) -> None:
    _out.print(Text.assemble((f"{word('workspace')}: ", "bold"), plain(shown["workspace"])))
    table = table_of("noun", "")
    for noun, count in shown["counts"].items():
        table.add_row(_cell(word(noun)), Text(str(count), justify="right"))
    for code, count in shown["problem_codes"].items():
        table.add_row(Text(code, "yellow"), Text(str(count), justify="right"))
    _out.print(table)
    _out.print(Text.assemble((said("next: ", "下一步："), "bold"), shown["next"]))


def _schemas(shown: Shown) -> None:
    table = table_of("name", "title", "", "version", "where")
    for found in shown["schemas"]:
        columns = ("name", "title_en", "title_zh", "version", "where")
        table.add_row(*(_cell(found[column] or "-") for column in columns))
    _out.print(table)


def _schemas_diff(shown: Shown) -> None:
    if not shown["changes"]:
        _out.print(Text(said("Nothing changed: the same version.", "没有变化：版本相同。")))
        return
    table = table_of("field", "change", "before", "after", "effect")
    for change in shown["changes"]:
        effect = Text(word(change["effect"]), _EFFECTS.get(change["effect"], "yellow"))
        columns = (_cell(textwrap.shorten(change[name], _WIDEST)) for name in ("field", "change", "before", "after"))
        table.add_row(*columns, effect)
    _out.print(table)
    _lines(said("To declare in the newer file:", "请在新文件中声明："), [shown["declare"]] if shown["declare"] else [])


def _users(shown: Shown) -> None:
    table = table_of("name", "email")
    for user in shown["users"]:
        table.add_row(_cell(user["name"]), _cell(user["email"]))
    _out.print(table)


def _text(shown: Shown) -> None:
    sys.stdout.write(shown["text"] if shown["text"].endswith("\n") else shown["text"] + "\n")


_STATES = {"done": "green", "unchanged": "dim", "skipped": "dim", "waiting": "bold yellow"}
_STEP_WIDTH = 36


def told(report: Any) -> None:
    """Print one step of a recipe as soon as it is done: what it is, what went in and came out, its problems."""
    clear_progress()
    line = Text.assemble(f"{plain(report.step):{_STEP_WIDTH}} ", (f"{word(report.state):10} ", _STATES[report.state]))
    line.append(plain(sentence(report.account or _headline(report.result))))
    if report.problems:
        line.append(f"  {report.problems} {word('problems')}", "yellow")
    _err.print(line)


def _headline(result: Mapping[str, Any]) -> str:
    """Return the first telling value of a result that has no account: an address, a verdict, a path."""
    return next((f"{word(name)} {result[name]}" for name in ("url", "verdict", "run") if result.get(name)), "")


def _run(shown: Shown) -> None:
    states = [step["state"] for step in shown["steps"]]
    counted = ", ".join(f"{states.count(state)} {word(state)}" for state in _STATES if state in states)
    _out.print(Text.assemble((plain(shown["recipe"]), "bold"), f": {counted}"))


def _demo(shown: Shown) -> None:
    if shown["workspace"] is None:
        _lines(said("Would read:", "将读取："), shown["documents"])
        _lines(said("Would run:", "将执行："), [step["step"] for step in shown["steps"]])
    else:
        _found(shown["steps"])
    _lines(said("Planted and expected:", "植入且应发现："), shown["planted"])
    if shown["lineage"]:
        _out.print(Text(said("One training row, traced:", "一条训练数据的来历："), "bold"))
        _trace(shown["lineage"])
    places = {said("Workspace:", "工作区："): shown["workspace"], "Label Studio:": shown["address"]}
    for title, value in {**places, said("Log-in:", "登录："): shown["log_in"]}.items():
        _lines(title, [value] if value else [])
    _lines(said("Try by hand:", "可以手动尝试："), shown["try_next"])


def _found(steps: Iterable[Shown]) -> None:
    for step in steps:
        if step["step"].startswith("round report"):
            _agreement(step["result"])
        elif step["step"].startswith("train") and step["result"]["reason"] != "no_control":
            _verdict(step["result"])


def _lines(title: str, lines: Sequence[str]) -> None:
    if lines:
        _out.print(Text(title, "bold"))
    for line in lines:
        _out.print(Text(f"  {plain(line)}"))


def _trace(shown: Shown) -> None:
    tree = Tree(_link(shown["itself"], "bold"))
    for name, links in ((said("made from", "来源"), shown["back"]), (said("made into", "去向"), shown["forward"])):
        branch = tree.add(Text(name, "bold")) if links else None
        for link in links if branch else ():
            assert branch is not None
            branch.add(_link(link, ""))
    _out.print(tree, soft_wrap=False)


def _link(link: Mapping[str, Any], style: str) -> Text:
    facts = {name: value for name, value in link["facts"].items() if value not in (None, "", [], (), {})}
    spans = facts.pop("spans", [])
    line = Text.assemble((f"{word(link['noun'])} ", "cyan"), (plain(link["id"]), style or "bold"))
    for name, value in facts.items():
        told = ", ".join(f"{part} {each}" for part, each in value.items()) if isinstance(value, dict) else value
        line.append(f"  {word(name)} ", "dim").append(plain(told))
    for span in spans:
        line.append(f"\n    {span['field']}/{span['label']} {span['start']}:{span['end']} ", "dim")
        line.append(plain(span["text"]))
    return line


def _agreement(shown: Shown) -> None:
    agreement(_out, shown)


def _verdict(shown: Shown) -> None:
    verdict(_out, shown)


def _validate(shown: Shown) -> None:
    _counts({name: value for name, value in shown.items() if name != "fallbacks"})
    _lines(said("By majority, not by weighted votes:", "按多数而非加权投票："), fallback_lines(shown))


_PICTURES: Mapping[str, Callable[[Shown], None]] = {
    "doctor": _doctor,
    "status": _status,
    "schemas list": _schemas,
    "schemas diff": _schemas_diff,
    "studio user list": _users,
    "schemas show": _text,
    "round report": _agreement,
    "round status": lambda shown: round_status(_out, shown),
    "round next": lambda shown: next_round(_out, shown),
    "agreement": lambda shown: ratings(_out, shown),
    "preflight": lambda shown: preflight(_out, shown),
    "train": _verdict,
    "run": _run,
    "demo": _demo,
    "trace": _trace,
    "validate": _validate,
}
_LOOKS_ONLY = frozenset(
    {
        "agreement",
        "doctor",
        "status",
        "schemas list",
        "schemas show",
        "schemas check",
        "schemas diff",
        "trace",
        "studio status",
        "studio open",
        "studio user list",
        "round list",
        "round status",
    }
)
