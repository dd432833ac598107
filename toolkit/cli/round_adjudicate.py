"""``toolkit round adjudicate``."""

from pathlib import Path

import click

from toolkit.cli import Place
from toolkit.cli.options import EXISTING, json_option, run_verb, show
from toolkit.cli.push import at_a_terminal


@click.command("adjudicate")
@click.option("--round", required=True, help="The round's name.")
@click.option("--by", required=True, help="Who decides.")
@click.option("--terminal", is_flag=True, default=None, help="Decide here, by keys, without a browser.")
@click.option("--file", type=EXISTING, help="Write an import file (a folder, or FILE.json); no server is asked.")
@json_option
@click.pass_obj
def adjudicate(place: Place, round: str, by: str, terminal: bool | None, file: Path | None, as_json: bool) -> None:
    """Let one person decide the disagreements alone, who sees the candidate answers without names.

    They go to Label Studio as a project of their own; with --terminal they are shown side by side, one after the
    other, and every decision is kept before the next key.
    """
    if terminal and not file and at_a_terminal():
        from toolkit.console.adjudication import adjudicate_in_terminal
        from toolkit.workspace import Workspace

        done = adjudicate_in_terminal(Workspace.find(place.workspace), round=round, by=by)
        show(done, "round adjudicate", as_json)
    else:
        run_verb(place, "round adjudicate", as_json, round=round, by=by, terminal=terminal, file=file)
