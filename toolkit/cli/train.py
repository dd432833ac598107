"""``toolkit train``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb


@click.command("train")
@click.argument("dataset")
@click.option(
    "--model", metavar="tiny|DIR", help="A local model folder, or one pre-trained on the corpus. Default: tiny."
)
@click.option("--method", type=click.Choice(["lora", "full"]), help="What learns. Default: lora.")
@click.option(
    "--stage", type=click.Choice(["sft", "pretrain"]), help="pretrain makes the tiny model only. Default: sft."
)
@click.option("--epochs", type=click.IntRange(1), help="Passes over the training rows.")
@click.option("--seeds", type=click.IntRange(1), help="Repetitions of each arm. Default: 3.")
@click.option("--max-length", type=click.IntRange(8), help="Tokens a row may have. Default: 1024.")
@click.option("--run", help="The run's name. Default: from its content.")
@json_option
@click.pass_obj
def command(
    place: Place,
    dataset: str,
    model: str | None,
    method: str | None,
    stage: str | None,
    epochs: int | None,
    seeds: int | None,
    max_length: int | None,
    run: str | None,
    as_json: bool,
) -> None:
    """Fine-tune a little on DATASET, and again on shuffled answers: does the data teach anything?

    The verdict is teaches, does_not_teach or inconclusive; the exit code is 0 whatever it is.
    """
    options = {"model": model, "method": method, "stage": stage, "epochs": epochs, "seeds": seeds}
    run_verb(place, "train", as_json, dataset=dataset, max_length=max_length, run=run, **options)
