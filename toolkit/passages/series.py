"""Which finds are labels, and how deep each stands: the tree of a document's numbering.

A number in mid-sentence looks the same as one that begins a clause. What tells them apart is where it stands, what
follows, and whether it continues a series that is open: after (h) comes (i), after (ii) comes (iii), and (a) opens
a series below the clause it stands in.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from toolkit.passages.labels import STOPS, Break, Find, Label, Reading, Style, break_before, finds
from toolkit.passages.numerals import Number
from toolkit.passages.stack import HAN, OUTLINE, Open, Stack
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
from toolkit.text import is_han

ANNEX: Final = 9
"""Rank of schedules, exhibits and other annexes."""
_TIERS: Final[dict[Style, int]] = {"annex": ANNEX, "part": 10, "article": 11, "chapter": 11, "section": 15}
"""Ranks of labels that stand in one place of the hierarchy; heading levels stand above."""
_DEEPEST_TIER: Final = 20
_ADJACENT: Final = 4
"""Characters up to which two labels stand side by side."""
_LINE: Final = 100
_CAPTION: Final = 200
"""Characters at a document's beginning where "EXHIBIT 10.13" is the number of a filing."""
_PAGE_BREAK: Final = "<PAGE>"
"""What EDGAR's plain texts have between pages; the number behind it is the page's."""


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
        self._stack = Stack()
        self._last: dict[str, Number] = {}
        self._label_end = -1
        self._headed = False

    def pass_heading(self) -> None:
        """Leave only clauses open; a first clause behind a heading begins anew."""
        self._headed = True
        self._stack.close_items()

    def read(self, find: Find, following: Sequence[Find]) -> Label | None:
        """Return the label that a find is here, or None; an accepted one is now part of its series."""
        where: Break = "label" if self._between(find) else break_before(self._text, find.start, self._starts)
        if where == "line" and self._below_title(find):
            where = "block"
        style = find.readings[0].style
        if style in _TIERS:
            found = self._tier(find, where)
        elif style in HAN:
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

    def _below_title(self, find: Find) -> bool:
        """Whether a Chinese title alone stands between the label before and this one: 一、标的, and below it （一）."""
        title = self._text[self._label_end : find.start].strip() if find.start - self._label_end < _LINE // 2 else ""
        return bool(title) and self._label_end > 0 and "\n" not in title and is_han(title[-1])

    def _before(self, start: int) -> str:
        return self._text[max(0, start - 80) : start].rstrip()

    def _push(self, find: Find, reading: Reading, above: Sequence[Open], *, clause: bool) -> Label:
        least = 19 + len(reading.number) if reading.style == "number" else _DEEPEST_TIER
        rank = max(above[-1].rank + 1 if above else 0, least)
        clause = clause and all(one.clause for one in above)
        self._stack.open = [*above, Open(reading.style, reading.number, rank, clause)]
        return Label(find.start, find.end, reading.style, reading.number, rank, clause, not above)

    def _tier(self, find: Find, where: Break) -> Label | None:
        """Articles, sections, chapters, parts, annexes: they close every series."""
        style, number = find.readings[0]
        if not self._tier_accepted(find, where):
            return None
        self._stack.open = []
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
            caption = style == "annex" and find.start < _CAPTION and self._label_end < 0
            return annex_stands(text, find, where) and (not caption or text[find.start] == "附")
        if RUNS_ON.match(text, find.end):
            return False
        article = self._last.get("number", (1,))
        following = is_next(number, self._last.get(style)) or (article[-1] == 0 and is_next(number, article))
        if where == "block" and is_near(number, self._last.get(style)):
            return following or has_ended(before) or bool(TITLE_LINE.match(text, find.end))
        return following and self._fits(find.start, where, before)

    def _han(self, find: Find, where: Break) -> Label | None:
        """第…条, 第…款, 一、: a series that is open anywhere goes on; else it opens below what is open."""
        reading = find.readings[0]
        if not han_stands(self._text, find, where):
            return None
        at = self._stack.continued(reading, every=reading.style == "han_article")
        if at is not None:
            above = self._stack.open[:at]
        elif reading.number == (1,) or any(one.style == reading.style for one in self._stack.open):
            above = self._stack.outside(reading.style)
        else:
            above = [one for one in self._stack.open if one.style in HAN]
        inside = any(one.style == "han_article" for one in above)
        return self._push(find, reading, above, clause=reading.style == "han_article" or not inside)

    def _number(self, find: Find, where: Break) -> Label | None:
        reading = find.readings[0]
        single = len(reading.number) == 1
        before = self._before(find.start)
        if (where != "block" and refers(before)) or (single and self._is_page_number(find, before)):
            return None
        nested = bool(self._stack.open) and not self._stack.open[-1].clause
        at = self._stack.continued(reading) if single else None
        inner = at is not None and not self._stack.open[at].clause
        opens = nested and reading.number == (1,) and where in {"block", "line", "label"} and self._in_clause()
        if single and (inner or (opens and not CAPITALS.match(self._text, find.end))):
            if ITEM_RUNS_ON.match(self._text, find.end) or not (where in {"block", "label"} or has_ended(before)):
                return None
            return self._push(find, reading, self._stack.open[:at] if inner else self._stack.open, clause=False)
        if not self._number_accepted(find, where, before, goes_on=at is not None):
            return None
        above = self._stack.open[:at] if at is not None else self._stack.above(reading.number)
        if reading.number == (1,) and not self._headed and not above:
            above = [one for one in self._stack.open if one.style == "number" and len(one.number) == 1]
        self._last["number"] = reading.number
        self._headed = False
        return self._push(find, reading, above, clause=True)

    def _is_page_number(self, find: Find, before: str) -> bool:
        rest = self._text[find.end : find.end + _LINE].split("\n", maxsplit=1)[0]
        return before.endswith(_PAGE_BREAK) and not rest.strip()

    def _in_clause(self) -> bool:
        """Whether the items that are open stand in a clause: the recitals A. to D. do not hold clause 1."""
        tiers = {"annex", "part", "article", "section", "chapter"} & self._last.keys()
        return bool(tiers) or any(one.clause or one.style == "（一）" for one in self._stack.open)

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
            at = self._stack.continued(reading)
            if at is not None and self._goes_on(where, before, dotted=dotted):
                return self._push(find, reading, self._stack.open[:at], clause=self._stack.open[at].clause)
            if at is None and reading.number == (1,) and self._opens(where, before, dotted=dotted):
                return self._push(
                    find, reading, self._stack.outside(reading.style), clause=self._is_outline(find, reading, where)
                )
        return None

    def _is_outline(self, find: Find, reading: Reading, where: Break) -> bool:
        """Whether a letter or a Roman numeral begins a titled section, as in court papers and reports."""
        if reading.style not in OUTLINE or where != "block" or not TITLE_LINE.match(self._text, find.end):
            return False
        line = self._text.find("\n", find.end)
        below = self._text[line : line + _LINE].lstrip() if line >= 0 else ""
        alone = not below or line + self._text[line : line + _LINE].index(below) in self._starts
        return alone and all(one.style in OUTLINE for one in self._stack.open)

    def _likelier(self, find: Find, following: Sequence[Find]) -> Sequence[Reading]:
        """The readings in the order in which to try them: one that goes on comes before one that opens.

        What comes next may tell otherwise: (h), (i), (ii) opens a series of Roman numerals, (h), (i), (j) does not.
        """
        if len(find.readings) == 1:
            return find.readings
        going = [reading for reading in find.readings if self._stack.continued(reading) is not None]
        opening = [reading for reading in find.readings if reading.number == (1,)]
        if not (going and opening):
            inner = sorted(going, key=lambda reading: -(self._stack.continued(reading) or 0))
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
        return all(one.style != reading.style for one in self._stack.open)

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
