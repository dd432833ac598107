"""``toolkit round``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb
from toolkit.cli.round_adjudicate import adjudicate
from toolkit.cli.round_next import next_
from toolkit.cli.round_reassign import reassign


@click.group("round")
def command() -> None:
    """List, watch, report on and adjudicate annotation rounds."""


@command.command("list")
@json_option
@click.pass_obj
def list_(place: Place, as_json: bool) -> None:
    """List the rounds."""
    run_verb(place, "round list", as_json)


@command.command("status")
@click.option("--round", required=True, help="The round's name.")
@json_option
@click.pass_obj
def status(place: Place, round: str, as_json: bool) -> None:
    """Show each annotator's tasks: answered, skipped, open. As of the last pull."""
    run_verb(place, "round status", as_json, round=round)


@command.command("report")
@click.option("--round", required=True, help="The round's name.")
@json_option
@click.pass_obj
def report(place: Place, round: str, as_json: bool) -> None:
    """Measure agreement on each field, with intervals, and write report.json and report.html."""
    run_verb(place, "round report", as_json, round=round)


command.add_command(adjudicate)
command.add_command(next_)
command.add_command(reassign)
