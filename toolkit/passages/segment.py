"""Documents to passages, shard by shard: a shard whose documents and options have not changed is not cut again."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

from toolkit.documents import READERS_OWN, Document, load_shard, shards
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Problem, Progress, Result, content_id, digest, silent
from toolkit.passages.cutting import cut
from toolkit.passages.limits import Limit, limit_of, tokenizer_digest
from toolkit.passages.outline import Pages
from toolkit.passages.passage import By, Passage
from toolkit.passages.store import Made, Stored, put_shard, remove_others, stored
from toolkit.workspace import Workspace

_VERSION: Final = 4
"""Raised whenever the same document and options give other passages."""


class SegmentResult(Result):
    """How many passages came out of how many documents.

    Attributes:
        passages: in all.
        documents: that were cut now or before.
        unchanged: documents among them whose passages stood already.
        held: documents among them that give no passages; each is a problem.
    """

    passages: int
    documents: int
    unchanged: int
    held: int


class _Cutter(NamedTuple):
    """The options of one run."""

    by: By
    limit: Limit
    view: Literal["clean", "source"]
    options: str


def segment(
    workspace: Workspace,
    *,
    by: By = "clause",
    max_characters: int | None = None,
    max_tokens: int | None = None,
    tokenizer: Path | None = None,
    view: Literal["clean", "source"] = "clean",
    progress: Progress = silent,
) -> SegmentResult:
    """Cut the current documents into passages; they replace all passages there were.

    Args:
        workspace: where the documents are and the passages go.
        by: ``clause`` (numbered clauses, articles), ``section`` (what stands under one heading), ``paragraph``
            (blocks), ``window`` (as many sentences as fit).
        max_characters: no passage is longer; 200 at least. Default: 2,000, or none beside ``max_tokens``.
        max_tokens: no passage has more tokens; 50 at least.
        tokenizer: a ``tokenizer.json``, or the folder that holds one; needed for ``max_tokens``.
        view: which view of a document is cut: ``clean`` (``source`` where cleaning changed nothing) or ``source``.
        progress: told of every document.

    Raises:
        ToolkitError: ``DOCUMENTS-NONE`` when nothing was ingested, ``PASSAGE-TOO-SHORT`` for a smaller maximum,
            ``TOKENIZER-NONE`` and ``TOKENIZER-BROKEN``.
    """
    limit = limit_of(max_characters, max_tokens, tokenizer)
    counted = tokenizer_digest(tokenizer) if max_tokens else None
    options = digest([_VERSION, by, max_characters, max_tokens, counted, view])
    with workspace.lock():
        total = workspace.ledger.query("SELECT count(*) FROM documents WHERE state = 'current'")[0][0]
        if not total:
            raise _no_documents()
        return _segment(workspace, _Cutter(by, limit, view, options), total, progress)


def passages_of(document: Document, by: By, limit: Limit) -> Iterator[Passage]:
    """Yield the passages of one document in order."""
    pages = Pages(document)
    # What a team told travels along, for the labelling screen and the prompt; what the reader found stays behind.
    meta = {key: value for key, value in document.meta.items() if key not in READERS_OWN} | {"path": document.place}
    for piece in cut(document, by, limit):
        yield Passage(
            id=content_id("pas", document.id, document.view, piece.start, piece.end),
            document=document.id,
            view=document.view,
            start=piece.start,
            end=piece.end,
            text=document.text[piece.start : piece.end],
            heading=piece.heading,
            numbering=piece.numbering,
            pages=pages.of(piece.start, piece.end),
            language=document.language,
            group=document.group,
            meta=meta,
        )


def _segment(workspace: Workspace, cutter: _Cutter, total: int, progress: Progress) -> SegmentResult:
    names = shards(workspace)
    found: list[Stored] = []
    unchanged, changed = 0, remove_others(workspace, names)
    for name in names:
        done = sum(one.made.documents for one in found)
        fingerprint = _fingerprint(workspace, name, cutter)
        one = stored(workspace, name)
        if one is None or one.made.fingerprint != fingerprint:
            shard = _Shard(workspace, name, cutter)
            put_shard(workspace, name, shard.passages(done, total, progress), lambda: shard.made(fingerprint))  # noqa: B023 - called at once
            one, changed = Stored(shard.count, shard.made(fingerprint)), True
        else:
            unchanged += one.made.documents
        found.append(one)
    held = [_held(code, path) for one in found for code, path in one.made.held]
    changed = workspace.put_problems("segment", "documents", held) or changed
    return SegmentResult(
        passages=sum(one.passages for one in found),
        documents=total,
        unchanged=unchanged,
        held=len(held),
        problems=len(held),
        changed=changed,
        account=Account(noun="documents", items=total, into={"segmented": total - len(held), "held": len(held)}),
    )


class _Shard:
    """One shard on its way from documents to passages, and the counts that it leaves."""

    def __init__(self, workspace: Workspace, name: str, cutter: _Cutter) -> None:
        self._documents = load_shard(workspace, name, cutter.view)
        self._cutter = cutter
        self._seen = 0
        self._held: list[tuple[str, str]] = []
        self.count = 0

    def passages(self, before: int, total: int, progress: Progress) -> Iterator[Passage]:
        """Yield the passages of each document that is not held."""
        for document in self._documents:
            progress(before + self._seen, total, said("cutting into passages", "切分段落"))
            self._seen += 1
            if "held" in document.meta:
                self._held.append((document.meta["held"], document.place))
                continue
            for passage in passages_of(document, self._cutter.by, self._cutter.limit):
                self.count += 1
                yield passage

    def made(self, fingerprint: str) -> Made:
        """Return what the shard was made from, once all passages have come."""
        return Made(fingerprint, self._seen, tuple(self._held))


def _fingerprint(workspace: Workspace, shard: str, cutter: _Cutter) -> str:
    """What a shard of passages depends on: the file of documents, which of them are current, and the options."""
    sql = "SELECT id FROM documents WHERE state = 'current' AND shard = ? ORDER BY id"
    current = [row["id"] for row in workspace.ledger.query(sql, [shard])]
    with (workspace.documents / shard).open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return digest([cutter.options, content, current])


def _held(code: str, path: str) -> Problem:
    return Problem(
        code=code,
        step="segment",
        where=path,
        found="a document that is held",
        expected="a document with text that reads as text",
        hint="Mend what ingest said about this file, then ingest it again.",
    )


def _no_documents() -> ToolkitError:
    return ToolkitError(
        said("There are no documents to segment.", "没有可切分的文档。"),
        hint=said("Ingest some first: toolkit ingest PATH...", "请先导入文档：toolkit ingest PATH..."),
        code="DOCUMENTS-NONE",
    )
