"""Gold items: passages whose right answer is known. Every annotator answers them and nobody can tell them.

Which they are is settled when the round opens and kept beside it, never on the server: a gold item's task has the
data, the kind of prediction and the place in the order that any other might have.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.passages import Passage
from toolkit.schema import Fault, Schema, check_answer
from toolkit.workspace import Workspace, numbered_lines, read_jsonl, write_jsonl

FILE: Final = "gold.jsonl"
_SHOWN: Final = 5
"""Bad lines that an error names; the others are counted."""

GoldAnswers = dict[str, dict[str, Any]]
"""Passage id to its right answer, every field of the schema as JSON values; sorted by passage."""


def load_gold(workspace: Workspace, round_name: str) -> GoldAnswers:
    """Return a round's gold items; empty for a round without any."""
    return {row["passage"]: row["answer"] for row in read_jsonl(workspace.round(round_name) / FILE)}


def keep_gold(workspace: Workspace, round_name: str, gold: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a round's gold items, before the round is open."""
    path = workspace.round(round_name) / FILE
    if gold or path.is_file():  # a push with other gold, killed before it opened the round, may have left some
        write_jsonl(path, ({"passage": passage, "answer": answer} for passage, answer in gold.items()))


def gold_for(
    workspace: Workspace, round_name: str, model: type[Schema], passages: Mapping[str, Passage], file: Path | None
) -> GoldAnswers:
    """Return the gold items of a round that opens, out of a file, or of one that goes on, as it settled them.

    Raises:
        ToolkitError: ``GOLD-MISSING``, ``GOLD-INVALID``; ``ROUND-DIFFERS`` when the file holds other gold items than
            the open round.
    """
    if not workspace.has_round(round_name):
        return read_gold(file, model, passages) if file else {}
    settled = load_gold(workspace, round_name)
    if file and read_gold(file, model, passages) != settled:
        raise ToolkitError(
            said(
                f"The gold items of the open round '{round_name}' ({len(settled)}) are not those of '{file.name}'.",
                f"轮次 '{round_name}' 已开启，其 {len(settled)} 个标准答案题与 '{file.name}' 中的不同。",
            ),
            hint=said(
                "Leave out --gold: the round keeps its own. Other gold items are for a round of another name.",
                "请去掉 --gold：该轮次沿用原有的标准答案题。其他标准答案题请用新轮次。",
            ),
            code="ROUND-DIFFERS",
        )
    return settled


def read_gold(file: Path, model: type[Schema], passages: Mapping[str, Passage]) -> GoldAnswers:
    """Return the gold items of a JSON Lines file; lines end at LF, blank ones are skipped.

    A row names its passage by id (``passage``) or by its exact words (``text``; of several with the same words the
    lowest id), and has under ``answer`` what is right. Other keys are ignored, so a file of records will do.

    Args:
        file: the file.
        model: the schema that the answers have to fit.
        passages: the passages that may be sent, by id.

    Raises:
        ToolkitError: ``GOLD-MISSING``; ``GOLD-INVALID``, with what is wrong on which line.
    """
    if not file.is_file():
        raise ToolkitError(
            said(f"There is no file '{file}'.", f"没有文件 '{file}'。"),
            hint=said(
                "Name a JSON Lines file: passage (or text) and answer.",
                "请指定 JSON Lines 文件，每行含 passage（或 text）和 answer。",
            ),
            code="GOLD-MISSING",
        )
    by_text = {passages[id_].text: id_ for id_ in sorted(passages, reverse=True)}
    gold: GoldAnswers = {}
    line_of: dict[str, int] = {}
    faults: list[tuple[int, Fault]] = []
    for number, line in numbered_lines(file):
        read = _read(line, model, passages, by_text)
        if isinstance(read, tuple):
            faults += [(number, fault) for fault in read]
            continue
        ((passage, answer),) = read.items()
        if gold.setdefault(passage, answer) != answer:
            faults.append((number, Fault("answer", f"another answer than line {line_of[passage]}", "one right answer")))
        line_of.setdefault(passage, number)
    if faults or not gold:
        raise _invalid(file, faults)
    return {passage: gold[passage] for passage in sorted(gold)}


def _read(
    line: bytes, model: type[Schema], passages: Mapping[str, Passage], by_text: Mapping[str, str]
) -> GoldAnswers | tuple[Fault, ...]:
    """Return one line's gold item, or what is wrong with it."""
    try:
        row = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return (Fault("", "no JSON that can be read", "one JSON object in UTF-8"),)
    if not isinstance(row, dict) or not isinstance(row.get("answer"), dict):
        return (Fault("answer", "none, or no object", "field name to value"),)
    named, text = row.get("passage"), row.get("text")
    if named is None and text is None:
        return (Fault("passage", "neither passage nor text", "the id of a passage, or its exact text"),)
    passage = passages.get(str(named)) if named is not None else passages.get(by_text.get(str(text), ""))
    if passage is None:
        return (Fault("passage" if named is not None else "text", "no such passage", "one that push may send"),)
    if text is not None and text != passage.text:
        return (Fault("text", f"not the text of {passage.id}", "its exact text, or none"),)
    checked = check_answer(model, row["answer"], passage.text)
    return checked if isinstance(checked, tuple) else {passage.id: checked.model_dump(mode="json")}


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _told(faults: Iterable[tuple[int, Fault]]) -> Iterator[str]:
    for number, fault in faults:
        at = f"line {number}, {fault.field}" if fault.field else f"line {number}"
        yield f"{at}: {fault.found} (expected: {fault.expected})"


def _invalid(file: Path, faults: list[tuple[int, Fault]]) -> ToolkitError:
    if not faults:
        return _empty(file)
    lines = "; ".join(_told(faults[:_SHOWN]))
    more = f"; +{len(faults) - _SHOWN}" if len(faults) > _SHOWN else ""
    return ToolkitError(
        said(
            f"'{file.name}' cannot serve as gold: {lines}{more}.",
            f"'{file.name}' 不能用作标准答案题：{lines}{more}。",
        ),
        hint=said("Mend these lines; nothing was opened or sent.", "请修正这些行；尚未开启轮次，也未发送任何内容。"),
        code="GOLD-INVALID",
    )


def _empty(file: Path) -> ToolkitError:
    return ToolkitError(
        said(f"'{file.name}' holds no gold item: it is empty.", f"'{file.name}' 中没有标准答案题：文件为空。"),
        hint=said(
            "Write one JSON object a line, with passage (or text) and answer; or leave out --gold.",
            "请每行写一个 JSON 对象，含 passage（或 text）和 answer；或去掉 --gold。",
        ),
        code="GOLD-INVALID",
    )
