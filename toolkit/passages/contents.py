"""Tables of contents: marks whose titles come again below. What they say stands above nothing."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from toolkit.documents import Block
from toolkit.passages.marks import Mark
from toolkit.passages.series import ANNEX

_FEWEST: Final = 4
"""Entries of a table of contents."""
_ENTRY: Final = 160
"""Characters up to which an entry goes, its page number included."""
_TAIL: Final = 40
"""Characters at an entry's end where its page stands."""
_BETWEEN: Final = 40
"""Characters of page furniture that may stand between two entries."""
_HEADED = re.compile(
    r"\W*(?:table\s+of\s+contents|contents|index|目\s*[录錄次]|list\s+of\s+(?:exhibits|schedules))\W*(?:page)?\W*\Z",
    re.IGNORECASE,
)
_PAGE = re.compile(r"(?:\.{3,}|…{2,}|·{3,}|(?:\.\s){3,}|[ \t\xa0]{2,}|\n)\s*(?:[A-Z]-)?\d{1,4}\s*\Z|\s\d{1,3}\s*\Z")
_COLUMN = re.compile(r"\W{0,2}(?:[ \xa0]{2,}|\t)\S")
"""What parts an annex from its title in a list."""
_WORD = re.compile(r"[\u4e00-\u9fff]{1,6}|[^\W\d_]{2,}")


def contents_of(text: str, blocks: Sequence[Block], marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks with each table of contents as one mark, and a plain one where the text goes on behind it."""
    entries = _entries(text, blocks, marks)
    kept: list[Mark] = []
    place = 0
    while place < len(marks):
        run = _run(entries, place)
        if not _is_contents(run):
            kept += marks[place : place + max(1, len(run))]
            place += max(1, len(run))
            continue
        start = marks[place].start
        if kept and kept[-1].heading and _HEADED.match(text[kept[-1].start : start]):
            start = kept.pop().start
        kept.append(Mark(start, marks[place].rank, contents=True))
        place += len(run)
        behind = _next_sign(text, run[-1].end)
        if behind < (marks[place].start if place < len(marks) else len(text)):
            kept.append(Mark(behind, marks[place - 1].rank, plain=True))
    return kept


class _Entry(NamedTuple):
    """A mark as an entry of a table of contents.

    Attributes:
        end: where its words end.
        short: whether it may be one.
        listed: whether it comes again below, or ends in a page number.
        annex: whether it names an annex; those often come last, without a page.
        last: whether more than a page number follows before the next mark.
    """

    end: int
    short: bool
    listed: bool
    annex: bool
    last: bool


def _entries(text: str, blocks: Sequence[Block], marks: Sequence[Mark]) -> list[_Entry]:
    keys = [_key(text, mark) for mark in marks]
    latest = {key: place for place, key in enumerate(keys)}
    entries = []
    for place, mark in enumerate(marks):
        following = marks[place + 1].start if place + 1 < len(marks) else len(text)
        end = _entry_end(text, blocks, mark, following)
        words = text[mark.start : min(end, mark.start + 2 * _ENTRY)].strip()
        listed = (latest[keys[place]] > place and not mark.item) or bool(_PAGE.search(words[-_TAIL:]))
        ended = words[-1:] in {"。", "；", ""} or (words[-1] in ".;:" and not listed and not mark.heading)
        annex = mark.rank == ANNEX
        listed = listed or (annex and bool(_COLUMN.match(words, len(mark.label or ""))))
        short = len(words) <= _ENTRY and not ended
        behind = text[end : min(following, end + 2 * _ENTRY)].split()
        entries.append(_Entry(end, short, listed, annex, sum(map(len, behind)) > _BETWEEN))
    return entries


def _key(text: str, mark: Mark) -> tuple[str, str]:
    """Label and first word of a mark, in Chinese its first letters; the line of a heading without label."""
    if not mark.label:
        return "", " ".join(text[mark.start : mark.start + 60].split("\n", maxsplit=1)[0].upper().split())
    label = mark.label
    word = _WORD.search(text, mark.start + len(label), mark.start + len(label) + 60)
    return label.upper(), word[0].upper() if word else ""


def _next_sign(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _entry_end(text: str, blocks: Sequence[Block], mark: Mark, following: int) -> int:
    """Where an entry ends: at the next mark, the end of its block or, where that is long, of its line."""
    start = mark.start
    at = bisect_right(blocks, start, key=lambda block: block.start) - 1
    end = blocks[at].end if at >= 0 and blocks[at].end > start else following
    if end - start > _ENTRY:
        line = text.find("\n", start, end)
        end = line if line >= 0 else end
    return min(max(end, mark.first_end), following)


def _run(entries: Sequence[_Entry], place: int) -> Sequence[_Entry]:
    """The run of entries from a listed one or an annex on to the last such, each followed by the next at once."""
    end = place
    begins = entries[place].listed or entries[place].annex
    while begins and end < len(entries) and entries[end].short:
        end += 1
        if entries[end - 1].last:
            break
    while end > place and not (entries[end - 1].listed or entries[end - 1].annex):
        end -= 1
    return entries[place:end]


def _is_contents(run: Sequence[_Entry]) -> bool:
    fewest = 2 if all(entry.annex and entry.listed for entry in run) else _FEWEST
    return len(run) >= fewest and sum(entry.listed or entry.annex for entry in run) * 2 > len(run)
