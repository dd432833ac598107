"""``toolkit doctor``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, show


@click.command("doctor")
@json_option
@click.pass_obj
def command(place: Place, as_json: bool) -> None:
    """Check Python, packages, the torch build, disk space and Label Studio."""
    from toolkit.pipeline.doctor import doctor

    show(doctor(place.workspace), "doctor", as_json)
