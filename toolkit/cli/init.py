"""``toolkit init``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, show


@click.command("init")
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--schema", help="The schema that push and validate use when they name none.")
@click.option("--policy", help="Which view of a text may leave the workspace: none (as extracted).")
@json_option
@click.pass_obj
def command(place: Place, folder: Path, schema: str | None, policy: str | None, as_json: bool) -> None:
    """Make a workspace in DIR: toolkit.yaml and a folder raw/ for the sources."""
    from toolkit.console import ask_policy
    from toolkit.pipeline.start import start

    del place
    show(start(folder, schema=schema, policy=policy or ask_policy(as_json)), "init", as_json)
