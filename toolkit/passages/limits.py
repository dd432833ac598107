"""How long a passage may be: characters, tokens of a given tokenizer, or both."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from toolkit.errors import ToolkitError
from toolkit.language import said

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DEFAULT_CHARACTERS: Final = 2000
FEWEST_CHARACTERS: Final = 200
FEWEST_TOKENS: Final = 50
_SAMPLE: Final = 6
"""Characters for each token that are tried first; English text has between four and five."""


class Limit(Protocol):
    """The greatest length of a passage."""

    def reach(self, text: str, start: int, end: int) -> int:
        """Return the last place up to ``end`` to which a passage from ``start`` may go."""

    def holds(self, text: str) -> bool:
        """Return whether a passage with this text is short enough."""


class Characters:
    """At most so many code points."""

    def __init__(self, most: int) -> None:
        self._most = most

    def reach(self, text: str, start: int, end: int) -> int:  # noqa: ARG002 - the protocol's signature
        """Return the last place up to ``end`` to which a passage from ``start`` may go."""
        return min(start + self._most, end)

    def holds(self, text: str) -> bool:
        """Return whether a passage with this text is short enough."""
        return len(text) <= self._most


class Tokens:
    """At most so many tokens of a tokenizer, without the special ones that a trainer adds around a text.

    What is counted is each passage on its own, as a trainer will encode it, not its share of the document's tokens.
    """

    def __init__(self, tokenizer: "Tokenizer", most: int) -> None:
        self._tokenizer = tokenizer
        self._most = most

    def reach(self, text: str, start: int, end: int) -> int:
        """Return the last place up to ``end`` to which a passage from ``start`` may go; a try, to be checked."""
        size = self._most * _SAMPLE
        while True:
            part = text[start : min(end, start + size)]
            offsets = self._encoded(part).offsets
            if len(offsets) > self._most:
                return start + max(1, int(offsets[self._most][0]))
            if start + size >= end:
                return end
            size *= 2

    def holds(self, text: str) -> bool:
        """Return whether a passage with this text is short enough."""
        return len(self._encoded(text).ids) <= self._most

    def _encoded(self, text: str) -> Any:
        return self._tokenizer.encode(text, add_special_tokens=False)


class Both:
    """Short enough by two measures."""

    def __init__(self, one: Limit, other: Limit) -> None:
        self._one = one
        self._other = other

    def reach(self, text: str, start: int, end: int) -> int:
        """Return the last place up to ``end`` to which a passage from ``start`` may go."""
        return self._other.reach(text, start, self._one.reach(text, start, end))

    def holds(self, text: str) -> bool:
        """Return whether a passage with this text is short enough."""
        return self._one.holds(text) and self._other.holds(text)


def limit_of(characters: int | None, tokens: int | None, tokenizer: Path | None) -> Limit:
    """Return the limit that the options name; 2,000 characters where they name none.

    Raises:
        ToolkitError: ``PASSAGE-TOO-SHORT``, ``TOKENIZER-NONE`` when tokens are to be counted and none is named or
            none is there, ``TOKENIZER-BROKEN``.
    """
    if characters is not None and characters < FEWEST_CHARACTERS:
        raise _too_short(said(f"{characters} characters", f"{characters} 个字符"), FEWEST_CHARACTERS)
    if tokens is None:
        return Characters(DEFAULT_CHARACTERS if characters is None else characters)
    if tokens < FEWEST_TOKENS:
        raise _too_short(said(f"{tokens} tokens", f"{tokens} 个词元"), FEWEST_TOKENS)
    counted = Tokens(_load(tokenizer), tokens)
    return counted if characters is None else Both(Characters(characters), counted)


def tokenizer_digest(tokenizer: Path | None) -> str | None:
    """Return the SHA-256 of a tokenizer's file; None where there is none."""
    file = _file(tokenizer) if tokenizer else None
    return hashlib.sha256(file.read_bytes()).hexdigest() if file and file.is_file() else None


def _file(tokenizer: Path) -> Path:
    return tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer


def _load(named: Path | None) -> "Tokenizer":
    """Read ``tokenizer.json``; nothing is ever fetched."""
    from tokenizers import Tokenizer

    if named is None or not _file(named).is_file():
        raise _no_tokenizer(named)
    try:
        tokenizer = Tokenizer.from_file(str(_file(named)))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True  # a text that spells out a control token is still text
        tokenizer.encode("1.1 甲方 pays.", add_special_tokens=False)
    except Exception as error:  # tokenizers raises bare Exception for any fault of the file
        raise ToolkitError(
            said(f"'{_file(named)}' cannot be read: {error}.", f"无法读取 '{_file(named)}'：{error}。"),
            hint=said("Take the tokenizer.json that came with the model.", "请使用模型自带的 tokenizer.json。"),
            code="TOKENIZER-BROKEN",
        ) from error
    return tokenizer


def _no_tokenizer(named: Path | None) -> ToolkitError:
    found = (
        said("A limit in tokens needs a tokenizer.", "按词元限制长度需要指定分词器。")
        if named is None
        else said(f"No tokenizer is at '{named}'.", f"'{named}' 处没有分词器。")
    )
    return ToolkitError(
        found,
        hint=said(
            "Name a tokenizer.json, or the folder that holds one: --tokenizer DIR.",
            "请指定 tokenizer.json 或其所在文件夹：--tokenizer DIR。",
        ),
        code="TOKENIZER-NONE",
    )


def _too_short(found: str, least: int) -> ToolkitError:
    return ToolkitError(
        said(f"A maximum of {found} is too short.", f"最大长度 {found} 太短。"),
        hint=said(f"Use {least} or more.", f"请使用 {least} 或更大的值。"),
        code="PASSAGE-TOO-SHORT",
    )
