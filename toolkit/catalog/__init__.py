"""Schemas and recipes by name, path or round: finding them, and the verbs that list, check and compare schemas."""

from toolkit.catalog.finding import (
    KEPT,
    FoundSchema,
    Listed,
    builtin,
    find_recipe,
    find_schema,
    list_recipes,
    list_schemas,
    look_up,
    named_schema,
    reference_of,
)
from toolkit.catalog.guideline import Written, guideline_file, names_label, read_guideline
from toolkit.catalog.verbs import (
    SchemaChange,
    SchemaCheckResult,
    SchemaFault,
    SchemaRow,
    SchemasDiffResult,
    SchemasListResult,
    schemas_check,
    schemas_diff,
    schemas_list,
)

__all__ = [
    "KEPT",
    "FoundSchema",
    "Listed",
    "SchemaChange",
    "SchemaCheckResult",
    "SchemaFault",
    "SchemaRow",
    "SchemasDiffResult",
    "SchemasListResult",
    "Written",
    "builtin",
    "find_recipe",
    "find_schema",
    "guideline_file",
    "list_recipes",
    "list_schemas",
    "look_up",
    "named_schema",
    "names_label",
    "read_guideline",
    "reference_of",
    "schemas_check",
    "schemas_diff",
    "schemas_list",
]
