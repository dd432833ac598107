"""What the commands share: the JSON option, lists with commas, and the way from options to a shown result."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from toolkit.cli import Place

Function = TypeVar("Function", bound=Callable[..., Any])

EXISTING = click.Path(path_type=Path)
"""A path; whether it exists is the verb's to say, with a hint."""


def json_option(function: Function) -> Function:
    """Add ``--json``: one JSON object on standard output, everything else on standard error."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(function)


class Commas(click.ParamType[tuple[str, ...]]):
    """A list written with commas: ``A,B``."""

    name = "a,b"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split at commas; an empty part is an error."""
        if isinstance(value, tuple):
            return value
        parts = tuple(part.strip() for part in str(value).split(","))
        if not all(parts):
            self.fail(f"{value!r} has an empty part", param, ctx)
        return parts


def run_verb(place: Place, verb: str, as_json: bool, **options: Any) -> None:
    """Call a verb in the workspace with the options that were given, show its result, exit with its code.

    Options that are None were not given; the verb's own default holds.
    """
    from toolkit.pipeline.verbs import call
    from toolkit.workspace import Workspace

    given = {name: value for name, value in options.items() if value is not None and value != ()}
    show(call(verb, Workspace.find(place.workspace), given, _progress()), verb, as_json)


def show(result: Any, verb: str, as_json: bool) -> None:
    """Show a result and exit: 3 when there are problems, else 0."""
    from toolkit import console
    from toolkit.errors import PROBLEMS

    console.clear_progress()
    console.print_json(result) if as_json else console.print_result(result, verb)
    sys.exit(PROBLEMS if result.problems else 0)


def _progress() -> Any:
    from toolkit import console

    return console.progress
