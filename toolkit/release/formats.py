"""Examples to rows of a file format: one key family a file, ``id`` and one nested ``meta`` beside it, never a null.

A null in every row of one split and a text in another would give the splits different types, so what is missing is an
empty text or an empty list. Top-level columns such as ``source`` or ``model`` would make ``datasets`` take the file for
something else; all provenance is inside ``meta``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from toolkit.examples import Example

Format = Literal["messages", "prompt-completion"]

_TEXT: Final = {"dtype": "string"}
_NUMBER: Final = {"dtype": "int64"}
_MESSAGES: Final = {"list": [{"name": "role", **_TEXT}, {"name": "content", **_TEXT}]}
_SPANS: Final = {
    "list": [
        {"name": "field", **_TEXT},
        {"name": "label", **_TEXT},
        {"name": "start", **_NUMBER},
        {"name": "end", **_NUMBER},
        {"name": "text", **_TEXT},
    ]
}
_TEXTS: Final = {"list": "string"}
_NUMBERS: Final = {"list": "int64"}

META: Final[Mapping[str, Mapping[str, Any]]] = {
    "record": _TEXT,
    "passage": _TEXT,
    "document": _TEXT,
    "group": _TEXT,
    "path": _TEXT,
    "pages": _NUMBERS,
    "span": _NUMBERS,
    "spans": _SPANS,
    "schema": _TEXT,
    "schema_version": _TEXT,
    "template": _TEXT,
    "round": _TEXT,
    "annotators": _TEXTS,
    "adjudicator": _TEXT,
    "resolution": _TEXT,
    "licence": _TEXT,
    "source": _TEXT,
    "language": _TEXT,
    "view": _TEXT,
}
"""The keys of ``meta``, in order, with their types as a dataset card writes them."""


class Shape(NamedTuple):
    """A format: how a row is made, and the types of its own columns."""

    row: Callable[[Example], dict[str, Any]]
    columns: Mapping[str, Mapping[str, Any]]


def _messages(example: Example) -> dict[str, Any]:
    return {"messages": [message.model_dump() for message in example.messages]}


def _prompt_completion(example: Example) -> dict[str, Any]:
    *prompt, answer = (message.model_dump() for message in example.messages)
    return {"prompt": prompt, "completion": [answer]}


FORMATS: Final[Mapping[Format, Shape]] = {
    "messages": Shape(_messages, {"messages": _MESSAGES}),
    "prompt-completion": Shape(_prompt_completion, {"prompt": _MESSAGES, "completion": _MESSAGES}),
}


def row_of(example: Example, to: Format) -> dict[str, Any]:
    """Return an example as a row of a format."""
    meta = {**example.meta, "group": example.group}
    return {"id": example.id, **FORMATS[to].row(example), "meta": {key: meta[key] for key in META}}


def features_of(to: Format) -> list[dict[str, Any]]:
    """Return the columns of a format, as ``dataset_info`` in a dataset card writes them."""
    meta = {"struct": [{"name": key, **kind} for key, kind in META.items()]}
    columns = {"id": _TEXT, **FORMATS[to].columns, "meta": meta}
    return [{"name": name, **kind} for name, kind in columns.items()]
