"""``toolkit push``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import Commas, json_option, run_verb


@click.command("push")
@click.option("--round", required=True, help="The round's name.")
@click.option("--schema", help="What is asked. Default: the workspace's schema.")
@click.option(
    "--annotators", required=True, type=Commas(), help="Names, with commas. Each gets a project of their own."
)
@click.option("--overlap", type=click.IntRange(1), help="How many annotators see each passage. Default: 1.")
@click.option("--size", type=click.IntRange(1), help="How many passages. Default: all.")
@json_option
@click.pass_obj
def command(
    place: Place,
    round: str,
    schema: str | None,
    annotators: tuple[str, ...],
    overlap: int | None,
    size: int | None,
    as_json: bool,
) -> None:
    """Send passages to Label Studio as tasks: open a round, or continue it. Never the same task twice."""
    run_verb(place, "push", as_json, round=round, schema=schema, annotators=annotators, overlap=overlap, size=size)
