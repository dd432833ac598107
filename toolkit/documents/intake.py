"""Carrying out what was decided about files: parse, put the documents into shards, then tell the ledger.

Shards reach the disk before the ledger speaks of them, group by group, so a killed run goes on where it stopped.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, Final, Literal, NamedTuple

from toolkit.documents.decisions import Decision, Entry, Standing, extraction, settings
from toolkit.documents.document import Document
from toolkit.documents.metadata import Told
from toolkit.documents.options import Use
from toolkit.documents.reading import Part
from toolkit.documents.refusal import DEPENDS_ON_FIELDS, DEPENDS_ON_MACHINE, Refused, problem
from toolkit.documents.sandbox import Parsed, Wanted
from toolkit.documents.store import Views, document_id, document_views, put_documents
from toolkit.language import said
from toolkit.noun import Problem, Progress, digest
from toolkit.workspace import Workspace

_GROUP: Final = 500
"""Files that the ledger learns of at once."""

Outcome = Literal["documents", "containers", "unchanged", "refused", "exact_duplicates"]
_STORED: Final = {
    "documents": "document",
    "containers": "container",
    "refused": "refused",
    "exact_duplicates": "exact_duplicate",
}

Parse = Callable[[Iterable[Wanted]], Iterator[Parsed | Refused]]
"""An engine: the outcome of each file, in the order of the files."""


class Taken(NamedTuple):
    """What one file came to: the ledger's row, the problems, and identity and locator of each of its documents."""

    entry: Entry
    problems: tuple[Problem, ...]
    documents: tuple[tuple[str, str], ...] = ()


