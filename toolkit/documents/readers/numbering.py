"""Word's automatic numbers: "2.1" and "第三条" stand in a DOCX as list settings, not as text.

Without them a contract's clauses lose the names by which they refer to each other. Bullets count as no number.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_HAN_DIGITS = "〇一二三四五六七八九"
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_CHINESE = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "chineseLegalSimplified",
        "ideographDigital",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
    }
)
_MOST = 9999
"""A counter beyond it is shown in plain digits, whatever its form."""


class Level(NamedTuple):
    """How one level of a list numbers its paragraphs: ``%1.%2`` with a form and a first number for each counter."""

    pattern: str
    form: str
    start: int


class Numbering:
    """Counts the numbered paragraphs of one document in reading order.

    Args:
        lists: the levels of each list by its ``numId``.
    """

    def __init__(self, lists: Mapping[str, Mapping[int, Level]]) -> None:
        self._lists = lists
        self._counts: dict[str, dict[int, int]] = {}

    def next(self, list_id: str, depth: int) -> str:
        """Return the number that the next paragraph of a list and level shows; empty for a bullet."""
        levels = self._lists.get(list_id, {})
        if depth not in levels:
            return ""
        counts = self._counts.setdefault(list_id, {})
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        if levels[depth].form in {"bullet", "none"}:
            return ""

        def shown(found: re.Match[str]) -> str:
            level = int(found[1]) - 1
            settings = levels.get(level)
            return written(counts.get(level, settings.start), settings.form) if settings else ""

        return re.sub(r"%([1-9])", shown, levels[depth].pattern)


def written(number: int, form: str) -> str:
    """Return a counter in one of Word's number forms.

    >>> [written(12, form) for form in ("decimal", "lowerLetter", "upperRoman", "chineseCounting")]
    ['12', 'l', 'XII', '十二']
    >>> written(28, "lowerLetter"), written(105, "chineseCountingThousand"), written(7, "decimalZero")
    ('bb', '一百零五', '07')
    """
    if not 0 < number <= _MOST:
        return str(number)
    if form.endswith("Letter"):
        letters = "abcdefghijklmnopqrstuvwxyz"[(number - 1) % 26] * ((number - 1) // 26 + 1)
        return letters.upper() if form.startswith("upper") else letters
    if form.endswith("Roman"):
        return _roman(number).upper() if form.startswith("upper") else _roman(number)
    if form in _CHINESE:
        return _chinese(number)
    return f"{number:02}" if form == "decimalZero" else str(number)


def _roman(number: int) -> str:
    letters = "m" * (number // 1000)
    number %= 1000
    letters += "d" * (number // 500)
    number %= 500
    for value, sign in _ROMAN:
        letters += sign * (number // value)
        number %= value
    return letters.replace("dcccc", "cm").replace("cccc", "cd")


def _chinese(number: int) -> str:
    text = ""
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += _HAN_DIGITS[digit] + sign
        elif text and number and not text.endswith("零"):
            text += "零"
    return text.removeprefix("一") if text.startswith("一十") else text


def lists_of(root: Any) -> dict[str, dict[int, Level]]:
    """Return the levels of each list from the root element of ``word/numbering.xml``."""
    abstract = {
        _attribute(element, "abstractNumId"): {
            int(_attribute(level, "ilvl") or 0): _level(level) for level in _children(element, "lvl")
        }
        for element in _children(root, "abstractNum")
    }
    lists: dict[str, dict[int, Level]] = {}
    for element in _children(root, "num"):
        levels = dict(abstract.get(_value(element, "abstractNumId"), {}))
        for override in _children(element, "lvlOverride"):
            depth = int(_attribute(override, "ilvl") or 0)
            for level in _children(override, "lvl"):
                levels[depth] = _level(level)
            if depth in levels and (start := _value(override, "startOverride")).isdigit():
                levels[depth] = levels[depth]._replace(start=int(start))
        lists[_attribute(element, "numId")] = levels
    return lists


def _level(element: Any) -> Level:
    start = _value(element, "start")
    return Level(
        _value(element, "lvlText"), _value(element, "numFmt") or "decimal", int(start) if start.isdigit() else 1
    )


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if isinstance(child.tag, str) and child.tag.rpartition("}")[2] == name]


def _attribute(element: Any, name: str) -> str:
    """An attribute by its local name: strict and transitional files use different namespaces."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return ""


def _value(element: Any, name: str) -> str:
    for child in _children(element, name):
        return _attribute(child, "val")
    return ""
