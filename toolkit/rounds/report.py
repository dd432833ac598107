"""The report of a round: agreement on every field, what each annotator did, who is confused with what, and where.

Only valid answers are compared: a label outside the schema is an error of its own, never one more category. Skipped
answers and fields left open are missing values. Writes ``data/rounds/<round>/report.json``; the page made from it
lies elsewhere.
"""

from collections.abc import Mapping, Sequence

from toolkit.agreement.resampling import Measured
from toolkit.agreement.spans import Misses, f1_exact, labels_in, misses, only
from toolkit.annotations import Annotation
from toolkit.noun import Noun, Result
from toolkit.rounds.answers import RoundAnswers, read_round
from toolkit.rounds.comparison import MEASURES, Row, comparable, place_alone
from toolkit.rounds.confusion import LABELLED, Confusion, confusions, marked_by_label, with_others
from toolkit.rounds.disagreement import Disagreement, disagreements
from toolkit.rounds.status import Progressed, progress_of
from toolkit.schema import Field, Kind
from toolkit.workspace import Workspace, write_json


class AnnotatorRow(Progressed):
    """One annotator: what became of the tasks, and how far the answers are those of the others.

    Attributes:
        invalid: answers that the schema refuses; among ``answered``.
        agreement: field to the mean agreement with others on the same passages: the share of equal values, for spans
            exact F1. None where there is nothing to compare.
    """

    invalid: int
    agreement: dict[str, float | None]


class AskedField(Noun):
    """A field of the round's schema, as a reader of the report wants to see it."""

    kind: Kind
    title_en: str
    title_zh: str


class RoundReport(Result):
    """What a round's answers say about each other.

    Attributes:
        passages: how many passages the round asks about; ``compared`` of them have two valid answers or more.
        gone: passages that no longer exist; their answers are left out.
        answers: answers given; ``invalid`` of them are refused by the schema, ``skipped`` are apart.
        repeated: answers that the same person replaced by a later one.
        asked: the schema's fields.
        fields: field to measure to figure, the telling measure first.
        labels: for choices and spans, field to label to the F1 of that label between pairs of annotators (for
            choices it is known as specific agreement). A low one points at the guideline.
        misses: for spans, how spans found no equal.
        annotators: one row each, by name.
        confusions: pairs of labels given to the same thing, the most frequent first.
        disagreements: every passage whose answers differ, with the differing values.
        report: the file, relative to the workspace.
    """

    round: str
    schema_name: str
    schema_version: str
    overlap: int
    passages: int
    compared: int
    gone: int
    answers: int
    invalid: int
    skipped: int
    open: int
    repeated: int
    asked: dict[str, AskedField]
    fields: dict[str, dict[str, Measured]]
    labels: dict[str, dict[str, Measured]]
    misses: dict[str, Misses]
    annotators: tuple[AnnotatorRow, ...]
    confusions: tuple[Confusion, ...]
    disagreements: tuple[Disagreement, ...]
    report: str


def round_report(workspace: Workspace, *, round: str) -> RoundReport:
    """Measure a round's agreement, with intervals, and write its ``report.json``.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, ``SCHEMA-DRIFT``, ``SCHEMA-UNKNOWN``.
    """
    with workspace.lock():
        path = workspace.round(round) / "report.json"
        report = _report(read_round(workspace, round), path.relative_to(workspace.root).as_posix())
        # What the run found or changed is no part of the file: a rerun writes the same bytes.
        changed = write_json(path, report.model_dump(mode="json", exclude=set(Result.model_fields)))
    return report.model_copy(update={"changed": changed})


def rows_of(answers: RoundAnswers, field: Field) -> list[Row]:
    """Return the valid values of a field in the form in which they are compared."""
    rows = []
    for passage, of_passage in answers.answers.items():
        for answer in of_passage:
            value = comparable(field, answer.value[field.name]) if answer.value is not None else None
            if value is not None:
                document = answers.passages[passage].document
                measured = place_alone(value) if field.kind == "spans" else value
                rows.append(Row(document, passage, answer.annotation.annotator, measured))
    return rows


def rows_about(answers: RoundAnswers, field: Field, attribute: Field) -> list[Row]:
    """Return what was answered about each span; a unit is one labelled span of one passage."""
    rows = []
    for passage, of_passage in answers.answers.items():
        for answer in of_passage:
            for span in answer.value[field.name] if answer.value is not None else ():
                value = comparable(attribute, span.get(attribute.name))
                if value is not None:
                    unit = f"{passage} {span['start']}:{span['end']} {span['label']}"
                    document = answers.passages[passage].document
                    rows.append(Row(document, unit, answer.annotation.annotator, value))
    return rows


def _report(answers: RoundAnswers, path: str) -> RoundReport:
    plan, fields = answers.plan, answers.fields
    rows = {field.name: rows_of(answers, field) for field in fields}
    marked = {field.name: marked_by_label(field, rows[field.name]) for field in fields if field.kind in LABELLED}
    about = {f"{f.name}.{one.name}": (one, rows_about(answers, f, one)) for f in fields for one in f.attributes}
    asked = {f.name: f for f in fields} | {name: one for name, (one, _) in about.items()}
    measured = rows | {name: found for name, (_, found) in about.items()}
    given = [answer for of_passage in answers.answers.values() for answer in of_passage]
    skipped = sum(answer.annotation.skipped for answer in given)
    return RoundReport(
        round=plan.name,
        schema_name=answers.schema_name,
        schema_version=plan.schema_version,
        overlap=plan.overlap,
        passages=len(answers.tasks),
        compared=sum(len([a for a in found if a.value is not None]) > 1 for found in answers.answers.values()),
        gone=len(answers.tasks) - len(answers.passages),
        answers=len(given) - skipped,
        invalid=sum(bool(answer.faults) for answer in given),
        skipped=skipped,
        open=sum(len(tasks) for tasks in answers.tasks.values()) - len(given),
        repeated=answers.repeated,
        asked={name: AskedField(kind=f.kind, title_en=f.title.en, title_zh=f.title.zh) for name, f in asked.items()},
        fields={
            name: {measure: of(measured[name]) for measure, of in MEASURES[f.kind].items()} for name, f in asked.items()
        },
        labels={
            name: {label: f1_exact(only(found, label)) for label in labels_in(found)} for name, found in marked.items()
        },
        misses={field.name: misses(marked[field.name]) for field in fields if field.kind == "spans"},
        annotators=_annotators(answers, rows),
        confusions=confusions(fields, rows),
        disagreements=disagreements(_valid(answers), fields),
        report=path,
    )


def _valid(answers: RoundAnswers) -> list[Annotation]:
    return [answer.annotation for found in answers.answers.values() for answer in found if answer.value is not None]


def _annotators(answers: RoundAnswers, rows: Mapping[str, Sequence[Row]]) -> tuple[AnnotatorRow, ...]:
    given = [answer for of_passage in answers.answers.values() for answer in of_passage]
    tasks = [task for of_passage in answers.tasks.values() for task in of_passage]
    invalid = [answer.annotation.annotator for answer in given if answer.faults]
    return tuple(
        AnnotatorRow(
            **progress.model_dump(),
            invalid=invalid.count(progress.annotator),
            agreement={
                field.name: with_others(field, rows[field.name], progress.annotator) for field in answers.fields
            },
        )
        for progress in progress_of(tasks, [answer.annotation for answer in given])
    )
