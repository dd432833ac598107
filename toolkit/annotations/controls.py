"""Field kinds and Label Studio controls: each control writes its XML, writes a value as results and reads it back.

Results carry stable values (``alias``), never the wording on the screen. Offsets of ``<Text>`` are code points.
"""

import colorsys
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, Protocol
from xml.etree.ElementTree import Element, SubElement

from toolkit.annotations.repair import UnreadableError, mended
from toolkit.noun import digest
from toolkit.schema import Fault, Field, Kind, shown

PASSAGE: Final = "text"
"""The name of the ``<Text>`` tag and of the key in the task's data."""

KEYS: Final = "1234567890qwetasdfgzxcvbyiopjklnm"
"""Keys that the labelling screen leaves free; r, u and h relate, unselect and hide."""


class Read(NamedTuple):
    """What a control read: the value, how many things it mended, and what could not be read."""

    value: Any
    repaired: int
    faults: tuple[Fault, ...]


class Control(Protocol):
    """One kind's way to and from Label Studio."""

    def xml(self, field: Field, keys: Iterator[str]) -> Element:
        """Return the control's tag, taking hotkeys as it needs them."""

    def write(self, field: Field, value: Any) -> list[dict[str, Any]]:
        """Return a value as result items; nothing answered gives none."""

    def read(self, field: Field, values: Sequence[dict[str, Any]], text: str) -> Read:
        """Return the value that the ``value`` objects of this control's results say."""


def control_for(field: Field) -> Control:
    """Return the control of a field's kind."""
    return _CONTROLS[field.kind]


def literal(wording: str) -> str:
    """Return a wording that the screen shows as it is: ``$500`` would be looked up in the task's data.

    >>> literal("Over $500") == "Over $\N{WORD JOINER}500"
    True
    """
    return re.sub(r"\$(?=[\w\[\].{}])", "$\N{WORD JOINER}", wording)


def _tag(name: str, field: Field, **attributes: str) -> Element:
    required = {"required": "true", "requiredMessage": _required_message(field)} if field.required else {}
    return Element(name, {"name": field.name, "toName": PASSAGE, **attributes, **required})


def _required_message(field: Field) -> str:
    return f"{field.title.en}: please answer · {field.title.zh}：请作答"


def _item(field: Field, type_: str, value: dict[str, Any]) -> dict[str, Any]:
    identity = digest([field.name, value])[:10]  # a region needs one; content makes it the same on every run
    return {"id": identity, "from_name": field.name, "to_name": PASSAGE, "type": type_, "value": value}


def _fault(field: Field, found: str, expected: str, code: str = "RESULT-BROKEN") -> Fault:
    return Fault(field.name, found, expected, code)


class _One:
    """What controls with a single answer share: the last of several results counts, and differing ones are a fault."""

    key: str

    def one(self, field: Field, value: Any) -> Any:
        """Return the answer that a raw value says.

        Raises:
            UnreadableError: with what was found.
        """
        raise NotImplementedError

    def read(self, field: Field, values: Sequence[dict[str, Any]], text: str) -> Read:
        """Return the answer of the last result that can be read."""
        del text
        answers: list[Any] = []
        faults: list[Fault] = []
        for value in values:
            try:
                answers.append(self.one(field, value[self.key]))
            except KeyError:
                faults.append(_fault(field, f"a result without {self.key!r}", field.expects()))
            except UnreadableError as wrong:
                faults.append(_fault(field, str(wrong), field.expects(), wrong.code))
        if any(answer != answers[-1] for answer in answers):
            faults.append(_fault(field, f"{len(answers)} different answers", "one answer", "RESULT-TWICE"))
        return Read(answers[-1] if answers else None, max(0, len(answers) - 1), tuple(faults))


def _known(field: Field, values: object) -> list[str]:
    """Return chosen values that the field has.

    Raises:
        UnreadableError: with the first that it does not have.
    """
    if not isinstance(values, list):
        raise UnreadableError("labels that are no list")
    for value in values:
        if value not in field.values:
            raise UnreadableError(f"the unknown label {shown(value)}", "RESULT-LABEL")
    return values


def _choices_tag(field: Field, keys: Iterator[str], choice: str, layout: str) -> Element:
    tag = _tag("Choices", field, choice=choice, layout=layout, showInline="true" if layout == "inline" else "false")
    for label in field.labels:
        key = next(keys, None)
        SubElement(
            tag,
            "Choice",
            {"value": literal(label.title.both()), "alias": label.value, **({"hotkey": key} if key else {})},
        )
    return tag


class Choice(_One):
    """A single choice: ``<Choices choice="single">``."""

    key = "choices"

    def xml(self, field: Field, keys: Iterator[str]) -> Element:
        """Return the tag."""
        return _choices_tag(field, keys, "single-radio", "vertical")

    def write(self, field: Field, value: Any) -> list[dict[str, Any]]:
        """Return one item with one choice."""
        return [] if value is None else [_item(field, "choices", {"choices": [value]})]

    def one(self, field: Field, value: Any) -> Any:
        """Return the one chosen value."""
        chosen = _known(field, value)
        if len(chosen) != 1:
            raise UnreadableError(f"{len(chosen)} choices")
        return chosen[0]


