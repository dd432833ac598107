"""Answers against their schema: field rules, rules across fields, spans against the text, faults in plain words.

An answer holds every field: None where nothing was answered, an empty list where a list is empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.schema.declaration import Schema, Span
from toolkit.schema.described import fields_of
from toolkit.schema.field import Fault, Field

S = TypeVar("S", bound=Schema)
FEW_WORDS = 40
"""Characters of an answer that a fault may quote."""


def check_answer(model: type[S], answer: Mapping[str, Any], text: str) -> S | tuple[Fault, ...]:
    """Return the answer as an instance of its schema, or everything that is wrong with it.

    A field that may stay open may be absent. Spans come out in the order of the text, choices in the schema's.

    Args:
        model: the schema.
        answer: field name to value, as JSON values.
        text: the passage that the spans lie in.

    Raises:
        ToolkitError: ``SCHEMA-BROKEN`` when a rule of the schema fails by a mistake of its own.
    """
    fields = fields_of(model)
    if not isinstance(answer, Mapping):
        return (Fault("", shown(answer), "an object with one value for each field"),)
    answer = in_order(fields, {**blank_answer(fields), **answer})
    instance: S | None = None
    faults: list[Fault] = []
    try:
        instance = model.model_validate(answer)
        answer = instance.model_dump()
    except ValidationError as error:
        faults = _faults(fields, answer, error)
    except Exception as error:
        raise _failing_rule(model, error) from error
    named = {fault.field for fault in faults if fault.code != "ANSWER-RULE"}
    for field in fields:
        if field.name not in named:
            faults += _field_faults(field, answer[field.name], text)
    return instance if instance is not None and not faults else tuple(faults)


def blank_answer(fields: Sequence[Field]) -> dict[str, Any]:
    """Return the answer in which nothing was answered."""
    return {field.name: [] if field.is_list else None for field in fields}


def in_order(fields: Sequence[Field], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with its fields and choices in the schema's order and its spans in the text's.

    Equal answers become equal values, so that two annotators who say the same are seen to agree. What is malformed
    stays as it is, for ``check_answer`` to name.
    """
    sorted_answer = {field.name: _sorted(field, answer[field.name]) for field in fields if field.name in answer}
    return sorted_answer | {name: value for name, value in answer.items() if name not in sorted_answer}


def _sorted(field: Field, value: Any) -> Any:
    if not field.is_list or not isinstance(value, list):
        return value
    if field.kind == "choices" and all(item in field.values for item in value):
        return sorted(value, key=field.values.index)
    if field.kind == "spans" and all(_well_formed(item) for item in value):
        return sorted(value, key=lambda span: (span["start"], span["end"], span["label"]))
    return value


def _well_formed(span: Any) -> bool:
    types = {"start": int, "end": int, "text": str, "label": str}
    return isinstance(span, dict) and span.keys() == types.keys() and all(type(span[k]) is t for k, t in types.items())


def _faults(fields: Sequence[Field], answer: Mapping[str, Any], error: ValidationError) -> list[Fault]:
    """Put pydantic's errors into words: one fault for a field, and each broken rule."""
    by_name = {field.name: field for field in fields}
    faults: dict[tuple[str, str], Fault] = {}
    for item in error.errors(include_url=False, include_input=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        if item["type"] in {"value_error", "assertion_error"}:
            rule = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
            found = shown(answer[name]) if name in by_name else "the fields contradict each other"
            fault = Fault(name, found, rule, "ANSWER-RULE")
        elif name not in by_name:
            fault = Fault(name, "a field that the schema does not have", f"only: {', '.join(by_name)}")
        else:
            fault = _value_fault(by_name[name], answer.get(name), item["loc"][1:], item["msg"])
        faults.setdefault((fault.field, fault.expected), fault)
    return list(faults.values())


def _value_fault(field: Field, value: Any, inside: tuple[int | str, ...], message: str) -> Fault:
    if value is None:
        return Fault(field.name, "nothing", field.expects(), "ANSWER-MISSING")
    if field.is_list and isinstance(value, list) and not value:
        return Fault(field.name, "an empty list", field.expects(), "ANSWER-MISSING")
    if inside and isinstance(value, list) and isinstance(inside[0], int):
        found = f"item {inside[0] + 1}: {shown(value[inside[0]])}"
        if field.kind == "spans":
            return Fault(field.name, found, "a span: start, end, text and label")
        return Fault(field.name, found, field.expects())
    length = f", {len(value)} characters" if isinstance(value, str) and field.kind == "text" else ""
    pattern = f"; {message}" if "pattern" in message else ""
    return Fault(field.name, f"{shown(value)}{length}", field.expects() + pattern)


def shown(value: Any) -> str:
    """Return a value as a fault shows it: JSON types by name, text in a few words.

    >>> shown("x" * 50)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'"
    >>> shown([1, 2]), shown(None), shown(float("nan"))
    ('a list of 2', 'nothing', 'nan')
    """
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return repr(value if len(value) <= FEW_WORDS else value[: FEW_WORDS - 1] + "…")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _field_faults(field: Field, value: Any, text: str) -> Iterator[Fault]:
    """Say what pydantic does not look for: blank texts, things named twice, spans against the text."""
    if field.kind == "text" and isinstance(value, str) and not value.strip():
        yield Fault(field.name, "only blanks", field.expects(), "ANSWER-MISSING")
    if field.kind == "choices" and isinstance(value, list) and len(set(map(str, value))) < len(value):
        yield Fault(field.name, "a choice named twice", field.expects())
    if field.kind == "spans" and isinstance(value, list):
        seen: set[tuple[int, int, str]] = set()
        for number, item in enumerate(filter(_well_formed, value), start=1):
            span = Span.model_construct(**item)
            yield from _span_faults(field, number, span, text)
            key = (span.start, span.end, span.label)
            if key in seen:
                yield Fault(field.name, f"span {number} at {span.start}:{span.end} is named twice", "each span once")
            seen.add(key)


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


def _failing_rule(model: type[Schema], error: Exception) -> ToolkitError:
    what = f"{type(error).__name__}: {error}"
    return ToolkitError(
        said(
            f"A rule of the schema '{model.__name__}' failed: {what}.", f"模式 '{model.__name__}' 的规则出错：{what}。"
        ),
        hint=said(
            "A rule raises ValueError with a sentence when an answer breaks it; mend the rule.",
            "规则应在答案不合要求时抛出带说明的 ValueError；请修改该规则。",
        ),
        code="SCHEMA-BROKEN",
    )
