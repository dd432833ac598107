"""What the answers under a schema say: each passage's label, and how far people are from one answer to it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import Any

import numpy as np

from toolkit.agreement.dawid_skene import weighted_vote
from toolkit.agreement.pairs import units_of
from toolkit.agreement.table import PAIR, tabulate
from toolkit.catalog import FoundSchema
from toolkit.rounds.answers import RoundAnswers, read_round
from toolkit.rounds.comparison import COMPARABLE, Row, comparable, label_name
from toolkit.rounds.plan import load_plan, round_names
from toolkit.rounds.report import rows_of
from toolkit.schema import SINGLE, Field, fields_of
from toolkit.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Answered:
    """The valid answers under a schema, of all rounds, read as the schema asks today.

    Attributes:
        rows: field to its values, in the form in which they are compared.
        labelled: passages with a valid answer or decision, sorted.
        labels: passage to the value of the first field of few values, as a word; empty without such a field.
    """

    fields: tuple[Field, ...]
    rows: Mapping[str, Sequence[Row]]
    labelled: tuple[str, ...]
    labels: Mapping[str, str]


def answered_under(workspace: Workspace, found: FoundSchema) -> Answered:
    """Return what was answered under a schema.

    Raises:
        ToolkitError: ``SCHEMA-DRIFT`` when the schema that a round kept is not what it asked.
    """
    names = [name for name in round_names(workspace) if load_plan(workspace, name).schema_name == found.reference]
    rounds = [read_round(workspace, name, migrated=True) for name in names]
    fields = fields_of(found.model)
    rows = {field.name: [row for answers in rounds for row in rows_of(answers, field)] for field in fields}
    values: dict[str, list[dict[str, Any]]] = {}
    for passage, value in (pair for answers in rounds for pair in _values(answers)):
        values.setdefault(passage, []).append(value)
    field = next((one for one in fields if one.kind in SINGLE), None)
    labels = {passage: _label(field, values[passage]) for passage in sorted(values)} if field else {}
    return Answered(fields, rows, tuple(sorted(values)), labels)


def _values(answers: RoundAnswers) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the valid answers to each passage; the decision alone where there is one."""
    for passage in answers.passages:
        decision = answers.decisions.get(passage)
        given = [decision] if decision and decision.value is not None else answers.answers.get(passage, ())
        yield from ((passage, one.value) for one in given if one.value is not None)


def _label(field: Field, values: Sequence[Mapping[str, Any]]) -> str:
    """Return what most say; of equals the first by name; "-" where nobody answered the field."""
    counts = Counter(label_name(value) for one in values if (value := comparable(field, one[field.name])) is not None)
    return min(counts, key=lambda label: (-counts[label], label)) if counts else "-"


def disagreement_of(answered: Answered) -> dict[str, float]:
    """Return passage to how far people are from one answer, from 0 to 1, for those with two answers or more.

    The mean over the fields that two people can be said to disagree in. For one of few values: the entropy of its true
    value under ``weighted_vote``, over that of an even spread, so that two reliable people who differ weigh more than
    one who often errs; plain Dawid and Skene is sure of nearly everything in a small round, and is not right so often.
    For others: the share of pairs of answers that differ.
    """
    by_passage: dict[str, list[float]] = {}
    for field in answered.fields:
        if field.kind in COMPARABLE:
            doubts = _entropies if field.kind in SINGLE else _differing
            for passage, doubt in doubts(answered.rows[field.name]):
                by_passage.setdefault(passage, []).append(doubt)
    return {passage: sum(doubts) / len(doubts) for passage, doubts in sorted(by_passage.items())}


def _entropies(rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    table = tabulate(rows)
    if not len(table.codes) or len(table.values) < PAIR:
        yield from ((unit.name, 0.0) for unit in units_of(rows) if len(unit.answers) >= PAIR)
        return
    chances = weighted_vote(table).posterior
    entropies = -(chances * np.log(np.maximum(chances, np.finfo(float).tiny))).sum(axis=1) / log(len(table.values))
    # The table's units are sorted as those of the pairs are: by document and passage.
    for unit, entropy in zip(units_of(rows), np.round(entropies, 9).tolist(), strict=True):
        if len(unit.answers) >= PAIR:
            yield unit.name, entropy


def _differing(rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    for unit in units_of(rows):
        pairs = list(combinations(unit.answers.values(), 2))
        if pairs:
            yield unit.name, sum(one != other for one, other in pairs) / len(pairs)
