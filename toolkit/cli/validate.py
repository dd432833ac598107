"""``toolkit validate``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, run_verb


@click.command("validate")
@click.option("--round", help="The round whose annotations become records.")
@click.option("--resolver", type=click.Choice(["majority", "lead"]), help="How disagreements end. Default: majority.")
@click.option("--input", type=EXISTING, help="Check a JSONL file of answers instead; nothing is stored.")
@click.option("--schema", help="The schema for --input. Default: the workspace's.")
@json_option
@click.pass_obj
def command(
    place: Place,
    round: str | None,
    resolver: str | None,
    input: Path | None,
    schema: str | None,
    as_json: bool,
) -> None:
    """Check every answer against its schema and make one record of each passage."""
    run_verb(place, "validate", as_json, round=round, resolver=resolver, input=input, schema=schema)
