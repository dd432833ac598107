"""The field: what one part of a schema asks, as the controls, the prompts and the agreement measures see it.

How a field's kind follows from its type is in ``described``.
"""

from dataclasses import dataclass
from typing import Final, Literal

from toolkit.noun import Noun
from toolkit.schema.declaration import Bilingual, Role

Kind = Literal["choice", "choices", "spans", "text", "number", "rating", "boolean"]

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


YES_NO: Final = (Label("true", Bilingual("Yes", "是")), Label("false", Bilingual("No", "否")))


class Field(Noun):
    """One field of a schema.

    Attributes:
        labels: for ``choice``, ``choices``, ``spans`` and ``boolean``, in the order in which they are shown.
        required: an answer without it is invalid. For lists: at least one item.
        minimum, maximum: bounds of a number; characters of a text; items of a list. None: no bound.
        whole: a number without a fraction.
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

    @property
    def values(self) -> tuple[str, ...]:
        """The stable values of the labels."""
        return tuple(label.value for label in self.labels)

    @property
    def is_list(self) -> bool:
        """Whether the answer is a list; an unanswered one is empty, never None."""
        return self.kind in {"choices", "spans"}

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
        }[self.kind]
        unit = {"text": " characters", "choices": " items", "spans": " items"}.get(self.kind, "")
        return what + self._bounds(unit) + ("" if self.required or self.is_list else ", or nothing")

    def _bounds(self, unit: str) -> str:
        if self.minimum is None and self.maximum is None:
            return ""
        comma = "," if unit else ""
        if self.maximum is None:
            return f"{comma} {plain(self.minimum)} or more{unit}"
        if self.minimum is None:
            return f"{comma} at most {plain(self.maximum)}{unit}"
        return f"{comma} from {plain(self.minimum)} to {plain(self.maximum)}{unit}"


def plain(number: float | None) -> str:
    """Return a number as a person writes it.

    >>> plain(5.0), plain(0.5)
    ('5', '0.5')
    """
    return "" if number is None else str(int(number)) if number == int(number) else repr(number)
