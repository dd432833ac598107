"""What an ingest has to do about each file, decided from the files' hashes and the ledger before anything is parsed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from toolkit.documents.extraction import EXTRACTION
from toolkit.documents.metadata import Facts, Told
from toolkit.documents.options import Options, Use
from toolkit.documents.refusal import Refused
from toolkit.documents.sources import Source
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
        facts: what the team says of it.
        options: what the readers are told of it.
        refused: why, for ``refused``.
    """

    seen: Seen
    action: Action
    facts: Facts
    options: Options
    refused: Refused | None = None


def settings(options: Options, uses: Iterable[Use], name: str, facts: Facts) -> str:
    """Return what the ledger stores of a file to know a change again: extraction, options used, the team's facts."""
    known = {**extraction(options.used(uses, name)), "metadata": facts.row, "paths": facts.path}
    return json.dumps(known, ensure_ascii=False, allow_nan=False, sort_keys=True)


def extraction(used: dict[str, Any]) -> dict[str, Any]:
    """Return what a document depends on beside its bytes, given what the options were that it asked for."""
    return {"extraction": EXTRACTION, "options": used}


class Standing(NamedTuple):
    """What the ledger knows: paths by name, the path of each current document by source hash, standing refusals."""

    entries: Mapping[str, Entry]
    keepers: Mapping[str, str]
    refusals: Mapping[str, Refused]


def standing(workspace: Workspace) -> Standing:
    """Read what the ledger knows."""
    entries = {row["path"]: Entry(*row) for row in workspace.ledger.query("SELECT * FROM paths")}
    documents = workspace.ledger.query("SELECT DISTINCT source_sha256, path FROM documents WHERE state = 'current'")
    keepers = {row["source_sha256"]: row["path"] for row in documents}
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


def decide(
    seen: Sequence[Seen], known: Standing, told: Told, options: Options, folders: Sequence[str]
) -> list[Decision]:
    """Decide about each file, in the order given.

    Args:
        seen: the files of this ingest, sorted by name.
        known: what the ledger knows.
        told: the metadata file's rows, and the path patterns; without a file, what an earlier one said stays.
        options: what the project tells the readers.
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
    return [_decision(one, known, told, options, keepers[one.sha256]) for one in seen]


def _decision(one: Seen, known: Standing, told: Told, options: Options, keeper: str) -> Decision:
    name = one.source.name
    entry = known.entries.get(name)
    before = json.loads(entry.settings) if entry else {}
    facts = told.facts(name, before.get("metadata"))
    uses = before.get("options", {})
    if uses.get("ocr"):  # what was recognised stays so, asked for again or not
        options = options.model_copy(update={"ocr": True})
    if one.refused:
        return Decision(one, "refused", facts, options, one.refused)
    wanted = Decision(one, "parse", facts, options)
    same = (
        entry is not None
        and "machine" not in uses
        and entry.source_sha256 == one.sha256
        and entry.settings == settings(options, uses, name, facts)
    )
    if entry and same and entry.outcome == "refused":
        return wanted._replace(action="refused", refused=known.refusals.get(one.sha256))
    if keeper != name:
        return wanted._replace(action="duplicate")
    if entry and same and entry.outcome in {"document", "container"}:
        return wanted._replace(action="unchanged")
    return wanted
