"""XML: a declared table of known vocabularies, and for all others every element that has text of its own.

A document type definition inside the file is refused. One that is only named (journal articles name theirs) is
accepted and never loaded: without the text of a definition nothing can be defined, so entities beyond XML's own five
are errors, not gaps.
"""

import re
from types import MappingProxyType
from typing import Any, NamedTuple

from toolkit.documents.document import BlockKind
from toolkit.documents.extraction import Page, Read
from toolkit.documents.readers.html import read_html, unparsed
from toolkit.documents.readers.xml_mappings import TIGHT, Vocabulary, vocabulary_of
from toolkit.documents.refusal import Refused
from toolkit.text import Decoded, decode

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_:.-]{2,40})["']""")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_MISC = re.compile(r"\s*(?:<!--.*?-->|<\?.*?\?>)", re.DOTALL)
_DOCTYPE = re.compile(r"""\s*<!DOCTYPE\b(?:[^"'\[>]|"[^"]*"|'[^']*')*([\[>])""")
_UNDECLARED_PREFIX, _UNKNOWN_ENTITY, _EXTRA = 201, 26, 5
"""XML_NS_ERR_UNDEFINED_NAMESPACE, XML_ERR_UNDECLARED_ENTITY, XML_ERR_DOCUMENT_END."""


def read_xml(data: bytes) -> Read:
    """Return the blocks of an XML document.

    Raises:
        Refused: ``DOC-DTD`` for a definition or an entity that needs one, ``DOC-DEPTH``, ``DOC-SIZE``,
            ``DOC-ENCODING``, ``DOC-BROKEN``, ``DOC-TYPE`` for an image or a mere wrapping.
    """
    found = _DECLARED.search(data[:300])
    decoded = decode(data, found[1].decode("ascii") if found else None)
    if decoded is None:
        raise Refused("DOC-ENCODING", "bytes that read as text in no encoding")
    root, meta, trailing = _parsed(_without_doctype(decoded.text))
    if _local(root) == "svg":
        raise Refused("DOC-TYPE", "an SVG image")
    if root.find(".//{*}nonXMLBody/{*}text[@representation='B64']") is not None:
        raise Refused("DOC-TYPE", "a clinical document that holds nothing but another file")
    vocabulary = vocabulary_of(root)
    flow = _Flow(page := Page(), vocabulary)
    flow.walk(root)
    flow.end()
    page.add("paragraph", trailing)
    meta = {**meta, **_known(decoded)} | {
        key: text for path, key in vocabulary.meta.items() if (text := _first(root, path))
    }
    meta |= {"vocabulary": vocabulary.name} if vocabulary.name else {}
    meta |= {"unread": flow.unread} if flow.unread else {}
    if "title" not in meta and (title := page.title()):
        meta["title"] = title
    return Read(page, meta)


def _known(decoded: Decoded) -> dict[str, Any]:
    known: dict[str, Any] = {"encoding": decoded.encoding, "encoding_confidence": decoded.confidence}
    return known | ({"replaced": decoded.replaced} if decoded.replaced else {})


def _without_doctype(text: str) -> str:
    """Take the document type declaration out, so that the parser never sees one.

    Raises:
        Refused: ``DOC-DTD`` when it holds definitions.
    """
    text = text.lstrip("\ufeff")
    start = at = declared.end() if (declared := _DECLARATION.match(text)) else 0
    while found := _MISC.match(text, at):
        at = found.end()
    doctype = _DOCTYPE.match(text, at)
    if doctype is None:
        return text[start:]
    if doctype[1] == "[":
        raise Refused("DOC-DTD", "an XML file with a document type definition of its own")
    return text[start:at] + text[doctype.end() :]


class _Parsed(NamedTuple):
    """The root element, what had to be tolerated to get it, and the text after its end."""

    root: Any
    meta: dict[str, Any] = MappingProxyType({})  # type: ignore[assignment]
    trailing: str = ""


def _parsed(text: str) -> _Parsed:
    from lxml import etree

    try:
        parsed = _Parsed(etree.fromstring(text.encode("utf-8", "replace"), _parser(recover=False)))
    except etree.XMLSyntaxError as error:
        parsed = _tolerated(text, error)
    if parsed.root.getroottree().docinfo.internalDTD is not None:
        raise Refused("DOC-DTD", "an XML file with a document type definition of its own")
    return parsed


