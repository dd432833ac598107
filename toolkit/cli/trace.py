"""``toolkit trace``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, show


@click.command("trace")
@click.argument("identity", metavar="ID")
@json_option
@click.pass_obj
def command(place: Place, identity: str, as_json: bool) -> None:
    """Walk from any ID back to file, page, span and people, and on to datasets and runs.

    IDs begin with doc_, pas_, tsk_, ann_, rec_ or exa_; datasets and runs go by name.
    """
    from toolkit.pipeline.trace import trace
    from toolkit.workspace import Workspace

    show(trace(Workspace.find(place.workspace), identity), "trace", as_json)
