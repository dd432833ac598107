r"""RTF: paragraphs, headings by outline level, list items with their numbers, table rows and footnotes.

Text is shown as if every tracked change were accepted; hidden text, headers, footers and comments are not read. A
reader of its own: a character of a Chinese file may be written half as ``\'b5`` and half as a letter, and a pair of
surrogates as two characters, which the usual converters take apart.
"""

import re
from typing import Any, Final

from toolkit.documents.extraction import Page, Read
from toolkit.documents.readers.rtf_text import Fonts, Paragraphs, State
from toolkit.documents.refusal import Refused

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|(.)", re.DOTALL
)
_SILENCE = re.compile(_TOKEN.pattern.replace(rb"|[\r\n]+|([^\\{}\r\n]+)", rb"|([^\\{}]+)"), re.DOTALL)
"""What may be passed over at once: pictures are megabytes of digits in lines."""
_DEPTH: Final = 255
# fmt: off
_SIGNS: Final = {
    "tab": "\t", "line": "\n", "lbr": "\n", "page": "\n", "column": "\n", "emdash": "—", "endash": "–", "bullet": "•",
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": "\u2003", "enspace": "\u2002",
    "qmspace": "\u2005", "zwj": "\u200d", "zwnj": "\u200c", "zwbo": "\u200b", "~": "\xa0", "_": "\u2011", "{": "{",
    "}": "}", "\\": "\\", "\t": "\t",
}
# fmt: on
_ENDS: Final = frozenset({"par", "sect", "cell", "nestcell", "row", "nestrow"})
_SILENT_NAMES = (
    "fonttbl colortbl stylesheet info header headerf headerl headerr footer footerf footerl footerr pict nonesttables "
    "shprslt sp comment filetbl xe tc rxe txe ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn upr fldinst annotation "
    "objdata falt atnid atnauthor pn datafield nonshppict"
)
_SILENT: Final = frozenset(_SILENT_NAMES.split())
"""Destinations whose text is none of the document's."""
_KNOWN: Final = frozenset({"shpinst", "nesttableprops", "ud", "annotation", "footnote", "listtext", "pntext", "title"})
"""Destinations that are read although they are marked as ignorable for those who do not know them."""


def read_rtf(data: bytes) -> Read:
    """Return the blocks of an RTF file.

    Raises:
        Refused: ``DOC-DEPTH`` for groups nested more than 255 deep, ``DOC-SIZE``, or ``DOC-BROKEN`` for a file that
            ends before its last group does.
    """
    reader = _Rtf()
    reader.read(data)
    title = " ".join("".join(reader.title).split())[:200] or reader.page.title()
    counted = {"tracked_changes": reader.changes, "comments": reader.comments}
    meta: dict[str, Any] = {key: value for key, value in counted.items() if value}
    return Read(reader.page, meta | ({"title": title} if title else {}))


