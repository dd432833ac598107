"""Examples to rows of a file format: one key family a file, ``id`` and one nested ``meta`` beside it, never a null.

A null in every row of one split and a text in another would give the splits different types, so what is missing is an
empty text or an empty list. Top-level columns such as ``source`` or ``model`` would make ``datasets`` take the file for
something else; all provenance is inside ``meta``. Texts stay as they are: a chat template is the trainer's, and no
control token is written into a row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from toolkit.examples import Example
from toolkit.workspace import read_jsonl, read_parquet, write_jsonl, write_parquet

if TYPE_CHECKING:
    from datasets import Features

Format = Literal["messages", "prompt-completion", "alpaca", "sharegpt", "openai", "llamafactory", "axolotl", "parquet"]
OWN: Final[tuple[Format, ...]] = ("messages", "prompt-completion")
"""What the toolkit's own ``preflight`` and ``train`` read: one of them is at the top of every dataset."""

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
_PAIRS: Final = {"list": {"list": "string"}}
_CONVERSATIONS: Final = {"list": [{"name": "from", **_TEXT}, {"name": "value", **_TEXT}]}
_SPEAKERS: Final = {"system": "system", "user": "human", "assistant": "gpt"}

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
    """A format: how a row is made, the types of its own columns, and how its files end."""

    row: Callable[[Example], dict[str, Any]]
    columns: Mapping[str, Mapping[str, Any]]
    suffix: Literal[".jsonl", ".parquet"] = ".jsonl"


def _messages(example: Example) -> dict[str, Any]:
    return {"messages": [message.model_dump() for message in example.messages]}


def _prompt_completion(example: Example) -> dict[str, Any]:
    *prompt, answer = (message.model_dump() for message in example.messages)
    return {"prompt": prompt, "completion": [answer]}


def _alpaca(example: Example) -> dict[str, Any]:
    """Return the last question as the instruction, whole: what is a text and what is asked about it is not parted."""
    turns = list(example.messages)
    system = turns.pop(0).content if turns[0].role == "system" else ""
    *earlier, question, answer = (turn.content for turn in turns)
    history = [list(pair) for pair in zip(earlier[::2], earlier[1::2], strict=True)]
    return {"instruction": question, "input": "", "output": answer, "system": system, "history": history}


def _sharegpt(example: Example) -> dict[str, Any]:
    turns = [{"from": _SPEAKERS[message.role], "value": message.content} for message in example.messages]
    return {"conversations": turns}


_CHAT: Final = Shape(_messages, {"messages": _MESSAGES})
_SHAREGPT: Final = Shape(_sharegpt, {"conversations": _CONVERSATIONS})
_ALPACA: Final = dict.fromkeys(("instruction", "input", "output", "system"), _TEXT)

FORMATS: Final[Mapping[Format, Shape]] = {
    "messages": _CHAT,
    "prompt-completion": Shape(_prompt_completion, {"prompt": _MESSAGES, "completion": _MESSAGES}),
    "alpaca": Shape(_alpaca, {**_ALPACA, "history": _PAIRS}),
    "sharegpt": _SHAREGPT,
    "openai": _CHAT,
    # Its formatting "openai" would add a line to every system prompt (0.9.5).
    "llamafactory": _SHAREGPT,
    "axolotl": _CHAT,
    "parquet": _CHAT._replace(suffix=".parquet"),
}


def in_order(to: Sequence[Format]) -> tuple[Format, ...]:
    """Return the formats to write, each once: the first that the toolkit reads itself, ``messages`` by default, leads.

    >>> in_order(["alpaca", "prompt-completion"])
    ('prompt-completion', 'alpaca')
    >>> in_order(["alpaca"])
    ('messages', 'alpaca')
    """
    first = next((name for name in to if name in OWN), OWN[0])
    return tuple(dict.fromkeys((first, *to)))


def file_of(to: Format, part: str, formats: Sequence[Format]) -> str:
    """Return where the rows of a split are, below the dataset's folder: the first format at the top."""
    name = f"{part}{FORMATS[to].suffix}"
    return name if to == formats[0] else f"{to}/{name}"


def row_of(example: Example, to: Format) -> dict[str, Any]:
    """Return an example as a row of a format."""
    meta = {**example.meta, "group": example.group}
    return {"id": example.id, **FORMATS[to].row(example), "meta": {key: meta[key] for key in META}}


def write_rows(path: Path, examples: Sequence[Example], to: Format) -> None:
    """Write the rows of a split."""
    rows = [row_of(example, to) for example in examples]
    if FORMATS[to].suffix == ".parquet":
        write_parquet(path, rows, _arrow(to))
    else:
        write_jsonl(path, rows)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file that ``write_rows`` wrote."""
    yield from read_parquet(path) if path.suffix == ".parquet" else read_jsonl(path)


def features_of(to: Format) -> list[dict[str, Any]]:
    """Return the columns of a format, as ``dataset_info`` in a dataset card writes them."""
    meta = {"struct": [{"name": key, **kind} for key, kind in META.items()]}
    columns = {"id": _TEXT, **FORMATS[to].columns, "meta": meta}
    return [{"name": name, **kind} for name, kind in columns.items()]


def _arrow(to: Format) -> "Features":
    from datasets import Features

    return Features({column["name"]: _feature(column) for column in features_of(to)})


def _feature(kind: Mapping[str, Any] | Sequence[Mapping[str, Any]] | str) -> Any:
    """Return a type of a card as ``datasets`` has it."""
    from datasets import List, Value

    if isinstance(kind, str):
        return Value(kind)
    if not isinstance(kind, Mapping):
        return {part["name"]: _feature(part) for part in kind}
    if "list" in kind:
        return List(_feature(kind["list"]))
    return _feature(kind.get("struct", kind.get("dtype")))
