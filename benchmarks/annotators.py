"""Simulated annotators: do weighted votes beat a majority's, and does alpha's interval hold what it says?

    python benchmarks/annotators.py [--rounds 2000] [--processes 2] [--labels-only] [--json]

Each round has 500 items, 5 to 9 annotators who answer all of them, and 2, 3 or 5 values, even or uneven. An
annotator's accuracy is drawn from .55 to .95; wrong answers are spread evenly over the other values or, in half of
the rounds with more than two values, by shares of the annotator's own for each true value. Seeds are fresh in every
run; the one that is printed gives the same rounds again with ``--seed``.

Labels: the most likely value under ``weighted_vote``, the most likely one under plain Dawid-Skene beside it, and the
best that anybody could do who knew every chance; each against the value that most annotators gave (of equally many
the first). Alpha: the 95 % bootstrap interval against the value that alpha tends to for these very annotators as items
become many, in closed form: one minus the chance that two of them differ on an item over the chance that two answers
picked from all differ.
"""

import argparse
import json
import math
import secrets
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from toolkit.agreement.alpha import krippendorff_alpha
from toolkit.agreement.dawid_skene import dawid_skene, weighted_vote
from toolkit.agreement.table import Table

ITEMS = 500
CERTAIN = 0.8
"""From here on ``validate`` takes a weighted vote."""
KINDS = [
    (values, prevalence, errors)
    for values, prevalence, errors in product((2, 3, 5), ("even", "uneven"), ("even", "own"))
    if values > 2 or errors == "even"  # with two values there is one wrong one
]


class Crew(NamedTuple):
    """What is true of a round: shares of the values, shape (values,), and chances, shape (raters, true, given)."""

    priors: Any
    chances: Any


class Outcome(NamedTuple):
    """One round; ``better``, ``plain`` and ``best`` are accuracies less the majority's."""

    kind: tuple[int, str, str]
    majority: float
    better: float
    plain: float
    best: float
    certain: float
    claimed: float
    right: float
    alpha: float
    truth: float
    low: float
    high: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=2000)
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--seed", type=int)
    arguments.add_argument("--labels-only", action="store_true", help="leave the intervals out")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    seed = secrets.randbits(63) if asked.seed is None else asked.seed
    start = time.monotonic()
    outcomes = rounds_of(seed, asked.rounds, asked.processes, intervals=not asked.labels_only)
    figures = {"seed": seed, "seconds": round(time.monotonic() - start, 1), **summary(outcomes)}
    if asked.json:
        print(json.dumps(figures))
        return
    print(f"seed {seed}, {asked.rounds} rounds, {figures['seconds']} s")
    for kind in KINDS:
        show(" ".join(map(str, kind)), [one for one in outcomes if one.kind == kind])
    show("all", outcomes)


def rounds_of(seed: int, count: int, processes: int, *, intervals: bool = True) -> list[Outcome]:
    jobs = [(seed, number, intervals) for number in range(count)]
    if processes == 1:
        return list(map(_job, jobs))
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(_job, jobs, chunksize=10))


def _job(job: tuple[int, int, bool]) -> Outcome:
    seed, number, intervals = job
    return outcome(np.random.default_rng([seed, number]), KINDS[number % len(KINDS)], intervals=intervals)


def outcome(chance: np.random.Generator, kind: tuple[int, str, str], *, intervals: bool = True) -> Outcome:
    crew = hired(chance, *kind)
    truth = chance.choice(kind[0], size=ITEMS, p=crew.priors)
    codes = answered(chance, crew, truth)
    table = Table(tuple(range(kind[0])), codes, np.arange(ITEMS), tuple(f"r{rater}" for rater in range(codes.shape[1])))
    counts = np.stack([(codes == value).sum(axis=1) for value in range(kind[0])], axis=1)
    majority = float((counts.argmax(axis=1) == truth).mean())
    weighted = weighted_vote(table)
    labels, chances = weighted.labels(), weighted.posterior.max(axis=1)
    certain = chances >= CERTAIN
    measured = krippendorff_alpha(table) if intervals else None
    return Outcome(
        kind,
        majority,
        float((labels == truth).mean()) - majority,
        float((dawid_skene(table).labels() == truth).mean()) - majority,
        float((informed(codes, crew) == truth).mean()) - majority,
        float(certain.mean()),
        float(chances[certain].mean()),
        float((labels == truth)[certain].mean()),
        measured.value if measured and measured.value is not None else math.nan,
        true_alpha(crew),
        measured.low if measured and measured.low is not None else math.nan,
        measured.high if measured and measured.high is not None else math.nan,
    )


