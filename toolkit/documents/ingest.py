"""Files to documents: each becomes a document, a container, an exact duplicate or a coded refusal; the sum shows it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from toolkit.documents.decisions import Seen, decide, standing
from toolkit.documents.engine import EngineName, open_engine
from toolkit.documents.intake import Intake, Outcome
from toolkit.documents.metadata import Told, read_facts
from toolkit.documents.near_duplicates import Keep, find_near_duplicates
from toolkit.documents.options import Options, Tables
from toolkit.documents.recognition import check_extra
from toolkit.documents.refusal import HELD, Refused
from toolkit.documents.sources import Source, find_sources, sha256_of, stored_name
from toolkit.documents.store import repair
from toolkit.language import said
from toolkit.noun import Account, Problem, Progress, Result, count_by, silent
from toolkit.workspace import Workspace


class IngestResult(Result):
    """What became of the files.

    Attributes:
        files: files looked at; ``documents - members + containers + unchanged + refused + exact_duplicates``.
        documents: documents made, new or anew.
        containers: files read that hold several documents: archives, tables, mails with attachments.
        members: those of the documents that came out of containers.
        unchanged: files whose documents stand as they were.
        refused: files that became no document, on this run or an earlier one.
        exact_duplicates: files with the bytes of another path.
        near_duplicates: documents of the workspace of which a near-twin is kept.
        held: documents of these files that yield no passages yet: they need OCR, or do not read as text.
        superseded: documents that this run replaced because their file now holds other bytes.
    """

    files: int
    documents: int
    containers: int
    members: int
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
    tables: Tables | None = None,
    ocr: bool = False,
    keep: Keep = "longest",
    workers: int = 1,
    engine: EngineName = "local",
    progress: Progress = silent,
) -> IngestResult:
    """Turn files into documents. Neither ``workers`` nor ``engine`` changes the outcome; a rerun parses what changed.

    Args:
        workspace: where the documents go.
        paths: files and folders; folders are searched through, hidden files left out.
        metadata: CSV or JSON Lines with a column ``path``; its other columns go to the documents' ``meta``. Without
            one, documents keep what an earlier one said.
        tables: ``sheet``: a table file or sheet is one document; ``row``: each of its rows is one. Default: what
            ``toolkit.yaml`` says.
        ocr: read the pages of PDFs that have no text layer. Pages once read stay read.
        keep: which of a cluster of near-duplicates is kept: the longest, or the newest by the metadata's ``date``.
        workers: how many files are parsed at a time.
        engine: where they are parsed: ``local`` or ``ray``.
        progress: told of every file.

    Raises:
        ToolkitError: before anything is written: ``PATH-MISSING``, ``PATH-EMPTY``, ``PATH-CLASH``,
            ``METADATA-BROKEN``, ``EXTRA-MISSING``. ``LOCKED`` when another run holds the workspace, ``IO-FULL`` when
            the disk is full.
    """
    sources = find_sources(workspace.root, paths, metadata=metadata)
    folders = [path for path in paths if path.is_dir()]
    said_so = workspace.settings.documents
    told = Told(said_so.paths)
    if metadata:
        told = read_facts(metadata, sources, [*folders, workspace.root], said_so.paths)
    if ocr:
        check_extra()
    options = Options(tables=tables or said_so.tables, ocr=ocr, fields=said_so.fields)
    with workspace.lock(), open_engine(engine, workers, options, workspace.data / "ocr") as parse:
        repair(workspace)
        before = _current(workspace)
        known = standing(workspace)
        seen = list(_look(sources, progress))
        names = [stored_name(folder, workspace.root) for folder in folders]
        intake = Intake(workspace, known, told)
        intake.take(decide(seen, known, told, options, names), parse, progress)
        changed = find_near_duplicates(workspace, keep) or intake.wrote
        if metadata:
            changed = workspace.put_problems("ingest", f"metadata:{metadata.name}", told.problems) or changed
        workspace.write_problems()
        return _result(workspace, intake, changed=changed, superseded=len(before - _current(workspace)))


def _look(sources: Sequence[Source], progress: Progress) -> Iterator[Seen]:
    for done, source in enumerate(sources):
        progress(done, len(sources), said("looking at files", "查看文件"))
        try:
            yield Seen(source, sha256_of(source.file, source.top))
        except Refused as refused:
            yield Seen(source, "", refused)


def _current(workspace: Workspace) -> set[str]:
    return {row["id"] for row in workspace.ledger.query("SELECT id FROM documents WHERE state = 'current'")}


def _result(workspace: Workspace, intake: Intake, *, changed: bool, superseded: int) -> IngestResult:
    counts = count_by(intake.outcomes.values())
    names: tuple[Outcome, ...] = ("documents", "containers", "unchanged", "refused", "exact_duplicates")
    into = {name: counts.get(name, 0) for name in names}
    twins = workspace.ledger.query("SELECT count(*) FROM near_duplicates WHERE document != twin")[0][0]
    return IngestResult(
        files=len(intake.outcomes),
        **{**into, "documents": intake.made},
        members=intake.members,
        near_duplicates=twins,
        held=_held(workspace, intake),
        superseded=superseded,
        problems=workspace.count_problems("ingest"),
        changed=changed,
        account=Account(noun="files", items=len(intake.outcomes), into=into),
    )


def _held(workspace: Workspace, intake: Intake) -> int:
    """How many documents of these files are held."""
    rows = workspace.ledger.query("SELECT scope, problem FROM problems WHERE step = 'ingest'")
    problems = (
        Problem.model_validate_json(row["problem"])
        for row in rows
        if intake.outcomes.get(row["scope"]) in {"documents", "containers", "unchanged"}
    )
    return len({found.where for found in problems if found.code in HELD})
