"""``toolkit segment``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb


@click.command("segment")
@click.option(
    "--by", type=click.Choice(["clause", "section", "paragraph", "window"]), help="Where to cut. Default: clause."
)
@click.option("--max-characters", type=click.IntRange(200), help="No passage is longer. Default: 2000.")
@json_option
@click.pass_obj
def command(place: Place, by: str | None, max_characters: int | None, as_json: bool) -> None:
    """Cut documents into passages, the units that people label."""
    run_verb(place, "segment", as_json, by=by, max_characters=max_characters)
