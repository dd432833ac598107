"""JSON and JSON Lines: each row is a document, or the whole file where it is one object.

JSON is read strictly: no NaN, no trailing commas. Of a broken line only that line is lost. Lines end at line feeds
alone; other line separators belong to the strings around them.
"""

import json
import math
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from toolkit.documents.options import Options, Use
from toolkit.documents.readers.fields import (
    ROWS,
    Twice,
    implied_mapping,
    is_missing,
    mapped,
    no_mapping,
    row_text,
    shown_keys,
    too_many_rows,
    value_at,
)
from toolkit.documents.reading import Member
from toolkit.documents.refusal import Refused
from toolkit.workspace.settings import FieldMapping

_USES: Final[tuple[Use, ...]] = ("fields",)
_LONG_NUMBER: Final = 300
"""Digits from which on a number stays text: no one computes with it, and conversion takes quadratic time."""


def read_json(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield the rows of a JSON file at ``row=1``, ``row=2``, ...; one object alone is the document itself.

    Raises:
        Refused: ``DOC-BROKEN`` and ``DOC-DEPTH`` for what is no JSON, ``DOC-FIELDS`` without a mapping or where it
            finds no rows, ``DOC-EMPTY``, ``DOC-SIZE``.
    """
    text, known = row_text(data)
    value = loads(text)
    del text
    mapping = options.mapping(name)
    rows = _rows(value, mapping.items if mapping else None)
    if len(rows) > ROWS:
        raise too_many_rows()
    if not value or not rows:
        raise Refused("DOC-EMPTY", "JSON without a row")
    used = mapping or _implied(row for _, row in rows)
    for locator, row in rows:
        yield _member(locator, row, used, known)


def read_jsonl(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield the rows of a JSON Lines file at ``line=1``, ``line=2``, ..., blank lines counted but left out.

    Raises:
        Refused: ``DOC-FIELDS`` without a mapping, ``DOC-SIZE``.
    """
    text, known = row_text(data)
    if sum(1 for _ in _lines(text)) > ROWS:
        raise too_many_rows()
    used = options.mapping(name) or _implied(row for _, row in _parsed(text))
    for number, row in _parsed(text):
        yield _member(f"line={number}", row, used, known)


def loads(text: str) -> Any:
    """Parse strict JSON; numbers of many digits or beyond what a float holds stay text.

    Raises:
        Refused: ``DOC-DEPTH``, ``DOC-BROKEN``.
    """
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_real, parse_int=_whole
        )
    except RecursionError as error:
        raise Refused("DOC-DEPTH", "JSON nested too deep") from error
    except json.JSONDecodeError as error:
        raise Refused("DOC-BROKEN", f"JSON with an error at character {error.pos + 1:,}") from error
    except ValueError as error:
        raise Refused("DOC-BROKEN", "JSON with NaN or Infinity") from error


def _rows(value: Any, items: str | None) -> list[tuple[str, Any]]:
    if items is None and not isinstance(value, list):
        return [("", value)]
    found = value if items is None else value_at(value, items)
    if isinstance(found, list):
        return [(f"row={place}", row) for place, row in enumerate(found, 1)]
    where = "nothing" if is_missing(found) else "no list of rows"
    raise Refused("DOC-FIELDS", f"{where} under the key {shown_keys([items or ''])}")


def _implied(rows: Iterator[Any]) -> FieldMapping:
    """The mapping that the first row with keys makes obvious."""
    row = next((row for row in rows if isinstance(row, dict)), None)
    mapping = implied_mapping(row)
    if mapping is None:
        raise no_mapping(row)
    return mapping


def _member(locator: str, row: Any, mapping: FieldMapping, known: dict[str, Any]) -> Member:
    try:
        if isinstance(row, Refused):
            raise row
        return Member(locator, mapped(row, mapping, known), _USES)
    except Refused as refused:
        return Member(locator, refused, _USES)


def _parsed(text: str) -> Iterator[tuple[int, Any]]:
    """Each line's number and value, or why it has none."""
    for number, line in _lines(text):
        try:
            yield number, loads(line)
        except Refused as refused:
            yield number, refused


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start, number = 0, 1
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if line := text[start:end].strip(" \t\r\ufeff"):
            yield number, line
        start, number = end + 1, number + 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = dict(pairs)
    if len(found) != len(pairs):
        for key, value in pairs:
            if found[key] != value:
                found[key] = Twice()
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _real(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONG_NUMBER else digits
