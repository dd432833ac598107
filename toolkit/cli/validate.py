"""``toolkit validate``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, run_verb


@click.command("validate")
@click.option("--round", help="The round whose annotations become records.")
@click.option(
    "--resolver",
    multiple=True,
    metavar="[FIELD=]NAME",
    help="How disagreements end, for all fields or for one; repeatable. majority (the default): more than half. "
    "dawid-skene: votes weighed by each annotator's reliability; by majority for numbers, dates, rankings, and where "
    "annotators share too few passages. lead: by the adjudicator alone.",
)
@click.option("--input", type=EXISTING, help="Check a JSONL file of answers instead; nothing is stored.")
@click.option("--schema", help="The schema for --input. Default: the workspace's.")
@click.option(
    "--migrate", is_flag=True, default=None, help="Bring answers to an older version of the schema to today's."
)
@json_option
@click.pass_obj
def command(
    place: Place,
    round: str | None,
    resolver: tuple[str, ...],
    input: Path | None,
    schema: str | None,
    migrate: bool | None,
    as_json: bool,
) -> None:
    """Check every answer against its schema and make one record of each passage."""
    options = {"round": round, "resolver": resolver, "input": input, "schema": schema, "migrate": migrate}
    run_verb(place, "validate", as_json, **options)
