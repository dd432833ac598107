"""A round's answers as they stand after the last pull, each checked against the round's schema and its passage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.annotations import Annotation
from toolkit.catalog import FoundSchema, find_schema
from toolkit.passages import Passage, load_passages
from toolkit.rounds.plan import Plan, load_annotations, load_plan, load_tasks
from toolkit.schema import Fault, Field, Schema, check_answer, fields_of, migrate
from toolkit.tasks import Task
from toolkit.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's latest answer to one task: valid, invalid or skipped.

    Attributes:
        value: every field of the schema as JSON values; None when the answer is invalid or was skipped.
        faults: what is wrong with it; empty unless it is invalid, or valid as it was asked and not as it is asked now.
        begun: of an answer that could not be migrated, what a person may begin from.
    """

    annotation: Annotation
    value: dict[str, Any] | None
    faults: tuple[Fault, ...] = ()
    begun: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RoundAnswers:
    """What is known of a round.

    Attributes:
        version: the schema's version that the answers are read under: the plan's, or today's when they are migrated.
        schema_name: the schema's name, safe in file names; the plan may know it by its path.
        passages: passage id to passage, for the round's passages that still exist.
        tasks: passage id to the annotators' tasks, in the order of the round.
        answers: passage id to the annotators' answers, sorted by annotator.
        decisions: passage id to the adjudicator's answer.
        repeated: answers that a later one to the same task replaced.
    """

    plan: Plan
    version: str
    schema_name: str
    model: type[Schema]
    fields: tuple[Field, ...]
    passages: Mapping[str, Passage]
    tasks: Mapping[str, Sequence[Task]]
    answers: Mapping[str, Sequence[Answer]]
    decisions: Mapping[str, Answer]
    repeated: int

    def is_open(self, passage: str) -> bool:
        """Return whether somebody has still to answer or skip the passage."""
        answered = {answer.annotation.task for answer in self.answers.get(passage, ())}
        return any(task.id not in answered for task in self.tasks[passage])


def read_round(workspace: Workspace, round_name: str, *, migrated: bool = False) -> RoundAnswers:
    """Return a round's answers, checked.

    Args:
        workspace: where the round is.
        round_name: the round.
        migrated: read them under the schema as its file is today, as far as its declarations lead there.

    Raises:
        ToolkitError: ``SCHEMA-DRIFT`` when the schema that the round kept is not what it asked; what finding the
            round and the schema raise.
    """
    plan = load_plan(workspace, round_name)
    asked = find_schema(f"round:{round_name}", workspace)
    found = find_schema(asked.reference, workspace) if migrated else asked
    tasks: dict[str, list[Task]] = {}
    for task in load_tasks(workspace, round_name):
        if task.role == "annotator":
            tasks.setdefault(task.passage, []).append(task)
    passages = {passage.id: passage for passage in load_passages(workspace) if passage.id in tasks}
    annotations = list(load_annotations(workspace, round_name))
    answers: dict[str, list[Answer]] = {}
    decisions: dict[str, Answer] = {}
    latest = _latest(annotations)
    for annotation in latest:
        if annotation.passage not in passages:
            continue
        answer = _checked(asked, found, annotation, passages[annotation.passage].text)
        if annotation.role == "adjudicator":
            decisions[annotation.passage] = answer
        else:
            answers.setdefault(annotation.passage, []).append(answer)
    for of_passage in answers.values():
        of_passage.sort(key=lambda answer: answer.annotation.annotator)
    return RoundAnswers(
        plan,
        found.version,
        found.name,
        found.model,
        fields_of(found.model),
        passages,
        tasks,
        answers,
        decisions,
        len(annotations) - len(latest),
    )


def _latest(annotations: Iterable[Annotation]) -> list[Annotation]:
    """Return the latest answer to each task, oldest first: of two adjudicators the later one decides."""
    latest: dict[str, Annotation] = {}
    for annotation in sorted(annotations, key=lambda one: (one.updated_at, one.id)):
        latest.pop(annotation.task, None)
        latest[annotation.task] = annotation
    return list(latest.values())


def _checked(asked: FoundSchema, now: FoundSchema, annotation: Annotation, text: str) -> Answer:
    """Check an answer against what was asked; a valid one is carried over to what is asked now."""
    if annotation.skipped:
        return Answer(annotation, None)
    checked = check_answer(asked.model, annotation.answer, text)
    if isinstance(checked, tuple):
        return Answer(annotation, None, checked)
    value = checked.model_dump(mode="json")
    if asked.version == now.version:
        return Answer(annotation, value)
    migrated = migrate(asked.model, now.model, value, text)
    if migrated.faults:
        return Answer(annotation, None, migrated.faults, migrated.answer)
    return Answer(annotation, migrated.answer)
