"""Passages on disk: one Parquet shard for each shard of documents, under the same name, written as they come.

Each shard knows what it was made from, in its Parquet metadata, so that it need not be made again.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from toolkit.passages.passage import Passage
from toolkit.workspace import Workspace, read_jsonl, write_bytes

if TYPE_CHECKING:
    from datasets import Features

_MADE: Final = b"toolkit.made"
IMPORTED: Final = "passages.jsonl"
"""The file of a round that was made from an export: passages that no document of the workspace holds."""
_ROWS: Final = 1000
"""Rows that are held in memory at a time, and of a row group."""


class Made(NamedTuple):
    """What a shard of passages was made from.

    Attributes:
        fingerprint: a digest of the documents and the options.
        documents: how many documents, held ones included.
        held: code and path of each document that gave no passages because it is held.
    """

    fingerprint: str
    documents: int
    held: tuple[tuple[str, str], ...]


class Stored(NamedTuple):
    """A shard of passages that is on disk."""

    passages: int
    made: Made


def load_passages(workspace: Workspace, *, imported: bool = True) -> Iterator[Passage]:
    """Yield the passages by shard, document and place, then those that came with answers from elsewhere.

    Args:
        workspace: where they are; none when nothing was segmented.
        imported: the latter too. They can be answered for and learned from, but are no part of the corpus.
    """
    from pyarrow import parquet

    for path in sorted(workspace.passages.glob("*.parquet")):
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_ROWS):
                yield from map(_passage, batch.to_pylist())
    if imported:
        yield from imported_passages(workspace)


def imported_passages(workspace: Workspace, round_name: str = "*") -> Iterator[Passage]:
    """Yield the passages that came with the answers of a round, or of all rounds, each once."""
    seen: set[str] = set()
    for file in sorted((workspace.data / "rounds").glob(f"{round_name}/{IMPORTED}")):
        for row in read_jsonl(file):
            if row["id"] not in seen:
                seen.add(row["id"])
                yield Passage.model_validate(row)


def stored(workspace: Workspace, shard: str) -> Stored | None:
    """Return what a shard holds and was made from, or None when it is not there or cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.read_metadata(workspace.passages / shard)
        fingerprint, documents, held = json.loads(found.metadata[_MADE])
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None
    return Stored(found.num_rows, Made(fingerprint, documents, tuple((code, path) for code, path in held)))


def put_shard(workspace: Workspace, shard: str, passages: Iterable[Passage], made: Callable[[], Made]) -> bool:
    """Write a shard whole or not at all; return whether it changed.

    Args:
        workspace: where it goes.
        shard: its file name, that of the shard of documents.
        passages: consumed as a stream; only the compressed file is held in memory.
        made: asked when all passages have come.
    """
    import pyarrow as pa
    from pyarrow import parquet

    schema = _features().arrow_schema
    buffer = io.BytesIO()
    rows = map(_row, passages)
    with parquet.ParquetWriter(buffer, schema) as writer:
        while batch := list(islice(rows, _ROWS)):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
        writer.add_key_value_metadata({_MADE: json.dumps(made(), ensure_ascii=False).encode()})
    return write_bytes(workspace.passages / shard, buffer.getvalue())


def remove_others(workspace: Workspace, shards: Iterable[str]) -> bool:
    """Remove the shards whose documents are gone; return whether there were any."""
    gone = sorted({path.name for path in workspace.passages.glob("*.parquet")} - set(shards))
    for name in gone:
        (workspace.passages / name).unlink()
    return bool(gone)


def _passage(row: dict[str, Any]) -> Passage:
    row["meta"] = json.loads(row["meta"])
    return Passage.model_validate(row)


def _row(passage: Passage) -> dict[str, Any]:
    return passage.model_dump() | {"meta": json.dumps(passage.meta, ensure_ascii=False, sort_keys=True)}


def _features() -> "Features":
    from datasets import Features, List, Value

    text, number = Value("string"), Value("int64")
    return Features(
        {"id": text, "document": text, "view": text, "start": number, "end": number, "text": text}
        | {"heading": List(text), "numbering": List(text), "pages": List(number)}
        | {"language": text, "group": text, "meta": text}
    )
