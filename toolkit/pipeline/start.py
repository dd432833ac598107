"""Begin: make a workspace whose schema and policy are known to exist, or find the one around."""

import os
from pathlib import Path

from toolkit.catalog import find_schema
from toolkit.privacy import views_for
from toolkit.workspace import InitResult, Workspace, init
from toolkit.workspace.settings import FILE


def start(folder: Path, *, schema: str | None = None, policy: str | None = None) -> InitResult:
    """Scaffold a workspace, after checking that its schema and its policy exist.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN``, ``POLICY-UNKNOWN``, and what ``workspace.init`` raises.
    """
    there = Workspace(folder) if (folder / FILE).is_file() else None
    if schema:
        find_schema(schema, there)
    if policy:
        views_for(policy)
    return init(folder, schema=schema, policy=policy)


def workspace_if_any(named: Path | None) -> Workspace | None:
    """Return the workspace around, or None where a command can do without; a named one must exist."""
    if named or os.environ.get("TOOLKIT_WORKSPACE"):
        return Workspace.find(named)
    here = Path.cwd()
    return next((Workspace(folder) for folder in (here, *here.parents) if (folder / FILE).is_file()), None)
