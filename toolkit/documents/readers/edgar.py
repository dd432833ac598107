"""EDGAR submissions: one text file that holds a filing's documents one after the other, each in SGML tags.

The form of a submission and its header are described in the SEC's "PDS Technical Specification". Tags have no end but
``</TEXT>`` and ``</DOCUMENT>``; images and PDF files inside are uuencoded.
"""

import binascii
import re
from collections.abc import Iterator
from typing import Final

from toolkit.documents.options import Options
from toolkit.documents.reading import Member
from toolkit.documents.refusal import Refused

_DOCUMENT = re.compile(rb"<DOCUMENT>(.*?)(?:</DOCUMENT>|(?=<DOCUMENT>)|\Z)", re.DOTALL)
_TAG = re.compile(rb"^<(SEQUENCE|FILENAME)>[ \t]*([^\r\n<]*)", re.MULTILINE)
_TEXT = re.compile(rb"<TEXT>\s*?\r?\n?(.*?)\s*(?:</TEXT>|\Z)", re.DOTALL)
_WRAPPER = re.compile(rb"\A\s*<(PDF|XML|XBRL|JSON|XHTML)>\r?\n(.*?)\s*(?:</\1>\s*)?\Z", re.DOTALL)
_ENCODED = re.compile(rb"\A\s*begin [0-7]{3,4} [^\r\n]*\r?\n(.*?)^end\s*\Z", re.DOTALL | re.MULTILINE)
_MOST: Final = 10_000


def read_submission(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield the documents of a submission, in their order; of one that holds a single document, that.

    Raises:
        Refused: ``DOC-ZIP-ENTRIES`` for more documents than any filing has, ``DOC-BROKEN`` for none.
    """
    del name, options
    found = list(_DOCUMENT.finditer(data))
    if not found:
        raise Refused("DOC-BROKEN", "an EDGAR submission without documents")
    if len(found) > _MOST:
        raise Refused("DOC-ZIP-ENTRIES", f"a submission of more than {_MOST:,} documents")
    for number, one in enumerate(found, start=1):
        tags = {key: value.decode("ascii", "replace").strip() for key, value in _TAG.findall(one[1][:4096])}
        place = "/".join(filter(None, (f"document={number}", tags.get(b"FILENAME", "").replace("/", "_"))))
        yield Member("" if len(found) == 1 else place, _content(one[1]))


def _content(document: bytes) -> bytes | Refused:
    text = _TEXT.search(document)
    if text is None:
        return Refused("DOC-EMPTY", "a document of a submission without text")
    content = text[1]
    if wrapped := _WRAPPER.match(content):
        content = wrapped[2]
    return _decoded(encoded[1]) if (encoded := _ENCODED.match(content)) else content


def _decoded(lines: bytes) -> bytes | Refused:
    try:
        return b"".join(map(_line, filter(None, lines.splitlines())))
    except binascii.Error:
        return Refused("DOC-BROKEN", "uuencoded bytes that cannot be decoded")


def _line(line: bytes) -> bytes:
    """A line says its length first; some encoders pad beyond it."""
    return binascii.a2b_uu(line[: ((line[0] - 32 & 63) * 4 + 5) // 3])
