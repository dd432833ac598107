"""Page furniture: headers, footers and page numbers, told from content by how they repeat across pages.

A line at a page's edge is furniture when it stands there again, at the same place, on page after page, or when its
number counts the pages. Blocks get the kinds ``page_header``, ``page_footer`` and ``page_number``; the text stays as it
is. Documents without pages, and what repeats in the middle of a page, are left alone. What is doubtful is content.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from statistics import median
from typing import Final, NamedTuple

from toolkit.documents.document import Block, BlockKind, Box
from toolkit.documents.extraction import Extraction
from toolkit.documents.page_numbers import page_number, says_so

_DEPTH: Final = 6
"""Lines at each edge of a page among which furniture is sought."""
_LONGEST: Final = 250
_FEWEST_PAGES: Final = 3
_SHARE: Final = 0.34
"""Part of all pages on which a header stands, unless it stands on ``_MANY``."""
_MANY: Final = 10
_USUAL: Final = 0.6
"""Part of all pages on which a header stands whose height varies, or that has no letter."""
_DENSITY: Final = 0.45
"""Part of the pages from its first to its last on which a header stands: left and right pages may have their own."""
_TOLERANCE: Final = 6.0
"""Points by which the place of one header varies."""
_HIGHEST: Final = 30.0
"""Points beyond which a line is not high, but its block has a hole."""
_USUAL_HEIGHT: Final = 10.0
_ALIKE: Final = 0.9
_LONG_ENOUGH: Final = 12
"""Characters from which on two texts can be called nearly the same."""

_PAGE_TAG: Final = "<PAGE>"
PAGE_BREAK: Final = re.compile(rf"\x0c|(?:^|(?<=[\r\n]))(?P<tag>[ \t]*{_PAGE_TAG}[ \t]*)(?=[\r\n]|\Z)")
"""Where a page ends in plain text: a form feed, or the tag of old filings on a line of its own."""
_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
_DIGITS = re.compile(r"\d+")
_CLAUSE = re.compile(
    r"\W*(?:\d{1,3}[.)）、]|section|article|clause|schedule|exhibit|annex|appendix|item|note|table|figure|chapter|part|paragraph|"
    r"question|step|sec\.|art\.|no\.|附件|附录|附錄|表|图|圖|第[\d一二三四五六七八九十百]+\s*[条條章节節款项項编編])",
    re.IGNORECASE,
)
_PAGE_WORD = re.compile(r"(?:page|pg\.?|第)[\s:]*$", re.IGNORECASE)


class _Line(NamedTuple):
    start: int
    end: int
    text: str
    page: int
    place: float | None
    alone: bool
    tabular: bool


class _Known(NamedTuple):
    """A piece of furniture: what it says but for numbers, at which edge, and where."""

    shape: str
    places: frozenset[int]
    kind: BlockKind


def marked(extraction: Extraction) -> Extraction:
    """Return an extraction whose repeated headers, footers and page numbers are blocks of those kinds."""
    pages = _pages(extraction)
    kinds: dict[tuple[int, int], BlockKind] = {}
    for from_top in (True, False):
        edges = [(page if from_top else page[::-1])[:_DEPTH] for page in pages]
        kinds |= _at_edge(edges, "page_header" if from_top else "page_footer", len(pages)) | kinds
    kinds = _beside_content(pages, kinds)
    if not kinds and _PAGE_TAG not in extraction.text:
        return extraction
    blocks = tuple(piece for block in extraction.blocks for piece in _split(extraction.text, block, kinds))
    return extraction.model_copy(update={"blocks": blocks})


def _beside_content(
    pages: list[list[_Line]], kinds: dict[tuple[int, int], BlockKind]
) -> dict[tuple[int, int], BlockKind]:
    """What is left where most pages would hold nothing beside a header: there it is all that they say."""
    full: Counter[str] = Counter()
    bare: Counter[str] = Counter()
    for page in pages:
        marks = [line for line in page if (line.start, line.end) in kinds]
        (full if len(marks) < len(page) else bare).update(_shape(line.text) for line in marks)
    texts = {(line.start, line.end): _shape(line.text) for page in pages for line in page}
    return {
        span: kind for span, kind in kinds.items() if kind == "page_number" or full[texts[span]] >= bare[texts[span]]
    }


def _pages(extraction: Extraction) -> list[list[_Line]]:
    """The lines of each page from top to bottom; no pages, no lines."""
    text, blocks = extraction.text, extraction.blocks
    pages: dict[int, list[_Line]] = defaultdict(list)
    breaks = [] if any(block.page for block in blocks) else [found.end() for found in PAGE_BREAK.finditer(text)]
    if not breaks and not any(block.page for block in blocks):
        return []
    for block in blocks:
        lines = list(_LINE.finditer(text, block.start, block.end))
        for number, line in enumerate(lines):
            page = block.page or bisect_right(breaks, line.start()) + 1
            if line[0].strip() not in {"", _PAGE_TAG}:
                place = _place(block.box, number, len(lines))
                alone, tabular = len(lines) == 1, block.kind == "table"
                pages[page].append(_Line(*line.span(), line[0].strip(), page, place, alone, tabular))
    return [_from_top(lines) for lines in pages.values()]


def _place(box: Box | None, number: int, count: int) -> float | None:
    """The height on the page of the middle of a line of a block, in points."""
    part = _part(box, number, number + 1, count)
    return (part[1] + part[3]) / 2 if part else None


def _from_top(lines: list[_Line]) -> list[_Line]:
    """Lines by their height; by their order where any height is unknown."""
    if any(line.place is None for line in lines):
        return lines
    return sorted(lines, key=lambda line: -(line.place or 0.0))


def _at_edge(edges: list[list[_Line]], kind: BlockKind, count: int) -> dict[tuple[int, int], BlockKind]:
    """Peel furniture off an edge, line by line, then find what of it stands under something else."""
    found: dict[tuple[int, int], BlockKind] = {}
    known: list[_Known] = []
    waiting = [list(edge) for edge in edges if edge]
    for _ in range(_DEPTH):
        front = [edge[0] for edge in waiting if edge]
        peeled: dict[_Line, BlockKind] = {}
        for name, lines in _repeated(front, kind, count):
            peeled = dict.fromkeys(lines, name) | peeled
        if not peeled:
            break
        known += _known(peeled)
        found |= {(line.start, line.end): name for line, name in peeled.items()}
        waiting = [edge[1:] for edge in waiting if edge and edge[0] in peeled]
    rest = [line for edge in edges for line in edge if (line.start, line.end) not in found]
    under = {(line.start, line.end): _recognised(line, known) for line in rest}
    return found | {span: name for span, name in under.items() if name}


def _repeated(front: list[_Line], kind: BlockKind, count: int) -> Iterator[tuple[BlockKind, list[_Line]]]:
    front = [line for line in front if len(line.text) <= _LONGEST and not line.tabular]
    yield "page_number", [line for line in front if says_so(line.text)]
    yield "page_number", _in_step([(line, number) for line in front if (number := page_number(line.text))])
    groups: dict[str, list[_Line]] = defaultdict(list)
    for line in front:
        groups[_shape(line.text)].append(line)
    for lines in groups.values():
        yield kind, _counting(lines) or _standing(lines, count)


def _in_step(numbered: Iterable[tuple[_Line, int]]) -> list[_Line]:
    """The lines whose number counts the pages: number less page is the same on three pages at least."""
    offsets: dict[int, list[_Line]] = defaultdict(list)
    for line, number in numbered:
        offsets[number - line.page].append(line)
    return [line for lines in offsets.values() if len(lines) >= _FEWEST_PAGES for line in lines]


def _counting(lines: list[_Line]) -> list[_Line]:
    """The lines of one shape that carry the page's number among other things, and are no clause's heading."""
    first = lines[0].text
    if not any(map(str.isalpha, first)) or _CLAUSE.match(first):
        return []
    columns = zip(*(map(int, _DIGITS.findall(line.text)) for line in lines), strict=True)
    places = _DIGITS.finditer(first)
    steps = (
        _in_step(zip(lines, column, strict=True))
        for column, place in zip(columns, places, strict=True)
        if len(set(column)) > 1 and _could_be_page(first, place)
    )
    return max(steps, key=len, default=[])


def _could_be_page(text: str, number: re.Match[str]) -> bool:
    """Whether a number stands where running headers have the page's: first, last, or after that word."""
    before, after = text[: number.start()], text[number.end() :]
    return not re.search(r"\w", before) or not re.search(r"\w", after) or bool(_PAGE_WORD.search(before))


