"""Tokens of a text: what agreement on spans is counted over, beside characters."""

import bisect
import re
from typing import Final, NamedTuple

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN: Final = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+|[^\w\s]")


class Tokens(NamedTuple):
    """Where each token of a text begins and ends, in code points, in order."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def touched(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open range of tokens that share a character with a span."""
        return bisect.bisect_right(self.ends, start), bisect.bisect_left(self.starts, end)


def tokens_of(text: str) -> Tokens:
    """Return the tokens of a text: a run of letters and digits, a single Han character, any other visible sign.

    >>> [*zip(*tokens_of("甲方 pays 5.")), ]
    [(0, 1), (1, 2), (3, 7), (8, 9), (9, 10)]
    """
    found = [match.span() for match in _TOKEN.finditer(text)]
    return Tokens(tuple(start for start, _ in found), tuple(end for _, end in found))
