"""Lines that only the page's width has cut: which line ends of a paragraph become a space, or nothing.

A line end goes where the first word of the next line would not have fitted, or where that line goes on in the middle
of a sentence. It stays between the lines of addresses, tables, lists and verse, and wherever that is doubtful. A
hyphen at a line's end goes only where the document, or a part that is no word, shows that the word has none.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from toolkit.documents.document import Block
from toolkit.text import is_han

Join = Literal["keep", "space", "glue", "unhyphenate"]
"""What becomes of a line end: it stays, becomes a space, goes, or goes with the hyphen before it."""

LINE_ENDS: Final = "\r\n\x0b\x0c\x85\u2028\u2029"
_LINE = re.compile(f"[^{LINE_ENDS}]+")
_BREAK = re.compile(f"[{LINE_ENDS}]")
_SPACES: Final = " \t\u3000\xa0"
_BULLET = re.compile(r"(?:[-*+•·●○■□▪◆➢✓\ue000-\uf8ff]|[–—])[ \t\u3000\xa0]+\S|[|>]|#{1,6}[ \t]|```|~~~")
_ITEM = re.compile(
    r"(?:[（(]?(?:[a-z]{1,2}|[ivxl]{1,5}|\d{1,3}|[一二三四五六七八九十]{1,3})[)）.、]|\d{1,3}(?:\.\d{1,3})+\.?|§)"
    r"[ \t\u3000\xa0]*\S"
    r"|第[\d一二三四五六七八九十百千零〇]{1,7}\s?[编編章节節条條款项項]"
    r"|(?:article|section|clause|schedule|exhibit|annex|item)[ \xa0]+[\dIVXA-Z]",
    re.IGNORECASE,
)
_WIDE_GAP = re.compile(r"\S(?: {4,}|\t)\S|\.{5}|(?:\. ){4}|_{5}|-{5}|={5}")
_FIGURE = re.compile(r"[(\-–—$€£¥]*\d[\d,.]*[%)]*|[—–\-$€£¥%]")
_ENDED: Final = frozenset(".!?:;。！？：；…")
_CLOSING: Final = "\"'”’）)]】」』"
_MAYBE_WIDE = re.compile("[\u2e80-\U0010ffff]")
_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_OPEN = re.compile(r"\b(?:of|the|and|or|to|a|an|in|by|for|with|from|that|any|such|this|its|under)$")
_HEAD = re.compile(r"[^\W\d_]+(?=[-‐]$)")
_TAIL = re.compile(r"[^\W\d_]+")
_HYPHENS: Final = "-‐\u00ad"
_ENDINGS = (
    "ment ments tion tions tional tioned tioning sion sions sional ation ations ition itions ing ings ance "
    "ances ence ences ency encies ancy ible ibility ities ity tive tives ative atives sive ness ly ally ously "
    "ers ization ized izing izes ised ising tor tors tories cial tial ture tures ular ulate ulated ulation "
    "ferred ferring mitted mitting ceived cation cations fication fications tably ably ibly edly ingly eral "
    "erty erties"
)
_SUFFIXES: Final = frozenset(_ENDINGS.split())
"""Endings of English words that are no words themselves: what stands before them had no hyphen."""
_LONGEST_WORD: Final = 60
_NARROWEST: Final = 40
"""Width, in Latin letters, below which a column is not taken for the page's."""
_VERSE: Final = 0.6
_FULL: Final = 0.85
_SURELY_FULL: Final = 0.96
_HALF: Final = 0.5
_STRETCH: Final = 2**20
"""Characters whose words are counted at a time."""


class Line(NamedTuple):
    """A line without the white space around it."""

    start: int
    end: int
    text: str


class Piece(NamedTuple):
    """A kept stretch of the source; a line end is kept as a space."""

    start: int
    end: int
    as_space: bool = False


