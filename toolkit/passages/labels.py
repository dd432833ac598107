"""Clause labels: "ARTICLE IV", "Section 3.2", "12.", "1.1", "第十条", "三、" where they begin a clause.

A number in mid-sentence looks the same as one that begins a clause. What tells them apart is where it stands, what
follows, and whether it continues the numbers before it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from toolkit.passages.numerals import Number, follows, read_han, read_roman

Family = Literal["part", "article", "section", "number", "chapter", "han_article", "han_item"]
Break = Literal["block", "line", "gap", "space"]
"""What stands before a label: a block's or document's start, a line end, three spaces or a tab, a single space."""

_HAN_NUMBER = "[一二三四五六七八九十百千零〇两\\d]{1,7}"
_LABEL = re.compile(
    rf"""(?<![^\s*\#>|])(?:
      (?P<part>(?:SCHEDULE|EXHIBIT|ANNEX|APPENDIX|ATTACHMENT|PART)[\s\xa0]+
        (?:[A-Z]|[IVX]+|\d{{1,2}})(?:-\d{{1,2}})?\b(?!\.\d))
    | (?P<article>(?:ARTICLE|Article)[\s\xa0]+(?P<article_number>[IVXLC]+|\d{{1,3}})\b)
    | (?P<section>(?:SECTION|Section|§)[\s\xa0]*(?P<section_number>\d{{1,3}}(?:\.\d{{1,3}}){{0,3}})\b)
    | (?P<chapter>第[\s\u3000]?{_HAN_NUMBER}[\s\u3000]?(?P<chapter_kind>分编|编|章|节|篇|編|節)
        (?=[\s\u3000]|\S{{1,20}}(?:\s|$)))
    | (?P<han_article>第[\s\u3000]?(?P<han_number>{_HAN_NUMBER})[\s\u3000]?[条條](?:之{_HAN_NUMBER})?)
    | (?P<han_item>(?P<item_number>[一二三四五六七八九十]{{1,3}})、)
    | (?P<number>(?P<digits>\d{{1,3}}(?:\.\d{{1,3}}){{1,3}})[.．]?(?=[\s\u3000\u4e00-\u9fff])
        | (?P<single>\d{{1,3}})(?:[.．](?!\d)|、))
    )""",
    re.VERBOSE,
)
_REFERRING = (
    "section sections article articles clause clauses paragraph paragraphs exhibit schedule annex appendix attachment "
    "no nos number rule part item items chapter title and or to of in under through the by at with than per from "
    "subsection sub-section § page pages see form table figure vol"
)
_REFERENCE = frozenset(_REFERRING.split())
_RUNS_ON = re.compile(
    r"[\s\xa0]*(?:[,;)]|(?:of|hereof|herein|and|or|above|below|shall|is|are|was|were|to|through|if|as|may|will)\b)"
)
_HAN_RUNS_ON = re.compile(r"[、，。；）)]|(?:第|规定|的|至|和|与|或|及|之|所|中|规定)")
_BODY = re.compile(r"[\s\xa0\u3000]*[A-Z\"“‘'(\[_\u4e00-\u9fff*]")
STOPS = "。；：！？，.;:!?,\u037e"
"""What ends a sentence or a member of it; U+037E is how some PDFs spell the semicolon."""
_ENDED = "。；：！？.;:!?\u037e\"”’')）]】」*"
_GAP = re.compile(r"[ \xa0]{3,}|\t")
_ENUMERATOR = re.compile(
    r"(?:(?<!\S)|(?<=[；：。，]))"
    r"(?:\([a-zA-Z0-9]{1,4}\)|(?:[a-z]|[ivx]{2,4})[.)](?=[\s\xa0])|[（(][一二三四五六七八九十\d]{1,3}[）)])"
)
_CHAPTER_DEPTHS: Final = {"编": 0, "篇": 0, "編": 0, "分编": 1, "章": 2, "节": 3, "節": 3}
_MOST_ARTICLES: Final = 40
"""Greater numbers begin no series of clauses; they are years and sums."""
_JUMP: Final = 5
"""How many clauses may be missing between two."""
_FEWEST_CAPITALS: Final = 4
_LONG_LINE: Final = 200
"""Characters of a line that may hold several clauses, their line ends lost in an earlier conversion."""


class Label(NamedTuple):
    """A label that begins a clause: where it starts and ends, its family and its number."""

    start: int
    end: int
    family: Family
    number: Number

    @property
    def rank(self) -> int:
        """Its place in a document's hierarchy: smaller stands higher. Heading levels 1 to 9 stand above all."""
        if self.family == "chapter":
            return 11 + self.number[0]
        ranks = {"part": 10, "article": 11, "section": 14, "han_article": 20, "han_item": 20}
        return ranks.get(self.family, 19 + len(self.number))


def find_labels(text: str, block_starts: frozenset[int]) -> list[Label]:
    r"""Return the labels that begin clauses, in order.

    Args:
        text: a document's text.
        block_starts: offsets at which its blocks start.

    >>> text = "1. Term. As in Section 2. Payment\n2. Fees. Pay 3. per day. 2.1 Late fees."
    >>> [text[label.start : label.end] for label in find_labels(text, frozenset({0}))]
    ['1.', '2.']
    """
    last: dict[Family, Number] = {}
    labels: list[Label] = []
    for found in _LABEL.finditer(text):
        label = _read(found)
        if label and _accepted(text, label, _break(text, found.start(), block_starts), last):
            labels.append(label)
            last[label.family] = label.number
            if label.family in {"article", "part"}:
                last["number"] = (label.number[0], 0) if label.family == "article" else (0,)
    if any(label.family == "han_article" for label in labels):
        return [label for label in labels if label.family != "han_item"]  # 一、 then enumerates inside 第…条
    return labels


def _read(found: re.Match[str]) -> Label | None:
    family: Family
    for family, number in _READERS.items():
        if found[family] is not None:
            value = number(found)
            return Label(found.start(), found.end(), family, value) if value else None
    return None


def _article_number(found: re.Match[str]) -> Number:
    written = found["article_number"]
    return (int(written) if written.isdigit() else read_roman(written),)


def _dotted(found: re.Match[str]) -> Number:
    return tuple(map(int, (found["digits"] or found["single"]).split(".")))


_READERS: Final[dict[Family, Callable[[re.Match[str]], Number]]] = {
    "part": lambda _: (1,),
    "article": _article_number,
    "section": lambda found: tuple(map(int, found["section_number"].split("."))),
    "chapter": lambda found: (_CHAPTER_DEPTHS[found["chapter_kind"]],),
    "han_article": lambda found: (read_han(found["han_number"]),),
    "han_item": lambda found: (read_han(found["item_number"]),),
    "number": _dotted,
}


def _break(text: str, start: int, block_starts: frozenset[int]) -> Break:
    before = start
    while before and (text[before - 1].isspace() or text[before - 1] in "*#>\ufeff"):
        before -= 1
    gap = text[before:start]
    if not before or block_starts.intersection(range(before, start + 1)):
        return "block"
    if "\n" in gap or "\r" in gap:
        return "line"
    return "gap" if _GAP.search(gap) else "space"


def _accepted(text: str, label: Label, where: Break, last: dict[Family, Number]) -> bool:
    if label.family in {"chapter", "han_article", "han_item"}:
        return _han_accepted(text, label, where)
    before = text[max(0, label.start - 80) : label.start].rstrip()
    if where != "block" and _refers(before):
        return False
    if label.family == "number":
        return _number_accepted(text, label, where, before, last.get("number"))
    if _RUNS_ON.match(text, label.end) and not (label.family == "part" and where == "block"):
        return False
    if label.family == "part" or where == "block":
        return where in {"block", "line"}
    return _next(label.number, last.get(label.family)) and _fits(text, label, where, before)


def _number_accepted(text: str, label: Label, where: Break, before: str, last: Number | None) -> bool:
    following = _next(label.number, last)
    if not _BODY.match(text, label.end):
        return where == "block" and following and len(label.number) > 1
    if where == "block":
        return following or _plausible(label.number, last)
    return (following and _fits(text, label, where, before)) or (
        where == "line" and label.number == (1,) and _has_ended(before)
    )


def _next(number: Number, last: Number | None) -> bool:
    return set(number) == {1} if last is None else follows(number, last)


def _fits(text: str, label: Label, where: Break, before: str) -> bool:
    """Whether a label that continues the numbering stands where a clause can begin."""
    if where == "line":
        return True
    return _has_ended(before) and (where == "gap" or _in_long_line(text, label.start))


def _has_ended(before: str) -> bool:
    return not before or before[-1] in _ENDED or _in_capitals(before)


def _refers(before: str) -> bool:
    """Whether the last word before a number makes it a reference, as in "under Section"."""
    words = before.split()[-1:]
    return bool(words) and words[0].lower().strip('(“"') in _REFERENCE


def _plausible(number: Number, last: Number | None) -> bool:
    """A block's own number may leave some out or start anew, but not jump: 2024. and 117. are no clauses."""
    if last is None or number[-1] == 1:
        return number[0] <= _MOST_ARTICLES
    return number[0] <= last[0] + _JUMP


def _han_accepted(text: str, label: Label, where: Break) -> bool:
    if where in {"gap", "space"}:
        return False
    runs_on = label.family == "han_article" and _HAN_RUNS_ON.match(text, label.end)
    if where == "block":
        return not runs_on
    before = text[max(0, label.start - 10) : label.start].rstrip("*# \t\r\n\u3000\xa0")
    return not runs_on and (
        not before or before[-1] in _ENDED or text[label.end : label.end + 1] in {" ", "\u3000", "*", "\n"}
    )


def _in_capitals(before: str) -> bool:
    """Whether the last words before are a heading in capitals, as in "ARTICLE I. DEFINITIONS 1.1 For purposes"."""
    words = before.split()[-1:]
    return bool(words) and words[0].isupper() and len(words[0]) >= _FEWEST_CAPITALS


def _in_long_line(text: str, start: int) -> bool:
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start))
    line_end = text.find("\n", start)
    return (line_end if line_end >= 0 else len(text)) - line_start > _LONG_LINE


def enumerators(text: str) -> Iterator[int]:
    """Yield where "(a)", "(ii)", "b." or "（一）" begin an item after a stop: a long clause may part there."""
    for found in _ENUMERATOR.finditer(text):
        before = text[max(0, found.start() - 80) : found.start()].rstrip()
        if not before or before[-1] in STOPS or before.split()[-1] in {"and", "or"}:
            yield found.start()
