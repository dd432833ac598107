"""A document's outline: the stretches between clause labels and headings, and what stands above any place."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from toolkit.documents import Block, Document
from toolkit.passages.contents import contents_of
from toolkit.passages.furniture import Furniture, is_furniture
from toolkit.passages.labels import Label
from toolkit.passages.marks import Mark, title_of
from toolkit.passages.passage import By
from toolkit.passages.series import find_labels

UNRANKED: Final = 40
"""Rank of a heading that was only guessed: it stands over what follows until any label or heading comes."""
_SECTION: Final = 15
"""Rank down to which a label begins a section even where its clause follows on the same line."""
_GENERIC: Final = 20
"""Rank from which on labels count clauses and items; articles, sections and chapters stand above."""
_LIST: Final = 3000
"""Characters after which a list that stands in no clause has ended, if nothing else ends it."""
_FIRST: Final = frozenset({"1", "一", "第一条", "第一條", "A", "I"})
_OVER: Final = 0.5
"""How far the rank of a heading lies above that of the clauses that it heads."""
_DEEPEST_LEVEL: Final = 8
_MARKUP = re.compile(r"(?:</?[A-Z]+>\s*)+")
"""Tags of EDGAR's plain texts, which look like headings in capitals."""
_BARE_LABEL = re.compile(r"\S{1,10}(?:\s+\S{1,6})?")


class Stretch(NamedTuple):
    """A part of the text from one place where a passage may start to the next; stretches leave no gaps.

    Attributes:
        start, end: half-open offsets, white space included.
        rank: of the mark that begins it; smaller stands higher.
        labelled: whether a clause label begins it.
        bare: whether it is a heading alone.
    """

    start: int
    end: int
    rank: int
    labelled: bool
    bare: bool


class _Above(NamedTuple):
    """What stands above the text from a place on; ``title_end`` is where a title that begins there ends, else 0.

    ``loose`` says that the labels are those of a list alone, under no clause.
    """

    start: int
    title_end: int
    bare: bool
    heading: tuple[str, ...]
    numbering: tuple[str, ...]
    loose: bool = False


