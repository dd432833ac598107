"""Word's automatic numbers: "2.1" and "第三条" stand in a DOCX as list settings, not as text.

Without them a contract's clauses lose the names by which they refer to each other. Bullets count as no number.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
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
    """How one level of a list numbers its paragraphs.

    Attributes:
        pattern: ``%1.%2`` and what stands around it.
        form, start: the counter's form and first number.
        legal: whether the counters of all levels are shown in plain digits here.
        restart: the level from 1 that sets this one back; 0: none does; None: any above.
        style: the paragraph style that is tied to this level.
    """

    pattern: str
    form: str
    start: int
    legal: bool = False
    restart: int | None = None
    style: str = ""


class NumberedList(NamedTuple):
    """One list.

    Attributes:
        counters: lists of one name here count on from each other.
        levels: by depth from 0.
        afresh: the depths that begin at their start again when this list is first used.
    """

    counters: str
    levels: Mapping[int, Level]
    afresh: frozenset[int] = frozenset()


class Numbering:
    """Counts the numbered paragraphs of one document in reading order.

    Args:
        lists: by ``numId``.
    """

    def __init__(self, lists: Mapping[str, NumberedList]) -> None:
        self._lists = lists
        self._counts: dict[str, dict[int, int]] = {}
        self._used: set[str] = set()

    def depth(self, list_id: str, style: str) -> int | None:
        """Return the level to which a list has tied a paragraph style."""
        levels = self._lists[list_id].levels if style and list_id in self._lists else {}
        return next((depth for depth, level in levels.items() if level.style == style), None)

    def next(self, list_id: str, depth: int) -> str:
        """Return the number that the next paragraph of a list and level shows; empty for a bullet."""
        numbered = self._lists.get(list_id)
        if numbered is None or depth not in numbered.levels:
            return ""
        levels, level = numbered.levels, numbered.levels[depth]
        counts = self._counts.setdefault(numbered.counters, {})
        if list_id not in self._used:
            self._used.add(list_id)
            for afresh in numbered.afresh:
                counts.pop(afresh, None)
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [other for other in counts if other > depth and _restarts(levels.get(other), depth)]:
            del counts[deeper]
        if level.form in {"bullet", "none"}:
            return ""

        def shown(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            settings = levels.get(at)
            form = "decimal" if level.legal else settings.form if settings else ""
            return written(counts.get(at, settings.start), form) if settings else ""

        return re.sub(r"%([1-9])", shown, level.pattern)


def _restarts(level: Level | None, above: int) -> bool:
    """Whether a paragraph of a level above sets this one back."""
    if level is None or level.restart is None:
        return True
    return above < level.restart


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


def lists_of(root: Any, styles: Mapping[str, str] = MappingProxyType({})) -> dict[str, NumberedList]:
    """Return the lists of a document from the root element of ``word/numbering.xml``.

    Args:
        root: the element.
        styles: the list that each numbering style stands for, by the style's id.
    """
    abstract = {_attribute(element, "abstractNumId"): element for element in _children(root, "abstractNum")}
    listed = {_attribute(element, "numId"): element for element in _children(root, "num")}
    lists: dict[str, NumberedList] = {}
    for key, element in listed.items():
        counters = _value(element, "abstractNumId")
        link = _value(abstract[counters], "numStyleLink") if counters in abstract else ""
        if link and styles.get(link) in listed:
            counters = _value(listed[styles[link]], "abstractNumId")
        levels = dict(_levels(abstract[counters])) if counters in abstract else {}
        lists[key] = NumberedList(counters, levels, _override(element, levels))
    return lists


def _override(element: Any, levels: dict[int, Level]) -> frozenset[int]:
    """Put a list's own settings into its levels; return the depths that it begins anew."""
    afresh = set()
    for override in _children(element, "lvlOverride"):
        depth = _number(_attribute(override, "ilvl"), 0)
        for level in _children(override, "lvl"):
            levels[depth] = _level(level)
        start = _value(override, "startOverride")
        if depth in levels and start.isdigit():
            levels[depth] = levels[depth]._replace(start=int(start))
            afresh.add(depth)
    return frozenset(afresh)


def _levels(element: Any) -> dict[int, Level]:
    return {_number(_attribute(level, "ilvl"), 0): _level(level) for level in _children(element, "lvl")}


def _level(element: Any) -> Level:
    restart = _value(element, "lvlRestart")
    legal = [_attribute(child, "val") not in {"0", "false", "off"} for child in _children(element, "isLgl")]
    return Level(
        _value(element, "lvlText"),
        _value(element, "numFmt") or "decimal",
        _number(_value(element, "start"), 1),
        any(legal),
        int(restart) if restart.isdigit() else None,
        _value(element, "pStyle"),
    )


def _number(text: str, default: int) -> int:
    return int(text) if text.isdigit() else default


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
