"""Distances between places in a tree of labels, written as paths: ``finance/bank/retail``."""

import numpy as np

from toolkit.agreement.resampling import Floats
from toolkit.agreement.table import Value

_STEP = "/"


def path_distances(values: tuple[Value, ...]) -> Floats:
    """Return the distances between places, or sets of places: how much of their branches they do not share.

    A place stands for itself and all that it lies under; the distance is one minus Dice's coefficient of two such sets,
    which is hierarchical F1 of S. Kiritchenko, S. Matwin, R. Nock and A. Famili, "Learning and evaluation in the
    presence of class hierarchies" (2006). Of single places it is one minus the similarity of Z. Wu and M. Palmer, "Verb
    semantics and lexical selection" (1994): twice the depth of what they share over the sum of their depths. Two
    empty sets are equal.

    >>> path_distances(("a/b", "a/c", "d")).round(3).tolist()
    [[0.0, 0.5, 1.0], [0.5, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    branches = [_branch(value) for value in values]
    places = {path: at for at, path in enumerate(sorted(frozenset().union(*branches)))}
    inside = np.zeros((len(branches), len(places)))
    for row, branch in enumerate(branches):
        inside[row, [places[path] for path in branch]] = 1
    sizes = inside.sum(axis=1)
    both = sizes[:, None] + sizes[None, :]
    distances: Floats = 1 - np.where(both > 0, 2 * (inside @ inside.T), 1.0) / np.where(both > 0, both, 1.0)
    return distances


def _branch(value: Value) -> frozenset[str]:
    """Return every place on the way to some places, themselves included."""
    steps = [str(one).split(_STEP) for one in (value if isinstance(value, frozenset) else (value,))]
    return frozenset(_STEP.join(path[:depth]) for path in steps for depth in range(1, len(path) + 1))
