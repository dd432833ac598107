"""Which finds are labels, and how deep each stands: the tree of a document's numbering.

A number in mid-sentence looks the same as one that begins a clause. What tells them apart is where it stands, what
follows, and whether it continues a series that is open: after (h) comes (i), after (ii) comes (iii), and (a) opens
a series below the clause it stands in.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from toolkit.passages.labels import STOPS, Break, Find, Reading, Style, break_before, finds
from toolkit.passages.numerals import Number, follows

_HAN: Final = frozenset({"chapter", "han_article", "han_clause", "han_item"})
_OUTLINE: Final = frozenset({"I.", "A."})
"""Labels of headings, in court papers and reports; inside a numbered clause they are items."""
_TIERS: Final[dict[Style, int]] = {"annex": 9, "part": 10, "article": 11, "chapter": 11, "section": 15}
"""Ranks of labels that stand in one place of the hierarchy; heading levels stand above."""
_DEEPEST_TIER: Final = 20
_REFERRING = (
    "section sections article articles clause clauses paragraph paragraphs exhibit schedule annex appendix attachment "
    "no nos number rule part item items chapter title and or to of in under through the by at with than per from "
    "subsection sub-section subparagraph subclause sub-clause § §§ page pages see form table figure vol"
)
_REFERENCE = frozenset(_REFERRING.split())
_RUNS_ON = re.compile(
    r"[\s\xa0]*(?:[,;)]|(?:of|hereof|herein|and|or|above|below|shall|is|are|was|were|to|through|if|as|may|will)\b)"
)
_ITEM_RUNS_ON = re.compile(
    r"[\s\xa0]*(?:[,;.)）]|(?:of|hereof|herein|above|below|through|thereof)\b|[、，。；]|项|款|所|规定)"
)
_HAN_RUNS_ON = re.compile(r"[、，。；）)]|(?:第|规定|的|至|和|与|或|及|之|所|中|规定)")
_BODY = re.compile(r"[\s\xa0\u3000]*[A-Z\"“‘'(\[_\u4e00-\u9fff*]")
_ENDED = "。；：！？.;:!?\u037e\"”’')）]】」*"
_CAPITALS = re.compile(r"[\s\xa0]*[A-Z][A-Z\s\xa0,&/'’-]{3,}(?:[.:\n]|$)")
_TITLE_LINE = re.compile(r"[\s\xa0]*(?:$|[\n\r.:：–—-]|[^\n\r.;。；]{1,60}(?:[\n\r]|$))")
_MOST_ARTICLES: Final = 40
"""Greater numbers begin no series of clauses; they are years and sums."""
_JUMP: Final = 5
"""How many clauses may be missing between two."""
_FEWEST_CAPITALS: Final = 4
_CAPTION: Final = 200
"""Characters at a document's beginning where "EXHIBIT 10.13" is the number of a filing."""
_LONG_LINE: Final = 200
"""Characters of a line that may hold several clauses, their line ends lost in an earlier conversion."""


