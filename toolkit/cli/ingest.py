"""``toolkit ingest``."""

from pathlib import Path
from typing import Any

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, run_verb


@click.command("ingest")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=EXISTING)
@click.option("--metadata", type=EXISTING, help="CSV or JSONL with a column 'path': licence, source, group, date, ...")
@click.option("--tables", type=click.Choice(["sheet", "row"]), help="A document of CSV, XLSX. Default: sheet.")
@click.option("--keep", type=click.Choice(["longest", "newest"]), help="Of near-duplicates. Default: longest.")
@click.option("--ocr", is_flag=True, default=None, help="Read pages without a text layer (extra 'ocr').")
@click.option("--workers", type=click.IntRange(1), help="Processes that read files. Default: 1.")
@click.option("--engine", type=click.Choice(["local", "ray"]), help="Where files are read. Default: local.")
@json_option
@click.pass_obj
def command(place: Place, /, paths: tuple[Path, ...], as_json: bool, **options: Any) -> None:
    """Read files and folders into documents.

    PDF, DOCX, XLSX, PPTX, RTF, HTML, XML, Markdown, text, CSV, JSON, mails, archives of these; old Office files
    through LibreOffice where it is installed. What cannot be read is a problem row, never a silent gap. A rerun reads
    only what changed.
    """
    run_verb(place, "ingest", as_json, paths=paths, **options)
