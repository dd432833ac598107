"""The verbs: where each lives, what it reads and makes. The command line and the recipes both call them from here.

A verb is a plain function. Options are checked against its signature, so a recipe and a command line that name
the same option mean the same thing.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, Result, silent
from toolkit.workspace import Workspace

Reads = Literal["files", "documents", "passages", "schema", "annotations", "records", "dataset", "reports", "runs"]


class Verb(NamedTuple):
    """Where a verb lives and what decides whether it has to run again.

    Attributes:
        function: ``module:name``; imported when the verb is called.
        reads: the nouns that it reads; with equal ones and equal options a finished step need not run again.
        makes: the nouns that it writes.
        remote: it talks to a server whose state is not ours to know, so a recipe always runs it; it is
            idempotent, and a rerun with nothing to do changes nothing.
        page: ``module:name`` of what writes the result as an HTML page, where it has one.
    """

    function: str
    reads: tuple[Reads, ...] = ()
    makes: tuple[Reads, ...] = ()
    remote: bool = False
    page: str | None = None


VERBS: Mapping[str, Verb] = {
    "ingest": Verb("toolkit.documents:ingest", ("files",), ("documents",)),
    "segment": Verb("toolkit.passages:segment", ("documents",), ("passages",)),
    "studio install": Verb("toolkit.studio:studio_install", remote=True),
    "studio start": Verb("toolkit.studio:studio_start", remote=True),
    "studio stop": Verb("toolkit.studio:studio_stop", remote=True),
    "studio status": Verb("toolkit.studio:studio_status", remote=True),
    "studio open": Verb("toolkit.studio:studio_open", remote=True),
    "studio export": Verb("toolkit.studio:studio_export", remote=True),
    "studio backup": Verb("toolkit.studio:studio_backup", remote=True),
    "studio restore": Verb("toolkit.studio:studio_restore", remote=True),
    "studio user add": Verb("toolkit.studio:studio_user_add", remote=True),
    "studio user list": Verb("toolkit.studio:studio_user_list", remote=True),
    "push": Verb("toolkit.studio:push", remote=True),
    "pull": Verb("toolkit.studio:pull", remote=True),
    "round list": Verb("toolkit.rounds:round_list", remote=True),
    "round status": Verb("toolkit.rounds:round_status", remote=True),
    "round report": Verb(
        "toolkit.rounds:round_report", ("annotations", "schema"), ("reports",), page="toolkit.report:round_page"
    ),
    "round next": Verb("toolkit.sampling:round_next", remote=True),
    "round adjudicate": Verb("toolkit.studio:round_adjudicate", remote=True),
    "round reassign": Verb("toolkit.studio:round_reassign", remote=True),
    "validate": Verb("toolkit.records:validate", ("annotations", "passages", "schema"), ("records",)),
    "convert": Verb("toolkit.release:convert", ("records", "passages", "documents", "schema"), ("dataset",)),
    "preflight": Verb("toolkit.preflight:preflight", ("dataset", "passages"), page="toolkit.report:preflight_page"),
    "train": Verb("toolkit.training:train", ("dataset", "passages"), ("runs",), page="toolkit.report:run_page"),
}


def call(verb: str, workspace: Workspace, options: Mapping[str, Any], progress: Progress = silent) -> Result:
    """Run a verb with checked options.

    Raises:
        ToolkitError: ``VERB-OPTIONS`` when an option is unknown or of the wrong kind, and what the verb raises.
    """
    function = _named(VERBS[verb].function)
    checked = checked_options(verb, options)
    if "progress" in inspect.signature(function).parameters:
        checked["progress"] = progress
    result: Result = function(workspace, **checked)
    if page := VERBS[verb].page:
        _named(page)(workspace, result)
    return result


def checked_options(verb: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as the verb's types; text becomes paths and numbers where the signature says so."""
    model = _options_model(verb)
    try:
        checked = model.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        known = ", ".join(options_of(verb))
        raise ToolkitError(
            said(f"'{verb}', option '{name}': {first['msg']}.", f"'{verb}' 的选项 '{name}'：{first['msg']}。"),
            hint=said(f"Its options: {known}.", f"可用选项：{known}。"),
            code="VERB-OPTIONS",
        ) from error
    return {name.removesuffix("_"): getattr(checked, name) for name in checked.model_fields_set}


def options_of(verb: str) -> dict[str, inspect.Parameter]:
    """Return a verb's options: its keyword-only parameters, without ``progress``."""
    parameters = inspect.signature(_named(VERBS[verb].function)).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and name != "progress"
    }


def in_workspace(verb: str, options: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Return options with their relative paths set against the workspace, as recipes mean them."""

    def placed(value: Any) -> Any:
        if isinstance(value, Path):
            return value if value.is_absolute() else root / value
        return type(value)(map(placed, value)) if isinstance(value, list | tuple) else value

    return {name: placed(value) for name, value in checked_options(verb, options).items()}


def _named(place: str) -> Callable[..., Any]:
    module, name = place.split(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


@cache
def _options_model(verb: str) -> type[BaseModel]:
    hints = get_type_hints(_named(VERBS[verb].function))
    # Set apart by an underscore: an option called schema would shadow a name of pydantic's.
    fields: dict[str, Any] = {
        f"{name}_": (
            hints[name],
            Field(... if parameter.default is inspect.Parameter.empty else parameter.default, alias=name),
        )
        for name, parameter in options_of(verb).items()
    }
    return create_model("Options", __config__=ConfigDict(extra="forbid"), **fields)
