"""Documents to passages: cut them all, and put the passages into one Parquet file that is replaced as a whole."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from toolkit.documents import Document, load_documents
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Problem, Progress, Result, content_id, silent
from toolkit.passages.cutting import cut
from toolkit.passages.outline import Pages
from toolkit.passages.passage import By, Passage
from toolkit.workspace import Workspace, read_parquet, write_parquet

if TYPE_CHECKING:
    from datasets import Features

_FILE: Final = "passages.parquet"
_TRAVELS: Final = ("licence", "source", "title", "path")
"""Keys of a document's metadata that travel with each of its passages."""
_SHORTEST: Final = 200


class SegmentResult(Result):
    """How many passages came out of how many documents; held documents give none and are problems."""

    passages: int
    documents: int


def segment(
    workspace: Workspace, *, by: By = "clause", max_characters: int = 2000, progress: Progress = silent
) -> SegmentResult:
    """Cut the current documents into passages; they replace all passages there were.

    Args:
        workspace: where the documents are and the passages go.
        by: ``clause`` (numbered clauses, articles), ``section`` (what stands under one heading), ``paragraph``
            (blocks), ``window`` (as many sentences as fit).
        max_characters: no passage is longer; 200 at least.
        progress: told of every document.

    Raises:
        ToolkitError: ``DOCUMENTS-NONE`` when nothing was ingested, ``PASSAGE-TOO-SHORT`` for a smaller maximum.
    """
    if max_characters < _SHORTEST:
        raise _too_short(max_characters)
    with workspace.lock():
        total = workspace.ledger.query("SELECT count(*) FROM documents WHERE state = 'current'")[0][0]
        if not total:
            raise _no_documents()
        rows: list[dict[str, Any]] = []
        held: list[Problem] = []
        for done, document in enumerate(load_documents(workspace)):
            progress(done, total, said("cutting into passages", "切分段落"))
            if "held" in document.meta:
                held.append(_held(document))
            else:
                rows += [_row(passage) for passage in passages_of(document, by, max_characters)]
        changed = write_parquet(workspace.passages / _FILE, rows, _features())
        changed = workspace.put_problems("segment", "documents", held) or changed
        return SegmentResult(
            passages=len(rows),
            documents=total,
            problems=len(held),
            changed=changed,
            account=Account(noun="documents", items=total, into={"segmented": total - len(held), "held": len(held)}),
        )


def load_passages(workspace: Workspace) -> Iterator[Passage]:
    """Yield the passages by document and place; none when nothing was segmented."""
    path = workspace.passages / _FILE
    if not path.is_file():
        return
    for row in read_parquet(path):
        row["meta"] = json.loads(row["meta"])
        yield Passage.model_validate(row)


def passages_of(document: Document, by: By, max_characters: int) -> Iterator[Passage]:
    """Yield the passages of one document in order."""
    pages = Pages(document)
    known = {**document.meta, "path": document.path}
    for piece in cut(document, by, max_characters):
        yield Passage(
            id=content_id("pas", document.id, document.view, piece.start, piece.end),
            document=document.id,
            view=document.view,
            start=piece.start,
            end=piece.end,
            text=document.text[piece.start : piece.end],
            heading=piece.heading,
            pages=pages.of(piece.start, piece.end),
            language=document.language,
            group=document.group,
            meta={key: known[key] for key in _TRAVELS if key in known},
        )


def _held(document: Document) -> Problem:
    return Problem(
        code=document.meta["held"],
        step="segment",
        where=document.path,
        found="a document that is held",
        expected="a document with text that reads as text",
        hint="Mend what ingest said about this file, then ingest it again.",
    )


def _row(passage: Passage) -> dict[str, Any]:
    return passage.model_dump() | {"meta": json.dumps(passage.meta, ensure_ascii=False, sort_keys=True)}


def _features() -> "Features":
    from datasets import Features, List, Value

    text, number = Value("string"), Value("int64")
    return Features(
        {"id": text, "document": text, "view": text, "start": number, "end": number, "text": text}
        | {"heading": List(text), "pages": List(number), "language": text, "group": text, "meta": text}
    )


def _too_short(found: int) -> ToolkitError:
    return ToolkitError(
        said(f"A maximum of {found} characters is too short.", f"最大长度 {found} 个字符太短。"),
        hint=said(f"Use {_SHORTEST} or more.", f"请使用 {_SHORTEST} 或更大的值。"),
        code="PASSAGE-TOO-SHORT",
    )


def _no_documents() -> ToolkitError:
    return ToolkitError(
        said("There are no documents to segment.", "没有可切分的文档。"),
        hint=said("Ingest some first: toolkit ingest PATH...", "请先导入文档：toolkit ingest PATH..."),
        code="DOCUMENTS-NONE",
    )
