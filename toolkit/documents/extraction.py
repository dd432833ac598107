"""From the bytes of one source to its text and blocks: what kind of file it is, and which reader reads it.

The kind comes from the content alone; a file's name is never asked. Runs inside the sandbox's child process.
"""

import json
import re
from typing import Any, Final, Literal

from pydantic import model_validator

from toolkit.documents.document import Block, BlockKind, Box
from toolkit.documents.refusal import Refused
from toolkit.noun import Noun, digest
from toolkit.text import REPLACEMENT, Decoded, decode, language_of, looks_misread, storable

FILE_LIMIT: Final = 256 * 2**20
"""Bytes of a source."""
TEXT_LIMIT: Final = 10_000_000
"""Characters of a document's text."""
_VERSION: Final = 1
"""Raised whenever a reader gives another text or other blocks for the same bytes: documents get new identities."""

EXTRACTION: Final = digest({"version": _VERSION, "file": FILE_LIMIT, "text": TEXT_LIMIT})
"""What an extraction depends on beside the bytes; part of a document's identity."""

_CONTROL = frozenset({*range(9), *range(14, 27), *range(28, 32)})
_FILING = re.compile(r"(?:exhibit|ex\.|execution (?:version|copy)|confidential|draft)\b", re.IGNORECASE)
"""What filings print above the title."""
_CAPTION: Final = 60
"""Characters of what may stand above a title: a number, a date, a stamp."""

Format = Literal["text", "markdown", "html", "pdf", "docx"]


class Extraction(Noun):
    """What a reader made of a source.

    Attributes:
        text: as extracted; offsets everywhere are code points of it.
        blocks: in reading order, not overlapping.
        meta: ``format`` and ``language``, and where known ``encoding``, ``encoding_confidence``, ``pages``,
            ``title``, ``replaced`` (characters), ``held`` (a code) and ``pages_without_text``.
    """

    text: str
    blocks: tuple[Block, ...]
    meta: dict[str, Any]

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


def extract(data: bytes) -> Extraction:
    """Return the text, blocks and metadata of a source.

    Raises:
        Refused: with the code that says why it becomes no document.
    """
    if not data.strip(b" \t\r\n\x0b\x0c"):
        raise Refused("DOC-EMPTY", "no byte but white space")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _finished("docx", _docx(data))
    if b"%PDF-" in data[:1024] and not _looks_like_html(data):
        return _finished("pdf", _pdf(data))
    return _extract_text(data)


def _docx(data: bytes) -> tuple[Page, dict[str, Any]]:
    from toolkit.documents.docx import read_docx

    return read_docx(data)


def _pdf(data: bytes) -> tuple[Page, dict[str, Any]]:
    from toolkit.documents.pdf import read_pdf

    if _ends_as_zip(data):
        raise Refused("DOC-TYPE", "a file that is a PDF and a zip archive at once")
    return read_pdf(data)


def _ends_as_zip(data: bytes) -> bool:
    at = data.rfind(b"PK\x05\x06")
    return at >= 0 and at + 22 + int.from_bytes(data[at + 20 : at + 22], "little") == len(data)


def _looks_like_html(data: bytes) -> bool:
    head = data[:1024].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    while head.startswith((b"<!--", b"<?xml")):
        closing = b"-->" if head.startswith(b"<!--") else b"?>"
        head = head.partition(closing)[2].lstrip()
    return head.startswith((b"<!doctype html", *(b"<" + tag for tag in _HTML_STARTS)))


_HTML_STARTS = (b"html", b"head", b"body", b"title", b"meta", b"div", b"p>", b"table", b"h1", b"h2", b"center", b"span")


