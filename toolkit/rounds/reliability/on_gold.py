"""Answers to gold items: how many are the known ones, with an interval that holds for few items too."""

from collections.abc import Mapping, Sequence

from toolkit.agreement.spans import f1_exact
from toolkit.agreement.table import Value
from toolkit.rounds.comparison import COMPARABLE, Row
from toolkit.rounds.confusion import marked_by_label
from toolkit.rounds.reliability.given import Compared, Given
from toolkit.rounds.reliability.intervals import shared_level, widened, wilson
from toolkit.rounds.reliability.model import LIMITS, Flag, OnGold, rounded
from toolkit.schema import MARKED, Field

_KNOWN = ""
"""The rater that stands for the known answer; no annotator has an empty name."""


def on_gold(field: Field, given: Sequence[Given], found: Compared, gold: Mapping[str, Value | None]) -> OnGold | None:
    """Return one person's answers to a field held against gold; None for free text and where nothing can be compared.

    An item whose known answer leaves the field open is left out; an annotator who leaves open what is known is wrong.

    Args:
        field: the field.
        given: the person's answers.
        found: the field's values.
        gold: passage to the known value.
    """
    pairs = [
        (one, found[one.passage][one.annotator], known)
        for one in given
        if one.valid and (known := gold.get(one.passage)) is not None
    ]
    if not pairs or field.kind not in COMPARABLE:
        return None
    right = sum(mine == known for _, mine, known in pairs)
    if field.kind not in MARKED:
        low, high = wilson(right, len(pairs))
        value = right / len(pairs)
        return OnGold(
            measure="accuracy",
            value=rounded(value),
            low=rounded(low),
            high=rounded(high),
            items=len(pairs),
            right=right,
        )
    return _on_marks(field, pairs, right)


def flags_of_gold(found: Mapping[str, OnGold], tests: int) -> list[Flag]:
    """Return the fields whose accuracy is surely below the limit.

    Args:
        found: field to figures.
        tests: how many pairs of annotator and field are looked at in the round.
    """
    return [
        Flag(
            code="gold_low",
            field=name,
            figures={
                "value": one.value,
                "right": one.right,
                "items": one.items,
                "measure": one.measure,
                "limit": _limit(one),
            },
        )
        for name, one in found.items()
        if _surely_below(one, tests)
    ]


def _limit(one: OnGold) -> float:
    return LIMITS.accuracy if one.measure == "accuracy" else LIMITS.f1_exact


def _surely_below(one: OnGold, tests: int) -> bool:
    if one.items < LIMITS.least_answers:
        return False
    level = shared_level(tests, LIMITS.false_alarms)
    if one.measure == "accuracy":
        return wilson(one.right, one.items, level).high < LIMITS.accuracy
    if one.high is not None:
        return widened(one.value, one.high, level) < LIMITS.f1_exact
    # Documents that are all alike have no interval. Where no mark is right, an item with marks is one that differs.
    differing = one.items - one.right
    return one.value == 0.0 and differing > 0 and wilson(0, differing, level).high < LIMITS.f1_exact


def _on_marks(field: Field, pairs: Sequence[tuple[Given, Value | None, Value]], right: int) -> OnGold | None:
    rows = []
    for one, mine, known in pairs:
        rows.append(Row(one.document, one.passage, one.annotator, mine if mine is not None else frozenset()))
        rows.append(Row(one.document, one.passage, _KNOWN, known))
    measured = f1_exact(marked_by_label(field, rows))
    if measured.value is None:
        return None
    return OnGold(
        measure="f1_exact",
        value=rounded(measured.value),
        low=None if measured.low is None else rounded(measured.low),
        high=None if measured.high is None else rounded(measured.high),
        items=len(pairs),
        right=right,
    )