class Label(NamedTuple):
    """A label that begins a clause or an item.

    Attributes:
        start, end: half-open offsets.
        style, number: what it counts with, and where it stands in its series.
        rank: its place in the document's hierarchy: smaller stands higher. Heading levels 1 to 9 stand above all.
        clause: whether it begins a clause; else an item inside one.
        top: whether no other series is open above it.
    """

    start: int
    end: int
    style: Style
    number: Number
    rank: int
    clause: bool
    top: bool


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
            series.close_items()
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

    def close_items(self) -> None:
        """Leave only clauses open."""
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
        return not gap.strip() and "\n" not in gap and len(gap) < _FEWEST_CAPITALS

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
            return self._han_accepted(find, where)
        before = self._before(find.start)
        if where != "block" and _refers(before):
            return False
        if style in {"annex", "part"}:
            return self._annex_accepted(find, where)
        if _RUNS_ON.match(text, find.end):
            return False
        if where == "block":
            return True
        return _next(number, self._last.get(style)) and self._fits(find.start, where, before)

    def _annex_accepted(self, find: Find, where: Break) -> bool:
        if find.start < _CAPTION:
            return False
        written = self._text[find.start : find.end]
        alone = _TITLE_LINE.match(self._text, find.end) and not _RUNS_ON.match(self._text, find.end)
        if written[0] == "附" or not written.split()[0].isupper():
            return where == "block" and bool(alone)
        return where == "block" or (where == "line" and not _RUNS_ON.match(self._text, find.end))

    def _han(self, find: Find, where: Break) -> Label | None:
        """第…条, 第…款, 一、: a series that is open anywhere goes on; else it opens below what is open."""
        reading = find.readings[0]
        if not self._han_accepted(find, where):
            return None
        at = self._continued(reading, every=reading.style == "han_article")
        if at is None:
            above = [one for one in self._open if one.style in _HAN]
            if reading.style == "han_item" and reading.number == (1,):
                above = self._open
        else:
            above = self._open[:at]
        inside = any(one.style == "han_article" for one in above)
        return self._push(find, reading, above, clause=reading.style == "han_article" or not inside)

    def _han_accepted(self, find: Find, where: Break) -> bool:
        if where in {"gap", "space"}:
            return False
        style = find.readings[0].style
        runs_on = style in {"han_article", "han_clause"} and _HAN_RUNS_ON.match(self._text, find.end)
        if where == "block":
            return not runs_on
        before = self._text[max(0, find.start - 10) : find.start].rstrip("*# \t\r\n\u3000\xa0")
        after = self._text[find.end : find.end + 1]
        return not runs_on and (not before or before[-1] in _ENDED or after in {" ", "\u3000", "*", "\n"})

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
        if where != "block" and _refers(before):
            return None
        nested = bool(self._open) and not self._open[-1].clause
        at = self._continued(reading) if single else None
        inner = at is not None and not self._open[at].clause
        opens = nested and reading.number == (1,) and where in {"block", "line", "label"}
        if single and (inner or (opens and not _CAPITALS.match(self._text, find.end))):
            if _ITEM_RUNS_ON.match(self._text, find.end) or not (where in {"block", "label"} or _has_ended(before)):
                return None
            return self._push(find, reading, self._open[:at] if inner else self._open, clause=False)
        if not self._number_accepted(find, where, before):
            return None
        self._last["number"] = reading.number
        above = self._open[:at] if at is not None else self._above(reading.number)
        return self._push(find, reading, above, clause=True)

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

    def _number_accepted(self, find: Find, where: Break, before: str) -> bool:
        number, last = find.readings[0].number, self._last.get("number")
        following = _next(number, last)
        if not _BODY.match(self._text, find.end):
            return where == "block" and following and len(number) > 1
        if where == "block":
            return following or _plausible(number, last)
        return (following and self._fits(find.start, where, before)) or (
            where == "line" and number == (1,) and _has_ended(before)
        )

    def _fits(self, start: int, where: Break, before: str) -> bool:
        """Whether a label that continues the numbering stands where a clause can begin."""
        if where in {"line", "label"}:
            return True
        return _has_ended(before) and (where == "gap" or _in_long_line(self._text, start))

    def _item(self, find: Find, where: Break, following: Sequence[Find]) -> Label | None:
        if _ITEM_RUNS_ON.match(self._text, find.end):
            return None
        before = self._before(find.start)
        dotted = find.readings[0].style[-1] == "."
        if where in {"gap", "space"} and dotted:
            return None
        if where not in {"block", "label"} and _refers(before, joined=False):
            return None
        for reading in self._likelier(find, following):
            at = self._continued(reading)
            if at is not None and self._goes_on(where, before, dotted=dotted):
                return self._push(find, reading, self._open[:at], clause=self._open[at].clause)
            if at is None and reading.number == (1,) and self._opens(where, before, dotted=dotted):
                return self._push(find, reading, self._outside(reading.style), clause=self._is_outline(reading, where))
        return None

    def _outside(self, style: Style) -> list[_Open]:
        """What stays open above a series that opens; one that begins anew takes its own place again."""
        same = [at for at, one in enumerate(self._open) if one.style == style]
        return self._open[: same[-1]] if same else list(self._open)

    def _is_outline(self, reading: Reading, where: Break) -> bool:
        return reading.style in _OUTLINE and where == "block" and all(one.style in _OUTLINE for one in self._open)

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
            return where == "line" and _has_ended(before)
        return not before or before[-1] in _ENDED or before[-1] in "—–-" or (where == "line" and before[-1] == ",")


def _next(number: Number, last: Number | None) -> bool:
    return set(number) == {1} if last is None else follows(number, last)


def _has_ended(before: str) -> bool:
    return not before or before[-1] in _ENDED or _in_capitals(before)


def _refers(before: str, *, joined: bool = True) -> bool:
    """Whether the last word before a number makes it a reference, as in "under Section".

    Args:
        before: what stands before the number.
        joined: whether "and" and "or" do so too; between items they do not.
    """
    words = before.split()[-1:]
    last = words[0].lower().strip('(“"') if words else ""
    return last in _REFERENCE and (joined or last not in {"and", "or"})


def _plausible(number: Number, last: Number | None) -> bool:
    """A block's own number may leave some out or start anew, but not jump: 2024. and 117. are no clauses."""
    if last is None or number[-1] == 1:
        return number[0] <= _MOST_ARTICLES
    return number[0] <= last[0] + _JUMP


def _in_capitals(before: str) -> bool:
    """Whether the last words before are a heading in capitals, as in "ARTICLE I. DEFINITIONS 1.1 For purposes"."""
    words = before.split()[-1:]
    return bool(words) and words[0].isupper() and len(words[0]) >= _FEWEST_CAPITALS


def _in_long_line(text: str, start: int) -> bool:
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start))
    line_end = text.find("\n", start)
    return (line_end if line_end >= 0 else len(text)) - line_start > _LONG_LINE
