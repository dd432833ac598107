"""Raw answers against the schema and the passage: what is sound is kept, everything else becomes a fault.

The server takes a prediction with a wrong offset as it is and drops one with an unknown label without a word, so
nothing goes out unchecked. An answer may be partial: what it leaves open is for the annotator.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from toolkit.annotations import can_be_marked
from toolkit.schema import Fault, Field, Schema, check_answer, fields_of, shown


class Checked(NamedTuple):
    """The sound part of an answer, and what was wrong with the rest."""

    answer: dict[str, Any]
    faults: tuple[Fault, ...]


def checked(model: type[Schema], answer: Mapping[str, Any], text: str) -> Checked:
    """Return what of an answer may be sent.

    A field with a fault is left out whole, but for marked words that cannot be placed: those alone are left out.

    Args:
        model: the schema.
        answer: field name to JSON value, from a source that is not trusted.
        text: the passage.
    """
    faults: list[Fault] = []
    by_name = {field.name: field for field in fields_of(model)}
    kept = {name: value for name, value in answer.items() if not _says_nothing(value)}
    for field in by_name.values():
        if field.kind == "spans" and isinstance(kept.get(field.name), list):
            placed = list(_placed(field, kept[field.name], text, faults))
            if model.shows.dialogue:
                placed = list(_spoken(field, placed, text, faults))
            kept[field.name] = placed
            faults += (wrong := list(_misplaced(field, placed, text)))
            if wrong or not placed:
                del kept[field.name]
    while kept:
        found = check_answer(model, kept, text)
        if not isinstance(found, tuple):
            break
        wrong = [fault for fault in found if fault.field in kept and not _may_wait(by_name.get(fault.field), fault)]
        complete = all(fault.code != "ANSWER-MISSING" for fault in found)
        if not wrong and complete:  # the fields contradict each other: which of them is wrong nobody knows
            wrong, kept = list(found), {}
        faults += wrong
        if not wrong:
            break
        kept = {name: value for name, value in kept.items() if name not in {fault.field for fault in wrong}}
    return Checked(kept, tuple(faults))


def _may_wait(field: Field | None, fault: Fault) -> bool:
    """Return whether a fault only says that the attribute of a span is not answered yet."""
    return field is not None and bool(field.attributes) and fault.code == "ANSWER-MISSING"


def _misplaced(field: Field, spans: list[Any], text: str) -> Iterator[Fault]:
    """Say what ``check_answer`` keeps to itself while it misses an attribute: spans that do not lie in the text."""
    for number, span in enumerate(spans, start=1):
        if not field.attributes or not isinstance(span, dict):
            continue
        start, end = span.get("start"), span.get("end")
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
            yield Fault(
                field.name, f"span {number} at {start}:{end}", f"a place in {len(text)} characters", "SPAN-RANGE"
            )
        elif span.get("text") != text[start:end] or span.get("label") not in field.values:
            yield Fault(field.name, f"span {number} at {start}:{end}", field.expects(), "SPAN-MISMATCH")


def _says_nothing(value: Any) -> bool:
    return value is None or value in ("", [])


def _spoken(field: Field, spans: list[Any], text: str, faults: list[Fault]) -> Iterator[Any]:
    """Yield the spans of a conversation that its turns can show."""
    for number, span in enumerate(spans, start=1):
        start, end = (span.get("start"), span.get("end")) if isinstance(span, dict) else (None, None)
        if type(start) is int and type(end) is int and not can_be_marked(text, start, end):
            found, expected = f"span {number} at {start}:{end}", "words that somebody says"
            faults.append(Fault(field.name, found, expected, "SPAN-PLACE"))
        else:
            yield span


def _placed(field: Field, spans: list[Any], text: str, faults: list[Fault]) -> Iterator[Any]:
    """Yield spans with offsets and text; words without offsets are placed where they stand once."""
    for number, span in enumerate(spans, start=1):
        if not isinstance(span, dict):
            yield span  # check_answer names it
        elif "start" in span or "end" in span:
            start, end = span.get("start"), span.get("end")
            whole = type(start) is int and type(end) is int and 0 <= start < end <= len(text)
            yield {**span, "text": text[start:end]} if whole and "text" not in span else span
        elif isinstance(words := span.get("text"), str) and words:
            first = text.find(words)
            if first >= 0 and text.find(words, first + 1) < 0:
                yield {**span, "start": first, "end": first + len(words)}
            else:
                often = "nowhere" if first < 0 else "more than once"
                faults.append(
                    Fault(
                        field.name,
                        f"span {number}: {shown(words)} stands {often}",
                        "words that stand once",
                        "SPAN-PLACE",
                    )
                )
        else:
            yield span
