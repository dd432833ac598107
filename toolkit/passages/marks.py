"""Marks: the places of a text at which a heading, a clause or an item begins, and the titles that they bear."""

from typing import Final, NamedTuple

from toolkit.text import is_han

_TITLE: Final = 120
"""Characters up to which a stretch may be a title alone."""
_SHORT: Final = 50
_CAPTION: Final = 9
"""Words up to which "2. Sale of Products." over 2.1 is a title, for all its full stop."""


class Mark(NamedTuple):
    """Where something begins.

    Attributes:
        start: its offset.
        rank: its place in the hierarchy; smaller stands higher.
        label: the clause label as a path shows it.
        heading: whether a heading block begins here.
        clause: whether the label begins a clause; else an item.
        top: whether no other series of labels is open above.
        depth: parts of the number.
        first_end: the end of the block that begins here, 0 inside a block.
        contents: whether a table of contents begins here.
        plain: whether the text merely goes on here, behind a table of contents.
    """

    start: int
    rank: int
    label: str | None = None
    heading: bool = False
    clause: bool = False
    top: bool = False
    depth: int = 1
    first_end: int = 0
    contents: bool = False
    plain: bool = False

    @property
    def item(self) -> bool:
        """Whether an item begins here, and no heading."""
        return self.label is not None and not self.clause and not self.heading


def title_of(first: str, mark: Mark, following: Mark | None) -> str | None:
    """Return a mark's first block as a title, or None when it is more than that."""
    line = " ".join(first.replace("*", "").lstrip("# ").split())
    if not line or len(line) > _TITLE:
        return None
    if mark.heading:
        return line
    if not mark.label:
        return None
    if not any(map(str.isalpha, line)):
        return line
    capitals = line.isupper() and not any(map(is_han, line))
    open_end = line[-1] not in ".;:。；：" and not any(sign in line for sign in "。；")
    short = open_end and len(line) <= _TITLE * 2 // 3
    parent = following is not None and following.label is not None and following.rank > mark.rank
    if parent and line[-1] == "." and len(line.split()) <= _CAPTION:
        return line
    return line if capitals or (short and (parent or len(line) <= _SHORT)) else None
