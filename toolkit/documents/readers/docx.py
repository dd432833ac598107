"""DOCX: the body's paragraphs, list items and table rows, then foot- and endnotes, straight from the package's XML.

Shown text only, as if every tracked change were accepted: deletions and field codes are out, insertions and automatic
numbers in. Changes and comments are counted. Headers, footers and comments are not read.
"""

import re
from typing import Any, Final, NamedTuple

from toolkit.documents.document import BlockKind
from toolkit.documents.extraction import Page, Read
from toolkit.documents.readers.numbering import Numbering, lists_of
from toolkit.documents.readers.office import Kind, attribute, below, children, name_of, opened, parsed, title_of
from toolkit.documents.readers.package import Package

_KIND: Final = Kind(
    ("wordprocessingml.document.main+xml", "ms-word.document.macroEnabled.main+xml", "template.main+xml"),
    "word/document.xml",
    "Word document",
)
_CHANGES = ("ins", "del", "moveFrom", "moveTo")
_HEADING = re.compile(r"heading ?([1-9])|标题 ?([1-9])", re.IGNORECASE)
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# fmt: off
_SYMBOLS = {
    0x6C: "●", 0x6F: "□", 0x71: "❑", 0xA7: "▪", 0xA8: "☐", 0xE0: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}
# fmt: on
"""Wingdings: the boxes and ticks of forms."""
_BODY_TEXT = 9
"""The outline level that stands for no heading."""
_UNSHOWN = frozenset({"del", "moveFrom", "delText", "instrText", "Fallback", "pPr", "rPr", "txbxContent", "tbl"})


def read_docx(data: bytes) -> Read:
    """Return the blocks of a Word document.

    Raises:
        Refused: a code of the zip gate, ``DOC-TYPE`` for another kind of package, ``DOC-DTD``, ``DOC-DEPTH`` or
            ``DOC-BROKEN``.
    """
    package, main = opened(data, _KIND)
    folder = main.rpartition("/")[0]
    body = _Body(_numbering(package, folder, styles := _styles(package, folder)), styles)
    root = parsed(package.read(main))
    for element in children(root, "body"):
        body.read(element)
    body.end()
    for kind in ("footnote", "endnote"):
        _notes(package, folder, kind, body)
    title = title_of(package) or body.page.title()
    embedded = sum(1 for _ in root.iter("{*}altChunk"))
    counted = {"tracked_changes": _changes(root), "comments": _comments(package, folder), "embedded": embedded}
    return Read(
        body.page, {key: value for key, value in counted.items() if value} | ({"title": title} if title else {})
    )


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
    for style in children(parsed(package.read(path)), "style"):
        key = attribute(style, "styleId")
        name = next((attribute(child, "val") for child in children(style, "name")), "")
        properties = next(iter(children(style, "pPr")), None)
        list_id, depth = _list_of(properties)
        found[key] = _Style(_outline(properties) or _named_level(name), list_id, depth)
        bases[key] = next((attribute(child, "val") for child in children(style, "basedOn")), "")
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
    styles = children(properties, "pStyle") if properties is not None else []
    return attribute(styles[0], "val") if styles else ""


def _named_level(name: str) -> int | None:
    if name.lower() == "title":
        return 1
    found = _HEADING.fullmatch(name.strip())
    return int(found[1] or found[2]) if found else None


def _outline(properties: Any) -> int | None:
    for child in children(properties, "outlineLvl") if properties is not None else []:
        value = attribute(child, "val")
        if value.isdigit() and int(value) < _BODY_TEXT:
            return int(value) + 1
    return None


def _list_of(properties: Any) -> tuple[str, int | None]:
    for setting in children(properties, "numPr") if properties is not None else []:
        list_id = next((attribute(child, "val") for child in children(setting, "numId")), "")
        depth = next((attribute(child, "val") for child in children(setting, "ilvl")), "")
        return list_id, int(depth) if depth.isdigit() else None
    return "", None


def _numbering(package: Package, folder: str, styles: dict[str, _Style]) -> Numbering:
    path = f"{folder}/numbering.xml"
    if path not in package.names:
        return Numbering({})
    return Numbering(lists_of(parsed(package.read(path)), {key: style.list_id for key, style in styles.items()}))


class _Shown(NamedTuple):
    """A paragraph's text and number; ``joined``: its end is deleted, so that the next one goes on with its text."""

    text: str
    number: str
    level: int | None
    listed: bool
    joined: bool


