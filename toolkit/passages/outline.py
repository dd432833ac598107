"""A document's outline: the stretches between clause labels and headings, each with the headings above it."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from toolkit.documents import Document
from toolkit.passages.labels import Label, find_labels
from toolkit.passages.passage import By
from toolkit.text import is_han

_UNRANKED: Final = 40
"""Rank of a heading that was only guessed: it stands over what follows until any label or heading comes."""
_SECTION: Final = 14
"""Rank down to which a label begins a section even where its clause follows on the same line."""
_TITLE: Final = 120
"""Characters up to which a stretch may be a title alone."""
_CAPTION: Final = 9
"""Words up to which "2. Sale of Products." over 2.1 is a title, for all its full stop."""
_BARE_LABEL = re.compile(r"\S{1,10}(?:\s+\S{1,6})?")


class Stretch(NamedTuple):
    """A part of the text from one mark to the next; stretches cover the text without gaps.

    Attributes:
        start, end: half-open offsets, white space included.
        rank: of the mark that begins it; smaller stands higher.
        labelled: whether a clause label begins it.
        bare: whether it is a heading alone.
        heading: the headings above it, outermost first, its own included.
    """

    start: int
    end: int
    rank: int
    labelled: bool
    bare: bool
    heading: tuple[str, ...]


class _Mark(NamedTuple):
    """Where a stretch begins; ``first_end`` is the end of the block that begins there, 0 inside a block."""

    start: int
    rank: int
    labelled: bool
    heading: bool
    first_end: int = 0


def outline(document: Document, by: By) -> list[Stretch]:
    """Return the stretches of a document at whose starts passages may start."""
    if not document.text:
        return []
    marks = [] if by == "window" else _marks(document, by)
    if not marks or marks[0].start > 0:
        marks.insert(0, _Mark(0, _UNRANKED, labelled=False, heading=False))
    ends = [mark.start for mark in marks[1:]] + [len(document.text)]
    return _with_headings(document.text, list(zip(marks, ends, strict=True)))


def _marks(document: Document, by: By) -> list[_Mark]:
    marks: dict[int, _Mark] = {}
    ends = _first_ends(document)
    for block in document.blocks:
        if block.kind == "heading":
            marks[block.start] = _Mark(block.start, block.level or _UNRANKED, False, True, block.end)
        elif by == "paragraph":
            marks[block.start] = _Mark(block.start, _UNRANKED + 1, False, False)
    for label in find_labels(document.text, frozenset(ends)):
        start = _line_start(document.text, label.start)
        heading = start in marks and marks[start].heading
        if heading or _wanted(label, by):
            marks[start] = _Mark(start, label.rank, True, heading, ends.get(start, 0))
    return [marks[start] for start in sorted(marks)]


def _first_ends(document: Document) -> dict[int, int]:
    """Where the first block of a stretch ends that begins with a block; a label alone takes the next block with it."""
    ends = {block.start: block.end for block in document.blocks}
    for block, following in pairwise(document.blocks):
        alone = not any(map(str.isalpha, document.text[block.start : block.end]))
        if alone and following.kind != "heading":
            ends[block.start] = following.end
    return ends


def _wanted(label: Label, by: By) -> bool:
    """Whether a label begins a passage of its own. Numbers deeper than 1.1 stay inside their clause."""
    if by == "section":
        return label.rank <= _SECTION or (label.family == "number" and len(label.number) == 1)
    return by == "clause" and len(label.number) <= 2  # noqa: PLR2004 - 1.1 has two parts


def _line_start(text: str, start: int) -> int:
    """Markdown's signs before a label belong to it."""
    while start and text[start - 1] in "*#> ":
        start -= 1
    while text[start].isspace():
        start += 1
    return start


def _with_headings(text: str, marked: Sequence[tuple[_Mark, int]]) -> list[Stretch]:
    stretches: list[Stretch] = []
    above: list[tuple[int, str]] = []
    for place, (mark, end) in enumerate(marked):
        following = marked[place + 1][0] if place + 1 < len(marked) else None
        first_end = mark.first_end if mark.start < mark.first_end < end else end
        title = _title(text[mark.start : first_end], mark, following)
        if title and mark.rank == _UNRANKED and _is_label_above(stretches, above):
            rank, label = above.pop()
            above.append((rank, f"{label} {title}"))
        else:
            while above and above[-1][0] >= mark.rank:
                above.pop()
            if title:
                above.append((mark.rank, title))
        heading = tuple(name for _, name in above)
        bare = title is not None and not text[first_end:end].strip()
        stretches.append(Stretch(mark.start, end, mark.rank, mark.labelled, bare, heading))
    return stretches


def _title(first: str, mark: _Mark, following: _Mark | None) -> str | None:
    """A stretch's first block as a title, or None when it is more than that."""
    line = " ".join(first.replace("*", "").lstrip("# ").split())
    if not line or len(line) > _TITLE:
        return None
    if mark.heading:
        return line
    if not mark.labelled:
        return None
    if not any(map(str.isalpha, line)):
        return line
    capitals = line.isupper() and not any(map(is_han, line))
    open_end = line[-1] not in ".;:。；：" and not any(sign in line for sign in "。；")
    short = open_end and len(line) <= _TITLE * 2 // 3
    parent = following is not None and following.labelled and following.rank > mark.rank
    if parent and line[-1] == "." and len(line.split()) <= _CAPTION:
        return line
    return line if capitals or (short and (parent or len(line) <= 50)) else None  # noqa: PLR2004 - a short line


def _is_label_above(stretches: Sequence[Stretch], above: Sequence[tuple[int, str]]) -> bool:
    """Whether the stretch before is "ARTICLE II." alone, whose title stands on the next line."""
    return bool(stretches and stretches[-1].bare and stretches[-1].labelled and above) and bool(
        _BARE_LABEL.fullmatch(above[-1][1])
    )


class Pages:
    """Which pages a span touches, from the blocks that know their page."""

    def __init__(self, document: Document) -> None:
        self._blocks = [block for block in document.blocks if block.page is not None]
        self._starts = [block.start for block in self._blocks]
        self._ends = [block.end for block in self._blocks]

    def of(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the first and last page of a span, or None."""
        touched = self._blocks[bisect_right(self._ends, start) : bisect_left(self._starts, end)]
        pages = [block.page for block in touched if block.page is not None]
        return (min(pages), max(pages)) if pages else None
