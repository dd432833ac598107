"""HTML: headings, paragraphs, list items and table rows in document order. Scripts, styles and the head are dropped.

White space inside a block collapses as in a browser, ``pre`` excepted. Navigation, headers and footers stay in the text
and are marked where they can be told.
"""

import re
from typing import Any

from toolkit.documents.document import BlockKind
from toolkit.documents.extraction import Page
from toolkit.documents.readers.navigation import mark, says_navigation
from toolkit.documents.refusal import Refused

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_DROPPED = frozenset({"script", "style", "noscript", "template", "head", "svg", "object", "iframe", "select", "button"})
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_NO_MEMORY = 2
"""XML_ERR_NO_MEMORY; its message may be anything."""
_EDGES = " \t\r\n\xa0"


def declared_encoding(data: bytes) -> str | None:
    """Return the encoding that a page names in its first 4,096 bytes."""
    found = _CHARSET.search(data[:4096])
    return found[1].decode("ascii") if found else None


def read_html(text: str) -> Page:
    """Return the blocks of a page.

    Raises:
        Refused: ``DOC-DEPTH`` and ``DOC-SIZE`` for what the parser would silently cut, ``DOC-BROKEN`` for no markup.
    """
    from lxml import etree

    # What was decoded goes in as UTF-8, whatever the page says of itself.
    data = _XML_ENCODING.sub("", text.lstrip("\ufeff"), count=1).encode("utf-8", "replace")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise unparsed(getattr(error, "code", 0), str(error)) from error
    # The parser mends what is wrong, but drops all that comes after a limit.
    for entry in parser.error_log.filter_from_fatals():
        raise unparsed(entry.type, entry.message)
    page = Page()
    if root is not None:
        flow = _Flow(page)
        flow.walk(root)
        mark(page, flow.suspects, text)
    return page


def unparsed(code: int, message: str) -> Exception:
    """Return what a parser's error code and message mean: too deep, too large, out of memory, or broken."""
    if "depth" in message.lower():
        return Refused("DOC-DEPTH", "markup nested too deep")
    if code == _NO_MEMORY:
        return MemoryError(message)
    if "limit" in message.lower():
        return Refused("DOC-SIZE", "markup beyond what the parser takes in one piece")
    return Refused("DOC-BROKEN", "markup that cannot be parsed")


class _Flow:
    """Gathers running text and closes a block wherever a block element begins or ends."""

    def __init__(self, page: Page) -> None:
        self.suspects: set[int] = set()
        self._aside = False
        self._page = page
        self._pieces: list[str] = []
        self._kind: BlockKind = "paragraph"
        self._level: int | None = None
        self._preformatted = False

    def walk(self, element: Any) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag not in _DROPPED and tag != "title":
            before = self._aside
            self._aside = before or says_navigation(element)
            self._inside(element, tag)
            self._aside = before
        if element.tail:
            self._pieces.append(element.tail)

    def _inside(self, element: Any, tag: str) -> None:
        if tag == "br":
            self._pieces.append("\x00")
            return
        if tag == "tr" and element.find(".//table") is None:
            self._row(element)
            return
        if tag not in _BLOCKS:
            self._children(element)
            return
        self.close()
        before = self._kind, self._level, self._preformatted
        self._kind, self._level = _kind(tag, self._kind, self._level)
        self._preformatted = self._preformatted or tag == "pre"
        self._children(element)
        self.close()
        self._kind, self._level, self._preformatted = before

    def _children(self, element: Any) -> None:
        if element.text:
            self._pieces.append(element.text)
        for child in element:
            self.walk(child)
        if element.tag == "html":
            self.close()

    def _row(self, row: Any) -> None:
        self.close()
        cells = [" ".join(_text_of(cell).split()) for cell in row if cell.tag in {"td", "th"}]
        filled = [cell for cell in cells if cell]
        # A row of one cell is layout, not data: court and SEC pages set whole paragraphs in tables.
        self._page.add("table" if len(filled) > 1 else "paragraph", " | ".join(filled))

    def close(self) -> None:
        text = "".join(self._pieces)
        self._pieces = []
        if not self._preformatted:
            text = re.sub(r"[ \t\r\n]+", " ", text)
        lines = [line.strip(_EDGES) for line in text.replace("\x00", "\n").split("\n")]
        if self._preformatted:
            self._page.add(self._kind, text.replace("\x00", "\n").strip("\r\n"), level=self._level)
            return
        first = len(self._page.blocks)
        for part in _paragraphs(lines):
            self._page.add(self._kind, part, level=self._level)
        if self._aside:
            self.suspects |= set(range(first, len(self._page.blocks)))


def _kind(tag: str, kind: BlockKind, level: int | None) -> tuple[BlockKind, int | None]:
    if tag in _HEADINGS:
        return "heading", _HEADINGS[tag]
    if tag in {"li", "dd", "dt"}:
        return "list_item", None
    return (kind, level) if tag in {"div", "p", "span", "center"} else ("paragraph", None)


def _text_of(cell: Any) -> str:
    """A cell's text, with line breaks and blocks as spaces and without what is never shown."""
    pieces: list[str] = [cell.text or ""]
    for child in cell:
        tag = child.tag if isinstance(child.tag, str) else ""
        inner = "" if tag in _DROPPED else _text_of(child)
        pieces.append(f" {inner} " if tag in _BLOCKS or tag == "br" else inner)
        pieces.append(child.tail or "")
    return "".join(pieces)


def _paragraphs(lines: list[str]) -> list[str]:
    """Two line breaks in a row part paragraphs; one is a line end inside."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(part) for part in found if part]