def hired(chance: np.random.Generator, values: int, prevalence: str, errors: str) -> Crew:
    """Draw a round's truth: no value is rarer than a fifth of its even share."""
    shares = chance.dirichlet(np.full(values, 2.0)) if prevalence == "uneven" else np.full(values, 1 / values)
    priors = 0.8 * shares + 0.2 / values
    raters = []
    for _ in range(chance.integers(5, 10)):
        accuracy = chance.uniform(0.55, 0.95)
        matrix = np.zeros((values, values))
        for true in range(values):
            wrong = chance.dirichlet(np.ones(values - 1)) if errors == "own" else np.full(values - 1, 1 / (values - 1))
            matrix[true] = np.insert((1 - accuracy) * wrong, true, accuracy)
        raters.append(matrix)
    return Crew(priors / priors.sum(), np.array(raters))


def answered(chance: np.random.Generator, crew: Crew, truth: Any) -> Any:
    """Draw everybody's answers, shape (items, raters)."""
    below = crew.chances.cumsum(axis=2)[:, truth, :-1]
    return (chance.random((len(crew.chances), len(truth), 1)) > below).sum(axis=2).T


def informed(codes: Any, crew: Crew) -> Any:
    """Return the most likely values for somebody who knows every chance."""
    logs = np.log(crew.priors) + sum(np.log(chances.T[codes[:, at]]) for at, chances in enumerate(crew.chances))
    return logs.argmax(axis=1)


def true_alpha(crew: Crew) -> float:
    """Return alpha of these annotators on endless items, all answered by everybody."""
    given = np.einsum("t,rtg->rg", crew.priors, crew.chances).mean(axis=0)
    together = np.einsum("t,rtg,stg->rs", crew.priors, crew.chances, crew.chances)
    pairs = ~np.eye(len(together), dtype=bool)
    return float(1 - (1 - together[pairs].mean()) / (1 - (given**2).sum()))


def summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the figures of some rounds; shares of rounds, and means."""
    return {
        "at_least_as_accurate": share(one.better > -1e-9 for one in outcomes),
        "better": share(one.better > 1e-9 for one in outcomes),
        "worse": share(one.better < -1e-9 for one in outcomes),
        "plain_at_least": share(one.plain > -1e-9 for one in outcomes),
        "best_at_least": share(one.best > -1e-9 for one in outcomes),
        "majority": mean(one.majority for one in outcomes),
        "gain": mean(one.better for one in outcomes),
        "plain_gain": mean(one.plain for one in outcomes),
        "best_gain": mean(one.best for one in outcomes),
        "certain": mean(one.certain for one in outcomes),
        "claimed": mean(one.claimed for one in outcomes),
        "right": mean(one.right for one in outcomes),
        "covered": share(one.low <= one.truth <= one.high for one in outcomes),
        "truth_below": share(one.truth < one.low for one in outcomes),
        "truth_above": share(one.truth > one.high for one in outcomes),
        "alpha_bias": mean(one.alpha - one.truth for one in outcomes),
    }


def share(hits: Iterable[bool]) -> float:
    return mean(map(float, hits))


def mean(numbers: Iterable[float]) -> float:
    return round(float(np.mean(list(numbers))), 4)


def show(name: str, outcomes: Sequence[Outcome]) -> None:
    if outcomes:
        figures = "  ".join(f"{key} {value:g}" for key, value in summary(outcomes).items())
        print(f"{name} ({len(outcomes)}): {figures}")


if __name__ == "__main__":
    main()
