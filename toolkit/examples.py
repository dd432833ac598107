"""Records to examples: one instruction row each, by the template that the schema declares."""

from typing import Any, Literal

from toolkit.noun import Noun


class Message(Noun):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Example(Noun):
    """One instruction row, independent of any file format.

    Attributes:
        id: ``exa_`` and a hash of record and template version.
        record: the record's id.
        group: rows of one group never cross a split.
        messages: system (optional), user, assistant.
        meta: what leads back: ``record, passage, document, path, pages, span`` (the passage's, in the document),
            ``spans`` (each ``{"field", "label", "start", "end", "text"}`` in code points of the document's view),
            ``schema, schema_version, template, round, annotators, adjudicator, resolution, licence, source,
            language, view``.
    """

    id: str
    record: str
    document: str
    group: str
    messages: tuple[Message, ...]
    meta: dict[str, Any]
