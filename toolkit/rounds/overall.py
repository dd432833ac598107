"""Agreement over all fields of a round: how often whole answers are the same, and how far fields agree on average.

Free text takes no part: two people never write the same.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from toolkit.agreement.kappa import percent_agreement
from toolkit.agreement.resampling import Base, Floats, Integers, Kept, Measured, figure, kept_statistics, undefined
from toolkit.agreement.table import PAIR, Rating, Value, tabulate
from toolkit.rounds.answers import RoundAnswers
from toolkit.rounds.comparison import COMPARABLE, Row, comparable
from toolkit.rounds.measures import measures_for
from toolkit.schema import Field

WHOLE: Final = "percent_agreement"
MEAN: Final = "mean_agreement"


class _Told(NamedTuple):
    """What stands behind one field's telling figure, and the documents that its weights are of, in their order."""

    kept: Kept
    documents: list[str]


def overall(answers: RoundAnswers, rows: Mapping[str, Sequence[Row]]) -> dict[str, Measured]:
    """Return the figures over all comparable fields of a round; none where there is no such field.

    ``percent_agreement`` is the share of pairs of answers that are equal in every field, each passage counting once.
    ``mean_agreement`` is the mean of the fields' telling measures, as far as they are defined; its interval resamples
    the documents for all fields together.

    Args:
        answers: the round's answers; those that are not valid are left out.
        rows: field to its comparable values, as the fields' own figures rest on.
    """
    fields = [field for field in answers.fields if field.kind in COMPARABLE]
    if not fields:
        return {}
    whole = percent_agreement(tabulate(_whole(answers, fields)))
    texts = {name: passage.text for name, passage in answers.passages.items()}
    told = [one for field in fields if (one := _telling(field, rows[field.name], texts))]
    return {WHOLE: whole, MEAN: _mean(told, Base.model_validate(whole.model_dump(include=set(Base.model_fields))))}


def _whole(answers: RoundAnswers, fields: Sequence[Field]) -> list[Rating]:
    """Return whole answers as ratings; equal ones have the same number."""
    numbers: dict[tuple[Value | None, ...], int] = {}
    rows = []
    for passage, given in answers.answers.items():
        for answer in given:
            if answer.value is not None:
                said = tuple(comparable(field, answer.value[field.name]) for field in fields)
                number = numbers.setdefault(said, len(numbers))
                document = answers.passages[passage].document
                rows.append(Rating(document, passage, answer.annotation.annotator, number))
    return rows


def _telling(field: Field, rows: Sequence[Row], texts: Mapping[str, str]) -> _Told | None:
    """Return what stands behind a field's telling figure; None where it is undefined."""
    people: dict[str, set[str]] = {}
    for row in rows:
        people.setdefault(row.unit, set()).add(row.rater)
    paired = [row for row in rows if len(people[row.unit]) >= PAIR]
    measure = next(iter(measures_for(field, texts).values()))
    with kept_statistics() as kept:
        measure(paired)
    return _Told(kept[0], sorted({row.document for row in paired})) if kept else None


def _mean(told: Sequence[_Told], base: Base) -> Measured:
    if not told:
        return undefined(base, "no variation" if base.units else "no overlap" if base.single else "no data")
    names = sorted({document for one in told for document in one.documents})
    place = {name: at for at, name in enumerate(names)}
    columns: list[Integers] = [np.array([place[name] for name in one.documents]) for one in told]

    def statistic(weights: Floats) -> Floats:
        values = [_under(one.kept, weights[:, its]) for one, its in zip(told, columns, strict=True)]
        means: Floats = np.mean(values, axis=0)
        return means

    return figure(statistic, np.arange(len(names)), sum(one.kept.wide for one in told), base, "no variation")


def _under(kept: Kept, weights: Floats) -> Floats:
    """Return a field's values; NaN for a draw without any of its documents, which it is not made for."""
    empty = np.asarray(~weights.any(axis=1))
    values: Floats = np.where(empty, np.nan, kept.statistic(np.where(empty[:, None], 1.0, weights)))
    return values
