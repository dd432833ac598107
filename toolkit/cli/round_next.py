"""``toolkit round next``."""

from typing import Any

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb

STRATEGIES = ("random", "diverse", "disagreement", "uncertainty", "value")
"""Named here too, since help imports nothing heavy; a test holds the two together."""


@click.command("next")
@click.option("--size", type=click.IntRange(1), required=True, help="How many passages.")
@click.option(
    "--strategy",
    type=click.Choice(STRATEGIES),
    help="random; diverse: unlike all labelled; disagreement: likes of it were answered differently; uncertainty and "
    "value: by the last training run's scores. Default: diverse.",
)
@click.option("--schema", help="What will be asked. Default: the workspace's schema.")
@click.option("--run", metavar="NAME", help="The training run whose scores count. Default: the last.")
@click.option("--seed", type=int, help="Another seed, another draw. Default: 0.")
@json_option
@click.pass_obj
def next_(place: Place, /, as_json: bool, **options: Any) -> None:
    """Choose passages that nobody was asked about, into data/next.jsonl, and say what their labels would change."""
    run_verb(place, "round next", as_json, **options)
