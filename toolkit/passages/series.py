"""Which finds are labels, and how deep each stands: the tree of a document's numbering.

A number in mid-sentence looks the same as one that begins a clause. What tells them apart is where it stands, what
follows, and whether it continues a series that is open: after (h) comes (i), after (ii) comes (iii), and (a) opens
a series below the clause it stands in.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from toolkit.passages.labels import STOPS, Break, Find, Label, Reading, Style, break_before, finds
from toolkit.passages.numerals import Number
from toolkit.passages.surroundings import (
    BODY,
    CAPITALS,
    ENDED,
    ITEM_RUNS_ON,
    RUNS_ON,
    TITLE_LINE,
    annex_stands,
    han_stands,
    has_ended,
    in_long_line,
    is_near,
    is_next,
    is_plausible,
    refers,
)

_HAN: Final = frozenset({"chapter", "han_article", "han_clause", "han_item"})
_OUTLINE: Final = frozenset({"I.", "A."})
"""Labels of headings, in court papers and reports; inside a numbered clause they are items."""
ANNEX: Final = 9
"""Rank of schedules, exhibits and other annexes."""
_TIERS: Final[dict[Style, int]] = {"annex": ANNEX, "part": 10, "article": 11, "chapter": 11, "section": 15}
"""Ranks of labels that stand in one place of the hierarchy; heading levels stand above."""
_DEEPEST_TIER: Final = 20
_ADJACENT: Final = 4
_PAGE_BREAK: Final = "<PAGE>"
"""What EDGAR's plain texts have between pages; the number behind it is the page's."""


class _Open(NamedTuple):
    """A series that is open, with its last number."""

    style: Style
    number: Number
    rank: int
    clause: bool


def find_labels(text: str, block_starts: frozenset[int], heading_starts: Sequence[int] = ()) -> list[Label]:
    r"""Return the labels that begin clauses and items, in order.

    Args:
        text: a document's text.
        block_starts: offsets at which its blocks start.
        heading_starts: those of its headings, sorted; a heading ends the items above it.

    >>> text = "1. Term. As in Section 2. Payment\n2. Fees. Pay 3. per day:\n(a) net; (b) now. 2.1 Late fees."
    >>> [text[label.start : label.end] for label in find_labels(text, frozenset({0}))]
    ['1.', '2.', '(a)', '(b)']
    """
    series = _Series(text, block_starts)
    known = list(finds(text))
    labels: list[Label] = []
    before = 0
    for place, find in enumerate(known):
        if bisect_right(heading_starts, find.start) > bisect_right(heading_starts, before):
            series.pass_heading()
        before = find.start
        if label := series.read(find, known[place + 1 : place + 40]):
            labels.append(label)
    return labels


class _Series:
    """The series that are open at a place of the text."""

    def __init__(self, text: str, block_starts: frozenset[int]) -> None:
        self._text = text
        self._starts = block_starts
        self._open: list[_Open] = []
        self._last: dict[str, Number] = {}
        self._label_end = -1
        self._headed = False

    def pass_heading(self) -> None:
        """Leave only clauses open; a first clause behind a heading begins anew."""
        self._headed = True
        while self._open and not self._open[-1].clause:
            self._open.pop()

    def read(self, find: Find, following: Sequence[Find]) -> Label | None:
        """Return the label that a find is here, or None; an accepted one is now part of its series."""
        where: Break = "label" if self._between(find) else break_before(self._text, find.start, self._starts)
        style = find.readings[0].style
        if style in _TIERS:
            found = self._tier(find, where)
        elif style in _HAN:
            found = self._han(find, where)
        elif style == "number":
            found = self._number(find, where)
        else:
            found = self._item(find, where, following)
        if found:
            self._label_end = find.end
        return found

    def _between(self, find: Find) -> bool:
        """Whether only white space parts a find from the label before, as in "2. (a)"."""
        gap = self._text[self._label_end : find.start] if 0 <= self._label_end <= find.start else "x"
        return not gap.strip() and "\n" not in gap and len(gap) < _ADJACENT

    def _before(self, start: int) -> str:
        return self._text[max(0, start - 80) : start].rstrip()

    def _push(self, find: Find, reading: Reading, above: Sequence[_Open], *, clause: bool) -> Label:
        least = 19 + len(reading.number) if reading.style == "number" else _DEEPEST_TIER
        rank = max(above[-1].rank + 1 if above else 0, least)
        clause = clause and all(one.clause for one in above)
        self._open = [*above, _Open(reading.style, reading.number, rank, clause)]
        return Label(find.start, find.end, reading.style, reading.number, rank, clause, not above)

    def _tier(self, find: Find, where: Break) -> Label | None:
        """Articles, sections, chapters, parts, annexes: they close every series."""
        style, number = find.readings[0]
        if not self._tier_accepted(find, where):
            return None
        self._open = []
        self._last[style] = number
        if style in {"article", "part", "annex"}:
            self._last["number"] = (number[0], 0) if style == "article" else (0,)
        rank = _TIERS[style] + (number[0] if style == "chapter" else 0)
        return Label(find.start, find.end, style, number, rank, clause=True, top=True)

    def _tier_accepted(self, find: Find, where: Break) -> bool:
        text, (style, number) = self._text, find.readings[0]
        if style == "chapter":
            return han_stands(self._text, find, where)
        before = self._before(find.start)
        if where != "block" and refers(before):
            return False
        if style in {"annex", "part"}:
            return annex_stands(text, find, where)
        if RUNS_ON.match(text, find.end):
            return False
        if where == "block" and is_near(number, self._last.get(style)):
            return has_ended(before) or bool(TITLE_LINE.match(text, find.end)) or is_next(number, self._last.get(style))
        return is_next(number, self._last.get(style)) and self._fits(find.start, where, before)

    def _han(self, find: Find, where: Break) -> Label | None:
        """第…条, 第…款, 一、: a series that is open anywhere goes on; else it opens below what is open."""
        reading = find.readings[0]
        if not han_stands(self._text, find, where):
            return None
        at = self._continued(reading, every=reading.style == "han_article")
        if at is not None:
            above = self._open[:at]
        elif reading.number == (1,) or any(one.style == reading.style for one in self._open):
            above = self._outside(reading.style)
        else:
            above = [one for one in self._open if one.style in _HAN]
        inside = any(one.style == "han_article" for one in above)
        return self._push(find, reading, above, clause=reading.style == "han_article" or not inside)

    def _continued(self, reading: Reading, *, every: bool = False) -> int | None:
        """The innermost open series that a reading goes on with."""
        for at in range(len(self._open) - 1, -1, -1):
            one = self._open[at]
            if one.style == reading.style and (every or reading.number == (*one.number[:-1], one.number[-1] + 1)):
                return at
        return None

    def _number(self, find: Find, where: Break) -> Label | None:
        reading = find.readings[0]
        single = len(reading.number) == 1
        before = self._before(find.start)
        if (where != "block" and refers(before)) or (single and self._is_page_number(find, before)):
            return None
        nested = bool(self._open) and not self._open[-1].clause
        at = self._continued(reading) if single else None
        inner = at is not None and not self._open[at].clause
        opens = nested and reading.number == (1,) and where in {"block", "line", "label"} and self._in_clause()
        if single and (inner or (opens and not CAPITALS.match(self._text, find.end))):
            if ITEM_RUNS_ON.match(self._text, find.end) or not (where in {"block", "label"} or has_ended(before)):
                return None
            return self._push(find, reading, self._open[:at] if inner else self._open, clause=False)
        if not self._number_accepted(find, where, before, goes_on=at is not None):
            return None
        above = self._open[:at] if at is not None else self._above(reading.number)
        if reading.number == (1,) and not self._headed and not above:
            above = [one for one in self._open if one.style == "number" and len(one.number) == 1]
        self._last["number"] = reading.number
        self._headed = False
        return self._push(find, reading, above, clause=True)

    def _is_page_number(self, find: Find, before: str) -> bool:
        rest = self._text[find.end : find.end + _ADJACENT]
        return before.endswith(_PAGE_BREAK) and not rest.split("\n")[0].strip()

    def _in_clause(self) -> bool:
        """Whether the items that are open stand in a clause: the recitals A. to D. do not hold clause 1."""
        tiers = {"annex", "part", "article", "section", "chapter"} & self._last.keys()
        return bool(tiers) or any(one.clause or one.style == "（一）" for one in self._open)

    def _above(self, number: Number) -> list[_Open]:
        """The open series that a clause number stands below: those that begin like it, 一、, 第…条, I. and A."""
        above = list(self._open)
        while above:
            one = above[-1]
            if one.clause and (one.style in _HAN or one.style in _OUTLINE):
                break
            if one.style == "number" and len(one.number) < len(number) and number[: len(one.number)] == one.number:
                break
            above.pop()
        return above

    def _number_accepted(self, find: Find, where: Break, before: str, *, goes_on: bool) -> bool:
        number, last = find.readings[0].number, self._last.get("number")
        following = goes_on or is_next(number, last)
        if not BODY.match(self._text, find.end):
            return where == "block" and following and len(number) > 1
        if where == "block":
            return following or is_plausible(number, last)
        return (following and self._fits(find.start, where, before)) or (
            where == "line" and number == (1,) and has_ended(before)
        )

    def _fits(self, start: int, where: Break, before: str) -> bool:
        """Whether a label that continues the numbering stands where a clause can begin."""
        if where in {"block", "line", "label"}:
            return True
        return has_ended(before) and (where == "gap" or in_long_line(self._text, start))

    def _item(self, find: Find, where: Break, following: Sequence[Find]) -> Label | None:
        if ITEM_RUNS_ON.match(self._text, find.end):
            return None
        before = self._before(find.start)
        dotted = find.readings[0].style[-1] == "."
        if where in {"gap", "space"} and dotted:
            return None
        if where not in {"block", "label"} and refers(before, joined=False):
            return None
        for reading in self._likelier(find, following):
            at = self._continued(reading)
            if at is not None and self._goes_on(where, before, dotted=dotted):
                return self._push(find, reading, self._open[:at], clause=self._open[at].clause)
            if at is None and reading.number == (1,) and self._opens(where, before, dotted=dotted):
                return self._push(
                    find, reading, self._outside(reading.style), clause=self._is_outline(find, reading, where)
                )
        return None

    def _outside(self, style: Style) -> list[_Open]:
        """What stays open above a series that opens; one that begins anew takes its own place again."""
        same = [at for at, one in enumerate(self._open) if one.style == style]
        return self._open[: same[-1]] if same else list(self._open)

    def _is_outline(self, find: Find, reading: Reading, where: Break) -> bool:
        """Whether a letter or a Roman numeral begins a titled section, as in court papers and reports."""
        titled = reading.style in _OUTLINE and where == "block" and TITLE_LINE.match(self._text, find.end)
        return bool(titled) and all(one.style in _OUTLINE for one in self._open)

    def _likelier(self, find: Find, following: Sequence[Find]) -> Sequence[Reading]:
        """The readings in the order in which to try them: one that goes on comes before one that opens.

        What comes next may tell otherwise: (h), (i), (ii) opens a series of Roman numerals, (h), (i), (j) does not.
        """
        if len(find.readings) == 1:
            return find.readings
        going = [reading for reading in find.readings if self._continued(reading) is not None]
        opening = [reading for reading in find.readings if reading.number == (1,)]
        if not (going and opening):
            inner = sorted(going, key=lambda reading: -(self._continued(reading) or 0))
            return [*inner, *opening]
        second = Reading(opening[0].style, (2,))
        on = Reading(going[0].style, (going[0].number[0] + 1,))
        for one in following:
            if second in one.readings:
                return [*opening, *going] if self._opened_anew(opening[0]) else going
            if on in one.readings:
                return going
        return going

    def _opened_anew(self, reading: Reading) -> bool:
        return all(one.style != reading.style for one in self._open)

    def _goes_on(self, where: Break, before: str, *, dotted: bool) -> bool:
        if where in {"block", "label"}:
            return True
        word = before.rsplit(maxsplit=1)[-1].lower() if before else ""
        ended = before[-1:] in {*STOPS} or word in {"and", "or"} or word[-1:] in {*"及和或"}
        return ended or (where == "line" and not dotted)

    def _opens(self, where: Break, before: str, *, dotted: bool) -> bool:
        if where in {"block", "label"}:
            return True
        if dotted:
            return where == "line" and has_ended(before)
        return not before or before[-1] in ENDED or before[-1] in "—–-" or (where == "line" and before[-1] == ",")
