"""What a declaration of one field may not say: names, labels, bounds and wordings that no screen could ask for."""

import keyword
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from pydantic.fields import FieldInfo

from toolkit.noun import count_by
from toolkit.schema.declaration import Asked, Bilingual, Schema, Span
from toolkit.schema.field import LABELLED, Kind

RESERVED: Final = {"text", "before", "after", "left", "right", "candidates"}
"""Names that the labelling screen needs for what it shows."""
BOOLEANS: Final = {"true", "false"}
"""Words that Label Studio's editor turns into booleans wherever they stand alone; with one as a stable value or a
name the whole screen stays blank."""
JOINT: Final = "__"
"""Stands between a field and an attribute of its spans in the names of controls."""
_BOUNDS: Final[dict[Kind, tuple[str, str]]] = {
    **dict.fromkeys(("number", "rating", "date"), ("ge", "le")),
    **dict.fromkeys(("text", "texts", "choices", "taxons", "spans", "relations"), ("min_length", "max_length")),
}


class WrongError(Exception):
    """What was found in a declaration, and what was expected."""


def check_name(name: str, owner: type[Schema] | type[Span] = Schema) -> None:
    """Refuse a name that the screen or every owner has already."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise WrongError(f"the name {name!r}", "a name is made of letters, digits and underscores")
    if name in RESERVED and owner is Schema:
        raise WrongError(f"the name {name!r}", "choose another one: the labelling screen shows something by this name")
    if name in BOOLEANS:
        raise WrongError(f"the name {name!r}", "choose another one: the labelling screen takes it for a boolean")
    if JOINT in name:
        raise WrongError(f"the name {name!r}", "write single underscores: two part a field from an attribute")
    if hasattr(owner, name) or name in owner.__annotations__:
        raise WrongError(f"the name {name!r}", "choose another one: every schema has an attribute of this name")


def bound_of(info: FieldInfo, name: str) -> float | None:
    """Return a bound that pydantic will hold; a date as its days from 1 January of the year 1."""
    found = [bound for item in info.metadata if (bound := getattr(item, name, None)) is not None]
    if not found:
        return None
    return float(found[0].toordinal() if isinstance(found[0], date) else found[0])


def bounds_of(kind: Kind, info: FieldInfo) -> tuple[float | None, float | None]:
    """Return the bounds of a field, the lower one first; refuse those that do not fit its kind."""
    fitting: tuple[str, ...] = _BOUNDS.get(kind, ())
    for name in ("ge", "le", "min_length", "max_length"):
        if name not in fitting and bound_of(info, name) is not None:
            which = " and ".join(fitting) or "no bounds"
            raise WrongError(f"{name} on a field of kind {kind}", f"such a field has {which}")
    if not fitting:
        return None, None
    minimum, maximum = bound_of(info, fitting[0]), bound_of(info, fitting[1])
    if minimum is not None and maximum is not None and minimum > maximum:
        raise WrongError(f"bounds from {minimum:g} to {maximum:g}", "put the smaller one first")
    return minimum, maximum


def check_labels(kind: Kind, values: Sequence[object] | None, says: Asked) -> None:
    """Refuse labels that are missing, too many or unfit.

    Args:
        kind: the field's kind.
        values: those of its Literal, where it has one.
        says: the declaration.
    """
    labels = [value for value, _ in says.labels]
    if kind not in LABELLED:
        if labels:
            raise WrongError("labels", f"a {kind} has none: remove labels=")
        return
    if values is not None:
        _check_same(labels, values)
    elif not labels:
        raise WrongError("no labels", "name them: labels={'value': ('English', '中文'), ...}")
    for value in labels:
        if not value or value != value.strip() or not value.isprintable():
            raise WrongError(f"the label {value!r}", "a value is printable and has no blanks around it")
        if value in BOOLEANS:
            raise WrongError(f"the label {value!r}", "use bool as the type, or 'yes' and 'no' as values")
    if kind in {"taxon", "taxons"}:
        _check_tree(labels)


def _check_same(labels: list[str], values: Sequence[object]) -> None:
    if odd := [value for value in values if not isinstance(value, str)]:
        raise WrongError(f"the value {odd[0]!r}", "values of a Literal are text, in quotation marks")
    if missing := [value for value in values if value not in labels]:
        raise WrongError(
            f"no wording for {missing[0]!r}", f"add it: labels={{{missing[0]!r}: ('English', '中文'), ...}}"
        )
    if extra := [value for value in labels if value not in values]:
        raise WrongError(f"the label {extra[0]!r}", "it is not among the Literal's values")


def check_ordered(kind: Kind, values: Sequence[object] | None, says: Asked) -> None:
    """Refuse an order where there is none, or more than one."""
    if not isinstance(says.ordered, bool):
        raise WrongError(f"ordered={says.ordered!r}", "write ordered=True: the order is that of labels=")
    if not says.ordered:
        return
    if kind != "choice":
        raise WrongError(
            f"ordered= on a field of kind {kind}", "only a single choice, Literal[...], has it; numbers need none"
        )
    labels = [value for value, _ in says.labels]
    if labels != list(values or ()):
        raise WrongError("labels in another order than the Literal's", "write both alike: the order is the scale")


def _check_tree(paths: Sequence[str]) -> None:
    for place, path in enumerate(paths):
        parent, _, name = path.rpartition("/")
        if not name.strip() or name != name.strip():
            raise WrongError(f"the label {path!r}", "a path is names with a slash between them: civil/contract")
        if parent and parent not in paths[:place]:
            raise WrongError(f"the label {path!r} without {parent!r} above it", f"name {parent!r} before it")


def check_wordings(kind: Kind, says: Asked) -> None:
    """Refuse wordings that are missing, cannot be shown in one line, or look alike where one has to be chosen."""
    titles = [title for _, title in says.labels]
    for wording in filter(None, (says.title, says.hint, says.group, *titles)):
        check_wording(wording)
    shown = [title.both() for title in titles]
    if kind in {"taxon", "taxons"}:  # only those under one parent stand side by side
        shown = [f"{value.rpartition('/')[0]} {title.both()}" for value, title in says.labels]
    for text, times in count_by(shown).items():
        if times > 1:
            raise WrongError(f"two labels are both called {text.strip()!r}", "give each its own wording")


def check_wording(wording: Bilingual) -> None:
    """Refuse a wording that is missing or cannot be shown in one line."""
    for language, text in (("English", wording.en), ("Chinese", wording.zh)):
        if not isinstance(text, str) or not text.strip():
            raise WrongError(f"no {language} wording", "every wording has an English and a Chinese text")
        if not text.isprintable():
            raise WrongError(f"the wording {text!r}", "use one line of printable characters")


def type_name(annotation: Any) -> str:
    """Return a type as its author wrote it, about."""
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
