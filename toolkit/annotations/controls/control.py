"""What every control shares: how it is asked for, what it is given to read, and what it says of it.

Results carry stable values (``alias``), never the wording on the screen. Offsets of ``<Text>`` are code points.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, NamedTuple, Protocol
from xml.etree.ElementTree import Element, SubElement

from toolkit.annotations.repair import UnreadableError
from toolkit.noun import digest
from toolkit.schema import Bilingual, Fault, Field, shown

PASSAGE: Final = "text"
"""The name of the passage's tag and of the key in the task's data."""

KEYS: Final = "1234567890qwetasdfgzxcvbyiopjklnm"
"""Keys that the labelling screen leaves free; r, u and h relate, unselect and hide."""

SMALL: Final = "font-size: 13px; font-weight: 400; line-height: 1.4; opacity: 0.75; margin: 0 0 4px 0"


class Item(NamedTuple):
    """One result of a control, as the server gave it.

    Attributes:
        id: the region's; several results about one region share it.
        value: the ``value`` object; nothing in it is trusted.
        raw: the whole result.
    """

    id: str
    value: dict[str, Any]
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """All results of one annotation.

    Attributes:
        by_control: control name to its results.
        relations: results that belong to no control.
        regions: region id to the span that was read from it, without attributes; spans are read before relations.
    """

    by_control: Mapping[str, Sequence[Item]]
    relations: Sequence[Item] = ()
    regions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, name: str) -> Sequence[Item]:
        """Return a control's results."""
        return self.by_control.get(name, ())


class Read(NamedTuple):
    """What a control read: the value, how many things it mended, and what could not be read."""

    value: Any
    repaired: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Palette:
    """What the controls of one screen share out: hotkeys until they run out, colours without end.

    The editor obeys a hotkey even while its control is hidden; so keys are never given twice.
    """

    keys: Iterator[str] = field(default_factory=lambda: iter(KEYS))
    colours: Iterator[int] = field(default_factory=count)

    def hotkey(self) -> dict[str, str]:
        """Return the next hotkey as an attribute, or nothing when all are taken."""
        key = next(self.keys, None)
        return {"hotkey": key} if key else {}


class Control(Protocol):
    """One kind's way to and from Label Studio."""

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the control's tags."""

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return a value as result items; nothing answered gives none."""

    def read(self, field: Field, given: Given, text: str) -> Read:
        """Return the value that this control's results say."""


def literal(wording: str) -> str:
    """Return a wording that the screen shows as it is: ``$500`` would be looked up in the task's data.

    >>> literal("Over $500") == "Over $\N{WORD JOINER}500"
    True
    """
    return re.sub(r"\$(?=[\w\[\].{}])", "$\N{WORD JOINER}", wording)


def tag(name: str, field: Field, **attributes: str) -> Element:
    """Return a field's tag, which insists on an answer where the schema does."""
    message = f"{field.title.en}: please answer · {field.title.zh}：请作答"
    required = {"required": "true", "requiredMessage": message} if field.required else {}
    return Element(name, {"name": field.name, "toName": PASSAGE, **attributes, **required})


def header(wording: Bilingual, size: str, after: str = "") -> Element:
    """Return a heading in both languages."""
    return Element("Header", {"value": literal(wording.both()) + after, "size": size})


def small(view: Element, wording: str) -> None:
    """Add a small line to a view."""
    SubElement(view, "Header", {"value": wording, "size": "6", "style": SMALL})


def item(field: Field, type_: str, value: dict[str, Any], to_name: str = PASSAGE) -> dict[str, Any]:
    """Return a result item; its id follows from its content, so that it is the same on every run."""
    identity = digest([field.name, value])[:10]
    return {"id": identity, "from_name": field.name, "to_name": to_name, "type": type_, "value": value}


def fault(field: Field, found: str, expected: str, code: str = "RESULT-BROKEN") -> Fault:
    """Return a fault of a result."""
    return Fault(field.name, found, expected, code)


def known(field: Field, values: object) -> list[str]:
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


class One:
    """What controls with a single answer share: the last of several results counts, and differing ones are a fault."""

    key: str

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return the answer that a raw value says.

        Raises:
            UnreadableError: with what was found.
        """
        raise NotImplementedError

    def read(self, field: Field, given: Given, text: str) -> Read:
        """Return the answer of the last result that can be read."""
        answers: list[Any] = []
        faults: list[Fault] = []
        for one in given.of(field.name):
            try:
                answers.append(self.one(field, one.value[self.key], text))
            except KeyError:
                faults.append(fault(field, f"a result without {self.key!r}", field.expects()))
            except UnreadableError as wrong:
                faults.append(fault(field, str(wrong), field.expects(), wrong.code))
        if any(answer != answers[-1] for answer in answers):
            faults.append(fault(field, f"{len(answers)} different answers", "one answer", "RESULT-TWICE"))
        return Read(answers[-1] if answers else None, max(0, len(answers) - 1), tuple(faults))
