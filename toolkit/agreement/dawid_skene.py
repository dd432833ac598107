"""Who is right when raters differ: the model of A. P. Dawid and A. M. Skene, fitted by expectation maximisation.

Each unit has one true value, drawn from the priors; each rater names it with the chances of a confusion matrix of
their own. "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm", Applied Statistics 28 (1979).
``dawid_skene`` is the model as published; ``weighted_vote`` is the one to decide by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from toolkit.agreement.resampling import Floats, Integers
from toolkit.agreement.table import Table, Value

SMOOTHING: Final = 1e-6
"""Pseudo-ratings in each cell of a confusion matrix, and pseudo-units in each prior: nothing is impossible."""
TOLERANCE: Final = 1e-6
MOST_ITERATIONS: Final = 1000
_RIGHT, _WRONG = 7.0, 3.0
"""Pseudo-ratings of a rater of whom nothing is known: better than chance, and soon outweighed."""
_SHRINKING: Final = 20.0
"""Pseudo-ratings of each true value, spread as the rater's accuracy over all values: rows that few units fill would
claim certainty. On 500 units with three ratings of four values, claims are 1 point too high with it and 2.5 without."""
_DIGITS: Final = 9
"""Beyond them sums differ between machines, and what is decided by them must not."""

_Form = Callable[[Floats], Floats]
"""Expected counts to chances, both of shape (raters, true, given)."""


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted model; units and raters as in the table.

    Attributes:
        values: the values that were used; what the classes below stand for.
        priors: share of each value among the units, shape (values,).
        confusion: chance that a rater gives a value to a unit of a true value, shape (raters, true, given).
        posterior: chance of each value to be a unit's true one, shape (units, values), rounded; a unit without a
            rating has the priors.
        log_likelihoods: of the ratings, after each iteration.
        converged: no chance moved by more than the tolerance in the last iteration.
    """

    values: tuple[Value, ...]
    priors: Floats
    confusion: Floats
    posterior: Floats
    log_likelihoods: tuple[float, ...]
    converged: bool

    def labels(self) -> Integers:
        """Return each unit's most likely value as a place in ``values``; of equally likely ones the first."""
        return np.asarray(self.posterior.argmax(axis=1), dtype=np.int64)

    def accuracies(self) -> Floats:
        """Return each rater's chance to name a unit's true value, over the priors."""
        right: Floats = self.confusion.diagonal(axis1=1, axis2=2) @ self.priors
        return right


def dawid_skene(
    table: Table,
    known: Mapping[int, int] | None = None,
    *,
    smoothing: float = SMOOTHING,
    tolerance: float = TOLERANCE,
    most_iterations: int = MOST_ITERATIONS,
) -> Model:
    """Fit the model by maximum likelihood, beginning from the share of each value among a unit's ratings.

    With known units it begins also from what they alone tell, and the likelier end counts.

    Args:
        table: the ratings; a rater may have left out any of them. At least one unit. Raters of one name are one
            observer who judged repeatedly, with one confusion matrix.
        known: units whose true value is known, with its place in the table's values; they teach and never move.
        smoothing: pseudo-ratings in each cell of a confusion matrix; the priors always have ``SMOOTHING``.
        tolerance: no chance of a value moves by more than this in the last iteration.
        most_iterations: when to give up; ``converged`` tells.
    """

    def smoothed(counts: Floats) -> Floats:
        return _shares(counts + smoothing)

    return _fit(table, known or {}, smoothed, tolerance, most_iterations)


def weighted_vote(table: Table, known: Mapping[int, int] | None = None) -> Model:
    """Fit two forms of the model and return the better, by Akaike's criterion: fewer parameters unless more pay.

    One has a single figure a rater, the chance to be right, whatever the value; wrong values are then equally likely.
    The other has confusion matrices, drawn towards that figure where units are few. On few units the matrices of
    maximum likelihood fit noise, and their votes are worse than a majority's; see ``benchmarks/annotators.py``.
    """
    plain = _fit(table, known or {}, _even, TOLERANCE, MOST_ITERATIONS)
    full = _fit(table, known or {}, _shrunk, TOLERANCE, MOST_ITERATIONS)
    raters, size = len(plain.confusion), len(table.values)
    gain = full.log_likelihoods[-1] - plain.log_likelihoods[-1]
    return full if gain > raters * (size * (size - 1) - 1) else plain


def _shares(counts: Floats) -> Floats:
    shares: Floats = counts / counts.sum(axis=2, keepdims=True)
    return shares


def _even(counts: Floats) -> Floats:
    """Return chances that depend on the rater alone."""
    size = counts.shape[1]
    right = counts.trace(axis1=1, axis2=2) + _RIGHT
    accuracy = (right / (counts.sum(axis=(1, 2)) + _RIGHT + _WRONG))[:, None, None]
    return _shares(np.where(np.eye(size, dtype=bool), accuracy, (1 - accuracy) / max(size - 1, 1)))


def _shrunk(counts: Floats) -> Floats:
    return _shares(counts + _SHRINKING * _even(counts))


