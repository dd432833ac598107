"""Which records become examples: each is checked again, against the version that is asked and today's passage."""

from collections.abc import Mapping, Sequence
from typing import Final

from toolkit.catalog import FoundSchema
from toolkit.examples import Example, example_of, is_blank
from toolkit.language import said
from toolkit.noun import Problem, Progress
from toolkit.passages import Passage
from toolkit.records import Record
from toolkit.schema import check_answer, fields_of

STEP: Final = "convert"


def select(
    records: Sequence[Record], passages: Mapping[str, Passage], found: FoundSchema, progress: Progress
) -> tuple[list[Example], list[Problem]]:
    """Return the examples of the records that can be used, and why the others cannot."""
    examples, problems = [], []
    for done, record in enumerate(records, start=1):
        refused = _refusal(record, passages.get(record.passage), found)
        if refused:
            problems.append(refused)
        else:
            examples.append(example_of(record, passages[record.passage], found.model))
        progress(done, len(records), said("making examples", "生成样本"))
    return examples, problems


def _refusal(record: Record, passage: Passage | None, found: FoundSchema) -> Problem | None:
    """Return why a record cannot become a row."""

    def refusal(code: str, what: str, expected: str, hint: str) -> Problem:
        return Problem(code=code, step=STEP, where=record.id, found=what, expected=expected, hint=hint)

    if passage is None or (passage.document, passage.start) != (record.document, record.start):
        return refusal(
            "RECORD-STALE",
            f"the passage {record.passage!r} is no longer there",
            "a passage of today's documents",
            "The document or its segmentation changed: open a round on the new passages.",
        )
    if record.schema_version != found.version:
        return refusal(
            "RECORD-VERSION",
            f"an answer to version {record.schema_version} of the schema",
            f"version {found.version}, which this dataset asks",
            f"toolkit validate --round {record.round} --migrate, or: toolkit convert --schema round:{record.round}",
        )
    if is_blank(record, fields_of(found.model)):
        return refusal(
            "ANSWER-EMPTY", "no field is answered", "at least one answer", "Label the passage again, or skip it."
        )
    checked = check_answer(found.model, record.answer, passage.text)
    if isinstance(checked, tuple):
        fault = checked[0]
        what = f"{fault.field}: {fault.found}" if fault.field else fault.found
        return refusal(
            fault.code,
            what,
            fault.expected,
            f"Run toolkit validate --round {record.round} again.",
        )
    return None
