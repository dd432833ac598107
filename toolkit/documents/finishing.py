"""What every text goes through once it is read: storable characters, language, furniture, the clean view, holds."""

import re
from typing import Any, Final

from toolkit.documents.cleaning import cleaned
from toolkit.documents.document import Block
from toolkit.documents.extraction import Clean, Extraction, Read
from toolkit.documents.furniture import marked
from toolkit.documents.options import Use
from toolkit.documents.refusal import Refused
from toolkit.documents.sniff import Format
from toolkit.text import REPLACEMENT, language_of, looks_misread, storable

_ODD: Final = re.compile(f"[{REPLACEMENT}\ue000-\uf8ff]")
"""Characters that say nothing: the replacement character, and those of private use."""


def finished(kind: Format, read: Read, uses: tuple[Use, ...] = ()) -> Extraction:
    """Return the extraction of what a reader gave back.

    Raises:
        Refused: ``DOC-EMPTY``.
    """
    page, meta = read
    text, replaced = storable(page.text)
    return checked(kind, text, page.blocks, meta | ({"replaced": replaced} if replaced else {}), uses)


def checked(
    kind: Format,
    text: str,
    blocks: list[Block],
    meta: dict[str, Any],
    uses: tuple[Use, ...] = (),
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
        meta = {**meta, "format": kind, "language": "und", "held": "NEEDS-OCR"}
        return Extraction(text="", blocks=(), meta=meta, uses=uses)
    held = {"held": "LOW-QUALITY"} if _unreadable(text) else {}
    meta = {**meta, "format": kind, "language": language_of(text), **held}
    found = marked(Extraction(text=text, blocks=tuple(blocks), meta=meta, uses=uses))
    clean = cleaned(found)
    if clean is None:
        return found
    kept = Clean(text=clean.text, blocks=clean.blocks, index_map=clean.index_map)
    return found.model_copy(update={"clean": kept})


def _unreadable(text: str) -> bool:
    """Replacement and private-use characters for a fifth of the text, or bytes that someone misread before."""
    seen = "".join(text[:100_000].split())
    odd = len(_ODD.findall(seen))
    return odd * 5 > len(seen) or looks_misread(text)
