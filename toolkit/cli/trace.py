"""``toolkit trace``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, show


@click.command("trace")
@click.argument("identity", metavar="ID")
@json_option
@click.pass_obj
def command(place: Place, identity: str, as_json: bool) -> None:
    """Walk from any ID (doc_, pas_, tsk_, ann_, rec_, exa_) back to file, page and span, and on to datasets and runs."""
    from toolkit.pipeline.trace import trace
    from toolkit.workspace import Workspace

    show(trace(Workspace.find(place.workspace), identity), "trace", as_json)
