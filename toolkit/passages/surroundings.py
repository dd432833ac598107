"""What the surroundings of a number say: whether a clause can begin there, and whether the number can come next."""

import re
from typing import Final

from toolkit.passages.labels import Break, Find
from toolkit.passages.numerals import Number, follows

_REFERRING = (
    "section sections article articles clause clauses paragraph paragraphs exhibit schedule annex appendix attachment "
    "no nos number rule part item items chapter title and or to of in under through the by at with than per from "
    "subsection sub-section subparagraph subclause sub-clause § §§ page pages see form table figure vol"
)
_REFERENCE = frozenset(_REFERRING.split())
RUNS_ON = re.compile(
    r"[\s\xa0]*(?:[,;)]|(?:of|hereof|herein|and|or|above|below|shall|is|are|was|were|to|through|if|as|may|will)\b)"
)
ITEM_RUNS_ON = re.compile(
    r"[\s\xa0]*(?:[,;.)）]|(?:of|hereof|herein|above|below|through|thereof)\b|[、，。；]|项|款|所|规定)"
)
_HAN_RUNS_ON = re.compile(r"[、，。；）)]|(?:第|规定|的|至|和|与|或|及|之|所|中|规定)")
BODY = re.compile(r"[\s\xa0\u3000]*[A-Z\"“‘'(\[_\u4e00-\u9fff*]")
CAPITALS = re.compile(r"[\s\xa0]*[A-Z][A-Z\s\xa0,&/'’-]{3,}(?:[.:\n]|$)")
TITLE_LINE = re.compile(r"[\s\xa0]*(?:$|[\n\r.:：–—-]|[^\n\r.;。；]{1,60}(?:[\n\r]|$))")
_COLUMN = re.compile(r"[ \xa0]{2,}\S|\t|[ \xa0]*[-–—:]")
"""What parts an annex from its title in a list of annexes."""
_NEAR: Final = 10
_GOES_ON: Final = frozenset("，、及與与或和依按据據照")
"""Signs behind which a sentence goes on, whatever line the next one stands on."""
ENDED = "。；：！？.;:!?\u037e\"”’')）]】」*"
_MOST_ARTICLES: Final = 40
"""Greater numbers begin no series of clauses; they are years and sums."""
_JUMP: Final = 5
"""How many clauses may be missing between two."""
_FEWEST_CAPITALS: Final = 4
_LONG_LINE: Final = 200
"""Characters of a line that may hold several clauses, their line ends lost in an earlier conversion."""


def is_next(number: Number, last: Number | None) -> bool:
    """Return whether a number begins a series or continues the last."""
    return set(number) == {1} if last is None else follows(number, last)


def is_near(number: Number, last: Number | None) -> bool:
    """A block's own section or article may leave some out or start anew; one that goes far is a reference."""
    if last is None or set(number) == {1}:
        return True
    if len(number) == 1 and number[0] > _MOST_ARTICLES:
        return number > last
    same = number[:-1] == last[: len(number) - 1]
    step = number[-1] - last[len(number) - 1] if same and len(last) >= len(number) else 0
    return 0 < step <= _JUMP or (0 < number[0] - last[0] <= _JUMP and number[-1] <= _JUMP)


def has_ended(before: str) -> bool:
    """Return whether a sentence, its member or a heading in capitals ends before a label."""
    return not before or before[-1] in ENDED or in_capitals(before)


def refers(before: str, *, joined: bool = True) -> bool:
    """Whether the last word before a number makes it a reference, as in "under Section".

    Args:
        before: what stands before the number.
        joined: whether "and" and "or" do so too; between items they do not.
    """
    words = before.split()[-1:]
    last = words[0].lower().strip('(“"') if words else ""
    return last in _REFERENCE and (joined or last not in {"and", "or"})


def is_plausible(number: Number, last: Number | None) -> bool:
    """A block's own number may leave some out or start anew, but not jump: 2024. and 117. are no clauses."""
    if len(number) > 1 and number[-1] > 1:
        return is_near(number, last or (0,))
    return set(number) == {1} or number[0] <= (last[0] if last else 0) + _JUMP


def in_capitals(before: str) -> bool:
    """Whether the last words before are a heading in capitals, as in "ARTICLE I. DEFINITIONS 1.1 For purposes"."""
    words = before.split()[-1:]
    return bool(words) and words[0].isupper() and len(words[0]) >= _FEWEST_CAPITALS


def in_long_line(text: str, start: int) -> bool:
    """Return whether the line around a place is so long that it may hold several clauses."""
    begin = max(text.rfind(sign, max(0, start - _LONG_LINE), start) for sign in "\n\r")
    end = text.find("\n", start, start + _LONG_LINE)
    return (end if end >= 0 else min(len(text), start + _LONG_LINE)) - max(begin, start - _LONG_LINE) >= _LONG_LINE


def annex_stands(text: str, find: Find, where: Break) -> bool:
    """Return whether an annex or a part begins: in capitals at a line's start, else alone or in a list of annexes."""
    found = RUNS_ON.match(text, find.end)
    runs_on = found is not None and "\n" not in found[0]
    if text[find.start : find.end].split(maxsplit=1)[0].isupper():
        return where == "block" or (where == "line" and not runs_on)
    listed = where == "line" and bool(_COLUMN.match(text, find.end))
    return not runs_on and bool(TITLE_LINE.match(text, find.end)) and (where == "block" or listed)


def han_stands(text: str, find: Find, where: Break) -> bool:
    """Return whether 第…章, 第…条, 第…款 or 一、 begins something, and is no reference."""
    if where in {"gap", "space"}:
        return False
    style = find.readings[0].style
    if style in {"han_article", "han_clause"} and _HAN_RUNS_ON.match(text, find.end):
        return False
    before = text[max(0, find.start - _NEAR) : find.start].rstrip("*# \t\r\n\u3000\xa0")
    gap = text[find.start - _NEAR + len(before) : find.start] if find.start >= _NEAR else ""
    if before[-1:] in _GOES_ON and gap.count("\n") <= 1:
        return False
    return where == "block" or not before or before[-1] in ENDED or text[find.end : find.end + 1] in {*" \u3000*\n"}
