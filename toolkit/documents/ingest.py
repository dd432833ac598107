"""Files to documents: every file becomes a document, an exact duplicate or a coded refusal, and the sum is shown.

Shards reach the disk before the ledger speaks of them, group by group, so a killed run goes on where it stopped.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path, PurePosixPath
from typing import Final, Literal, NamedTuple

from toolkit.documents.document import Document
from toolkit.documents.extraction import EXTRACTION
from toolkit.documents.intake import Decision, Entry, Seen, Standing, decide, standing
from toolkit.documents.metadata import Facts, read_facts
from toolkit.documents.near_duplicates import find_near_duplicates
from toolkit.documents.refusal import HELD, Refused, problem
from toolkit.documents.sandbox import Parsed, Sandbox
from toolkit.documents.sources import Source, find_sources, sha256_of, stored_name
from toolkit.documents.store import document, document_id, put_documents, repair
from toolkit.language import said
from toolkit.noun import Account, Problem, Progress, Result, count_by, silent
from toolkit.workspace import Workspace

_GROUP: Final = 500
"""Files whose new documents share a shard."""

_Outcome = Literal["documents", "unchanged", "refused", "exact_duplicates"]
_STORED: Final = {"documents": "document", "refused": "refused", "exact_duplicates": "exact_duplicate"}


class IngestResult(Result):
    """What became of the files.

    Attributes:
        files: files looked at; ``documents + unchanged + refused + exact_duplicates``.
        documents: documents made, new or anew.
        unchanged: files whose document stands as it was.
        refused: files that became no document, on this run or an earlier one.
        exact_duplicates: files with the bytes of another path.
        near_duplicates: documents of the workspace of which a longer near-twin is kept.
        held: documents of these files that yield no passages yet: they need OCR, or do not read as text.
        superseded: documents that this run replaced because their file now holds other bytes.
    """

    files: int
    documents: int
    unchanged: int
    refused: int
    exact_duplicates: int
    near_duplicates: int
    held: int
    superseded: int


def ingest(
    workspace: Workspace,
    *,
    paths: Sequence[Path],
    metadata: Path | None = None,
    workers: int = 1,
    progress: Progress = silent,
) -> IngestResult:
    """Turn files into documents. The outcome does not depend on ``workers``; a rerun parses only what has changed.

    Args:
        workspace: where the documents go.
        paths: files and folders; folders are searched through, hidden files left out.
        metadata: CSV or JSON Lines with a column ``path``; its other columns go to the documents' ``meta``. Without
            one, documents keep what an earlier one said.
        workers: how many files are parsed at a time.
        progress: told of every file.

    Raises:
        ToolkitError: before anything is written: ``PATH-MISSING``, ``PATH-EMPTY``, ``PATH-CLASH``,
            ``METADATA-BROKEN``. ``LOCKED`` when another run holds the workspace, ``IO-FULL`` when the disk is full.
    """
    sources = find_sources(workspace.root, paths, metadata=metadata)
    folders = [path for path in paths if path.is_dir()]
    facts = read_facts(metadata, sources, [*folders, workspace.root]) if metadata else None
    with workspace.lock():
        repair(workspace)
        before = _current(workspace)
        known = standing(workspace)
        seen = list(_look(sources, progress))
        decisions = decide(seen, known, facts, [stored_name(folder, workspace.root) for folder in folders])
        intake = _Intake(workspace, known, facts, progress)
        intake.take(decisions, workers)
        changed = find_near_duplicates(workspace) or intake.wrote
        if facts and metadata:
            changed = workspace.put_problems("ingest", f"metadata:{metadata.name}", facts.problems) or changed
        workspace.write_problems()
        return _result(workspace, intake.outcomes, changed=changed, superseded=len(before - _current(workspace)))


def _look(sources: Sequence[Source], progress: Progress) -> Iterator[Seen]:
    for done, source in enumerate(sources):
        progress(done, len(sources), said("looking at files", "查看文件"))
        try:
            yield Seen(source, sha256_of(source.file))
        except Refused as refused:
            yield Seen(source, "", refused)


def _current(workspace: Workspace) -> set[str]:
    return {row["id"] for row in workspace.ledger.query("SELECT id FROM documents WHERE state = 'current'")}


def _result(workspace: Workspace, outcomes: dict[str, _Outcome], *, changed: bool, superseded: int) -> IngestResult:
    counts = count_by(outcomes.values())
    into = {name: counts.get(name, 0) for name in ("documents", "unchanged", "refused", "exact_duplicates")}
    twins = workspace.ledger.query("SELECT count(*) FROM near_duplicates WHERE document != twin")[0][0]
    held = {
        row["scope"]
        for row in workspace.ledger.query("SELECT scope, problem FROM problems WHERE step = 'ingest'")
        if outcomes.get(row["scope"]) in {"documents", "unchanged"}
        and Problem.model_validate_json(row["problem"]).code in HELD
    }
    return IngestResult(
        files=len(outcomes),
        **into,
        near_duplicates=twins,
        held=len(held),
        superseded=superseded,
        problems=workspace.count_problems("ingest"),
        changed=changed,
        account=Account(noun="files", items=len(outcomes), into=into),
    )


class _Taken(NamedTuple):
    """What one file came to: the ledger's row and problems, and the document if there is one."""

    entry: Entry
    problems: tuple[Problem, ...]
    document: Document | None = None


