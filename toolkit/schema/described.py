"""From a declaration to fields: the kind of each follows from its type.

    Literal["a", "b"]         choice      one of the labels
    list[Literal["a", "b"]]   choices     any of the labels
    list[Span]                spans       labelled parts of the passage
    str                       text        a line, or a box above 200 characters
    int from 1 to at most 10  rating      stars
    int, float                number
    bool                      boolean     yes or no

``X | None`` makes a field optional. A list is never optional: an empty list says that there is none.
"""

import keyword
from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import count_by
from toolkit.schema.declaration import Asked, Bilingual, Schema, Span
from toolkit.schema.field import Fault, Field, Kind, Label, plain

MOST_STARS: Final = 10
RESERVED: Final = {"text"}
"""The name that the labelling screen needs for the passage."""
BOOLEANS: Final = {"true", "false"}
"""Words that Label Studio's editor turns into booleans wherever they stand alone; with one as a stable value or a
name the whole screen stays blank."""
LABELLED: Final = {"choice", "choices", "spans"}
YES_NO: Final = (Label("yes", Bilingual("Yes", "是")), Label("no", Bilingual("No", "否")))
_TYPES: Final = "Literal, list[Literal], list[Span], str, int, float or bool; with | None where it may stay open"


class _WrongError(Exception):
    """What was found in a declaration, and what was expected."""


@cache
def fields_of(model: type[Schema]) -> tuple[Field, ...]:
    """Return the fields of a schema in the order in which they are written.

    Raises:
        ToolkitError: ``SCHEMA-BROKEN`` when a field cannot be asked for.
    """
    fields, faults = described(model)
    if faults:
        raise broken(model.__name__, faults)
    return fields


def broken(what: str, faults: tuple[Fault, ...]) -> ToolkitError:
    """Return the error for a schema that cannot be used, with all its faults."""
    places = (f"{fault.field}: " if fault.field else "" for fault in faults)
    lines = "".join(f"\n  {place}{fault.found}; {fault.expected}." for place, fault in zip(places, faults, strict=True))
    return ToolkitError(
        said(f"The schema '{what}' cannot be used:{lines}", f"模式 '{what}' 无法使用：{lines}"),
        hint=said("Mend it, then try: toolkit schemas check FILE", "修改后请运行：toolkit schemas check FILE"),
        code="SCHEMA-BROKEN",
    )


def described(model: type[Schema]) -> tuple[tuple[Field, ...], tuple[Fault, ...]]:
    """Return the fields of a schema and what is wrong with those that cannot be asked for."""
    fields, faults = [], []
    for name, info in model.model_fields.items():
        try:
            fields.append(_field(name, info))
        except _WrongError as wrong:
            found, expected = wrong.args
            faults.append(Fault(name, found, expected, "SCHEMA-BROKEN"))
    return tuple(fields), tuple(faults)


def _field(name: str, info: FieldInfo) -> Field:
    _check_name(name)
    says = info.json_schema_extra
    if not isinstance(says, Asked):
        raise _WrongError("it has no titles", f"write {name}: ... = asked('English title', '中文标题')")
    annotation, optional = _without_none(info.annotation)
    kind = _kind(annotation, info)
    is_list = kind in {"choices", "spans"}
    if is_list and optional:
        raise _WrongError("a list that may be None", "write list[...] alone: an empty list says that there is none")
    _check_labels(kind, annotation, says)
    _check_wordings(says)
    names = ("ge", "le") if kind in {"number", "rating"} else ("min_length", "max_length")
    _check_bounds(kind, info, names)
    minimum, maximum = _bound(info, names[0]), _bound(info, names[1])
    if minimum is not None and maximum is not None and minimum > maximum:
        raise _WrongError(f"bounds from {plain(minimum)} to {plain(maximum)}", "put the smaller one first")
    return Field(
        name=name,
        kind=kind,
        title=says.title,
        hint=says.hint,
        labels=YES_NO if kind == "boolean" else tuple(Label(value, title) for value, title in says.labels),
        required=bool(minimum) if is_list else not optional,
        role=says.role,
        minimum=minimum,
        maximum=maximum,
        whole=annotation is int,
    )


