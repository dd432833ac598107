"""``toolkit pull``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb


@click.command("pull")
@click.option("--round", required=True, help="The round's name.")
@json_option
@click.pass_obj
def command(place: Place, round: str, as_json: bool) -> None:
    """Bring a round's annotations back, every version kept, every span checked against the text."""
    run_verb(place, "pull", as_json, round=round)
