"""Domain checks: the shape of citations, case numbers, diagnosis codes, doses and amounts, each rule with its source.

Pure functions from text; which fields of an answer they hold for, a schema says (``toolkit.schema``).
"""

from toolkit.checks.amounts import find_amounts, wrong_amount
from toolkit.checks.case_numbers import find_case_numbers
from toolkit.checks.clinical import ICD_EXAMPLE, Edition, find_doses, wrong_codes
from toolkit.checks.known import unknown_citations
from toolkit.checks.registry import Registry, read_registry
from toolkit.checks.reporters import find_reported
from toolkit.checks.statutes import find_provisions

__all__ = [
    "ICD_EXAMPLE",
    "Edition",
    "Registry",
    "find_amounts",
    "find_case_numbers",
    "find_doses",
    "find_provisions",
    "find_reported",
    "read_registry",
    "unknown_citations",
    "wrong_amount",
    "wrong_codes",
]
