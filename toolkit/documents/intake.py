"""What an ingest has to do about each file, decided from the files' hashes and the ledger before anything is parsed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from toolkit.documents.extraction import EXTRACTION
from toolkit.documents.metadata import Facts
from toolkit.documents.refusal import Refused
from toolkit.documents.sources import Source
from toolkit.documents.store import document_id
from toolkit.noun import Problem
from toolkit.workspace import Workspace

Action = Literal["parse", "unchanged", "duplicate", "refused"]


class Seen(NamedTuple):
    """A file and its hash, or why it has none (then the hash is empty)."""

    source: Source
    sha256: str
    refused: Refused | None = None


class Entry(NamedTuple):
    """A row of the ledger's table ``paths``."""

    path: str
    source_sha256: str
    settings: str
    outcome: str


class Decision(NamedTuple):
    """What to do about one file.

    Attributes:
        action: ``unchanged`` and ``refused`` need no parsing; ``duplicate`` has the bytes of another path.
        facts: the team's row about it, None when no metadata file ever spoke.
        refused: why, for ``refused``.
    """

    seen: Seen
    action: Action
    facts: dict[str, Any] | None
    refused: Refused | None = None

    @property
    def settings(self) -> str:
        """What the ledger stores to know a change again."""
        return json.dumps(
            {"extraction": EXTRACTION[:16], "metadata": self.facts}, ensure_ascii=False, allow_nan=False, sort_keys=True
        )


class Standing(NamedTuple):
    """What the ledger knows: paths by name, the path of each current document by source hash, standing refusals."""

    entries: Mapping[str, Entry]
    keepers: Mapping[str, str]
    refusals: Mapping[str, Refused]


def standing(workspace: Workspace) -> Standing:
    """Read what the ledger knows."""
    entries = {row["path"]: Entry(*row) for row in workspace.ledger.query("SELECT * FROM paths")}
    documents = workspace.ledger.query("SELECT id, source_sha256, path FROM documents WHERE state = 'current'")
    keepers = {
        row["source_sha256"]: row["path"]
        for row in documents
        if row["id"] == document_id(row["source_sha256"], "", EXTRACTION)
    }
    problems = workspace.ledger.query(
        "SELECT scope, problem FROM problems WHERE step = 'ingest' AND position = 0 ORDER BY scope"
    )
    refusals: dict[str, Refused] = {}
    for row in problems:
        entry = entries.get(row["scope"])
        if entry and entry.outcome == "refused" and entry.source_sha256:
            found = Problem.model_validate_json(row["problem"])
            refusals[entry.source_sha256] = Refused(found.code, found.found)
    return Standing(entries, keepers, refusals)


def decide(seen: Sequence[Seen], known: Standing, facts: Facts | None, folders: Sequence[str]) -> list[Decision]:
    """Decide about each file, in the order given.

    Args:
        seen: the files of this ingest, sorted by name.
        known: what the ledger knows.
        facts: the metadata file's rows; without one, what an earlier one said stays.
        folders: stored names of the folders that this ingest looked through: a path below them that was not seen
            is gone, and another file with its bytes takes its place.
    """
    hashes = {name: entry.source_sha256 for name, entry in known.entries.items()}
    names = {one.source.name for one in seen}
    gone = {name for name in hashes if name not in names and any(name.startswith(f"{folder}/") for folder in folders)}
    hashes |= {one.source.name: one.sha256 for one in seen}
    keepers: dict[str, str] = {}
    for one in seen:
        keeper = known.keepers.get(one.sha256)
        holds = keeper is not None and keeper not in gone and hashes.get(keeper) == one.sha256
        keepers.setdefault(one.sha256, keeper if holds and keeper else one.source.name)
    return [_decision(one, known, _facts_of(one.source.name, known, facts), keepers[one.sha256]) for one in seen]


def _facts_of(name: str, known: Standing, facts: Facts | None) -> dict[str, Any] | None:
    if facts is not None:
        return facts.rows.get(name, {})
    entry = known.entries.get(name)
    kept: dict[str, Any] | None = json.loads(entry.settings).get("metadata") if entry else None
    return kept


def _decision(one: Seen, known: Standing, facts: dict[str, Any] | None, keeper: str) -> Decision:
    if one.refused:
        return Decision(one, "refused", facts, one.refused)
    name = one.source.name
    wanted = Decision(one, "parse", facts)
    entry = known.entries.get(name)
    same = entry is not None and (entry.source_sha256, entry.settings) == (one.sha256, wanted.settings)
    if entry and same and entry.outcome == "refused":
        return wanted._replace(action="refused", refused=known.refusals.get(one.sha256))
    if keeper != name:
        return wanted._replace(action="duplicate")
    if entry and same and entry.outcome == "document" and known.keepers.get(one.sha256) == name:
        return wanted._replace(action="unchanged")
    return wanted
