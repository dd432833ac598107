"""Agreement on free text: likeness of character n-grams. Equality is raw agreement over normalised texts."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from toolkit.agreement.pairs import Answered, pairwise
from toolkit.agreement.resampling import Measured

_LONGEST = 6


class _Grams(NamedTuple):
    """A text's character n-grams, from single characters to ``_LONGEST``."""

    counts: tuple[Counter[str], ...]


def normalised(text: str) -> str:
    r"""Return a text with every run of white space as one blank, and none at its ends.

    >>> normalised(" a\n  b ")
    'a b'
    """
    return " ".join(text.split())


def chrf(rows: Sequence[Answered[str]]) -> Measured:
    """Return the mean character n-gram F-score of pairs of texts, from 0 (nothing shared) to 1 (equal).

    Orders 1 to 6 without white space, precision and recall averaged over the orders, beta 1 so that neither text is
    the reference. Formula: M. Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015). An order
    longer than either text is left out, as sacreBLEU does.
    """
    return pairwise(rows, lambda one, other: (_f(_grams(one), _grams(other)), 1.0))


@lru_cache(maxsize=32)  # the texts of one unit; those of a whole round would not fit in memory
def _grams(text: str) -> _Grams:
    bare = "".join(text.split())
    return _Grams(tuple(Counter(bare[at : at + n] for at in range(len(bare) - n + 1)) for n in range(1, _LONGEST + 1)))


def _f(one: _Grams, other: _Grams) -> float:
    """Return the F-score; two empty texts are equal."""
    orders = [(mine, theirs) for mine, theirs in zip(one.counts, other.counts, strict=True) if mine and theirs]
    if not orders:
        return float(one.counts == other.counts)
    shared = [(mine & theirs).total() for mine, theirs in orders]
    of_one = sum(same / mine.total() for same, (mine, _) in zip(shared, orders, strict=True)) / len(orders)
    of_other = sum(same / theirs.total() for same, (_, theirs) in zip(shared, orders, strict=True)) / len(orders)
    return 2 * of_one * of_other / (of_one + of_other) if of_one + of_other else 0.0
