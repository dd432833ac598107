"""The report of a round: agreement on every field, what each annotator did, who is confused with what, and where.

Only valid answers are compared: a label outside the schema is an error of its own, never one more category. Skipped
answers and fields left open are missing values. Writes ``data/rounds/<round>/report.json``; the page made from it
lies elsewhere.
"""

from collections import Counter
from collections.abc import Sequence

from toolkit.agreement.labels import f1_by_label
from toolkit.agreement.spans import misses
from toolkit.annotations import Annotation
from toolkit.noun import Result
from toolkit.rounds.advice import advise
from toolkit.rounds.answers import RoundAnswers, read_round
from toolkit.rounds.comparison import Row, comparable, measured_form
from toolkit.rounds.confusion import OF_LABELS, confusions, marked_by_label
from toolkit.rounds.disagreement import disagreements
from toolkit.rounds.guideline import passages_to_sharpen
from toolkit.rounds.heat import heat_of
from toolkit.rounds.issued import page_in_force
from toolkit.rounds.measures import measures_for
from toolkit.rounds.overall import overall
from toolkit.rounds.plan import load_annotations, load_tasks
from toolkit.rounds.reliability import reliability
from toolkit.rounds.reported import AnnotatorRow, AskedField, RoundReport
from toolkit.rounds.shares import shares_of
from toolkit.rounds.status import Progressed, progress_of
from toolkit.schema import Field
from toolkit.workspace import Workspace, write_json


def round_report(workspace: Workspace, *, round: str) -> RoundReport:
    """Measure a round's agreement, with intervals, and write its ``report.json``.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, ``SCHEMA-DRIFT``, ``SCHEMA-UNKNOWN``.
    """
    with workspace.lock():
        path = workspace.round(round) / "report.json"
        answers = read_round(workspace, round)
        people = progress_of(list(load_tasks(workspace, round)), load_annotations(workspace, round))
        page = page_in_force(workspace, answers.plan).text if answers.plan.guideline else ""
        report = _report(answers, people, page, path.relative_to(workspace.root).as_posix())
        # What the run found or changed is no part of the file: a rerun writes the same bytes.
        changed = write_json(path, report.model_dump(mode="json", exclude=set(Result.model_fields)))
    return report.model_copy(update={"changed": changed})


def rows_of(answers: RoundAnswers, field: Field) -> list[Row]:
    """Return the valid values of a field in the form in which they are compared."""
    rows = []
    for passage, of_passage in answers.answers.items():
        for answer in of_passage:
            value = measured_form(field, answer.value[field.name]) if answer.value is not None else None
            if value is not None:
                document = answers.passages[passage].document
                rows.append(Row(document, passage, answer.annotation.annotator, value))
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


def _report(answers: RoundAnswers, people: Sequence[Progressed], page: str, path: str) -> RoundReport:
    plan, fields = answers.plan, answers.fields
    rows = {field.name: rows_of(answers, field) for field in fields}
    texts = {name: passage.text for name, passage in answers.passages.items()}
    marked = {field.name: marked_by_label(field, rows[field.name]) for field in fields if field.kind in OF_LABELS}
    about = {f"{f.name}.{one.name}": (one, rows_about(answers, f, one)) for f in fields for one in f.attributes}
    asked = {f.name: f for f in fields} | {name: one for name, (one, _) in about.items()}
    measured = rows | {name: found for name, (_, found) in about.items()}
    given = [answer for of_passage in answers.answers.values() for answer in of_passage]
    skipped = sum(answer.annotation.skipped for answer in given)
    differing = sorted(disagreements(_valid(answers), fields), key=lambda one: (one.agreeing, one.passage))
    confused = confusions(fields, rows)
    report = RoundReport(
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
        open=sum(person.open for person in people if person.role == "annotator"),
        repeated=answers.repeated,
        gold=len(answers.gold),
        guideline=plan.guideline,
        asked={name: _asked(field) for name, field in asked.items()},
        overall=overall(answers, rows),
        fields={
            name: {measure: of(measured[name]) for measure, of in measures_for(f, texts).items()}
            for name, f in asked.items()
        },
        labels={name: f1_by_label(found) for name, found in marked.items()},
        misses={field.name: misses(marked[field.name]) for field in fields if field.kind == "spans"},
        annotators=_annotators(answers, people),
        confusions=confused,
        sharpen=passages_to_sharpen(confused, page, fields) if page else (),
        disagreements=tuple(differing),
        decided=sum(answers.is_decided(one.passage) for one in differing),
        unfinished=sum(answers.is_open(one.passage) and not answers.is_decided(one.passage) for one in differing),
        shares={f.name: shares_of(f, rows[f.name]) for f in fields if f.kind in OF_LABELS},
        heat={f.name: heat for f in fields if (heat := heat_of(f, rows[f.name]))},
        report=path,
    )
    return report.model_copy(update={"advice": advise(report)})


def _asked(field: Field) -> AskedField:
    labels = {label.value: (label.title.en, label.title.zh) for label in field.labels}
    return AskedField(kind=field.kind, title_en=field.title.en, title_zh=field.title.zh, labels=labels)


def _valid(answers: RoundAnswers) -> list[Annotation]:
    return [answer.annotation for found in answers.answers.values() for answer in found if answer.value is not None]


def _annotators(answers: RoundAnswers, people: Sequence[Progressed]) -> tuple[AnnotatorRow, ...]:
    given = [answer for of_passage in answers.answers.values() for answer in of_passage]
    given += [answer for item in answers.gold.values() for answer in item.given]
    invalid = Counter(answer.annotation.annotator for answer in given if answer.faults)
    of = {one.annotator: one for one in reliability(answers)}
    return tuple(
        AnnotatorRow(**person.model_dump(), invalid=invalid[person.annotator], reliability=of[person.annotator])
        for person in people
        if person.role == "annotator"
    )
