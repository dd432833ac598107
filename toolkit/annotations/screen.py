"""The labelling screen: a schema as Label Studio XML, and what a task's data has to hold for it.

The passage stays on the left while the fields scroll on the right. Wordings stand in English and Chinese together,
since annotators of one team may read either.
"""

from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from toolkit.annotations.controls import KEYS, PASSAGE, control_for, literal
from toolkit.passages import Passage
from toolkit.schema import Field, Schema, fields_of
from toolkit.tasks import Task

HEADING: Final = "heading"
ORIGIN: Final = "origin"
"""Not ``source``: the screen would show ``$source`` as its own copy of the whole item, answers included."""

_COLUMNS: Final = "display: flex; gap: 28px; align-items: flex-start"
_LEFT: Final = "flex: 3; min-width: 0; position: sticky; top: 0; max-height: calc(100vh - 150px); overflow-y: auto"
_RIGHT: Final = "flex: 2; min-width: 0"
_SMALL: Final = "font-size: 13px; font-weight: 400; line-height: 1.4; opacity: 0.75; margin: 0 0 4px 0"


def labelling_config(model: type[Schema]) -> str:
    """Return the labelling config of a schema; the same schema gives the same bytes."""
    root = Element("View", {"style": _COLUMNS})
    left = SubElement(root, "View", {"style": _LEFT})
    SubElement(left, "Header", {"value": literal(model.title.both()), "size": "4"})
    for line in (literal(model.instruction.en), literal(model.instruction.zh), f"${ORIGIN}"):
        SubElement(left, "Header", {"value": line, "size": "6", "style": _SMALL})
    SubElement(left, "Header", {"value": f"${HEADING}", "size": "5"})
    SubElement(left, "Text", {"name": PASSAGE, "value": f"${PASSAGE}", "saveTextResult": "yes"})
    right = SubElement(root, "View", {"style": _RIGHT})
    keys = iter(KEYS)
    for field in fields_of(model):
        right.append(_field_view(field, keys))
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def _field_view(field: Field, keys: Iterator[str]) -> Element:
    view = Element("View", {"style": "margin-bottom: 20px"})
    optional = "" if field.required else " (may be empty · 可留空)" if field.is_list else " (optional · 可选)"
    SubElement(view, "Header", {"value": literal(field.title.both()) + optional, "size": "5"})
    if field.hint:
        for hint in (field.hint.en, field.hint.zh):
            SubElement(view, "Header", {"value": literal(hint), "size": "6", "style": _SMALL})
    view.append(control_for(field).xml(field, keys))
    return view


def task_data(task: Task, passage: Passage) -> dict[str, Any]:
    """Return what goes into the ``data`` of a task's item in Label Studio.

    ``task_id`` is the key by which the item is known again; the rest is what the annotator sees.
    """
    return {
        "task_id": task.id,
        PASSAGE: passage.text,
        HEADING: " › ".join(passage.heading),
        ORIGIN: _origin(passage),
    }


def _origin(passage: Passage) -> str:
    """Return the line that says where a passage comes from: title or file, and pages."""
    name = str(passage.meta.get("title") or passage.meta.get("path") or passage.document)
    if passage.pages is None:
        return name
    first, last = passage.pages
    return f"{name} · p. {first}" if first == last else f"{name} · pp. {first}–{last}"
