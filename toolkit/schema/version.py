"""The version of a schema: a hash of what it asks and of its rules, not of where it lies or what runs it."""

import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import digest
from toolkit.schema.declaration import Bilingual, Schema
from toolkit.schema.described import fields_of

LENGTH = 12


@cache
def version_of(model: type[Schema]) -> str:
    """Return 12 hex digits that change when fields, wordings, guideline, what is shown, or rules do.

    Rules are the functions of the class and those that validate its fields, with the functions and constants of the
    same file that they use. Their source counts as it is written, comments included.
    """
    guideline = model.guideline
    content = {
        "title": _wording(model.title),
        "instruction": _wording(model.instruction),
        "guideline": _wording(guideline) if guideline else None,
        "shows": repr(model.shows),
        # Without what a field leaves as it is: an attribute that fields gain later changes no version.
        "fields": [field.model_dump(mode="json", exclude_defaults=True) for field in fields_of(model)],
        "rules": [f"{name} = {source}" for name, source in rules_of(model).items()],
    }
    return digest(content)[:LENGTH]


def _wording(wording: Bilingual) -> list[str]:
    return [wording.en, wording.zh]


def rules_of(model: type[Schema]) -> dict[str, str]:
    """Return the source of each rule, of what it uses of its own file, those constants, and the checks, by name.

    A check counts as it is declared: what a registry holds may grow, and no answer was asked differently for it.
    """
    found: dict[str, str] = {}
    for rule in _functions(model):
        _collect(rule, found)
    found |= {f"check of {', '.join(check.fields)}: {check.kind}": repr(check) for check in model.checks}
    return dict(sorted(found.items()))


def _functions(model: type[Schema]) -> Iterator[FunctionType]:
    """Yield the functions written in the schema's classes and in the annotations of its fields."""
    for owner in model.__mro__[: model.__mro__.index(Schema)]:
        for member in vars(owner).values():
            plain = member
            if isinstance(member, classmethod | staticmethod):
                plain = member.__func__
            elif isinstance(member, property):
                plain = member.fget
            if isinstance(plain, FunctionType) and plain.__module__ == owner.__module__:
                yield plain
    for info in model.model_fields.values():
        for item in info.metadata:
            rule = getattr(item, "func", None)
            if isinstance(rule, FunctionType):
                yield rule


def _collect(rule: FunctionType, found: dict[str, str]) -> None:
    """Add a function's source, and what it uses of its own file, under their names."""
    if rule.__qualname__ in found:
        return
    found[rule.__qualname__] = _source(rule)
    for name in sorted(_names(rule.__code__) & rule.__globals__.keys()):
        value = rule.__globals__[name]
        if isinstance(value, FunctionType) and value.__module__ == rule.__module__:
            _collect(value, found)
        elif (constant := _constant(value)) is not None:
            found[name] = constant


def _names(code: CodeType) -> set[str]:
    """Return the global names that a function uses, nested functions included."""
    inner = (_names(part) for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*inner)


def _constant(value: Any) -> str | None:
    """Return a constant in one canonical writing, or None for what is none."""
    if isinstance(value, re.Pattern):
        return f"re({value.pattern!r}, {value.flags})"
    if isinstance(value, set | frozenset):
        return f"set({sorted(map(repr, value))})"
    if isinstance(value, str | bytes | int | float | tuple | list | dict):
        return repr(value)
    return None


def _source(rule: FunctionType) -> str:
    try:
        lines = textwrap.dedent(inspect.getsource(rule)).splitlines()
    except (OSError, TypeError) as error:
        raise ToolkitError(
            said(
                f"The source of the rule '{rule.__name__}' cannot be read.", f"无法读取规则 '{rule.__name__}' 的源码。"
            ),
            hint=said("Write the schema in a file.", "请把模式写在文件里。"),
            code="SCHEMA-BROKEN",
        ) from error
    return "\n".join(line.rstrip() for line in lines)
