"""``toolkit segment``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, run_verb


@click.command("segment")
@click.option(
    "--by", type=click.Choice(["clause", "section", "paragraph", "window"]), help="Where to cut. Default: clause."
)
@click.option("--max-characters", type=click.IntRange(200), help="No passage is longer. Default: 2000.")
@click.option("--max-tokens", type=click.IntRange(50), help="No passage has more tokens; needs --tokenizer.")
@click.option("--tokenizer", type=EXISTING, help="A tokenizer.json, or the folder that holds one.")
@click.option("--view", type=click.Choice(["clean", "source"]), help="Which text of a document. Default: clean.")
@json_option
@click.pass_obj
def command(
    place: Place,
    by: str | None,
    max_characters: int | None,
    max_tokens: int | None,
    tokenizer: Path | None,
    view: str | None,
    as_json: bool,
) -> None:
    """Cut documents into passages, the units that people label."""
    options = {"max_characters": max_characters, "max_tokens": max_tokens, "tokenizer": tokenizer, "view": view}
    run_verb(place, "segment", as_json, by=by, **options)
