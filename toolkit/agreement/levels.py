"""What a value of a file means at a level of measurement: a word, a place in an order, a number, a set of words."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from toolkit.agreement.rows import FileRow, refuse, shown
from toolkit.agreement.table import Value
from toolkit.errors import ToolkitError
from toolkit.language import said

Scale = Literal["nominal", "ordinal", "interval", "ratio", "set"]
"""Level of measurement, named as on the command line."""

_BETWEEN: Final = "|"
_EMPTY: Final = (
    "Leave the cell empty where a rating is missing, or choose another --level; words need --order low,medium,high.",
    "缺失的评分请留空，或改用其他 --level；文字等级请用 --order 低,中,高。",
)


def scale_of(rows: Sequence[FileRow], order: Sequence[str]) -> Scale:
    """Return the level of values that nobody named: sets where there is a list, places where there is an order."""
    if order:
        return "ordinal"
    listed = any(isinstance(row.value, list) or (isinstance(row.value, str) and _BETWEEN in row.value) for row in rows)
    return "set" if listed else "nominal"


def places_of(order: Sequence[str]) -> dict[str, int]:
    """Return the place of each word of an order, from 1.

    Raises:
        ToolkitError: ``RATINGS-ORDER`` when a word stands there twice.
    """
    if len(set(order)) < len(order):
        raise ToolkitError(
            said("--order names a value twice", "--order 中有重复的值"),
            hint=said("Name each value once, the lowest first.", "每个值只写一次，从低到高。"),
            code="RATINGS-ORDER",
        )
    return {word: place for place, word in enumerate(order, start=1)}


def is_missing(value: Any) -> bool:
    """Return whether a row says nothing. An empty list, or ``|`` in a table, is the answer that nothing applies."""
    return value is None or (isinstance(value, str) and not value.strip())


def value_at(scale: Scale, file: Path, row: FileRow, places: Mapping[str, int]) -> Value:
    """Return a row's value as a rating.

    Raises:
        ToolkitError: ``RATINGS-VALUE`` when it is none at this level; the message names the line.
    """
    if scale == "set":
        parts = row.value if isinstance(row.value, list) else _parts(row.value)
        return frozenset(_word(file, row, part) for part in parts)
    if scale == "nominal":
        return _word(file, row, row.value)
    if places:
        word = _word(file, row, row.value)
        if word not in places:
            known = ", ".join(map(shown, places))
            found = f"{shown(word)} is not in --order: {known}", f"{shown(word)} 不在 --order 中：{known}"
            hint = "Add it to --order at its place, or correct the file.", "请按次序加入 --order，或更正文件。"
            refuse(file, row.line, found, hint, "RATINGS-VALUE")
        return places[word]
    return _number(file, row, scale)


def _parts(value: Any) -> list[Any]:
    if not isinstance(value, str):
        return [value]
    return [part for part in value.split(_BETWEEN) if part.strip()]


def _word(file: Path, row: FileRow, value: Any) -> str:
    """Return a label; a number is the same label however it is written in JSON."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    if not text or any("\ud800" <= character <= "\udfff" for character in text):
        found = f"{shown(value)} is not a label", f"{shown(value)} 不是标签"
        hint = "A label is a text or a number; for lists use --level set.", "标签须为文字或数字；列表请用 --level set。"
        refuse(file, row.line, found, hint, "RATINGS-VALUE")
    return text


def _number(file: Path, row: FileRow, scale: Scale) -> float:
    number = _parsed(row.value)
    if number is None:
        found = f"{shown(row.value)} is not a number", f"{shown(row.value)} 不是数字"
        refuse(file, row.line, found, _EMPTY, "RATINGS-VALUE")
    if scale == "ratio" and number < 0:
        found = f"{shown(row.value)} is below zero, where a ratio means nothing", f"{shown(row.value)} 为负，比率无意义"
        hint = "Use --level interval.", "请用 --level interval。"
        refuse(file, row.line, found, hint, "RATINGS-VALUE")
    return number


def _parsed(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and "_" in value:  # Python's own notation
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
