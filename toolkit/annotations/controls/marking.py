"""Marking the passage: ``<Labels>``, with what is asked about each span, and arrows between spans."""

import colorsys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from toolkit.annotations.controls.choosing import Boolean, Choice, Choices
from toolkit.annotations.controls.control import (
    PASSAGE,
    Control,
    Given,
    Item,
    Palette,
    Read,
    fault,
    header,
    known,
    literal,
    small,
)
from toolkit.annotations.controls.writing import Date, Number, Rating, Text
from toolkit.annotations.repair import UnreadableError, mended
from toolkit.noun import digest
from toolkit.schema import Fault, Field, Kind, bare, shown, span_order

_JOINT: Final = "__"
_ABOUT_SPANS: Final[dict[Kind, Control]] = {
    "choice": Choice(),
    "choices": Choices(),
    "boolean": Boolean(),
    "text": Text(),
    "number": Number(),
    "rating": Rating(),
    "date": Date(),
}


def region_id(field: str, span: Mapping[str, Any]) -> str:
    """Return the identity of a span's region; it follows from field and span."""
    return digest([field, bare(span)])[:10]


def attribute_field(field: Field, attribute: Field) -> Field:
    """Return an attribute as its control knows it: under the field's name and its own."""
    return attribute.model_copy(update={"name": f"{field.name}{_JOINT}{attribute.name}"})


class Spans:
    """Labelled parts of the passage. Label Studio cannot require them; ``check_answer`` does."""

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag, each label with a colour of its own, and a tag about the selected span for each attribute."""
        labels = Element("Labels", {"name": field.name, "toName": PASSAGE, "showInline": "true"})
        for label in field.labels:
            shows = {"value": literal(label.title.both()), "alias": label.value}
            SubElement(labels, "Label", {**shows, "background": colour(next(palette.colours)), **palette.hotkey()})
        return [labels, *(_about_span(field, one, palette) for one in field.attributes)]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return an item for each span and for each answer about it; they share the region's identity."""
        return [item for span in value or [] for item in _span_items(field, span, text)]

    def read(self, field: Field, given: Given, text: str) -> Read:
        """Return the spans in the order of the text, each once, their offsets proven against the text."""
        spans: dict[tuple[int, int, str], dict[str, Any]] = {}
        repaired = 0
        faults: list[Fault] = []
        for number, item in enumerate(given.of(field.name), start=1):
            try:
                labels = known(field, item.value.get("labels"))
                found = mended(item.value, text)
            except UnreadableError as wrong:
                faults.append(fault(field, f"span {number}: {wrong}", field.expects(), wrong.code))
                continue
            about = _attributes(field, item, given, text)
            repaired += found.repaired + about.repaired
            faults += about.faults
            place = {"start": found.start, "end": found.end, "text": text[found.start : found.end]}
            for label in labels:
                span = place | {"label": label}
                given.regions.setdefault(item.id, span)
                key = span_order(span)
                repaired += key in spans
                if key in spans and spans[key] != span | about.value:
                    faults.append(fault(field, f"span {number}: other attributes", "one answer", "RESULT-TWICE"))
                spans[key] = span | about.value
        return Read([spans[key] for key in sorted(spans)], repaired, tuple(faults))


def _about_span(field: Field, attribute: Field, palette: Palette) -> Element:
    """Return the view with an attribute's control, seen while a span of the field is selected."""
    when = {"visibleWhen": "region-selected", "whenTagName": field.name}
    view = Element("View", {"style": "margin: 8px 0 0 16px", **when})
    view.append(header(attribute.title, "6", "" if attribute.required else " (optional · 可选)"))
    for hint in (attribute.hint.en, attribute.hint.zh) if attribute.hint else ():
        small(view, literal(hint))
    (control,) = _ABOUT_SPANS[attribute.kind].xml(attribute_field(field, attribute), palette)
    control.set("perRegion", "true")
    if control.tag == "Choices":
        control.attrib.update(when)
    else:  # only choices can tell one field's spans from another's; elsewhere all spans would insist
        for name in ("required", "requiredMessage"):
            control.attrib.pop(name, None)
    view.append(control)
    return view