def _check_name(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise _WrongError(f"the name {name!r}", "a name is made of letters, digits and underscores")
    if name in RESERVED:
        raise _WrongError(f"the name {name!r}", "choose another one: the labelling screen calls the passage so")
    if name in BOOLEANS:
        raise _WrongError(f"the name {name!r}", "choose another one: the labelling screen takes it for a boolean")
    if hasattr(Schema, name) or name in Schema.__annotations__:
        raise _WrongError(f"the name {name!r}", "choose another one: every schema has an attribute of this name")


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """Return ``X`` and True for ``X | None``, else the type as it is and False."""
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation, False
    others = [part for part in get_args(annotation) if part is not NoneType]
    optional = len(others) < len(get_args(annotation))
    return (others[0], True) if optional and len(others) == 1 else (annotation, optional)


def _kind(annotation: Any, info: FieldInfo) -> Kind:
    plain_kinds: dict[Any, Kind] = {str: "text", bool: "boolean", float: "number", int: "number"}
    if annotation is int and _bound(info, "ge") == 1 and (_bound(info, "le") or MOST_STARS + 1) <= MOST_STARS:
        return "rating"
    if annotation in plain_kinds:
        return plain_kinds[annotation]
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) is list:
        (inner,) = get_args(annotation)
        if inner is Span:
            return "spans"
        if get_origin(inner) is Literal:
            return "choices"
    name = annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
    raise _WrongError(f"the type {name}", f"use {_TYPES}")


def _bound(info: FieldInfo, name: str) -> float | None:
    """Return a bound that pydantic will hold: ``ge`` and ``le`` of numbers, lengths of texts and lists."""
    found = [bound for item in info.metadata if (bound := getattr(item, name, None)) is not None]
    return float(found[0]) if found else None


def _check_bounds(kind: Kind, info: FieldInfo, names: tuple[str, str]) -> None:
    fitting = () if kind in {"choice", "boolean"} else names
    for name in ("ge", "le", "min_length", "max_length"):
        if name not in fitting and _bound(info, name) is not None:
            which = " and ".join(fitting) or "no bounds"
            raise _WrongError(f"{name} on a field of kind {kind}", f"such a field has {which}")


def _check_labels(kind: Kind, annotation: Any, says: Asked) -> None:
    labels = [value for value, _ in says.labels]
    if kind not in LABELLED:
        if labels:
            raise _WrongError("labels", f"a {kind} has none: remove labels=")
        return
    if kind == "spans":
        if not labels:
            raise _WrongError("no labels", "name them: labels={'value': ('English', '中文'), ...}")
    else:
        _check_same(labels, get_args(get_args(annotation)[0] if kind == "choices" else annotation))
    for value in labels:
        if not value or value != value.strip() or not value.isprintable():
            raise _WrongError(f"the label {value!r}", "a value is printable and has no blanks around it")
        if value in BOOLEANS:
            raise _WrongError(f"the label {value!r}", "use bool as the type, or 'yes' and 'no' as values")


def _check_same(labels: list[str], values: tuple[object, ...]) -> None:
    if odd := [value for value in values if not isinstance(value, str)]:
        raise _WrongError(f"the value {odd[0]!r}", "values of a Literal are text, in quotation marks")
    if missing := [value for value in values if value not in labels]:
        raise _WrongError(
            f"no wording for {missing[0]!r}", f"add it: labels={{{missing[0]!r}: ('English', '中文'), ...}}"
        )
    if extra := [value for value in labels if value not in values]:
        raise _WrongError(f"the label {extra[0]!r}", "it is not among the Literal's values")


def _check_wordings(says: Asked) -> None:
    titles = [title for _, title in says.labels]
    for wording in (says.title, *([says.hint] if says.hint else []), *titles):
        check_wording(wording)
    twice: Iterator[str] = (
        text for texts in ([title.both() for title in titles],) for text, n in count_by(texts).items() if n > 1
    )
    for text in twice:
        raise _WrongError(f"two labels are both called {text!r}", "give each its own wording")


def check_wording(wording: Bilingual) -> None:
    """Refuse a wording that is missing or cannot be shown in one line."""
    for language, text in (("English", wording.en), ("Chinese", wording.zh)):
        if not isinstance(text, str) or not text.strip():
            raise _WrongError(f"no {language} wording", "every wording has an English and a Chinese text")
        if not text.isprintable():
            raise _WrongError(f"the wording {text!r}", "use one line of printable characters")
