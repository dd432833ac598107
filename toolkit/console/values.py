"""An answer's values in the reader's words, and its spans in the colours that the passage shows them in."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.text import Text

from toolkit.annotations import in_shown_order
from toolkit.console.words import plain
from toolkit.language import language, said
from toolkit.noun import digest
from toolkit.schema import Bilingual, Field

_COLOURS: Final = ("cyan", "magenta", "green", "blue", "yellow", "red")
DIFFERS: Final = "bold yellow"
NOTHING: Final = "–"


class Wordings:
    """How the fields of a schema, and their values about one passage, are told."""

    def __init__(self, fields: Sequence[Field], text: str) -> None:
        """Take the fields and the passage: it settles the order in which compared answers stand."""
        self.fields, self._text = fields, text
        marked = [(field.name, value) for field in fields if field.kind == "spans" for value in field.values]
        self._colours = {key: _COLOURS[place % len(_COLOURS)] for place, key in enumerate(marked)}

    def colour(self, field: Field, label: str) -> str:
        """Return the colour of a span's label."""
        return self._colours.get((field.name, label), "default")

    def items(self, field: Field, value: Any) -> list[tuple[str, Text]]:
        """Return what a field's value holds, each part with a key that equal parts share."""
        if value is None or value == []:
            return [("", Text(NOTHING, "dim"))]
        if field.kind == "ranking":
            return [(digest(value), Text(" > ".join(self._one(field, one).plain for one in value)))]
        parts = value if isinstance(value, list) else [value]
        return [(digest(part), self._one(field, part)) for part in parts]

    def _one(self, field: Field, value: Any) -> Text:
        if field.kind == "spans":
            return self._span(field, value)
        if field.kind == "relations":
            head, tail = (_quoted(value[end]["text"]) for end in ("head", "tail"))
            return Text(f"{head} → {tail}: {self.label(field, value['label'])}")
        if isinstance(value, bool):
            return Text(said("yes", "是") if value else said("no", "否"))
        if field.kind in {"preference", "ranking"}:
            return Text(str(in_shown_order(field.values, self._text).index(value) + 1))
        return Text(self.label(field, value) if isinstance(value, str) else plain(value))

    def _span(self, field: Field, span: Mapping[str, Any]) -> Text:
        line = Text.assemble((self.label(field, span["label"]), self.colour(field, span["label"])), " ")
        line.append(_quoted(span["text"])).append(f" {span['start']}–{span['end']}", "dim")
        for about in field.attributes:
            if span.get(about.name) not in (None, []):
                told = ", ".join(part.plain for _, part in self.items(about, span[about.name]))
                line.append(f" · {wording(about.title)}: {told}")
        return line

    def label(self, field: Field, value: str) -> str:
        """Return a label's wording; what is none, as it is."""
        titles = {label.value: label.title for label in field.labels}
        return plain(wording(titles[value]) if value in titles else value)


def wording(of: Bilingual) -> str:
    """Return a wording in the reader's language."""
    return plain(of.text(language()))


def _quoted(text: str) -> str:
    return f"“{plain(' '.join(text.split()))}”"
