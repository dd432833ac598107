"""How often each label was given, by all and by each person: an odd share shows a habit before any figure does."""

from collections import Counter
from collections.abc import Sequence

from toolkit.noun import Noun
from toolkit.rounds.comparison import Row, labels_in
from toolkit.schema import Field


class LabelShares(Noun):
    """The labels of a field.

    Attributes:
        labels: the schema's labels in its order, then any other that was used.
        counts: how often each was given, by all.
        by: annotator to how often that person gave each.
    """

    labels: tuple[str, ...]
    counts: tuple[int, ...]
    by: dict[str, tuple[int, ...]]


def shares_of(field: Field, rows: Sequence[Row]) -> LabelShares:
    """Return the label counts of a field; a list of labels counts each of them."""
    by: dict[str, Counter[str]] = {}
    for row in rows:
        by.setdefault(row.rater, Counter()).update(labels_in(row.value))
    every = sum(by.values(), Counter[str]())
    known = field.values
    labels = (*known, *sorted(every.keys() - set(known)))
    return LabelShares(
        labels=labels,
        counts=tuple(every[label] for label in labels),
        by={rater: tuple(by[rater][label] for label in labels) for rater in sorted(by)},
    )
