"""A round's answers as they stand after the last pull, each checked against the round's schema and its passage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.annotations import Annotation
from toolkit.catalog import FoundSchema, find_schema
from toolkit.passages import Passage, load_passages
from toolkit.rounds.gold import load_gold
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
class Gold:
    """A gold item: what is right, and what the annotators said.

    Attributes:
        answer: every field of the schema as JSON values, under the version that the answers are read under.
        given: their answers, sorted by annotator; skipped and invalid ones too.
    """

    passage: Passage
    answer: dict[str, Any]
    given: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class RoundAnswers:
    """What is known of a round. Gold items are apart: they test annotators and become no records.

    Attributes:
        version: the schema's version that the answers are read under: the plan's, or today's when they are migrated.
        schema_name: the schema's name, safe in file names; the plan may know it by its path.
        passages: passage id to passage, for the round's passages that still exist.
        tasks: passage id to the annotators' tasks, in the order of the round.
        answers: passage id to the annotators' answers, sorted by annotator.
        decisions: passage id to the adjudicator's answer.
        repeated: answers that a later one to the same task replaced.
        gold: passage id to gold item, for those whose passage still exists.
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
    gold: Mapping[str, Gold]

    def is_open(self, passage: str) -> bool:
        """Return whether somebody has still to answer or skip the passage."""
        answered = {answer.annotation.task for answer in self.answers.get(passage, ())}
        return any(task.id not in answered for task in self.tasks[passage])

    def is_decided(self, passage: str) -> bool:
        """Return whether an adjudicator has decided: by a valid answer, or by a skip, since then it is of no use."""
        return passage in self.decisions and not self.decisions[passage].faults


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
    right = load_gold(workspace, round_name)
    tasks: dict[str, list[Task]] = {}
    for task in load_tasks(workspace, round_name):
        if task.role == "annotator":
            tasks.setdefault(task.passage, []).append(task)
    passages = {passage.id: passage for passage in load_passages(workspace) if passage.id in tasks}
    annotations = list(load_annotations(workspace, round_name))
    latest = _latest(annotations)
    read = [
        _checked(asked, found, annotation, passages[annotation.passage].text)
        for annotation in latest
        if annotation.passage in passages
    ]
    answers = _by_passage(answer for answer in read if answer.annotation.role == "annotator")
    return RoundAnswers(
        plan=plan,
        version=found.version,
        schema_name=found.name,
        model=found.model,
        fields=fields_of(found.model),
        passages={id_: passage for id_, passage in passages.items() if id_ not in right},
        tasks={id_: of_passage for id_, of_passage in tasks.items() if id_ not in right},
        answers={id_: given for id_, given in answers.items() if id_ not in right},
        decisions={one.annotation.passage: one for one in read if one.annotation.role == "adjudicator"},
        repeated=len(annotations) - len(latest),
        gold=_gold(asked, found, right, passages, answers),
    )


def _by_passage(answers: Iterable[Answer]) -> dict[str, list[Answer]]:
    by_passage: dict[str, list[Answer]] = {}
    for answer in answers:
        by_passage.setdefault(answer.annotation.passage, []).append(answer)
    for of_passage in by_passage.values():
        of_passage.sort(key=lambda answer: answer.annotation.annotator)
    return by_passage


def _gold(
    asked: FoundSchema,
    now: FoundSchema,
    right: Mapping[str, dict[str, Any]],
    passages: Mapping[str, Passage],
    answers: Mapping[str, Sequence[Answer]],
) -> dict[str, Gold]:
    """Return the gold items; one whose right answer does not carry over to what is asked now is left out."""
    gold = {}
    for id_, answer in right.items():
        if id_ not in passages:
            continue
        passage, value = passages[id_], answer
        if asked.version != now.version:
            migrated = migrate(asked.model, now.model, answer, passage.text)
            if migrated.faults:
                continue
            value = migrated.answer
        gold[id_] = Gold(passage, value, tuple(answers.get(id_, ())))
    return gold


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
