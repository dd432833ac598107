"""``toolkit round``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb


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


@command.command("adjudicate")
@click.option("--round", required=True, help="The round's name.")
@click.option("--by", required=True, help="Who decides.")
@json_option
@click.pass_obj
def adjudicate(place: Place, round: str, by: str, as_json: bool) -> None:
    """Send the disagreements alone to one person, who sees the candidate answers without names."""
    run_verb(place, "round adjudicate", as_json, round=round, by=by)
