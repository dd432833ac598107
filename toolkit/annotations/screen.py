"""The labelling screen: a schema as Label Studio XML, and what a task's data has to hold for it.

The passage stays on the left while the fields scroll on the right. Wordings stand in English and Chinese together,
since annotators of one team may read either.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from toolkit.annotations.controls import (
    CANDIDATES,
    LEFT,
    PASSAGE,
    RIGHT,
    Palette,
    control_for,
    header,
    in_shown_order,
    literal,
    option,
    small,
)
from toolkit.annotations.dialogue import turn_data
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.passages import Passage
from toolkit.schema import Bilingual, Field, Schema, fields_of
from toolkit.tasks import Task

HEADING: Final = "heading"
ORIGIN: Final = "origin"
"""Not ``source``: the screen would show ``$source`` as its own copy of the whole item, answers included."""
TURNS: Final = "turns"
BEFORE: Final = "before"
AFTER: Final = "after"
FACTS: Final = "facts"

_COLUMNS: Final = "display: flex; gap: 28px; align-items: flex-start"
_LEFT: Final = "flex: 3; min-width: 0; position: sticky; top: 0; max-height: calc(100vh - 150px); overflow-y: auto"
_RIGHT: Final = "flex: 2; min-width: 0"
_NO_TIMES: Final = '[data-testid^="phrase:"] [class*="time"] { display: none }'
"""The editor gives each turn a time of 00:00:00, which would lie among the words that are marked across turns."""
_CLICK: Final = "Click the better one. · 请点击较好的一个。"
_APART: Final = "font-size: 13px; opacity: 0.6; margin: 4px 0"
_BESIDE: Final = "flex: 1; min-width: 0; border: 1px solid #d9d9d9; border-radius: 6px; padding: 8px; cursor: pointer"


class Neighbours(NamedTuple):
    """The texts of the passages before and after one, in the order of the document."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def labelling_config(model: type[Schema]) -> str:
    """Return the labelling config of a schema; the same schema gives the same bytes."""
    root = Element("View", {"style": _COLUMNS})
    _passage_view(SubElement(root, "View", {"style": _LEFT}), model)
    right = SubElement(root, "View", {"style": _RIGHT})
    palette = Palette()
    for group, fields in groupby(fields_of(model), key=lambda field: field.group):
        if group:
            right.append(header(group, "4"))
        right.extend(_field_view(field, palette) for field in fields)
    if model.shows.dialogue:
        for labels in list(root.iter("Labels")):
            labels.tag = "ParagraphLabels"
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def _passage_view(left: Element, model: type[Schema]) -> None:
    shows = model.shows
    left.append(header(model.title, "4"))
    for line in (literal(model.instruction.en), literal(model.instruction.zh), f"${ORIGIN}"):
        small(left, line)
    for name, wording in shows.metadata.items():
        small(left, f"{literal(Bilingual(*wording).both())}: ${FACTS}.{name}")
    left.append(Element("Header", {"value": f"${HEADING}", "size": "5"}))
    if shows.neighbours:
        _apart(left, BEFORE)
    if shows.dialogue:
        SubElement(left, "Style").text = _NO_TIMES
        names = {"nameKey": "speaker", "textKey": "words", "layout": "dialogue"}
        SubElement(left, "Paragraphs", {"name": PASSAGE, "value": f"${TURNS}", **names})
    else:
        SubElement(left, "Text", {"name": PASSAGE, "value": f"${PASSAGE}", "saveTextResult": "yes"})
    if shows.neighbours:
        _apart(left, AFTER)
    if any(field.kind == "preference" for field in fields_of(model)):
        small(left, _CLICK)
        beside = SubElement(left, "View", {"style": "display: flex; gap: 16px; margin-top: 16px"})
        for name in (LEFT, RIGHT):
            SubElement(SubElement(beside, "View", {"style": _BESIDE}), "Text", {"name": name, "value": f"${name}"})


def _apart(view: Element, name: str) -> None:
    """Add a neighbouring passage: to read, not to label."""
    SubElement(SubElement(view, "View", {"style": _APART}), "Text", {"name": name, "value": f"${name}"})


