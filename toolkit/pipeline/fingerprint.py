"""What a step depends on, as one hash: its options and the content of the nouns that it reads."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from toolkit import __version__
from toolkit.catalog import find_schema
from toolkit.noun import digest
from toolkit.pipeline.verbs import VERBS, Reads
from toolkit.workspace import Workspace


def reads_fingerprint(workspace: Workspace, verb: str, options: Mapping[str, Any]) -> str:
    """Return the hash of everything that decides what a step will make."""
    nouns = {noun: _noun(workspace, noun, options) for noun in VERBS[verb].reads}
    written = {name: str(value) for name, value in options.items()}
    return digest([verb, __version__, written, workspace.settings.schema_name, nouns])


def makes_fingerprint(workspace: Workspace, verb: str, options: Mapping[str, Any]) -> str:
    """Return the hash of what a step made, so that a deleted or edited output makes it run again."""
    return digest({noun: _noun(workspace, noun, options) for noun in VERBS[verb].makes})


def _noun(workspace: Workspace, noun: Reads, options: Mapping[str, Any]) -> object:
    if noun == "schema":
        name = options.get("schema") or workspace.settings.schema_name
        named = [find_schema(str(name), workspace).path] if name else []
        # Their bytes, not their versions: a declared migration changes what validate makes, and no version.
        return _hashes([*named, *_under(workspace.root / "schemas")])
    return _hashes(_files(workspace, noun, options))


def _files(workspace: Workspace, noun: Reads, options: Mapping[str, Any]) -> Iterable[Path]:
    if noun == "files":
        named = [*options.get("paths", ()), *([options["metadata"]] if options.get("metadata") else [])]
        return [file for path in named for file in _under(Path(path))]
    dataset = str(options.get("dataset") or options.get("name"))
    folder, rounds = workspace.round(str(options.get("round", ""))), workspace.data / "rounds"
    places: Mapping[Reads, tuple[Path, ...]] = {
        "documents": (workspace.documents,),
        "passages": (workspace.passages,),
        # Of all rounds: what a round from problems asked again is no longer the earlier round's.
        "annotations": tuple(
            file for name in ("annotations.jsonl", "schema.py", "again.jsonl") for file in rounds.glob(f"*/{name}")
        ),
        "reports": (folder / "report.json", folder / "report.html"),
        "records": (workspace.data / "records",),
        # Preflight takes a path too; with a slash in it none is a dataset's name.
        "dataset": (workspace.dataset(dataset), *([workspace.root / dataset] if "/" in dataset else [])),
        "runs": (workspace.data / "runs",),
    }
    return [file for place in places[noun] for file in _under(place)]


def _under(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _hashes(files: Iterable[Path]) -> dict[str, str]:
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()}
