"""The annotation: one annotator's raw answer to one task. Every pulled version is kept."""

from typing import Any

from toolkit.annotations.repair import Note
from toolkit.noun import Noun
from toolkit.tasks import Role


class Annotation(Noun):
    """The latest pulled version of one person's answer to one task; a task may have several people's.

    Attributes:
        id: ``ann_`` and the version's hash: task, the server's number, time and result.
        by: the e-mail of the Label Studio account that submitted it; a name where it was given in a terminal.
        answer: field name to value, as read from the results by the schema's controls; not yet validated.
            Spans are ``{"start", "end", "text", "label"}`` in code points of the passage's text.
        skipped: the annotator pressed *skip*; the answer is a missing value, never the class "empty".
        updated_at: the server's time, ISO 8601.
        seconds: lead time as the server measured it, or None.
        server_annotation: the server's number for it; never an identity. 0: given in a terminal.
        notes: what was put right in its results, and by which hypothesis.
        reason: why an adjudicator decided so, where a reason was given.
    """

    id: str
    task: str
    passage: str
    schema_name: str
    schema_version: str
    round: str
    annotator: str
    role: Role = "annotator"
    by: str
    answer: dict[str, Any]
    skipped: bool = False
    updated_at: str
    seconds: float | None = None
    server_annotation: int
    notes: tuple[Note, ...] = ()
    reason: str | None = None
