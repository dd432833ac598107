"""Rounds with annotators whose ways are known, made in memory: honest ones, and one who is not."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from toolkit.annotations import Annotation
from toolkit.noun import content_id
from toolkit.passages import Passage
from toolkit.rounds.answers import Answer, Gold, RoundAnswers
from toolkit.rounds.plan import Plan
from toolkit.schema import Bilingual, Schema, Span, asked, fields_of
from toolkit.tasks import Task, task_for

KINDS = {"payment": 0.5, "delivery": 0.25, "secrecy": 0.15, "law": 0.1}
STARS = (1, 2, 3, 4, 5)


class Clause(Schema):
    """A clause."""

    title = Bilingual("Clause", "条款")
    instruction = Bilingual("Label it.", "请标注。")

    kind: Literal["payment", "delivery", "secrecy", "law"] = asked(
        "Kind", "类型", labels={name: (name, name) for name in KINDS}
    )
    binding: bool = asked("Binding", "有约束力")
    stars: int | None = asked("Stars", "星级", ge=1, le=5)
    marks: list[Span] = asked("Marks", "标记", labels={"party": ("Party", "当事人")})


Value = dict[str, Any]
Way = Callable[[random.Random, Value, int], Value]
"""How somebody answers: chance, what is true, and the number of the answer from 0."""


class Person(NamedTuple):
    """An annotator.

    Attributes:
        way: how answers come about.
        pace: factor on the time that others would take.
        seconds: a fixed time instead.
    """

    way: Way
    pace: float = 1.0
    seconds: float | None = None


def honest(accuracy: float) -> Way:
    """Answer each field rightly with this chance, else at random by the shares of the labels."""
    return lambda draw, true, _number: {
        "kind": true["kind"] if draw.random() < accuracy else draw.choices(list(KINDS), list(KINDS.values()))[0],
        "binding": true["binding"] if draw.random() < accuracy else not true["binding"],
        "stars": min(5, max(1, true["stars"] + (draw.random() > accuracy) * draw.choice([-1, 1]))),
        "marks": [span for span in true["marks"] if draw.random() < accuracy],
    }


def crew(draw: random.Random, size: int = 6) -> dict[str, Person]:
    """Honest annotators of differing accuracy (.8 to .95) and pace."""
    return {
        f"p{number}": Person(honest(draw.uniform(0.8, 0.95)), pace=draw.lognormvariate(0, 0.3))
        for number in range(size)
    }


def simulated(
    draw: random.Random, people: Mapping[str, Person], *, each: int = 300, overlap: int = 3, gold: int = 0
) -> RoundAnswers:
    """Return a round in which everybody answers ``each`` passages and all gold items, in an order of their own."""
    usual = each * len(people) // overlap
    passages = [_passage(draw, number) for number in range(usual + gold)]
    truths = {passage.id: _truth(draw) for passage in passages}
    dealt = _dealt(draw, passages[:usual], sorted(people), overlap)
    answers: dict[str, list[Answer]] = {passage.id: [] for passage in passages}
    tasks: dict[str, list[Task]] = {passage.id: [] for passage in passages}
    for name, person in people.items():
        mine = [*dealt[name], *passages[usual:]]
        draw.shuffle(mine)
        for number, passage in enumerate(mine):
            value = person.way(draw, truths[passage.id], number)
            task = _task(passage, name)
            tasks[passage.id].append(task)
            seconds = person.seconds or _seconds(draw, passage) * person.pace
            answers[passage.id].append(Answer(annotation_of(task, value, number, seconds), value))
    golden = {
        passage.id: Gold(passage, truths[passage.id], tuple(answers.pop(passage.id))) for passage in passages[usual:]
    }
    return round_of(passages[:usual], tasks, answers, golden)


def round_of(
    passages: Sequence[Passage],
    tasks: Mapping[str, Sequence[Task]],
    answers: Mapping[str, Sequence[Answer]],
    gold: Mapping[str, Gold],
) -> RoundAnswers:
    """Return what ``read_round`` would."""
    names = tuple(sorted({task.annotator for of_passage in tasks.values() for task in of_passage}))
    return RoundAnswers(
        plan=Plan(
            name="r",
            schema_name="clause",
            schema_version="1",
            views=("source",),
            annotators=names,
            overlap=1,
            size=None,
        ),
        version="1",
        schema_name="clause",
        model=Clause,
        fields=fields_of(Clause),
        passages={passage.id: passage for passage in passages},
        tasks={id_: given for id_, given in tasks.items() if id_ not in gold},
        answers=answers,
        decisions={},
        repeated=0,
        gold=gold,
    )


def annotation_of(task: Task, value: Value | None, number: int, seconds: float | None) -> Annotation:
    """The person's answer of this number, one a minute; None is a skip."""
    at = f"2026-01-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    return Annotation(
        id=content_id("ann", task.id, at),
        task=task.id,
        passage=task.passage,
        schema_name=task.schema_name,
        schema_version=task.schema_version,
        round=task.round,
        annotator=task.annotator,
        by=f"{task.annotator}@example.org",
        answer=value or {},
        skipped=value is None,
        updated_at=at,
        seconds=seconds,
        server_annotation=number + 1,
    )


def _dealt(
    draw: random.Random, passages: Sequence[Passage], names: Sequence[str], overlap: int
) -> dict[str, list[Passage]]:
    dealt: dict[str, list[Passage]] = {name: [] for name in names}
    for passage in passages:
        order = sorted(names, key=lambda name: (len(dealt[name]), draw.random()))
        for name in order[:overlap]:
            dealt[name].append(passage)
    return dealt


def _passage(draw: random.Random, number: int) -> Passage:
    text = "clause " * max(3, round(draw.lognormvariate(4, 0.6)))
    document = f"doc_{number // 10:04}"
    return Passage(
        id=f"pas_{number:05}",
        document=document,
        start=0,
        end=len(text),
        text=text,
        language="en",
        group=document,
        meta={},
    )


def _truth(draw: random.Random) -> Value:
    spans = [
        {"start": 7 * at, "end": 7 * at + 6, "text": "clause", "label": "party"} for at in range(draw.randrange(3))
    ]
    return {
        "kind": draw.choices(list(KINDS), list(KINDS.values()))[0],
        "binding": draw.random() < 0.9,
        "stars": draw.choice(STARS),
        "marks": spans,
    }


def _seconds(draw: random.Random, passage: Passage) -> float:
    """About 30 seconds, longer for longer passages, with a long tail."""
    return 1.5 * len(passage.text) ** 0.5 * draw.lognormvariate(0, 0.7)


def _task(passage: Passage, name: str) -> Task:
    return task_for(passage, schema_name="clause", schema_version="1", round_name="r", annotator=name)
