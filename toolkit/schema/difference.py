"""What changed between two versions of a schema, and what each change means for answers that are stored.

``answers stay valid``: they need nothing, or a declared migration carries them. ``answers need a mapping``: with a
declaration they can be carried, without one they become problems. ``answers become problems``: those that no longer
fit wait for a person, whatever is declared.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from toolkit.schema.declaration import Bilingual, Schema
from toolkit.schema.described import fields_of
from toolkit.schema.field import Condition, Field, Kind, Label, plain
from toolkit.schema.migrated import same_kind
from toolkit.schema.migration import Way, way_from
from toolkit.schema.version import rules_of, version_of

Effect = Literal["answers stay valid", "answers need a mapping", "answers become problems"]
VALID: Final[Effect] = "answers stay valid"
MAPPING: Final[Effect] = "answers need a mapping"
PROBLEMS: Final[Effect] = "answers become problems"
_TREES: Final[frozenset[Kind]] = frozenset({"taxon", "taxons"})


class Change(NamedTuple):
    """One difference.

    Attributes:
        field: the field's name, the new one where it was renamed; ``parties.role`` for an attribute of spans; empty
            when it is about the whole schema.
        change: what happened, in a few words: ``label renamed``.
        before, after: what was there and is there; empty where there was nothing.
    """

    field: str
    change: str
    before: str
    after: str
    effect: Effect


def differences(old: type[Schema], new: type[Schema]) -> tuple[Change, ...]:
    """Return what changed: the schema as a whole, then field by field, then the rules.

    Without a single change the two are the same version. A field or label counts as renamed when ``new`` declares it
    for the version of ``old``.
    """
    way = way_from(new.migrations, version_of(old))
    return (*_whole(old, new), *_fields(way, "", fields_of(old), fields_of(new)), *_rules(old, new))


def declaration_for(old: type[Schema], changes: Sequence[Change]) -> str:
    """Return the migration that the changes call for, to paste and fill in; empty when they call for none.

    A field that was removed may have been renamed, or is dropped; a label may have been renamed or split.
    """
    fields = [change.field for change in changes if change.change == "field removed"]
    labels: dict[str, dict[str, str]] = {}
    for change in changes:
        if change.change == "label removed":
            labels.setdefault(change.field, {})[change.before] = "NEW"
    parts = [f"before={version_of(old)!r}"]
    parts += [f"fields={dict.fromkeys(fields, 'NEW')!r}"] if fields else []
    parts += [f"labels={labels!r}"] if labels else []
    return f"Migration({', '.join(parts)})".replace("'", '"') if fields or labels else ""


def _whole(old: type[Schema], new: type[Schema]) -> Iterator[Change]:
    for name in ("title", "instruction", "guideline"):
        yield from _wording("", name, getattr(old, name), getattr(new, name))
    if repr(old.shows) != repr(new.shows):
        yield Change("", "what is shown", repr(old.shows), repr(new.shows), VALID)


def _wording(field: str, what: str, old: Bilingual | None, new: Bilingual | None) -> Iterator[Change]:
    before, after = (wording.both() if wording else "" for wording in (old, new))
    if old != new:
        yield Change(field, what, before, after, VALID)


def _fields(way: Way, owner: str, old: Sequence[Field], new: Sequence[Field]) -> Iterator[Change]:
    """Yield the changes of fields, or of the attributes of one field's spans (``owner`` is its old name)."""
    there = {field.name: field for field in new}
    prefix = f"{owner}." if owner else ""
    prefix_now = f"{way.field(owner)}." if owner else ""
    met = []
    for field in old:
        path = way.field(prefix + field.name)
        if path is None:
            yield Change(prefix_now + field.name, "field dropped", field.kind, "", VALID)
            continue
        now = there.get(path.rpartition(".")[2])
        if now is None:
            yield Change(prefix_now + field.name, "field removed", field.kind, "", MAPPING)
            continue
        met.append(now.name)
        if now.name != field.name:
            yield Change(path, "field renamed", field.name, now.name, VALID)
        yield from _field(way, prefix + field.name, path, field, now)
    for field in new:
        if field.name not in met:
            effect = PROBLEMS if field.required else VALID
            yield Change(prefix_now + field.name, "field added", "", field.kind, effect)
    common = [field.name for field in new if field.name in met]
    if common != met:
        yield Change(prefix_now.rstrip("."), "fields reordered", ", ".join(met), ", ".join(common), VALID)


