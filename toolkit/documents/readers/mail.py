"""Mails and mailboxes: the body is the document, its subject the heading; each attachment is a member.

The plain text of a mail is preferred to its HTML twin. Images that a mail shows are attachments as well.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any, Final

from toolkit.documents.document import Block
from toolkit.documents.extraction import Page, Read
from toolkit.documents.options import Options
from toolkit.documents.readers.archive import below
from toolkit.documents.readers.html import read_html
from toolkit.documents.readers.plain import read_plain
from toolkit.documents.reading import Member
from toolkit.documents.refusal import Refused
from toolkit.text import REPLACEMENT, Decoded, decode, storable

_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_HEADERS: Final = ("from", "to", "cc", "date")
_STATEFUL: Final = re.compile(r"utf-?7|iso-2022-.*|hz.*", re.IGNORECASE)
"""Encodings whose bytes are plain ASCII: only the mail itself can say that they are used."""
_TOLD_BY_BYTES: Final = ("utf", "gb", "big5")
"""Encodings that bytes of another kind would hardly fit."""
_ENCRYPTED: Final = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_SEPARATOR = re.compile(rb"(?:\A|(?<=\n)\r?\n)From [^\r\n]*\r?\n")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_HTML_SIGNS = re.compile(r"<(?:html|body|div|p|table|br)\b", re.IGNORECASE)


def read_mail(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield a mail's body at no locator of its own, then its attachments at ``attachment=1/terms.pdf``, ...

    Raises:
        Refused: ``DOC-ENCRYPTED``, ``DOC-DEPTH``, ``DOC-ENCODING`` for a mail or a body in no encoding.
    """
    del options
    if data.startswith(_UTF16) or b"\0" in data[:4]:
        data = _decoded(data, None).text.encode()
    mail = _parsed(data)
    if mail.get_content_type() in _ENCRYPTED and mail.get_param("smime-type") != "signed-data":
        raise Refused("DOC-ENCRYPTED", "an encrypted mail")
    body = _body(mail)
    yield Member("", _read(mail, body))
    for place, part in enumerate(_attachments(mail, body), 1):
        called = _file_name(part)
        yield Member(f"attachment={place}/{called}".rstrip("/"), _content(part), name=below(name, called))