class _Body:
    """Walks the body in reading order and adds its blocks to a page."""

    def __init__(self, numbering: Numbering, styles: dict[str, _Style]) -> None:
        self.page = Page()
        self.notes: list[tuple[str, str]] = []
        self._before = ""
        self._numbering = numbering
        self._styles = styles

    def read(self, parent: Any) -> None:
        for child in parent:
            name = name_of(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name in {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "txbxContent"}:
                self.read(child)

    def _paragraph(self, element: Any) -> None:
        shown = self._shown(element)
        if shown.joined:
            self._before += shown.text
        else:
            level = shown.level
            kind: BlockKind = "heading" if level else "list_item" if shown.listed else "paragraph"
            text = (self._before + shown.text).strip("\n")
            self._before = ""
            self.page.add(kind, f"{shown.number} {text}" if shown.number and text.strip() else text, level=level)
        for box in _text_boxes(element):
            self.read(box)

    def end(self) -> None:
        """Add what waited for a paragraph to join."""
        self.page.add("paragraph", self._before)

    def _shown(self, element: Any) -> _Shown:
        """A paragraph as it is shown; in Word an empty one of a list has a number too."""
        properties = next(iter(children(element, "pPr")), None)
        name = _named_style(properties)
        style = self._styles.get(name, _Style())
        own, depth = _list_of(properties)
        list_id = own or style.list_id
        listed = list_id not in {"", "0"}  # 0 takes a paragraph out of its style's list
        joined = _mark_is_deleted(properties)
        number = ""
        if listed and not joined:
            tied = None if own else self._numbering.depth(list_id, name)
            number = self._numbering.next(list_id, _first(depth, tied, style.depth, 0) or 0)
        return _Shown(self.text(element), number, _outline(properties) or style.level, listed, joined)

    def text(self, element: Any) -> str:
        """The shown text below an element, with a mark such as ``[1]`` where a footnote is called."""
        pieces: list[str] = []
        for child in element:
            name = name_of(child)
            if name == "t":
                pieces.append(child.text or "")
            elif name in _SIGNS:
                pieces.append(_SIGNS[name])
            elif name in {"footnoteReference", "endnoteReference"}:
                self.notes.append((name.removesuffix("Reference"), attribute(child, "id")))
                pieces.append(f"[{len(self.notes)}]")
            elif name == "sym":
                pieces.append(_symbol(child))
            elif name == "ruby":
                pieces += [self.text(base) for base in children(child, "rubyBase")]
                pieces += [f"({self.text(reading)})" for reading in children(child, "rt")]
            elif name and name not in _UNSHOWN:
                pieces.append(self.text(child))
        return "".join(pieces)

    def _table(self, table: Any) -> None:
        for row in table.iter():
            if name_of(row) == "tr" and _closest_table(row) is table:
                cells = [self._cell(cell) for cell in _cells(row)]
                filled = [cell for cell in cells if cell]
                # One filled cell is layout, not data: whole contracts are set in a one-celled table.
                self.page.add("table" if len(filled) > 1 else "paragraph", " | ".join(filled))

    def _cell(self, cell: Any) -> str:
        shown = [child for child in cell.iter() if name_of(child) == "p" and not _is_fallback(child)]
        paragraphs = [f"{one.number} {one.text}" for one in map(self._shown, shown)]
        return " ".join(" ".join(paragraphs).split())


def _mark_is_deleted(properties: Any) -> bool:
    runs = children(properties, "rPr") if properties is not None else []
    return any(name_of(change) in {"del", "moveFrom"} for run in runs for change in run)


def _symbol(element: Any) -> str:
    """A sign of a symbol font; what has no Unicode character of its own stays as the font's."""
    code = int(attribute(element, "char") or "0", 16)
    return _SYMBOLS.get(code & 0xFF, chr(code)) if "wingdings" in attribute(element, "font").lower() else chr(code)


def _is_fallback(element: Any) -> bool:
    return any(name_of(parent) == "Fallback" for parent in element.iterancestors())


def _closest_table(row: Any) -> Any:
    return next((parent for parent in row.iterancestors() if name_of(parent) == "tbl"), None)


def _cells(row: Any) -> list[Any]:
    cells: list[Any] = []
    for child in row:
        if name_of(child) == "tc":
            cells.append(child)
        elif name_of(child) in {"sdt", "sdtContent", "customXml"}:
            cells += _cells(child)
    return cells


def _text_boxes(element: Any) -> list[Any]:
    """Text boxes drawn in a paragraph; the fallback copy for old programs is left out, and so are boxes in boxes."""
    return [
        box
        for box in element.iter()
        if name_of(box) == "txbxContent"
        and not any(name_of(parent) in {"Fallback", "txbxContent"} for parent in _ancestors(box, element))
    ]


def _ancestors(element: Any, top: Any) -> list[Any]:
    found = []
    for parent in element.iterancestors():
        if parent is top:
            break
        found.append(parent)
    return found


def _notes(package: Package, folder: str, kind: str, body: _Body) -> None:
    """The notes in the order in which the text calls them."""
    called = [(number, key) for number, (of, key) in enumerate(body.notes, start=1) if of == kind]
    path = f"{folder}/{kind}s.xml"
    if not called or path not in package.names:
        return
    notes = {attribute(note, "id"): note for note in children(parsed(package.read(path)), kind)}
    for number, key in called:
        if key in notes:
            text = "\n".join(body.text(paragraph).strip() for paragraph in below(notes[key], "p"))
            body.page.add("footnote", f"[{number}] {text.strip()}")


def _changes(root: Any) -> int:
    """Insertions, deletions and moves whose acceptance the text shows."""
    return sum(1 for name in _CHANGES for _ in root.iter("{*}" + name))


def _comments(package: Package, folder: str) -> int:
    path = f"{folder}/comments.xml"
    return len(children(parsed(package.read(path)), "comment")) if path in package.names else 0
