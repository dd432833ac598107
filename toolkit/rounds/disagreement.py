"""Which passages people disagree on, and in which fields. Pure; what is decided about them lies elsewhere."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from toolkit.annotations import Annotation
from toolkit.noun import Noun
from toolkit.rounds.comparison import COMPARABLE, comparable
from toolkit.schema import Field


class Candidate(Noun):
    """One annotator's answer to a passage that others answered differently.

    Attributes:
        values: the differing fields and what this annotator said.
    """

    annotation: str
    annotator: str
    values: dict[str, Any]


class Disagreement(Noun):
    """A passage with differing answers.

    Attributes:
        fields: the fields that differ, in the schema's order.
        agreeing: the share of equal values, over all pairs of answers and all comparable fields.
        candidates: every answer that was not skipped, sorted by annotator.
    """

    passage: str
    fields: tuple[str, ...]
    agreeing: float
    candidates: tuple[Candidate, ...]


def disagreements(annotations: Iterable[Annotation], fields: Sequence[Field]) -> tuple[Disagreement, ...]:
    """Return the passages whose annotators differ in a comparable field, sorted by passage.

    Skipped answers and an adjudicator's have no say. Differing free text alone is no disagreement.
    """
    answers = answered_by_passage(annotations)
    found = (_disagreement(passage, answers[passage], fields) for passage in sorted(answers))
    return tuple(one for one in found if one.fields)


def answered_by_passage(annotations: Iterable[Annotation]) -> dict[str, list[Annotation]]:
    """Return the annotators' answers that were not skipped, by passage, each list sorted by annotator."""
    answers: dict[str, list[Annotation]] = {}
    for annotation in sorted(annotations, key=lambda one: (one.annotator, one.id)):
        if annotation.role == "annotator" and not annotation.skipped:
            answers.setdefault(annotation.passage, []).append(annotation)
    return answers


def _disagreement(passage: str, answers: Sequence[Annotation], fields: Sequence[Field]) -> Disagreement:
    compared = [field for field in fields if field.kind in COMPARABLE]
    given = {field.name: [comparable(field, one.answer.get(field.name)) for one in answers] for field in compared}
    differing = [name for name, values in given.items() if len(set(values)) > 1]
    equal = [one == other for values in given.values() for one, other in combinations(values, 2)]
    return Disagreement(
        passage=passage,
        fields=tuple(differing),
        agreeing=round(sum(equal) / len(equal), 6) if equal else 1.0,
        candidates=tuple(
            Candidate(
                annotation=one.id,
                annotator=one.annotator,
                values={name: one.answer.get(name) for name in differing},
            )
            for one in answers
        ),
    )