class _Cells(NamedTuple):
    """The ratings of the distinct patterns of ratings, one entry each.

    Attributes:
        pattern, cell: the pattern, and rater times values plus the value given.
        weight: how many units have each pattern; none where there is nothing to learn.
        fixed: chances of the patterns whose value is known, NaN elsewhere.
        raters: how many there are.
    """

    pattern: Integers
    cell: Integers
    weight: Floats
    fixed: Floats
    raters: int


def _fit(table: Table, known: Mapping[int, int], form: _Form, tolerance: float, most_iterations: int) -> Model:
    """Return the likeliest model of those that the starts lead to."""
    cells, of_unit = _patterns(table, known)
    starts = [_begin(cells)]
    if known:  # where most err alike, their votes lead away from what the known units teach
        starts.append(_pinned(cells, np.full_like(starts[0], 1 / len(table.values))))
    models = [_climb(cells, start, form, tolerance, most_iterations) for start in starts]
    best = max(models, key=lambda model: round(model.log_likelihoods[-1], _DIGITS))
    return replace(best, values=table.values, posterior=np.round(best.posterior[of_unit], _DIGITS))


def _climb(cells: _Cells, posterior: Floats, form: _Form, tolerance: float, most_iterations: int) -> Model:
    """Return the model of the patterns that a start leads to; its values are places."""
    trace: list[float] = []
    converged = False
    while not converged and len(trace) < most_iterations:
        priors, confusion = _maximise(cells, posterior, form)
        expected, likelihood = _expect(cells, priors, confusion)
        trace.append(likelihood)
        converged = bool(np.abs(expected - posterior).max() <= tolerance)
        posterior = expected
    return Model(tuple(range(posterior.shape[1])), priors, confusion, posterior, tuple(trace), converged)


def _patterns(table: Table, known: Mapping[int, int]) -> tuple[_Cells, Integers]:
    """Return the distinct patterns, and the pattern of each unit: equal ratings need one computation."""
    pins = np.full(len(table.codes), -1, dtype=np.int64)
    pins[list(known)] = list(known.values())
    columns = np.column_stack([pins, table.codes])
    rows, of_unit, counts = np.unique(columns, axis=0, return_inverse=True, return_counts=True)
    names, observer = np.unique(np.array(table.raters), return_inverse=True)
    pattern, column = np.nonzero(rows[:, 1:] >= 0)
    size = len(table.values)
    fixed = np.full((len(rows), size), np.nan)
    pinned = rows[:, 0] >= 0
    fixed[pinned] = np.eye(size)[rows[pinned, 0]]
    cell = observer[column] * size + rows[pattern, column + 1]
    weight = np.where((rows >= 0).any(axis=1), counts, 0).astype(np.float64)
    return _Cells(pattern, cell, weight, fixed, len(names)), np.asarray(of_unit).reshape(-1)


def _begin(cells: _Cells) -> Floats:
    """Return the share of each value among the ratings of each pattern; equal shares without any."""
    patterns, size = cells.fixed.shape
    votes = np.bincount(cells.pattern * size + cells.cell % size, minlength=patterns * size).reshape(patterns, size)
    shares = votes + np.finfo(float).tiny
    return _pinned(cells, shares / shares.sum(axis=1, keepdims=True))


def _maximise(cells: _Cells, posterior: Floats, form: _Form) -> tuple[Floats, Floats]:
    """Return the priors and confusion matrices under which these posteriors are most likely."""
    size = posterior.shape[1]
    weighted = posterior * cells.weight[:, None]
    priors = weighted.sum(axis=0) + SMOOTHING
    given = [
        np.bincount(cells.cell, weighted[cells.pattern, true], minlength=cells.raters * size) for true in range(size)
    ]
    counts = np.asarray(given, dtype=np.float64).reshape(size, cells.raters, size).transpose(1, 0, 2)
    return priors / priors.sum(), form(counts)


def _expect(cells: _Cells, priors: Floats, confusion: Floats) -> tuple[Floats, float]:
    """Return the posteriors under these chances, and the log-likelihood of the ratings and the known values."""
    patterns, size = cells.fixed.shape
    chances = np.log(confusion).transpose(0, 2, 1).reshape(-1, size)[cells.cell]
    sums = [np.bincount(cells.pattern, chances[:, true], minlength=patterns) for true in range(size)]
    joint = np.stack(sums, axis=1) + np.log(priors)
    top = joint.max(axis=1, keepdims=True)
    likely = np.exp(joint - top)
    total = likely.sum(axis=1, keepdims=True)
    known = (joint * np.nan_to_num(cells.fixed)).sum(axis=1)
    logs = np.where(np.isnan(cells.fixed[:, 0]), top[:, 0] + np.log(total[:, 0]), known)
    return _pinned(cells, likely / total), float(logs @ cells.weight)


def _pinned(cells: _Cells, chances: Floats) -> Floats:
    return np.where(np.isnan(cells.fixed), chances, cells.fixed)