def _span_items(field: Field, span: Mapping[str, Any], text: str) -> Iterator[dict[str, Any]]:
    place = {"start": span["start"], "end": span["end"], "text": span["text"]}
    region = {"id": region_id(field.name, span)}
    to_passage = {"from_name": field.name, "to_name": PASSAGE}
    yield {**region, **to_passage, "type": "labels", "value": {**place, "labels": [span["label"]]}}
    for attribute in field.attributes:
        named = attribute_field(field, attribute)
        for item in _ABOUT_SPANS[attribute.kind].write(named, span.get(attribute.name), text):
            yield {**item, **region, "value": place | item["value"]}


def _attributes(field: Field, region: Item, given: Given, text: str) -> Read:
    """Return what was answered about one region, every attribute by name."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    repaired = 0
    for attribute in field.attributes:
        named = attribute_field(field, attribute)
        about = Given({named.name: [item for item in given.of(named.name) if item.id == region.id]})
        if attribute.kind == "text":  # a region's own words lie under the same key
            about = Given({named.name: [item for item in about.of(named.name) if isinstance(item.value["text"], list)]})
        read = _ABOUT_SPANS[attribute.kind].read(named, about, text)
        values[attribute.name] = read.value
        repaired += read.repaired
        faults += [Fault(field.name, f"{attribute.name}: {one.found}", one.expected, one.code) for one in read.faults]
    return Read(values, repaired, tuple(faults))


class Relations:
    """Labelled arrows between spans: ``<Relations>``, of which Label Studio has one for all fields."""

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag. Its labels have no alias, so what comes back is the wording."""
        del palette
        relations = Element("Relations", {"choice": "single"})
        for label in field.labels:
            SubElement(relations, "Relation", {"value": literal(label.title.both())})
        return [relations]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return an item for each relation."""
        del text
        wordings = {label.value: literal(label.title.both()) for label in field.labels}
        return [
            {
                "type": "relation",
                "from_id": region_id(str(field.between), relation["head"]),
                "to_id": region_id(str(field.between), relation["tail"]),
                "direction": "right",
                "labels": [wordings[relation["label"]]],
            }
            for relation in value or []
        ]

    def read(self, field: Field, given: Given, text: str) -> Read:
        """Return the relations between spans that could be read, in the order of the text."""
        del text
        found: list[dict[str, Any]] = []
        faults: list[Fault] = []
        for number, item in enumerate(given.relations, start=1):
            try:
                found += _arrows(field, item.raw, given.regions)
            except UnreadableError as wrong:
                faults.append(fault(field, f"relation {number}: {wrong}", field.expects(), wrong.code))
        different = {(span_order(one["head"]), span_order(one["tail"]), one["label"]): one for one in found}
        value = [different[key] for key in sorted(different)]
        return Read(value, len(found) - len(different), tuple(faults))


def _arrows(field: Field, raw: Mapping[str, Any], regions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what one relation says; one that leads both ways is two."""
    values = {literal(label.title.both()): label.value for label in field.labels}
    values |= {label.value: label.value for label in field.labels}
    labels = raw.get("labels")
    if not isinstance(labels, list) or not labels:
        raise UnreadableError("no label", "RESULT-LABEL")
    if odd := [label for label in labels if label not in values]:
        raise UnreadableError(f"the unknown label {shown(odd[0])}", "RESULT-LABEL")
    ends = [regions.get(str(raw.get(end))) for end in ("from_id", "to_id")]
    if None in ends:
        raise UnreadableError("an end that is no span", "RELATION-END")
    ways = {"left": [ends[::-1]], "bi": [ends, ends[::-1]]}.get(str(raw.get("direction")), [ends])
    return [{"head": head, "tail": tail, "label": values[label]} for head, tail in ways for label in labels]


def colour(number: int) -> str:
    """Return a colour that differs from those of the numbers before: hues a golden angle apart.

    >>> colour(0), colour(1)
    ('#2978c2', '#c2294c')
    """
    red, green, blue = colorsys.hls_to_rgb((0.58 + number * 0.381966) % 1, 0.46, 0.65)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
