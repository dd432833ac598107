"""What counts as the same answer: it follows from the field's kind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

from toolkit.agreement.pairs import Answered
from toolkit.agreement.spans import Mark
from toolkit.agreement.table import Value
from toolkit.agreement.texts import normalised
from toolkit.noun import digest
from toolkit.schema import Field, Kind

Row = Answered[Value]

COMPARABLE: Final[frozenset[Kind]] = frozenset(get_args(Kind)) - {"text", "texts"}
"""Kinds whose differing answers are a disagreement. Two people never write the same free text."""
_THEN: Final = " > "
_PLACE: Final = {"start", "end", "text", "label"}


def comparable(field: Field, value: Any) -> Value | None:
    """Return an answer's value in the form in which two are compared; None when the field was left open.

    Lists become sets, spans and relations marks; an empty list is an answer. Texts lose differences of white space.
    A malformed value, which ``check_answer`` will name, stands for itself.
    """
    if value is None or value == "":
        return None
    try:
        plain: Value | None = _FORMS[field.kind](value) if field.kind in _FORMS else value
    except (KeyError, TypeError, AttributeError):
        return digest(value)
    return digest(plain) if isinstance(plain, list | dict) else plain


def _mark(span: Mapping[str, Any]) -> Mark:
    about = {name: value for name, value in span.items() if name not in _PLACE}
    return Mark(span["label"], span["start"], span["end"], digest(about) if about else "")


def _arrow(relation: Mapping[str, Any]) -> Mark:
    head, tail = relation["head"], relation["tail"]
    return Mark(relation["label"], head["start"], head["end"], f"{tail['start']}:{tail['end']}")


_FORMS: Final[Mapping[Kind, Callable[[Any], Value | None]]] = {
    "spans": lambda value: frozenset(map(_mark, value)),
    "relations": lambda value: frozenset(map(_arrow, value)),
    "choices": frozenset,
    "taxons": frozenset,
    "ranking": lambda value: _THEN.join(value) or None,
    "text": lambda value: normalised(value) or None,
    "texts": lambda value: normalised("\n".join(value)) or None,
}


def measured_form(field: Field, value: Any) -> Value | None:
    """Return an answer's value in the form in which agreement is measured: what is said about spans is apart."""
    found = comparable(field, value)
    if field.kind == "spans" and isinstance(found, frozenset):
        return frozenset(mark._replace(about="") for mark in found)
    return found


def label_name(value: Value) -> str:
    """Return a value as a schema writes its label.

    >>> label_name(True), label_name(4), label_name("civil/contract")
    ('true', '4', 'civil/contract')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def labels_in(value: Value) -> list[str]:
    """Return the labels that a value is made of: of a list each item's, of marks each mark's."""
    parts = value if isinstance(value, frozenset) else (value,)
    return [one.label if isinstance(one, Mark) else label_name(one) for one in parts]


def ranked(ranking: str) -> tuple[str, ...]:
    """Return the candidates of a ranking in its comparable form, the best first."""
    return tuple(ranking.split(_THEN))


def same_answer(fields: Sequence[Field], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two answers say the same in all of these fields, whatever their kind."""
    return all(comparable(field, one.get(field.name)) == comparable(field, other.get(field.name)) for field in fields)