class Unwrapping:
    """How the lines of one document are joined: what its columns are wide, and which hyphenated words it has.

    Args:
        text: the document's text.
        blocks: those whose lines may be joined, in reading order.
    """

    def __init__(self, text: str, blocks: Sequence[Block]) -> None:
        self._text = text
        several = [found for block in blocks if len(found := lines_of(text, block)) > 1]
        widths = sorted(width(line.text) for lines in several for line in lines[:-1])
        self._usual = max(_NARROWEST, widths[len(widths) * 4 // 5] if widths else 0)
        self._words = _spellings(text, _cut_words(text, blocks))

    def pieces(self, block: Block) -> Iterator[Piece]:
        """Yield what is kept of a block: together one paragraph on one line, or as many lines as it must have."""
        lines = lines_of(self._text, block)
        if len(lines) < 2:  # noqa: PLR2004 - a line end stands between two
            yield Piece(block.start, block.end)
            return
        widest = max(width(line.text) for line in lines)
        start = block.start
        for above, below in pairwise(lines):
            join = self.join(above, below, widest)
            if join != "keep":
                yield from joined(self._text, start, above, below, join)
                start = below.start
        yield Piece(start, block.end)

    def join(self, above: Line, below: Line, widest: int) -> Join:
        """Return what becomes of the line ends between two lines of one paragraph whose widest line is given."""
        between = self._text[above.end : below.start].replace("\r\n", "\n")
        if len(_BREAK.findall(between)) > 1 or _parted(above.text, below.text):
            return "keep"
        if not self._runs_on(above.text, below.text, widest):
            return "keep"
        return self._seam(above.text, below.text)

    def across(self, above: Line, below: Line) -> Join:
        """Return what becomes of what lies between a page's last line and the next one's first: a sentence goes on."""
        one, other = above.text, below.text
        if _parted(one, other) or starts_item(other) or _ended(one) or not _goes_on(one, other):
            return "keep"
        return self._seam(one, other)

    def _runs_on(self, one: str, other: str, widest: int) -> bool:
        share = _SURELY_FULL if _ended(one) and not other[0].islower() else _FULL
        room = max(widest, self._usual * _VERSE) * share
        word = 2 if is_wide(other[0]) else len(other.split(None, 1)[0]) + 1
        full = width(one) + word >= room and widest >= self._usual * _VERSE
        if starts_item(other) and (_ended(one) or not full or one.endswith(("and", "or"))):
            return False
        wide_enough = width(one) >= self._usual * _HALF
        cut = one[-1] in _HYPHENS and one[-2:-1].isalnum()
        return full or (wide_enough and (cut or (other[0].islower() and not _ended(one))))

    def _seam(self, one: str, other: str) -> Join:
        if one[-1] == "\u00ad":
            return "unhyphenate"
        if one[-1] in _HYPHENS and one[-2:-1].isalnum() and other[0].isalnum() and not is_wide(other[0]):
            return "unhyphenate" if self._one_word(one, other) else "glue"
        glued = is_wide(one[-1]) or is_wide(other[0]) or (one[-1] in "—/" and one[-2:-1] not in {"", " "})
        return "glue" if glued else "space"

    def _one_word(self, one: str, other: str) -> bool:
        head, tail = _HEAD.search(one[-_LONGEST_WORD:]), _TAIL.match(other)
        if not head or not tail or (other[0].isupper() and not head[0].isupper()):
            return False
        first, last = head[0].lower(), tail[0].lower()
        plain, hyphenated = self._words[first + last], self._words[f"{first}-{last}"]
        if plain or hyphenated:
            return plain > hyphenated
        return last in _SUFFIXES


def lines_of(text: str, block: Block) -> list[Line]:
    """Return the lines of a block that are not blank, without the white space around them."""
    found = []
    for line in _LINE.finditer(text, block.start, block.end):
        content = line[0].strip(_SPACES)
        if content.strip():
            start = line.start() + line[0].index(content)
            found.append(Line(start, start + len(content), content))
    return found


def joined(text: str, start: int, above: Line, below: Line, join: Join) -> Iterator[Piece]:
    """Yield what is kept from a place up to a joined line: all before the line's end, and a space where one belongs."""
    yield Piece(start, above.end - (join == "unhyphenate"))
    if join == "space" and (found := _BREAK.search(text, above.end, below.start)):
        yield Piece(*found.span(), as_space=True)


def starts_item(line: str) -> bool:
    """Return whether a line begins with the number or letter of a clause or of a list's item."""
    return _ITEM.match(line) is not None


def width(text: str) -> int:
    """Return the width of a text in Latin letters: a Chinese character takes two."""
    return len(text) + sum(map(is_wide, _MAYBE_WIDE.findall(text)))


def is_wide(character: str) -> bool:
    """Return whether a character is a Chinese or Japanese one, punctuation included: no spaces part them."""
    if character < "\u2e80":
        return False
    return is_han(character) or (
        unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7af"
    )


def _parted(one: str, other: str) -> bool:
    """Markdown's signs, columns of figures and changes of capitals are never joined over."""
    if _BULLET.match(other) or _tabular(one) or _tabular(other):
        return True
    return one.isupper() != other.isupper() and not other[0].islower() and not is_wide(other[0])


def _tabular(line: str) -> bool:
    if _WIDE_GAP.search(line):
        return True
    words = line.split()
    return len(words) > 2 and sum(_FIGURE.fullmatch(word) is not None for word in words) * 2 >= len(words)  # noqa: PLR2004


def _ended(line: str) -> bool:
    return line.rstrip(_CLOSING)[-1:] in _ENDED


def _goes_on(one: str, other: str) -> bool:
    """A sentence goes on in small letters, after a word that ends none, or in Chinese after a line without a stop."""
    if other[0].islower() or _OPEN.search(one):
        return True
    return is_wide(one[-1]) and is_han(other[0]) and width(one) >= _NARROWEST


def _cut_words(text: str, blocks: Iterable[Block]) -> set[str]:
    """Both spellings of each word that the end of a line cuts at a hyphen."""
    found: set[str] = set()
    above = ""
    for block in blocks:
        for line in lines_of(text, block):
            if (
                above[-1:] in _HYPHENS
                and (head := _HEAD.search(above[-_LONGEST_WORD:]))
                and (tail := _TAIL.match(line.text))
            ):
                first, last = head[0].lower(), tail[0].lower()
                found |= {first + last, f"{first}-{last}"}
            above = line.text
    return found


def _spellings(text: str, sought: set[str]) -> Counter[str]:
    """How often each sought word stands in the text."""
    if not sought:
        return Counter()
    counts: Counter[str] = Counter()
    for start in range(0, len(text), _STRETCH):
        counts.update(_WORD.findall(text[start : start + _STRETCH].lower().replace("‐", "-")))
    return Counter({word: counts[word] for word in sought if word in counts})
