"""``toolkit studio``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb


@click.group("studio")
def command() -> None:
    """Install, start and stop the local Label Studio, or use the one that LABEL_STUDIO_URL names."""


@command.command("install")
@json_option
@click.pass_obj
def install(place: Place, as_json: bool) -> None:
    """Install the pinned Label Studio into an environment of its own, under the user's cache folder."""
    run_verb(place, "studio install", as_json)


@command.command("start")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: a free one.")
@json_option
@click.pass_obj
def start(place: Place, port: int | None, as_json: bool) -> None:
    """Start it on 127.0.0.1 and wait until it is healthy; a second start finds the running one."""
    run_verb(place, "studio start", as_json, port=port)


@command.command("stop")
@json_option
@click.pass_obj
def stop(place: Place, as_json: bool) -> None:
    """Stop the workspace's Label Studio; its data stay."""
    run_verb(place, "studio stop", as_json)


@command.command("status")
@json_option
@click.pass_obj
def status(place: Place, as_json: bool) -> None:
    """Say whether it runs, where, and with which log-in."""
    run_verb(place, "studio status", as_json)


@command.command("user")
@click.argument("name")
@json_option
@click.pass_obj
def user(place: Place, name: str, as_json: bool) -> None:
    """Make an account for the annotator NAME and show its log-in."""
    run_verb(place, "studio user", as_json, name=name)
