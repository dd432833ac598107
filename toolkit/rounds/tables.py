"""A round's report as pandas tables, for notebooks and spreadsheets."""

from typing import TYPE_CHECKING

from toolkit.rounds.reported import RoundReport

if TYPE_CHECKING:
    from pandas import DataFrame


def agreement_table(report: RoundReport) -> "DataFrame":
    """Return one row a field and measure: value, interval, the reason where undefined, and the counts."""
    return _frame(
        [
            {"field": field, "measure": measure, **figure.model_dump()}
            for field, measures in report.fields.items()
            for measure, figure in measures.items()
        ]
    )


def label_table(report: RoundReport) -> "DataFrame":
    """Return one row a field and label: the F1 of the label between pairs of annotators."""
    return _frame(
        [
            {"field": field, "label": label, **figure.model_dump()}
            for field, labels in report.labels.items()
            for label, figure in labels.items()
        ]
    )


def annotator_table(report: RoundReport) -> "DataFrame":
    """Return one row an annotator: counts, median seconds, and agreement with the others on each field."""
    rows = [row.model_dump(exclude={"reliability"}) for row in report.annotators]
    for row, annotator in zip(rows, report.annotators, strict=True):
        row |= {f"agreement:{field}": value for field, value in annotator.reliability.agreement.items()}
    return _frame(rows)


def confusion_table(report: RoundReport) -> "DataFrame":
    """Return one row a pair of labels that were taken for each other, with passages to look at."""
    return _frame(
        [
            {
                "field": one.field,
                "one": one.labels[0],
                "other": one.labels[1],
                "count": one.count,
                "passages": one.passages,
            }
            for one in report.confusions
        ]
    )


def _frame(rows: "list[dict[str, object]]") -> "DataFrame":
    from pandas import DataFrame

    return DataFrame(rows)
