"""Spreadsheets (XLSX): each sheet is a document of table rows, or each row is one.

The sheets' XML is read as a stream. A dimension record says anything: whoever trusts it loses rows, or fills the gap to
a far cell with millions of empty ones. Formulas show the value that was last computed; one that never was, itself.
Hidden sheets and rows are read like others.
"""

import datetime as dt
import io
import posixpath
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from toolkit.documents.extraction import Read
from toolkit.documents.options import Options
from toolkit.documents.readers.cells import shown
from toolkit.documents.readers.html import unparsed
from toolkit.documents.readers.package import Package
from toolkit.documents.readers.tables import AS_ROWS, AS_SHEET, row_documents, sheet_page
from toolkit.documents.reading import Member
from toolkit.documents.refusal import Refused

_CELLS: Final = 5_000_000
"""Cells of a workbook, the gaps between them included; also strings that they share."""
_COLUMNS: Final = 16_384
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]*")
_NOT_IN_LOCATORS: Final = str.maketrans({"%": "%25", "&": "%26", "/": "%2F", "\n": "%0A"})
_EPOCHS: Final = {False: dt.datetime(1899, 12, 30), True: dt.datetime(1904, 1, 1)}  # noqa: DTZ001 - sheets know no zone


class _Sheet(NamedTuple):
    name: str
    part: str


class _Workbook(NamedTuple):
    """What the cells of all sheets refer to.

    Attributes:
        sheets: in their order.
        strings: what cells share.
        formats: the number format of each cell style.
        epoch: day zero.
    """

    sheets: list[_Sheet]
    strings: list[str]
    formats: list[str]
    epoch: dt.datetime


