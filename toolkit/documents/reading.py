"""From the bytes of one source to its documents: sniff, read, open what holds further files, check what came out.

Runs inside the sandbox's child process.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from toolkit.documents.extraction import TEXT_LIMIT, Extraction, Read, first_heading, too_long
from toolkit.documents.finishing import checked, finished
from toolkit.documents.options import PLAIN, Options, Use
from toolkit.documents.refusal import Refused
from toolkit.documents.sniff import Format, sniff, sniff_text
from toolkit.text import Decoded, decode, is_blank

NESTING: Final = 2
"""How deep archives may lie in archives."""
_PARTS: Final = 100_000
_CHARACTERS: Final = 256 * 2**20
_UNPACKED: Final = 2 * 2**30
_SECONDS: Final = 3600
"""Documents and refusals of one source, characters of its documents, bytes of its members, time for it by the clock.

Each limit of an archive, and of a document, holds for an archive in an archive anew; these hold for all of it.
"""
_NEST: Final = frozenset({"zip", "tar", "gzip", "bzip2", "xz", "eml", "mbox"})
"""Containers of files; the others hold rows."""
_CONTROL = frozenset({*range(9), *range(14, 27), *range(28, 32)})

_READERS: Final[dict[Format, str]] = {
    "pdf": "pdf:read_pdf",
    "docx": "docx:read_docx",
    "pptx": "pptx:read_pptx",
    "rtf": "rtf:read_rtf",
    "xml": "xml:read_xml",
}
"""Formats that hold one document: ``(data) -> Read``."""

_CONTAINERS: Final[dict[Format, str]] = {
    "zip": "archive:read_zip",
    "tar": "archive:read_tar",
    "gzip": "packed:read_gzip",
    "bzip2": "packed:read_bzip2",
    "xz": "packed:read_xz",
    "eml": "mail:read_mail",
    "mbox": "mail:read_mbox",
    "edgar": "edgar:read_submission",
    "json": "json_rows:read_json",
    "jsonl": "json_rows:read_jsonl",
    "csv": "tables:read_csv",
    "xlsx": "sheets:read_xlsx",
}
"""Formats that may hold several: ``(data, name, options) -> Iterator[Member]``."""

_UNREAD: Final[dict[Format, str]] = {
    "office": "an old Office file",
}


class Member(NamedTuple):
    """What a container holds in one place.

    Attributes:
        locator: the place: a member's path, ``row=3``, ``sheet=Fees``, ``line=12``, ``attachment=1/terms.pdf``; empty
            where the container is one document itself (a mail's body, a packed file).
        content: bytes to be sniffed and read in their turn, or a text that the container's reader has made of them,
            or why there is none.
        uses: the options that made it what it is.
        name: what the bytes are called, for the choice of a field mapping; empty: the container's own name.
    """

    locator: str
    content: bytes | Read | Refused
    uses: tuple[Use, ...] = ()
    name: str = ""


class Part(NamedTuple):
    """One outcome of a source: a document or a refusal, at a locator; empty for the whole file."""

    locator: str
    outcome: Extraction | Refused


class Reader:
    """Reads sources.

    Args:
        options: what the project told the readers.
        avoid: members that are refused unread, by locator.
        at: told the locator of each member before it is read.
        convert: makes a readable file of an old Office one, or raises ``Refused``.
        pages: the folder of a PDF's recognised pages.
    """

    def __init__(
        self,
        options: Options = PLAIN,
        *,
        avoid: Mapping[str, Refused] = MappingProxyType({}),
        at: Callable[[str], object] = str,
        convert: Callable[[bytes], bytes] | None = None,
        pages: Path | None = None,
    ) -> None:
        self._options = options
        self._avoid = avoid
        self._at = at
        self._convert = convert
        self._pages = pages
        self._unpacked = 0

    def read(self, data: bytes, name: str = "") -> Iterator[Part]:
        """Yield what a source holds: one part for an ordinary file, one for each member of a container.

        Args:
            data: the bytes.
            name: the stored name, for the choice of a field mapping alone.
        """
        characters = self._unpacked = 0
        end = time.monotonic() + _SECONDS
        seen: set[str] = set()
        for count, part in enumerate(self._read(data, name, _Place())):
            if refused := _exhausted(count, characters, self._unpacked, end - time.monotonic()):
                yield Part(part.locator, refused)
                return
            if isinstance(part.outcome, Refused):
                yield part
            elif part.locator in seen:
                yield Part(part.locator, Refused("DOC-ZIP-DUP", "two members at one place"))
            else:
                seen.add(part.locator)
                characters += len(part.outcome.text)
                yield part

    def _read(self, data: bytes, name: str, place: "_Place") -> Iterator[Part]:
        if place.locator:
            self._at(place.locator)
        try:
            kind = sniff(data)
            decoded = _decoded(data, kind) if kind in {"text", "html"} else None
            if kind == "text" and decoded:
                kind = sniff_text(decoded.text)
            if kind == "office" and self._convert:
                data = self._convert(data)
                kind = sniff(data)
            if kind in _CONTAINERS:
                decoded = None  # its reader decodes anew; two copies would stay in memory for as long as it yields
                yield from self._members(kind, data, name, place)
                return
            yield Part(place.locator, self._told(self._document(kind, data, decoded, place), name))
        except Refused as refused:
            yield Part(place.locator, refused)
        except (MemoryError, RecursionError, ImportError):
            raise  # nothing can be said of what this process does next, or a library is not there
        except Exception as error:  # noqa: BLE001 - whatever a parser raises over a hostile file is that file's refusal
            yield Part(place.locator, Refused("DOC-BROKEN", f"the reader stopped: {type(error).__name__}"))

    def _members(self, kind: Format, data: bytes, name: str, place: "_Place") -> Iterator[Part]:
        if place.depth > NESTING and kind in _NEST:
            raise Refused("DOC-NEST", f"archives nested more than {NESTING} deep")
        for member in _reader(_CONTAINERS[kind])(data, name, self._options):
            inner = place.below(member)
            if refused := self._avoid.get(inner.locator):
                yield Part(inner.locator, refused)
            elif isinstance(member.content, bytes):
                self._unpacked += len(member.content)
                yield from self._read(member.content, member.name or name, inner)
            elif isinstance(member.content, Refused):
                yield Part(inner.locator, member.content)
            else:
                yield Part(inner.locator, self._outcome(kind, member.content, inner.uses, member.name or name))

    def _document(self, kind: Format, data: bytes, decoded: Decoded | None, place: "_Place") -> Extraction:
        if kind in _UNREAD:
            raise Refused("DOC-TYPE", _UNREAD[kind])
        if kind == "pdf" and self._pages and not place.locator:
            from toolkit.documents.ocr import recognised, with_ocr

            return finished(kind, with_ocr(data, recognised(self._pages)), place.uses)
        if kind in _READERS or decoded is None:
            return finished(kind, _reader(_READERS[kind])(data), place.uses)
        if len(decoded.text) > TEXT_LIMIT:
            raise too_long()
        return _of_text(kind, decoded, place.uses)

    def _outcome(self, kind: Format, read: Read, uses: tuple[Use, ...], name: str) -> Extraction | Refused:
        try:
            return self._told(finished(kind, read, uses), name)
        except Refused as refused:
            return refused

    def _told(self, found: Extraction, name: str) -> Extraction:
        """Note what the options were that a document depends on."""
        if not found.uses:
            return found
        options = self._options.model_copy(update={"ocr": self._pages is not None})
        return found.model_copy(update={"used": options.used(found.uses, name)})


class _Place(NamedTuple):
    """Where reading has got to: the locator inside the source, the options used on the way, how deep it is."""

    locator: str = ""
    uses: tuple[Use, ...] = ()
    depth: int = 0

    def below(self, member: Member) -> "_Place":
        locator = "/".join(filter(None, (self.locator, member.locator)))
        return _Place(locator, (*self.uses, *member.uses), self.depth + 1)


def extract(data: bytes) -> Extraction:
    """Return the one document of a source that is no container.

    Raises:
        Refused: with the code that says why it becomes no document.
    """
    (part,) = Reader().read(data)
    if isinstance(part.outcome, Refused):
        raise part.outcome
    return part.outcome


def _exhausted(count: int, characters: int, unpacked: int, left: float) -> Refused | None:
    """Why no more of a source is read."""
    rest = "from here on nothing was read"
    if count >= _PARTS or characters > _CHARACTERS:
        return Refused("DOC-SIZE", f"more than {_PARTS:,} documents or {_CHARACTERS:,} characters; {rest}")
    if unpacked > _UNPACKED:
        return Refused("DOC-ZIP-RATIO", f"more than {_UNPACKED:,} bytes in archives in archives; {rest}")
    return Refused("DOC-TIMEOUT", f"no end after {_SECONDS:,} seconds; {rest}") if left < 0 else None


def _reader(place: str) -> Any:
    module, function = place.split(":")
    return getattr(import_module(f"toolkit.documents.readers.{module}"), function)


def _of_text(kind: Format, decoded: Decoded, uses: tuple[Use, ...]) -> Extraction:
    known = _known_encoding(decoded)
    if kind == "html":
        from toolkit.documents.readers.html import read_html

        page = read_html(decoded.text)
        return finished("html", Read(page, known | _title(page.title())), uses)
    from toolkit.documents.readers.plain import read_plain

    blocks = read_plain(decoded.text)
    return checked(kind, decoded.text, blocks, known | _title(first_heading(decoded.text, blocks)), uses)


def _decoded(data: bytes, kind: Format) -> Decoded:
    from toolkit.documents.readers.html import declared_encoding

    decoded = decode(data, declared_encoding(data) if kind == "html" else None)
    if decoded is None:
        raise _undecoded(data)
    if is_blank(decoded.text):
        raise Refused("DOC-EMPTY", "no character but white space")
    return decoded


def _title(title: str | None) -> dict[str, str]:
    return {"title": title} if title else {}


def _known_encoding(decoded: Decoded) -> dict[str, Any]:
    known: dict[str, Any] = {"encoding": decoded.encoding, "encoding_confidence": decoded.confidence}
    return known | ({"replaced": decoded.replaced} if decoded.replaced else {})


def _undecoded(data: bytes) -> Refused:
    sample = data[:100_000]
    control = sum(map(_CONTROL.__contains__, sample))
    if control * 50 > len(sample):
        return Refused("DOC-TYPE", "binary data of no known kind")
    return Refused("DOC-ENCODING", "bytes that read as text in no encoding")