def _standing(lines: list[_Line], count: int) -> list[_Line]:
    """The lines of one shape that say the same, at the same place, on enough pages that lie close enough."""
    (text, _), *_ = Counter(_numbers(line.text) for line in lines).most_common(1)
    lines = [line for line in lines if _numbers(line.text) == text]
    usual = median(line.place or 0.0 for line in lines)
    level = [line for line in lines if abs((line.place or 0.0) - usual) <= _TOLERANCE]
    if any(map(str.isalpha, lines[0].text)) and _often(level, max(_FEWEST_PAGES, min(_MANY, _SHARE * count))):
        return level
    return lines if _often(lines, max(_FEWEST_PAGES + 1, _USUAL * count)) else []


def _often(lines: list[_Line], fewest: float) -> bool:
    pages = sorted({line.page for line in lines})
    return len(pages) >= fewest and len(pages) >= _DENSITY * (pages[-1] - pages[0] + 1)


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(_DIGITS.findall(text))


def _shape(text: str) -> str:
    """What a line says but for its numbers, spaces and case."""
    return " ".join(_DIGITS.sub("#", text.casefold()).split())


def _known(peeled: dict[_Line, BlockKind]) -> list[_Known]:
    groups: dict[tuple[str, BlockKind], set[int]] = defaultdict(set)
    for line, kind in peeled.items():
        groups[_shape(line.text), kind] |= set() if line.place is None else {round(line.place / _TOLERANCE)}
    return [_Known(shape, frozenset(places), kind) for (shape, kind), places in groups.items()]


