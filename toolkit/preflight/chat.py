"""A tokenizer with its chat template, from ``tokenizer.json`` and ``tokenizer_config.json`` alone: no torch.

Rendering follows transformers' ``apply_chat_template`` and gives the same ids, with one exception on purpose: text
that merely spells a special token (``<|im_end|>`` inside a contract) is encoded as ordinary text, never as the control
token.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from toolkit.errors import ToolkitError
from toolkit.language import said

if TYPE_CHECKING:
    from jinja2 import Template
    from tokenizers import Tokenizer

_PRIVATE = range(0xF0000, 0xFFFFE)
"""Supplementary private-use characters: they stand for spelled-out special tokens while a template renders."""


class Tokens(NamedTuple):
    """Token ids, and where each begins and ends in the rendered text, in characters."""

    ids: list[int]
    starts: list[int]
    ends: list[int]


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
        self._template = _compiled(self._template_source())

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
        text = self._special(name)
        found: int | None = self.tokenizer.token_to_id(text) if text else None
        return found

    def _special(self, name: str) -> str | None:
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

    def render(self, messages: Sequence[Mapping[str, str]], *, generation_prompt: bool = False) -> str:
        """Return the template's text for messages.

        Raises:
            TemplateError: the template refuses them or is at fault.
        """
        specials = {name: self._special(name) or "" for name in ("bos_token", "eos_token", "pad_token", "unk_token")}
        return self._template.render(
            messages=[dict(message) for message in messages], add_generation_prompt=generation_prompt, **specials
        )

    def encode(self, text: str, spelled: Mapping[str, str] | None = None) -> Tokens:
        """Return the tokens of a rendered text; characters in ``spelled`` are encoded as the text they stand for."""
        tokens = Tokens([], [], [])
        for start, piece in _pieces(text, spelled or {}):
            if spelled and piece in spelled:
                ids = self.encode_text(spelled[piece])
                offsets = [(0, 1)] * len(ids)
            else:
                encoding = self.tokenizer.encode(piece, add_special_tokens=False)
                ids, offsets = encoding.ids, encoding.offsets
            tokens.ids.extend(ids)
            tokens.starts.extend(start + first for first, _ in offsets)
            tokens.ends.extend(start + last for _, last in offsets)
        return tokens

    def encode_text(self, text: str) -> list[int]:
        """Return the ids of a plain text, in which nothing is a control token."""
        ids: list[int] = self._literal.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, control tokens spelled out."""
        text: str = self.tokenizer.decode(list(ids), skip_special_tokens=False)
        return text


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


def _compiled(source: str) -> "Template":
    """Compile a chat template in a sandbox: a template out of a model's folder is a stranger's code."""
    from jinja2 import TemplateError, nodes
    from jinja2.ext import Extension, loopcontrols
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """Accept ``{% generation %}``, by which templates mark the assistant's words for other trainers."""

        tags = {"generation"}  # noqa: RUF012 - jinja2 reads it so

        def parse(self, parser: Parser) -> list[nodes.Node]:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def refuse(message: str) -> NoReturn:
        raise TemplateError(message)

    def to_json(value: Any, indent: int | None = None) -> str:
        return json.dumps(value, ensure_ascii=False, indent=indent)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = to_json
    environment.globals["raise_exception"] = refuse
    # A template that prints the date would make the same row differ from day to day.
    environment.globals["strftime_now"] = lambda _format: "1970-01-01"
    try:
        return environment.from_string(source)
    except TemplateError as error:
        raise ToolkitError(
            said(f"The chat template cannot be used: {error}.", f"聊天模板无法使用：{error}。"),
            hint=said("Mend it, or take another tokenizer.", "请修正模板，或改用其他分词器。"),
            code="TEMPLATE-BROKEN",
        ) from error
