"""The labelling screen on the server against the one that was sent: what annotators answer there, not how it looks.

The server lets anybody in the project change the screen, and accepts answers by whatever it asks then.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

_LOOKS: Final = frozenset(
    {
        "style",
        "className",
        "classname",
        "hotkey",
        "background",
        "selectedColor",
        "layout",
        "showInline",
        "showinline",
        "requiredMessage",
        "rows",
        "size",
        "idAttr",
        "hint",
    }
)
"""Attributes that change how a screen looks, not what can be answered or what an answer means."""
_SHOWN: Final = 4
"""Differences that are told one by one."""


class _Control(NamedTuple):
    """What is asked: a tag with a name, its settings, and its labels by the value that an answer carries."""

    tag: str
    settings: Mapping[str, str]
    labels: Mapping[str, str]


def differences(sent: str, there: str) -> list[str]:
    """Return what a labelling config on the server asks otherwise than the one that was sent; empty when nothing.

    White space, colours, hotkeys and the order of attributes are no difference. One that is no XML is one.

    Args:
        sent: the round's own labelling config.
        there: the project's.
    """
    wanted, found = _controls(sent), _controls(there)
    if found is None or wanted is None:
        return ["a labelling config that is no XML"]
    renamed = dict(_renamed(wanted, found))
    return [*_all_differences(wanted, found, renamed)]


def in_words(found: list[str]) -> str:
    """Return differences as one line, the first of them each."""
    more = len(found) - _SHOWN
    return "; ".join(found[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _controls(config: str) -> dict[str, _Control] | None:
    from lxml import etree

    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        root = etree.fromstring(config.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError, ValueError):
        return None
    found = {}
    for element in root.iter(etree.Element):
        name = _name(element)
        if name:
            settings = {key: value for key, value in _attributes(element) if key not in _LOOKS}
            found[name] = _Control(str(element.tag), settings, dict(_labels(element)))
    return found


def _name(element: Any) -> str | None:
    """Return the name of a tag that asks or shows something; there is one tag of relations, without a name."""
    name = "relations" if element.tag == "Relations" else element.get("name")
    return str(name) if name else None


def _attributes(element: Any) -> Iterator[tuple[str, str]]:
    return ((str(key), " ".join(str(value).split())) for key, value in element.attrib.items() if key != "name")


def _labels(element: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each label's value in answers and its wording; those of a tree by their path."""
    for child in element.iterchildren("Choice", "Label", "Relation", "View", "Header"):
        wording = " ".join(child.get("value", "").split())
        if child.tag in {"View", "Header"}:
            yield from _labels(child, above)
            continue
        value = above + (child.get("alias") or wording)
        yield value, wording
        yield from _labels(child, f"{value}/")


def _renamed(wanted: dict[str, _Control], found: dict[str, _Control]) -> Iterator[tuple[str, str]]:
    """Yield the controls that are there under another name only."""
    left = [name for name in found if name not in wanted]
    for name, control in wanted.items():
        same = [one for one in left if found[one] == control]
        if name not in found and len(same) == 1:
            left.remove(same[0])
            yield name, same[0]


def _all_differences(wanted: dict[str, _Control], found: dict[str, _Control], renamed: dict[str, str]) -> Iterator[str]:
    for name, control in wanted.items():
        if name in renamed:
            yield f"'{name}' is called '{renamed[name]}'"
        elif name not in found:
            yield f"'{name}' ({control.tag}) is gone"
        else:
            yield from _of_control(name, control, found[name])
    for name, control in found.items():
        if name not in wanted and name not in renamed.values():
            yield f"'{name}' ({control.tag}) is new"


def _of_control(name: str, wanted: _Control, found: _Control) -> Iterator[str]:
    if found.tag != wanted.tag:
        yield f"'{name}' is a {found.tag}, not a {wanted.tag}"
    for key in sorted(wanted.settings.keys() | found.settings.keys()):
        before, after = wanted.settings.get(key), found.settings.get(key)
        if before != after:
            yield f"'{name}': {key} is {after!r}, not {before!r}" if before else f"'{name}': {key} is {after!r}"
    gone = {value: text for value, text in wanted.labels.items() if value not in found.labels}
    new = {value: text for value, text in found.labels.items() if value not in wanted.labels}
    for value, wording in gone.items():
        now = [other for other, text in new.items() if text == wording]
        if len(now) == 1:
            del new[now[0]]
            yield f"'{name}': label '{value}' is called '{now[0]}'"
        else:
            yield f"'{name}': label '{value}' is gone"
    yield from (f"'{name}': label '{value}' is new" for value in new)
    for value in wanted.labels.keys() & found.labels.keys():
        if wanted.labels[value] != found.labels[value]:
            yield f"'{name}': label '{value}' reads otherwise"
