"""``toolkit preflight``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb


@click.command("preflight")
@click.argument("dataset")
@click.option(
    "--tokenizer", metavar="tiny|DIR", help="A local tokenizer folder, or one built from the corpus. Default: tiny."
)
@click.option("--max-length", type=click.IntRange(8), help="Tokens a row may have. Default: 1024.")
@json_option
@click.pass_obj
def command(place: Place, dataset: str, tokenizer: str | None, max_length: int | None, as_json: bool) -> None:
    """Show what a trainer would really learn from DATASET: masks, cuts, special tokens."""
    run_verb(place, "preflight", as_json, dataset=dataset, tokenizer=tokenizer, max_length=max_length)
