"""What kind of file some bytes are. The content alone says it; a file's name is never asked."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, Literal
from xml.parsers import expat

from toolkit.documents.refusal import Refused

# fmt: off
Format = Literal[
    "text", "markdown", "html", "xml", "json", "jsonl", "csv", "eml", "mbox", "edgar", "rtf", "pdf", "docx", "xlsx",
    "pptx", "office", "zip", "tar", "gzip", "bzip2", "xz",
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
_TAR_SUM: Final = slice(148, 156)
_TAR_HEADER: Final = 512
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_MAIL_HEAD: Final = 65_536
_LOOK: Final = 4096
_LINES: Final = 20
"""Characters, and lines, that tell JSON."""
_JSON_START = re.compile(r'\[?\s*\{\s*"(?:[^"\\]|\\.)*"\s*:')
_LONGEST_TOKEN: Final = len("Infinity")
_JSON_TOKENS = re.compile(r'(?:[\s\[\]{}:,0-9+.eE-]|true|false|null|NaN|Infinity|"(?:[^"\\]|\\.)*")*("|)', re.DOTALL)
"""All that JSON is made of, up to a string that the sample cuts."""
_HTML_STARTS = (b"html", b"head", b"body", b"title", b"meta", b"div", b"p>", b"table", b"h1", b"h2", b"center", b"span")
_MAIL_HEADER = re.compile(
    rb"(?:From|Received|Return-Path|Message-ID|MIME-Version|Delivered-To|Date|Subject|To|X-[\w-]+):[ \t]", re.IGNORECASE
)
_SUBMISSION = re.compile(rb"\s*(?:<SEC-DOCUMENT>|<DOCUMENT>\s*<TYPE>|-----BEGIN PRIVACY-ENHANCED MESSAGE-----)")
_DOCTYPE = re.compile(r"<!DOCTYPE\s+(?!html\b)[\w:.-]+", re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)(?=[\s/>])")
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
    if _SUBMISSION.match(data[:4096]):
        return "edgar"
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
    if is_tar(data):
        return "tar"
    head = data[:_MAIL_HEAD]
    if head.startswith(_UTF16):
        head = head.decode("utf-16", "ignore").encode()
    if head.startswith(b"From ") and _looks_like_mail(head.partition(b"\n")[2]):
        return "mbox"
    return "eml" if _looks_like_mail(head) else "text"


def is_tar(head: bytes) -> bool:
    """Return whether a file begins with a tar header: by its mark, or in old archives by its checksum."""
    head = head[:_TAR_HEADER]
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return True
    digits = head[_TAR_SUM].strip(b" \0")
    octal = digits.isdigit() and not set(digits) & set(b"89")
    return len(head) == _TAR_HEADER and octal and int(digits, 8) == sum(head) - sum(head[_TAR_SUM]) + 8 * ord(" ")


def sniff_text(text: str) -> Format:
    """Return the kind of a decoded text: XML, JSON, JSON Lines, CSV, Markdown or plain."""
    from toolkit.documents.extraction import TEXT_LIMIT
    from toolkit.documents.readers.dialect import dialect_of
    from toolkit.documents.readers.plain import is_markdown

    start = text[:_LOOK].lstrip("\ufeff \t\r\n")
    if start.startswith("<") and _looks_like_xml(text, start):
        return "xml"
    if start[:1] in {"{", "["} and (kind := _json_kind(text, start)):
        return kind
    if _looks_like_mail(text[:_MAIL_HEAD].encode()):
        return "eml"
    if dialect_of(text):
        return "csv"
    # A text beyond the limit is refused whichever it is; its lines alone may take a gigabyte.
    return "markdown" if len(text) <= TEXT_LIMIT and is_markdown(text) else "text"


def _looks_like_xml(text: str, start: str) -> bool:
    """XML says so, or has a document type, or is one well-formed element; filings with tags are not."""
    if start.startswith("<?xml"):
        return True
    while start.startswith(("<!--", "<?")):
        start = start.partition("-->" if start.startswith("<!--") else "?>")[2].lstrip()
    if _DOCTYPE.match(start):
        return True
    return bool(_ROOT.match(start)) and text.rstrip().endswith(">") and _well_formed(text)


def _well_formed(text: str) -> bool:
    """Prefixes may be undeclared: expat sees to namespaces only where it is asked to."""
    try:
        expat.ParserCreate("utf-8").Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return False
    return True


def _zip_kind(data: bytes) -> Format:
    """Office packages have a list of their parts' kinds and a folder for their main part."""
    kinds: dict[str, Format] = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except Exception:  # noqa: BLE001 - a damaged directory raises anything; the gate says what is wrong with it
        tail = data[-(2**20) :]
        names = [name for name in ("[Content_Types].xml", *kinds) if name.encode() in tail]
    if "[Content_Types].xml" in names:
        # With none of the folders, the Word reader says what is missing.
        return next((kind for folder, kind in kinds.items() if any(map(_starts(folder), names))), "docx")
    if data[30:38] == b"mimetype" and b"opendocument" in data[:120]:
        return "office"
    return "zip"


def _starts(folder: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(folder)


def _json_kind(text: str, start: str) -> Format | None:
    """JSON, broken JSON included, as long as there is nothing else at its beginning; prose in brackets is none.

    A first line that is an object by itself, or one soon after, makes JSON Lines of it.
    """
    first, *others = islice(_filled_lines(text), _LINES)
    if _is_object(first) and sum(line.startswith("{") for line in others) * 2 >= len(others):
        return "jsonl" if others else "json"
    tokens = _JSON_TOKENS.match(start)
    cut = _LONGEST_TOKEN if len(text) > _LOOK else 0
    if not _JSON_START.match(start) and (tokens is None or (len(start) - tokens.end() > cut and not tokens[1])):
        return None
    if start[0] == "[" or not others or _parses(text):
        return "json"
    return "jsonl" if any(map(_is_object, others)) else "json"


def _filled_lines(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if line := text[start:end].strip(" \t\r\ufeff"):
            yield line
        start = end + 1


def _is_object(line: str) -> bool:
    return line.startswith("{") and line.endswith("}") and _parses(line)


def _parses(text: str) -> bool:
    try:
        json.loads(text.lstrip("\ufeff"), parse_int=str)  # int() refuses numbers of many digits
    except (RecursionError, ValueError):
        return False
    return True


def _looks_like_mail(data: bytes) -> bool:
    """Header lines up to a blank one, two of them such as only mails have."""
    head = data[:_MAIL_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")
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
