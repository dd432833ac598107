"""Which rows look wrong: how far a row's own question helps its answer, before and after training.

An answer's raw loss says how hard or how common the answer is, and ranks planted errors no better than chance. So the
loss given the row's own question is held against the mean loss of the same answer given other questions (pointwise
V-information: K. Ethayarajh, Y. Choi and S. Swayamdipta, "Understanding Dataset Difficulty with V-Usable Information",
2022). Where the own question helps little, the answer may belong to another one.

What came after training is in-sample for rows that were learned from: the arms train on all of them, and a model that
learned a wrong answer by heart finds its question helpful. Such rows say so (``trained``), and are compared with each
other alone.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, median, pstdev
from typing import Any, Final, NamedTuple

from toolkit.noun import digest
from toolkit.preflight import MASKED, ChatTokenizer, Encoded, encode_row, messages_of
from toolkit.release import Dataset
from toolkit.training.loop import Row, row_outcomes
from toolkit.training.runs import Contrasts
from toolkit.workspace import dump_line, write_text

FILE: Final = "scores.jsonl"
MOST_ROWS: Final = 2000
"""Rows that are scored; of more, those with the lowest hashes, so that a longer dataset keeps most of them."""
_OTHERS: Final = 3
_TRIES: Final = 24
_BATCH: Final = 8
_DIGITS: Final = 6


class Asked(NamedTuple):
    """A row to score.

    Attributes:
        row: its place in the dataset from 0, over the splits in their order.
        trained: whether the arms learn from it.
        own: its answer given its question.
        others: its answer given other rows' questions; at least one.
    """

    row: int
    id: str
    passage: str | None
    trained: bool
    own: Row
    others: tuple[Row, ...]


class Scored(NamedTuple):
    """How many rows have scores, and how far questions help before and after training, in standard deviations of rows.

    Where both are 0 no model understood a question, and the suspicions mean nothing.
    """

    rows: int
    before: float
    after: float


def asked_of(dataset: Dataset, chat: ChatTokenizer, max_length: int) -> list[Asked]:
    """Return the rows that can be scored: encoded, and with another question to be held against.

    The other questions are of the same schema and language, have another answer, and are drawn by the row's identity.
    """
    rows = [(split, row) for split in dataset.splits for row in dataset.rows(split)]
    kinds: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for _, row in rows:
        kinds.setdefault(_kind(row), []).append(row)
    found = []
    for place in _chosen([str(row["id"]) for _, row in rows]):
        split, row = rows[place]
        own = _encoded(row, chat, max_length)
        others = _others(row, kinds[_kind(row)], chat, max_length) if own else ()
        if own and others:
            found.append(Asked(place, str(row["id"]), row["meta"].get("passage"), split == "train", own, others))
    return found


def contrasts_of(model: Any, asked: Sequence[Asked]) -> Contrasts:
    """Return what a model says of the rows, at one forward pass for each question."""
    outcomes = iter(row_outcomes(model, [one for row in asked for one in (row.own, *row.others)], _BATCH))
    own, others, entropy = [], [], []
    for row in asked:
        mine = next(outcomes)
        own.append(mine.loss)
        entropy.append(mine.entropy)
        others.append(sum(next(outcomes).loss for _ in row.others) / len(row.others))
    return Contrasts(own=tuple(own), others=tuple(others), entropy=tuple(entropy))


def write_scores(folder: Path, asked: Sequence[Asked], before: Contrasts, after: Sequence[Contrasts]) -> Scored:
    """Write ``scores.jsonl``, the rows in the dataset's order, and return how many there are and what they rest on.

    Each row has ``before`` and ``after``: what its question helps, in nats a token, below 0 where it does.
    ``suspicion`` is their mean in standard deviations from the median of the row's like (learned from, or held out),
    each weighed by how far that model is helped by questions at all: a base that does not understand them has no say.
    0 is usual, higher is worse. ``uncertainty`` is the trained model's mean entropy over the answer's tokens, in nats,
    whatever the answer says; ``loss`` its loss.

    Args:
        folder: the run's.
        asked: the rows.
        before: what the untrained base says of them.
        after: what each model trained on the true answers says; the mean counts.
    """
    trained = [row.trained for row in asked]
    helps, helped = _help([before]), _help(after)
    weights = _weight(helps), _weight(helped)
    suspicion = _weighed([_standardised(helps, trained), _standardised(helped, trained)], weights)
    lines = [
        {
            "row": row.row,
            "id": row.id,
            "suspicion": _rounded([suspicion[place]]),
            "uncertainty": _rounded([one.entropy[place] for one in after]),
            **({"passage": row.passage} if row.passage else {}),
            "before": _rounded([helps[place]]),
            "after": _rounded([helped[place]]),
            "loss": _rounded([one.own[place] for one in after]),
            "trained": row.trained,
        }
        for place, row in enumerate(asked)
    ]
    write_text(folder / FILE, "".join(map(dump_line, lines)))
    return Scored(rows=len(lines), before=_rounded(weights[:1]), after=_rounded(weights[1:]))


def _kind(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["meta"]["schema"]), str(row["meta"]["language"])


def _chosen(ids: Sequence[str]) -> list[int]:
    return sorted(sorted(range(len(ids)), key=lambda place: (digest(ids[place]), place))[:MOST_ROWS])


def _others(
    row: Mapping[str, Any], alike: Sequence[Mapping[str, Any]], chat: ChatTokenizer, max_length: int
) -> tuple[Row, ...]:
    """Return the row's answer given a few other questions, where it is not cut."""
    draw = random.Random(f"questions {row['id']}")  # noqa: S311 - an order, not a secret
    *asked, answer = messages_of(row)
    found: dict[int, Row] = {}
    for _ in range(_TRIES):
        place = draw.randrange(len(alike))
        *other, theirs = messages_of(alike[place])
        if place in found or other == asked or theirs == answer:
            continue
        encoded = _encoded({**row, "messages": [*other, answer]}, chat, max_length, whole=True)
        if encoded:
            found[place] = encoded
        if len(found) == _OTHERS:
            break
    return tuple(found.values())


