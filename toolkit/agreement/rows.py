"""The rows of a file of ratings: CSV, TSV or JSON Lines with the columns item, rater and value.

What a value means at a level of measurement is ``levels``' to say; here it is what the file holds.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from toolkit.errors import ToolkitError
from toolkit.language import said

_NEEDED: Final = ("item", "rater", "value")
_DOCUMENT: Final = "document"
_DELIMITERS: Final = ",;\t"
_LONGEST_FIELD: Final = 100_000_000
_SHOWN: Final = 40
_JSON_LINES: Final = frozenset({".jsonl", ".ndjson"})


class FileRow(NamedTuple):
    """One row of the file: where it begins, who said what about what.

    Attributes:
        value: text from CSV, a JSON value from JSON Lines; None or blank text where nothing was said.
    """

    line: int
    document: str
    item: str
    rater: str
    value: Any


def read_rows(file: Path, document: str | None = None) -> list[FileRow]:
    """Return the rows of a file of ratings; a file without a byte has none.

    Args:
        file: its name tells the format: ``.jsonl`` and ``.ndjson`` are JSON Lines, all others tables.
        document: the column that says what hangs together; None for ``document`` where there is such a column, else
            each item stands alone.

    Raises:
        ToolkitError: ``PATH-MISSING``, ``RATINGS-ENCODING``, ``RATINGS-COLUMNS``, ``RATINGS-LINE``.
    """
    text = _text_of(file)
    if file.suffix.lower() in _JSON_LINES:
        return list(_from_json(file, text, document))
    return list(_from_table(file, text, document))


def refuse(file: Path, line: int, found: tuple[str, str], hint: tuple[str, str], code: str) -> NoReturn:
    """Raise the error of one line: what was found and what to do, each in English and Chinese."""
    where = f"{file.name}:{line}: "
    raise ToolkitError(where + said(*found), hint=said(*hint), code=code)


def shown(value: object) -> str:
    """Return a value in quotes, short enough for a message."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ToolkitError(
            said(
                f"{file.name} is not UTF-8: byte {error.start}", f"{file.name} 不是 UTF-8 编码：第 {error.start} 字节"
            ),
            hint=said("Save it as UTF-8; Excel calls it CSV UTF-8.", "请另存为 UTF-8（Excel 中选 CSV UTF-8）。"),
            code="RATINGS-ENCODING",
        ) from error
    except OSError as error:
        raise ToolkitError(
            said(f"Cannot read {str(file)!r}: {error.strerror}", f"无法读取 {str(file)!r}：{error.strerror}"),
            hint=said("Check the path of the file.", "请检查文件路径。"),
            code="PATH-MISSING",
        ) from error


def _from_table(file: Path, text: str, document: str | None) -> Iterator[FileRow]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(file, text), strict=True)
    columns: list[str] | None = None
    end = 0
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = [cell.strip().casefold() for cell in cells]
                _check_columns(file, line, columns, document)
                continue
            if len(cells) > len(columns):
                refuse(file, line, *_TOO_MANY, "RATINGS-LINE")
            yield _row(file, line, dict(zip(columns, cells, strict=False)), document)
    except csv.Error as error:
        refuse(file, reader.line_num, (f"no CSV: {error}", f"不是 CSV：{error}"), _QUOTES, "RATINGS-LINE")


_TOO_MANY: Final = (
    ("more cells than columns", "单元格多于列数"),
    ("Put a value that holds the delimiter into quotes.", "含分隔符的值请加引号。"),
)
_QUOTES: Final = ("Check the quotes of this line and of those before it.", "请检查本行及之前各行的引号。")


def _delimiter(file: Path, text: str) -> str:
    """Return the delimiter of the first line: a tab in ``.tsv``, else the one that shows the columns needed."""
    if file.suffix.lower() == ".tsv":
        return "\t"
    first = text.lstrip().partition("\n")[0].casefold()
    found = {delimiter: {cell.strip(' "\r') for cell in first.split(delimiter)} for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: len(found[delimiter] & set(_NEEDED)))


def _from_json(file: Path, text: str, document: str | None) -> Iterator[FileRow]:
    # Not splitlines(): a line separator of Unicode may stand in a JSON text.
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        fields = _parsed(file, line, content)
        named = {str(name).strip().casefold(): value for name, value in fields.items()}
        _check_columns(file, line, list(named), document)
        yield _row(file, line, named, document)


def _parsed(file: Path, line: int, content: str) -> dict[str, Any]:
    try:
        found = json.loads(content, parse_constant=_no_constant)
        if isinstance(found, dict):
            return found
        reason = "not an object"
    except json.JSONDecodeError as error:
        reason = f"{error.msg}, column {error.colno}"
    except (ValueError, RecursionError) as error:
        reason = str(error)
    hint = ('Write one object a line: {"item": "1", "rater": "ann", "value": "yes"}',) * 2
    refuse(file, line, (f"no JSON: {reason}", f"不是 JSON：{reason}"), hint, "RATINGS-LINE")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_columns(file: Path, line: int, columns: Sequence[str], document: str | None) -> None:
    needed = [*_NEEDED, *([document.strip().casefold()] if document else [])]
    missing, twice = [name for name in needed if name not in columns], len(set(columns)) < len(columns)
    if not missing and not twice:
        return
    there, lacking = ", ".join(map(shown, columns)), ", ".join(missing)
    found = (
        (f"there is no column {lacking}; there are {there}", f"缺少列 {lacking}；现有列：{there}")
        if missing
        else (f"two columns have the same name: {there}", f"有重名的列：{there}")
    )
    hint = ("Name the columns item, rater and value.", "请将列命名为 item、rater、value。")
    refuse(file, line, found, hint, "RATINGS-COLUMNS")


def _row(file: Path, line: int, cells: dict[str, Any], document: str | None) -> FileRow:
    item, rater = (_name(file, line, cells, column) for column in ("item", "rater"))
    column = document.strip().casefold() if document else _DOCUMENT
    of = _name(file, line, cells, column) if document or column in cells else item
    return FileRow(line, of, item, rater, cells.get("value"))


def _name(file: Path, line: int, cells: dict[str, Any], column: str) -> str:
    """Return what a row calls its item, rater or document: a text or a number."""
    name = cells.get(column)
    text = str(name).strip() if isinstance(name, str | int | float) and not isinstance(name, bool) else ""
    if not text or not _storable(text):
        found = (f"{column} is {shown(name)}, not a name", f"{column} 为 {shown(name)}，不是名称")
        hint = ("Give each row an item and a rater.", "每行都要有 item 与 rater。")
        refuse(file, line, found, hint, "RATINGS-LINE")
    return text


def _storable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
