"""Agreement label by label: the F1 of each label between pairs of answers, in one pass over all of them.

For chosen labels it is known as specific agreement (J. Fleiss, "Measuring agreement between two judges on the presence
or absence of a trait", 1975); for spans it is the exact F1 of the label.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from toolkit.agreement.pairs import Answered, base_of, documents_of, units_of
from toolkit.agreement.resampling import Base, Floats, Integers, Measured, measured, ratio, undefined
from toolkit.agreement.spans import Marks
from toolkit.agreement.table import PAIR


def f1_by_label(rows: Iterable[Answered[Marks]]) -> dict[str, Measured]:
    """Return label to pairwise F1, labels sorted; a match has equal label, start and end.

    The figure of a label rests on every unit with two answers or more, whether or not anybody used it there.
    """
    units = units_of(rows)
    paired = [unit for unit in units if len(unit.answers) >= PAIR]
    labels = sorted({mark.label for unit in units for marks in unit.answers.values() for mark in marks})
    base = base_of(units, paired)
    if not paired:
        return {label: undefined(base, "no overlap") for label in labels}
    place = {label: number for number, label in enumerate(labels)}
    shared, possible = np.zeros((len(paired), len(labels))), np.zeros((len(paired), len(labels)))
    for row, unit in enumerate(paired):
        _count(list(unit.answers.values()), place, shared[row], possible[row])
    documents = documents_of(paired)
    return {label: _figure(shared[:, at], possible[:, at], documents, base) for label, at in place.items()}


def _count(answers: Sequence[Marks], place: dict[str, int], shared: Floats, possible: Floats) -> None:
    """Add one unit's pairs: a label's marks in both answers twice, and its marks in either."""
    for marks in answers:
        for label, count in Counter(mark.label for mark in marks).items():
            possible[place[label]] += count * (len(answers) - 1)
    for one, other in combinations(answers, 2):
        for mark in one & other:
            shared[place[mark.label]] += 2


def _figure(shared: Floats, possible: Floats, documents: Integers, base: Base) -> Measured:
    """Return a label's figure; documents where nobody used it weigh nothing, so they are drawn and not multiplied."""
    used = possible > 0

    def statistic(weights: Floats) -> Floats:
        drawn = weights[:, used]
        return ratio(drawn @ shared[used], drawn @ possible[used])

    return measured(statistic, documents, base, "no labels")
