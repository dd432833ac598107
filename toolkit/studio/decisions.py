"""Decisions that an adjudicator gives in a terminal: versions of an answer, beside those that come from servers.

Each is in the ledger, and in the round's annotations, before the next key is read. A pull reads them like any other
version and takes none away: no server ever listed them. Of a decision here and one on the server the later counts.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from toolkit.annotations import write_results
from toolkit.passages import Passage
from toolkit.rounds.plan import load_annotations, load_tasks
from toolkit.studio.pulled import Round, people_known, read_round_answers, round_of
from toolkit.studio.reading import read_versions
from toolkit.studio.versions import TERMINAL, History, Version, moment, raw_of, tombstone
from toolkit.tasks import Task
from toolkit.workspace import Workspace, failpoint, write_jsonl


class Decisions:
    """What one person decides about a round's passages in a terminal; each call is one durable step."""

    def __init__(self, workspace: Workspace, round_name: str) -> None:
        """Read what is on file, and bring the round's annotations up to it: a kill may have come in between.

        Raises:
            ToolkitError: ``ROUND-UNKNOWN``, ``SCHEMA-DRIFT``; ``LOCKED``.
        """
        self._workspace, self._round = workspace, round_name
        self.bring_up()
        self._read()

    def bring_up(self) -> None:
        """Bring the round's annotations, and the problems with them, up to what is on file.

        Raises:
            ToolkitError: ``LOCKED``, ``IO-FULL``.
        """
        with self._workspace.lock():
            read_round_answers(self._workspace, self._of())

    def given(self, task: Task) -> Version | None:
        """Return the decision about a task that was given in a terminal and stands."""
        version = self._history.current().get((task.id, TERMINAL))
        return None if version is None or version.is_deleted else version

    def keep(self, task: Task, passage: Passage, value: Mapping[str, Any] | None, reason: str | None) -> None:
        """Keep a decision.

        Args:
            task: the adjudicator's task.
            passage: what it is about.
            value: a valid answer; None: the passage is of no use.
            reason: why, in the adjudicator's words.

        Raises:
            ToolkitError: ``LOCKED`` while another run holds the workspace, ``IO-FULL``; nothing is kept then.
        """
        results = [] if value is None else write_results(self._model, value, passage.text)
        self._add(task, passage, {"result": results, "was_cancelled": value is None}, reason)

    def put_back(self, task: Task, passage: Passage, before: Version | None) -> None:
        """Let an earlier decision of the terminal stand again; None: there was none, and a server's counts, if any.

        Raises:
            ToolkitError: as ``keep``.
        """
        if before is not None:
            self._add(task, passage, before.raw, before.raw.get("reason"))
            return
        with self._workspace.lock():
            self._read_if_changed()
            gone = tombstone(task.id, TERMINAL, self._now(task))
            self._store(task, passage, self._history.add_from_server((), [gone]))

    def _add(self, task: Task, passage: Passage, raw: Mapping[str, Any], reason: str | None) -> None:
        with self._workspace.lock():
            self._read_if_changed()
            told = {"id": TERMINAL, "completed_by": task.annotator, "updated_at": self._now(task)}
            kept = raw_of({**raw, **told}) | ({"reason": reason} if reason else {})
            self._store(task, passage, self._history.add_from_server([Version(task.id, kept)]))

    def _store(self, task: Task, passage: Passage, fresh: Sequence[Version]) -> None:
        try:
            with self._workspace.ledger.transaction() as connection:
                connection.executemany("INSERT INTO pulled VALUES (?, ?, ?, ?, ?, ?, ?)", self._history.rows(fresh))
        except BaseException:
            self._read()  # what did not reach the disk was not decided
            raise
        failpoint("decided")
        current = {answer: one for answer, one in self._history.current().items() if answer[0] == task.id}
        people = people_known(self._workspace, self._round)
        read = read_versions(self._model, {task.id: task}, {passage.id: passage}, current, people)
        self._rows[task.id] = [annotation.model_dump(mode="json") for annotation in read.annotations]
        rows = [row for of_task in self._rows.values() for row in of_task]
        write_jsonl(self._workspace.round(self._round) / "annotations.jsonl", rows)

    def _now(self, task: Task) -> str:
        """Return a time after all that is on file about the passage: who decides has seen it, whatever clocks say."""
        about = {one.id for one in self._tasks.values() if one.passage == task.passage}
        seen = [version.at for version in self._history.current().values() if version.task in about]
        after = [datetime.fromisoformat(at) + timedelta(microseconds=1) for at in seen if _is_time(at)]
        return moment(max([*after, datetime.now(UTC)]).isoformat())

    def _of(self) -> Round:
        return round_of(self._workspace, self._round)

    def _read(self) -> None:
        of = self._of()
        self._model, self._tasks = of.model, of.tasks
        self._history = History(self._workspace, self._round)
        self._rows: dict[str, list[dict[str, Any]]] = {task.id: [] for task in load_tasks(self._workspace, self._round)}
        for annotation in load_annotations(self._workspace, self._round):
            self._rows.setdefault(annotation.task, []).append(annotation.model_dump(mode="json"))
        self._seen = self._ledger_version()

    def _read_if_changed(self) -> None:
        """Read again when another run, such as a pull, has written meanwhile."""
        if self._ledger_version() != self._seen:
            self._read()

    def _ledger_version(self) -> int:
        """Return a number that changes when another connection has written to the ledger."""
        return int(self._workspace.ledger.query("PRAGMA data_version")[0][0])


def _is_time(at: str) -> bool:
    try:
        return datetime.fromisoformat(at).tzinfo is not None
    except ValueError:
        return False
