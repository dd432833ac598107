"""``toolkit run``."""

import click

from toolkit.cli import Place
from toolkit.cli.options import json_option, show


@click.command("run")
@click.argument("recipe")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A value for one of the recipe's vars.")
@click.option("--stop-on-problems", is_flag=True, help="Stop after the first step that finds problems.")
@json_option
@click.pass_obj
def command(place: Place, recipe: str, settings: tuple[str, ...], stop_on_problems: bool, as_json: bool) -> None:
    """Run RECIPE (a YAML file or a name): unchanged steps are skipped, and it resumes where it stopped."""
    from toolkit.console import progress, told
    from toolkit.pipeline.recipe import read_recipe
    from toolkit.pipeline.runner import run
    from toolkit.workspace import Workspace

    pairs = {name: value for name, _, value in (setting.partition("=") for setting in settings)}
    workspace = Workspace.find(place.workspace)
    result = run(
        workspace,
        read_recipe(recipe, workspace, pairs),
        stop_on_problems=stop_on_problems,
        progress=progress,
        told=told,
    )
    show(result, "run", as_json)
