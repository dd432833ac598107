"""What a schema file writes: a pydantic model whose fields say what they ask, in English and Chinese.

The kind of each field follows from its type; ``described`` has the table. Nothing here reads or checks an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pydantic

from toolkit.language import Language

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


class Schema(pydantic.BaseModel):
    """The class that a schema file's model derives from. Rules across fields are pydantic validators.

    Attributes:
        title: what is being labelled, as a heading.
        instruction: one sentence to the annotator and, in the prompt, to the model.
        guideline: Markdown for the annotators beyond titles and hints, or None.
    """

    # defer_build: pydantic would refuse an impossible field without its name; ``described`` names it.
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)

    title: ClassVar[Bilingual]
    instruction: ClassVar[Bilingual]
    guideline: ClassVar[Bilingual | None] = None


@dataclass(frozen=True)
class Asked:
    """What ``asked`` says about a field beyond pydantic; it rides on the field and adds itself to the JSON schema."""

    title: Bilingual
    hint: Bilingual | None
    labels: tuple[tuple[str, Bilingual], ...]
    role: Role

    def __call__(self, json_schema: dict[str, Any]) -> None:
        """Add the Chinese wordings, the labels and the role to the field's JSON schema."""
        json_schema["x-title-zh"] = self.title.zh
        if self.hint:
            json_schema["x-hint-zh"] = self.hint.zh
        if self.labels:
            json_schema["x-labels"] = {value: {"en": title.en, "zh": title.zh} for value, title in self.labels}
        json_schema["x-role"] = self.role


def asked(
    en: str,
    zh: str,
    *,
    hint: tuple[str, str] | None = None,
    labels: Mapping[str, tuple[str, str]] | None = None,
    role: Role = "output",
    ge: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
) -> Any:
    """Say what a field asks, as the default of the field in a schema.

    Args:
        en: the title in English.
        zh: the title in Chinese.
        hint: one sentence of help under the title, in English and Chinese.
        labels: for choices and spans, each stable value with its wording in English and Chinese, in the order in
            which the annotator sees them. The value is what is stored and learned.
        role: ``output`` is what the model learns to say; ``input`` (a question that the annotator writes) becomes
            part of the prompt.
        ge: the least number allowed.
        le: the greatest number allowed. A whole number from 1 to at most 10 is asked for as a rating.
        min_length: for text, the fewest characters; for lists, the fewest items.
        max_length: for text, the most characters (above 200 the box grows); for lists, the most items.
    """
    says = Asked(
        title=Bilingual(en, zh),
        hint=Bilingual(*hint) if hint else None,
        labels=tuple((value, Bilingual(*wordings)) for value, wordings in (labels or {}).items()),
        role=role,
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
