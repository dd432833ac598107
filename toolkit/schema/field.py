"""The field: what one part of a schema asks, as the controls, the prompts and the agreement measures see it.

How a field's kind follows from its type is in ``described``.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from toolkit.noun import Noun
from toolkit.schema.declaration import Bilingual, Role

Kind = Literal[
    "choice",
    "choices",
    "taxon",
    "taxons",
    "spans",
    "relations",
    "text",
    "texts",
    "number",
    "rating",
    "boolean",
    "date",
    "preference",
    "ranking",
]
LISTS: Final[frozenset[Kind]] = frozenset({"choices", "taxons", "spans", "relations", "texts", "ranking"})
"""Kinds whose answer is a list; an unanswered one is empty, never None."""
LABELLED: Final[frozenset[Kind]] = frozenset({"choice", "choices", "taxon", "taxons", "spans", "relations"})
"""Kinds whose labels the schema names and words."""
SINGLE: Final[frozenset[Kind]] = frozenset({"choice", "taxon", "boolean", "preference", "rating"})
"""Kinds whose answer is one value out of few."""
MARKED: Final[frozenset[Kind]] = frozenset({"spans", "relations"})
"""Kinds whose answer marks places in the passage."""

LONG_TEXT: Final = 200
"""Characters above which a text is asked for in a box."""


@dataclass(frozen=True)
class Label:
    """One answer to choose from, or one label for spans: its stable value and its wording."""

    value: str
    title: Bilingual


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of an answer or of a schema, in plain words.

    Attributes:
        field: the field's name; empty when it is about the whole.
        found: what was there; never more than a few words of a document.
        expected: what should have been there.
        code: a stable name, such as ``SPAN-MISMATCH``.
    """

    field: str
    found: str
    expected: str
    code: str = "ANSWER-INVALID"


@dataclass(frozen=True)
class Condition:
    """A field is shown only while another one has one of these values."""

    field: str
    values: tuple[str, ...]


class Field(Noun):
    """One field of a schema.

    Attributes:
        labels: for kinds that choose, mark or rank, in the order in which they are shown; those of a preference or a
            ranking are the candidates' names.
        required: an answer without it is invalid. For lists: at least one item. Under a condition: where it is shown.
        minimum, maximum: bounds of a number; characters of a text; items of a list; days of a date, counted from
            1 January of the year 1. None: no bound.
        whole: a number without a fraction.
        when: what has to be answered elsewhere for this field to be shown; None: it always is.
        group: the heading that it stands under with its neighbours.
        attributes: for spans, what is asked about each of them.
        between: for relations, the field of spans that they connect.
        ordered: the labels of a choice are a scale in their order. An answer is the same with and without.
    """

    name: str
    kind: Kind
    title: Bilingual
    hint: Bilingual | None = None
    labels: tuple[Label, ...] = ()
    required: bool = True
    role: Role = "output"
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    when: Condition | None = None
    group: Bilingual | None = None
    attributes: tuple["Field", ...] = ()
    between: str | None = None
    ordered: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The stable values of the labels."""
        return tuple(label.value for label in self.labels)

    @property
    def is_list(self) -> bool:
        """Whether the answer is a list; an unanswered one is empty, never None."""
        return self.kind in LISTS

    @property
    def is_long(self) -> bool:
        """Whether a text gets a box instead of a line."""
        return self.kind == "text" and (self.maximum is None or self.maximum > LONG_TEXT)

    def expects(self) -> str:
        """Return what an answer has to be, in words.

        >>> Field(name="n", kind="rating", title=Bilingual("N", "数"), minimum=1, maximum=5, whole=True).expects()
        'a whole number from 1 to 5'
        """
        among = ", ".join(self.values)
        what = {
            "choice": f"one of: {among}",
            "choices": f"a list of different ones of: {among}",
            "spans": f"a list of spans labelled with: {among}",
            "text": "text",
            "number": "a whole number" if self.whole else "a number",
            "rating": "a whole number",
            "boolean": "true or false",
            "date": "a date as YYYY-MM-DD",
            "taxon": f"one of: {among}",
            "taxons": f"a list of different ones of: {among}",
            "texts": "a list of texts",
            "relations": f"a list of relations between spans of {self.between!r}, labelled with: {among}",
            "preference": f"one of: {among}",
            "ranking": f"all of these, the best first: {among}",
        }[self.kind]
        unit = " characters" if self.kind == "text" else " items" if self.is_list else ""
        return what + self._bounds(unit) + ("" if self.required or self.is_list else ", or nothing")

    def _bounds(self, unit: str) -> str:
        low, high = (self.bound(number) for number in (self.minimum, self.maximum))
        comma = "," if unit else ""
        if low and high:
            return f"{comma} from {low} to {high}{unit}"
        if self.kind == "date" and (low or high):
            return f" from {low}" if low else f" until {high}"
        return f"{comma} {low} or more{unit}" if low else f"{comma} at most {high}{unit}" if high else ""

    def bound(self, number: float | None) -> str:
        """Return a bound as a person writes it; empty where there is none."""
        if self.kind == "date" and number is not None:
            return date.fromordinal(int(number)).isoformat()
        return plain(number)


def plain(number: float | None) -> str:
    """Return a number as a person writes it.

    >>> plain(5.0), plain(0.5)
    ('5', '0.5')
    """
    return "" if number is None else str(int(number)) if number == int(number) else repr(number)
