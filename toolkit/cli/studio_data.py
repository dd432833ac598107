"""``toolkit studio export``, ``backup`` and ``restore``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, run_verb


@click.command("export")
@click.option("--round", required=True, help="The round's name.")
@click.option("--output", type=EXISTING, required=True, help="A file for all projects, or a folder: one file each.")
@json_option
@click.pass_obj
def export(place: Place, round: str, output: Path, as_json: bool) -> None:
    """Write a round's projects as Label Studio's own JSON: every task with all of its answers."""
    run_verb(place, "studio export", as_json, round=round, output=output)


@click.command("backup")
@click.option("--output", type=EXISTING, help="The tar.gz. Default: in the user's state folder, named by its content.")
@json_option
@click.pass_obj
def backup(place: Place, output: Path | None, as_json: bool) -> None:
    """Copy the local server's data and log-ins into one file, also while it runs. The file is a secret."""
    run_verb(place, "studio backup", as_json, output=output)


@click.command("restore")
@click.argument("file", type=EXISTING)
@click.option("--replace", is_flag=True, default=None, help="Take the place of data that are there.")
@click.option("--database", metavar="URL", help="For a backup of PostgreSQL: which one to fill. Default: as before.")
@json_option
@click.pass_obj
def restore(place: Place, file: Path, replace: bool | None, database: str | None, as_json: bool) -> None:
    """Put the data of a backup FILE in place; the server has to be stopped."""
    run_verb(place, "studio restore", as_json, file=file, replace=replace, database=database)
