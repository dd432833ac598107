"""A recipe: a YAML file of verbs and options, checked before its first step runs."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from toolkit.catalog import find_recipe
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun
from toolkit.pipeline.verbs import VERBS, checked_options
from toolkit.workspace import Workspace

_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Step(Noun):
    """One verb with its options, as the command line names them."""

    verb: str
    options: dict[str, Any]

    @property
    def key(self) -> str:
        """What tells this step from the recipe's others."""
        named = [str(self.options[name]) for name in ("round", "name", "dataset", "stage") if name in self.options]
        return " ".join([self.verb, *named])


class Recipe(Noun):
    """A named list of steps."""

    name: str
    path: Path
    title: dict[str, str]
    steps: tuple[Step, ...]


class _File(Noun):
    title: dict[str, str] = Field(default_factory=dict)
    vars: dict[str, Any] = Field(default_factory=dict)
    steps: list[dict[str, dict[str, Any] | None]] = Field(min_length=1)


def read_recipe(name: str, workspace: Workspace | None, settings: Mapping[str, str] | None = None) -> Recipe:
    """Read a recipe by path or name, put in its variables, and check every step's verb and options.

    Args:
        name: a path, or a name looked up in the workspace's ``pipelines/`` and among those built in.
        workspace: whose own recipes come first; None outside of one.
        settings: values for the recipe's ``vars``; a list is written with commas.

    Raises:
        ToolkitError: ``RECIPE-UNKNOWN``, ``RECIPE-BROKEN``, ``VERB-OPTIONS``.
    """
    import yaml

    path = find_recipe(name, workspace)
    try:
        file = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise _broken(path, _first_line(error)) from error
    variables = _variables(path, file.vars, settings or {})
    steps = [_step(path, number, entry, variables) for number, entry in enumerate(file.steps, 1)]
    return Recipe(name=path.stem, path=path, title=file.title, steps=tuple(steps))


def _variables(path: Path, declared: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    for name in settings:
        if name not in declared:
            raise _broken(path, said(f"it has no variable '{name}'", f"没有变量 '{name}'"), known=", ".join(declared))
    return {**declared, **{name: _typed(text, declared[name]) for name, text in settings.items()}}


def _typed(text: str, like: Any) -> Any:
    if isinstance(like, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    return int(text) if isinstance(like, int) and text.lstrip("-").isdigit() else text


def _step(path: Path, number: int, entry: Mapping[str, Any], variables: Mapping[str, Any]) -> Step:
    if len(entry) != 1:
        raise _broken(path, said(f"step {number} names {len(entry)} verbs", f"第 {number} 步有 {len(entry)} 个动词"))
    verb, written = next(iter(entry.items()))
    if verb not in VERBS:
        raise _broken(
            path, said(f"step {number}: no verb '{verb}'", f"第 {number} 步：没有动词 '{verb}'"), known=", ".join(VERBS)
        )
    options = {str(name).replace("-", "_"): _filled(path, value, variables) for name, value in (written or {}).items()}
    checked_options(verb, options)
    return Step(verb=verb, options=options)


def _filled(path: Path, value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_filled(path, part, variables) for part in value]
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if name not in variables:
            raise _broken(
                path,
                said(f"'${{{name}}}' is not among its vars", f"vars 中没有 '${{{name}}}'"),
                known=", ".join(variables),
            )
    whole = _VARIABLE.fullmatch(value)
    return variables[whole[1]] if whole else _VARIABLE.sub(lambda found: str(variables[found[1]]), value)


def _broken(path: Path, what: str, known: str = "") -> ToolkitError:
    example = "steps: [{segment: {by: clause}}]"
    return ToolkitError(
        said(f"The recipe '{path}' cannot be used: {what}.", f"无法使用流程文件 '{path}'：{what}。"),
        hint=said(f"Known: {known}.", f"可用：{known}。")
        if known
        else said(f"A recipe is YAML such as: {example}", f"流程文件是 YAML，例如：{example}"),
        code="RECIPE-BROKEN",
    )


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"
    return " ".join(str(error).split())
