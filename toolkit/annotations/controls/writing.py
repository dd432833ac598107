"""What the annotator writes: text, numbers, stars and dates."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from toolkit.annotations.controls.control import Given, One, Palette, Read, fault, item, tag
from toolkit.annotations.repair import UnreadableError
from toolkit.schema import Fault, Field


def _parts(value: Any) -> list[str]:
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise UnreadableError("text that is no text")
    return parts


class Text(One):
    """Text that the annotator writes: ``<TextArea>``."""

    key = "text"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag: one line, or a box for long texts."""
        del palette
        rows = "5" if field.is_long else "2"
        return [tag("TextArea", field, maxSubmissions="1", editable="true", rows=rows, showSubmitButton="false")]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with one text."""
        del text
        return [item(field, "textarea", {"text": [value]})] if value else []

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return the text; several parts are lines of it."""
        del field, text
        return "\n".join(_parts(value)) or None


class Texts:
    """Any number of short texts: ``<TextArea>``, each submitted by itself."""

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag."""
        del palette
        most = {"maxSubmissions": f"{field.maximum:g}"} if field.maximum else {}
        return [tag("TextArea", field, editable="true", rows="1", showSubmitButton="true", **most)]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with all texts."""
        del text
        return [item(field, "textarea", {"text": list(value)})] if value else []

    def read(self, field: Field, given: Given, text: str) -> Read:
        """Return the texts of all results, in their order."""
        del text
        texts: list[str] = []
        faults: list[Fault] = []
        for one in given.of(field.name):
            try:
                texts += _parts(one.value.get("text"))
            except UnreadableError as wrong:
                faults.append(fault(field, str(wrong), field.expects(), wrong.code))
        return Read(texts, 0, tuple(faults))


class Number(One):
    """A number: ``<Number>``. The editor takes a box that was filled and emptied again for 0."""

    key = "number"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag with the field's bounds."""
        del palette
        bounds = {"min": field.minimum, "max": field.maximum}
        written = {name: f"{bound:g}" for name, bound in bounds.items() if bound is not None}
        return [tag("Number", field, step="1" if field.whole else "any", **written)]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with one number."""
        del text
        return [] if value is None else [item(field, self.key, {self.key: value})]

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return the number, whole where the field asks for that."""
        del text
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UnreadableError("a number that is no number")
        if not field.whole:
            return value
        return int(value) if value % 1 == 0 else value


class Rating(Number):
    """Stars: ``<Rating>``."""

    key = "rating"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag with as many stars as the field allows."""
        del palette
        return [tag("Rating", field, maxRating=f"{field.maximum:g}")]


class Date(One):
    """A day: ``<DateTime only="date">``."""

    key = "datetime"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag with the field's bounds."""
        del palette
        bounds = {"min": field.bound(field.minimum), "max": field.bound(field.maximum)}
        return [tag("DateTime", field, only="date", **{name: bound for name, bound in bounds.items() if bound})]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with one day."""
        del text
        return [item(field, self.key, {self.key: value})] if value else []

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return the day as ``YYYY-MM-DD``; a time of day behind it is dropped."""
        del field, text
        try:
            return date.fromisoformat(str(value)[:10]).isoformat()
        except ValueError as error:
            raise UnreadableError("a date that is no YYYY-MM-DD") from error
