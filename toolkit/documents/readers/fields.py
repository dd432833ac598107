"""One row as one document: its text, title and metadata through the project's field mapping.

Rows of JSON, JSON Lines, CSV and spreadsheets share this. A row that does not fit is refused by itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from toolkit.documents.extraction import Page, Read
from toolkit.documents.readers.plain import read_plain
from toolkit.documents.refusal import Refused
from toolkit.text import decode, storable
from toolkit.workspace.settings import FieldMapping

ROWS: Final = 100_000
"""Rows of one file, where each is a document."""
_OBVIOUS: Final = ("text", "content", "body")
"""Keys that name a row's text without being told."""
_KEYS_SHOWN: Final = 8
_KEY_SHOWN: Final = 40
_DEPTH: Final = 255
_MISSING: Final = object()


class Twice:
    """Stands for the value of a key that a row gives two different values; it is used by no document."""


class RowText(NamedTuple):
    """The decoded text of a file of rows, and what is known of its encoding."""

    text: str
    known: dict[str, Any]


def row_text(data: bytes) -> RowText:
    """Decode a file of rows.

    Raises:
        Refused: ``DOC-ENCODING``.
    """
    decoded = decode(data)
    if decoded is None:
        raise Refused("DOC-ENCODING", "bytes that read as text in no encoding")
    return RowText(decoded.text, {"encoding": decoded.encoding, "encoding_confidence": decoded.confidence})


def too_many_rows() -> Refused:
    """Return the refusal of a file with more than ``ROWS``."""
    return Refused("DOC-SIZE", f"more than {ROWS:,} rows")


def implied_mapping(row: Any) -> FieldMapping | None:
    """Return the mapping that a row's keys make obvious: just one of the usual names of a text, with a string."""
    if not isinstance(row, dict):
        return None
    found = [key for key in _OBVIOUS if key in row]
    return FieldMapping(text=(found[0],)) if len(found) == 1 and isinstance(row[found[0]], str) else None


def no_mapping(row: Any) -> Refused:
    """Return the refusal of rows of which nobody said where their text is; it names the keys that are there."""
    if not isinstance(row, dict) or not row:
        return Refused("DOC-FIELDS", "rows without keys")
    return Refused("DOC-FIELDS", f"no field mapping for rows with the keys {shown_keys(row)}")


def shown_keys(keys: Iterable[str]) -> str:
    r"""Return the first few keys, escaped and cut: they come out of the document.

    >>> shown_keys(["id", "a\x1b[31m", "标题"])
    "'id', 'a\\x1b[31m', '标题'"
    """
    keys = list(keys)
    shown = ", ".join(repr(key[:_KEY_SHOWN]) for key in keys[:_KEYS_SHOWN])
    return f"{shown}, ..." if len(keys) > _KEYS_SHOWN else shown


def mapped(row: Any, mapping: FieldMapping, known: Mapping[str, Any]) -> Read:
    """Return a row's document.

    Args:
        row: a JSON value; cells of a table by their column.
        mapping: which keys make the text, the title and the metadata.
        known: what is known of the file.

    Raises:
        Refused: ``DOC-FIELDS`` for a row without a text key or with no text there, ``DOC-BROKEN`` for a key with two
            values, ``DOC-DEPTH`` for metadata nested too deep.
    """
    if not isinstance(row, dict):
        raise Refused("DOC-FIELDS", "a row without keys")
    texts = [_text(value_at(row, key), key) for key in mapping.text]
    meta = {key: _kept(value) for key in mapping.meta if (value := value_at(row, key)) is not _MISSING}
    title = value_at(row, mapping.title) if mapping.title else _MISSING
    if title is not _MISSING and (shown := " ".join(storable(_text(title, "title"))[0].split())):
        meta["title"] = shown[:200]
    return plain_read("\n\n".join(filter(str.strip, texts)), {**known, **meta})


def plain_read(text: str, meta: dict[str, Any]) -> Read:
    """Return a text as it stands, with the blocks of plain text."""
    return Read(Page.of(text, read_plain(text)), meta)


def value_at(row: Any, key: str) -> Any:
    """Return what stands at a dotted key, or a mark that nothing does; a key that holds dots itself goes first.

    ``*`` stands for each item of a list and each value of an object; together they give a list.

    >>> value_at({"answers": [{"text": "yes"}]}, "answers.0.text"), value_at({"a.b": 1, "a": {"b": 2}}, "a.b")
    ('yes', 1)
    >>> value_at({"articles": [{"text": "first"}, {}, {"text": "second"}]}, "articles.*.text")
    ['first', 'second']
    """
    if isinstance(row, dict) and key in row:
        return row[key]
    if isinstance(row, list) and key.isdecimal() and int(key) < len(row):
        return row[int(key)]
    first, dot, rest = key.partition(".")
    if first == "*" and isinstance(row, list | dict):
        return _each(list(row.values() if isinstance(row, dict) else row), rest)
    return value_at(value_at(row, first), rest) if dot else _MISSING


def _each(values: list[Any], rest: str) -> Any:
    found = [value_at(value, rest) if rest else value for value in values]
    found = [value for value in found if value is not _MISSING]
    if "*" in rest.split("."):
        found = [one for value in found for one in value]
    return found or _MISSING


def is_missing(value: Any) -> bool:
    """Return whether ``value_at`` found nothing."""
    return value is _MISSING


def _text(value: Any, key: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Twice):
        raise Refused("DOC-BROKEN", f"the key {shown_keys([key])} twice, with different values")
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return "\n".join(_text(one, key) for one in value)
    what = "nothing" if value is _MISSING else "no text"
    raise Refused("DOC-FIELDS", f"{what} under the key {shown_keys([key])}")


def _kept(value: Any, depth: int = 0) -> Any:
    """A JSON value that any store can hold."""
    if depth > _DEPTH:
        raise Refused("DOC-DEPTH", "metadata nested too deep")
    if isinstance(value, str):
        return storable(value)[0]
    if isinstance(value, Twice):
        raise Refused("DOC-BROKEN", "a key of the metadata twice, with different values")
    if isinstance(value, list):
        return [_kept(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {storable(key)[0]: _kept(one, depth + 1) for key, one in value.items()}
    return value
