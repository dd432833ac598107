"""Versions of answers: every one that was ever seen stays in the ledger; the current one of each answer counts.

That an answer is gone from the server is a version as well, a tombstone. One that comes back after it, from a restored
server, is a new version of the same content. Order is by the server's times, never by the local clock.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from toolkit.noun import digest
from toolkit.workspace import Workspace

KEPT: Final = (
    "id",
    "completed_by",
    "result",
    "was_cancelled",
    "created_at",
    "updated_at",
    "lead_time",
    "ground_truth",
)
"""What a version keeps of an annotation, by the server's names."""
TERMINAL: Final = 0
"""The number of an answer that was given in a terminal. Label Studio counts from 1."""
_AGAIN: Final = "again"
_LOSSY: Final = "lossy"


class Version(NamedTuple):
    """One version of one answer.

    Attributes:
        task: the toolkit's task.
        raw: the parts of the server's annotation that are kept; ``deleted`` for a tombstone, ``again`` for how many
            tombstones came before it, ``lossy`` when it was made from an export that leaves things out, ``reason``
            when it is a decision that was given one.
    """

    task: str
    raw: dict[str, Any]

    @property
    def number(self) -> int:
        """The server's number of the answer; ``TERMINAL`` for one that no server has."""
        return int(self.raw["id"])

    @property
    def answer(self) -> tuple[str, int]:
        """What all versions of one answer share."""
        return self.task, self.number

    @property
    def at(self) -> str:
        """The server's time of it."""
        return moment(self.raw["updated_at"])

    @property
    def is_deleted(self) -> bool:
        """Whether this says that the answer is gone."""
        return bool(self.raw.get("deleted"))

    @property
    def again(self) -> int:
        """How many tombstones of the answer came before."""
        return int(self.raw.get(_AGAIN, 0))

    @property
    def content(self) -> str:
        """What tells versions apart, whether or not the answer was deleted in between."""
        told = [self.task, self.number, self.raw["updated_at"], self.raw["was_cancelled"], self.raw["result"]]
        return digest([*told, "deleted"] if self.is_deleted else told)

    @property
    def hash(self) -> str:
        """The version's identity; pulling it again gives the same."""
        return digest([self.content, self.again]) if self.again else self.content


def raw_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of an annotation that a version keeps."""
    kept = {name: found.get(name) for name in KEPT}
    kept["was_cancelled"] = bool(kept["was_cancelled"])
    kept["updated_at"] = str(kept["updated_at"] or kept["created_at"] or "")
    kept["result"] = kept["result"] if isinstance(kept["result"], list) else []
    return kept | ({_LOSSY: True} if found.get(_LOSSY) else {})


def tombstone(task: str, number: int, at: str) -> Version:
    """Return the version that says that an answer is gone.

    Args:
        task: the toolkit's task.
        number: the server's number of the answer.
        at: when its task changed last, by the server; empty when the task is gone with it.
    """
    return Version(task, raw_of({"id": number, "updated_at": at}) | {"deleted": True})


def moment(told: object) -> str:
    """Return a time of a server as text that sorts by time; one that cannot be read stays as it is.

    >>> moment("2024-01-30T03:40:43.893565+01:00")
    '2024-01-30T02:40:43.893565+00:00'
    """
    try:
        read = datetime.fromisoformat(str(told))
    except ValueError:
        return str(told)
    zoned = read if read.tzinfo else read.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).isoformat(timespec="microseconds")


class History:
    """All versions of a round's answers, in the order in which they were pulled."""

    def __init__(self, workspace: Workspace, round_name: str) -> None:
        """Read them from the ledger."""
        self._round = round_name
        self._answers: dict[tuple[str, int], list[Version]] = {}
        self._known: set[str] = set()
        self._contents: set[str] = set()
        self._times: set[tuple[str, int, str]] = set()
        self._length = 0
        sql = "SELECT task, raw FROM pulled WHERE round = ? ORDER BY sequence"
        for row in workspace.ledger.query(sql, (round_name,)):
            self._add(Version(row["task"], json.loads(row["raw"])))

    def add_from_server(self, found: Iterable[Version], deleted: Iterable[Version] = ()) -> list[Version]:
        """Add what a server holds now, and what it no longer holds; return what was not on file."""
        fresh = []
        for version in sorted(found, key=_by_time):
            fresh += self._add_if_new(self._after(version, self._tombstones(version.answer)))
        for version in deleted:
            if (last := self._last(version.answer)) and not last.is_deleted:
                gone = version if version.raw["updated_at"] else tombstone(*version.answer, last.raw["updated_at"])
                fresh += self._add_if_new(self._after(gone, self._tombstones(version.answer)))
        return fresh

    def add_from_file(self, found: Iterable[Version]) -> list[Version]:
        """Add what an export holds, of whatever age it is; return what was not on file.

        What an export lacks says nothing, and an answer that was deleted later than the export's version stays so.
        """
        fresh = []
        for version in sorted(found, key=_by_time):
            if version.content in self._contents:
                continue
            if version.raw.get(_LOSSY) and (*version.answer, version.at) in self._times:
                continue
            before = self._tombstones(version.answer)
            last = self._last(version.answer)
            if before and last and last.is_deleted and version.at <= last.at:
                before -= 1
            fresh += self._add_if_new(self._after(version, before))
        return fresh

    def current(self) -> dict[tuple[str, int], Version]:
        """Return the version that counts of each answer, tombstones included."""
        return {answer: _latest(versions) for answer, versions in self._answers.items()}

    def rows(self, fresh: Sequence[Version]) -> list[tuple[Any, ...]]:
        """Return rows of the ledger's table for versions that were just added."""
        start = self._length - len(fresh)
        return [
            (
                version.hash,
                start + place,
                self._round,
                version.task,
                version.number,
                version.raw["updated_at"],
                json.dumps(version.raw, ensure_ascii=False),
            )
            for place, version in enumerate(fresh)
        ]

    def _after(self, version: Version, tombstones: int) -> Version:
        return version._replace(raw=version.raw | {_AGAIN: tombstones}) if tombstones else version

    def _tombstones(self, answer: tuple[str, int]) -> int:
        return sum(version.is_deleted for version in self._answers.get(answer, ()))

    def _last(self, answer: tuple[str, int]) -> Version | None:
        versions = self._answers.get(answer)
        return _latest(versions) if versions else None

    def _add_if_new(self, version: Version) -> list[Version]:
        if version.hash in self._known:
            return []
        self._add(version)
        return [version]

    def _add(self, version: Version) -> None:
        self._answers.setdefault(version.answer, []).append(version)
        self._known.add(version.hash)
        self._contents.add(version.content)
        self._times.add((*version.answer, version.at))
        self._length += 1


def _by_time(version: Version) -> tuple[str, int, str]:
    return version.at, version.number, version.task


def _latest(versions: Sequence[Version]) -> Version:
    """Return the last of an answer's versions; of two at the same time, the one that was pulled later."""
    placed = enumerate(versions)
    return max(placed, key=lambda pair: (pair[1].again, pair[1].is_deleted, pair[1].at, pair[0]))[1]
