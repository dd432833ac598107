"""A result as the screen would have sent it: shown wordings become stable values again, spans lie where they belong.

Everything done here is noted. What cannot be restored without a guess stays, and its control refuses it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from toolkit.annotations.controls import literal
from toolkit.annotations.repair import Note, UnreadableError, mended, note_of
from toolkit.schema import Field, shown

_NAMING: Final = ("choices", "labels")
"""Keys of a ``value`` that hold labels; a tree's hold paths and stand apart."""
_TREE: Final = "taxonomy"


def restored(field: Field, value: dict[str, Any], text: str) -> tuple[dict[str, Any], list[Note]]:
    """Return a result's ``value`` with labels and offsets put right where that is no guess, and the notes on it.

    Args:
        field: the field or attribute whose control it belongs to.
        value: as the server or an export gave it.
        text: the passage.
    """
    notes: list[Note] = []
    named = dict(value)
    for key in _NAMING:
        if isinstance(value.get(key), list):
            named[key] = [_stable(field, one, notes) for one in value[key]]
    if isinstance(value.get(_TREE), list):
        named[_TREE] = [_stable_path(field, path, notes) for path in value[_TREE]]
    return _placed(field, named, text, notes), notes


def _placed(field: Field, value: dict[str, Any], text: str, notes: list[Note]) -> dict[str, Any]:
    if not {"start", "end"} <= value.keys() or not isinstance(value.get("text"), str):
        return value
    try:
        place = mended(value, text)
    except UnreadableError:
        return value
    if note := note_of(field.name, value, place):
        notes.append(note)
        return {**value, "start": place.start, "end": place.end, "text": text[place.start : place.end]}
    return value


def _stable(field: Field, given: Any, notes: list[Note]) -> Any:
    """Return the stable value of a label that comes by its wording, as from a screen without aliases."""
    if not isinstance(given, str) or given in field.values:
        return given
    meant = {label.value for label in field.labels if given.strip() in _wordings(label.title.en, label.title.zh)}
    if len(meant) != 1:
        return given
    (value,) = meant
    notes.append(Note(field=field.name, cause="WORDING", said=f"{shown(given)} is the wording of {value!r}"))
    return value


def _stable_path(field: Field, given: Any, notes: list[Note]) -> Any:
    """Return the path of a place in the tree whose steps come by their wordings."""
    if not isinstance(given, list) or not all(isinstance(step, str) for step in given):
        return given
    if "/".join(given) in field.values:
        return given
    titles = {label.value: _wordings(label.title.en, label.title.zh) for label in field.labels}
    meant = [path for path in field.values if _leads_to(path, given, titles)]
    if len(meant) != 1:
        return given
    notes.append(Note(field=field.name, cause="WORDING", said=f"{shown(given[-1])} is the wording of {meant[0]!r}"))
    return meant[0].split("/")


def _leads_to(path: str, given: Sequence[str], titles: Mapping[str, frozenset[str]]) -> bool:
    steps = path.split("/")
    return len(steps) == len(given) and all(
        step.strip() in titles["/".join(steps[: place + 1])] | {steps[place]} for place, step in enumerate(given)
    )


def _wordings(en: str, zh: str) -> frozenset[str]:
    both = f"{en} · {zh}"
    return frozenset({en, zh, both, literal(en), literal(zh), literal(both)})
