"""Spans and relations against the text and against each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from toolkit.schema.declaration import Span
from toolkit.schema.field import Fault, Field
from toolkit.schema.shown import shown

_TYPES = {"start": int, "end": int, "text": str, "label": str}


def bare(span: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span without its attributes, as relations refer to it."""
    return {name: span[name] for name in _TYPES}


def span_order(span: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return what spans are sorted by: their place in the text, then their label.

    Raises:
        KeyError, TypeError: when it is no span.
    """
    if not all(type(span[name]) is type_ for name, type_ in _TYPES.items()):
        raise TypeError
    return span["start"], span["end"], span["label"]


def relation_order(relation: Mapping[str, Any]) -> tuple[tuple[int, int, str], tuple[int, int, str], str]:
    """Return what relations are sorted by: head, tail, label.

    Raises:
        KeyError, TypeError: when it is no relation.
    """
    return span_order(relation["head"]), span_order(relation["tail"]), str(relation["label"])


def with_attributes(field: Field, span: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span with all its attributes, those that are not answered too.

    Raises:
        TypeError: when it is no span.
    """
    if not isinstance(span, Mapping):
        raise TypeError
    return dict(span) | {one.name: span.get(one.name, [] if one.is_list else None) for one in field.attributes}


def mark_faults(field: Field, answer: Mapping[str, Any], text: str) -> Iterator[Fault]:
    """Yield what is wrong with the spans or relations of a field."""
    value = answer[field.name]
    if not isinstance(value, list):
        return
    if field.kind == "spans":
        yield from _spans_faults(field, value, text)
    elif field.kind == "relations":
        yield from _relations_faults(field, value, answer.get(str(field.between)))


def _spans_faults(field: Field, value: list[Any], text: str) -> Iterator[Fault]:
    seen: set[tuple[int, int, str]] = set()
    for number, item in enumerate(filter(_well_formed, value), start=1):
        span = Span.model_construct(**bare(item))
        yield from _span_faults(field, number, span, text)
        key = span_order(item)
        if key in seen:
            yield Fault(field.name, f"span {number} at {span.start}:{span.end} is named twice", "each span once")
        seen.add(key)


def _well_formed(span: Any) -> bool:
    try:
        span_order(span)
    except (KeyError, TypeError):
        return False
    return True


def _span_faults(field: Field, number: int, span: Span, text: str) -> Iterator[Fault]:
    where = f"span {number} at {span.start}:{span.end}"
    if span.label not in field.values:
        yield Fault(field.name, f"{where} labelled {shown(span.label)}", field.expects(), "SPAN-LABEL")
    if not 0 <= span.start < span.end <= len(text):
        yield Fault(field.name, where, f"0 <= start < end <= {len(text)}, the text's length", "SPAN-RANGE")
    elif text[span.start : span.end] != span.text:
        there = shown(text[span.start : span.end])
        yield Fault(
            field.name, f"{where} with the text {shown(span.text)}", f"the text there: {there}", "SPAN-MISMATCH"
        )


def _relations_faults(field: Field, value: list[Any], spans: Any) -> Iterator[Fault]:
    marked = {span_order(span) for span in spans if _well_formed(span)} if isinstance(spans, list) else set()
    seen: set[tuple[Any, ...]] = set()
    for number, item in enumerate(value, start=1):
        try:
            key = relation_order(item)
        except (KeyError, TypeError):
            continue  # pydantic names it
        if item["label"] not in field.values:
            yield Fault(
                field.name, f"relation {number} labelled {shown(item['label'])}", field.expects(), "RELATION-LABEL"
            )
        for end, span in zip(("head", "tail"), key, strict=False):
            if span not in marked:
                found = f"the {end} of relation {number} at {span[0]}:{span[1]}"
                yield Fault(field.name, found, f"a span that {field.between!r} marks", "RELATION-END")
        if key in seen or key[0] == key[1]:
            yield Fault(
                field.name,
                f"relation {number} " + ("is named twice" if key in seen else "leads to itself"),
                "each relation once, between two spans",
            )
        seen.add(key)
