"""CSV and TSV: the file is one document of table rows, or each row is one."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from toolkit.documents.extraction import Page, Read
from toolkit.documents.options import Options, Use
from toolkit.documents.readers.dialect import dialect_of, records
from toolkit.documents.readers.fields import ROWS, mapped, row_text, shown_keys, too_many_rows
from toolkit.documents.reading import Member
from toolkit.documents.refusal import Refused
from toolkit.workspace.settings import FieldMapping

AS_SHEET: Final[tuple[Use, ...]] = ("tables",)
AS_ROWS: Final[tuple[Use, ...]] = ("tables", "fields")


def read_csv(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield a table as one document, or its rows at ``row=1``, ``row=2``, ..., the header not counted.

    Raises:
        Refused: ``DOC-BROKEN`` for quotes that do not match, ``DOC-FIELDS`` for a mapping of other columns,
            ``DOC-SIZE``.
    """
    text, known = row_text(data)
    dialect = dialect_of(text)
    assert dialect is not None
    try:
        if options.tables == "sheet":
            yield Member("", Read(sheet_page(records(text, dialect)), known), AS_SHEET)
            return
        if sum(1 for _ in records(text, dialect)) > ROWS + 1:
            raise too_many_rows()
        for locator, content in row_documents(records(text, dialect), options.mapping(name), known):
            yield Member(locator, content, AS_ROWS)
    except csv.Error as error:
        raise Refused("DOC-BROKEN", "a table whose quotes do not match") from error


def sheet_page(rows: Iterable[Sequence[str]]) -> Page:
    """Return a table as blocks, one a row, the cells parted by bars; rows without any text are none."""
    page = Page()
    for row in rows:
        if any(map(str.strip, row)):
            page.add("table", " | ".join(row))
    return page


def row_documents(
    rows: Iterable[Sequence[str]], mapping: FieldMapping | None, known: dict[str, Any], *, ragged: bool = False
) -> Iterator[tuple[str, Read | Refused]]:
    """Yield each row below the header as a document of its own, with its locator.

    Args:
        rows: the header first.
        mapping: which columns make the text; None: all that have some, each on a line under its name.
        known: what is known of the file.
        ragged: rows may end before the header does, or go on beyond it under no name.

    Raises:
        Refused: ``DOC-FIELDS`` when the mapping names a column that is not there.
    """
    header: Sequence[str] | None = None
    for place, row in enumerate(rows):
        if header is None:
            header = row
            _check_columns(header, mapping)
            continue
        if ragged:
            width = max(len(header), len(row))
            header, row = _padded(header, width), _padded(row, width)  # noqa: PLW2901 - the same row, filled up
        yield f"row={place}", _row_document(header, row, mapping, known)


def _row_document(
    header: Sequence[str], row: Sequence[str], mapping: FieldMapping | None, known: dict[str, Any]
) -> Read | Refused:
    if len(row) != len(header):
        return Refused("DOC-BROKEN", f"a row of {len(row)} cells under a header of {len(header)}")
    if mapping is None:
        page = Page()
        for column, cell in zip(header, row, strict=True):
            if cell.strip():
                page.add("paragraph", f"{column}: {cell}" if column.strip() else cell)
        return Read(page, known)
    try:
        return mapped(dict(zip(header, row, strict=True)), mapping, known)
    except Refused as refused:
        return refused


def _padded(cells: Sequence[str], width: int) -> Sequence[str]:
    return cells if len(cells) == width else [*cells, *[""] * (width - len(cells))]


def _check_columns(header: Sequence[str], mapping: FieldMapping | None) -> None:
    if mapping is None:
        return
    wanted = [*mapping.text, *mapping.meta, *([mapping.title] if mapping.title else [])]
    if missing := [key for key in wanted if list(header).count(key) != 1]:
        raise Refused("DOC-FIELDS", f"no single column {shown_keys(missing)} among {shown_keys(header)}")
