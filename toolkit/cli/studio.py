"""``toolkit studio``. Accounts are in ``studio_user``, copies of data in ``studio_data``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, run_verb
from toolkit.cli.studio_data import backup, export, restore
from toolkit.cli.studio_user import user


@click.group("studio")
def command() -> None:
    """Install, start and stop the local Label Studio, or use the one that LABEL_STUDIO_URL names.

    An existing server needs https, unless it is on this machine or LABEL_STUDIO_ALLOW_HTTP=1 is set.
    """


@command.command("install")
@json_option
@click.pass_obj
def install(place: Place, as_json: bool) -> None:
    """Install the pinned Label Studio into an environment of its own, under the user's cache folder."""
    run_verb(place, "studio install", as_json)


@command.command("start")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: a free one.")
@click.option(
    "--database",
    metavar="URL",
    help="postgresql://USER:PASSWORD@HOST:PORT/NAME (without :PASSWORD, PGPASSWORD counts), or sqlite. Default: as "
    "before, at first sqlite.",
)
@json_option
@click.pass_obj
def start(place: Place, port: int | None, database: str | None, as_json: bool) -> None:
    """Start it on 127.0.0.1 and wait until it is healthy; a second start finds the running one."""
    run_verb(place, "studio start", as_json, port=port, database=database)


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
    """Say whether it runs, where, with which log-in, and which advisories are published about its version."""
    run_verb(place, "studio status", as_json)


@command.command("open")
@click.option("--round", help="The round's name. Default: the server's front page.")
@click.option("--annotator", metavar="NAME", help="Whose project in the round.")
@click.option("--browser/--no-browser", default=None, help="Default: a browser on a desktop, none with --json.")
@json_option
@click.pass_obj
def open_(place: Place, round: str | None, annotator: str | None, browser: bool | None, as_json: bool) -> None:
    """Print the address of the server, or of a round's projects, and open it in a browser."""
    opened = not as_json if browser is None else browser
    run_verb(place, "studio open", as_json, round=round, annotator=annotator, browser=opened)


for part in (user, export, backup, restore):
    command.add_command(part)
