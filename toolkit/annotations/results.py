"""Answers to Label Studio results and back. What comes back is proven against the text; validity is the schema's."""

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.annotations.controls import control_for
from toolkit.noun import Noun
from toolkit.schema import Fault, Schema, blank_answer, fields_of, in_order


class Reading(Noun):
    """What the results of one annotation say.

    Attributes:
        answer: every field of the schema; None or an empty list where nothing was answered. Not yet validated.
        repaired: how many results were put right without a doubt: offsets moved, the same thing said twice.
        faults: results that could not be read; the answer lacks them.
    """

    answer: dict[str, Any]
    repaired: int
    faults: tuple[Fault, ...]


def read_results(model: type[Schema], results: Sequence[Mapping[str, Any]], text: str) -> Reading:
    """Return the answer that an annotation's results say; the inverse of ``write_results``.

    Args:
        model: the schema.
        results: the annotation's ``result`` as the server gave it; nothing in it is trusted.
        text: the passage, exactly as it was sent.
    """
    fields = fields_of(model)
    answer = blank_answer(fields)
    by_name: dict[str, list[dict[str, Any]]] = {field.name: [] for field in fields}
    faults: list[Fault] = []
    repaired = 0
    for number, item in enumerate(results, start=1):
        name, value = (item.get("from_name"), item.get("value")) if isinstance(item, Mapping) else (None, None)
        if not isinstance(name, str) or name not in by_name:
            faults.append(
                Fault("", f"result {number} of {str(name)[:40]!r}", f"one of: {', '.join(by_name)}", "RESULT-UNKNOWN")
            )
        elif not isinstance(value, dict):
            faults.append(Fault(name, f"result {number} without a value", "a value", "RESULT-BROKEN"))
        else:
            by_name[name].append(value)
    for field in fields:
        read = control_for(field).read(field, by_name[field.name], text)
        answer[field.name] = read.value
        repaired += read.repaired
        faults += read.faults
    return Reading(answer=answer, repaired=repaired, faults=tuple(faults))


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
    return [item for field in fields for item in control_for(field).write(field, answer[field.name])]
