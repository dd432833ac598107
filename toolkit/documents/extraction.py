"""What a reader makes of the bytes of one document: a text with blocks, and what is known of it."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pydantic import Field, model_validator

from toolkit.documents.document import Block, BlockKind, Box
from toolkit.documents.options import Use
from toolkit.documents.refusal import Refused
from toolkit.noun import Noun
from toolkit.text import IndexMap

FILE_LIMIT: Final = 256 * 2**20
"""Bytes of a source."""
TEXT_LIMIT: Final = 10_000_000
"""Characters of a document's text."""
VERSION: Final = 3
"""Raised whenever a reader gives another text or other blocks for the same bytes: documents get new identities."""

EXTRACTION: Final = {"version": VERSION, "file": FILE_LIMIT, "text": TEXT_LIMIT}
"""What every extraction depends on beside the bytes and the options used; part of a document's identity."""

_FILING = re.compile(r"(?:exhibit|ex\.|execution (?:version|copy)|confidential|draft)\b", re.IGNORECASE)
"""What filings print above the title."""
_CAPTION: Final = 60
"""Characters of what may stand above a title: a number, a date, a stamp."""


class Clean(Noun):
    """The text without page furniture and with its wrapped lines joined.

    Attributes:
        text, blocks: as in an extraction, offsets into this text.
        index_map: leads to the extracted text.
    """

    text: str
    blocks: tuple[Block, ...]
    index_map: IndexMap


class Extraction(Noun):
    """What a reader made of a source.

    Attributes:
        text: as extracted; offsets everywhere are code points of it.
        blocks: in reading order, not overlapping.
        meta: ``format`` and ``language``, and where known ``encoding``, ``encoding_confidence``, ``pages``,
            ``title``, ``replaced`` (characters), ``held`` (a code), ``pages_without_text`` and ``pages_unread``.
        uses: the options that it depends on beside the bytes; ``used``: what they were.
        clean: the derived text, None where it says the same.
    """

    text: str
    blocks: tuple[Block, ...]
    meta: dict[str, Any]
    uses: tuple[Use, ...] = ()
    used: dict[str, Any] = Field(default_factory=dict)
    clean: Clean | None = None

    @model_validator(mode="after")
    def _blocks_lie_in_the_text(self) -> "Extraction":
        end = 0
        for block in self.blocks:
            if not end <= block.start < block.end <= len(self.text):
                msg = f"block {block.start}-{block.end} overlaps or leaves a text of {len(self.text)} characters"
                raise AssertionError(msg)
            end = block.end
        return self


class Page:
    """Collects blocks into one growing text; blocks are parted by line ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._length = 0

    @classmethod
    def of(cls, text: str, blocks: Sequence[Block]) -> "Page":
        """Return a page of a text that is there already, with the blocks that are spans of it."""
        if len(text) > TEXT_LIMIT:
            raise too_long()
        page = cls()
        page.blocks, page._parts, page._length = [*blocks], [text], len(text)
        return page

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int | None = None,
        page: int | None = None,
        box: Box | None = None,
        after: str = "\n",
    ) -> None:
        """Append a block and what parts it from the next; blank text is none."""
        if not text.strip():
            return
        end = self._length + len(text)
        self.blocks.append(Block(kind=kind, start=self._length, end=end, level=level, page=page, box=box))
        self._parts += (text, after)
        self._length = end + len(after)
        if self._length > TEXT_LIMIT:
            raise too_long()

    @property
    def text(self) -> str:
        """Everything so far."""
        return "".join(self._parts)

    def title(self) -> str | None:
        """The first heading, where one stands among the first five blocks."""
        return first_heading(self.text, self.blocks)


class Read(NamedTuple):
    """What a reader gives back: the page that it filled, and what it learned beside."""

    page: Page
    meta: dict[str, Any]


def too_long() -> Refused:
    """Return the refusal of a text beyond ``TEXT_LIMIT``."""
    return Refused("DOC-SIZE", f"more than {TEXT_LIMIT:,} characters of text")


def first_heading(text: str, blocks: list[Block]) -> str | None:
    """Return a document's title: a heading at its beginning, before any longer paragraph, without Markdown's signs."""
    for block in blocks[:5]:
        line = " ".join(text[block.start : block.end].strip("#* \t").split())
        if block.kind == "heading" and not _FILING.match(line):
            return line[:200]
        if len(line) > _CAPTION and not text.startswith("---"):
            return None
    return None
