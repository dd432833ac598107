"""The document: one text out of a source, with its blocks, pages and metadata."""

from typing import Any, Literal

from pydantic import Field

from toolkit.noun import Noun
from toolkit.text import IndexMap, Language

BlockKind = Literal[
    "heading",
    "paragraph",
    "list_item",
    "table",
    "footnote",
    "page_header",
    "page_footer",
    "page_number",
    "navigation",
]
"""The last four are marked as not content; the clean view leaves them out."""
View = Literal["source", "clean", "deid"]

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in PDF points, origin at the page's lower left."""


class Block(Noun):
    """A contiguous part of a document's text, in reading order.

    Attributes:
        start, end: half-open code-point offsets into the document's text.
        level: heading level from 1, else None.
        page: page number from 1 where the format has pages, else None.
        box: where on the page, in PDF points, where the reader knows it.
    """

    kind: BlockKind
    start: int = Field(ge=0)
    end: int
    level: int | None = None
    page: int | None = None
    box: Box | None = None


class Document(Noun):
    """One text of one source.

    Attributes:
        id: ``doc_`` and a hash of source, locator, extraction settings and version.
        source_sha256: SHA-256 of the file's bytes, hex.
        path: the file as it was named at ingest, relative to the workspace where it lies inside, with ``/``.
        locator: where in the source (archive member, table row); empty for a whole file.
        view: which text this is; ``source`` is exactly what was extracted.
        text: the text. Offsets everywhere are code points of it, half-open.
        blocks: parts of the text in reading order, not overlapping.
        index_map: for a derived view, the runs of its ``IndexMap`` to the view before, flat: where a run starts here,
            where it started there, and so on; None for ``source``.
        meta: what the reader and the team know: ``format``, ``encoding``, ``language``, ``pages``, ``title``, and
            the row of the metadata file (``licence``, ``source``, ``group``, ``date``, ...).
    """

    id: str
    source_sha256: str
    path: str
    locator: str = ""
    view: View = "source"
    text: str
    blocks: tuple[Block, ...]
    index_map: tuple[int, ...] | None = None
    meta: dict[str, Any]

    @property
    def place(self) -> str:
        """Path and locator: ``share.zip#briefs/a.pdf``, ``cases.jsonl#line=3``."""
        return "#".join(filter(None, (self.path, self.locator)))

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of this view stood in the source view."""
        if self.index_map is None:
            return start, end
        runs = tuple(zip(self.index_map[::2], self.index_map[1::2], strict=True))
        last = runs[-1][1] + len(self.text) - runs[-1][0]
        return IndexMap(runs, len(self.text), last).source_span(start, end)

    @property
    def language(self) -> Language:
        """The language of the text, as an ISO 639-1 code; ``und`` where it cannot be told."""
        found: Language = self.meta.get("language", "und")
        return found

    @property
    def group(self) -> str:
        """What must not cross a split with it: the metadata's ``group``, else the document itself."""
        return str(self.meta.get("group") or self.id)
