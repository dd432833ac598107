"""The domain checks of a schema at work on an answer."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from toolkit.checks import (
    ICD_EXAMPLE,
    Registry,
    find_case_numbers,
    find_doses,
    find_reported,
    read_registry,
    unknown_citations,
    wrong_amount,
    wrong_codes,
)
from toolkit.schema.check import Check, CheckKind
from toolkit.schema.declaration import Schema
from toolkit.schema.field import Fault, Field, Kind
from toolkit.schema.shown import shown

_TEXTS: Final[frozenset[Kind]] = frozenset({"text", "texts", "spans"})
_SETTINGS: Final = "toolkit.yaml"
"""Marks the root of a workspace."""


def domain_faults(model: type[Schema], answer: Mapping[str, Any], passage: str, without: set[str]) -> Iterator[Fault]:
    """Yield what the schema's checks find, check by check; fields in ``without`` are not looked at.

    Raises:
        ToolkitError: ``REGISTRY-MISSING``, ``REGISTRY-BROKEN``; ``EXTRA-MISSING`` where a check asks for an extra.
    """
    for check in model.checks:
        names = [name for name in check.fields if name not in without]
        if check.kind == "dates in order":
            yield from _date_faults(names, answer)
            continue
        registry = read_registry(_registry_path(model, check.registry)) if check.registry else None
        for name in names:
            for text in _texts(answer[name], check.label):
                yield from _text_faults(check, name, text, passage, registry)


def check_declared(checks: object, fields: Sequence[Field]) -> Iterator[Fault]:
    """Yield what no check can be: one of a field that is not there, or of a kind that it cannot read."""
    kinds = {field.name: field.kind for field in fields}
    if not isinstance(checks, tuple) or not all(isinstance(check, Check) for check in checks):
        yield Fault("", "checks that are no tuple of checks", 'write checks = (cites("reasoning"),)', "SCHEMA-BROKEN")
        return
    for check in checks:
        fitting: frozenset[Kind] = frozenset({"date"}) if check.kind == "dates in order" else _TEXTS
        few = 2 if check.kind == "dates in order" else 1
        if len(check.fields) < few:
            yield Fault(
                "", f"a check of {check.kind} of {len(check.fields)} fields", f"name {few} or more", "SCHEMA-BROKEN"
            )
        for name in check.fields:
            if kinds.get(name) not in fitting:
                what = f"a check of {check.kind} on {kinds.get(name, 'a field that is not there')}"
                yield Fault(name, what, f"a field of kind {' or '.join(sorted(fitting))}", "SCHEMA-BROKEN")


def _texts(value: Any, label: str | None) -> list[str]:
    """Return what is written in an answer of texts or spans."""
    if isinstance(value, list):
        return [
            one if isinstance(one, str) else one["text"]
            for one in value
            if isinstance(one, str) or label in (None, one["label"])
        ]
    return [] if value is None else [value]


def _text_faults(check: Check, field: str, text: str, passage: str, registry: Registry | None) -> Iterator[Fault]:
    if check.kind == "citations":
        where = f"the passage or {check.registry}" if check.registry else "the passage"
        for written in unknown_citations(text, passage, registry, reporters=check.reporters):
            yield Fault(field, f"a citation of {shown(written)}", f"one that stands in {where}", "CITATION-UNKNOWN")
    elif wrong := _WRONG[check.kind](text, check):
        code, expected = _ASKS[check.kind]
        yield Fault(field, wrong, expected.format(example=ICD_EXAMPLE[check.edition], edition=check.edition), code)


def _wrong_case(text: str, _check: Check) -> str:
    found = find_case_numbers(text)
    bad = [one.wrong for one in found if one.wrong]
    return "" if found and not bad else f"{shown(text)}: {bad[0]}" if bad else shown(text)


_WRONG: Final[dict[CheckKind, Callable[[str, Check], str]]] = {
    "case numbers": _wrong_case,
    "reporters": lambda text, _: "" if find_reported(text) else shown(text),
    "diagnosis codes": lambda text, check: ", ".join(shown(one) for one in wrong_codes(text, check.edition)[:1]),
    "doses": lambda text, _: "" if find_doses(text) else shown(text),
    "amounts": lambda text, _: wrong_amount(text),
}
_ASKS: Final[dict[CheckKind, tuple[str, str]]] = {
    "case numbers": ("CASE-NUMBER", "a case number by the courts' rules, such as （2021）京01民终1234号"),
    "reporters": ("CITATION-SHAPE", "volume, reporter and page, such as 410 U.S. 113"),
    "diagnosis codes": ("ICD-SHAPE", "codes of ICD-10 ({edition}), such as {example}"),
    "doses": ("DOSE-UNIT", "a number with its unit, such as 500 mg or 2片"),
    "amounts": ("AMOUNT", "an amount with its currency, such as USD 1,200.50 or 壹万贰仟元整"),
}


def _date_faults(names: Sequence[str], answer: Mapping[str, Any]) -> Iterator[Fault]:
    """Compare dates as they are stored, YYYY-MM-DD, which sort as they follow each other."""
    given = [(name, str(answer[name])) for name in names if answer[name] is not None]
    for (earlier, first), (later, second) in pairwise(given):
        if second < first:
            yield Fault(later, second, f"{first} or later, since {earlier} is {first}", "DATE-ORDER")


def _registry_path(model: type[Schema], name: str) -> Path:
    """Return where a registry lies: beside the schema, else in the workspace above it, else in that one's schemas.

    A round keeps a copy of the schema alone, and finds the registry from there through the workspace.
    """
    beside = Path(str(sys.modules[model.__module__].__file__)).absolute().parent
    root = next((folder for folder in (beside, *beside.parents) if (folder / _SETTINGS).is_file()), beside)
    places = (beside / name, root / name, root / "schemas" / name)
    return next((place for place in places if place.is_file()), places[0])
