"""Prelabels: every source asked about every passage of a round, its answers checked, one prediction for each task.

Label Studio's labelling stream shows the predictions of one model version alone, so several sources make one
prediction together: each field comes from the first source, in the order in which they were named, that has a sound
value for it. What each of them said is on file in ``prelabels.jsonl``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from toolkit.annotations import write_results
from toolkit.language import said
from toolkit.noun import Problem, Progress, silent
from toolkit.passages import Passage
from toolkit.prelabel.check import checked
from toolkit.prelabel.source import Source
from toolkit.prelabel.store import Row, Store, row_of
from toolkit.schema import Fault, Schema


class Prelabels(NamedTuple):
    """Passage id to the predictions of its tasks, and what was left out."""

    predictions: Mapping[str, Sequence[dict[str, Any]]]
    problems: Sequence[Problem]


def predictions_for(
    sources: Sequence[Source],
    passages: Sequence[Passage],
    model: type[Schema],
    store: Store,
    progress: Progress = silent,
) -> Prelabels:
    """Return the predictions for passages; what was asked before is not asked again.

    Raises:
        ToolkitError: what a source raises when it cannot go on. What was said until then is kept.
    """
    for source in sources:
        _ask(source, [one for one in passages if not store.get(source.mark, one.id)], store, progress)
    store.settle()
    predictions: dict[str, list[dict[str, Any]]] = {}
    problems: list[Problem] = []
    for passage in passages:
        rows = [row for source in sources if (row := store.get(source.mark, passage.id))]
        made, found = _combined(model, passage, rows)
        problems += found
        if made:
            predictions[passage.id] = [made]
    return Prelabels(predictions, problems)


def model_version(marks: Iterable[str]) -> str:
    """Return the model version of a round's predictions: all that made them."""
    return " + ".join(marks)


def _ask(source: Source, passages: Sequence[Passage], store: Store, progress: Progress) -> None:
    for start in range(0, len(passages), source.batch):
        progress(start, len(passages), said("predicting answers", "正在预标注"))
        batch = passages[start : start + source.batch]
        rows: list[Row] = []
        try:
            for passage, given in source.predict(batch):
                rows.append(row_of(source.mark, passage.id, given))
        finally:
            if rows:
                store.add(rows)


def _combined(
    model: type[Schema], passage: Passage, rows: Sequence[Row]
) -> tuple[dict[str, Any] | None, list[Problem]]:
    """Return the prediction of a passage, the first source's values before those of the next."""
    answer: dict[str, Any] = {}
    problems: list[Problem] = []
    scores = []
    for row in rows:
        if row.trouble:
            problems.append(_failed(row))
        sound = checked(model, row.answer or {}, passage.text)
        problems += [_invalid(row, fault) for fault in sound.faults]
        answer = sound.answer | answer
        if sound.answer and row.score is not None:
            scores.append(row.score)
    if len(rows) > 1:  # sound apart, they may still contradict each other
        together = checked(model, answer, passage.text)
        problems += [_invalid(rows[0].model_copy(update={"source": "all together"}), one) for one in together.faults]
        answer = together.answer
    results = write_results(model, answer, passage.text)
    if not results:
        return None, problems
    made = {"model_version": model_version(row.source for row in rows), "result": results}
    return made | ({"score": scores[0]} if len(rows) == 1 and scores else {}), problems


def _invalid(row: Row, fault: Fault) -> Problem:
    where = " · ".join(filter(None, (row.source, row.passage, fault.field)))
    return Problem(
        code="PRELABEL-INVALID",
        step="push",
        where=where,
        found=fault.found,
        expected=fault.expected,
        hint="The field was left out of the prediction; mend what made it, for a round of another name.",
    )


def _failed(row: Row) -> Problem:
    return Problem(
        code="PRELABEL-FAILED",
        step="push",
        where=f"{row.source} · {row.passage}",
        found=row.trouble,
        expected="an answer with a value for some of the fields",
        hint="The task went out without this prediction; mend what makes it, for a round of another name.",
    )
