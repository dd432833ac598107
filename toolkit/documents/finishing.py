"""What every text goes through once it is read: storable characters, language, furniture, the clean view, holds."""

from typing import Any

from toolkit.documents.cleaning import cleaned
from toolkit.documents.document import Block
from toolkit.documents.extraction import Clean, Extraction, Read
from toolkit.documents.furniture import marked
from toolkit.documents.options import Use
from toolkit.documents.quality import holds, signals
from toolkit.documents.refusal import Refused
from toolkit.documents.sniff import Format
from toolkit.text import language_of, storable


def finished(kind: Format, read: Read, uses: tuple[Use, ...] = ()) -> Extraction:
    """Return the extraction of what a reader gave back.

    Raises:
        Refused: ``DOC-EMPTY``.
    """
    page, meta = read
    text, replaced = storable(page.text)
    return checked(kind, text, page.blocks, meta | ({"replaced": replaced} if replaced else {}), uses)


def checked(
    kind: Format, text: str, blocks: list[Block], meta: dict[str, Any], uses: tuple[Use, ...] = ()
) -> Extraction:
    """Return the extraction of a storable text.

    Raises:
        Refused: ``DOC-EMPTY``.
    """
    if kind == "pdf" and "pages_without_text" in meta:
        uses = (*uses, "ocr")
    if not text.strip():
        if kind != "pdf":
            raise Refused("DOC-EMPTY", f"a {kind} file without text")
        meta = {**meta, "format": kind, "language": "und", "held": "NEEDS-OCR", "held_because": ["no text layer"]}
        return Extraction(text="", blocks=(), meta=meta, uses=uses)
    meta = {**meta, "format": kind, "language": language_of(text)}
    found = marked(Extraction(text=text, blocks=tuple(blocks), meta=meta, uses=uses))
    clean = cleaned(found)
    kept = Clean(text=clean.text, blocks=clean.blocks, index_map=clean.index_map) if clean else None
    return found.model_copy(update={"clean": kept, "meta": meta | _judged(found)})


def _judged(found: Extraction) -> dict[str, Any]:
    """What is measured of a text, and why it is held back, if it is."""
    measured = signals(found.text, found.blocks, found.meta["language"])
    quality = {"quality": {name: round(value, 4) for name, value in sorted(measured.items())}}
    reasons = holds(measured)
    return quality | ({"held": reasons[0][0], "held_because": [why for _, why in reasons]} if reasons else {})
