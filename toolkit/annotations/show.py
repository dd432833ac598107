"""What derives from a schema, to look at: the labelling screen's XML, the JSON schema, the guideline."""

import json
from typing import Literal

from toolkit.annotations.guideline import guideline_of, kept_page
from toolkit.annotations.screen import labelling_config
from toolkit.catalog import find_schema
from toolkit.noun import Result
from toolkit.workspace import Workspace

Format = Literal["xml", "jsonschema", "guideline"]


class SchemaShowResult(Result):
    """One thing derived from a schema, as text."""

    name: str
    format: Format
    text: str


def schemas_show(workspace: Workspace | None, *, name: str, as_: Format) -> SchemaShowResult:
    """Show what derives from a schema.

    Args:
        workspace: where to look for the team's own schemas, or None.
        name: the schema's name or path.
        as_: ``xml`` (Label Studio), ``jsonschema``, or ``guideline`` (Markdown in both languages; for ``round:NAME``
            the page that the round keeps).

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN``, ``SCHEMA-BROKEN``.
    """
    found = find_schema(name, workspace)
    if as_ == "xml":
        text = labelling_config(found.model)
    elif as_ == "jsonschema":
        text = json.dumps(found.model.model_json_schema(), ensure_ascii=False, indent=2) + "\n"
    else:
        text = (kept_page(found) or guideline_of(found, workspace)).text
    return SchemaShowResult(name=found.name, format=as_, text=text, changed=False)
