"""From a declaration to fields: the kind of each follows from its type.

    Literal["a", "b"]         choice      one of the labels; with ordered=True they are a scale
    list[Literal["a", "b"]]   choices     any of the labels
    Taxon                     taxon       a place in a tree of labels
    list[Taxon]               taxons      any places in it
    list[Span]                spans       labelled parts of the passage; a class of one's own derived from Span
                                          adds attributes that are asked of each
    list[Relation]            relations   labelled arrows between the spans of another field
    str                       text        a line, or a box above 200 characters
    list[str]                 texts       any number of lines
    int from 1 to at most 10  rating      stars
    int, float                number
    bool                      boolean     yes or no
    date                      date        a day
    Preference                preference  the better of two candidates
    Ranking                   ranking     all candidates, the best first

``X | None`` makes a field optional. A list is never optional: an empty list says that there is none.
"""

from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.schema.checks import (
    WrongError,
    bound_of,
    bounds_of,
    check_labels,
    check_name,
    check_ordered,
    check_wordings,
    type_name,
)
from toolkit.schema.declaration import Asked, Bilingual, Marker, Relation, Schema, Shows, Span
from toolkit.schema.field import LISTS, Condition, Fault, Field, Kind, Label
from toolkit.schema.references import reference_faults

MOST_STARS: Final = 10
YES_NO: Final = (Label("yes", Bilingual("Yes", "是")), Label("no", Bilingual("No", "否")))
_PLAIN: Final[dict[Any, Kind]] = {str: "text", bool: "boolean", float: "number", int: "number", date: "date"}
_TYPES: Final = (
    "Literal, list[Literal], list[Span], list[Relation], Taxon, list[Taxon], Preference, Ranking, str, list[str], int, "
    "float, bool or date; with | None where it may stay open"
)
_ATTRIBUTES: Final[frozenset[Kind]] = frozenset({"choice", "choices", "boolean", "text", "number", "rating", "date"})


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
            check_name(name)
            fields.append(_field(name, info, model.shows))
        except WrongError as wrong:
            found, expected = wrong.args
            faults.append(Fault(name, found, expected, "SCHEMA-BROKEN"))
    return tuple(fields), tuple(faults or reference_faults(model, fields))


def _field(name: str, info: FieldInfo, shows: Shows) -> Field:
    says = info.json_schema_extra
    if not isinstance(says, Asked):
        raise WrongError("it has no titles", f"write {name}: ... = asked('English title', '中文标题')")
    annotation, optional = _without_none(info)
    kind = _kind(annotation, info)
    if kind in LISTS and optional:
        raise WrongError("a list that may be None", "write list[...] alone: an empty list says that there is none")
    check_labels(kind, _literal_values(annotation), says)
    check_wordings(kind, says)
    check_ordered(kind, _literal_values(annotation), says)
    minimum, maximum = bounds_of(kind, info)
    return Field(
        name=name,
        kind=kind,
        title=says.title,
        hint=says.hint,
        labels=_labels(kind, says, shows),
        required=_required(kind, says, minimum, optional=optional),
        role=says.role,
        minimum=minimum,
        maximum=maximum,
        whole=annotation is int,
        when=_condition(says),
        group=says.group,
        attributes=_attributes(annotation) if kind == "spans" else (),
        between=says.between,
        ordered=says.ordered,
    )


def _labels(kind: Kind, says: Asked, shows: Shows) -> tuple[Label, ...]:
    if kind == "boolean":
        return YES_NO
    if kind in {"preference", "ranking"} and isinstance(shows, Shows):
        return tuple(Label(name, Bilingual(name, name)) for name in shows.candidates)
    return tuple(Label(value, title) for value, title in says.labels)


def _required(kind: Kind, says: Asked, minimum: float | None, *, optional: bool) -> bool:
    """Return whether a field has to be answered, where it is shown."""
    if not says.when:
        if says.required is not None:
            raise WrongError("required= without when=", "the type says it: | None where it may stay open")
        return kind == "ranking" or (bool(minimum) if kind in LISTS else not optional)
    if kind in LISTS and minimum:
        raise WrongError("min_length on a field that is not always shown", "required=True asks for one item or more")
    if kind not in LISTS and not optional:
        raise WrongError("a field that is not always shown and has to be answered", "add | None, and required=True")
    return bool(says.required)


def _condition(says: Asked) -> Condition | None:
    if not says.when:
        return None
    field, values = says.when
    return Condition(field, tuple(value if isinstance(value, str) else ("no", "yes")[value] for value in values))


def _attributes(annotation: Any) -> tuple[Field, ...]:
    """Return what a class derived from Span asks about each span."""
    (inner,) = get_args(annotation)
    found = []
    for name, info in inner.model_fields.items():
        if name in Span.model_fields:
            continue
        try:
            check_name(name, Span)
            field = _field(name, info, Shows())
        except WrongError as wrong:
            raise WrongError(f"{inner.__name__}.{name}: {wrong.args[0]}", wrong.args[1]) from wrong
        if field.kind not in _ATTRIBUTES or field.when or field.group or field.role == "input":
            raise WrongError(
                f"{inner.__name__}.{name}: a {field.kind} about a span",
                "a choice, choices, boolean, text, number, rating or date, without when=, group= and role=",
            )
        found.append(field)
    return tuple(found)


def _without_none(info: FieldInfo) -> tuple[Any, bool]:
    """Return ``X`` and True for ``X | None``, else the type as it is and False; markers stay with their type."""
    annotation: Any = info.annotation
    if markers := [item for item in info.metadata if isinstance(item, Marker)]:
        return Annotated[annotation, markers[0]], False
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation, False
    others = [part for part in get_args(annotation) if part is not NoneType]
    optional = len(others) < len(get_args(annotation))
    return (others[0], True) if optional and len(others) == 1 else (annotation, optional)


def _kind(annotation: Any, info: FieldInfo) -> Kind:
    if marked := _marker(annotation):
        return marked.kind
    if annotation is int and bound_of(info, "ge") == 1 and (bound_of(info, "le") or MOST_STARS + 1) <= MOST_STARS:
        return "rating"
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) is list and (of_list := _kind_of_list(get_args(annotation)[0])):
        return of_list
    raise WrongError(f"the type {type_name(annotation)}", f"use {_TYPES}")


def _kind_of_list(inner: Any) -> Kind | None:
    if isinstance(inner, type) and issubclass(inner, Span):
        return "spans"
    if get_origin(inner) is Literal:
        return "choices"
    if _marker(inner) == Marker("taxon"):
        return "taxons"
    kinds: dict[Any, Kind] = {Relation: "relations", str: "texts"}
    return kinds.get(inner)


def _marker(annotation: Any) -> Marker | None:
    found = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((item for item in found if isinstance(item, Marker)), None)


def _literal_values(annotation: Any) -> tuple[object, ...] | None:
    inner = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return get_args(inner) if get_origin(inner) is Literal else None
