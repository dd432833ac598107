"""``toolkit ingest``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, run_verb


@click.command("ingest")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=EXISTING)
@click.option("--metadata", type=EXISTING, help="CSV or JSONL with a column 'path': licence, source, group, date, ...")
@click.option("--workers", type=click.IntRange(1), help="Processes that read files. Default: 1.")
@json_option
@click.pass_obj
def command(place: Place, paths: tuple[Path, ...], metadata: Path | None, workers: int | None, as_json: bool) -> None:
    """Read files and folders (TXT, Markdown, PDF, DOCX, HTML) into documents.

    What cannot be read is a problem row, never a silent gap. A rerun reads only what changed.
    """
    run_verb(place, "ingest", as_json, paths=paths, metadata=metadata, workers=workers)
