"""Distances between vectors, one less the cosine, and what the nearest labelled passages say of another one."""

from typing import Final, NamedTuple

import numpy as np

from toolkit.agreement.resampling import Floats, Integers
from toolkit.sampling.vectors import RADIUS, Vectors, norms_of

NEIGHBOURS: Final = 10
PRIOR: Final = 1.0
"""Weight of the mean of all, as of one neighbour in its place: a passage unlike all labelled is told the mean."""
_ROWS: Final = 1024
"""Vectors compared at a time, with all labelled ones."""


class Nearest(NamedTuple):
    """Of each vector the nearest labelled ones, the nearest first; shapes (vectors, neighbours).

    Attributes:
        places: which labelled ones.
        weights: their cosines, none below 0.
    """

    places: Integers
    weights: Floats


def nearest_distances(vectors: Vectors, centres: Vectors) -> Vectors:
    """Return each vector's distance to the nearest centre, from 0 (the same) to 1; infinite where there are none."""
    found = np.full(len(vectors), np.inf, dtype=np.float32)
    if len(centres):
        norms, others = norms_of(vectors), norms_of(centres)
        for start in range(0, len(vectors), _ROWS):
            rows = slice(start, start + _ROWS)
            cosines = (vectors[rows] @ centres.T) / (norms[rows, None] * others[None, :])
            found[rows] = np.clip(np.float32(1.0) - cosines.max(axis=1), 0.0, 1.0)
    return found


def density_of(vectors: Vectors) -> Vectors:
    """Return how much each vector is like the others: the mean of its cosines with all, from 0 to 1.

    The information density of B. Settles and M. Craven, "An Analysis of Active Learning Strategies for Sequence
    Labeling Tasks" (2008), with an exponent of 1.
    """
    # Sums of whole numbers below 2 ** 53: exact, so that no machine orders them otherwise.
    centre = vectors.sum(axis=0, dtype=np.float64)
    sums = np.concatenate([vectors[start : start + _ROWS] @ centre for start in range(0, len(vectors), _ROWS)])
    return np.asarray(np.clip(sums / (RADIUS * RADIUS * len(vectors)), 0.0, 1.0), dtype=np.float32)


def nearest(vectors: Vectors, labelled: Vectors, *, itself: bool = False) -> Nearest:
    """Return each vector's nearest labelled ones; of equally near ones the first.

    Args:
        vectors: which are asked about.
        labelled: among which is looked; at least one, fewer than 2 ** 31.
        itself: both are the same, and none is a neighbour of its own.
    """
    count = min(NEIGHBOURS, len(labelled) - itself)
    places = np.zeros((len(vectors), count), dtype=np.int64)
    weights = np.zeros((len(vectors), count))
    norms, others = norms_of(vectors), norms_of(labelled)
    order = np.arange(len(labelled), dtype=np.int64)
    for start in range(0, len(vectors), _ROWS):
        stop = min(start + _ROWS, len(vectors))
        cosines = (vectors[start:stop] @ labelled.T) / (norms[start:stop, None] * others[None, :])
        if itself:
            cosines[np.arange(stop - start), np.arange(start, stop)] = -1.0
        # Whole numbers that are all different: which ones are the nearest depends on no sorting routine.
        keys = np.rint(cosines * np.float32(RADIUS * RADIUS)).astype(np.int64) * len(labelled) - order
        top = np.argpartition(keys, -count, axis=1)[:, -count:] if count else np.zeros((stop - start, 0), np.int64)
        ranks = np.argsort(np.take_along_axis(keys, top, axis=1), axis=1)[:, ::-1]
        places[start:stop] = np.take_along_axis(top, ranks, axis=1)
        weights[start:stop] = np.maximum(np.take_along_axis(cosines, places[start:stop], axis=1), 0.0)
    return Nearest(places, weights)


def predicted(values: Floats, found: Nearest) -> Floats:
    """Return the mean of the neighbours' values, weighed by likeness and drawn to the mean of all."""
    sums = (found.weights * values[found.places]).sum(axis=1) + PRIOR * values.mean()
    means: Floats = sums / (found.weights.sum(axis=1) + PRIOR)
    return means


def elected(codes: Integers, found: Nearest) -> Integers:
    """Return the code that has the most weight among the neighbours; of equals the lowest."""
    size = int(codes.max()) + 1
    rows = np.repeat(np.arange(len(found.places)), found.places.shape[1])
    cells = rows * size + codes[found.places].ravel()
    votes = np.bincount(cells, found.weights.ravel(), minlength=len(found.places) * size)
    return np.asarray(np.round(votes, 9).reshape(-1, size).argmax(axis=1), dtype=np.int64)
