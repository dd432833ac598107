"""The passage and its identity."""

from typing import Any, Literal

from toolkit.documents import View
from toolkit.noun import Noun
from toolkit.text import Language

By = Literal["clause", "section", "paragraph", "window"]


class Passage(Noun):
    """A span of a document's text.

    Attributes:
        id: ``pas_`` and a hash of document, view and span.
        document: the document's id.
        start, end: half-open code-point offsets into that view of the document.
        text: exactly ``document.text[start:end]``.
        heading: the headings above it, outermost first.
        numbering: the clause labels under which it begins, outermost first, as they are written: ``("ARTICLE IV",
            "4.2", "(a)")``, ``("第一章", "第三条")``. Empty where no clause is numbered.
        pages: first and last page, where the format has pages.
        language, group: the document's, carried along for templates and splits.
        meta: what the team told of the document (``licence``, ``source``, ``title`` and others), and its ``path``.
    """

    id: str
    document: str
    view: View = "source"
    start: int
    end: int
    text: str
    heading: tuple[str, ...] = ()
    numbering: tuple[str, ...] = ()
    pages: tuple[int, int] | None = None
    language: Language
    group: str
    meta: dict[str, Any]
