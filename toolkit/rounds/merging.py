"""One answer out of several, field by field: only those are asked in which the candidates differ. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from toolkit.rounds.comparison import comparable, same_answer
from toolkit.schema import SINGLE, Field, blank_answer, hidden

Values = Mapping[str, Any]


class Option(NamedTuple):
    """A value to choose; ``given_by`` are the places of the candidates that have it, none for what nobody said."""

    value: Any
    given_by: tuple[int, ...]


def differing(fields: Sequence[Field], candidates: Sequence[Values]) -> list[Field]:
    """Return the fields in which candidates differ, free text included."""
    first, *others = candidates
    return [field for field in fields if not all(same_answer([field], first, other) for other in others)]


def options(field: Field, candidates: Sequence[Values]) -> list[Option]:
    """Return what can be chosen in a field: the candidates' values, then what nobody said, then to leave it open."""
    found: list[Option] = []
    for place, candidate in enumerate(candidates):
        value = candidate.get(field.name)
        same = next((n for n, one in enumerate(found) if _same(field, one.value, value)), None)
        if same is None:
            found.append(Option(value, (place,)))
        else:
            found[same] = found[same]._replace(given_by=(*found[same].given_by, place))
    unsaid = [*_possible(field), *([] if field.required else [blank_answer([field])[field.name]])]
    return found + [Option(one, ()) for one in unsaid if not any(_same(field, one, other.value) for other in found)]


class Merging:
    """The choices made so far; fields that these hide are not asked, and stay open."""

    def __init__(self, fields: Sequence[Field], candidates: Sequence[Values]) -> None:
        """Begin with what all candidates share."""
        self._fields = fields
        self.asked = differing(fields, candidates)
        self._shared = {**candidates[0], **blank_answer(self.asked)}
        self._chosen: dict[str, Any] = {}

    @property
    def answer(self) -> dict[str, Any]:
        """The answer as chosen so far."""
        draft = {**self._shared, **self._chosen}
        return {**draft, **blank_answer([field for field in self._fields if field.name in hidden(self._fields, draft)])}

    @property
    def field(self) -> Field | None:
        """The next field to choose in; None when all are chosen."""
        unseen = hidden(self._fields, self.answer)
        return next((one for one in self.asked if one.name not in self._chosen and one.name not in unseen), None)

    def choose(self, value: Any) -> None:
        """Choose a value in the field at hand."""
        assert self.field is not None
        self._chosen[self.field.name] = value

    def back(self) -> bool:
        """Take the last choice back; return whether there was one."""
        if self._chosen:
            self._chosen.popitem()
            return True
        return False


def _same(field: Field, one: Any, other: Any) -> bool:
    return bool(comparable(field, one) == comparable(field, other))


def _possible(field: Field) -> list[Any]:
    """Return every value that the field may have, where they are few enough to be offered."""
    if field.kind not in SINGLE:
        return []
    if field.kind == "boolean":
        return [True, False]
    if field.kind == "rating":
        return list(range(int(field.minimum or 1), int(field.maximum or 5) + 1))
    return list(field.values)