class _Rtf:
    """Goes through the tokens of one file, with a stack of what its groups inherit."""

    def __init__(self) -> None:
        self.page = Page()
        self.title: list[str] = []
        self.changes = self.comments = 0
        self._fonts = Fonts()
        self._out = Paragraphs(self.page)
        self._state = State()
        self._stack: list[State] = []
        self._bytes = bytearray()
        self._units: list[int] = []
        self._skip = 0
        self._star = False

    def read(self, data: bytes) -> None:
        at = 0
        while token := (_SILENCE if self._state.silent else _TOKEN).match(data, at):
            at = token.end()
            word, number, pair, sign, brace, text, _ = token.groups()
            if word:
                at += self._word(word.decode("ascii"), int(number) if number else None)
            elif brace:
                self._brace(brace == b"{")
                if not self._stack:
                    break
            elif pair:
                self._raw(bytes([int(pair, 16)]))
            elif sign:
                self._sign(sign.decode("latin-1"))
            elif text:
                self._raw(text)
        if self._stack:
            raise Refused("DOC-BROKEN", "an RTF file that ends inside its text")
        self._out.end()

    def _raw(self, text: bytes) -> None:
        skipped = min(self._skip, len(text))
        self._skip -= skipped
        if len(text) > skipped and not self._state.silent:
            self._write_units()
            self._bytes += text[skipped:]

    def _flush(self) -> None:
        """Only what stands together is one text: the bytes of a character may come in several tokens."""
        self._write_units()
        if self._bytes:
            text = self._fonts.decoded(bytes(self._bytes), self._state.font)
            self._bytes.clear()
            self._write(text)

    def _write_units(self) -> None:
        if self._units:
            text = b"".join(unit.to_bytes(2, "little") for unit in self._units).decode("utf-16-le", "replace")
            self._units.clear()
            self._write(text)

    def _write(self, text: str) -> None:
        if self._state.place == "title":
            self.title.append(text)
        elif self._state.place == "stylesheet":
            self._out.name_style(text)
        elif self._state.place != "fonttbl" and not (self._state.silent or self._state.deleted or self._state.hidden):
            self._out.write(text, self._state.place)

    def _brace(self, opens: bool) -> None:
        self._flush()
        self._skip = 0
        self._star = False
        if opens:
            self._stack.append(self._state)
            if len(self._stack) > _DEPTH:
                raise Refused("DOC-DEPTH", "groups nested too deep")
        elif self._stack:
            self._state = self._stack.pop()

    def _sign(self, sign: str) -> None:
        self._flush()
        self._skip = 0
        if sign == "*":
            self._star = True
        elif sign in "\r\n":
            self._out.close("par", self._state.place)
        elif sign in _SIGNS:
            self._write(_SIGNS[sign])

    def _word(self, word: str, number: int | None) -> int:
        """Follow a control word; return how many bytes of data after it are none of the text."""
        if word == "u":
            if self._bytes:
                self._flush()
            self._units += [(number or 0) % 0x10000] if not self._state.silent else []
            self._skip = self._state.skip
            return 0
        self._flush()
        self._skip = 0
        star, self._star = self._star, False
        if word == "bin":
            return max(0, number or 0)
        if star and word not in _KNOWN:
            self._state = self._state._replace(silent=True)
        elif word in _SILENT or word in _KNOWN:
            self._enter(word)
        elif word in _SIGNS:
            self._write(_SIGNS[word])
        elif word in _ENDS:
            if not self._state.silent:
                self._out.close(word, self._state.place)
        else:
            self._set(word, number)
        return 0

    def _enter(self, word: str) -> None:
        """Begin a destination."""
        state = self._state
        if word == "ud":
            state = state._replace(silent=len(self._stack) > 1 and self._stack[-2].silent)
        elif word == "title":
            state = state._replace(silent=False, place="title") if state.place == "info" else state
        elif word in {"listtext", "pntext", "footnote"} and not state.silent:
            if word == "footnote":
                self._out.begin_note()
            state = state._replace(place="number" if word != "footnote" else word)
        elif word in {"fonttbl", "stylesheet", "info"} and not state.silent:
            state = state._replace(silent=word == "info", place=word)
        elif word in _SILENT:
            self.comments += word == "annotation"
            state = state._replace(silent=True)
        self._state = state

    def _set(self, word: str, number: int | None) -> None:
        """Take over a setting of the file, of the characters or of the paragraph."""
        on = number != 0
        if word in {"ansicpg", "deff", "fcharset", "cpg", "mac", "pc", "pca"}:
            self._fonts.set(word, number or 0)
        elif word == "f":
            self._state = self._state._replace(font=number or 0)
            if self._state.place == "fonttbl":
                self._fonts.define(number or 0)
        elif word == "plain":
            self._state = self._state._replace(font=-1, hidden=False, deleted=False)
        elif word in {"deleted", "revised"}:
            self.changes += on and not self._state.silent
            self._state = self._state._replace(deleted=on) if word == "deleted" else self._state
        elif word == "v":
            self._state = self._state._replace(hidden=on)
        elif word == "uc":
            self._state = self._state._replace(skip=max(0, number if number is not None else 1))
        elif not self._state.silent:
            self._out.set(word, number, in_styles=self._state.place == "stylesheet")
