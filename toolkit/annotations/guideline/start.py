"""A guideline to begin from: the built-in schema's own, or the labels one by one to say what belongs there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from toolkit.catalog import FoundSchema, find_schema, guideline_file, look_up
from toolkit.catalog.guideline import SUFFIX
from toolkit.language import Language
from toolkit.noun import Result
from toolkit.schema import LABELLED, Field, fields_of
from toolkit.workspace import Workspace, write_bytes

_SAYS: Final = {"en": ": what belongs here, what does not, an example.", "zh": "：哪些属于、哪些不属于，举一例。"}


class SchemasGuidelineResult(Result):
    """Where a schema's guideline lies, to be edited; ``changed`` when it was written just now."""

    name: str
    file: str


def schemas_guideline(workspace: Workspace, *, name: str) -> SchemasGuidelineResult:
    """Put a guideline to begin from into the workspace's ``schemas/``; one that is there is left as it is.

    Args:
        workspace: whose guideline it will be.
        name: the schema by name or path; for a path outside the workspace the guideline lies beside it.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN``, ``SCHEMA-BROKEN``.
    """
    found, listed = find_schema(name, workspace), look_up(name, workspace)
    named = workspace.root / "schemas" / f"{listed.name}{SUFFIX}"
    file = listed.path.with_suffix(SUFFIX) if listed.where == "path" else named
    there = file.is_file()
    if not there:
        write_bytes(file, _start(found, guideline_file(name, workspace)))
    return SchemasGuidelineResult(name=found.name, file=str(file), changed=not there)


def _start(found: FoundSchema, like: Path | None) -> bytes:
    if like:
        return like.read_bytes()
    fields = [field for field in fields_of(found.model) if field.kind in LABELLED]
    return "\n".join([*_half(fields, "en"), "---", "", *_half(fields, "zh")]).encode()


def _half(fields: list[Field], language: Language) -> Iterator[str]:
    for field in fields:
        yield f"## {field.title.text(language)}"
        yield ""
        yield from (f"- `{label.value}`{_SAYS[language]}" for label in field.labels)
        yield ""
