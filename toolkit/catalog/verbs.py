"""The verbs about schemas: list, check, compare."""

from pathlib import Path
from typing import Any

from toolkit.catalog.finding import Listed, Where, find_schema, list_schemas
from toolkit.catalog.guideline import SUFFIX, read_guideline, unmentioned, warnings_about
from toolkit.noun import Noun, Result
from toolkit.schema import Effect, check_schema, declaration_for, differences, load_schema, version_of
from toolkit.workspace import Workspace


class SchemaRow(Noun):
    """A schema in a list; titles and version are known for built-in ones, since those may be run unasked."""

    name: str
    title_en: str | None
    title_zh: str | None
    version: str | None
    where: Where


class SchemasListResult(Result):
    """The schemas that can be named."""

    schemas: tuple[SchemaRow, ...]


class SchemaFault(Noun):
    """What is wrong with a schema file: which field, what was found, what to do instead."""

    field: str
    found: str
    expected: str


class SchemaCheckResult(Result):
    """Whether a schema file can be used, every reason why not, and what is odd about the guideline beside it.

    Attributes:
        guideline: the file beside it, or None.
        warnings: where the guideline names what the schema does not have; that makes no schema unusable.
        unmentioned: labels, as ``field/label``, that no hand-written rule names; none where nobody wrote a guideline.
    """

    ok: bool
    faults: tuple[SchemaFault, ...]
    guideline: str | None = None
    warnings: tuple[str, ...] = ()
    unmentioned: tuple[str, ...] = ()


class SchemaChange(Noun):
    """One difference between two schemas, and what it means for answers that are stored."""

    field: str
    change: str
    before: str
    after: str
    effect: Effect


class SchemasDiffResult(Result):
    """What changed from one schema to the other.

    Attributes:
        before, after: their versions; equal ones ask the same.
        changes: the whole, then field by field, then the rules; nothing when the versions are equal.
        declare: the migration that the changes call for, to paste and fill in; empty when they call for none.
    """

    before: str
    after: str
    changes: tuple[SchemaChange, ...]
    declare: str


def schemas_diff(workspace: Workspace | None, *, before: str, after: str) -> SchemasDiffResult:
    """Say what changed between two schemas, each a name, a file or ``round:NAME``.

    Raises:
        ToolkitError: what ``find_schema`` raises.
    """
    old, new = find_schema(before, workspace), find_schema(after, workspace)
    changes = differences(old.model, new.model)
    return SchemasDiffResult(
        before=old.version,
        after=new.version,
        changes=tuple(SchemaChange(**change._asdict()) for change in changes),
        declare=declaration_for(old.model, changes),
        changed=False,
    )


def schemas_list(workspace: Workspace | None) -> SchemasListResult:
    """List the schemas that can be named. No file of the workspace is run."""
    return SchemasListResult(schemas=tuple(map(_row, list_schemas(workspace))), changed=False)


def _row(listed: Listed) -> SchemaRow:
    if listed.where != "builtin":
        return SchemaRow(name=listed.name, title_en=None, title_zh=None, version=None, where=listed.where)
    model = load_schema(listed.path)
    title = model.title
    return SchemaRow(
        name=listed.name, title_en=title.en, title_zh=title.zh, version=version_of(model), where=listed.where
    )


def schemas_check(*, file: Path) -> SchemaCheckResult:
    """Run a schema file and say everything that is wrong with it, and what its guideline misnames or leaves out.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN`` when there is no such file, ``GUIDELINE-BROKEN``.
    """
    faults = check_schema(file)
    rows = tuple(SchemaFault(field=fault.field, found=fault.found, expected=fault.expected) for fault in faults)
    about = {} if faults else _about_guideline(file)
    return SchemaCheckResult(ok=not faults, faults=rows, problems=len(faults), changed=False, **about)


def _about_guideline(file: Path) -> dict[str, Any]:
    beside = file.with_suffix(SUFFIX)
    if not beside.is_file():
        return {}
    model, written = load_schema(file), read_guideline(beside)
    return {
        "guideline": str(beside),
        "warnings": tuple(warnings_about(model, written)),
        "unmentioned": unmentioned(model, written),
    }
