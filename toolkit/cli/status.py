"""``toolkit status``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, show


@click.command("status")
@json_option
@click.pass_obj
def command(place: Place, as_json: bool) -> None:
    """Count every noun of the workspace and say what to do next."""
    from toolkit.pipeline.status import status
    from toolkit.workspace import Workspace

    show(status(Workspace.find(place.workspace)), "status", as_json)
