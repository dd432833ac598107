"""What the model of annotators says of each of them: accuracy without gold, and which label is taken for which."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from toolkit.agreement.dawid_skene import SMOOTHING, Model, weighted_vote
from toolkit.agreement.table import PAIR, Table, Value, tabulate
from toolkit.rounds.comparison import Row
from toolkit.rounds.reliability.given import shown
from toolkit.rounds.reliability.model import LIMITS, Lacking, Modelled, rounded
from toolkit.schema import Field

_IDENTIFIED: Final = 3
"""Raters from whom on their errors can be told apart without gold; of two that differ either may be right."""


def models_of(field: Field, rows: Sequence[Row], gold: Mapping[str, Value | None]) -> dict[str, Modelled]:
    """Return what the model says of each person's answers to a field.

    Which labels are true is said by ``weighted_vote``, better than by plain Dawid and Skene, which fits noise in small
    rounds. Its matrices, drawn towards a mean for that purpose, would flatter and wrong people: they are counted anew.

    Args:
        field: one of a kind in ``SINGLE``.
        rows: the answers, those to gold items too.
        gold: passage to the known value; it teaches the model.
    """
    if not rows:
        return {}
    table = tabulate(rows)
    raters = sorted({row.rater for row in rows})
    units = [unit for _, unit in sorted({(row.document, row.unit) for row in rows})]
    known = _known(table, units, gold)
    kept = _telling(table, known)
    model = _counted(weighted_vote(table, known), table, kept)
    people = int((table.codes[kept] >= 0).any(axis=0).sum())
    found = {}
    for place, rater in enumerate(raters):
        answers = int((table.codes[kept, place] >= 0).sum())
        lacking: Lacking | None = "too few annotators" if not known and people < _IDENTIFIED else None
        if answers < LIMITS.least_answers:
            lacking = "too little overlap"
        told = Modelled(accuracy=None, lacking=lacking, answers=answers)
        found[rater] = told if lacking else _modelled(field, model, place, answers)
    return found


def _known(table: Table, units: Sequence[str], gold: Mapping[str, Value | None]) -> dict[int, int]:
    """Return the gold units' known values as the model takes them; a value that nobody ever gave teaches nothing."""
    code = {value: code for code, value in enumerate(table.values)}
    return {place: code[value] for place, unit in enumerate(units) if (value := gold.get(unit)) in code}


def _telling(table: Table, known: Mapping[int, int]) -> Any:
    """Return which units say something about their raters: with two ratings, or a known value."""
    kept = table.ratings >= PAIR
    kept[list(known)] = True
    return kept


def _counted(model: Model, table: Table, kept: Any) -> Model:
    """Return the model with the matrices that the answers to some units make, each as far as its label is likely true.

    For a label that was never true of a person's units, the model's own row stays.
    """
    units, raters = np.nonzero((table.codes >= 0) & kept[:, None])
    counts = SMOOTHING * model.confusion
    for unit, rater, given in zip(units, raters, table.codes[units, raters], strict=True):
        counts[rater, :, given] += model.posterior[unit]
    return replace(model, confusion=counts / counts.sum(axis=2, keepdims=True))


def _modelled(field: Field, model: Model, rater: int, answers: int) -> Modelled:
    names = [shown(value) for value in model.values]
    order = sorted(range(len(names)), key=lambda code: (_place(field, names[code]), code))
    matrix = model.confusion[rater][np.ix_(order, order)]
    shares = matrix * model.priors[order][:, None]
    wrong = shares - np.diag(shares.diagonal())
    true, given = np.unravel_index(int(wrong.argmax()), wrong.shape)
    labels = tuple(names[code] for code in order)
    # Smoothing leaves a trace everywhere: less than one answer's worth is no confusion.
    confused = wrong[true, given] * answers >= 1.0
    return Modelled(
        accuracy=rounded(model.accuracies()[rater]),
        labels=labels,
        confusion=tuple(tuple(rounded(chance) for chance in row) for row in matrix),
        most=(labels[int(true)], labels[int(given)]) if confused else None,
        most_share=rounded(wrong[true, given]) if confused else None,
        answers=answers,
    )


def _place(field: Field, name: str) -> int:
    """Return a label's place in the schema; values without labels keep their own order."""
    return field.values.index(name) if name in field.values else len(field.values)
