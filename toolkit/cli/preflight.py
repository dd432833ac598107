"""``toolkit preflight``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb


@click.command("preflight")
@click.argument("dataset")
@click.option(
    "--tokenizer", metavar="tiny|DIR", help="A local tokenizer folder, or one built from the corpus. Default: tiny."
)
@click.option(
    "--max-length", type=click.IntRange(8), help="Tokens a row may have. Default: each trainer's own; ours is 1024."
)
@click.option(
    "--trainer",
    type=click.Choice(["all", "trl", "llamafactory", "axolotl", "openai", "toolkit"]),
    help="Whose ways count as problems. Default: all, the toolkit's own with every other's beside them.",
)
@json_option
@click.pass_obj
def command(
    place: Place, dataset: str, tokenizer: str | None, max_length: int | None, trainer: str | None, as_json: bool
) -> None:
    """Show what a trainer would really learn from DATASET: masks, cuts, special tokens.

    DATASET is a dataset of the workspace, or the path of a JSON Lines file or a folder with such: rows with messages,
    or with prompt and completion. Exit 3 when an answer loses its end. data/preflight/ has the page and row counts.
    """
    options = {"dataset": dataset, "tokenizer": tokenizer, "max_length": max_length, "trainer": trainer}
    run_verb(place, "preflight", as_json, **options)
