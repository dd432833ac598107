"""``toolkit convert``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import Commas, json_option, run_verb


@click.command("convert")
@click.option("--name", required=True, help="The dataset's name.")
@click.option("--schema", help="Whose records. Default: the workspace's schema.")
@click.option(
    "--to",
    type=Commas(),
    help="Formats, with commas: messages, prompt-completion, alpaca, sharegpt, openai, llamafactory, axolotl, parquet. "
    "Default: messages, which is added where neither of the first two is named.",
)
@click.option("--split", type=Commas(), help="Shares of train, validation, test. Default: 0.8,0.1,0.1.")
@click.option("--seed", type=int, help="Orders the groups before they are dealt to the splits. Default: 0.")
@json_option
@click.pass_obj
def command(
    place: Place,
    name: str,
    schema: str | None,
    to: tuple[str, ...] | None,
    split: tuple[str, ...] | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Turn records into a dataset folder: split JSONL files, card and manifest. No document crosses a split."""
    run_verb(place, "convert", as_json, name=name, schema=schema, to=to, split=split, seed=seed)