def _recognised(line: _Line, known: list[_Known]) -> BlockKind | None:
    """The kind of known furniture that a line is: the same or nearly the same, alone in its block, at its place."""
    if not line.alone or line.place is None or len(line.text) > _LONGEST:
        return None
    shape, place = _shape(line.text), round(line.place / _TOLERANCE)
    for one in known:
        if one.places & {place - 1, place, place + 1} and _same(shape, one.shape):
            return one.kind
    return None


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < _LONG_ENOUGH:
        return False
    match = SequenceMatcher(None, one, other, autojunk=False)
    return all(ratio() >= _ALIKE for ratio in (match.real_quick_ratio, match.quick_ratio, match.ratio))


def _split(text: str, block: Block, kinds: dict[tuple[int, int], BlockKind]) -> Iterator[Block]:
    """Cut a block where furniture begins and ends; each piece keeps page and level, and its part of the box."""
    lines = [line for line in _LINE.finditer(text, block.start, block.end) if line[0].strip()]
    names = ["page_footer" if line[0].strip() == _PAGE_TAG else kinds.get(line.span()) for line in lines]
    if not any(names):
        yield block
        return
    first = 0
    for index in range(1, len(lines) + 1):
        if index < len(lines) and names[index] == names[first]:
            continue
        start, end = lines[first].start(), lines[index - 1].end()
        piece = text[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        box = _part(block.box, first, index, len(lines))
        changed = {"kind": names[first], "level": None} if names[first] else {}
        yield block.model_copy(update={"start": start, "end": end, "box": box, **changed})
        first = index


def _part(box: Box | None, first: int, last: int, count: int) -> Box | None:
    """The part of a block's box that some of its lines take; far-apart lines are as high as lines, at its two ends."""
    if box is None:
        return None
    left, bottom, right, top = box
    pitch = (top - bottom) / count
    height = pitch if pitch <= _HIGHEST else _USUAL_HEIGHT
    upper = top - first * pitch if first * 2 < count else bottom + (count - first - 1) * pitch + height
    lower = bottom + (count - last) * pitch if last * 2 > count else top - (last - 1) * pitch - height
    return left, round(lower, 2), right, round(upper, 2)
