"""The schema that a round asks: settled when the round opens, kept beside it, the same to its end."""

from toolkit.catalog import KEPT, FoundSchema, find_schema, reference_of
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.schema import load_schema, version_of
from toolkit.workspace import Workspace, write_bytes


def asked_by(workspace: Workspace, round_name: str, named: str) -> FoundSchema:
    """Return the schema for a round that opens or goes on: its own copy where it is open under the named schema.

    Args:
        workspace: where the round is, or will be.
        round_name: the round.
        named: the schema by name or path, as the user says it.

    Raises:
        ToolkitError: what finding a schema raises.
    """
    if workspace.has_round(round_name):
        kept = find_schema(f"round:{round_name}", workspace)
        is_name = not named.startswith("round:")
        if named == kept.reference or (is_name and reference_of(named, workspace) == kept.reference):
            return kept
    return find_schema(named, workspace)


def keep_schema(workspace: Workspace, round_name: str, found: FoundSchema) -> None:
    """Put a copy of the schema's file beside the round, before the round is open.

    Raises:
        ToolkitError: ``SCHEMA-NOT-ALONE`` when the copy is not the same schema: the file reads something beside it.
    """
    kept = workspace.round(round_name) / KEPT
    write_bytes(kept, found.path.read_bytes())
    try:
        alone = version_of(load_schema(kept)) == found.version
    except ToolkitError:
        alone = False
    if not alone:
        raise ToolkitError(
            said(
                f"The schema file '{found.path}' is another schema, or none, when it lies in another folder.",
                f"模式文件 '{found.path}' 换到其他文件夹后就不再是同一个模式。",
            ),
            hint=said(
                "Write all of it in one file: it may import toolkit.schema, pydantic and the standard library, and "
                "read no file beside it.",
                "请把全部内容写在一个文件里：只可导入 toolkit.schema、pydantic 和标准库，不可读取旁边的文件。",
            ),
            code="SCHEMA-NOT-ALONE",
        )
