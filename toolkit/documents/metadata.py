"""A team's own facts about its documents (licence, source, group, date, title, case, client, patient).

They come from a metadata file with one row a file, CSV or JSON Lines, and from the files' places by path patterns.
"""

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit.documents.refusal import problem
from toolkit.documents.sources import Source
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem
from toolkit.text import decode
from toolkit.workspace.patterns import matches
from toolkit.workspace.settings import PathFacts

_OWN_NAMES: Final = (
    "format encoding encoding_confidence language pages pages_without_text pages_recognised pages_unread "
    "recognition_confidence replaced quality held held_because path"
)
READERS_OWN: Final = frozenset(_OWN_NAMES.split())
"""Keys of ``Document.meta`` that the reader fills. A team's column of that name is kept as ``declared_<name>``."""


class Facts(NamedTuple):
    """What a team says of one file: its row in a metadata file (None: none ever spoke), and what its path says."""

    row: dict[str, Any] | None
    path: dict[str, str]

    @property
    def meta(self) -> dict[str, Any]:
        """Both; the row wins."""
        return {**self.path, **(self.row or {})}


class Told(NamedTuple):
    """What a project says of its files.

    Attributes:
        patterns: of ``toolkit.yaml``; of two that set the same key, the later wins.
        rows: the metadata file's, by stored name; None without a file.
        problems: rows that match nothing.
    """

    patterns: tuple[PathFacts, ...]
    rows: dict[str, dict[str, Any]] | None = None
    problems: tuple[Problem, ...] = ()

    def facts(self, name: str, before: dict[str, Any] | None) -> Facts:
        """Return what is said of a file; ``before``: the row that an earlier metadata file had for it."""
        return Facts(before if self.rows is None else self.rows.get(name, {}), self.from_path(name))

    def from_path(self, name: str) -> dict[str, str]:
        """Return what the patterns make of a stored name, or of an archive member's place below it."""
        found: dict[str, str] = {}
        for pattern in self.patterns:
            parts = matches(pattern.match, name)
            if parts is not None:
                found |= pattern.meta | parts
        return {_own(key): found[key] for key in sorted(found)}


def read_facts(
    file: Path, sources: Sequence[Source], folders: Sequence[Path], patterns: tuple[PathFacts, ...] = ()
) -> Told:
    """Read a metadata file and match its rows with the files of an ingest by the column ``path``.

    A path is looked for below the metadata file's folder, then below the working folder and the given ones. A row of
    a file that exists but is not part of this ingest is passed over.

    Raises:
        ToolkitError: ``PATH-MISSING``; ``METADATA-BROKEN`` naming the line.
    """
    if not file.is_file():
        raise ToolkitError(
            said(f"The metadata file '{file}' does not exist.", f"元数据文件 '{file}' 不存在。"),
            hint=said("Check the path; nothing was written.", "请检查路径；没有写入任何内容。"),
            code="PATH-MISSING",
        )
    by_place = {os.path.abspath(source.file): source.name for source in sources}  # noqa: PTH100 - links stay
    bases = [file.absolute().parent, Path.cwd(), *(folder.absolute() for folder in folders)]
    rows: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for line, row in _rows(file):
        path = str(row.pop("path", "") or "").strip().replace("\\", "/")
        if not path:
            raise _broken(file, line, said("the column 'path' is empty or missing", "缺少 'path' 列或其值为空"))
        places = [os.path.abspath(base / path) for base in bases]  # noqa: PTH100 - links stay
        name = next((by_place[place] for place in places if place in by_place), None)
        if name in rows:
            raise _broken(file, line, said(f"a second row for '{path}'", f"'{path}' 出现了第二行"))
        if name:
            rows[name] = _facts(row)
        elif not any(map(os.path.exists, places)):
            problems.append(problem("META-NO-FILE", f"{file.name}:{line}", f"no file '{path}'"))
    return Told(patterns, rows, tuple(problems))


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    """A row without empty cells, in the order of its keys, clear of the reader's own names."""
    kept = {str(key).strip(): value for key, value in row.items() if key and value not in {None, ""}}
    return {_own(key): kept[key] for key in sorted(kept)}


def _own(key: str) -> str:
    return f"declared_{key}" if key in READERS_OWN else key


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    decoded = decode(file.read_bytes())
    if decoded is None:
        raise _broken(file, 1, said("no encoding reads as text", "无法确定文本编码"))
    yield from (
        _json_rows(file, decoded.text) if decoded.text.lstrip().startswith("{") else _csv_rows(file, decoded.text)
    )


def _json_rows(file: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_refuse_constant)
        except ValueError as error:
            raise _broken(file, number, said("no JSON object", "不是 JSON 对象")) from error
        if not isinstance(row, dict):
            raise _broken(file, number, said("no JSON object", "不是 JSON 对象"))
        yield number, row


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _csv_rows(file: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if "path" not in (reader.fieldnames or []):
            raise _broken(file, 1, said("the header has no column 'path'", "表头中没有 'path' 列"))
        for row in reader:
            if None in row:
                raise _broken(file, reader.line_num, said("more cells than the header", "单元格多于表头"))
            yield reader.line_num, dict(row)
    except csv.Error as error:
        raise _broken(file, reader.line_num, str(error)) from error


def _broken(file: Path, line: int, what: str) -> ToolkitError:
    return ToolkitError(
        said(f"The metadata file '{file}', line {line}: {what}.", f"元数据文件 '{file}' 第 {line} 行：{what}。"),
        hint=said(
            "CSV with a header, or JSON Lines; one row a file, with the column 'path'.",
            "请使用带表头的 CSV 或 JSON Lines；每个文件一行，含 'path' 列。",
        ),
        code="METADATA-BROKEN",
    )
