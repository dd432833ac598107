"""The schema: what is asked about a passage. Everything else derives from it.

A schema file imports from here and from pydantic, nothing else of the toolkit.
"""

from toolkit.schema.answer import blank_answer, check_answer, in_order, shown
from toolkit.schema.declaration import Bilingual, Role, Schema, Span, asked
from toolkit.schema.described import fields_of
from toolkit.schema.field import Fault, Field, Kind, Label
from toolkit.schema.file import check_schema, load_schema
from toolkit.schema.version import version_of

__all__ = [
    "Bilingual",
    "Fault",
    "Field",
    "Kind",
    "Label",
    "Role",
    "Schema",
    "Span",
    "asked",
    "blank_answer",
    "check_answer",
    "check_schema",
    "fields_of",
    "in_order",
    "load_schema",
    "shown",
    "version_of",
]
