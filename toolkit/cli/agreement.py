"""``toolkit agreement``."""

from pathlib import Path

import click

from toolkit.cli.options import EXISTING, Commas, json_option, show


@click.command("agreement")
@click.argument("file", type=EXISTING)
@click.option(
    "--level",
    type=click.Choice(["nominal", "ordinal", "interval", "ratio", "set"]),
    help="What the values are. Default: set where a value is a JSON list or holds |, else nominal.",
)
@click.option("--order", type=Commas(), help="Words of an ordinal scale, the lowest first: low,medium,high.")
@click.option(
    "--document", metavar="COLUMN", help="What hangs together and is resampled. Default: document, else the item."
)
@json_option
def command(file: Path, level: str | None, order: tuple[str, ...] | None, document: str | None, as_json: bool) -> None:
    """Measure agreement in any table of ratings, with intervals. Needs no workspace.

    FILE is CSV, TSV or JSON Lines in UTF-8 with the columns item, rater and value; others are ignored. An empty value
    is a missing rating; of several by one rater about one item, the last counts. A set is a|b or a JSON list.
    """
    from toolkit.agreement.of_file import agreement

    show(agreement(file, level=level, document=document, order=order or ()), "agreement", as_json)  # type: ignore[arg-type]
