"""Candidate answers against each other: ``<Pairwise>`` for two, ``<Ranker>`` for more.

The screen never shows a candidate's name, and their order depends on the passage alone: fixed for all who see it, so
that results can be read without the task, and different from passage to passage, so that no place is favoured.
"""

from collections.abc import Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element

from toolkit.annotations.controls.control import One, Palette, item, tag
from toolkit.annotations.repair import UnreadableError
from toolkit.noun import digest
from toolkit.schema import Field

LEFT: Final = "left"
RIGHT: Final = "right"
CANDIDATES: Final = "candidates"


def in_shown_order(names: Sequence[str], text: str) -> list[str]:
    """Return candidates' names in the order in which they stand beside a passage."""
    return sorted(names, key=lambda name: digest([text, name]))


def option(place: int) -> str:
    """Return what a ranked candidate is called on the screen; never its name."""
    return f"option-{place + 1}"


class Preference(One):
    """The better of two: the annotator clicks it. The editor lets an unanswered one pass; ``check_answer`` does not."""

    key = "selected"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag, which is itself unseen."""
        del palette
        pairwise = tag("Pairwise", field)
        pairwise.set("toName", f"{LEFT},{RIGHT}")
        return [pairwise]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with the chosen side. The editor shows it only when it is about the tag itself."""
        if value is None:
            return []
        side = (LEFT, RIGHT)[in_shown_order(field.values, text).index(value)]
        return [item(field, "pairwise", {self.key: side}, field.name)]

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return the name of the chosen candidate."""
        if value not in {LEFT, RIGHT}:
            raise UnreadableError("a side that is neither left nor right")
        return in_shown_order(field.values, text)[value == RIGHT]


class Ranking(One):
    """All candidates in an order: the annotator drags them. What nobody dragged comes back as it was shown."""

    key = "ranker"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the list and the tag that orders it; its lines stay lines."""
        del palette
        style = Element("Style")
        style.text = ".htx-ranker-item { white-space: pre-wrap }"
        shown = Element("List", {"name": CANDIDATES, "value": f"${CANDIDATES}", "title": "Best first · 最好的在最上"})
        return [style, shown, Element("Ranker", {"name": field.name, "toName": CANDIDATES})]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with the order."""
        if not value:
            return []
        order = in_shown_order(field.values, text)
        ranked = [option(order.index(name)) for name in value]
        return [item(field, self.key, {self.key: {field.name: ranked}}, CANDIDATES)]

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return the candidates' names, the best first."""
        ranked = value.get(field.name) if isinstance(value, dict) else None
        names = {option(place): name for place, name in enumerate(in_shown_order(field.values, text))}
        if not isinstance(ranked, list) or sorted(map(str, ranked)) != sorted(names):
            raise UnreadableError("an order that does not name each candidate once")
        return [names[one] for one in ranked]

    def read(self, field: Field, given: Any, text: str) -> Any:
        """Return the order; an empty one where there is none."""
        read = super().read(field, given, text)
        return read._replace(value=read.value or [])
