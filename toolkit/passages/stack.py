"""The series of clause numbers that are open at a place, outermost first."""

from typing import Final, NamedTuple

from toolkit.passages.labels import Reading, Style
from toolkit.passages.numerals import Number

HAN: Final = frozenset({"chapter", "han_article", "han_clause", "han_item"})
"""Labels in Chinese; they begin lines."""
OUTLINE: Final = frozenset({"I.", "A."})
"""Labels of headings, in court papers and reports; inside a numbered clause they are items."""


class Open(NamedTuple):
    """A series that is open, with its last number."""

    style: Style
    number: Number
    rank: int
    clause: bool


class Stack:
    """Which series are open."""

    def __init__(self) -> None:
        self.open: list[Open] = []

    def close_items(self) -> None:
        """Leave only clauses open."""
        while self.open and not self.open[-1].clause:
            self.open.pop()

    def continued(self, reading: Reading, *, every: bool = False) -> int | None:
        """Return the place of the innermost open series that a reading goes on with."""
        for at in range(len(self.open) - 1, -1, -1):
            one = self.open[at]
            if one.style == reading.style and (every or reading.number == (*one.number[:-1], one.number[-1] + 1)):
                return at
        return None

    def outside(self, style: Style) -> list[Open]:
        """Return what stays open above a series that opens; one that begins anew takes its own place again."""
        same = [at for at, one in enumerate(self.open) if one.style == style]
        return self.open[: same[-1]] if same else list(self.open)

    def above(self, number: Number) -> list[Open]:
        """Return the open series that a clause number stands below: those that begin like it, 一、, 第…条, I. and A."""
        above = list(self.open)
        while above:
            one = above[-1]
            if one.clause and (one.style in HAN or one.style in OUTLINE):
                break
            if one.style == "number" and len(one.number) < len(number) and number[: len(one.number)] == one.number:
                break
            above.pop()
        return above