class _Intake:
    """Carries out the decisions, a group of files at a time.

    Attributes:
        outcomes: what became of each file, by stored name.
        wrote: whether anything had to be written.
    """

    def __init__(self, workspace: Workspace, known: Standing, facts: Facts | None, progress: Progress) -> None:
        self.outcomes: dict[str, _Outcome] = {}
        self.wrote = False
        self._workspace = workspace
        self._known = known
        self._told = facts is not None
        self._progress = progress
        self._refusals = dict(known.refusals)
        self._stored: dict[str, list[str]] = {}
        self._pending = self._done = 0

    def take(self, decisions: Sequence[Decision], workers: int) -> None:
        rows = self._workspace.ledger.query(
            "SELECT scope, problem FROM problems WHERE step = 'ingest' ORDER BY scope, position"
        )
        for row in rows:
            self._stored.setdefault(row["scope"], []).append(row["problem"])
        self._pending = sum(decision.action == "parse" for decision in decisions)
        names = {decision.seen.source.name for decision in decisions}
        with Sandbox(workers).open() if self._pending else nullcontext() as sandbox:
            for start in range(0, len(decisions), _GROUP):
                group = decisions[start : start + _GROUP]
                self._take_group(group, self._parse(sandbox, group) if sandbox else iter(()), names)

    def _parse(self, sandbox: Sandbox, group: Sequence[Decision]) -> Iterator[Parsed | Refused]:
        wanted = [decision.seen.source.file for decision in group if decision.action == "parse"]
        for outcome in sandbox.parse(wanted):
            self._progress(self._done, self._pending, said("reading documents", "读取文档"))
            self._done += 1
            yield outcome

    def _take_group(self, group: Sequence[Decision], parsed: Iterator[Parsed | Refused], names: set[str]) -> None:
        taken: list[_Taken] = []
        for decision in group:
            name = decision.seen.source.name
            if decision.action == "unchanged":
                self.outcomes[name] = "unchanged"
                continue
            one = self._outcome(decision, next(parsed) if decision.action == "parse" else None)
            taken += [one, *self._heir(one.entry, names)]
        documents = [(one.document,) for one in taken if one.document]
        shards = put_documents(self._workspace, documents) if documents else {}
        changed = [one for one in taken if self._differs(one)]
        if changed:
            self.wrote = True
            with self._workspace.ledger.transaction() as connection:
                for one in changed:
                    _record(connection, one, shards)
                for one in changed:
                    _supersede(connection, one)

    def _outcome(self, decision: Decision, parsed: Parsed | Refused | None) -> _Taken:
        sha256 = decision.seen.sha256
        refused = decision.refused or (parsed if isinstance(parsed, Refused) else None)
        if decision.action == "duplicate":
            refused = self._refusals.get(sha256)
        if isinstance(parsed, Parsed) and parsed.sha256 != sha256:
            refused, sha256 = Refused("DOC-CHANGED", "a file that changed between two readings"), ""
        if refused:
            self._refusals.setdefault(sha256, refused)
            name = decision.seen.source.name
            return self._taken(decision, "refused", sha256, (problem(refused.code, name, refused.found),))
        if not isinstance(parsed, Parsed):
            return self._taken(decision, "exact_duplicates", sha256, ())
        found = _document(decision, parsed)
        return self._taken(decision, "documents", sha256, tuple(self._notes(found, decision)), found)

    def _taken(
        self,
        decision: Decision,
        outcome: _Outcome,
        sha256: str,
        problems: tuple[Problem, ...],
        document: Document | None = None,
    ) -> _Taken:
        name = decision.seen.source.name
        self.outcomes[name] = outcome
        return _Taken(Entry(name, sha256, decision.settings, _STORED[outcome]), problems, document)

    def _notes(self, found: Document, decision: Decision) -> Iterator[Problem]:
        """What is to be said of a document that was accepted."""
        if held := found.meta.get("held"):
            yield problem(
                held, found.path, "no text layer" if held == "NEEDS-OCR" else "text that does not read as text"
            )
        if pages := found.meta.get("pages_without_text"):
            yield problem("PAGES-NEED-OCR", found.path, f"pages without text: {', '.join(map(str, pages))}")
        if self._told and not decision.facts:
            yield problem("META-NO-ROW", found.path, "no row in the metadata file")

    def _heir(self, entry: Entry, names: set[str]) -> Iterator[_Taken]:
        """Hand a document whose file has changed on to a path outside this ingest that still holds its bytes."""
        before = self._known.entries.get(entry.path)
        if before is None or before.outcome != "document" or before.source_sha256 == entry.source_sha256:
            return
        heirs = [
            other
            for other in self._known.entries.values()
            if other.source_sha256 == before.source_sha256 and other.path not in names
        ]
        identity = document_id(before.source_sha256, "", EXTRACTION)
        if heirs and self._known.keepers.get(before.source_sha256) == entry.path:
            heir = min(heirs)
            moved = document(self._workspace, identity).model_copy(update={"path": heir.path})
            # Without settings the heir is read anew, with its own metadata row, when it is ingested next.
            yield _Taken(heir._replace(settings="{}", outcome="document"), (), moved)

    def _differs(self, one: _Taken) -> bool:
        if one.document or self._known.entries.get(one.entry.path) != one.entry:
            return True
        return self._stored.get(one.entry.path, []) != [found.model_dump_json() for found in one.problems]


