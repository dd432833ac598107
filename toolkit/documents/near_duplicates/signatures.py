"""MinHash: a signature of each text, in which about as many places agree as grams are shared, and who may be alike."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.documents.near_duplicates.shingles import Hashes, grams_of, tokens_of

Signatures = NDArray[np.uint32]

PERMUTATIONS: Final = 128
"""Numbers in a signature: 512 bytes a document. An estimate of 0.7 has a standard error of 0.04."""
_ROWS: Final = 5
_BANDS: Final = PERMUTATIONS // _ROWS
"""25 bands of 5 rows propose a pair of similarity 0.7 with odds of 0.99, of 0.75 with 0.999, of 0.3 with 0.06."""
_SEED: Final = 20_240_229
_CROWD: Final = 32
"""Texts that share a band up to which each is compared with each; of more, only the nearest by what follows."""
_NEAREST: Final = 8
_BLOCK: Final = 8_192


class Signed(NamedTuple):
    """The signatures of some texts, and what is equal for texts with the same grams alone."""

    signatures: Signatures
    fingerprints: list[bytes]


def sign(texts: Sequence[str]) -> Signed:
    """Return signatures and fingerprints; the fingerprint of a text without any token is empty."""
    from rensa import RMinHash

    grams = grams_of(tokens_of(texts))
    digests = RMinHash.digest_matrix_from_flat_token_hashes(
        grams.hashes, grams.offsets.astype(np.uint64), PERMUTATIONS, _SEED
    )
    signatures = np.array(digests.to_rows(), dtype=np.uint32).reshape(len(texts), PERMUTATIONS)
    sums = [np.concatenate((np.zeros(1, np.uint64), np.cumsum(part)))[grams.offsets] for part in _parts(grams.hashes)]
    prints = np.stack([np.diff(part) for part in sums], axis=1)
    fingerprints = [row.tobytes() if some else b"" for row, some in zip(prints, np.diff(grams.offsets), strict=True)]
    return Signed(signatures, fingerprints)


def _parts(hashes: Hashes) -> tuple[Hashes, Hashes]:
    """Two independent 64-bit views of each gram, to be summed: 128 bits that do not depend on the order."""
    return hashes, (hashes ^ (hashes >> np.uint64(31))) * np.uint64(0xD6E8FEB86659FD93)


def candidates(signatures: Signatures, least: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs of rows that may be alike, each once, smaller row first, and their estimated similarity.

    Args:
        signatures: one row a text.
        least: the estimate below which a pair is not returned.
    """
    count = len(signatures)
    coded = [np.empty(0, np.int64)]
    coded += [np.unique(first * count + second) for first, second in _sharing(signatures)]
    pairs = np.unique(np.concatenate(coded))
    first, second = np.divmod(pairs, max(count, 1))
    estimates = np.empty(len(pairs))
    for start in range(0, len(pairs), _BLOCK):
        block = slice(start, start + _BLOCK)
        estimates[block] = (signatures[first[block]] == signatures[second[block]]).mean(axis=1)
    likely = estimates >= least
    return np.stack((first, second), axis=1)[likely], estimates[likely]


def _sharing(signatures: Signatures) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    for band in range(_BANDS):
        rotated = np.roll(signatures, -band * _ROWS, axis=1)[:, : 2 * _ROWS]
        order = np.lexsort(rotated.T[::-1])
        same = (rotated[order[1:], :_ROWS] == rotated[order[:-1], :_ROWS]).all(axis=1)
        bucket = np.concatenate((np.zeros(min(1, len(order)), np.int64), np.cumsum(~same)))
        crowded = np.bincount(bucket)[bucket] > _CROWD if len(order) else np.empty(0, bool)
        for distance in range(1, min(_CROWD, len(order))):
            together = bucket[distance:] == bucket[:-distance]
            if distance > _NEAREST:
                together &= ~crowded[distance:]
            if not together.any():
                break
            one, other = order[:-distance][together], order[distance:][together]
            yield np.minimum(one, other), np.maximum(one, other)
