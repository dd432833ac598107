"""A round's answers weighed by the model of annotators: the likely value of a field for each passage, and how likely.

Fields of one value out of few are modelled as such, leaving the field open being a value too. For sets (several
choices, places in a tree, spans, relations) each member is asked for apart, present or not, with one model for the
field; for spans and relations those are the ones that somebody marked about the passage.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.agreement.dawid_skene import weighted_vote
from toolkit.agreement.table import Rating, Value, tabulate
from toolkit.noun import digest
from toolkit.rounds.answers import Answer, RoundAnswers
from toolkit.rounds.comparison import comparable
from toolkit.schema import MARKED, SINGLE, Field, Kind

LEAST_SHARED: Final = 20
"""Passages that an annotator has to share before their answers are weighed; below it the standard error of an accuracy
of 0.8 is more than 0.09. A passage is shared when two others answered it too, or when its right answer is known: of two
people who differ either may be right."""

_LISTED: Final[frozenset[Kind]] = frozenset({"choices", "taxons"})
WEIGHED: Final = SINGLE | _LISTED | MARKED
"""Kinds that the model fits. Numbers, dates, rankings and texts have too many values, and most are used once."""
_NO, _YES = "", "yes"
_HALF: Final = 0.5

Known = Value | None


class Verdict(NamedTuple):
    """The likely value of a field, in the form in which answers are compared, and its probability.

    ``confidence`` is of a set that of its least certain member, present or absent.
    """

    value: Known
    confidence: float


class _Unit(NamedTuple):
    """What one question to the model is about."""

    passage: str
    member: Any


class _Given(NamedTuple):
    """A field's values.

    Attributes:
        said: passage to annotator to value.
        right: passage to value, where it is known.
    """

    said: Mapping[str, Mapping[str, Known]]
    right: Mapping[str, Known]


def weigh(field: Field, answers: RoundAnswers) -> dict[str, Verdict]:
    """Return passage to verdict, for the passages whose annotators all share enough passages; no gold items.

    Gold items, and passages that an adjudicator decided, teach the model with their known values. Empty for a field
    of another kind than those in ``WEIGHED``.
    """
    if field.kind not in WEIGHED:
        return {}
    given = _given(field, answers)
    trusted = sharing(given.said, frozenset(given.right))
    kept = {passage: said for passage, said in given.said.items() if said and trusted.issuperset(said)}
    chances = _chances(field, _Given(given.said, given.right), trusted) if kept else {}
    return {passage: _verdict(field, chances[passage]) for passage in sorted(kept) if passage in answers.tasks}


def sharing(said: Mapping[str, Mapping[str, Known]], known: frozenset[str]) -> frozenset[str]:
    """Return the annotators that share ``LEAST_SHARED`` passages; others do not count as those they are shared with."""
    trusted = frozenset(name for of_passage in said.values() for name in of_passage)
    while True:
        shared = dict.fromkeys(trusted, 0)
        for passage, of_passage in said.items():
            there = trusted.intersection(of_passage)
            if len(there) > 2 or passage in known:  # noqa: PLR2004 - two others and oneself
                for name in there:
                    shared[name] += 1
        enough = frozenset(name for name, count in shared.items() if count >= LEAST_SHARED)
        if enough == trusted:
            return trusted
        trusted = enough


def _given(field: Field, answers: RoundAnswers) -> _Given:
    gold = {passage: one.given for passage, one in answers.gold.items()}
    said = {passage: _said(field, of_passage) for passage, of_passage in [*answers.answers.items(), *gold.items()]}
    right = {passage: comparable(field, one.answer[field.name]) for passage, one in answers.gold.items()}
    for passage, decision in answers.decisions.items():
        if decision.value is not None and passage in said:
            right[passage] = comparable(field, decision.value[field.name])
    return _Given(said, right)


def _said(field: Field, answers: Sequence[Answer]) -> dict[str, Known]:
    valid = [one for one in answers if one.value is not None]
    return {one.annotation.annotator: comparable(field, (one.value or {})[field.name]) for one in valid}


def _chances(field: Field, given: _Given, trusted: frozenset[str]) -> dict[str, dict[Any, dict[str, float]]]:
    """Return passage to member to value to probability; a field of one value has one member, None."""
    members = _everywhere(given) if field.kind in _LISTED else None
    units: dict[str, _Unit] = {}
    ratings = []
    for passage in sorted(given.said):
        said = {name: value for name, value in given.said[passage].items() if name in trusted}
        for unit in _units(field, passage, [*said.values(), given.right.get(passage)], members) if said else ():
            key = f"{passage} {digest(_code(unit.member))}"
            units[key] = unit
            ratings += [Rating(key, key, name, _rated(unit, value)) for name, value in said.items()]
    chances: dict[str, dict[Any, dict[str, float]]] = {passage: {} for passage in given.said}
    if not ratings:
        return chances
    table, rows = tabulate(ratings), [units[key] for key in sorted(units)]  # the table's units are sorted too
    posterior = weighted_vote(table, _known(rows, table.values, given.right)).posterior.tolist()
    for unit, row in zip(rows, posterior, strict=True):
        chances[unit.passage][unit.member] = dict(zip(map(str, table.values), row, strict=True))
    return chances


def _known(units: Sequence[_Unit], values: Sequence[Value], right: Mapping[str, Known]) -> dict[int, int]:
    """Return the known units as the model takes them; a value that nobody ever gave teaches nothing."""
    code = {value: code for code, value in enumerate(values)}
    rated = {at: _rated(unit, right[unit.passage]) for at, unit in enumerate(units) if unit.passage in right}
    return {at: code[value] for at, value in rated.items() if value in code}


def _units(field: Field, passage: str, values: Sequence[Known], members: Sequence[Any] | None) -> Iterator[_Unit]:
    if field.kind in SINGLE:
        yield _Unit(passage, None)
        return
    here = {member for value in values if isinstance(value, frozenset) for member in value}
    for member in members if members is not None else sorted(here):
        yield _Unit(passage, member)


def _everywhere(given: _Given) -> list[Any]:
    values = [*given.right.values(), *(value for said in given.said.values() for value in said.values())]
    return sorted({member for value in values if isinstance(value, frozenset) for member in value})


def _rated(unit: _Unit, value: Known) -> str:
    if unit.member is None:
        return _code(value)
    return _YES if isinstance(value, frozenset) and unit.member in value else _NO


def _code(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _verdict(field: Field, chances: Mapping[Any, Mapping[str, float]]) -> Verdict:
    if field.kind in SINGLE:
        (of_values,) = chances.values()
        likely = max(sorted(of_values), key=lambda code: of_values[code])
        return Verdict(json.loads(likely), of_values[likely])
    present = {member: of_values.get(_YES, 0.0) for member, of_values in chances.items()}
    inside = frozenset(member for member, chance in present.items() if chance >= _HALF)
    return Verdict(inside, min((max(chance, 1 - chance) for chance in present.values()), default=1.0))
