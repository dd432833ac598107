"""Answers against their schema: field rules, rules across fields, spans against the text, faults in plain words.

An answer holds every field: None where nothing was answered, an empty list where a list is empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, TypeVar

from pydantic import ValidationError

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.schema.declaration import Schema
from toolkit.schema.described import fields_of
from toolkit.schema.domain import domain_faults
from toolkit.schema.field import Fault, Field
from toolkit.schema.marks import mark_faults, relation_order, span_order, with_attributes
from toolkit.schema.shown import shown

S = TypeVar("S", bound=Schema)


def check_answer(model: type[S], answer: Mapping[str, Any], text: str) -> S | tuple[Fault, ...]:
    """Return the answer as an instance of its schema, or everything that is wrong with it.

    A field that may stay open may be absent. Spans come out in the order of the text, choices in the schema's.

    Args:
        model: the schema.
        answer: field name to value, as JSON values.
        text: the passage that the spans lie in.

    Raises:
        ToolkitError: ``SCHEMA-BROKEN`` when a rule of the schema fails by a mistake of its own; what its
            domain checks raise (``domain_faults``).
    """
    fields = fields_of(model)
    if not isinstance(answer, Mapping):
        return (Fault("", shown(answer), "an object with one value for each field"),)
    answer = in_order(fields, {**blank_answer(fields), **answer})
    instance: S | None = None
    faults: list[Fault] = []
    try:
        instance = model.model_validate(_typed(fields, answer))
        answer = instance.model_dump(mode="json")
    except ValidationError as error:
        faults = _faults(fields, answer, error)
    except Exception as error:
        raise _failing_rule(model, error) from error
    named = {fault.field for fault in faults if fault.code != "ANSWER-RULE"}
    out_of_sight = hidden(fields, answer)
    for field in fields:
        if field.name in named:
            continue
        faults += _field_faults(field, answer[field.name])
        faults += mark_faults(field, answer, text)
        faults += _condition_faults(field, answer[field.name], is_hidden=field.name in out_of_sight)
    if model.checks:
        faults += domain_faults(model, answer, text, {fault.field for fault in faults} | out_of_sight)
    return instance if instance is not None and not faults else tuple(faults)


def blank_answer(fields: Sequence[Field]) -> dict[str, Any]:
    """Return the answer in which nothing was answered."""
    return {field.name: [] if field.is_list else None for field in fields}


def hidden(fields: Sequence[Field], answer: Mapping[str, Any]) -> set[str]:
    """Return the names of the fields that are not shown beside the other answers."""
    by_name = {field.name: field for field in fields}

    def is_shown(field: Field) -> bool:
        if not field.when:
            return True
        value = answer.get(field.when.field)
        said_there = value if isinstance(value, list) else [("no", "yes")[value] if isinstance(value, bool) else value]
        return any(one in field.when.values for one in said_there) and is_shown(by_name[field.when.field])

    return {field.name for field in fields if not is_shown(field)}


def in_order(fields: Sequence[Field], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with its fields and choices in the schema's order and its spans in the text's.

    Equal answers become equal values, so that two annotators who say the same are seen to agree. What is malformed
    stays as it is, for ``check_answer`` to name.
    """
    sorted_answer = {field.name: _sorted(field, answer[field.name]) for field in fields if field.name in answer}
    return sorted_answer | {name: value for name, value in answer.items() if name not in sorted_answer}


def _sorted(field: Field, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if field.kind in {"choices", "taxons"} and all(item in field.values for item in value):
        return sorted(value, key=field.values.index)
    with suppress(KeyError, TypeError):  # malformed
        if field.kind == "spans":
            return sorted((with_attributes(field, span) for span in value), key=span_order)
        if field.kind == "relations":
            return sorted(value, key=relation_order)
    return value


def _typed(fields: Sequence[Field], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with its dates as dates; what is none stays, for pydantic to name."""

    def typed(field: Field, value: Any) -> Any:
        if field.kind == "date" and isinstance(value, str):
            with suppress(ValueError):
                return date.fromisoformat(value)
        if field.attributes and isinstance(value, list):
            return [_typed(field.attributes, item) if isinstance(item, Mapping) else item for item in value]
        return value

    by_name = {field.name: field for field in fields}
    return {name: typed(by_name[name], value) if name in by_name else value for name, value in answer.items()}


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
        attributes = {one.name: one for one in field.attributes}
        if attribute := attributes.get(str(inside[1])) if len(inside) > 1 else None:
            there = value[inside[0]].get(attribute.name)
            code = "ANSWER-MISSING" if there in (None, []) else "ANSWER-INVALID"
            where = f"{attribute.name} of span {inside[0] + 1}: {shown(there)}"
            return Fault(field.name, where, attribute.expects(), code)
        shapes = {"spans": "a span: start, end, text and label", "relations": "a relation: head, tail and label"}
        return Fault(field.name, found, shapes.get(field.kind, field.expects()))
    length = f", {len(value)} characters" if isinstance(value, str) and field.kind == "text" else ""
    pattern = f"; {message}" if "pattern" in message else ""
    return Fault(field.name, f"{shown(value)}{length}", field.expects() + pattern)


def _field_faults(field: Field, value: Any) -> Iterator[Fault]:
    """Say what pydantic does not look for: blank texts, things named twice, places that are not in the tree."""
    texts = [value] if field.kind == "text" else value if field.kind == "texts" else ()
    if any(isinstance(one, str) and not one.strip() for one in texts or ()):
        yield Fault(field.name, "only blanks", field.expects(), "ANSWER-MISSING")
    if field.kind in {"choices", "taxons"} and isinstance(value, list) and len(set(map(str, value))) < len(value):
        yield Fault(field.name, "a choice named twice", field.expects())
    if field.kind in {"taxon", "preference"} and isinstance(value, str) and value not in field.values:
        yield Fault(field.name, shown(value), field.expects())
    if (
        field.kind == "taxons"
        and isinstance(value, list)
        and (odd := [one for one in value if one not in field.values])
    ):
        yield Fault(field.name, shown(odd[0]), field.expects())
    if field.kind == "ranking" and value and sorted(map(str, value)) != sorted(field.values):
        yield Fault(field.name, f"{shown(value)}, not each candidate once", field.expects())


def _condition_faults(field: Field, value: Any, *, is_hidden: bool) -> Iterator[Fault]:
    """Say what a condition asks: nothing where the field is not shown, an answer where it has to be given."""
    if not field.when:
        if field.kind == "ranking" and not value:
            yield Fault(field.name, "nothing", field.expects(), "ANSWER-MISSING")
        return
    shown_when = f"{field.when.field} is {' or '.join(field.when.values)}"
    if is_hidden and value not in (None, []):
        yield Fault(field.name, shown(value), f"nothing, unless {shown_when}", "ANSWER-HIDDEN")
    if not is_hidden and field.required and value in (None, []):
        yield Fault(field.name, "nothing", f"{field.expects()}, since {shown_when}", "ANSWER-MISSING")


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
