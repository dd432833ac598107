"""Current versions to annotations: read by the round's schema against the passages, with what could not be read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.annotations import Annotation, Reading, read_results
from toolkit.noun import Problem, content_id
from toolkit.passages import Passage
from toolkit.schema import Schema
from toolkit.studio.versions import TERMINAL, Version
from toolkit.tasks import Task

STEP: Final = "pull"
_HINT: Final = "Open the task in Label Studio, mend the answer and submit it again; then pull once more."


class Answers(NamedTuple):
    """What a round's versions say.

    Attributes:
        annotations: the answers that count, in the order of the tasks, several of one task by time.
        readings: how each was read, in the same order.
        deleted: tasks without an answer that had one.
        results: how many results the answers hold: ``read + refused + of_skips``.
        of_skips: those of answers that were skipped, which count for nothing.
        problems: what could not be read, and what about the answers somebody has to look at.
    """

    annotations: list[Annotation]
    readings: list[Reading]
    deleted: int
    problems: list[Problem]
    results: int
    of_skips: int

    @property
    def refused(self) -> int:
        """How many results are no part of an answer; each has a problem of its own."""
        return sum(fault.code != "RESULT-TWICE" for reading in self.readings for fault in reading.faults)

    @property
    def read(self) -> int:
        """How many results were read into answers."""
        return self.results - self.refused - self.of_skips


def read_versions(
    model: type[Schema],
    tasks: Mapping[str, Task],
    passages: Mapping[str, Passage],
    current: Mapping[tuple[str, int], Version],
    people: Mapping[int, str],
) -> Answers:
    """Return the answers of a round.

    Args:
        model: the round's schema.
        tasks: the round's tasks by id, in their order.
        passages: their passages by id.
        current: the version that counts of each answer, tombstones included.
        people: account number to e-mail.
    """
    by_task: dict[str, list[Version]] = {}
    for version in sorted(current.values(), key=lambda one: (one.at, one.number)):
        by_task.setdefault(version.task, []).append(version)
    found = Answers([], [], 0, [], 0, 0)
    deleted = results = of_skips = 0
    for task in tasks.values():
        versions = by_task.get(task.id, [])
        standing = [version for version in versions if not version.is_deleted]
        if task.passage not in passages:
            found.problems.extend([_passage_gone(task)] if standing else [])
            continue
        for version in standing:
            given, skipped = version.raw["result"], version.raw["was_cancelled"]
            reading = read_results(model, [] if skipped else given, passages[task.passage].text)
            results, of_skips = results + len(given), of_skips + (len(given) if skipped else 0)
            found.annotations.append(_annotation(task, version, reading, people))
            found.readings.append(reading)
            found.problems.extend(_faults(task, reading))
        if not standing and any(version.number != TERMINAL for version in versions):
            deleted += 1
            found.problems.append(_gone(task))
        found.problems.extend(_several(task, found.annotations[len(found.annotations) - len(standing) :]))
    return found._replace(deleted=deleted, results=results, of_skips=of_skips)


def name_of(completed_by: Any, people: Mapping[int, str]) -> str:
    """Return who submitted an answer: exports give a number, an object with the e-mail, or nothing."""
    if isinstance(completed_by, Mapping):
        email = completed_by.get("email")
        return str(email) if email else name_of(completed_by.get("id"), people)
    if type(completed_by) is int:
        return people.get(completed_by, f"user {completed_by}")
    return str(completed_by) if completed_by else "unknown"


def _annotation(task: Task, version: Version, reading: Reading, people: Mapping[int, str]) -> Annotation:
    raw = version.raw
    seconds = raw["lead_time"]
    return Annotation(
        id=content_id("ann", version.hash),
        task=task.id,
        passage=task.passage,
        schema_name=task.schema_name,
        schema_version=task.schema_version,
        round=task.round,
        annotator=task.annotator,
        role=task.role,
        by=name_of(raw["completed_by"], people),
        answer=reading.answer,
        skipped=bool(raw["was_cancelled"]),
        updated_at=version.at,
        seconds=seconds if isinstance(seconds, int | float) else None,
        reason=raw.get("reason"),
        server_annotation=version.number,
        notes=reading.notes,
    )


def _where(task: Task) -> str:
    return f"task {task.id}, {task.annotator}"


def _faults(task: Task, reading: Reading) -> Iterator[Problem]:
    for fault in reading.faults:
        where = _where(task) + (f", field {fault.field}" if fault.field else "")
        yield Problem(code=fault.code, step=STEP, where=where, found=fault.found, expected=fault.expected, hint=_HINT)


def _several(task: Task, annotations: Sequence[Annotation]) -> Iterator[Problem]:
    """Tell when more than one person has answered a task: the latest answer counts, and it may be a stranger's.

    Who decides in the terminal and in the browser has a name here and an e-mail there, and is one person.
    """
    people = sorted({annotation.by for annotation in annotations if annotation.server_annotation != TERMINAL})
    if len(people) > 1:
        yield Problem(
            code="LS-SEVERAL",
            step=STEP,
            where=_where(task),
            found=f"answers by {len(people)} people; the latest counts, by {annotations[-1].by}",
            expected=f"answers by {task.annotator} alone",
            hint="All are kept. In Label Studio, delete those that are not to count; then pull once more.",
        )


def _gone(task: Task) -> Problem:
    return Problem(
        code="LS-DELETED",
        step=STEP,
        where=_where(task),
        found="an answer that was pulled is deleted on the server",
        expected="an answer",
        hint="Every version that was pulled is kept, and the task is open again: answer it in Label Studio.",
    )


def _passage_gone(task: Task) -> Problem:
    return Problem(
        code="PASSAGE-GONE",
        step=STEP,
        where=_where(task),
        found=f"an answer about {task.passage}, which is gone",
        expected="the passage as it was pushed",
        hint="Ingest and segment the document as it was when the round was pushed; then pull once more.",
    )
