"""Agreement on which stretches of a text are marked, and as what: alpha over tokens, and alpha for unitizing.

Unlike F1 both know what nobody marked, and so correct for chance. What a person says of a place is the set of the
labels that he marked it with, most often none or one; two sets are equal or not. For one label alone, pass the spans
of that label; for marking without regard to labels, spans of one label.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from toolkit.agreement.pairs import Answered, Unit, base_of, documents_of, units_of
from toolkit.agreement.resampling import Floats, Integers, Measured, figure, ratio, undefined
from toolkit.agreement.spans import Mark, Marks
from toolkit.agreement.table import PAIR
from toolkit.agreement.tokens import Tokens

Rows = Sequence[Answered[Marks]]


class _Piece(NamedTuple):
    """A stretch that one person marked as one whole, or left as a gap; ``label`` is a set of labels as bits."""

    start: int
    end: int
    label: int


class _Sums(NamedTuple):
    """What one passage adds to alpha.

    Attributes:
        places: places times people.
        differing: places times pairs that differ, each pair twice, by the number of others.
        labels: how many places times people have each set of labels.
        tied: pairs of places, the place itself included, that chance may not pair: they are of one unit.
    """

    places: int
    differing: float
    labels: Counter[int]
    tied: int


def token_alpha(rows: Rows, tokens: Mapping[str, Tokens]) -> Measured:
    """Return Krippendorff's nominal alpha over the tokens of the passages that two people or more answered.

    A token has the labels of the spans that share a character with it. Formula as ``krippendorff_alpha``.

    Args:
        rows: the answers, spans in code points of the passage.
        tokens: the tokens of each unit's text.
    """
    rows = [row._replace(value=_on_tokens(row.value, tokens[row.unit])) for row in rows]
    return _alpha(rows, lambda unit: len(tokens[unit].starts), units=False)


def u_alpha(rows: Rows, lengths: Mapping[str, int]) -> Measured:
    """Return the unitizing alpha of K. Krippendorff, Y. Mathet, S. Bouvry and A. Widlöcher.

    "On the reliability of unitizing textual continua: Further developments" (2016), equations 1 to 5, also in K.
    Krippendorff, "Content Analysis" (4th ed., 2019), section 12.6: one minus the share of characters on which pairs of
    people differ, over that share for two characters drawn from all people's, both never from one unit; a gap has no
    structure, so its characters are drawn singly. The passages make one continuum, each weighing by its people. Where
    spans of one person overlap, each part between their ends is a unit of its own.

    Args:
        rows: the answers, spans in code points of the passage.
        lengths: the code points of each unit's text.
    """
    return _alpha(rows, lambda unit: lengths[unit], units=True)


def _on_tokens(marks: Marks, tokens: Tokens) -> Marks:
    return frozenset(Mark(mark.label, *tokens.touched(mark.start, mark.end)) for mark in marks)


def _alpha(rows: Rows, length_of: Callable[[str], int], *, units: bool) -> Measured:
    found = units_of(rows)
    paired = [unit for unit in found if len(unit.answers) >= PAIR and length_of(unit.name)]
    base = base_of(found, paired)
    if not paired:
        return undefined(base, "no overlap" if found else "no data")
    bits = {label: 1 << place for place, label in enumerate(sorted({m.label for row in rows for m in row.value}))}
    sums = [_sums(unit, length_of(unit.name), bits, units=units) for unit in paired]
    if not any(label for one in sums for label in one.labels):
        return undefined(base, "no labels")
    documents = documents_of(paired)
    return figure(_statistic(sums, documents), documents, documents.max() + len(bits), base, "no variation")


def _statistic(sums: Sequence[_Sums], documents: Integers) -> Callable[[Floats], Floats]:
    """Return alpha as a function of the documents' weights."""
    place = {label: at for at, label in enumerate(sorted({label for one in sums for label in one.labels}))}
    plain = np.zeros((documents.max() + 1, 3))
    np.add.at(plain, documents, [(one.places, one.differing, one.tied) for one in sums])
    labels = np.zeros((len(plain), len(place)))
    cells = [
        (document, place[label], n)
        for document, one in zip(documents, sums, strict=True)
        for label, n in one.labels.items()
    ]
    rows, columns, counts = zip(*cells, strict=True)
    np.add.at(labels, (rows, columns), counts)

    def alpha(weights: Floats) -> Floats:
        places, differing, tied = (weights @ plain).T
        unlike = places**2 - ((weights @ labels) ** 2).sum(axis=1)
        alphas: Floats = 1 - ratio(differing * (places**2 - tied), places * unlike)
        return alphas

    return alpha


def _sums(unit: Unit[Marks], length: int, bits: Mapping[str, int], *, units: bool) -> _Sums:
    people = [_pieces(marks, length, bits) for marks in unit.answers.values()]
    labels, tied = Counter[int](), 0
    for start, end, label in (piece for pieces in people for piece in pieces):
        labels[label] += end - start
        tied += (end - start) ** 2 if units and label else end - start
    return _Sums(len(people) * length, _differing(people), labels, tied)


def _pieces(marks: Iterable[Mark], length: int, bits: Mapping[str, int]) -> list[_Piece]:
    """Return one person's units and gaps, cut wherever a span of his begins or ends."""
    spans = [(max(mark.start, 0), min(mark.end, length), bits[mark.label]) for mark in marks]
    cuts = sorted({0, length, *(at for start, end, _ in spans if start < end for at in (start, end))})
    if len(cuts) == PAIR and not spans:
        return [_Piece(0, length, 0)]
    pieces = []
    for start, end in pairwise(cuts):
        label = 0
        for first, last, bit in spans:
            if first <= start and end <= last:
                label |= bit
        pieces.append(_Piece(start, end, label))
    return pieces


def _differing(people: Sequence[Sequence[_Piece]]) -> float:
    """Return the places times ordered pairs of people that differ, over the number of other people."""
    places, at, turns = 0, 0, [0] * len(people)
    while turns[0] < len(people[0]):
        now = [pieces[turn] for pieces, turn in zip(people, turns, strict=True)]
        end, said = min([piece.end for piece in now]), [piece.label for piece in now]
        if said.count(said[0]) < len(said):
            places += (end - at) * sum([len(said) - said.count(label) for label in said])
        at, turns = end, [turn + (piece.end == end) for turn, piece in zip(turns, now, strict=True)]
    return places / (len(people) - 1)