def read_mbox(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield the mails of a mailbox at ``message=1``, ``message=2``, ..."""
    del name, options
    starts = [found.end() for found in _SEPARATOR.finditer(data)]
    ends = [found.start() for found in _SEPARATOR.finditer(data)][1:]
    for place, (start, end) in enumerate(zip(starts, [*ends, len(data)], strict=True), 1):
        yield Member(f"message={place}", _QUOTED_FROM.sub(rb"\1", data[start:end]))


def _parsed(data: bytes) -> Any:
    try:
        mail = message_from_bytes(data, policy=policy.default)
        for _ in mail.walk():  # as deep as anything later goes
            pass
    except RecursionError as error:
        raise Refused("DOC-DEPTH", "a mail with parts nested too deep") from error
    return mail


def _body(mail: Any) -> Any:
    """The part that is the mail's text; None for a mail of attachments alone."""
    found = mail.get_body(preferencelist=("plain", "html")) if isinstance(mail, EmailMessage) else None
    if found is not None:
        return found
    texts = (part for part in mail.walk() if part.get_content_maintype() == "text" and not part.is_multipart())
    return next((part for part in texts if not _file_name(part)), None)


def _attachments(mail: Any, body: Any) -> Iterator[Any]:
    """What is neither a container nor the body nor the body once more in another form."""
    if mail is body:
        return
    if mail.get_content_type() == "message/rfc822" or not mail.is_multipart():
        yield mail
        return
    parts = [part for part in mail.get_payload() if isinstance(part, Message)]
    if mail.get_content_type() == "multipart/alternative" and any(body in part.walk() for part in parts if body):
        # The twins of the body say the same; files that came along with one of them do not.
        parts = [part for part in parts if part is body or part.is_multipart()]
        twins = {id(part) for twin in parts for part in _texts(twin)}
        yield from (one for part in parts for one in _attachments(part, body) if id(one) not in twins)
        return
    for part in parts:
        yield from _attachments(part, body)


def _texts(part: Any) -> list[Any]:
    return [one for one in part.walk() if one.get_content_maintype() == "text" and not _file_name(one)]


def _read(mail: Any, body: Any) -> Read | Refused:
    subject = _header(mail, "subject")
    meta = {name: value for name in _HEADERS if (value := _header(mail, name))}
    meta |= {"title": subject[:200], "subject": subject} if subject else {}
    try:
        text, blocks, known = _body_text(body)
    except Refused as refused:
        return refused
    if date := _date(mail):
        meta["date"] = date
    if not subject:
        return Read(Page.of(text, blocks), meta | known)
    lead = len(subject) + 2
    moved = [block.model_copy(update={"start": block.start + lead, "end": block.end + lead}) for block in blocks]
    heading = Block(kind="heading", start=0, end=len(subject), level=1)
    return Read(Page.of(f"{subject}\n\n{text}", [heading, *moved]), meta | known)


def _body_text(body: Any) -> tuple[str, list[Block], dict[str, Any]]:
    if body is None:
        return "", [], {}
    decoded = _decoded(_payload(body), body.get_content_charset())
    known = {"encoding": decoded.encoding, "encoding_confidence": decoded.confidence}
    if body.get_content_subtype() == "html" and _HTML_SIGNS.search(decoded.text):
        page = read_html(decoded.text)
        return page.text, page.blocks, known
    return decoded.text, read_plain(decoded.text), known


def _decoded(data: bytes, charset: str | None) -> Decoded:
    """A body's text: as its charset says where only that can tell, else by its bytes, at worst with replacements.

    Raises:
        Refused: ``DOC-ENCODING`` when neither the bytes nor a known charset give a text.
    """
    if charset and _STATEFUL.fullmatch(charset):
        try:
            return Decoded(data.decode(charset), charset, 1.0)
        except (LookupError, ValueError):
            pass
    found = decode(data, charset)
    if found and (not charset or found.encoding.startswith(_TOLD_BY_BYTES)):
        return found
    try:
        text = data.decode(charset or "", "replace")
    except (LookupError, ValueError) as error:
        if found:
            return found
        raise Refused("DOC-ENCODING", "a mail in no known encoding") from error
    replaced = text.count(REPLACEMENT)
    return Decoded(text, str(charset), round(1 - replaced / max(1, len(text)), 2), replaced)


def _payload(part: Any) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _content(part: Any) -> bytes | Refused:
    if part.get_content_type() in _ENCRYPTED and part.get_param("smime-type") != "signed-data":
        return Refused("DOC-ENCRYPTED", "an encrypted attachment")
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        try:
            return bytes(inner[0]) if isinstance(inner, list) and inner else b""
        except Exception:  # noqa: BLE001 - as above
            return Refused("DOC-BROKEN", "an attached mail that cannot be read")
    return _payload(part)


def _file_name(part: Any) -> str:
    """The last part of an attachment's name; a mail may say whatever path it likes."""
    try:
        name = str(part.get_filename() or "")
    except Exception:  # noqa: BLE001 - the library's header parser raises anything over malformed headers
        name = ""
    return storable(name)[0].replace("\\", "/").rpartition("/")[2].strip()


def _header(mail: Any, name: str) -> str:
    """A header as text on one line; as it stands in the mail where the library cannot parse it."""
    try:
        value = str(mail.get(name) or "")
    except Exception:  # noqa: BLE001 - as above
        value = next((str(raw) for key, raw in mail.raw_items() if key.lower() == name), "")
    found = decode(value.encode("utf-8", "surrogateescape"))
    return " ".join((found.text if found else storable(value)[0]).split())


def _date(mail: Any) -> str:
    """When it was sent, as ISO 8601, where the mail says it so that one can tell."""
    try:
        moment = mail["date"].datetime
    except Exception:  # noqa: BLE001 - as above
        return ""
    return moment.isoformat() if moment else ""
