"""What kind of file some bytes are. The content alone says it; a file's name is never asked."""

import json
import re
from typing import Final, Literal

from toolkit.documents.refusal import Refused

# fmt: off
Format = Literal[
    "text", "markdown", "html", "xml", "json", "jsonl", "csv", "eml", "rtf", "pdf", "docx", "xlsx", "pptx", "office",
    "zip", "tar", "gzip", "bzip2", "xz",
]
# fmt: on
"""``office``: what only LibreOffice reads (old Office, WPS, WordPerfect, OpenDocument)."""

_OLE: Final = b"\xd0\xcf\x11\xe0"
_STARTS: Final[dict[bytes, Format]] = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"{\\rtf": "rtf",
    b"\xffWPC": "office",
}
_UNREADABLE: Final = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
    b"\x7fELF": "a program",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
}
_TAR_AT: Final = 257
"""Offset of ``ustar`` in the first header of a tar archive."""
_HTML_STARTS = (b"html", b"head", b"body", b"title", b"meta", b"div", b"p>", b"table", b"h1", b"h2", b"center", b"span")
_MAIL_HEADER = re.compile(
    rb"(?:From|Received|Return-Path|Message-ID|MIME-Version|Delivered-To|Date|Subject|To|X-[\w-]+):[ \t]", re.IGNORECASE
)
_HEADER_LINE = re.compile(rb"[!-9;-~]+:|[ \t]")


def sniff(data: bytes) -> Format:
    """Return the kind of a file as far as its bytes tell it; ``text`` for all that has to be decoded first.

    Raises:
        Refused: ``DOC-EMPTY``, ``DOC-ENCRYPTED``, or ``DOC-TYPE`` for images, programs and what is two kinds at once.
    """
    if not data.strip(b" \t\r\n\x0b\x0c"):
        raise Refused("DOC-EMPTY", "no byte but white space")
    for signature, name in _UNREADABLE.items():
        if data.startswith(signature):
            raise Refused("DOC-TYPE", name)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data)
    if _looks_like_html(data):
        return "html"
    if b"%PDF-" in data[:1024]:
        return _pdf_kind(data)
    if data.startswith(_OLE):
        return _ole_kind(data)
    found = next((kind for signature, kind in _STARTS.items() if data.startswith(signature)), None)
    return found or _textual_kind(data)


def _pdf_kind(data: bytes) -> Format:
    if _ends_as_zip(data):
        raise Refused("DOC-TYPE", "a file that is a PDF and a zip archive at once")
    return "pdf"


def _ole_kind(data: bytes) -> Format:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("DOC-ENCRYPTED", "an Office file with a password")
    return "office"


def _textual_kind(data: bytes) -> Format:
    if data[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return "tar"
    return "eml" if _looks_like_mail(data) else "text"


def sniff_text(text: str) -> Format:
    """Return the kind of a decoded text: XML, JSON, JSON Lines, CSV, Markdown or plain.

    Raises:
        Refused: ``DOC-DEPTH`` for JSON nested too deep.
    """
    from toolkit.documents.readers.plain import is_markdown

    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<?xml"):
        return "xml"
    if start[:1] in {"{", "["} and (kind := _json_kind(start)):
        return kind
    return "markdown" if is_markdown(text) else "text"


def _zip_kind(data: bytes) -> Format:
    """Office packages name their main part's kind near the end of the file, in the zip's directory."""
    tail = data[-(2**20) :]
    kinds: dict[bytes, Format] = {b"word/": "docx", b"xl/": "xlsx", b"ppt/": "pptx"}
    if b"[Content_Types].xml" in tail:
        for folder, kind in kinds.items():
            if folder in tail:
                return kind
        return "docx"  # its reader says what is missing
    if data[30:38] == b"mimetype" and b"opendocument" in data[:120]:
        return "office"
    return "zip"


def _json_kind(start: str) -> Format | None:
    first = start.split("\n", 1)[0]
    for candidate, kind in ((start, "json"), (first, "jsonl")):
        try:
            value = json.loads(candidate, parse_int=str)  # int() refuses numbers of many digits
        except RecursionError as error:
            raise Refused("DOC-DEPTH", "JSON nested too deep") from error
        except ValueError:
            continue
        if isinstance(value, dict) or candidate is start:
            return "json" if kind == "json" else "jsonl"
    return None


def _looks_like_mail(data: bytes) -> bool:
    """Header lines up to a blank one, two of them such as only mails have."""
    head = data[:65536].replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")
    known = {found[0].lower() for line in head if (found := _MAIL_HEADER.match(line))}
    return len(known) > 2 and all(map(_HEADER_LINE.match, head))  # noqa: PLR2004 - three headers make a mail


def _ends_as_zip(data: bytes) -> bool:
    at = data.rfind(b"PK\x05\x06")
    return at >= 0 and at + 22 + int.from_bytes(data[at + 20 : at + 22], "little") == len(data)


def _looks_like_html(data: bytes) -> bool:
    head = data[:1024].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    while head.startswith((b"<!--", b"<?xml")):
        closing = b"-->" if head.startswith(b"<!--") else b"?>"
        head = head.partition(closing)[2].lstrip()
    return head.startswith((b"<!doctype html", *(b"<" + tag for tag in _HTML_STARTS)))
