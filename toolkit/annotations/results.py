"""Answers to Label Studio results and back. What comes back is proven against the text; validity is the schema's."""

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.annotations.controls import Given, Item, attribute_field, control_for
from toolkit.annotations.dialogue import from_turns, to_turns
from toolkit.annotations.repair import Note
from toolkit.annotations.restoring import restored
from toolkit.noun import Noun
from toolkit.schema import Fault, Field, Schema, blank_answer, fields_of, hidden, in_order


class Reading(Noun):
    """What the results of one annotation say.

    Attributes:
        answer: every field of the schema; None or an empty list where nothing was answered. Not yet validated.
        repaired: how many things were put right without a doubt: offsets moved, a wording instead of its label, the
            same thing said twice, an answer that the screen no longer showed.
        notes: why offsets and wordings were put right, each with its hypothesis.
        faults: results that could not be read; the answer lacks them.
    """

    answer: dict[str, Any]
    repaired: int
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...] = ()


def read_results(model: type[Schema], results: Sequence[Mapping[str, Any]], text: str) -> Reading:
    """Return the answer that an annotation's results say; the inverse of ``write_results``.

    Args:
        model: the schema.
        results: the annotation's ``result`` as the server gave it; nothing in it is trusted.
        text: the passage, exactly as it was sent.
    """
    fields = fields_of(model)
    answer = blank_answer(fields)
    given, faults, notes = _given(model, fields, results, text)
    repaired = len(notes)
    for field in sorted(fields, key=lambda field: field.kind == "relations"):  # they refer to spans
        read = control_for(field).read(field, given, text)
        answer[field.name] = read.value
        repaired += read.repaired
        faults += read.faults
    # What was answered before its condition ceased to hold, and nobody sees any more: the editor leaves out choices,
    # places in a tree and texts by itself, and submits numbers, stars, dates and spans.
    for name in hidden(fields, answer):
        if answer[name] not in (None, []):
            answer[name] = blank_answer(fields)[name]
            repaired += 1
    return Reading(answer=answer, repaired=repaired, faults=tuple(faults), notes=tuple(notes))


def write_results(model: type[Schema], answer: Mapping[str, Any], text: str) -> list[dict[str, Any]]:
    """Return an answer as Label Studio result items, for predictions and imported annotations.

    Args:
        model: the schema.
        answer: field name to value; fields that are absent are not answered.
        text: the passage. A span that does not lie in it is a bug of the caller.
    """
    fields = fields_of(model)
    answer = in_order(fields, blank_answer(fields) | dict(answer))
    for field in fields:
        for span in answer[field.name] if field.kind == "spans" else ():
            assert text[span["start"] : span["end"]] == span["text"], f"{field.name}: a span that is not in the text"
    items = [item for field in fields for item in control_for(field).write(field, answer[field.name], text)]
    return [to_turns(item, text) for item in items] if model.shows.dialogue else items


def _given(
    model: type[Schema], fields: Sequence[Field], results: Sequence[Mapping[str, Any]], text: str
) -> tuple[Given, list[Fault], list[Note]]:
    """Return the results by the control that they belong to, those that belong to none, and what was put right."""
    controls = {field.name: field for field in fields}
    controls |= {(named := attribute_field(field, one)).name: named for field in fields for one in field.attributes}
    by_control: dict[str, list[Item]] = {name: [] for name in controls}
    notes: list[Note] = []
    has_relations = any(field.kind == "relations" for field in fields)
    relations: list[Item] = []
    faults: list[Fault] = []
    for number, item in enumerate(results, start=1):
        raw = item if isinstance(item, Mapping) else {}
        name, value = raw.get("from_name"), raw.get("value")
        if has_relations and raw.get("type") == "relation":
            relations.append(Item("", {}, raw))
        elif not isinstance(name, str) or name not in by_control:
            faults.append(
                Fault(
                    "", f"result {number} of {str(name)[:40]!r}", f"one of: {', '.join(by_control)}", "RESULT-UNKNOWN"
                )
            )
        elif not isinstance(value, dict):
            faults.append(Fault(name, f"result {number} without a value", "a value", "RESULT-BROKEN"))
        else:
            placed = from_turns(value, text) if model.shows.dialogue else value
            placed, put_right = restored(controls[name], placed, text)
            notes += put_right
            by_control[name].append(Item(str(raw.get("id")), placed, raw))
    return Given(by_control, relations), faults, notes
