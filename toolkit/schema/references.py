"""What fields say of each other and of what is shown: conditions, groups, relations, candidates."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from toolkit.schema.declaration import Schema, Shows
from toolkit.schema.domain import check_declared
from toolkit.schema.field import Fault, Field, Kind

_CHOOSING: frozenset[Kind] = frozenset({"choice", "choices", "boolean"})
_COMPARING: frozenset[Kind] = frozenset({"preference", "ranking"})


def reference_faults(model: type[Schema], fields: Sequence[Field]) -> Iterator[Fault]:
    """Yield what does not fit together in a schema whose fields are each sound."""
    by_name = {field.name: field for field in fields}
    for field in fields:
        yield from _condition_faults(field, by_name)
        yield from _relation_faults(field, by_name)
    yield from _group_faults(fields)
    yield from _shown_faults(model.shows, fields)
    yield from check_declared(model.checks, fields)
    relations = [field.name for field in fields if field.kind == "relations"]
    if len(relations) > 1:
        yield _fault(
            relations[1], "a second field of relations", "one for a schema: Label Studio cannot tell two apart"
        )


def _fault(field: str, found: str, expected: str) -> Fault:
    return Fault(field, found, expected, "SCHEMA-BROKEN")


def _condition_faults(field: Field, by_name: dict[str, Field]) -> Iterator[Fault]:
    if not field.when:
        return
    on = by_name.get(field.when.field)
    if on is None or on.kind not in _CHOOSING or on.name == field.name:
        possible = ", ".join(one.name for one in by_name.values() if one.kind in _CHOOSING and one.name != field.name)
        yield _fault(
            field.name, f"when={field.when.field!r}", f"a choice, choices or boolean: {possible or 'none here'}"
        )
        return
    for value in field.when.values:
        if value not in on.values:
            yield _fault(field.name, f"when {on.name} is {value!r}", f"its values: {', '.join(on.values)}")
        elif "," in value:
            yield _fault(
                field.name, f"when {on.name} is {value!r}", "a value without a comma: the screen parts them there"
            )
    if _goes_round(field, by_name):
        yield _fault(field.name, "a condition that depends on the field itself", "conditions that do not go round")


def _goes_round(field: Field, by_name: dict[str, Field]) -> bool:
    at, steps = field, 0
    while at.when and at.when.field in by_name and steps <= len(by_name):
        at, steps = by_name[at.when.field], steps + 1
    return steps > len(by_name)


def _relation_faults(field: Field, by_name: dict[str, Field]) -> Iterator[Fault]:
    if field.kind != "relations":
        return
    spans = [one.name for one in by_name.values() if one.kind == "spans"]
    if field.between not in spans:
        found = f"between={field.between!r}" if field.between else "no between="
        yield _fault(field.name, found, f"name the spans that they connect: {', '.join(spans) or 'none here'}")


def _group_faults(fields: Sequence[Field]) -> Iterator[Fault]:
    seen = set()
    for group, members in groupby(fields, key=lambda field: field.group):
        if group in seen and group is not None:
            yield _fault(
                next(members).name, f"the group {group.en!r} begins twice", "write its fields one after another"
            )
        seen.add(group)


def _shown_faults(shows: object, fields: Sequence[Field]) -> Iterator[Fault]:
    if not isinstance(shows, Shows):
        yield _fault("", "shows is no Shows", "write shows = Shows(...)")
        return
    if shows.neighbours < 0:
        yield _fault("", f"{shows.neighbours} neighbours", "0 or more")
    if len(set(shows.candidates)) < len(shows.candidates) or not all(shows.candidates):
        yield _fault("", "a candidate without a name, or named twice", "each name of the metadata once")
    comparing = [field for field in fields if field.kind in _COMPARING]
    if comparing and shows.dialogue:
        yield _fault(comparing[0].name, "candidates beside a dialogue", "Shows(candidates=...) without dialogue")
    for field in comparing:
        few, most = (2, 2) if field.kind == "preference" else (2, len(shows.candidates))
        if not few <= len(shows.candidates) <= most:
            wanted = "two" if field.kind == "preference" else "two or more"
            yield _fault(
                field.name,
                f"{len(shows.candidates)} candidates",
                f"write shows = Shows(candidates=(...)) with {wanted}",
            )
    for kind in _COMPARING:
        if sum(field.kind == kind for field in comparing) > 1:
            yield _fault(comparing[1].name, f"a second {kind}", "one for a schema")
