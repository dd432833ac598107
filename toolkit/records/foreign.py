"""A foreign JSON Lines file of answers, checked line by line. Nothing of it is stored; every bad line is named."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem
from toolkit.schema import Fault, Field, Schema, check_answer, fields_of

STEP = "validate"
_FARTHEST = 10_000_000
"""No passage is longer; a span that starts beyond must not make a text of that length."""


def check_file(model: type[Schema], path: Path) -> Iterator[tuple[Problem, ...]]:
    """Yield what is wrong with each line; an empty tuple for a good one.

    A row is an answer (field name to value), or has it under ``answer``. ``text`` is the passage that spans lie in;
    without it spans are checked against each other alone. Lines end at LF; blank ones are skipped.

    Raises:
        ToolkitError: ``INPUT-MISSING`` when the file cannot be opened.
    """
    if not path.is_file():
        raise ToolkitError(
            said(f"There is no file '{path}'.", f"没有文件 '{path}'。"),
            hint=said("Name a JSON Lines file: one answer a line.", "请指定 JSON Lines 文件：每行一个答案。"),
            code="INPUT-MISSING",
        )
    fields = fields_of(model)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _check_line(model, fields, line, f"{path.name}:{number}")


def _check_line(model: type[Schema], fields: tuple[Field, ...], line: bytes, where: str) -> tuple[Problem, ...]:
    try:
        row = _parse(line)
    except _RefusedError as refusal:
        return (_problem("ROW-JSON", where, refusal.found, refusal.expected, "Mend the line, or leave it out."),)
    answer = row["answer"] if isinstance(row.get("answer"), dict) else {k: v for k, v in row.items() if k != "text"}
    text = row.get("text")
    if text is not None and not isinstance(text, str):
        return (_invalid(where, Fault("text", type(text).__name__, "the passage as a string")),)
    checked = check_answer(model, answer, _text_of(fields, answer) if text is None else text)
    return tuple(_invalid(where, fault) for fault in checked) if isinstance(checked, tuple) else ()


class _RefusedError(Exception):
    """A line that is no JSON object; ``found`` quotes no more of it than a key."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


def _parse(line: bytes) -> dict[str, Any]:
    try:
        text = line.decode("utf-8").removeprefix("\ufeff")
        row = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise _RefusedError(f"bytes that are no UTF-8 at byte {error.start + 1}", "UTF-8") from error
    except UnicodeEncodeError as error:
        raise _RefusedError("half of a surrogate pair", "whole characters") from error
    except RecursionError as error:
        raise _RefusedError("values nested too deep", "one flat answer") from error
    except json.JSONDecodeError as error:
        raise _RefusedError(f"{error.msg} at column {error.colno}", "one JSON object") from error
    except ValueError as error:
        raise _RefusedError("a number with too many digits", "numbers that fit") from error
    if not isinstance(row, dict):
        raise _RefusedError("a list" if isinstance(row, list) else "a bare value", "one JSON object")
    return row


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _RefusedError(f"the key {twice[:40]!r} twice", "each key once")
    return row


def _no_constant(name: str) -> float:
    raise _RefusedError(name, "a finite number, or null")


def _text_of(fields: tuple[Field, ...], answer: dict[str, Any]) -> str:
    """Return a text in which the answer's spans lie, so that they are checked where no passage is given.

    Spans that contradict each other, or whose text is not as long as they are, fit no such text and come out as
    faults.
    """
    spans = [
        span
        for field in fields
        if field.kind == "spans" and isinstance(answer.get(field.name), list)
        for span in answer[field.name]
        if isinstance(span, dict) and isinstance(span.get("text"), str) and type(span.get("start")) is int
    ]
    placed: dict[int, str] = {}
    for span in spans:
        if 0 <= span["start"] < _FARTHEST:
            placed |= {span["start"] + at: character for at, character in enumerate(span["text"])}
    return "".join(placed.get(at, " ") for at in range(max(placed, default=-1) + 1))


def _invalid(where: str, fault: Fault) -> Problem:
    at = f"{where}, field {fault.field}" if fault.field else where
    return _problem("ROW-INVALID", at, fault.found, fault.expected, "Mend the answer on this line.")


def _problem(code: str, where: str, found: str, expected: str, hint: str) -> Problem:
    return Problem(code=code, step=STEP, where=where, found=found, expected=expected, hint=hint)
