"""What is wrong with a schema's declared migrations, in its author's words.

Of older versions only the hash is known here: names on the old side cannot be checked, those they lead to can.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from toolkit.noun import count_by
from toolkit.schema.declaration import Schema
from toolkit.schema.described import fields_of
from toolkit.schema.field import Fault, Field
from toolkit.schema.migration import Migration, Way
from toolkit.schema.version import version_of

_VERSION: Final = re.compile(r"[0-9a-f]{12}")
_SEE: Final = "its version as `toolkit schemas diff` shows it: 12 digits 0-9, a-f"
_FEW: Final = 2


def migration_faults(model: type[Schema]) -> Iterator[Fault]:
    """Yield what is wrong with the declared migrations of a schema that is sound otherwise."""
    declared = model.migrations
    if not isinstance(declared, tuple) or not all(isinstance(one, Migration) for one in declared):
        yield _fault(
            "migrations is no tuple of Migration", "write migrations = (Migration(before=...),) with the comma"
        )
        return
    if not declared:
        return
    faults = [fault for one in declared for fault in _shape_faults(one)]
    yield from faults or _order_faults(model, declared)
    if faults:
        return
    for place, link in enumerate(declared):
        yield from _link_faults(link)
        yield from _target_faults(link, Way(declared[place + 1 :]), fields_of(model))


def _fault(found: str, expected: str) -> Fault:
    return Fault("migrations", found, expected, "SCHEMA-BROKEN")


def _shape_faults(link: Migration) -> Iterator[Fault]:
    """Yield what is not of the type that it should be."""
    if not isinstance(link.before, str) or not _VERSION.fullmatch(link.before):
        yield _fault(f"before={link.before!r}", _SEE)
    if not _is_texts(link.fields):
        yield _fault(f"fields={link.fields!r}", "{'old name': 'new name'}")
    if not _is_nested(link.labels) or not all(map(_is_texts, link.labels.values())):
        yield _fault(f"labels={link.labels!r}", "{'field': {'old label': 'new label'}}")
    if not _is_nested(link.split) or not all(map(_is_split, link.split.values())):
        yield _fault(f"split={link.split!r}", "{'field': {'old label': ('one', 'other')}} with two or more")
    if not isinstance(link.dropped, tuple) or not all(isinstance(name, str) for name in link.dropped):
        yield _fault(f"dropped={link.dropped!r}", "('field',) with the comma")


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(text, str) for pair in value.items() for text in pair)


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


def _is_split(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(label, str)
        and isinstance(parts, tuple)
        and all(isinstance(part, str) for part in parts)
        and len(set(parts)) >= _FEW
        for label, parts in value.items()
    )


def _order_faults(model: type[Schema], declared: Sequence[Migration]) -> Iterator[Fault]:
    """Yield versions that would lead round in a circle."""
    for version, times in count_by(one.before for one in declared).items():
        if times > 1:
            yield _fault(f"version {version} is named {times} times", "one Migration for each version, oldest first")
    if version_of(model) in {one.before for one in declared}:
        yield _fault(
            f"version {version_of(model)} is what this file asks now",
            "migrations lead from older versions to this one; remove those that lead back",
        )


def _link_faults(link: Migration) -> Iterator[Fault]:
    """Yield what one migration says twice, in two ways."""
    where = f"before {link.before}"
    for name, times in count_by(link.fields.values()).items():
        if times > 1:
            yield _fault(f"{where}: {times} fields become {name!r}", "one field each; list the others in dropped")
    for name in sorted(link.fields.keys() & set(link.dropped)):
        yield _fault(f"{where}: {name!r} is renamed and dropped", "one of the two")
    for field in sorted(link.labels.keys() & link.split.keys()):
        for label in sorted(link.labels[field].keys() & link.split[field].keys()):
            yield _fault(f"{where}: {label!r} of {field!r} is renamed and split", "one of the two")


def _target_faults(link: Migration, rest: Way, fields: Sequence[Field]) -> Iterator[Fault]:
    """Yield names and labels that lead to nothing that the file asks."""
    where = f"before {link.before}"
    asked = _asked(fields)
    for old, new in link.fields.items():
        now = rest.field(new)
        if now is not None and now not in asked:
            yield _fault(f"{where}: {old!r} becomes {new!r}, which is no field", f"one of: {', '.join(asked)}")
    targets = [(field, new) for field, renamed in link.labels.items() for new in renamed.values()]
    targets += [(field, new) for field, split in link.split.items() for parts in split.values() for new in parts]
    for name in dict.fromkeys(field for field, _ in targets):
        now = rest.field(name)
        if now is not None and (now not in asked or not asked[now].labels or asked[now].kind == "boolean"):
            renamed = f"; it is called {link.fields[name]!r} from here on" if name in link.fields else ""
            labelled = ", ".join(one for one, field in asked.items() if field.labels and field.kind != "boolean")
            yield _fault(f"{where}: labels of {name!r}{renamed}", f"a field with labels: {labelled or 'none here'}")
    for name, new in targets:
        now = rest.field(name)
        field = asked.get(str(now))
        if field is None or not field.labels or field.kind == "boolean":
            continue
        for label in rest.labels(name, new, tree=field.kind in {"taxon", "taxons"}):
            if label not in field.values:
                yield _fault(f"{where}: {new!r} is no label of {name!r}", f"{now}: one of: {', '.join(field.values)}")


def _asked(fields: Sequence[Field]) -> dict[str, Field]:
    """Return fields and attributes of spans by name."""
    inner = {f"{field.name}.{one.name}": one for field in fields for one in field.attributes}
    return {field.name: field for field in fields} | inner