def _parser(*, recover: bool) -> Any:
    from lxml import etree

    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _tolerated(text: str, error: Any) -> _Parsed:
    """Read what is wrong in nothing but prefixes, which fragments leave undeclared, or text after the end."""
    from lxml import etree

    code = getattr(error, "code", 0)
    if code == _UNKNOWN_ENTITY:
        raise Refused("DOC-DTD", "an entity that only a document type definition explains") from error
    if code not in {_UNDECLARED_PREFIX, _EXTRA}:
        raise unparsed(code, str(error)) from error
    parser = _parser(recover=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    errors = [entry.type for entry in parser.error_log]
    trailing = text.rpartition(">")[2].strip() if _EXTRA in errors else ""
    if root is None or {*errors} - {_UNDECLARED_PREFIX, _EXTRA} or (_EXTRA in errors and not _ends(text, root)):
        raise unparsed(code, str(error)) from error
    count = errors.count(_UNDECLARED_PREFIX)
    return _Parsed(root, {"undeclared_prefixes": count} if count else {}, trailing)


def _ends(text: str, root: Any) -> bool:
    """Whether the last tag of all is the root element's, and its only one."""
    closing = re.findall(rf"</(?:[\w.-]+:)?{re.escape(_local(root))}\s*>", text)
    return len(closing) == 1 and text.rpartition("<")[2].startswith(closing[0][1:])


def _first(root: Any, path: str) -> str:
    return " ".join("".join(found.itertext()).split())[:200] if (found := root.find(path)) is not None else ""


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _own_text(element: Any) -> bool:
    """Whether an element has text beside its children's."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


class _Flow:
    """Gathers running text and closes a block wherever the vocabulary says that one begins or ends."""

    def __init__(self, page: Page, vocabulary: Vocabulary) -> None:
        self.unread = 0
        self._page = page
        self._vocabulary = vocabulary
        self._pieces: list[str] = []
        self._lead: list[str] = []
        self._behind: list[tuple[BlockKind, str]] = []
        self._kind: BlockKind = "paragraph"
        self._level = 0
        self._heading = False
        self._quoted = False
        self._inside = False

    def walk(self, element: Any) -> None:
        """Add an element and all below it."""
        parent = element.getparent()
        role = self._vocabulary.role(_local(element), _local(parent) if parent is not None else "")
        if role == "heading" and self._quoted:
            role = "block"
        if role in {"skip", "row", "note", "page", "lead", "break", "markup"}:
            self._leaf(element, str(role))
        elif role == "inline" or (role is None and (self._inside or not _own_text(element))):
            self._children(element)
        else:
            self._block(element, str(role))

    def end(self) -> None:
        """Close what is open."""
        self._close()
        self._flush()

    def _children(self, element: Any) -> None:
        apart = " " if self._inside and not _own_text(element) else ""
        if element.text:
            self._pieces.append(element.text)
        for child in element:
            if apart and child is not element[0] and _local(child) not in TIGHT:
                self._pieces.append(apart)
            self.walk(child)
            if child.tail:
                self._pieces.append(child.tail)

    def _block(self, element: Any, role: str) -> None:
        self._close()
        before = self._kind, self._level, self._heading, self._quoted, self._inside
        self._heading = role == "heading"
        self._quoted = self._quoted or role == "quote"
        self._level += role == "section"
        self._inside = role != "section"
        if role in {"section", "item"}:
            self._kind = "list_item" if role == "item" else "paragraph"
        self._children(element)
        self._close()
        if role in {"section", "item", "block"}:
            self._flush()
        self._kind, self._level, self._heading, self._quoted, self._inside = before

    def _leaf(self, element: Any, role: str) -> None:
        if role == "break":
            self._pieces.append("\x00")
        elif role == "skip":
            self.unread += sum(_own_text(below) for below in element.iter())
        elif role == "row":
            self._row(element)
        elif role == "markup":
            self._markup(element)
        elif role == "lead":
            self._close()
            self._lead.append(_collapsed(self._text(element)))
        elif text := _collapsed(self._text(element)):
            self._behind.append(("footnote" if role == "note" else "page_number", text))

    def _row(self, row: Any) -> None:
        self._close()
        self._flush()
        cells = [_collapsed(self._text(cell)) for cell in row if self._vocabulary.role(_local(cell), "") != "skip"]
        filled = [cell for cell in cells if cell]
        # A row of one cell is layout, not data.
        self._page.add("table" if len(filled) > 1 else "paragraph", " | ".join(cells if len(filled) > 1 else filled))
        self._set_behind()

    def _markup(self, element: Any) -> None:
        self._close()
        text = "".join(element.itertext())
        inner = read_html(f"<body>{text}</body>") if "<" in text else None
        blocks = [inner.text[block.start : block.end] for block in inner.blocks] if inner else [_collapsed(text)]
        for block in blocks:
            self._page.add("paragraph", block)

    def _text(self, element: Any) -> str:
        """An element's text; where it has children only, these are words of their own."""
        spaced = not _own_text(element)
        pieces = [element.text or ""]
        for child in element:
            role = self._vocabulary.role(_local(child), _local(element))
            if role in {"note", "page", "skip"}:
                self._leaf(child, str(role))
            else:
                inner = self._text(child)
                apart = role in {"break", "block", "item"} or (spaced and _local(child) not in TIGHT)
                pieces.append(f" {inner} " if apart else inner)
            pieces.append(child.tail or "")
        return "".join(pieces)

    def _close(self) -> None:
        text = "".join(self._pieces)
        self._pieces = []
        for part in _paragraphs(text) if self._vocabulary.lines else ["\n".join(map(_collapsed, text.split("\x00")))]:
            if part.strip():
                self._add(part.strip("\n"))
        if not self._lead:
            self._set_behind()

    def _add(self, text: str) -> None:
        lead = " ".join(filter(None, self._lead))
        self._lead = []
        # Run-in headings end in a dash, and the text follows it at once.
        text = f"{lead}{'' if lead.endswith('—') else ' '}{text}" if lead else text
        if self._heading:
            self._page.add("heading", text.replace("\n", " "), level=max(1, self._level + self._vocabulary.titled))
        else:
            self._page.add(self._kind, text)

    def _flush(self) -> None:
        """A label with nothing behind it stands alone."""
        if lead := " ".join(filter(None, self._lead)):
            self._page.add(self._kind, lead)
        self._lead = []
        self._set_behind()

    def _set_behind(self) -> None:
        behind, self._behind = self._behind, []
        for kind, text in behind:
            self._page.add(kind, text)


def _collapsed(text: str) -> str:
    return " ".join(text.replace("\x00", " ").split())


def _paragraphs(text: str) -> list[str]:
    """Blank lines part paragraphs; the line ends in them stay."""
    return "\n".join(line.strip() for line in text.split("\n")).split("\n\n")