def _document(decision: Decision, parsed: Parsed) -> Document:
    name = decision.seen.source.name
    extraction = parsed.extraction
    return Document(
        id=document_id(parsed.sha256, "", EXTRACTION),
        source_sha256=parsed.sha256,
        path=name,
        text=extraction.text,
        blocks=extraction.blocks,
        meta={"title": PurePosixPath(name).stem, **extraction.meta, **(decision.facts or {})},
    )


def _record(connection: sqlite3.Connection, one: _Taken, shards: dict[str, str]) -> None:
    connection.execute("INSERT OR REPLACE INTO paths VALUES (?, ?, ?, ?)", one.entry)
    connection.execute("DELETE FROM problems WHERE step = 'ingest' AND scope = ?", [one.entry.path])
    connection.executemany(
        "INSERT INTO problems VALUES ('ingest', ?, ?, ?)",
        [(one.entry.path, place, found.model_dump_json()) for place, found in enumerate(one.problems)],
    )
    if one.document:
        found = one.document
        connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, 'current')",
            [found.id, found.source_sha256, found.path, found.locator, shards[found.id]],
        )
        # The path that kept this document before holds it no longer.
        connection.execute(
            "DELETE FROM paths WHERE source_sha256 = ? AND outcome = 'document' AND path != ?",
            [found.source_sha256, found.path],
        )


def _supersede(connection: sqlite3.Connection, one: _Taken) -> None:
    """Whatever else was current under this path is no longer."""
    identity = one.document.id if one.document else ""
    connection.execute(
        "UPDATE documents SET state = 'superseded' WHERE path = ? AND id != ?", [one.entry.path, identity]
    )
