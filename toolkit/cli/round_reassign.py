"""``toolkit round reassign``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, Commas, json_option, run_verb


@click.command("reassign")
@click.option("--round", required=True, help="The round's name.")
@click.option("--join", type=Commas(), help="Who joins, with commas: they take open tasks of who has the most.")
@click.option("--leave", type=Commas(), help="Who leaves: their open tasks go to others, their answers stay.")
@click.option(
    "--file",
    type=EXISTING,
    help="For a round in files: a folder for NAME.added.json to import and remove.jsonl, the tasks to delete before.",
)
@json_option
@click.pass_obj
def reassign(
    place: Place,
    round: str,
    join: tuple[str, ...] | None,
    leave: tuple[str, ...] | None,
    file: Path | None,
    as_json: bool,
) -> None:
    """Let annotators join or leave in mid-round. Only open tasks change hands; the round is pulled before."""
    run_verb(place, "round reassign", as_json, round=round, join=join, leave=leave, file=file)
