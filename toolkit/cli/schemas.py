"""``toolkit schemas``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, show
from toolkit.cli.schemas_guideline import guideline


@click.group("schemas")
def command() -> None:
    """List, show, check and compare schemas, built in and the workspace's own; begin their guidelines."""


command.add_command(guideline)


@command.command("list")
@json_option
@click.pass_obj
def list_(place: Place, as_json: bool) -> None:
    """List the schemas that can be named."""
    from toolkit.catalog import schemas_list

    show(schemas_list(_workspace(place)), "schemas list", as_json)


@command.command("show")
@click.argument("name")
@click.option(
    "--as",
    "as_",
    type=click.Choice(["xml", "jsonschema", "guideline"]),
    default="guideline",
    help="Which derived text.",
)
@json_option
@click.pass_obj
def show_(place: Place, name: str, as_: str, as_json: bool) -> None:
    """Show what derives from a schema: labelling screen, JSON schema or guideline."""
    from toolkit.annotations import schemas_show

    show(schemas_show(_workspace(place), name=name, as_=as_), "schemas show", as_json)  # type: ignore[arg-type]


@command.command("check")
@click.argument("file", type=EXISTING)
@json_option
@click.pass_obj
def check(place: Place, file: Path, as_json: bool) -> None:
    """Tell a schema's author what is wrong with it."""
    from toolkit.catalog import schemas_check

    del place
    show(schemas_check(file=file), "schemas check", as_json)


@command.command("diff")
@click.argument("before")
@click.argument("after")
@json_option
@click.pass_obj
def diff(place: Place, before: str, after: str, as_json: bool) -> None:
    """Say what changed from one schema to another, and whether stored answers stay valid.

    Each is a name, a file, or round:NAME for what a round asks.
    """
    from toolkit.catalog import schemas_diff

    show(schemas_diff(_workspace(place), before=before, after=after), "schemas diff", as_json)


def _workspace(place: Place):  # type: ignore[no-untyped-def]  # noqa: ANN202 - naming the type would import pydantic
    from toolkit.pipeline.start import workspace_if_any

    return workspace_if_any(place.workspace)
