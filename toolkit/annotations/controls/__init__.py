"""Field kinds and Label Studio controls: each control writes its XML, writes a value as results and reads it back."""

from typing import Final

from toolkit.annotations.controls.choosing import Boolean, Choice, Choices, Taxon, Taxons
from toolkit.annotations.controls.comparing import CANDIDATES, LEFT, RIGHT, Preference, Ranking, in_shown_order, option
from toolkit.annotations.controls.control import (
    PASSAGE,
    SMALL,
    Control,
    Given,
    Item,
    Palette,
    Read,
    header,
    literal,
    small,
)
from toolkit.annotations.controls.marking import Relations, Spans, attribute_field, colour
from toolkit.annotations.controls.writing import Date, Number, Rating, Text, Texts
from toolkit.schema import Field, Kind

__all__ = [
    "CANDIDATES",
    "LEFT",
    "PASSAGE",
    "RIGHT",
    "SMALL",
    "Control",
    "Given",
    "Item",
    "Palette",
    "Read",
    "attribute_field",
    "colour",
    "control_for",
    "header",
    "in_shown_order",
    "literal",
    "option",
    "small",
]

_CONTROLS: Final[dict[Kind, Control]] = {
    "choice": Choice(),
    "choices": Choices(),
    "taxon": Taxon(),
    "taxons": Taxons(),
    "spans": Spans(),
    "relations": Relations(),
    "text": Text(),
    "texts": Texts(),
    "number": Number(),
    "rating": Rating(),
    "boolean": Boolean(),
    "date": Date(),
    "preference": Preference(),
    "ranking": Ranking(),
}


def control_for(field: Field) -> Control:
    """Return the control of a field's kind."""
    return _CONTROLS[field.kind]
