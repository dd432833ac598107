"""The task: one item in Label Studio, a passage under a schema for one annotator in a round."""

from typing import Literal

from toolkit.noun import Noun, content_id
from toolkit.passages import Passage

Role = Literal["annotator", "adjudicator"]


class Task(Noun):
    """One item in Label Studio.

    Attributes:
        id: ``tsk_`` and a hash of passage, schema version, round, annotator and role; it travels in the task's data
            as ``task_id`` and is the key by which the server's items are known again.
        role: ``annotator``, or ``adjudicator`` for a disagreement that one person decides.
    """

    id: str
    passage: str
    schema_name: str
    schema_version: str
    round: str
    annotator: str
    role: Role = "annotator"


def task_for(
    passage: Passage,
    *,
    schema_name: str,
    schema_version: str,
    round_name: str,
    annotator: str,
    role: Role = "annotator",
) -> Task:
    """Return the task of a passage for one annotator; the same arguments give the same identity."""
    return Task(
        id=content_id("tsk", passage.id, schema_version, round_name, annotator, role),
        passage=passage.id,
        schema_name=schema_name,
        schema_version=schema_version,
        round=round_name,
        annotator=annotator,
        role=role,
    )
