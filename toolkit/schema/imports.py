"""What a schema file may import. A round keeps a copy of the file alone, so what lies beside it would be missing."""

import ast
import sys
from collections.abc import Iterator
from typing import Final

from toolkit.schema.field import Fault

_OURS: Final = "toolkit.schema"
_WITH_PYDANTIC: Final = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions"}


def import_faults(tree: ast.AST) -> Iterator[Fault]:
    """Yield the imports of a schema file that its copy in a round could not rely on."""
    for node in ast.walk(tree):
        for name in _imported(node):
            top = name.partition(".")[0]
            ours = name == _OURS or name.startswith(f"{_OURS}.")
            if not (ours or top in _WITH_PYDANTIC or (top in sys.stdlib_module_names and not name.startswith("."))):
                line = getattr(node, "lineno", 0)
                yield Fault(
                    "",
                    f"line {line}: the import of {name!r}",
                    "only toolkit.schema, pydantic and the standard library: a round keeps this file alone",
                    "SCHEMA-BROKEN",
                )


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.module == "toolkit" and not node.level:
            return [f"toolkit.{alias.name}" for alias in node.names]
        return ["." * node.level + (node.module or "")]
    return []
