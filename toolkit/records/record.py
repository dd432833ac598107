"""The record: a valid, adjudicated answer about one passage."""

from typing import Any, Literal

from pydantic import Field

from toolkit.noun import Noun


class Record(Noun):
    """A valid answer and the people behind it.

    Attributes:
        id: ``rec_`` and a hash of what it was made from: passage, schema version, the annotations used, resolver.
        answer: field name to value, dumped from an instance of the schema (``mode="json"``). Spans are in code
            points of the passage's text.
        start: the passage's start in the document, so that ``start + span.start`` is the document's offset.
        annotations: the ids of the annotations that it was made from, sorted.
        annotators: their annotators, sorted.
        adjudicator: who decided a disagreement, else None.
        resolution: ``unanimous``; where answers differ ``majority``, ``weighted`` (one field or more by the model of
            annotators) or ``adjudicated``.
        confidence: the fields that a weighted vote decided, each with its value's probability.
        overruled: the differing answers, kept: they become preference pairs.
    """

    id: str
    passage: str
    document: str
    view: Literal["source", "clean", "deid"]
    start: int
    schema_name: str
    schema_version: str
    round: str
    answer: dict[str, Any]
    annotations: tuple[str, ...]
    annotators: tuple[str, ...]
    adjudicator: str | None = None
    resolution: Literal["unanimous", "majority", "weighted", "adjudicated"]
    confidence: dict[str, float] = Field(default_factory=dict)
    overruled: tuple[dict[str, Any], ...] = ()
