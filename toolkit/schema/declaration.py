"""What a schema file writes: a pydantic model whose fields say what they ask, in English and Chinese.

The kind of each field follows from its type; ``described`` has the table. Nothing here reads or checks an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as with_default
from typing import Annotated, Any, ClassVar, Literal

import pydantic

from toolkit.language import Language
from toolkit.schema.check import Check
from toolkit.schema.migration import Migration

Role = Literal["input", "output"]


@dataclass(frozen=True)
class Bilingual:
    """One wording in English and one in Chinese.

    >>> Bilingual("Risk", "风险").text("zh")
    '风险'
    """

    en: str
    zh: str

    def text(self, language: Language) -> str:
        """Return the wording in a language."""
        return self.zh if language == "zh" else self.en

    def both(self) -> str:
        """Return both wordings in one line, English first; one when they are the same.

        >>> Bilingual("Risk", "风险").both()
        'Risk · 风险'
        """
        return self.en if self.en == self.zh else f"{self.en} · {self.zh}"


class Span(pydantic.BaseModel):
    """A labelled part of the passage.

    Attributes:
        start, end: half-open code-point offsets into the passage's text.
        text: exactly ``passage.text[start:end]``.
        label: one of the field's labels, by its stable value.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)

    start: int
    end: int
    text: str
    label: str


class Relation(pydantic.BaseModel):
    """A labelled arrow from one span to another of the same field.

    Attributes:
        head, tail: the two spans, as their field holds them, without attributes; the arrow leads from head to tail.
        label: one of the relation field's labels, by its stable value.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)

    head: Span
    tail: Span
    label: str


@dataclass(frozen=True)
class Marker:
    """Tells types apart that Python writes alike."""

    kind: Literal["taxon", "preference", "ranking"]


Taxon = Annotated[str, Marker("taxon")]
"""A place in a tree of labels, as its path from the root: ``"civil/contract"``. The labels name every place."""

Preference = Annotated[str, Marker("preference")]
"""The better of two candidate answers, by the name that ``Shows.candidates`` gives it."""

Ranking = Annotated[list[str], Marker("ranking")]
"""All candidate answers by name, the best first."""


@dataclass(frozen=True)
class Shows:
    """What the annotator sees beside the passage. None of it is labelled, and no span can lie in it.

    Attributes:
        neighbours: how many passages before and after this one are shown, small and apart, as its context.
        metadata: the document's metadata shown above the passage, by name, with a wording in English and Chinese.
        dialogue: the passage is a conversation, one turn a line (``Doctor: ...``), and is shown turn by turn.
        candidates: the names of the document's metadata that hold the answers to compare or to rank. They are shown
            without their names, in an order that depends on the passage alone.
    """

    neighbours: int = 0
    metadata: Mapping[str, tuple[str, str]] = with_default(default_factory=dict)
    dialogue: bool = False
    candidates: tuple[str, ...] = ()


class Schema(pydantic.BaseModel):
    """The class that a schema file's model derives from. Rules across fields are pydantic validators.

    Attributes:
        title: what is being labelled, as a heading.
        instruction: one sentence to the annotator and, in the prompt, to the model.
        guideline: Markdown for the annotators beyond titles and hints, or None.
        shows: what is shown beside the passage.
        checks: domain checks that are switched on, such as ``cites("reasoning")``.
        migrations: how answers to older versions become answers to this one, the oldest first.
    """

    # defer_build: pydantic would refuse an impossible field without its name; ``described`` names it.
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)

    title: ClassVar[Bilingual]
    instruction: ClassVar[Bilingual]
    guideline: ClassVar[Bilingual | None] = None
    shows: ClassVar[Shows] = Shows()
    checks: ClassVar[tuple[Check, ...]] = ()
    migrations: ClassVar[tuple[Migration, ...]] = ()


@dataclass(frozen=True)
class Asked:
    """What ``asked`` says about a field beyond pydantic; it rides on the field and adds itself to the JSON schema."""

    title: Bilingual
    hint: Bilingual | None
    labels: tuple[tuple[str, Bilingual], ...]
    role: Role
    group: Bilingual | None = None
    when: tuple[str, tuple[str | bool, ...]] | None = None
    required: bool | None = None
    between: str | None = None
    ordered: bool = False

    def __call__(self, json_schema: dict[str, Any]) -> None:
        """Add the Chinese wordings, the labels and the role to the field's JSON schema."""
        json_schema["x-title-zh"] = self.title.zh
        if self.hint:
            json_schema["x-hint-zh"] = self.hint.zh
        if self.labels:
            json_schema["x-labels"] = {value: {"en": title.en, "zh": title.zh} for value, title in self.labels}
        json_schema["x-role"] = self.role
        if self.when:
            json_schema["x-when"] = {self.when[0]: list(self.when[1])}


def asked(  # noqa: PLR0913 - a schema names what it needs
    en: str,
    zh: str,
    *,
    hint: tuple[str, str] | None = None,
    labels: Mapping[str, tuple[str, str]] | None = None,
    role: Role = "output",
    group: tuple[str, str] | None = None,
    when: tuple[str, str | bool | tuple[str, ...]] | None = None,
    required: bool | None = None,
    between: str | None = None,
    ordered: bool = False,
    ge: Any = None,
    le: Any = None,
    min_length: int | None = None,
    max_length: int | None = None,
) -> Any:
    """Say what a field asks, as the default of the field in a schema.

    Args:
        en: the title in English.
        zh: the title in Chinese.
        hint: one sentence of help under the title, in English and Chinese.
        labels: for choices, spans, relations and taxons, each stable value with its wording in English and Chinese,
            in the order in which the annotator sees them. The value is what is stored and learned. The value of a
            taxon is its path: ``civil``, then ``civil/contract``.
        role: ``output`` is what the model learns to say; ``input`` (a question that the annotator writes) becomes
            part of the prompt.
        group: a heading over this field and the neighbouring ones with the same group.
        when: the field is shown only while another one (a choice, choices or a boolean, by name) has this value or
            one of these; elsewhere it stays open. Its type has ``| None`` or is a list.
        required: with ``when``, whether it has to be answered where it is shown; without, its type says so.
        between: for relations, the field of spans that they connect.
        ordered: for a single choice, the labels are a scale in their order, from one end to the other (low, medium,
            high): agreement then counts a near miss less than a far one.
        ge: the least number, or the first date, allowed.
        le: the greatest number, or the last date, allowed. A whole number from 1 to at most 10 is a rating.
        min_length: for text, the fewest characters; for lists, the fewest items.
        max_length: for text, the most characters (above 200 the box grows); for lists, the most items.
    """
    says = Asked(
        title=Bilingual(en, zh),
        hint=Bilingual(*hint) if hint else None,
        labels=tuple((value, Bilingual(*wordings)) for value, wordings in (labels or {}).items()),
        role=role,
        group=Bilingual(*group) if group else None,
        when=(when[0], when[1] if isinstance(when[1], tuple) else (when[1],)) if when else None,
        required=required,
        between=between,
        ordered=ordered,
    )
    return pydantic.Field(
        title=en,
        description=hint[0] if hint else None,
        ge=ge,
        le=le,
        min_length=min_length,
        max_length=max_length,
        json_schema_extra=says,
    )
