"""``toolkit push``."""

import sys
from typing import Any

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, Commas, json_option, run_verb
from toolkit.errors import ToolkitError
from toolkit.language import said


@click.command("push")
@click.option("--round", required=True, help="The round's name.")
@click.option("--schema", help="What is asked. Default: the workspace's schema.")
@click.option(
    "--annotators", required=True, type=Commas(), help="Names, with commas. Each gets a project of their own."
)
@click.option("--overlap", type=click.IntRange(1), help="How many annotators see each passage. Default: 1.")
@click.option("--size", type=click.IntRange(1), help="How many passages. Default: all.")
@click.option(
    "--prelabel",
    multiple=True,
    metavar="HOW",
    help="Predictions to begin from: rules:FILE.yaml, round:NAME, python:FILE.py:function, or endpoint, which sends "
    "the text to the model that toolkit.yaml names. Repeatable; the first is believed first.",
)
@click.option("--yes", is_flag=True, default=None, help="Agree that text leaves this machine for the endpoint.")
@click.option("--problems", is_flag=True, default=None, help="Ask again what became a problem in earlier rounds.")
@click.option(
    "--sample",
    metavar="HOW",
    help="Choose what nobody was asked about: random, diverse, disagreement, uncertainty, value, or the file of "
    "round next. Settled when the round opens.",
)
@click.option("--scores", type=EXISTING, help="Ask again what a training run's scores.jsonl doubts the most.")
@click.option(
    "--gold",
    type=EXISTING,
    help="Passages with known answers (JSON Lines, records will do), mixed in for every annotator. Settled when the "
    "round opens.",
)
@click.option(
    "--renew-guideline",
    is_flag=True,
    default=None,
    help="Go on under the guideline as it is now; the round records it.",
)
@click.option("--file", type=EXISTING, help="Write import files (a folder, or FILE.json); no server is asked.")
@json_option
@click.pass_obj
def command(place: Place, /, as_json: bool, **options: Any) -> None:
    """Send passages to Label Studio as tasks: open a round, or continue it. Never the same task twice.

    Rounds are blind: each annotator has a project of their own and meets nobody else's answers while labelling. The
    free Label Studio has no roles, though: who wants to can open the others' projects.
    """
    try:
        run_verb(place, "push", as_json, **options)
    except ToolkitError as refusal:
        if refusal.code != "PRELABEL-CONSENT" or as_json or not _agreed(refusal.message):
            raise
        run_verb(place, "push", as_json, **options | {"yes": True})


def _agreed(what: str) -> bool:
    """Ask on a terminal; elsewhere nobody has agreed."""
    return at_a_terminal() and click.confirm(f"{what} {said('Send it?', '是否发送？')}", err=True)


def at_a_terminal() -> bool:
    """Return whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
