"""Documents on disk: Parquet shards of the views of each document, found through the ledger.

A shard holds each document's ``source`` view and after it its ``clean`` one, where cleaning changed anything.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from toolkit.documents.document import Block, Document, View
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import content_id, digest
from toolkit.workspace import Workspace, write_parquet

if TYPE_CHECKING:
    from datasets import Features

Views = tuple[Document, ...]
"""The views of one document, ``source`` first."""

_SHARD_DOCUMENTS: Final = 500
_SHARD_CHARACTERS: Final = 16_000_000
_BATCH: Final = 64
"""Rows that are read at a time."""


def document_id(source_sha256: str, locator: str, extraction: str) -> str:
    """Return the identity of a document: what it was extracted from, and how."""
    return content_id("doc", source_sha256, locator, extraction)


def shards(workspace: Workspace) -> list[str]:
    """Return the file names of the shards that hold current documents, sorted."""
    rows = workspace.ledger.query("SELECT DISTINCT shard FROM documents WHERE state = 'current' ORDER BY shard")
    return [row["shard"] for row in rows]


def load_documents(workspace: Workspace, view: View = "source") -> Iterator[Document]:
    """Yield the current documents shard by shard, as a stream: memory does not grow with their number."""
    for shard in shards(workspace):
        yield from load_shard(workspace, shard, view)


def load_shard(workspace: Workspace, shard: str, view: View = "source") -> Iterator[Document]:
    """Yield the current documents of a shard in their order, in one view; ``source`` where that view is the same."""
    rows = workspace.ledger.query("SELECT id FROM documents WHERE state = 'current' AND shard = ?", [shard])
    current = {row["id"] for row in rows}
    yield from (in_view(views, view) for views in _views(workspace, shard) if views[0].id in current)


def document(workspace: Workspace, document_id: str, view: View = "source") -> Document:
    """Return one document, superseded ones included, in one view; ``source`` where that view is the same.

    Raises:
        ToolkitError: ``DOCUMENT-UNKNOWN``.
    """
    return in_view(document_views(workspace, document_id), view)


def document_views(workspace: Workspace, document_id: str) -> Views:
    """Return all views of one document, superseded ones included.

    Raises:
        ToolkitError: ``DOCUMENT-UNKNOWN``.
    """
    rows = workspace.ledger.query("SELECT shard FROM documents WHERE id = ?", [document_id])
    if rows:
        for views in _views(workspace, rows[0]["shard"], [("id", "=", document_id)]):
            return views
    raise ToolkitError(
        said(f"No document '{document_id}' is in the workspace.", f"工作区中没有文档 '{document_id}'。"),
        hint=said("toolkit status shows what is there.", "使用 toolkit status 查看现有内容。"),
        code="DOCUMENT-UNKNOWN",
    )


def in_view(views: Views, view: View) -> Document:
    """Return the wanted view of a document, or its source view where that says the same."""
    return next((one for one in views if one.view == view), views[0])


def put_documents(workspace: Workspace, documents: Iterable[Views]) -> dict[str, str]:
    """Write documents to shards, known ones to the shard they are in; return the shard of each.

    A shard is on disk whole before this returns; the ledger is the caller's to write.
    """
    found: dict[str, str] = {}
    known: dict[str, str] = {}
    anew: dict[str, Views] = {}
    fresh: list[Views] = []
    characters = 0
    for views in documents:
        name = views[0].id
        if rows := workspace.ledger.query("SELECT shard FROM documents WHERE id = ?", [name]):
            known[name], anew[name] = rows[0]["shard"], views
            continue
        fresh.append(views)
        characters += sum(len(one.text) for one in views)
        if len(fresh) >= _SHARD_DOCUMENTS or characters >= _SHARD_CHARACTERS:
            found |= _put_shard(workspace, fresh)
            fresh, characters = [], 0
    if fresh:
        found |= _put_shard(workspace, fresh)
    for shard in sorted(set(known.values())):
        stored = [_row(one) for views in _views(workspace, shard) for one in anew.get(views[0].id, views)]
        write_parquet(workspace.documents / shard, stored, features())
    return found | known


def _put_shard(workspace: Workspace, fresh: Sequence[Views]) -> dict[str, str]:
    name = f"{digest(sorted(views[0].id for views in fresh))[:16]}.parquet"
    write_parquet(workspace.documents / name, [_row(one) for views in fresh for one in views], features())
    return dict.fromkeys((views[0].id for views in fresh), name)


def repair(workspace: Workspace) -> None:
    """Remove shards that no ledger row names, and forget documents whose shard is gone, so that they are made again.

    Call it with the lock held.
    """
    on_disk = {path.name for path in workspace.documents.glob("*.parquet")}
    named = {row["shard"] for row in workspace.ledger.query("SELECT DISTINCT shard FROM documents")}
    for orphan in sorted(on_disk - named):
        (workspace.documents / orphan).unlink()
    if lost := sorted(named - on_disk):
        with workspace.ledger.transaction() as connection:
            for shard in lost:
                connection.execute(
                    "DELETE FROM paths WHERE path IN (SELECT path FROM documents WHERE shard = ?)", [shard]
                )
                connection.execute("DELETE FROM documents WHERE shard = ?", [shard])


def features() -> "Features":
    """Return the columns of ``data/documents/*.parquet``."""
    from datasets import Features, List, Value

    block = {
        "kind": Value("string"),
        "start": Value("int64"),
        "end": Value("int64"),
        "level": Value("int64"),
        "page": Value("int64"),
        "box": List(Value("float64")),
    }
    texts = ("id", "source_sha256", "path", "locator", "view", "text")
    return Features(
        {name: Value("string") for name in texts}
        | {"blocks": List(block), "index_map": List(Value("int64")), "meta": Value("string")}
    )


def _row(found: Document) -> dict[str, Any]:
    row = found.model_dump()
    row["meta"] = json.dumps(found.meta, ensure_ascii=False, allow_nan=False, sort_keys=True)
    return row


def _document(row: dict[str, Any]) -> Document:
    row["meta"] = json.loads(row["meta"])
    row["blocks"] = [Block.model_validate(block) for block in row["blocks"] or []]
    return Document.model_validate(row)


def _views(workspace: Workspace, shard: str, filters: list[tuple[str, str, str]] | None = None) -> Iterator[Views]:
    """The documents of a shard, each with all its views."""
    views: Views = ()
    for row in _rows(workspace, shard, filters):
        one = _document(row)
        if views and one.id != views[0].id:
            yield views
            views = ()
        views = (*views, one)
    if views:
        yield views


def _rows(workspace: Workspace, shard: str, filters: list[tuple[str, str, str]] | None) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet

    path = workspace.documents / shard
    if filters:
        yield from pyarrow.parquet.read_table(path, filters=filters).to_pylist()
        return
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH):
            yield from batch.to_pylist()