def _field(way: Way, path: str, name: str, old: Field, new: Field) -> Iterator[Change]:
    """Yield what changed about one field; ``path`` is its old name, ``name`` its new one."""
    yield from _wording(name, "title", old.title, new.title)
    yield from _wording(name, "hint", old.hint, new.hint)
    yield from _wording(name, "group", old.group, new.group)
    if old.role != new.role:
        yield Change(name, "role", old.role, new.role, VALID)
    yield from _asked(way, name, old, new)
    if old.kind != new.kind:
        yield Change(name, "kind changed", old.kind, new.kind, VALID if same_kind(old.kind, new.kind) else PROBLEMS)
    if same_kind(old.kind, new.kind):
        yield from _labels(way, path, name, old, new)
        yield from _ordered(name, old, new)
        yield from _bounds(name, old, new)
        yield from _fields(way, path, old.attributes, new.attributes) if old.kind == "spans" else ()


def _asked(way: Way, name: str, old: Field, new: Field) -> Iterator[Change]:
    """Yield when and whether a field has to be answered, and which spans it connects."""
    before = _moved(way, old.when)
    if before != new.when:
        opened = new.when is None and not new.required
        yield Change(name, "condition", _condition(old.when), _condition(new.when), VALID if opened else PROBLEMS)
    if old.required != new.required:
        words = ("may stay open", "has to be answered")
        yield Change(name, "required", words[old.required], words[new.required], PROBLEMS if new.required else VALID)
    if (way.field(old.between) if old.between else None) != new.between:
        yield Change(name, "spans connected", old.between or "", new.between or "", PROBLEMS)


def _moved(way: Way, when: Condition | None) -> Condition | None:
    """Return a condition by its new names."""
    if when is None:
        return None
    values = tuple(dict.fromkeys(now for value in when.values for now in way.labels(when.field, value)))
    return Condition(way.field(when.field) or when.field, values)


def _condition(when: Condition | None) -> str:
    return f"{when.field} is {' or '.join(when.values)}" if when else ""


def _labels(way: Way, path: str, name: str, old: Field, new: Field) -> Iterator[Change]:
    if old.kind == "boolean":
        return
    wordings = {label.value: label.title for label in new.labels}
    met: list[str] = []
    for label in old.labels:
        now = way.labels(path, label.value, tree=old.kind in _TREES)
        met += now
        if len(now) > 1:
            yield Change(name, "label split", label.value, ", ".join(now), PROBLEMS)
        elif now[0] not in wordings:
            yield Change(name, "label removed", label.value, "", MAPPING)
        else:
            yield from _label(name, label, now[0], wordings[now[0]])
    added = [value for value in new.values if value not in met]
    for value in added:
        yield Change(name, "label added", "", value, PROBLEMS if old.kind == "ranking" else VALID)
    before = [value for value in dict.fromkeys(met) if value in wordings]
    after = [value for value in new.values if value in before]
    if before != after:
        yield Change(name, "labels reordered", ", ".join(before), ", ".join(after), VALID)


def _label(name: str, old: Label, now: str, wording: Bilingual) -> Iterator[Change]:
    if now != old.value:
        yield Change(name, "label renamed", old.value, now, VALID)
    if old.title != wording:
        yield Change(name, f"wording of {now}", old.title.both(), wording.both(), VALID)


def _ordered(name: str, old: Field, new: Field) -> Iterator[Change]:
    if old.ordered != new.ordered:
        words = ("labels without order", "labels in order")
        yield Change(name, "scale", words[old.ordered], words[new.ordered], VALID)


def _bounds(name: str, old: Field, new: Field) -> Iterator[Change]:
    pairs = (("minimum", old.minimum, new.minimum, 1), ("maximum", old.maximum, new.maximum, -1))
    for what, before, after, direction in pairs:
        if before != after:
            tighter = after is not None and (before is None or (after - before) * direction > 0)
            yield Change(name, what, _bound(old.kind, before), _bound(new.kind, after), PROBLEMS if tighter else VALID)
    if old.whole != new.whole:
        words = ("any number", "whole numbers")
        yield Change(name, "numbers", words[old.whole], words[new.whole], PROBLEMS if new.whole else VALID)


def _bound(kind: Kind, bound: float | None) -> str:
    return date.fromordinal(int(bound)).isoformat() if kind == "date" and bound else plain(bound)


def _rules(old: type[Schema], new: type[Schema]) -> Iterator[Change]:
    before, after = rules_of(old), rules_of(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            what = "rule removed" if name not in after else "rule changed" if name in before else "rule added"
            effect = VALID if name not in after else PROBLEMS
            yield Change("", f"{what}: {name}", before.get(name, ""), after.get(name, ""), effect)
