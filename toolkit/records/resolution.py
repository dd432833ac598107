"""From several people's answers about one passage to one: unanimous, by majority, or decided by one person. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from toolkit.noun import digest
from toolkit.rounds.answers import Answer
from toolkit.rounds.comparison import COMPARABLE, comparable, same_answer
from toolkit.schema import Field, Schema, check_answer

Resolver = Literal["majority", "lead"]
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resolved:
    """One answer and how it came about.

    Attributes:
        used: the answers that took part, the adjudicator's included.
        overruled: the valid answers that differ, each once.
    """

    value: Values
    resolution: Literal["unanimous", "majority", "adjudicated"]
    used: tuple[Answer, ...]
    overruled: tuple[Values, ...]


def resolve(
    model: type[Schema],
    fields: Sequence[Field],
    answers: Sequence[Answer],
    decision: Answer | None,
    *,
    text: str,
    resolver: Resolver,
) -> Resolved | None:
    """Return the one answer about a passage, or None when somebody has to decide.

    A decision stands before everything. Without one, answers that are the same in every comparable field are
    unanimous. Else each comparable field takes the value that more than half of all answers gave (for spans: the
    exact set), and free text comes from the answer that carries most of these values; among equals from the one with
    the lowest id. An invalid answer counts as given: two answers with one invalid have no majority. With the
    resolver ``lead`` there are no majorities.
    """
    valid = tuple(sorted((answer for answer in answers if answer.value is not None), key=lambda one: one.annotation.id))
    if decision is not None and decision.value is not None:
        differing = [one.value for one in valid if one.value and not same_answer(fields, one.value, decision.value)]
        return Resolved(decision.value, "adjudicated", (*valid, decision), _once(differing))
    compared = [field for field in fields if field.kind in COMPARABLE]
    given = [one.value for one in valid if one.value is not None]
    voters = sum(not answer.annotation.skipped for answer in answers)
    if given and len(given) == voters and all(same_answer(compared, given[0], other) for other in given):
        return Resolved(given[0], "unanimous", valid, ())
    merged = _majority(fields, compared, given, voters) if resolver == "majority" else None
    if merged is None or isinstance(check_answer(model, merged, text), tuple):
        return None
    differing = [value for value in given if not same_answer(compared, value, merged)]
    return Resolved(merged, "majority", valid, _once(differing))


def _majority(
    fields: Sequence[Field], compared: Sequence[Field], given: Sequence[Values], voters: int
) -> Values | None:
    """Merge the values that have a majority; ``given`` is sorted by annotation id."""
    merged: Values = {}
    for field in compared:
        votes = Counter(comparable(field, value[field.name]) for value in given)
        winner, count = max(votes.items(), key=lambda item: item[1], default=(None, 0))
        if 2 * count <= voters:
            return None
        merged[field.name] = next(v[field.name] for v in given if comparable(field, v[field.name]) == winner)
    if not given:
        return None
    carrier = max(given, key=lambda value: sum(same_answer([field], value, merged) for field in compared))
    return {field.name: merged.get(field.name, carrier[field.name]) for field in fields}


def _once(values: Sequence[Values]) -> tuple[Values, ...]:
    """Return each value once, in an order that depends on content alone."""
    by_content = {digest(value): value for value in values}
    return tuple(by_content[key] for key in sorted(by_content))