def _encoded(row: Mapping[str, Any], chat: ChatTokenizer, max_length: int, *, whole: bool = False) -> Row | None:
    encoded = encode_row(row, chat, max_length)
    if not isinstance(encoded, Encoded) or (whole and encoded.length > max_length):
        return None
    return Row(encoded.ids, encoded.labels) if any(label != MASKED for label in encoded.labels) else None


def _help(models: Sequence[Contrasts]) -> list[float]:
    """Return for each row its loss given its question less that given others, over models: below 0, it helps."""
    differences = ([own - other for own, other in zip(one.own, one.others, strict=True)] for one in models)
    return [sum(of_row) / len(of_row) for of_row in zip(*differences, strict=True)]


def _weight(helps: Sequence[float]) -> float:
    """Return how far questions help at all: the mean over the standard deviation of rows; 0 where they do not."""
    spread = pstdev(helps) if helps else 0.0
    return max(0.0, -fmean(helps) / spread) if spread > 0.0 else 0.0


def _standardised(helps: Sequence[float], trained: Sequence[bool]) -> list[float]:
    spread = (pstdev(helps) if helps else 0.0) or 1.0
    usual = {
        kind: median(value for value, was in zip(helps, trained, strict=True) if was is kind) for kind in set(trained)
    }
    return [(value - usual[was]) / spread for value, was in zip(helps, trained, strict=True)]


def _weighed(parts: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    """Return the weighed means; where no model is helped by any question all count alike, and mean nothing."""
    if not any(weights):
        weights = [1.0] * len(parts)
    return [
        sum(weight * value for weight, value in zip(weights, of_row, strict=True)) / sum(weights)
        for of_row in zip(*parts, strict=True)
    ]


def _rounded(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), _DIGITS) + 0.0