def read_xlsx(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield the sheets at ``sheet=Fees``, a workbook's only one at no locator; rows at ``sheet=Fees&row=1``, ...

    Raises:
        Refused: the zip gate's codes, ``DOC-DTD``, ``DOC-DEPTH``, ``DOC-BROKEN``, ``DOC-CELLS``, ``DOC-EMPTY`` for a
            workbook without a cell, ``DOC-FIELDS``.
    """
    package = Package(data)
    workbook = _workbook(package)
    budget = _Budget()
    filled = 0
    for sheet in workbook.sheets:
        rows = _rows(package.xml(sheet.part), workbook, budget)
        place = f"sheet={sheet.name.translate(_NOT_IN_LOCATORS)}" if len(workbook.sheets) > 1 else ""
        for member in _members(rows, place, name, options):
            filled += 1
            yield member
    if not filled:
        raise Refused("DOC-EMPTY", "a workbook without a filled cell")


def _members(rows: Iterator[list[str]], place: str, name: str, options: Options) -> Iterator[Member]:
    try:
        if options.tables == "sheet":
            page = sheet_page(rows)
            if page.blocks:
                yield Member(place, Read(page, {}), AS_SHEET)
            return
        for row, content in row_documents(rows, options.mapping(name), {}, ragged=True):
            yield Member("&".join(filter(None, (place, row))), content, AS_ROWS)
    except Refused as refused:
        if refused.code == "DOC-CELLS":
            raise
        yield Member(place, refused)


class _Budget:
    """How many cells a workbook may still have."""

    def __init__(self) -> None:
        self._left = _CELLS

    def spend(self, cells: int) -> None:
        self._left -= cells
        _refuse_crowd(_CELLS - self._left)


def _workbook(package: Package) -> _Workbook:
    main = next((target for kind, target in _related(package, "") if kind == "officeDocument"), "xl/workbook.xml")
    if main not in package.names or not main.endswith(".xml"):
        raise Refused("DOC-TYPE", "an Office package that is no XML workbook")
    related = dict(_related(package, main))
    targets = dict(_related(package, main, by="Id"))
    sheets: list[_Sheet] = []
    dates1904 = False
    for element in _elements(package.xml(main), "sheet", "workbookPr"):
        if _local(element.tag) == "workbookPr":
            dates1904 = _attribute(element, "date1904") in {"1", "true"}
            continue
        part = targets.get(_attribute(element, "id"), "")
        if part in package.names and "worksheets/" in part:  # charts have sheets without cells
            sheets.append(_Sheet(_attribute(element, "name"), part))
    strings = related.get("sharedStrings", "")
    styles = related.get("styles", "")
    return _Workbook(
        sheets,
        _strings(package.xml(strings)) if strings in package.names else [],
        _formats(package.xml(styles)) if styles in package.names else [],
        _EPOCHS[dates1904],
    )


def _related(package: Package, part: str, by: str = "Type") -> Iterator[tuple[str, str]]:
    """What a part refers to: the last word of each relation's type, or its key, and the part it leads to."""
    folder, _, file = part.rpartition("/")
    listed = posixpath.join(folder, "_rels", f"{file}.rels")
    if listed not in package.names:
        return
    for relation in _elements(package.xml(listed), "Relationship"):
        target = posixpath.normpath(posixpath.join("/", folder, _attribute(relation, "Target"))).lstrip("/")
        yield _attribute(relation, by).rpartition("/")[2], target


def _strings(content: bytes) -> list[str]:
    found: list[str] = []
    _refuse_crowd(content.count(b"<si"))
    for item in _elements(content, "si"):
        found.append(_rich_text(item))
        _refuse_crowd(len(found))
    return found


def _refuse_crowd(count: int) -> None:
    if count > _CELLS:
        raise Refused("DOC-CELLS", f"more than {_CELLS:,} cells or shared strings")


def _formats(content: bytes) -> list[str]:
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    own: dict[int, str] = {}
    used: list[int] = []
    for element in _elements(content, "numFmt", "cellXfs"):
        if _local(element.tag) == "numFmt":
            own[_number(_attribute(element, "numFmtId"))] = _attribute(element, "formatCode")
        else:
            used = [_number(_attribute(style, "numFmtId")) for style in element]
    return [own.get(key) or BUILTIN_FORMATS.get(key) or _asian(key) for key in used]


def _asian(key: int) -> str:
    """Formats 27 to 36 and 50 to 58 are dates in Chinese, Japanese and Korean editions (ECMA-376, 18.8.30)."""
    return "yyyy-mm-dd" if 27 <= key <= 36 or 50 <= key <= 58 else "General"  # noqa: PLR2004 - as the standard has them


def _rows(content: bytes, workbook: _Workbook, budget: _Budget) -> Iterator[list[str]]:
    """The rows that have a filled cell, as far as their last one."""
    _refuse_crowd(content.count(b"<c ") + content.count(b"<c>"))
    for row in _elements(content, "row"):
        cells: list[str] = []
        for cell in row:
            if _local(cell.tag) != "c":
                continue
            column = _column(_attribute(cell, "r"), len(cells))
            budget.spend(max(1, column - len(cells) + 1))
            if text := _cell(cell, workbook):
                cells += [""] * (column + 1 - len(cells))
                cells[column] = text
        if cells:
            yield cells


def _cell(cell: Any, workbook: _Workbook) -> str:
    kind = _attribute(cell, "t")
    parts = {_local(part.tag): part for part in cell}
    if kind == "inlineStr":
        return _rich_text(parts["is"]) if "is" in parts else ""
    value = (parts["v"].text or "") if "v" in parts else ""
    if not value and "f" in parts:
        return f"={parts['f'].text}" if parts["f"].text else ""
    if kind == "s":
        place = _number(value)
        if not 0 <= place < len(workbook.strings):
            raise Refused("DOC-BROKEN", "a cell with a string that is not there")
        return workbook.strings[place]
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind in {"str", "e", "d"} or not value:
        return value
    style = _number(_attribute(cell, "s") or "0")
    form = workbook.formats[style] if 0 <= style < len(workbook.formats) else "General"
    return shown(value, form, workbook.epoch)


def _column(reference: str, following: int) -> int:
    """Column from 0; a cell that does not say where it is follows the one before."""
    found = _REFERENCE.fullmatch(reference)
    if not found:
        return following
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - ord("A") + 1
    if place > _COLUMNS:
        raise Refused("DOC-BROKEN", "a cell beyond the last column")
    return place - 1


def _rich_text(element: Any) -> str:
    """All runs of a text; how Chinese and Japanese are pronounced is no part of it."""
    pieces = []
    for child in element:
        name = _local(child.tag)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces += [part.text or "" for part in child if _local(part.tag) == "t"]
    return "".join(pieces)


def _elements(content: bytes, *names: str) -> Iterator[Any]:
    """The elements of some names as they end, each gone from memory once it has been looked at."""
    from lxml import etree

    wanted = [f"{{*}}{name}" for name in names]
    try:
        for _, element in etree.iterparse(
            io.BytesIO(content), tag=wanted, resolve_entities=False, no_network=True, load_dtd=False
        ):
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise unparsed(getattr(error, "code", 0), str(error)) from error


def _local(tag: Any) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _attribute(element: Any, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _number(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1  # noqa: PLR2004 - any more is no index
