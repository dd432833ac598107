"""DOCX: the body's paragraphs, list items and table rows, then the footnotes, read straight from the package's XML.

Shown text only: tracked deletions and field codes are out, tracked insertions and automatic numbers in. Headers,
footers and comments are not read.
"""

import re
from typing import Any, NamedTuple

from toolkit.documents.document import BlockKind
from toolkit.documents.extraction import Page, Read
from toolkit.documents.readers.html import unparsed
from toolkit.documents.readers.numbering import Level, Numbering, lists_of
from toolkit.documents.readers.package import Package
from toolkit.documents.refusal import Refused

_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_MAIN_TYPES = ("wordprocessingml.document.main+xml", "ms-word.document.macroEnabled.main+xml", "template.main+xml")
_HEADING = re.compile(r"heading ?([1-9])|标题 ?([1-9])", re.IGNORECASE)
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_BODY_TEXT = 9
"""The outline level that stands for no heading."""
_UNSHOWN = frozenset({"del", "moveFrom", "delText", "instrText", "Fallback", "pPr", "rPr", "txbxContent", "tbl"})


def read_docx(data: bytes) -> Read:
    """Return the blocks of a Word document.

    Raises:
        Refused: a code of the zip gate, ``DOC-TYPE`` for another kind of package, ``DOC-DTD``, ``DOC-DEPTH`` or
            ``DOC-BROKEN``.
    """
    package = Package(data)
    if "[Content_Types].xml" not in package.names:
        raise Refused("DOC-TYPE", "a zip archive")
    main = _main_part(package)
    _refuse_definitions(package)
    folder = main.rpartition("/")[0]
    body = _Body(_numbering(package, folder), _styles(package, folder))
    root = _parse(package.read(main))
    for element in _local(root, "body"):
        body.read(element)
    _footnotes(package, folder, body)
    title = _title(package) or body.page.title()
    return Read(body.page, {"title": title} if title else {})


def _main_part(package: Package) -> str:
    types = _parse(package.read("[Content_Types].xml"))
    for override in _local(types, "Override"):
        if str(override.get("ContentType", "")).endswith(_MAIN_TYPES):
            name = str(override.get("PartName", "")).lstrip("/")
            if name in package.names:
                return name
    if "word/document.xml" in package.names:
        return "word/document.xml"
    raise Refused("DOC-TYPE", "an Office package that is no Word document")


def _refuse_definitions(package: Package) -> None:
    """No part of a Word package has a document type definition; one that has it is an attack."""
    for name in package.names:
        if name.lower().endswith((".xml", ".rels")):
            content = package.read(name)
            if any(sign in content for sign in _DOCTYPES):
                raise Refused("DOC-DTD", "an XML part with a document type definition")


