"""``toolkit schemas guideline``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, show


@click.command("guideline")
@click.argument("name")
@json_option
@click.pass_obj
def guideline(place: Place, name: str, as_json: bool) -> None:
    """Begin a schema's guideline: NAME.md in the workspace's schemas/, to be edited. Never overwrites one.

    English first, then a line '---', then Chinese. Annotators get it before the fields and labels; look at the whole
    page with: toolkit schemas show NAME
    """
    from toolkit.annotations import schemas_guideline
    from toolkit.workspace import Workspace

    show(schemas_guideline(Workspace.find(place.workspace), name=name), "schemas guideline", as_json)
