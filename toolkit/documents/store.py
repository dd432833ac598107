"""Documents on disk: Parquet shards under ``data/documents/``; the ledger says which shard holds which document.

A shard is named after its documents' identities. Documents made anew replace their rows where they are, so no
document ever stands in two shards.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from toolkit.documents.document import Block, Document
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import content_id, digest
from toolkit.workspace import Workspace, read_parquet, write_parquet

if TYPE_CHECKING:
    from datasets import Features


def document_id(source_sha256: str, locator: str, extraction: str) -> str:
    """Return the identity of a document: what it was extracted from, and how."""
    return content_id("doc", source_sha256, locator, extraction)


def load_documents(workspace: Workspace) -> Iterator[Document]:
    """Yield the current documents in the order of their identities, reading one shard's table at a time as needed."""
    rows = workspace.ledger.query("SELECT id, shard FROM documents WHERE state = 'current' ORDER BY id")
    yield from _read(workspace, [(row["id"], row["shard"]) for row in rows])


def document(workspace: Workspace, document_id: str) -> Document:
    """Return one document, superseded ones included.

    Raises:
        ToolkitError: ``DOCUMENT-UNKNOWN``.
    """
    rows = workspace.ledger.query("SELECT id, shard FROM documents WHERE id = ?", [document_id])
    found = next(_read(workspace, [(row["id"], row["shard"]) for row in rows]), None)
    if found is None:
        raise ToolkitError(
            said(f"No document '{document_id}' is in the workspace.", f"工作区中没有文档 '{document_id}'。"),
            hint=said("toolkit status shows what is there.", "使用 toolkit status 查看现有内容。"),
            code="DOCUMENT-UNKNOWN",
        )
    return found


def put_documents(workspace: Workspace, documents: Sequence[Document]) -> dict[str, str]:
    """Write documents to their shards, new ones to a shard of their own; return the shard of each."""
    known = {row["id"]: row["shard"] for row in workspace.ledger.query("SELECT id, shard FROM documents")}
    shards = {found.id: known[found.id] for found in documents if found.id in known}
    for shard in sorted(set(shards.values())):
        anew = {found.id: found for found in documents if shards.get(found.id) == shard}
        rows = read_parquet(workspace.documents / shard)
        write_parquet(
            workspace.documents / shard,
            [_row(anew[row["id"]]) if row["id"] in anew else row for row in rows],
            features(),
        )
    fresh = [found for found in documents if found.id not in known]
    if fresh:
        name = f"{digest(sorted(found.id for found in fresh))[:16]}.parquet"
        write_parquet(workspace.documents / name, [_row(found) for found in fresh], features())
        shards |= dict.fromkeys((found.id for found in fresh), name)
    return shards


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


def _read(workspace: Workspace, wanted: Iterable[tuple[str, str]]) -> Iterator[Document]:
    import pyarrow.parquet

    tables: dict[str, Any] = {}
    places: dict[str, dict[str, int]] = {}
    for identity, shard in wanted:
        if shard not in tables:
            tables[shard] = pyarrow.parquet.read_table(workspace.documents / shard)
            places[shard] = {found: place for place, found in enumerate(tables[shard]["id"].to_pylist())}
        (row,) = tables[shard].slice(places[shard][identity], 1).to_pylist()
        yield _document(row)