def _extract_text(data: bytes) -> Extraction:
    """HTML, Markdown and plain text: what decodes."""
    from toolkit.documents.html import declared_encoding, read_html
    from toolkit.documents.plain import is_markdown, read_plain

    html = _looks_like_html(data)
    if not html:
        _refuse_known_binaries(data)
    decoded = decode(data, declared_encoding(data) if html else None)
    if decoded is None:
        raise _undecoded(data)
    if not decoded.text.strip().strip("\ufeff\u200b"):
        raise Refused("DOC-EMPTY", "no character but white space")
    if len(decoded.text) > TEXT_LIMIT:
        raise too_long()
    if html:
        page = read_html(decoded.text)
        return _finished("html", (page, _known_encoding(decoded) | _title(page.title())))
    _refuse_data(decoded.text)
    blocks = read_plain(decoded.text)
    kind: Format = "markdown" if is_markdown(decoded.text) else "text"
    meta = _known_encoding(decoded) | _title(first_heading(decoded.text, blocks))
    return _checked(kind, decoded.text, blocks, meta)


def _title(title: str | None) -> dict[str, str]:
    return {"title": title} if title else {}


def _known_encoding(decoded: Decoded) -> dict[str, Any]:
    known: dict[str, Any] = {"encoding": decoded.encoding, "encoding_confidence": decoded.confidence}
    return known | ({"replaced": decoded.replaced} if decoded.replaced else {})


_SIGNATURES = {
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
    b"{\\rtf": "an RTF file",
    b"\xffWPC": "a WordPerfect file",
    b"\x7fELF": "a program",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
}


def _refuse_known_binaries(data: bytes) -> None:
    for signature, name in _SIGNATURES.items():
        if data.startswith(signature):
            if signature == b"\xd0\xcf\x11\xe0" and "EncryptedPackage".encode("utf-16-le") in data:
                raise Refused("DOC-ENCRYPTED", "an Office file with a password")
            raise Refused("DOC-TYPE", name)


def _undecoded(data: bytes) -> Refused:
    sample = data[:100_000]
    control = sum(map(_CONTROL.__contains__, sample))
    if control * 50 > len(sample):
        return Refused("DOC-TYPE", "binary data of no known kind")
    return Refused("DOC-ENCODING", "bytes that read as text in no encoding")


def _refuse_data(text: str) -> None:
    """XML and JSON are data, not prose; they decode, so they have to be told by their form."""
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<?xml"):
        raise Refused("DOC-TYPE", "an XML file")
    if start[:1] not in {"{", "["}:
        return
    first = start.split("\n", 1)[0]
    for candidate in (start, first):
        try:
            value = json.loads(candidate, parse_int=str)  # int() refuses numbers of many digits
        except RecursionError as error:
            raise Refused("DOC-DEPTH", "JSON nested too deep") from error
        except ValueError:
            continue
        if isinstance(value, dict) or candidate is start:
            raise Refused("DOC-TYPE", "a JSON file")


def _finished(kind: Format, read: tuple[Page, dict[str, Any]]) -> Extraction:
    page, meta = read
    text, replaced = storable(page.text)
    return _checked(kind, text, page.blocks, meta | ({"replaced": replaced} if replaced else {}))


def _checked(kind: Format, text: str, blocks: list[Block], meta: dict[str, Any]) -> Extraction:
    if not text.strip():
        if kind != "pdf":
            raise Refused("DOC-EMPTY", f"a {kind} file without text")
        return Extraction(text="", blocks=(), meta={**meta, "format": kind, "language": "und", "held": "NEEDS-OCR"})
    held = {"held": "LOW-QUALITY"} if _unreadable(text) else {}
    meta = {**meta, "format": kind, "language": language_of(text), **held}
    return Extraction(text=text, blocks=tuple(blocks), meta=meta)


def _unreadable(text: str) -> bool:
    """Replacement and private-use characters for a fifth of the text, or bytes that someone misread before."""
    seen = "".join(text[:100_000].split())
    odd = sum(character == REPLACEMENT or "\ue000" <= character <= "\uf8ff" for character in seen)
    return odd * 5 > len(seen) or looks_misread(text)
