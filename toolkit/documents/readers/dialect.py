"""Whether a text is a table of separated values, and with which sign between them.

Strict on purpose: a document taken for a table is worse off than a table read as text. All rows have as many cells as
the first, and the first reads as names of columns.
"""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple

from toolkit.documents.extraction import TEXT_LIMIT

_SAMPLE: Final = 100_000
_ROWS: Final = 200
"""Characters and rows that are looked at."""
_NAME: Final = 60
"""Characters of a column's name."""
_SURE_COLUMNS: Final = 3
_FEW_ROWS: Final = 4
"""A table of fewer columns and rows has to show numbers or quotes."""
_SENTENCE_END: Final = "。；！？，：.;!?"
_NUMBER = re.compile(r"\s*[-+]?[\d,.]*\d[\d,.]*%?\s*")


class Dialect(NamedTuple):
    """What parts the cells, and whether quotes hold them together."""

    delimiter: str
    quoted: bool


def dialect_of(text: str) -> Dialect | None:
    """Return the dialect of a table, None for any other text."""
    first = text[:_SAMPLE].lstrip("\ufeff \t\r\n").partition("\n")[0]
    for delimiter in "\t,;":
        if delimiter not in first:
            continue
        for quoted in (True, False) if delimiter == "\t" else (True,):
            dialect = Dialect(delimiter, quoted)
            marked = f'{delimiter}"' in text[:_SAMPLE]
            if _is_table(_sample(text, dialect), delimiter, marked=marked):
                return dialect
    return None


def records(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """Yield the rows of a table, blank lines left out.

    Raises:
        csv.Error: for quotes that do not match, and cells beyond all bounds.
    """
    csv.field_size_limit(TEXT_LIMIT)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    yield from filter(None, csv.reader(lines, delimiter=dialect.delimiter, quoting=quoting, strict=True))


def _sample(text: str, dialect: Dialect) -> list[list[str]]:
    """The first rows that are whole; none where the text breaks the dialect's rules."""
    size = _SAMPLE
    while True:
        found: list[list[str]] = []
        try:
            found.extend(islice(records(text[:size], dialect), _ROWS))
        except csv.Error:
            if size >= len(text):
                return []
        if size < len(text) and len(found) < _ROWS:
            found = found[:-1]  # the cut went through it
        if len(found) > 1 or size >= len(text):
            return found
        size *= 8


def _is_table(rows: list[list[str]], delimiter: str, *, marked: bool) -> bool:
    if len(rows) < 2:  # noqa: PLR2004 - a header and a row
        return False
    header, *body = rows
    columns = len(header)
    if columns < 2 or any(len(row) != columns for row in body):  # noqa: PLR2004 - as above
        return False
    if not _names_columns(header, _SENTENCE_END.replace(".", "") if delimiter == "\t" else _SENTENCE_END):
        return False
    later = [cell for row in rows for cell in row[1:]]
    if delimiter != "\t" and not marked and sum(cell.startswith(" ") for cell in later) * 5 > len(later):
        return False  # a comma and a space: a list of words, a sentence
    telling = (_NUMBER.fullmatch(cell) or set(cell) & set('",\n') for row in body for cell in row)
    if columns < _SURE_COLUMNS and not marked and not any(telling):
        return len(rows) >= _FEW_ROWS and _length(header) * 2 * len(body) < sum(map(_length, body))
    return True


def _names_columns(header: list[str], endings: str) -> bool:
    names = [name.rstrip() for name in header]
    if len(set(names)) != len(names) or not all(names[1:]):
        return False
    if any(
        len(name) > _NAME or "\n" in name or name.startswith(" ") or name.endswith(tuple(endings)) for name in names
    ):
        return False
    numbers = sum(bool(_NUMBER.fullmatch(name)) for name in names)
    return not _NUMBER.fullmatch(names[0] or "x") and numbers * 2 < len(names)


def _length(row: list[str]) -> int:
    return sum(map(len, row))
