"""``toolkit pull``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, run_verb


@click.command("pull")
@click.option("--round", help="The round's name.")
@click.option("--file", type=EXISTING, help="Read an export (JSON) of any Label Studio instead of the server.")
@click.option("--schema", help="How to read an export that was not pushed from here: a field for each control.")
@json_option
@click.pass_obj
def command(place: Place, round: str | None, file: Path | None, schema: str | None, as_json: bool) -> None:
    """Bring a round's annotations back, every version kept, every span checked against the text."""
    run_verb(place, "pull", as_json, round=round, file=file, schema=schema)
