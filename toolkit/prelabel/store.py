"""The raw answers of a round's sources, ``data/rounds/<round>/prelabels.jsonl``: written as they come, never dropped.

A source is asked once about a passage. A push that goes on after a kill, or that adds to a round, finds here what was
said before, so that what is on the server and what a rerun would send are the same.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from toolkit.noun import Noun
from toolkit.prelabel.source import Given
from toolkit.workspace import dump_line, failpoint, write_jsonl
from toolkit.workspace.files import full_disk


class Row(Noun):
    """What one source said about one passage.

    Attributes:
        source: its mark.
        answer: field name to value, unchecked; None when it has nothing to say.
        score: how sure it is.
        trouble: why there is no answer.
    """

    source: str
    passage: str
    answer: dict[str, Any] | None = None
    score: float | None = None
    trouble: str = ""


class Store:
    """The file of one round.

    Args:
        path: where it is, or will be.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = {(row.source, row.passage): row for row in _rows(path)}
        self._torn = path.is_file()

    def get(self, source: str, passage: str) -> Row | None:
        """Return what a source has said about a passage."""
        return self._rows.get((source, passage))

    def has_answers(self, source: str) -> bool:
        """Return whether a source has answered about any passage."""
        return any(row.answer is not None for row in self._rows.values() if row.source == source)

    def add(self, rows: Iterable[Row]) -> None:
        """Keep rows for good: they are on the disk when this returns.

        Raises:
            ToolkitError: ``IO-FULL``.
        """
        new = list(rows)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                if self._torn:
                    _close_torn_line(file)
                    self._torn = False
                failpoint("before-prelabel")
                file.write("".join(dump_line(row.model_dump()) for row in new).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise full_disk(error, self._path) from error
        failpoint("prelabelled")
        self._rows.update({(row.source, row.passage): row for row in new})

    def settle(self) -> None:
        """Write the rows in an order that depends on content alone."""
        if self._rows:
            write_jsonl(self._path, (self._rows[key].model_dump() for key in sorted(self._rows)))


def row_of(source: str, passage: str, given: Given) -> Row:
    """Return what was given as a row; what cannot be written as JSON becomes trouble."""
    row = Row(source=source, passage=passage, answer=given.answer, score=given.score, trouble=given.trouble)
    try:
        dump_line(row.model_dump()).encode()
        return Row.model_validate(json.loads(dump_line(row.model_dump())))
    except (TypeError, ValueError, RecursionError):
        return Row(source=source, passage=passage, trouble="an answer that cannot be written as JSON")


def _rows(path: Path) -> Iterator[Row]:
    """Yield the rows; a last line that a kill tore is not there."""
    if not path.is_file():
        return
    for line in path.read_bytes().split(b"\n")[:-1]:
        yield Row.model_validate_json(line)


def _close_torn_line(file: Any) -> None:
    """Cut off what a kill left behind the last line end."""
    file.seek(0)
    data = file.read()
    file.truncate(data.rfind(b"\n") + 1)
