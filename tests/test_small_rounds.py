"""In a small round people are described, and passages doubted, by what answers show, not by what a model makes up."""

import random
from collections.abc import Callable, Sequence
from itertools import product
from math import log, sqrt
from statistics import mean

import numpy as np
import pytest
from simulated_round import KINDS, Clause

from toolkit.agreement.dawid_skene import dawid_skene
from toolkit.agreement.table import tabulate
from toolkit.rounds.comparison import Row
from toolkit.rounds.reliability.modelled import models_of
from toolkit.sampling.answered import Answered, disagreement_of
from toolkit.schema import fields_of

FIELD = next(field for field in fields_of(Clause) if field.name == "kind")
LABELS = list(KINDS)
PEOPLE = {"ann": 0.9, "ben": 0.75, "cas": 0.6}


def made(seed: int, passages: int = 40) -> tuple[list[Row], dict[str, str]]:
    """Answers of people whose mistakes have no direction, and what is true."""
    draw = random.Random(seed)
    truth = {f"pas_{n:03}": draw.choices(LABELS, list(KINDS.values()))[0] for n in range(passages)}
    others = {label: [other for other in LABELS if other != label] for label in LABELS}
    rows = [
        Row(passage, passage, name, label if draw.random() < accuracy else draw.choice(others[label]))
        for (passage, label), (name, accuracy) in product(truth.items(), PEOPLE.items())
    ]
    return rows, truth


def off(accuracies: Sequence[float]) -> float:
    """How far accuracies of several rounds are from the true ones, root mean square."""
    return sqrt(mean((found - true) ** 2 for found, true in zip(accuracies, [*PEOPLE.values()] * 20, strict=False)))


def test_accuracies_of_a_small_round_are_nearer_the_truth_than_those_of_maximum_likelihood() -> None:
    rounds = [made(seed)[0] for seed in range(20)]
    ours = [one.accuracy or 0 for rows in rounds for one in models_of(FIELD, rows, {}).values()]
    plain = [float(one) for rows in rounds for one in dawid_skene(tabulate(rows)).accuracies()]
    assert off(ours) < 0.09
    assert off(ours) < off(plain) - 0.02
    assert mean(ours) == pytest.approx(0.75, abs=0.02), "nobody is drawn towards a mean"


def test_gold_speaks_for_itself_and_a_confusion_is_told_at_its_full_size() -> None:
    labels = ["payment", "law"] * 15
    gold = {f"pas_{n:03}": label for n, label in enumerate(labels)}
    ann = [Row(passage, passage, "ann", label) for passage, label in gold.items()]
    ben = [row._replace(rater="ben", value="law") for row in ann]
    alone = [Row(f"own_{n:03}", f"own_{n:03}", "ben", "payment") for n in range(200)]
    found = models_of(FIELD, [*ann, *ben, *alone], gold)
    assert found["ann"].accuracy == pytest.approx(1, abs=1e-5)
    assert found["ann"].most is None
    at = found["ben"].labels.index("payment"), found["ben"].labels.index("law")
    assert found["ben"].confusion[at[0]][at[1]] == pytest.approx(1, abs=1e-5), "what nobody else answered tells nothing"
    assert found["ben"].most == ("payment", "law")


def doubts(rows: Sequence[Row]) -> dict[str, float]:
    return disagreement_of(Answered((FIELD,), {"kind": rows}, (), {}))


def ranked(doubt: dict[str, float], wrong: set[str]) -> float:
    """The chance that a passage whose majority is wrong has more doubt than one whose majority is right."""
    pairs = [(doubt[one], doubt[other]) for one in wrong for other in doubt.keys() - wrong]
    return mean((one > other) + (one == other) / 2 for one, other in pairs)


def plainly(rows: Sequence[Row]) -> dict[str, float]:
    chances = dawid_skene(tabulate(rows)).posterior
    entropies = -(chances * np.log(np.maximum(chances, 1e-300))).sum(axis=1) / log(chances.shape[1])
    return dict(zip(sorted({row.unit for row in rows}), entropies.tolist(), strict=True))


def test_what_a_small_round_has_wrong_is_doubted_most() -> None:
    ways: dict[str, Callable[[Sequence[Row]], dict[str, float]]] = {"ours": doubts, "plain": plainly}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for seed in range(20):
        rows, truth = made(seed)
        wrong = {passage for passage, label in truth.items() if most(rows, passage) != label}
        for name, way in ways.items():
            found[name].append(ranked(way(rows), wrong))
    assert mean(found["ours"]) > 0.85
    assert mean(found["ours"]) > mean(found["plain"]) + 0.1


def most(rows: Sequence[Row], passage: str) -> str:
    said = [str(row.value) for row in rows if row.unit == passage]
    return max(sorted(said), key=said.count)