def _field_view(field: Field, palette: Palette) -> Element:
    """Return the view of a field; its condition stands on the view that directly holds the control."""
    condition = {}
    if field.when:
        condition = {
            "visibleWhen": "choice-selected",
            "whenTagName": field.when.field,
            "whenChoiceValue": ",".join(field.when.values),
        }
    view = Element("View", {"style": "margin-bottom: 20px", **condition})
    optional = "" if field.required else " (may be empty · 可留空)" if field.is_list else " (optional · 可选)"
    view.append(header(field.title, "5", optional))
    if field.hint:
        for hint in (field.hint.en, field.hint.zh):
            small(view, literal(hint))
    view.extend(control_for(field).xml(field, palette))
    return view


def task_data(
    model: type[Schema], task: Task, passage: Passage, around: Mapping[str, Neighbours] | None = None
) -> dict[str, Any]:
    """Return what goes into the ``data`` of a task's item in Label Studio.

    ``task_id`` is the key by which the item is known again; the rest is what the annotator sees.

    Args:
        model: the schema; it says what is shown beside the passage.
        task: whose item it is.
        passage: what is labelled.
        around: what ``neighbours_of`` returns.

    Raises:
        ToolkitError: ``CANDIDATES-MISSING`` when the passage's document lacks an answer to compare.
    """
    data: dict[str, Any] = {
        "task_id": task.id,
        PASSAGE: passage.text,
        HEADING: " › ".join(passage.heading),
        ORIGIN: _origin(passage),
    }
    shows = model.shows
    if shows.metadata:
        data[FACTS] = {name: str(passage.meta.get(name) or "–") for name in shows.metadata}
    if shows.dialogue:
        data[TURNS] = turn_data(passage.text)
    if shows.neighbours:
        before, after = (around or {}).get(passage.id, Neighbours())
        data |= {BEFORE: "\n\n".join(before) or " ", AFTER: "\n\n".join(after) or " "}
    if shows.candidates:
        data |= _candidates(model, passage)
    return data


def _candidates(model: type[Schema], passage: Passage) -> dict[str, Any]:
    names = in_shown_order(model.shows.candidates, passage.text)
    missing = [name for name in names if not isinstance(passage.meta.get(name), str)]
    if missing:
        raise ToolkitError(
            said(
                f"The passage {passage.id} has no candidate answer '{missing[0]}'.",
                f"段落 {passage.id} 没有候选回答“{missing[0]}”。",
            ),
            hint=said(
                "Candidates are metadata of the document: name them under documents.fields in toolkit.yaml (meta:), "
                "then ingest and segment again.",
                "候选回答来自文档元数据：请在 toolkit.yaml 的 documents.fields 中用 meta: 指定，然后重新导入并切分。",
            ),
            code="CANDIDATES-MISSING",
        )
    texts = [passage.meta[name] for name in names]
    data: dict[str, Any] = {}
    kinds = {field.kind for field in fields_of(model)}
    if "preference" in kinds:
        data |= dict(zip((LEFT, RIGHT), texts, strict=True))
    if "ranking" in kinds:
        data[CANDIDATES] = [{"id": option(place), "title": "", "body": text} for place, text in enumerate(texts)]
    return data


def neighbours_of(model: type[Schema], passages: Iterable[Passage]) -> Mapping[str, Neighbours]:
    """Return, by passage id, the texts around it in its document, as many as the schema shows; nothing for none."""
    most = model.shows.neighbours
    if not most:
        return {}
    by_view: dict[tuple[str, str], list[Passage]] = {}
    for passage in sorted(passages, key=lambda one: (one.start, one.end)):
        by_view.setdefault((passage.document, passage.view), []).append(passage)
    return {
        passage.id: Neighbours(_texts(row[max(0, place - most) : place]), _texts(row[place + 1 : place + 1 + most]))
        for row in by_view.values()
        for place, passage in enumerate(row)
    }


def _texts(passages: Sequence[Passage]) -> tuple[str, ...]:
    return tuple(passage.text for passage in passages)


def _origin(passage: Passage) -> str:
    """Return the line that says where a passage comes from: title or file, and pages."""
    name = str(passage.meta.get("title") or passage.meta.get("path") or passage.document)
    if passage.pages is None:
        return name
    first, last = passage.pages
    return f"{name} · p. {first}" if first == last else f"{name} · pp. {first}–{last}"