class Outline:
    """The outline of one document.

    Attributes:
        stretches: what passages are put together from.
        item_starts: where enumerated items begin, sorted: a long clause may part there.
    """

    def __init__(self, document: Document, by: By) -> None:
        self._text = document.text
        self._by = by
        self._blocks = [block for block in document.blocks if not is_furniture(block)]
        marks = _marks(document, self._blocks)
        marks = contents_of(self._text, self._blocks, marks)
        self.item_starts = [mark.start for mark in marks if mark.label]
        self._above = _walk(self._text, marks)
        self._starts = [above.start for above in self._above]
        self.stretches = self._stretches(marks)
        self._first = {stretch.start for stretch in self.stretches}

    def above(self, start: int, end: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the headings and the clause labels above a span; a title alone at its start is passed over."""
        place = bisect_right(self._starts, start) - 1
        if place < 0:
            return (), ()
        while (
            self._above[place].bare
            and place + 1 < len(self._above)
            and self._starts[place + 1] < end
            and self._starts[place + 1] in self._first
        ):
            place += 1
        found = self._above[place]
        far = found.loose and start - found.start > _LIST
        return found.heading, () if far else found.numbering

    def _stretches(self, marks: Sequence[Mark]) -> list[Stretch]:
        wanted = {mark.start: mark for mark in marks if self._wanted(mark)}
        titles = {above.start: above.title_end for above in self._above if above.title_end}
        if self._by == "paragraph":
            inside = _Contents(marks)
            for block in self._blocks:
                if not inside.holds(block.start):
                    wanted.setdefault(block.start, Mark(block.start, UNRANKED + 1))
        if self._by == "window":
            wanted = {}
        found = [wanted[start] for start in sorted(wanted)]
        if not found or found[0].start > 0:
            found.insert(0, Mark(0, UNRANKED))
        ends = [mark.start for mark in found[1:]] + [len(self._text)]
        return [
            Stretch(mark.start, end, mark.rank, bool(mark.label), self._is_bare(titles.get(mark.start), end))
            for mark, end in zip(found, ends, strict=True)
        ]

    def _is_bare(self, title_end: int | None, end: int) -> bool:
        return title_end is not None and not self._text[title_end:end].strip()

    def _wanted(self, mark: Mark) -> bool:
        """Whether a passage may start at a mark. Numbers deeper than 1.1 stay inside their clause."""
        if mark.contents or (mark.heading and not mark.label) or mark.plain:
            return True
        if self._by == "paragraph":
            return mark.heading
        if self._by == "section":
            return mark.heading or (mark.clause and (mark.rank <= _SECTION or mark.top))
        return mark.heading or (mark.clause and mark.depth <= 2)  # noqa: PLR2004 - 1.1 has two parts


class _Contents:
    """The spans of tables of contents."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._spans = [(one.start, other.start) for one, other in pairwise(marks) if one.contents]

    def holds(self, place: int) -> bool:
        return any(start < place < end for start, end in self._spans)


def _marks(document: Document, blocks: Sequence[Block]) -> list[Mark]:
    """Headings and labels, in order."""
    text, furniture = document.text, Furniture(document)
    ends = _first_ends(text, blocks)
    headings = {
        block.start: block
        for block in blocks
        if block.kind == "heading" and not _MARKUP.fullmatch(text, block.start, block.end)
    }
    marks = {
        start: Mark(
            start, min(block.level, _DEEPEST_LEVEL) if block.level else UNRANKED, heading=True, first_end=block.end
        )
        for start, block in headings.items()
    }
    for label in find_labels(text, frozenset(ends), sorted(headings)):
        if furniture.holds(label.start):
            continue
        start = _line_start(text, label.start)
        if start in marks and marks[start].label:
            continue
        marks[start] = _labelled(text, label, start, ends.get(start, 0), heading=start in headings)
    return [marks[start] for start in sorted(marks)]


def _labelled(text: str, label: Label, start: int, first_end: int, *, heading: bool) -> Mark:
    return Mark(
        start,
        label.rank,
        label=_written(text[label.start : label.end]),
        heading=heading,
        clause=label.clause,
        top=label.top
        and (label.style not in {"han_article", "number"} or len(label.number) == 1)
        and label.style != "han_article",
        depth=len(label.number),
        first_end=first_end,
    )


def _written(label: str) -> str:
    """A label as a path shows it: without the stop behind it."""
    return " ".join(label.split()).rstrip(".．、:：") or label


def _first_ends(text: str, blocks: Sequence[Block]) -> dict[int, int]:
    """Where the first block of a stretch ends that begins with a block; a label alone takes the next block with it."""
    ends = {block.start: block.end for block in blocks}
    for block, following in pairwise(blocks):
        alone = not any(map(str.isalpha, text[block.start : block.end]))
        if alone and following.kind != "heading":
            ends[block.start] = following.end
    return ends


def _line_start(text: str, start: int) -> int:
    """Markdown's signs before a label belong to it."""
    while start and text[start - 1] in "*#> ":
        start -= 1
    while text[start].isspace():
        start += 1
    return start


def _walk(text: str, marks: Sequence[Mark]) -> list[_Above]:
    """Go through the marks with two stacks, of titles and of labels; what a table of contents says holds nowhere."""
    found: list[_Above] = []
    titles: list[tuple[float, str]] = []
    labels = _Labels()
    structure = [mark for mark in marks if not mark.item]
    following = {one.start: other for one, other in pairwise(structure)}
    ends = [*(mark.start for mark in marks[1:]), len(text)][: len(marks)]
    before: Mark | None = None
    for mark, end in zip(marks, ends, strict=True):
        title_end, bare = 0, False
        if not (mark.contents or mark.plain):
            labels.read(mark)
            title_end = 0 if mark.item else _entitle(text, titles, mark, following.get(mark.start), before)
            bare = bool(title_end) and not text[title_end:end].strip()
        before = mark if bare else None
        found.append(_Above(mark.start, title_end, bare, _names(titles), labels.names, labels.loose))
    return found


class _Labels:
    """The stack of labels: each closes those of its rank and below.

    A heading that was only guessed sets the clauses aside: its text is not theirs, but an item below may be.
    """

    def __init__(self) -> None:
        self._open: list[Mark] = []
        self._aside: list[Mark] = []

    def read(self, mark: Mark) -> None:
        """Go on to the next heading or label."""
        if mark.heading and not mark.label and mark.rank == UNRANKED:
            self._aside += [one for one in self._open if one.rank >= _GENERIC and one.clause]
            self._open = [one for one in self._open if one.rank < _GENERIC]
            return
        self._open += self._aside
        self._aside = []
        while self._open and self._open[-1].rank >= mark.rank:
            self._open.pop()
        if mark.label:
            self._open.append(mark)

    @property
    def names(self) -> tuple[str, ...]:
        """The labels, outermost first."""
        return tuple(mark.label for mark in self._open if mark.label)

    @property
    def loose(self) -> bool:
        """Whether only items are open."""
        return not any(mark.clause for mark in self._open)


def _names(stack: Sequence[tuple[float, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in stack)


def _entitle(
    text: str, titles: list[tuple[float, str]], mark: Mark, following: Mark | None, before: Mark | None
) -> int:
    """Put a mark's title on the stack, if it has one; return where it ends, else 0."""
    stretch_end = following.start if following else len(text)
    first_end = mark.first_end if mark.start < mark.first_end < stretch_end else stretch_end
    title = title_of(text[mark.start : first_end], mark, following)
    joins = bool(before and before.label and titles and _BARE_LABEL.fullmatch(titles[-1][1]))
    if title and mark.rank == UNRANKED and joins:
        rank, label = titles.pop()
        titles.append((rank, f"{label} {title}"))
        return first_end
    if mark.label in _FIRST and before and before.rank == UNRANKED and not before.label and titles:
        titles[-1] = (mark.rank - _OVER, titles[-1][1])  # a guessed heading right above a first clause heads them all
    rank = mark.rank
    if rank == UNRANKED:
        rank = min((one for one, _ in titles if one % 1), default=rank)
    while titles and titles[-1][0] >= rank:
        titles.pop()
    if title:
        titles.append((mark.rank, title))
    return first_end if title else 0


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
