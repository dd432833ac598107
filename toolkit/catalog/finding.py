"""Finding schemas and recipes by one door: an explicit path, then the workspace's own folder, then built in.

Only what the user named is run. Listing a workspace reads file names; titles come from built-in schemas alone.
"""

import difflib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun
from toolkit.schema import Schema, load_schema, version_of
from toolkit.workspace import Workspace

Kind = Literal["schemas", "pipelines", "examples"]
Where = Literal["path", "workspace", "builtin"]

_SUFFIX: Final = {"schemas": ".py", "pipelines": ".yaml"}
_NAME: Final = re.compile(r"[\w-]+(/[\w-]+)*")
_OF_ROUND: Final = re.compile(r"round:([A-Za-z0-9][A-Za-z0-9._-]*)")
_PACKAGE: Final = Path(__file__).parent.parent
KEPT: Final = "schema.py"
"""The file in a round's folder that holds its schema as it was when the round opened."""


class Listed(Noun):
    """A schema or recipe by its name, which is its path below the folder without the suffix."""

    name: str
    path: Path
    where: Where


@dataclass(frozen=True)
class FoundSchema:
    """A schema that was found and loaded.

    Attributes:
        name: ``legal/contract_clauses``; for a path outside the known folders, the file's stem. Safe in file names.
        reference: what ``find_schema`` finds it by again: the name, or the absolute path of a file outside.
    """

    name: str
    path: Path
    model: type[Schema]
    version: str
    reference: str


def find_schema(name: str, workspace: Workspace | None) -> FoundSchema:
    """Find and load a schema by path or name, or as a round asks it: ``round:NAME``.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN`` with the three places looked at, ``SCHEMA-BROKEN`` when it cannot be used,
            ``SCHEMA-DRIFT`` when what a round kept is not what it asked.
    """
    asked = _OF_ROUND.fullmatch(name)
    if asked and workspace and workspace.has_round(asked[1]):
        return _of_round(workspace, asked[1])
    listed = _find("schemas", name, workspace)
    model = load_schema(listed.path)
    reference = str(listed.path) if listed.where == "path" else listed.name
    return FoundSchema(listed.name, listed.path, model, version_of(model), reference)


def reference_of(name: str, workspace: Workspace | None) -> str:
    """Return what ``find_schema`` finds a schema by again, without running its file.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN``.
    """
    listed = look_up(name, workspace)
    return str(listed.path) if listed.where == "path" else listed.name


def named_schema(name: str | None, workspace: Workspace) -> str:
    """Return the schema that is asked for: as named, or the workspace's own.

    Raises:
        ToolkitError: ``SCHEMA-UNSET`` when neither is there.
    """
    if chosen := name or workspace.settings.schema_name:
        return chosen
    raise ToolkitError(
        said("No schema is named.", "未指定模式。"),
        hint=said(
            "Name one with --schema or in toolkit.yaml; see: toolkit schemas list",
            "请用 --schema 或在 toolkit.yaml 中指定；可查看：toolkit schemas list",
        ),
        code="SCHEMA-UNSET",
    )


def look_up(name: str, workspace: Workspace | None) -> Listed:
    """Return where a schema is, without running its file.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN``.
    """
    return _find("schemas", name, workspace)


def _of_round(workspace: Workspace, round_name: str) -> FoundSchema:
    """Return the schema that a round asks: its own copy, or the named file for a round that keeps none."""
    folder = workspace.round(round_name)
    plan = json.loads((folder / "round.json").read_text(encoding="utf-8"))
    reference, version = str(plan["schema_name"]), str(plan["schema_version"])
    kept = folder / KEPT
    if kept.is_file():
        model = load_schema(kept)
        name = Path(reference).stem if reference.endswith(_SUFFIX["schemas"]) else reference
        found = FoundSchema(name, kept, model, version_of(model), reference)
    else:
        found = find_schema(reference, workspace)
    if found.version != version:
        raise _drifted(round_name, version, found)
    return found


