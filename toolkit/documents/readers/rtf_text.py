"""What the text of an RTF file is made of: fonts that say how bytes are to be read, and paragraphs, rows and notes."""

import codecs
import re
from contextlib import suppress
from typing import Final, NamedTuple

from toolkit.documents.document import BlockKind
from toolkit.documents.extraction import Page

# fmt: off
_CHARSETS: Final = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437",
}
# fmt: on
"""Encodings by the number of a font's character set; the others are the file's own code page."""
_CODE_PAGES: Final = {936: "gb18030", 10000: "mac_roman", 65001: "utf-8"}
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_BODY_TEXT: Final = 9
"""The outline level that stands for no heading."""


class State(NamedTuple):
    """What a group inherits and gives back.

    Attributes:
        silent: whether its text is none of the document's.
        deleted, hidden: as tracked changes and character formats say.
        skip: characters after a Unicode character that repeat it for old programs.
        font: its number; -1: the file's default.
        place: the destination whose text is kept apart: ``footnote``, ``number``, ``title``, ``fonttbl``,
            ``stylesheet`` or ``info``.
    """

    silent: bool = False
    deleted: bool = False
    hidden: bool = False
    skip: int = 1
    font: int = -1
    place: str = ""


class Fonts:
    """Knows the encoding of each font's bytes."""

    def __init__(self) -> None:
        self._page = "cp1252"
        self._default = -1
        self._defined = 0
        self._encodings: dict[int, str] = {}

    def set(self, word: str, number: int) -> None:
        """Take over the file's code page, its default font, or the character set of the font that is being defined."""
        if word == "ansicpg":
            self._page = _known(number) or self._page
        elif word in {"mac", "pc", "pca"}:
            self._page = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "deff":
            self._default = number
        elif encoding := _CHARSETS.get(number) if word == "fcharset" else _known(number):
            self._encodings[self._defined] = encoding

    def define(self, font: int) -> None:
        """Begin the definition of a font."""
        self._defined = font

    def decoded(self, data: bytes, font: int) -> str:
        """Return the text of some bytes in a font."""
        encoding = self._encodings.get(self._default if font < 0 else font, self._page)
        for candidate in (encoding, self._page, "cp1252"):
            with suppress(UnicodeDecodeError):
                return data.decode(candidate)
        return data.decode(encoding, "replace")


def _known(code_page: int) -> str | None:
    name = _CODE_PAGES.get(code_page, f"cp{code_page}")
    with suppress(LookupError):
        return codecs.lookup(name).name
    return None


class _Settings(NamedTuple):
    """What is set for a paragraph until ``pard`` takes it back."""

    style: int = 0
    level: int | None = None
    listed: bool = False
    in_table: bool = False


class Paragraphs:
    """Gathers text and closes paragraphs, cells, rows and notes."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._text: list[str] = []
        self._number: list[str] = []
        self._notes: list[list[str]] = []
        self._settings = _Settings()
        self._levels: dict[int, int] = {}
        self._style = 0
        self._cells: list[str] = []
        self._inner: list[str] = []

    def write(self, text: str, place: str) -> None:
        """Add text where it belongs."""
        if place == "footnote":
            self._notes[-1].append(text)
        elif place == "number":
            self._number.append(text)
        else:
            self._text.append(text)

    def begin_note(self) -> None:
        """Begin a footnote, and mark where it is called."""
        self._notes.append([])
        self._text.append(f"[{len(self._notes)}]")

    def set(self, word: str, number: int | None, *, in_styles: bool) -> None:
        """Take over a setting of the paragraph, or of the style that is being defined."""
        value = number if number is not None else 1
        if word == "outlinelevel" and in_styles:
            if value < _BODY_TEXT:
                self._levels[self._style] = value + 1
        elif word == "s" and in_styles:
            self._style = value
        elif in_styles:
            return
        elif word == "pard":
            self._settings = _Settings()
        elif word == "s":
            self._settings = self._settings._replace(style=value)
        elif word == "outlinelevel":
            self._settings = self._settings._replace(level=value + 1 if 0 <= value < _BODY_TEXT else None)
        elif word in {"ls", "pnlvlbody", "pnlvlblt"}:
            self._settings = self._settings._replace(listed=value > 0)
        elif word in {"intbl", "itap"}:
            self._settings = self._settings._replace(in_table=value > 0)

    def name_style(self, name: str) -> None:
        """Styles named as headings are, whatever their outline level."""
        if found := _HEADING.match(name.strip()):
            self._levels.setdefault(self._style, int(found[1]))

    def close(self, word: str, place: str) -> None:
        """Close what a control word ends."""
        if place == "footnote":
            self._notes[-1].append("\n")
        elif word == "nestcell":
            self._inner.append(self._taken())
        elif word == "nestrow":
            self._text.append(" | ".join(self._inner) + "\n")
            self._inner.clear()
        elif word == "cell":
            self._cells.append(" ".join(self._taken().split()))
        elif word == "row":
            self._row()
        elif self._settings.in_table:
            self._text.append("\n")
        else:
            self._row()
            self._paragraph()

    def end(self) -> None:
        """Close what is open, and add the notes."""
        self._row()
        self._paragraph()
        for number, pieces in enumerate(self._notes, start=1):
            lines = [line.strip() for line in "".join(pieces).split("\n")]
            self._page.add("footnote", f"[{number}] " + "\n".join(filter(None, lines)))

    def _taken(self) -> str:
        number = "".join(self._number).strip()
        number = number if any(map(str.isalnum, number)) else ""  # a bullet is no number
        text = "".join(self._text).strip("\n")
        self._number.clear()
        self._text.clear()
        return f"{number} {text}" if number and text.strip() else text

    def _paragraph(self) -> None:
        numbered = bool("".join(self._number).strip())
        settings = self._settings
        level = settings.level or self._levels.get(settings.style)
        kind: BlockKind = "heading" if level else "list_item" if numbered or settings.listed else "paragraph"
        self._page.add(kind, self._taken(), level=level)

    def _row(self) -> None:
        filled = [cell for cell in self._cells if cell]
        # One filled cell is layout, not data.
        self._page.add(
            "table" if len(filled) > 1 else "paragraph", " | ".join(self._cells if len(filled) > 1 else filled)
        )
        self._cells.clear()
