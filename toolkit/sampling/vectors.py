"""Texts as vectors of equal length, in which likeness is a cosine. No model, no training, the same on every machine.

One n-gram begins at each place of a text, of two characters where it begins with a Han character and of four elsewhere:
about as telling in either script. The n-grams are hashed (K. Weinberger et al., "Feature Hashing for Large Scale
Multitask Learning", 2009), weighed by TF-IDF and projected at random onto few dimensions, each bucket by signs of its
own onto four of them (D. Achlioptas, "Database-friendly random projections", 2003; D. Kane and J. Nelson, "Sparser
Johnson-Lindenstrauss Transforms", 2014). The cosine of two unlike texts is off by about 1 / sqrt(dimensions) = .06.

The coordinates are whole numbers small enough that a dot product in float32 is exact in any order of summing, so no
choice depends on the linear algebra that a machine has.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.agreement.resampling import Floats, Integers
from toolkit.language import said
from toolkit.noun import Progress, silent

Vectors = NDArray[np.float32]
"""One row a text: whole numbers of length ``RADIUS``, rounded; zeros for a text without a character."""

DIMENSIONS: Final = 256
RADIUS: Final = 4000.0
"""Its square, the largest dot product, stays below 2 ** 24: until there float32 knows every whole number."""
_BUCKETS: Final = 1 << 13
_PLACES: Final = 4
_SEED: Final = 20
_BATCH: Final = 256
_MOST: Final = 4000
"""Characters of a text that are looked at."""
_HAN: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x40000))
_ZERO, _NINE, _SPACE = 0x30, 0x39, 0x20


class _Counted(NamedTuple):
    """The n-grams of some texts: text by text, the buckets that occur and how often."""

    texts: Integers
    buckets: NDArray[np.uint16]
    counts: NDArray[np.uint16]


def vectors_of(texts: Sequence[str], progress: Progress = silent) -> Vectors:
    """Return texts as vectors. Case, numbers' digits and kinds of white space make no difference.

    The weights come from these texts together, so vectors of two calls cannot be compared.
    """
    counted: list[_Counted] = []
    documents = np.zeros(_BUCKETS, dtype=np.int64)
    for start in range(0, len(texts), _BATCH):
        counted.append(_count(texts[start : start + _BATCH]))
        documents += np.bincount(counted[-1].buckets, minlength=_BUCKETS)
        progress(min(start + _BATCH, len(texts)), len(texts), said("comparing texts", "比较文本"))
    rarity = np.log((1 + len(texts)) / (1 + documents)) + 1
    places, signs = _projection()
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for batch, start in zip(counted, range(0, len(texts), _BATCH), strict=True):
        count = min(_BATCH, len(texts) - start)
        vectors[start : start + count] = _rounded(_projected(batch, count, rarity, places, signs))
    return vectors


def norms_of(vectors: Vectors) -> Vectors:
    """Return each vector's length, 1 for a vector of zeros."""
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    return np.asarray(np.sqrt(np.maximum(squares, 1.0)), dtype=np.float32)


def _projected(batch: _Counted, count: int, rarity: Floats, places: Integers, signs: Floats) -> Floats:
    weights = (1 + np.log(batch.counts.astype(np.float64))) * rarity[batch.buckets]
    out = np.zeros(count * DIMENSIONS)
    for column in range(_PLACES):
        cells = batch.texts * DIMENSIONS + places[batch.buckets, column]
        out += np.bincount(cells, weights * signs[batch.buckets, column], minlength=len(out))
    return out.reshape(count, DIMENSIONS)


def _rounded(rows: Floats) -> Floats:
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    rounded: Floats = np.rint(rows * np.divide(RADIUS, lengths, out=np.zeros_like(lengths), where=lengths > 0))
    return rounded


def _projection() -> tuple[Integers, Floats]:
    """Return for each bucket the dimensions that it goes to, and its sign in each."""
    # The raw stream of a bit generator is numpy's promise for all versions; the methods of Generator are not.
    raw = np.random.PCG64(_SEED).random_raw(_BUCKETS * _PLACES).reshape(_BUCKETS, _PLACES)
    places = (raw % np.uint64(DIMENSIONS)).astype(np.int64)
    return places, np.where(raw >> np.uint64(63), 1.0, -1.0)


def _count(texts: Sequence[str]) -> _Counted:
    grams, owners = _hashed(texts)
    cells = np.sort((owners * _BUCKETS + grams).astype(np.uint32))
    firsts = np.flatnonzero(np.diff(cells, prepend=cells[:1] + np.uint32(1)))
    counts = np.diff(firsts, append=len(cells)).astype(np.uint16)
    which = cells[firsts].astype(np.int64)
    return _Counted(which // _BUCKETS, (which % _BUCKETS).astype(np.uint16), counts)


def _hashed(texts: Sequence[str]) -> tuple[Integers, Integers]:
    """Return the bucket of every n-gram of the texts, and the text that it is of."""
    plain = list(_plain(texts))
    lengths = np.array([len(text) for text in plain], dtype=np.int64)
    points = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    points = np.where((points >= _ZERO) & (points <= _NINE), np.uint64(_ZERO), points)
    padded = np.concatenate([points, np.full(3, _SPACE, dtype=np.uint64)])
    first, second, third, fourth = (padded[at : at + len(points)] for at in range(4))
    pair = _mixed(first * np.uint64(0x1F_FFFF) + second)
    grams = np.where(_is_han(points), pair, _mixed(pair + third * np.uint64(0x1F_FFFF) + fourth))
    owners = np.repeat(np.arange(len(plain)), lengths)
    # A text's last places would reach into the next text; it ends in three blanks, which begin nothing.
    places = np.arange(len(points)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    inside = places < np.repeat(lengths - 3, lengths)
    return (grams[inside] >> np.uint64(51)).astype(np.int64), owners[inside]


def _plain(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield f" {' '.join(text[:_MOST].lower().split())}   "


def _is_han(points: NDArray[np.uint64]) -> NDArray[np.bool_]:
    found = np.zeros(len(points), dtype=np.bool_)
    for low, high in _HAN:
        found |= (points >= low) & (points < high)
    return found


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter whole numbers over 64 bits as splitmix64 ends (G. Steele et al., 2014)."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
