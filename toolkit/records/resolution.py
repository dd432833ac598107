"""From several people's answers about one passage to one: unanimous, by vote, or decided by one person. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Final, Literal

from toolkit.noun import digest
from toolkit.records.votes import CERTAIN, Ballot
from toolkit.rounds.answers import Answer
from toolkit.rounds.comparison import COMPARABLE, comparable, same_answer
from toolkit.rounds.weighing import Known, Verdict
from toolkit.schema import Field, Schema, check_answer

Resolution = Literal["unanimous", "majority", "weighted", "adjudicated"]
Values = dict[str, Any]

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Resolved:
    """One answer and how it came about.

    Attributes:
        used: the answers that took part, the adjudicator's included.
        overruled: the valid answers that differ, each once.
        confidence: the fields that a weighted vote decided, each with its value's probability.
    """

    value: Values
    resolution: Resolution
    used: tuple[Answer, ...]
    overruled: tuple[Values, ...]
    confidence: dict[str, float] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Said:
    """What was validly said, sorted by annotation id; ``voters`` counts the invalid answers too."""

    given: tuple[Values, ...]
    voters: int


def resolve(
    model: type[Schema],
    fields: Sequence[Field],
    answers: Sequence[Answer],
    decision: Answer | None,
    *,
    text: str,
    votes: Ballot,
) -> Resolved | None:
    """Return the one answer about a passage, or None when somebody has to decide.

    A decision stands before everything. Without one, answers that are the same in every comparable field are
    unanimous. Else each comparable field goes its own way, as its resolver says: by majority the value that more than
    half of all answers gave (for spans: the exact set); by weighted vote the verdict, if it is ``CERTAIN`` and made of
    what somebody said; a field without a verdict goes by majority; for the lead only a value that all gave. Free text
    comes from the answer that carries most of these values; among equals from the one with the lowest id. An invalid
    answer counts as given: two answers with one invalid have no majority.
    """
    valid = tuple(sorted((answer for answer in answers if answer.value is not None), key=lambda one: one.annotation.id))
    if decision is not None and decision.value is not None:
        differing = [one.value for one in valid if one.value and not same_answer(fields, one.value, decision.value)]
        return Resolved(decision.value, "adjudicated", (*valid, decision), _once(differing))
    compared = [field for field in fields if field.kind in COMPARABLE]
    given = tuple(one.value for one in valid if one.value is not None)
    said = _Said(given, sum(not answer.annotation.skipped for answer in answers))
    if all(_agreed(field, said) for field in compared) and given:
        return Resolved(given[0], "unanimous", valid, ())
    merged = _merged(fields, said, votes)
    if merged is None or isinstance(check_answer(model, merged, text), tuple):
        return None
    differing = [value for value in given if not same_answer(compared, value, merged)]
    confidence = {
        field.name: round(votes.verdicts[field.name].confidence, _DIGITS)
        for field in compared
        if not _agreed(field, said) and _weighed(field, said, votes)
    }
    return Resolved(merged, "weighted" if confidence else "majority", valid, _once(differing), confidence)


def _agreed(field: Field, said: _Said) -> bool:
    """Return whether every answer that was given is valid and says the same."""
    values = {comparable(field, value[field.name]) for value in said.given}
    return len(said.given) == said.voters and len(values) == 1


def _weighed(field: Field, said: _Said, votes: Ballot) -> bool:
    """Return whether a field is the model's to decide; one valid answer alone is no vote."""
    return field.name in votes.verdicts and len(said.given) > 1


def _merged(fields: Sequence[Field], said: _Said, votes: Ballot) -> Values | None:
    """Return the fields' values put together; None when one of them is open."""
    merged: Values = {}
    compared = [field for field in fields if field.kind in COMPARABLE]
    for field in compared:
        if not said.given or (votes.resolvers.of(field.name) == "lead" and not _agreed(field, said)):
            return None
        if _weighed(field, said, votes) and not _agreed(field, said):
            found = _by_weight(field, said, votes.verdicts[field.name])
        else:
            found = _by_majority(field, said)
        if found is None:
            return None
        merged[field.name] = found[0]
    carrier = max(said.given, key=lambda value: sum(same_answer([field], value, merged) for field in compared))
    return {field.name: merged.get(field.name, carrier[field.name]) for field in fields}


def _by_majority(field: Field, said: _Said) -> tuple[Any] | None:
    votes = Counter(comparable(field, value[field.name]) for value in said.given)
    winner, count = max(votes.items(), key=lambda item: item[1])
    return _as_said(field, said, winner) if 2 * count > said.voters else None


def _by_weight(field: Field, said: _Said, verdict: Verdict) -> tuple[Any] | None:
    """Return the verdict as a field's value; None when it is not certain, or nobody said so about this passage."""
    if round(verdict.confidence, _DIGITS) < CERTAIN:
        return None
    return _as_said(field, said, verdict.value) or _put_together(field, said, verdict.value)


def _as_said(field: Field, said: _Said, value: Known) -> tuple[Any] | None:
    """Return the value as the first who said it wrote it."""
    return next(((one[field.name],) for one in said.given if comparable(field, one[field.name]) == value), None)


def _put_together(field: Field, said: _Said, value: Known) -> tuple[Any] | None:
    """Return a set that nobody gave as a whole out of the members that people gave."""
    if not isinstance(value, frozenset):
        return None
    written = {
        member: item for one in reversed(said.given) for item in one[field.name] for member in _members(field, item)
    }
    return ([written[member] for member in sorted(value)],) if value <= written.keys() else None


def _members(field: Field, item: Any) -> frozenset[Any]:
    alone = comparable(field, [item])
    return alone if isinstance(alone, frozenset) else frozenset()


def _once(values: Sequence[Values]) -> tuple[Values, ...]:
    """Return each value once, in an order that depends on content alone."""
    by_content = {digest(value): value for value in values}
    return tuple(by_content[key] for key in sorted(by_content))
