"""``toolkit studio user``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb


@click.group("user")
def user() -> None:
    """Accounts for annotators on the local Label Studio, made through its invite link."""


@user.command("add")
@click.argument("name")
@json_option
@click.pass_obj
def add(place: Place, name: str, as_json: bool) -> None:
    """Make an account for the annotator NAME, or find the one made before, and show its log-in."""
    run_verb(place, "studio user add", as_json, name=name)


@user.command("list")
@json_option
@click.pass_obj
def list_(place: Place, as_json: bool) -> None:
    """List the accounts that were made, without their passwords."""
    run_verb(place, "studio user list", as_json)
