"""What of a text is compared: its 5-grams over tokens, each Han character and each other word one token.

Word splitters lose half of Chinese near-duplicates. All is hashed code points in numpy, with fixed constants, so that
a text has the same grams on any machine; making strings of them would cap everything after at 4,000 documents a second.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

GRAM: Final = 5
"""Tokens in a gram."""

_HAN: Final = 1 << 24
_HAN_RANGES: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x40000))
_LETTERS_END: Final = 0x20000
"""From here on there are Han characters and symbols alone."""
_CHUNK: Final = 1 << 17
"""Code points that are hashed at once."""
_BASE: Final = 0xD6E8FEB86659FD93
_PLACES: Final[Hashes] = np.random.PCG64(20_240_229).random_raw(GRAM) | np.uint64(1)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


class Tokens(NamedTuple):
    """The tokens of some texts in a row: hash and first code point of each, and where each text's tokens begin."""

    hashes: Hashes
    starts: Places
    offsets: Places


class Grams(NamedTuple):
    """The 5-grams of some texts in a row, in reading order, and where each text's begin."""

    hashes: Hashes
    offsets: Places


def tokens_of(texts: Sequence[str]) -> Tokens:
    """Return the tokens of texts; letters are compared without case and width, as Unicode's NFKC folds them."""
    if not texts:
        return Tokens(np.empty(0, np.uint64), np.empty(0, np.int64), np.zeros(1, np.int64))
    lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
    points = np.frombuffer("\n".join((*texts, "")).encode("utf-32-le", "surrogatepass"), np.uint32)
    folded = _fold()[points]
    han = folded >= _HAN
    letter = (folded != 0) & ~han
    starts = han
    starts[0] |= letter[0]
    starts[1:] |= letter[1:] & ~letter[:-1]
    places = np.flatnonzero(starts)
    bounds = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    return Tokens(_mixed(_hashed(folded, places)), places, np.searchsorted(places, bounds))


def _hashed(folded: NDArray[np.uint32], starts: Places) -> Hashes:
    """Return the sum of each token's code points, each times a power of one base, the first times 1.

    All are weighed by the power of their place, and each sum is brought back by the inverse of its first.
    """
    hashes = np.empty(len(starts), np.uint64)
    edges = np.append(starts, len(folded))
    firsts = np.unique(np.append(np.searchsorted(starts, np.arange(0, len(folded), _CHUNK)), len(starts)))
    for first, last in pairwise(firsts.tolist()):
        chunk = folded[edges[first] : edges[last]]
        powers, inverses = _powers(max(2 * _CHUNK, 1 << len(chunk).bit_length()))
        inside = starts[first:last] - starts[first]
        hashes[first:last] = np.add.reduceat(chunk * powers[: len(chunk)], inside) * inverses[inside]
    return hashes


@lru_cache(maxsize=1)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    bases = (_BASE, pow(_BASE, -1, 1 << 64))
    one, inverse = (np.cumprod(np.append(np.uint64(1), np.full(size - 1, base, np.uint64))) for base in bases)
    return one, inverse


def grams_of(tokens: Tokens) -> Grams:
    """Return the 5-grams of texts; a text with fewer tokens, but any, has one gram of them all."""
    hashes, counts = tokens.hashes, np.diff(tokens.offsets)
    lacking = np.where(counts > 0, np.maximum(GRAM - counts, 0), 0)
    if lacking.any():
        hashes = np.insert(hashes, np.repeat(tokens.offsets[1:], lacking), 0)
        counts = counts + lacking
    room = max(0, len(hashes) - GRAM + 1)
    grams = np.zeros(room, np.uint64)
    for place, factor in enumerate(_PLACES):
        grams += hashes[place : place + room] * factor
    ends = np.cumsum(counts)
    inside = np.ones(len(hashes), bool)
    inside[(ends[counts > 0, None] - np.arange(1, GRAM)).ravel()] = False
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.maximum(counts - GRAM + 1, 0))))
    return Grams(_mixed(grams[inside[:room]]), offsets)


def shingles(text: str) -> Hashes:
    """Return the set of a text's 5-grams as sorted hashes.

    >>> len(shingles("甲方应当付款")), len(shingles("The Licensee shall pay USD 5")), len(shingles("Pay at once."))
    (2, 2, 1)
    """
    return np.unique(grams_of(tokens_of([text])).hashes)


def jaccard(one: Hashes, other: Hashes) -> float:
    """Return the share of common members among all of two sorted sets, 0 for two empty ones."""
    both = np.sort(np.concatenate((one, other)))
    common = int(np.count_nonzero(both[1:] == both[:-1]))
    return common / (len(both) - common) if common else 0.0


def _mixed(hashes: Hashes) -> Hashes:
    hashes ^= hashes >> np.uint64(32)
    hashes *= _MIX
    hashes ^= hashes >> np.uint64(29)
    return hashes


@cache
def _fold() -> NDArray[np.uint32]:
    """For each code point: 0 between tokens, the folded code point in words, beyond ``_HAN`` for Han characters."""
    table: NDArray[Any] = np.zeros(0x110000, np.uint32)
    for point in range(_LETTERS_END):
        sign = chr(point)
        if sign.isalnum():
            folded = unicodedata.normalize("NFKC", sign).lower()
            table[point] = ord(folded if len(folded) == 1 else sign)
    for first, end in _HAN_RANGES:
        table[first:end] = np.arange(first, end) | _HAN
    compatible = [point for point in range(0xF900, 0xFB00) if len(unicodedata.normalize("NFKC", chr(point))) == 1]
    for point in compatible:
        table[point] = ord(unicodedata.normalize("NFKC", chr(point))) | _HAN
    return table