def _drifted(round_name: str, version: str, found: FoundSchema) -> ToolkitError:
    return ToolkitError(
        said(
            f"The round '{round_name}' asks version {version} of the schema '{found.reference}'; the file "
            f"'{found.path}' is version {found.version}.",
            f"轮次 '{round_name}' 使用模式 '{found.reference}' 的版本 {version}；"
            f"文件 '{found.path}' 的版本是 {found.version}。",
        ),
        hint=said(
            "Restore that file as it was when the round opened; a changed schema is for a new round.",
            "请把该文件恢复为轮次开启时的内容；修改后的模式请用于新的轮次。",
        ),
        code="SCHEMA-DRIFT",
    )


def find_recipe(name: str, workspace: Workspace | None) -> Path:
    """Find a recipe by path or name.

    Raises:
        ToolkitError: ``RECIPE-UNKNOWN`` with the three places looked at.
    """
    return _find("pipelines", name, workspace).path


def list_schemas(workspace: Workspace | None) -> tuple[Listed, ...]:
    """Return the schemas that can be named, the workspace's before the built-in ones that they hide."""
    return _list("schemas", workspace)


def list_recipes(workspace: Workspace | None) -> tuple[Listed, ...]:
    """Return the recipes that can be named, the workspace's before the built-in ones that they hide."""
    return _list("pipelines", workspace)


def builtin(kind: Kind) -> Path:
    """Return the folder of what ships with the toolkit: inside the package, or at the top of a checkout."""
    packed = _PACKAGE / "_builtin" / kind
    return packed if packed.is_dir() else _PACKAGE.parent / kind


def _folders(kind: Kind, workspace: Workspace | None) -> list[tuple[Where, Path]]:
    own: list[tuple[Where, Path]] = [("workspace", workspace.root / kind)] if workspace else []
    return [*own, ("builtin", builtin(kind))]


def _list(kind: Kind, workspace: Workspace | None) -> tuple[Listed, ...]:
    found: dict[str, Listed] = {}
    for where, folder in _folders(kind, workspace):
        for path in folder.rglob(f"*{_SUFFIX[kind]}"):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if _NAME.fullmatch(name) and path.is_file() and not path.stem.startswith("__"):
                found.setdefault(name, Listed(name=name, path=path, where=where))
    return tuple(found[name] for name in sorted(found))


def _find(kind: Kind, name: str, workspace: Workspace | None) -> Listed:
    path = Path(name)
    if path.suffix == _SUFFIX[kind] and path.is_file():
        return _at(kind, path.absolute(), workspace)
    if _NAME.fullmatch(name):
        for where, folder in _folders(kind, workspace):
            file = folder / f"{name}{_SUFFIX[kind]}"
            if file.is_file():
                return Listed(name=name, path=file, where=where)
    raise _unknown(kind, name, workspace)


def _at(kind: Kind, path: Path, workspace: Workspace | None) -> Listed:
    """Return an explicit path, by name where it is what the name would find."""
    for listed in _list(kind, workspace):
        if listed.path.resolve() == path.resolve():
            return listed
    return Listed(name=path.stem, path=path, where="path")


def _unknown(kind: Kind, name: str, workspace: Workspace | None) -> ToolkitError:
    names = [listed.name for listed in _list(kind, workspace)]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4) or [
        known for known in names if known.rpartition("/")[2] == name.rpartition("/")[2]
    ]
    own = str(workspace.root / kind) if workspace else said("(no workspace)", "（没有工作区）")
    noun = {"schemas": ("schema", "模式"), "pipelines": ("recipe", "流程")}[kind]
    did_you_mean = ", ".join(near or names) or said("none", "无")
    return ToolkitError(
        said(
            f"There is no {noun[0]} '{name}'. Looked at: the path '{Path(name).absolute()}'; the workspace's "
            f"folder {own!r}; the built-in folder '{builtin(kind)}'.",
            f"没有{noun[1]} '{name}'。已查找：路径 '{Path(name).absolute()}'；工作区文件夹 {own!r}；"
            f"内置文件夹 '{builtin(kind)}'。",
        ),
        hint=said(
            f"{'Did you mean' if near else 'Known'}: {did_you_mean}",
            f"{'您是否想用' if near else '可用'}：{did_you_mean}",
        ),
        code="SCHEMA-UNKNOWN" if kind == "schemas" else "RECIPE-UNKNOWN",
    )
