"""Domain checks that a schema switches on: ``checks = (cites("reasoning"), ordered_dates("signed", "ends"))``.

They hold the answer against the passage, a registry or the field's own conventions, after the schema's own rules.
"""

from dataclasses import dataclass
from typing import Final, Literal

from toolkit.checks import Edition

CheckKind = Literal["citations", "case numbers", "reporters", "diagnosis codes", "doses", "amounts", "dates in order"]

BROKEN_CHECKS: Final = frozenset(
    {"CITATION-UNKNOWN", "CITATION-SHAPE", "CASE-NUMBER", "ICD-SHAPE", "DOSE-UNIT", "AMOUNT", "DATE-ORDER"}
)
"""Codes of the faults that checks find: the value is one of its field, and a person may put it right."""


@dataclass(frozen=True)
class Check:
    """One check of some fields.

    Attributes:
        label: of spans, only those with this label are looked at; None: all.
        registry: a file of laws and cases that exist, beside the schema or in the workspace.
        reporters: cases of United States reporters count as citations too.
        edition: whose diagnosis codes.
    """

    kind: CheckKind
    fields: tuple[str, ...]
    label: str | None = None
    registry: str | None = None
    reporters: bool = False
    edition: Edition = "who"


def cites(*fields: str, registry: str | None = None, reporters: bool = False) -> Check:
    """Refuse a citation of an article or a case that stands neither in the passage nor in the registry.

    Args:
        fields: texts in which citations may stand.
        registry: a JSON or CSV file, ``laws.json``: beside the schema, in the workspace or in its ``schemas`` folder.
        reporters: cases of United States reporters (``410 U.S. 113``) are held against both too; asks for the extra
            ``legal``.
    """
    return Check("citations", fields, registry=registry, reporters=reporters)


def case_numbers(*fields: str, label: str | None = None) -> Check:
    """Refuse a text that is no Chinese case number by the courts' rules: （2021）京01民终1234号."""
    return Check("case numbers", fields, label=label)


def reported_cases(*fields: str, label: str | None = None) -> Check:
    """Refuse a text without a United States case citation (``410 U.S. 113``); asks for the extra ``legal``."""
    return Check("reporters", fields, label=label)


def diagnosis_codes(*fields: str, label: str | None = None, edition: Edition = "who") -> Check:
    """Refuse a text that is not one or more ICD-10 codes by their shape: of the WHO, ``cm`` or ``zh``."""
    return Check("diagnosis codes", fields, label=label, edition=edition)


def doses(*fields: str, label: str | None = None) -> Check:
    """Refuse a text without a number that has a unit: 500 mg, 2片. Whether the dose is right is not judged."""
    return Check("doses", fields, label=label)


def amounts(*fields: str, label: str | None = None) -> Check:
    """Refuse a text without an amount that has a currency, and capitals that say another sum than the figures."""
    return Check("amounts", fields, label=label)


def ordered_dates(*fields: str) -> Check:
    """Refuse dates out of order; the fields are named from the earliest to the latest, open ones are passed over."""
    return Check("dates in order", fields)
