"""An answer to an older version of a schema, carried over to another: what was declared, and what has not changed.

Nothing is guessed. What cannot be carried over is left open and named by a fault:
``MIGRATE-SPLIT`` (a label became several), ``MIGRATE-MISSING`` (asked now and not then), ``MIGRATE-INVALID``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.schema.answer import blank_answer, check_answer, in_order
from toolkit.schema.check import BROKEN_CHECKS
from toolkit.schema.declaration import Schema
from toolkit.schema.described import fields_of
from toolkit.schema.field import Fault, Field, Kind
from toolkit.schema.migration import Way, way_from
from toolkit.schema.shown import shown
from toolkit.schema.version import version_of

_SAME: Final[dict[Kind, str]] = {"rating": "number"}
"""Kinds whose answers are of one type."""
_NOTHING: Final[tuple[Any, ...]] = (None, [], "")


class Migrated(NamedTuple):
    """An answer under the other version; with faults, as much of it as can be shown to a person to begin from."""

    answer: dict[str, Any]
    faults: tuple[Fault, ...]


def migrate(old: type[Schema], new: type[Schema], answer: Mapping[str, Any], text: str) -> Migrated:
    """Carry an answer over from one version of a schema to another.

    Args:
        old: the version that was asked; the answer is valid under it.
        new: the version to which the answer is wanted; its ``migrations`` say what was renamed.
        answer: field name to value, as JSON values.
        text: the passage.
    """
    way = way_from(new.migrations, version_of(old))
    carried, faults = _Carrier(way, fields_of(old), fields_of(new)).carry(answer)
    named = {fault.field for fault in faults}
    checked = check_answer(new, carried, text)
    if isinstance(checked, tuple):
        faults += [_renamed(fault) for fault in checked if fault.field not in named]
    begun = _presentable(new, carried, text) if faults else _values(checked)
    return Migrated(begun, tuple(faults))


def same_kind(one: Kind, other: Kind) -> bool:
    """Return whether answers to fields of two kinds are of one type."""
    return _SAME.get(one, one) == _SAME.get(other, other)


def _renamed(fault: Fault) -> Fault:
    code = "MIGRATE-MISSING" if fault.code == "ANSWER-MISSING" else "MIGRATE-INVALID"
    return Fault(fault.field, fault.found, fault.expected, code)


def _values(checked: Schema | tuple[Fault, ...]) -> dict[str, Any]:
    assert isinstance(checked, Schema)
    return checked.model_dump(mode="json")


class _Carrier:
    """Carries values over field by field."""

    def __init__(self, way: Way, old: Sequence[Field], new: Sequence[Field]) -> None:
        self._way = way
        self._old = {field.name: field for field in old}
        self._new = {field.name: field for field in new}

    def carry(self, answer: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
        """Return the answer under the new names, and why parts of it are not there."""
        carried = blank_answer(list(self._new.values()))
        faults: list[Fault] = []
        for name, value in answer.items():
            target = self._way.field(name)
            if target is None or value in _NOTHING or name not in self._old:
                continue
            field, source = self._new.get(target), self._old[name]
            if field is None:
                what = f"{shown(value)}, to a field that is no longer asked"
                faults.append(Fault(name, what, "a declaration that renames or drops the field", "MIGRATE-INVALID"))
            elif not same_kind(field.kind, source.kind):
                what = f"{shown(value)}, an answer of kind {source.kind}"
                faults.append(Fault(target, what, field.expects(), "MIGRATE-INVALID"))
            elif carried[target] not in _NOTHING:
                faults.append(Fault(target, "answers of two older fields", field.expects(), "MIGRATE-INVALID"))
            else:
                carried[target], found = self._value(source, field, value)
                faults += found
        return carried, faults

    def _value(self, source: Field, field: Field, value: Any) -> tuple[Any, list[Fault]]:
        if source.kind == "spans":
            return self._marks(source, field, value, self._span)
        if source.kind == "relations":
            return self._marks(source, field, value, self._relation)
        return self._plain(source.name, source, field, value)

    def _plain(self, path: str, source: Field, field: Field, value: Any) -> tuple[Any, list[Fault]]:
        """Carry over what is no mark: a label, several, or a value that stays."""
        if not source.labels or source.kind == "boolean":
            return value, []
        faults: list[Fault] = []
        kept = []
        for label in value if isinstance(value, list) else [value]:
            now = self._labels(path, source, label)
            if len(now) == 1:
                kept.append(now[0])
            else:
                faults.append(_split(field.name, shown(label), now))
        kept = list(dict.fromkeys(kept)) if source.kind != "ranking" else kept
        return (kept if isinstance(value, list) else next(iter(kept), None)), faults

    def _labels(self, path: str, source: Field, label: Any) -> tuple[Any, ...]:
        tree = source.kind in {"taxon", "taxons"}
        return self._way.labels(path, label, tree=tree) if isinstance(label, str) else (label,)

    def _marks(self, source: Field, field: Field, value: Any, carry: Any) -> tuple[list[Any], list[Fault]]:
        kept: list[Any] = []
        faults: list[Fault] = []
        for item in value:
            mark, found = carry(source, field, item)
            faults += found
            if mark is not None and mark not in kept:
                kept.append(mark)
        return kept, faults

    def _span(self, source: Field, field: Field, span: Mapping[str, Any]) -> tuple[dict[str, Any] | None, list[Fault]]:
        now = self._labels(source.name, source, span["label"])
        where = f"the span at {span['start']}:{span['end']}"
        if len(now) != 1:
            return None, [_split(field.name, f"{where}, labelled {shown(span['label'])}", now)]
        mark: dict[str, Any] = {name: span[name] for name in ("start", "end", "text")} | {"label": now[0]}
        faults: list[Fault] = []
        targets = {one.name: one for one in field.attributes}
        for attribute in source.attributes:
            path, value = f"{source.name}.{attribute.name}", span.get(attribute.name)
            target = self._way.field(path)
            if target is None or value in _NOTHING:
                continue
            there = targets.get(target.partition(".")[2])
            if there is None or not same_kind(there.kind, attribute.kind):
                found = f"{attribute.name} of {where}: {shown(value)}"
                expected = there.expects() if there else "a declaration that renames or drops the attribute"
                faults.append(Fault(field.name, found, expected, "MIGRATE-INVALID"))
                continue
            mark[there.name], split = self._plain(path, attribute, there, value)
            faults += [
                Fault(field.name, f"{there.name} of {where}: {one.found}", one.expected, one.code) for one in split
            ]
        return mark, faults

    def _relation(
        self, source: Field, field: Field, relation: Mapping[str, Any]
    ) -> tuple[dict[str, Any] | None, list[Fault]]:
        now = self._labels(source.name, source, relation["label"])
        if len(now) != 1:
            return None, [_split(field.name, f"a relation labelled {shown(relation['label'])}", now)]
        ends = {}
        for end in ("head", "tail"):
            labels = self._labels(str(source.between), self._old[str(source.between)], relation[end]["label"])
            if len(labels) != 1:
                return None, [_split(field.name, f"the {end} of a relation, {shown(relation[end]['label'])}", labels)]
            ends[end] = {**relation[end], "label": labels[0]}
        return {**ends, "label": now[0]}, []


def _split(field: str, what: str, candidates: Sequence[str]) -> Fault:
    return Fault(field, f"{what}, which became several", f"one of: {', '.join(candidates)}", "MIGRATE-SPLIT")


def _presentable(model: type[Schema], carried: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return what of an answer fits its fields, so that a labelling screen can show it; the rest is open."""
    begun = dict(carried)
    fields = {field.name: field for field in fields_of(model)}
    while wrong := set(_unfit(model, begun, text)):
        for name in wrong:
            field, value = fields[name], begun[name]
            known = [item for item in value if _known(field, item)] if isinstance(value, list) else []
            begun[name] = known if known and known != value else [] if field.is_list else None
    return in_order(list(fields.values()), begun)


def _unfit(model: type[Schema], answer: Mapping[str, Any], text: str) -> Iterator[str]:
    """Yield the answered fields whose values the screen could not show or the rules of their kind refuse."""
    checked = check_answer(model, answer, text)
    for fault in checked if isinstance(checked, tuple) else ():
        stands = fault.code in {"ANSWER-RULE", "ANSWER-MISSING"} | BROKEN_CHECKS
        if fault.field in answer and not stands and answer[fault.field] not in _NOTHING:
            yield fault.field


def _known(field: Field, item: Any) -> bool:
    label = item.get("label") if isinstance(item, Mapping) else item
    return not field.labels or label in field.values