class Intake:
    """Carries out decisions, a group of files at a time.

    Attributes:
        outcomes: what became of each file, by stored name.
        made: documents made, new or anew; ``members`` of them came out of containers.
        wrote: whether anything had to be written.
    """

    def __init__(self, workspace: Workspace, known: Standing, told: Told) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.made = self.members = 0
        self.wrote = False
        self._workspace = workspace
        self._known = known
        self._told = told
        self._refusals = dict(known.refusals)
        self._stored: dict[str, list[str]] = {}

    def take(self, decisions: Sequence[Decision], parse: Parse, progress: Progress) -> None:
        """Parse what has to be parsed and store what came out."""
        rows = self._workspace.ledger.query(
            "SELECT scope, problem FROM problems WHERE step = 'ingest' ORDER BY scope, position"
        )
        for row in rows:
            self._stored.setdefault(row["scope"], []).append(row["problem"])
        names = {decision.seen.source.name for decision in decisions}
        parsed = self._parsed(decisions, parse, progress)
        for start in range(0, len(decisions), _GROUP):
            self._take_group(decisions[start : start + _GROUP], parsed, names)

    def _parsed(self, decisions: Sequence[Decision], parse: Parse, progress: Progress) -> Iterator[Parsed | Refused]:
        wanted = [_wanted(decision) for decision in decisions if decision.action == "parse"]
        for done, outcome in enumerate(parse(wanted) if wanted else ()):
            progress(done, len(wanted), said("reading documents", "读取文档"))
            yield outcome

    def _take_group(self, group: Sequence[Decision], parsed: Iterator[Parsed | Refused], names: set[str]) -> None:
        taken: list[Taken] = []
        shards = put_documents(self._workspace, self._views(group, parsed, names, taken))
        changed = [one for one in taken if self._differs(one)]
        if changed:
            self.wrote = True
            with self._workspace.ledger.transaction() as connection:
                for one in changed:
                    _record(connection, one, shards)
                for one in changed:
                    _supersede(connection, one)

    def _views(
        self, group: Sequence[Decision], parsed: Iterator[Parsed | Refused], names: set[str], taken: list[Taken]
    ) -> Iterator[Views]:
        """Yield the documents of a group as they come, so that no more than a shard of them is in memory."""
        for decision in group:
            name = decision.seen.source.name
            if decision.action == "unchanged":
                self.outcomes[name] = "unchanged"
                continue
            one, documents = self._outcome(decision, next(parsed) if decision.action == "parse" else None)
            taken.append(one)
            yield from documents
            yield from self._heir(one.entry, names, taken)

    def _outcome(self, decision: Decision, parsed: Parsed | Refused | None) -> tuple[Taken, deque[Views]]:
        refused = decision.refused or (parsed if isinstance(parsed, Refused) else None)
        if decision.action == "duplicate":
            refused = self._refusals.get(decision.seen.sha256)
        if isinstance(parsed, Parsed) and [part.locator for part in parsed.parts] == [""]:
            outcome = parsed.parts[0].outcome
            refused = outcome if isinstance(outcome, Refused) else None
        if refused:
            return self._refused(decision, refused), deque()
        if isinstance(parsed, Parsed):
            return self._read(decision, parsed)
        return self._taken(decision, "exact_duplicates", decision.seen.sha256, (), ()), deque()

    def _refused(self, decision: Decision, refused: Refused) -> Taken:
        sha256, name = decision.seen.sha256, decision.seen.source.name
        if refused.code == "DOC-CHANGED":
            sha256 = ""
        self._refusals.setdefault(sha256, refused)
        return self._taken(decision, "refused", sha256, _uses([refused]), (problem(refused.code, name, refused.found),))

    def _read(self, decision: Decision, parsed: Parsed) -> tuple[Taken, deque[Views]]:
        """What a file's parts come to; the documents leave the queue as they are written."""
        documents: deque[Views] = deque()
        problems: list[Problem] = []
        for part in parsed.parts:
            if isinstance(part.outcome, Refused):
                problems.append(problem(part.outcome.code, _where(decision, part.locator), part.outcome.found))
            else:
                views = self._document(decision, parsed.sha256, part)
                problems += _notes(views[0])
                documents.append(views)
        if self._told.rows is not None and not decision.facts.row:
            problems.append(problem("META-NO-ROW", decision.seen.source.name, "no row in the metadata file"))
        container = [part.locator for part in parsed.parts] != [""]
        self.made += len(documents)
        self.members += len(documents) if container else 0
        taken = self._taken(
            decision,
            "containers" if container else "documents",
            parsed.sha256,
            _uses([part.outcome for part in parsed.parts], nested=any(map(_is_nested, parsed.parts))),
            tuple(problems),
        )
        return taken._replace(documents=tuple((one[0].id, one[0].locator) for one in documents)), documents

    def _document(self, decision: Decision, sha256: str, part: Part) -> Views:
        assert not isinstance(part.outcome, Refused)
        found, name = part.outcome, decision.seen.source.name
        place = "/".join(filter(None, (name, part.locator)))
        facts = self._told.from_path(place) if part.locator else {}
        source = Document(
            id=document_id(sha256, part.locator, digest(extraction(found.used))),
            source_sha256=sha256,
            path=name,
            locator=part.locator,
            text=found.text,
            blocks=found.blocks,
            meta={"title": PurePosixPath(part.locator or name).stem, **found.meta, **facts, **decision.facts.meta},
        )
        if found.clean is None:
            return (source,)
        clean = found.clean
        runs = tuple(chain.from_iterable(clean.index_map.runs))
        kept = {"text": clean.text, "blocks": clean.blocks, "index_map": runs}
        return source, source.model_copy(update={"view": "clean", **kept})

    def _taken(
        self,
        decision: Decision,
        outcome: Outcome,
        sha256: str,
        uses: tuple[Use, ...],
        problems: tuple[Problem, ...],
    ) -> Taken:
        name = decision.seen.source.name
        self.outcomes[name] = outcome
        used = settings(decision.options, uses, name, decision.facts)
        return Taken(Entry(name, sha256, used, _STORED[outcome]), problems)

    def _heir(self, entry: Entry, names: set[str], taken: list[Taken]) -> Iterator[Views]:
        """Hand the documents of a file that has changed on to a path outside this ingest that still holds its bytes."""
        before = self._known.entries.get(entry.path)
        if before is None or before.outcome not in {"document", "container"}:
            return
        if before.source_sha256 == entry.source_sha256 or self._known.keepers.get(before.source_sha256) != entry.path:
            return
        heirs = [
            other
            for other in self._known.entries.values()
            if other.source_sha256 == before.source_sha256 and other.path not in names
        ]
        if not heirs:
            return
        heir = min(heirs)
        rows = self._workspace.ledger.query(
            "SELECT id, locator FROM documents WHERE state = 'current' AND path = ? AND source_sha256 = ?",
            [entry.path, before.source_sha256],
        )
        # Without settings the heir is read anew, with its own metadata row, when it is ingested next.
        moved = heir._replace(settings="{}", outcome=before.outcome)
        taken.append(Taken(moved, (), tuple((row["id"], row["locator"]) for row in rows)))
        for row in rows:
            views = document_views(self._workspace, row["id"])
            yield tuple(one.model_copy(update={"path": heir.path}) for one in views)

    def _differs(self, one: Taken) -> bool:
        if one.documents or self._known.entries.get(one.entry.path) != one.entry:
            return True
        return self._stored.get(one.entry.path, []) != [found.model_dump_json() for found in one.problems]


