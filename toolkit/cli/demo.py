"""``toolkit demo``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, show


@click.command("demo")
@click.option("--keep", is_flag=True, help="Leave Label Studio running and print its address and log-in.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; start nothing, write nothing.")
@json_option
@click.pass_obj
def command(place: Place, keep: bool, dry_run: bool, as_json: bool) -> None:
    """Run the whole chain on bundled documents in a fresh workspace, with a real Label Studio and a real LoRA run.

    Two scripted annotators and a scripted adjudicator answer through Label Studio's API. One document is broken on
    purpose: the exit code is 0 when exactly the planted problem was found, else 1.
    """
    from toolkit.console import progress, told
    from toolkit.pipeline.demo import demo

    del place
    show(demo(keep=keep, dry_run=dry_run, progress=progress, told=told), "demo", as_json)
