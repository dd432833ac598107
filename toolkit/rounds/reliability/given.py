"""A round's answers by person and in the order of submission, and what they say in the form in which it is compared."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from toolkit.agreement.table import Value
from toolkit.passages import Passage
from toolkit.rounds.answers import Answer, RoundAnswers
from toolkit.rounds.comparison import Row, label_name, measured_form
from toolkit.schema import Field

_SHOWN = 40


class Given(NamedTuple):
    """One submitted answer that was not skipped.

    Attributes:
        at: when it was submitted, and the answer's identity, to sort by.
        seconds: how long it took, None where the server did not say.
        length: characters of the passage.
        valid: whether the schema accepts it.
    """

    passage: str
    annotator: str
    document: str
    at: tuple[str, str]
    seconds: float | None
    length: int
    valid: bool


Compared = Mapping[str, Mapping[str, Value | None]]
"""Passage to annotator to a field's value as it is compared; None where the field was left open."""


def all_answers(answers: RoundAnswers) -> dict[str, Sequence[Answer]]:
    """Return the answers of every passage, gold items among them: nobody can tell them while labelling."""
    return {**answers.answers, **{passage: item.given for passage, item in answers.gold.items()}}


def given_by(answers: RoundAnswers) -> dict[str, list[Given]]:
    """Return every annotator's answers in the order of submission, also those of people who gave none."""
    found: dict[str, list[Given]] = {task.annotator: [] for tasks in answers.tasks.values() for task in tasks}
    about = {**answers.passages, **{passage: item.passage for passage, item in answers.gold.items()}}
    for passage, of_passage in all_answers(answers).items():
        for answer in of_passage:
            if not answer.annotation.skipped:
                found.setdefault(answer.annotation.annotator, []).append(_given(answer, about[passage]))
    return {name: sorted(found[name], key=lambda one: one.at) for name in sorted(found)}


def _given(answer: Answer, passage: Passage) -> Given:
    one = answer.annotation
    return Given(
        passage=one.passage,
        annotator=one.annotator,
        document=passage.document,
        at=(one.updated_at, one.id),
        seconds=one.seconds,
        length=len(passage.text),
        valid=answer.value is not None,
    )


def is_ordered(given: Sequence[Given]) -> bool:
    """Return whether the times of submission tell an order: an export may give one time to all."""
    return 2 * len({one.at[0] for one in given}) > len(given)


def compared(answers: RoundAnswers, field: Field) -> Compared:
    """Return the valid answers' values of a field; spans without what is said about them."""
    return {
        passage: {
            answer.annotation.annotator: measured_form(field, answer.value[field.name])
            for answer in of_passage
            if answer.value is not None
        }
        for passage, of_passage in all_answers(answers).items()
    }


def rows_of(found: Compared, documents: Mapping[str, str]) -> list[Row]:
    """Return the values as rows of the measures of agreement."""
    return [
        Row(documents[passage], passage, annotator, value)
        for passage, of_passage in found.items()
        for annotator, value in of_passage.items()
        if value is not None
    ]


def shown(value: Value | None) -> str:
    """Return a value as a few characters of text; an empty list and a field left open are both empty."""
    if value is None:
        return ""
    if isinstance(value, frozenset):
        names = sorted(member if isinstance(member, str) else str(member[0]) for member in value)
        return ", ".join(names)[:_SHOWN]
    return label_name(value)[:_SHOWN]
