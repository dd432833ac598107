"""What may be a clause label: "ARTICLE IV", "Section 3.2", "12.", "1.1", "(a)", "第十条", "三、", "（二）", "①".

Here a text is searched for what looks like one, and each find is read in every way that it can be: "(i)" is the
ninth letter and the first Roman numeral. Which of them begin clauses, and how, is for the series to say.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from toolkit.passages.numerals import Number, read_han, read_roman, write_roman

Style = Literal[
    "annex", "part", "article", "section", "chapter", "han_article", "han_clause", "han_item", "number",
    "(a)", "(i)", "(A)", "(I)", "(1)", "a)", "i)", "A)", "I)", "1)", "a.", "i.", "A.", "I.", "（一）", "①",
]  # fmt: skip
Break = Literal["block", "line", "gap", "space", "label"]
"""What stands before a label: a block's or document's start, a line end, three spaces or a tab, less, another label."""

_HAN_NUMBER = "[一二三四五六七八九十百千零〇两\\d]{1,7}"
_FEW_HAN = "[一二三四五六七八九十]{1,3}"
_LABEL = re.compile(
    rf"""
      (?<![^\s*\#>|])(?:
        (?P<annex>(?:SCHEDULE|EXHIBIT|ANNEX|APPENDIX|ATTACHMENT|Schedule|Exhibit|Annex|Appendix|Attachment)[\s\xa0]+
          ["“]?(?:[A-Z]|AA|BB|CC|DD|EE|[IVX]+|\d{{1,2}})(?:[-.]\d{{1,2}})?\b(?![-.]\d)(?:\([a-z]+\)){{0,3}}["”]?|附[件录錄表]{_HAN_NUMBER}?(?=[\s\u3000：:、]))
      | (?P<part>(?:PART|Part)[\s\xa0]+(?:[A-Z]|[IVX]+|\d{{1,2}})\b(?!\.\d))
      | (?P<article>(?:ARTICLE|Article)[\s\xa0]+(?P<article_number>[IVXLC]+|\d{{1,3}})\b)
      | (?P<section>(?:SECTION|Section|SEC\.|Sec\.|§)[\s\xa0]*
          (?P<section_number>\d{{1,3}}(?:\.\d{{1,3}}){{0,3}})\b(?!\.\d))
      | (?P<chapter>第[\s\u3000]?{_HAN_NUMBER}[\s\u3000]?(?P<chapter_kind>分编|编|章|节|篇|編|節)
          (?=[\s\u3000]|\S{{1,20}}(?:\s|$)))
      | (?P<han_article>第[\s\u3000]?(?P<han_number>{_HAN_NUMBER})(?:-\d{{1,2}})?[\s\u3000]?[条條](?:之{_HAN_NUMBER})?)
      | (?P<han_clause>第[\s\u3000]?(?P<clause_number>{_FEW_HAN})[\s\u3000]?款(?=[\s\u3000]))
      | (?P<han_item>(?P<item_number>{_FEW_HAN})、)
      | (?P<number>(?P<digits>\d{{1,3}}(?:\.\d{{1,3}}){{1,3}})[.．]?(?=[\s\u3000\u4e00-\u9fff])
          | (?P<single>\d{{1,3}})(?:[.．](?!\d)|、))
      | (?P<half>[a-zA-Z]{{1,4}}|\d{{1,2}})[)）](?=[\s\u3000\u4e00-\u9fff])
      | (?P<dot>[A-Za-z]|[IVX]{{2,5}}|[ivx]{{2,5}})\.(?=[\s\xa0])
      )
    | (?:(?<![^\s*\#>|；：。，;)）])|(?<=--))(?P<paren>[（(](?P<inner>[a-zA-Z]{{1,5}}|\d{{1,2}}|{_FEW_HAN})[）)])
    | (?P<circled>[①-⑳])
    """,
    re.VERBOSE,
)
_CHAPTER_DEPTHS: Final = {"编": 0, "篇": 0, "編": 0, "分编": 1, "章": 2, "节": 3, "節": 3}
_GAP = re.compile(r"[ \xa0]{3,}|\t")
STOPS = "。；：！？，.;:!?,\u037e"
"""What ends a sentence or a member of it; U+037E is how some PDFs spell the semicolon."""


class Reading(NamedTuple):
    """One way to read a label."""

    style: Style
    number: Number


class Find(NamedTuple):
    """What looks like a label, and the ways to read it, the likelier first."""

    start: int
    end: int
    readings: tuple[Reading, ...]


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


def finds(text: str) -> Iterator[Find]:
    """Yield what looks like a label, in order.

    >>> [find.readings[0] for find in finds("Section 2.1 Pay (ii) now")]
    [Reading(style='section', number=(2, 1)), Reading(style='(i)', number=(2,))]
    """
    for found in _LABEL.finditer(text):
        if readings := tuple(_readings(found)):
            yield Find(found.start(), found.end(), readings)


def break_before(text: str, start: int, block_starts: frozenset[int]) -> Break:
    """Return what stands before a place; Markdown's signs count as white space."""
    before = start
    while before and (text[before - 1].isspace() or text[before - 1] in "*#>\ufeff"):
        before -= 1
    gap = text[before:start]
    if not before or block_starts.intersection(range(before, start + 1)):
        return "block"
    if "\n" in gap or "\r" in gap:
        return "line"
    return "gap" if _GAP.search(gap) else "space"


def _readings(found: re.Match[str]) -> Iterator[Reading]:
    for style, number in _NUMBERS.items():
        if found[style] is not None:
            if value := number(found):
                yield Reading(style, value)
            return
    if found["circled"]:
        yield Reading("①", (ord(found["circled"]) - ord("①") + 1,))
    elif found["inner"]:
        yield from _of_signs(found["inner"], "()")
    else:
        yield from _of_signs(found["half"] or found["dot"], ")" if found["half"] else ".")


def _of_signs(signs: str, around: str) -> Iterator[Reading]:
    """Read the signs of an item; letters may be Roman numerals."""
    if signs[0] in "一二三四五六七八九十":
        yield Reading("（一）", (read_han(signs),))
        return
    if signs.isdigit():
        yield Reading("(1)" if around == "()" else "1)", (int(signs),))
        return
    upper = signs.isupper()
    letter, roman = (
        (_STYLES[around, "A"], _STYLES[around, "I"]) if upper else (_STYLES[around, "a"], _STYLES[around, "i"])
    )
    if signs.upper() == write_roman(read_roman(signs.upper()) if set(signs.upper()) <= set("IVXLC") else 0):
        yield Reading(roman, (read_roman(signs.upper()),))
    if len(set(signs)) == 1 and len(signs) <= 2:  # noqa: PLR2004 - after (z) comes (aa)
        yield Reading(letter, (ord(signs[0].upper()) - 64 + 26 * (len(signs) - 1),))


_STYLES: Final[dict[tuple[str, str], Style]] = {
    ("()", "a"): "(a)", ("()", "A"): "(A)", ("()", "i"): "(i)", ("()", "I"): "(I)",
    (")", "a"): "a)", (")", "A"): "A)", (")", "i"): "i)", (")", "I"): "I)",
    (".", "a"): "a.", (".", "A"): "A.", (".", "i"): "i.", (".", "I"): "I.",
}  # fmt: skip


def _article_number(found: re.Match[str]) -> Number:
    written = found["article_number"]
    return (int(written) if written.isdigit() else read_roman(written),)


def _dotted(found: re.Match[str]) -> Number:
    return tuple(map(int, (found["digits"] or found["single"]).split(".")))


_NUMBERS: Final[dict[Style, Callable[[re.Match[str]], Number]]] = {
    "annex": lambda _: (1,),
    "part": lambda _: (1,),
    "article": _article_number,
    "section": lambda found: tuple(map(int, found["section_number"].split("."))),
    "chapter": lambda found: (_CHAPTER_DEPTHS[found["chapter_kind"]],),
    "han_article": lambda found: (read_han(found["han_number"]),),
    "han_clause": lambda found: (read_han(found["clause_number"]),),
    "han_item": lambda found: (read_han(found["item_number"]),),
    "number": _dotted,
}