def _wanted(decision: Decision) -> Wanted:
    source = decision.seen.source
    return Wanted(source.file, source.name, decision.seen.sha256, decision.options.ocr)


def _where(decision: Decision, locator: str) -> str:
    return "#".join(filter(None, (decision.seen.source.name, locator)))


def _is_nested(part: Part) -> bool:
    """Whether a part is, or lies in, a file inside its source; rows and sheets are the source's own."""
    return bool(part.locator) and not part.locator.startswith(("row=", "line=", "sheet="))


def _uses(outcomes: Sequence[Any], *, nested: bool = False) -> tuple[Use, ...]:
    """What another run has to look at to know whether it would come to the same: options, or the machine itself."""
    uses: set[Use] = set()
    for outcome in outcomes:
        if not isinstance(outcome, Refused):
            uses |= set(outcome.uses)
        elif outcome.code in DEPENDS_ON_FIELDS:
            uses.add("fields")
        elif outcome.code in DEPENDS_ON_MACHINE:
            uses.add("machine")
    if nested and "fields" in uses:
        uses = uses - {"fields"} | {"mappings"}
    return tuple(sorted(uses))


def _notes(found: Document) -> Iterator[Problem]:
    """What is to be said of a document that was accepted."""
    where = found.place
    held = found.meta.get("held")
    for why in found.meta.get("held_because", ()):
        yield problem(str(held), where, why)
    if (pages := found.meta.get("pages_without_text")) and held != "NEEDS-OCR":
        yield problem("PAGES-NEED-OCR", where, f"pages without text: {', '.join(map(str, pages))}")
    if pages := found.meta.get("pages_unread"):
        yield problem("PAGES-UNREAD", where, f"pages that cannot be read: {', '.join(map(str, pages))}")


def _record(connection: sqlite3.Connection, one: Taken, shards: dict[str, str]) -> None:
    entry = one.entry
    connection.execute("INSERT OR REPLACE INTO paths VALUES (?, ?, ?, ?)", entry)
    connection.execute("DELETE FROM problems WHERE step = 'ingest' AND scope = ?", [entry.path])
    connection.executemany(
        "INSERT INTO problems VALUES ('ingest', ?, ?, ?)",
        [(entry.path, place, found.model_dump_json()) for place, found in enumerate(one.problems)],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, 'current')",
        [(name, entry.source_sha256, entry.path, locator, shards[name]) for name, locator in one.documents],
    )
    # Its date may have changed, and with it which of its cluster is kept: it is compared anew.
    connection.executemany("DELETE FROM near_duplicates WHERE document = ?", [(name,) for name, _ in one.documents])
    if one.documents:
        # The path that kept these documents before holds them no longer.
        connection.execute(
            "DELETE FROM paths WHERE source_sha256 = ? AND outcome IN ('document', 'container') AND path != ?",
            [entry.source_sha256, entry.path],
        )


def _supersede(connection: sqlite3.Connection, one: Taken) -> None:
    """Whatever else was current under this path is no longer."""
    kept = {name for name, _ in one.documents}
    rows = connection.execute("SELECT id FROM documents WHERE path = ? AND state = 'current'", [one.entry.path])
    gone = [(row["id"],) for row in rows if row["id"] not in kept]
    connection.executemany("UPDATE documents SET state = 'superseded' WHERE id = ?", gone)
