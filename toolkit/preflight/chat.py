"""A tokenizer with its chat template, from ``tokenizer.json`` and ``tokenizer_config.json`` alone: no torch.

Rendering follows transformers' ``apply_chat_template`` and gives the same ids, with one exception on purpose: text
that merely spells a special token (``<|im_end|>`` inside a contract) is encoded as ordinary text, never as the control
token.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.preflight.template import ChatTemplate, Rendered

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

_FEW = 16
_NEAR = 4
"""How many characters without a token of their own are passed over before all tokens are searched."""
_PRIVATE = range(0xF0000, 0xFFFFE)
"""Supplementary private-use characters: they stand for spelled-out special tokens while a template renders."""


class Piece(NamedTuple):
    """A stretch of a rendered text: where it begins in it, its first token's place, and its tokens.

    ``encoding`` is None for a spelled-out special token, which stands as one character in the rendered text, and for a
    stretch whose inner places are not asked about.
    """

    start: int
    place: int
    ids: list[int]
    encoding: "Encoding | None"


class Tokens(NamedTuple):
    """Token ids of a rendered text, and a way from its characters to them."""

    ids: list[int]
    pieces: list[Piece]
    characters: int

    def first_from(self, character: int) -> int:
        """Return the place of the first token that begins at a character or after it; the count where none does."""
        for piece in reversed(self.pieces):
            if piece.start <= character:
                return piece.place + _first_from(piece, character - piece.start)
        return 0

    def first_over(self, character: int) -> int:
        """Return the place of the first token that ends after a character."""
        place = self.first_from(character)
        while place and self._end(place - 1) > character:
            place -= 1
        return place

    def _end(self, place: int) -> int:
        piece = next(piece for piece in reversed(self.pieces) if piece.place <= place)
        ends = piece.encoding.token_to_chars(place - piece.place) if piece.encoding else (0, 1)
        return piece.start + (ends[1] if ends else 0)


class Conversation(NamedTuple):
    """Messages in which each spelled-out special token is one private character, and what each of those spells."""

    messages: list[dict[str, str]]
    spelled: Mapping[str, str]


class ChatTokenizer:
    """Encodes conversations the way a trainer would."""

    def __init__(self, folder: Path) -> None:
        """Load the tokenizer of a local folder; nothing is ever fetched.

        Raises:
            ToolkitError: ``TOKENIZER-NONE`` without ``tokenizer.json``, ``TOKENIZER-BROKEN`` when a file cannot be
                read, ``TEMPLATE-NONE`` without a chat template, ``TEMPLATE-BROKEN`` when it does not compile.
        """
        self.folder = folder
        if not (folder / "tokenizer.json").is_file():
            raise ToolkitError(
                said(f"'{folder}' holds no 'tokenizer.json'.", f"'{folder}' 中没有 'tokenizer.json'。"),
                hint=said(
                    "Name a folder with tokenizer.json and tokenizer_config.json, or leave the option out: tiny.",
                    "请指定包含 tokenizer.json 和 tokenizer_config.json 的文件夹，或省略该选项（tiny）。",
                ),
                code="TOKENIZER-NONE",
            )
        self._config = _read_config(folder)
        self._tails: dict[str, list[int]] = {}
        self._template = ChatTemplate(self._template_source())

    @cached_property
    def tokenizer(self) -> "Tokenizer":
        """The tokenizer as trainers use it: special tokens in a text become control tokens."""
        return self._load()

    @cached_property
    def _literal(self) -> "Tokenizer":
        tokenizer = self._load()
        tokenizer.encode_special_tokens = True
        return tokenizer

    def _load(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        try:
            loaded = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises bare Exception for any fault of the file
            raise _broken(self.folder / "tokenizer.json", error) from error
        loaded.no_truncation()
        loaded.no_padding()
        return loaded

    @cached_property
    def specials(self) -> tuple[str, ...]:
        """The special tokens' texts, longest first."""
        added = self.tokenizer.get_added_tokens_decoder().values()
        return tuple(sorted({token.content for token in added if token.special}, key=lambda text: (-len(text), text)))

    def special_id(self, name: str) -> int | None:
        """Return the id of ``bos_token``, ``eos_token`` or ``pad_token``, where the tokenizer has one."""
        return self._ids[name]

    @cached_property
    def _ids(self) -> dict[str, int | None]:
        texts = {name: self.special(name) for name in ("bos_token", "eos_token", "pad_token")}
        return {name: self.tokenizer.token_to_id(text) if text else None for name, text in texts.items()}

    def special(self, name: str) -> str | None:
        """Return the text of ``bos_token``, ``eos_token`` and so on, where the tokenizer has one."""
        value = self._config.get(name)
        text = value.get("content") if isinstance(value, dict) else value
        return text if isinstance(text, str) else None

    def _template_source(self) -> str:
        file = self.folder / "chat_template.jinja"
        source = file.read_text(encoding="utf-8") if file.is_file() else self._config.get("chat_template")
        if isinstance(source, list):
            named = {item.get("name"): item.get("template") for item in source if isinstance(item, dict)}
            source = named.get("default")
        if isinstance(source, str) and source:
            return source
        raise ToolkitError(
            said(f"The tokenizer in '{self.folder}' has no chat template.", f"'{self.folder}' 的分词器没有聊天模板。"),
            hint=said(
                "Take an instruction-tuned model's tokenizer, or add 'chat_template' to tokenizer_config.json.",
                "请使用指令微调模型的分词器，或在 tokenizer_config.json 中加入 'chat_template'。",
            ),
            code="TEMPLATE-NONE",
        )

    def conversation(self, messages: Sequence[Mapping[str, str]]) -> Conversation:
        """Return messages whose spelled-out special tokens cannot become control tokens."""
        together = "\n".join(message["content"] for message in messages)
        free = (chr(code) for code in _PRIVATE if chr(code) not in together)
        spelled = {next(free): special for special in self.specials if special in together}
        return Conversation(
            [{**message, "content": _replaced(message["content"], spelled)} for message in messages], spelled
        )

    @cached_property
    def _names(self) -> dict[str, str]:
        names = ("bos_token", "eos_token", "pad_token", "unk_token")
        return {name: self.special(name) or "" for name in names}

    def render(self, messages: Sequence[Mapping[str, str]], *, generation_prompt: bool = False) -> str:
        """Return the template's text for messages.

        Raises:
            TemplateError: the template refuses them or is at fault.
        """
        return self.rendered(messages, generation_prompt=generation_prompt).text

    def rendered(self, messages: Sequence[Mapping[str, str]], *, generation_prompt: bool = False) -> Rendered:
        """Return the template's text for messages, with what it marks as generated; raises as ``render`` does."""
        return self._template.render(messages, self._names, generation_prompt=generation_prompt)

    def encode(self, text: str, spelled: Mapping[str, str] | None = None) -> Tokens:
        """Return the tokens of a rendered text; characters in ``spelled`` are encoded as the text they stand for."""
        tokens = Tokens([], [], len(text))
        for start, piece in _pieces(text, spelled or {}):
            if spelled and piece in spelled:
                found = Piece(start, len(tokens.ids), self.encode_text(spelled[piece]), None)
            else:
                encoding = self.tokenizer.encode(piece, add_special_tokens=False)
                found = Piece(start, len(tokens.ids), encoding.ids, encoding)
            tokens.ids.extend(found.ids)
            tokens.pieces.append(found)
        return tokens

    def encode_from(self, text: str, start: int) -> Tokens:
        """Return the same tokens where a control token begins at a character, and none before it will be asked about.

        Without offsets the tokenizer is faster by a third.
        """
        head = self.tokenizer.encode_batch_fast([text[:start]], add_special_tokens=False)[0].ids if start else []
        encoding = self.tokenizer.encode(text[start:], add_special_tokens=False)
        rest = encoding.ids
        return Tokens(head + rest, [Piece(0, 0, head, None), Piece(start, len(head), rest, encoding)], len(text))

    def tail_of(self, text: str) -> str:
        """Return the end of a rendered text from its last control token on.

        What stands before a control token is encoded apart from what follows, so two texts that agree up to there
        have the same tokens up to there.
        """
        return text[max((0, *(text.rfind(special) for special in self._controls))) :]

    def tail_ids(self, tail: str, spelled: Mapping[str, str]) -> list[int]:
        """Return the ids of the end of a prompt. Most templates end every prompt alike, so a few are kept."""
        if spelled:
            return self.encode(tail, spelled).ids
        found = self._tails.get(tail)
        if found is None:
            found = self.encode(tail).ids
            if len(self._tails) < _FEW:
                self._tails[tail] = found
        return found

    @cached_property
    def _controls(self) -> tuple[str, ...]:
        return tuple(
            token.content
            for token in self.tokenizer.get_added_tokens_decoder().values()
            if token.special and not token.lstrip and not token.rstrip
        )

    def encode_text(self, text: str) -> list[int]:
        """Return the ids of a plain text, in which nothing is a control token."""
        ids: list[int] = self._literal.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, control tokens spelled out."""
        text: str = self.tokenizer.decode(list(ids), skip_special_tokens=False)
        return text


def _first_from(piece: Piece, character: int) -> int:
    if piece.encoding is None:
        return 0 if character <= 0 else len(piece.ids)
    found = (piece.encoding.char_to_token(near) for near in range(character, character + _NEAR))
    place = next((at for at in found if at is not None), None)
    if place is None:
        return next((at for at, (start, _) in enumerate(piece.encoding.offsets) if start >= character), len(piece.ids))
    while place < len(piece.ids) and (piece.encoding.token_to_chars(place) or (character,))[0] < character:
        place += 1
    return place


def _replaced(content: str, spelled: Mapping[str, str]) -> str:
    for private, special in spelled.items():
        content = content.replace(special, private)
    return content


def _pieces(text: str, spelled: Mapping[str, str]) -> list[tuple[int, str]]:
    """Return the text cut at every private character, each piece with its start."""
    pieces, begin = [], 0
    for position, character in enumerate(text if spelled else ""):
        if character in spelled:
            pieces += [(begin, text[begin:position]), (position, character)]
            begin = position + 1
    return [(start, piece) for start, piece in [*pieces, (begin, text[begin:])] if piece]


def _read_config(folder: Path) -> dict[str, Any]:
    file = folder / "tokenizer_config.json"
    if not file.is_file():
        return {}
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _broken(file, error) from error
    return config if isinstance(config, dict) else {}


def _broken(file: Path, error: Exception) -> ToolkitError:
    return ToolkitError(
        said(f"'{file}' cannot be read: {error}.", f"无法读取 '{file}'：{error}。"),
        hint=said("Copy the model's folder again.", "请重新复制该模型的文件夹。"),
        code="TOKENIZER-BROKEN",
    )