class Boolean(Choice):
    """Yes or no: a single choice, since the screen cannot hold ``true`` and ``false`` as values."""

    def write(self, field: Field, value: Any) -> list[dict[str, Any]]:
        """Return one item with one choice."""
        return super().write(field, None if value is None else "yes" if value else "no")

    def one(self, field: Field, value: Any) -> Any:
        """Return True or False."""
        return super().one(field, value) == "yes"


class Choices:
    """Any of several: ``<Choices choice="multiple">``."""

    def xml(self, field: Field, keys: Iterator[str]) -> Element:
        """Return the tag."""
        return _choices_tag(field, keys, "multiple", "vertical")

    def write(self, field: Field, value: Any) -> list[dict[str, Any]]:
        """Return one item with all choices."""
        return [_item(field, "choices", {"choices": list(value)})] if value else []

    def read(self, field: Field, values: Sequence[dict[str, Any]], text: str) -> Read:
        """Return what was chosen in any of the results, in the schema's order."""
        del text
        chosen: list[str] = []
        faults: list[Fault] = []
        for value in values:
            try:
                chosen += _known(field, value.get("choices"))
            except UnreadableError as wrong:
                faults.append(_fault(field, str(wrong), field.expects(), wrong.code))
        different = sorted(set(chosen), key=field.values.index)
        return Read(different, len(chosen) - len(different), tuple(faults))


class Text(_One):
    """Text that the annotator writes: ``<TextArea>``."""

    key = "text"

    def xml(self, field: Field, keys: Iterator[str]) -> Element:
        """Return the tag: one line, or a box for long texts."""
        del keys
        rows = "5" if field.is_long else "2"
        return _tag("TextArea", field, maxSubmissions="1", editable="true", rows=rows, showSubmitButton="false")

    def write(self, field: Field, value: Any) -> list[dict[str, Any]]:
        """Return one item with one text."""
        return [_item(field, "textarea", {"text": [value]})] if value else []

    def one(self, field: Field, value: Any) -> Any:
        """Return the text; several parts are lines of it."""
        del field
        parts = [value] if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise UnreadableError("text that is no text")
        return "\n".join(parts) or None


class Number(_One):
    """A number: ``<Number>``."""

    key = "number"

    def xml(self, field: Field, keys: Iterator[str]) -> Element:
        """Return the tag with the field's bounds."""
        del keys
        bounds = {"min": field.minimum, "max": field.maximum}
        written = {name: f"{bound:g}" for name, bound in bounds.items() if bound is not None}
        return _tag("Number", field, step="1" if field.whole else "any", **written)

    def write(self, field: Field, value: Any) -> list[dict[str, Any]]:
        """Return one item with one number."""
        return [] if value is None else [_item(field, self.key, {self.key: value})]

    def one(self, field: Field, value: Any) -> Any:
        """Return the number, whole where the field asks for that."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UnreadableError("a number that is no number")
        if not field.whole:
            return value
        return int(value) if value % 1 == 0 else value


class Rating(Number):
    """Stars: ``<Rating>``."""

    key = "rating"

    def xml(self, field: Field, keys: Iterator[str]) -> Element:
        """Return the tag with as many stars as the field allows."""
        del keys
        return _tag("Rating", field, maxRating=f"{field.maximum:g}")


class Spans:
    """Labelled parts of the passage: ``<Labels>``. Label Studio cannot require them; ``check_answer`` does."""

    def xml(self, field: Field, keys: Iterator[str]) -> Element:
        """Return the tag, each label with a colour of its own."""
        tag = Element("Labels", {"name": field.name, "toName": PASSAGE, "showInline": "true"})
        for number, label in enumerate(field.labels):
            key = next(keys, None)
            shown = {"value": literal(label.title.both()), "alias": label.value, "background": colour(number)}
            SubElement(tag, "Label", shown | ({"hotkey": key} if key else {}))
        return tag

    def write(self, field: Field, value: Any) -> list[dict[str, Any]]:
        """Return one item for each span."""
        return [
            _item(
                field,
                "labels",
                {"start": span["start"], "end": span["end"], "text": span["text"], "labels": [span["label"]]},
            )
            for span in value or []
        ]

    def read(self, field: Field, values: Sequence[dict[str, Any]], text: str) -> Read:
        """Return the spans in the order of the text, each once, their offsets proven against the text."""
        spans: dict[tuple[int, int, str], dict[str, Any]] = {}
        repaired = 0
        faults: list[Fault] = []
        for number, value in enumerate(values, start=1):
            try:
                labels = _known(field, value.get("labels"))
                found = mended(value, text)
            except UnreadableError as wrong:
                faults.append(_fault(field, f"span {number}: {wrong}", field.expects(), wrong.code))
                continue
            repaired += found.repaired
            for label in labels:
                key = (found.start, found.end, label)
                repaired += key in spans
                spans[key] = {"start": key[0], "end": key[1], "text": text[key[0] : key[1]], "label": label}
        return Read([spans[key] for key in sorted(spans)], repaired, tuple(faults))


def colour(number: int) -> str:
    """Return a colour that differs from those of the numbers before: hues a golden angle apart.

    >>> colour(0), colour(1)
    ('#2978c2', '#c2294c')
    """
    red, green, blue = colorsys.hls_to_rgb((0.58 + number * 0.381966) % 1, 0.46, 0.65)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


_CONTROLS: Final[dict[Kind, Control]] = {
    "choice": Choice(),
    "choices": Choices(),
    "spans": Spans(),
    "text": Text(),
    "number": Number(),
    "rating": Rating(),
    "boolean": Boolean(),
}
