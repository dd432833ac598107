"""A chat template: Jinja out of a model's folder, compiled in a sandbox, rendered as transformers renders it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from toolkit.errors import ToolkitError
from toolkit.language import said

if TYPE_CHECKING:
    from jinja2 import Environment

Messages = Sequence[Mapping[str, str]]


class Rendered(NamedTuple):
    """A rendered conversation, and where ``{% generation %}`` marks the assistant's words in it, in characters."""

    text: str
    marked: list[tuple[int, int]]


class ChatTemplate:
    """A compiled template. A stranger's program: it reaches nothing outside its sandbox."""

    def __init__(self, source: str) -> None:
        """Compile a template.

        Raises:
            ToolkitError: ``TEMPLATE-BROKEN`` when it does not compile.
        """
        from jinja2 import TemplateError

        self._pieces: list[str] = []
        self._marked: list[tuple[int, int]] = []
        try:
            self._template = _environment(self._mark).from_string(source)
        except TemplateError as error:
            raise ToolkitError(
                said(f"The chat template cannot be used: {error}.", f"聊天模板无法使用：{error}。"),
                hint=said("Mend it, or take another tokenizer.", "请修正模板，或改用其他分词器。"),
                code="TEMPLATE-BROKEN",
            ) from error
        self._globals = dict(self._template.globals)

    def render(self, messages: Messages, specials: Mapping[str, str], *, generation_prompt: bool) -> Rendered:
        """Return the text of a conversation, with the marked stretches.

        Raises:
            TemplateError: the template refuses the messages or is at fault.
        """
        self._pieces, self._marked = [], []
        given = {
            **self._globals,
            "messages": [dict(message) for message in messages],
            "tools": None,
            "documents": None,
            "add_generation_prompt": generation_prompt,
            **specials,
        }
        # Jinja would copy its chain of globals at every render, which costs more than the render.
        for piece in self._template.root_render_func(self._template.new_context(given, shared=True)):
            self._pieces.append(piece)
        return Rendered("".join(self._pieces), self._marked)

    def _mark(self, words: str) -> None:
        """Note a marked stretch: it begins where the text so far ends."""
        start = sum(map(len, self._pieces))
        self._marked.append((start, start + len(words)))


def _environment(mark: Callable[[str], None]) -> "Environment":
    from jinja2 import TemplateError, nodes
    from jinja2.ext import Extension, loopcontrols
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """Accept ``{% generation %}``, by which templates mark the assistant's words for other trainers."""

        tags = {"generation"}  # noqa: RUF012 - jinja2 reads it so

        def parse(self, parser: Parser) -> nodes.Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.CallBlock(self.call_method("marked"), [], [], body).set_lineno(line)

        def marked(self, caller: Callable[[], str]) -> str:
            words = caller()
            mark(words)
            return words

    def refuse(message: str) -> NoReturn:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = refuse
    # A template that prints the date would make the same row differ from day to day.
    environment.globals["strftime_now"] = lambda _format: "1970-01-01"
    return environment


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