def _parse(data: bytes) -> Any:
    from lxml import etree

    if any(sign in data for sign in _DOCTYPES):
        raise Refused("DOC-DTD", "an XML part with a document type definition")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise unparsed(getattr(error, "code", 0), str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("DOC-DTD", "an XML part with a document type definition")
    return root


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _local(element: Any, name: str) -> list[Any]:
    """Direct children by local name: strict and transitional files use different namespaces."""
    return [child for child in element if _name(child) == name]


def _attribute(element: Any, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


class _Style(NamedTuple):
    """What a paragraph style gives: an outline level from 1, and a list with its depth."""

    level: int | None = None
    list_id: str = ""
    depth: int | None = None


def _styles(package: Package, folder: str) -> dict[str, _Style]:
    path = f"{folder}/styles.xml"
    if path not in package.names:
        return {}
    found: dict[str, _Style] = {}
    bases: dict[str, str] = {}
    for style in _local(_parse(package.read(path)), "style"):
        key = _attribute(style, "styleId")
        name = next((_attribute(child, "val") for child in _local(style, "name")), "")
        properties = next(iter(_local(style, "pPr")), None)
        list_id, depth = _list_of(properties)
        found[key] = _Style(_outline(properties) or _named_level(name), list_id, depth)
        bases[key] = next((_attribute(child, "val") for child in _local(style, "basedOn")), "")
    return {key: _inherited(key, found, bases) for key in found}


def _inherited(key: str, styles: dict[str, _Style], bases: dict[str, str]) -> _Style:
    """A style's own settings, else its ancestors'; a circle of styles ends after ten steps."""
    style = styles[key]
    for _ in range(10):
        key = bases.get(key, "")
        if key not in styles:
            break
        base = styles[key]
        style = _Style(style.level or base.level, style.list_id or base.list_id, _first(style.depth, base.depth))
    return style


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _named_style(properties: Any) -> str:
    styles = _local(properties, "pStyle") if properties is not None else []
    return _attribute(styles[0], "val") if styles else ""


def _named_level(name: str) -> int | None:
    if name.lower() == "title":
        return 1
    found = _HEADING.fullmatch(name.strip())
    return int(found[1] or found[2]) if found else None


def _outline(properties: Any) -> int | None:
    for child in _local(properties, "outlineLvl") if properties is not None else []:
        value = _attribute(child, "val")
        if value.isdigit() and int(value) < _BODY_TEXT:
            return int(value) + 1
    return None


def _list_of(properties: Any) -> tuple[str, int | None]:
    for setting in _local(properties, "numPr") if properties is not None else []:
        list_id = next((_attribute(child, "val") for child in _local(setting, "numId")), "")
        depth = next((_attribute(child, "val") for child in _local(setting, "ilvl")), "")
        return list_id, int(depth) if depth.isdigit() else None
    return "", None


def _numbering(package: Package, folder: str) -> Numbering:
    path = f"{folder}/numbering.xml"
    lists: dict[str, dict[int, Level]] = lists_of(_parse(package.read(path))) if path in package.names else {}
    return Numbering(lists)


class _Body:
    """Walks the body in reading order and adds its blocks to a page."""

    def __init__(self, numbering: Numbering, styles: dict[str, _Style]) -> None:
        self.page = Page()
        self.notes: list[str] = []
        self._numbering = numbering
        self._styles = styles

    def read(self, parent: Any) -> None:
        for child in parent:
            name = _name(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name in {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "txbxContent"}:
                self.read(child)

    def _paragraph(self, element: Any) -> None:
        properties = next(iter(_local(element, "pPr")), None)
        style = self._styles.get(_named_style(properties), _Style())
        list_id, depth = _list_of(properties)
        list_id = list_id or style.list_id
        listed = list_id not in {"", "0"}  # 0 takes a paragraph out of its style's list
        text = self.text(element).strip("\n")
        if text.strip():
            number = self._numbering.next(list_id, _first(depth, style.depth, 0) or 0) if listed else ""
            level = _outline(properties) or style.level
            kind: BlockKind = "heading" if level else "list_item" if listed else "paragraph"
            self.page.add(kind, f"{number} {text}" if number else text, level=level)
        for box in _text_boxes(element):
            self.read(box)

    def text(self, element: Any) -> str:
        """The shown text below an element, with a mark such as ``[1]`` where a footnote is called."""
        pieces: list[str] = []
        for child in element:
            name = _name(child)
            if name == "t":
                pieces.append(child.text or "")
            elif name in _SIGNS:
                pieces.append(_SIGNS[name])
            elif name == "footnoteReference":
                self.notes.append(_attribute(child, "id"))
                pieces.append(f"[{len(self.notes)}]")
            elif name and name not in _UNSHOWN:
                pieces.append(self.text(child))
        return "".join(pieces)

    def _table(self, table: Any) -> None:
        for row in table.iter():
            if _name(row) == "tr" and _closest_table(row) is table:
                cells = [self._cell(cell) for cell in _cells(row)]
                filled = [cell for cell in cells if cell]
                # One filled cell is layout, not data: whole contracts are set in a one-celled table.
                self.page.add("table" if len(filled) > 1 else "paragraph", " | ".join(filled))

    def _cell(self, cell: Any) -> str:
        shown = [child for child in cell.iter() if _name(child) == "p" and not _is_fallback(child)]
        paragraphs = [self.text(child) for child in shown]
        return " ".join(" ".join(paragraphs).split())


def _is_fallback(element: Any) -> bool:
    return any(_name(parent) == "Fallback" for parent in element.iterancestors())


def _closest_table(row: Any) -> Any:
    return next((parent for parent in row.iterancestors() if _name(parent) == "tbl"), None)


def _cells(row: Any) -> list[Any]:
    cells: list[Any] = []
    for child in row:
        if _name(child) == "tc":
            cells.append(child)
        elif _name(child) in {"sdt", "sdtContent", "customXml"}:
            cells += _cells(child)
    return cells


def _text_boxes(element: Any) -> list[Any]:
    """Text boxes drawn in a paragraph; the fallback copy for old programs is left out, and so are boxes in boxes."""
    return [
        box
        for box in element.iter()
        if _name(box) == "txbxContent"
        and not any(_name(parent) in {"Fallback", "txbxContent"} for parent in _ancestors(box, element))
    ]


def _ancestors(element: Any, top: Any) -> list[Any]:
    found = []
    for parent in element.iterancestors():
        if parent is top:
            break
        found.append(parent)
    return found


def _footnotes(package: Package, folder: str, body: _Body) -> None:
    """The notes in the order in which the text calls them."""
    path = f"{folder}/footnotes.xml"
    if not body.notes or path not in package.names:
        return
    notes = {_attribute(note, "id"): note for note in _local(_parse(package.read(path)), "footnote")}
    for number, key in enumerate(list(body.notes), start=1):
        if key in notes:
            text = "\n".join(body.text(paragraph).strip() for paragraph in _local(notes[key], "p"))
            body.page.add("footnote", f"[{number}] {text.strip()}")


def _title(package: Package) -> str | None:
    if "docProps/core.xml" not in package.names:
        return None
    found = _local(_parse(package.read("docProps/core.xml")), "title")
    return " ".join(found[0].text.split())[:200] or None if found and found[0].text else None
