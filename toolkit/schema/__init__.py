"""The schema: what is asked about a passage. Everything else derives from it.

A schema file imports from here and from pydantic, nothing else of the toolkit.
"""

from toolkit.schema.answer import blank_answer, check_answer, hidden, in_order
from toolkit.schema.check import (
    Check,
    amounts,
    case_numbers,
    cites,
    diagnosis_codes,
    doses,
    ordered_dates,
    reported_cases,
)
from toolkit.schema.declaration import (
    Bilingual,
    Preference,
    Ranking,
    Relation,
    Role,
    Schema,
    Shows,
    Span,
    Taxon,
    asked,
)
from toolkit.schema.described import fields_of
from toolkit.schema.difference import Change, Effect, declaration_for, differences
from toolkit.schema.field import LABELLED, MARKED, SINGLE, Condition, Fault, Field, Kind, Label
from toolkit.schema.file import check_schema, load_schema
from toolkit.schema.marks import bare, span_order
from toolkit.schema.migrated import Migrated, migrate
from toolkit.schema.migration import Migration
from toolkit.schema.shown import shown
from toolkit.schema.version import version_of

__all__ = [
    "LABELLED",
    "MARKED",
    "SINGLE",
    "Bilingual",
    "Change",
    "Check",
    "Condition",
    "Effect",
    "Fault",
    "Field",
    "Kind",
    "Label",
    "Migrated",
    "Migration",
    "Preference",
    "Ranking",
    "Relation",
    "Role",
    "Schema",
    "Shows",
    "Span",
    "Taxon",
    "amounts",
    "asked",
    "bare",
    "blank_answer",
    "case_numbers",
    "check_answer",
    "check_schema",
    "cites",
    "declaration_for",
    "diagnosis_codes",
    "differences",
    "doses",
    "fields_of",
    "hidden",
    "in_order",
    "load_schema",
    "migrate",
    "ordered_dates",
    "reported_cases",
    "shown",
    "span_order",
    "version_of",
]
