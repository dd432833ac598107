"""The guideline as HTML for a dialog of Label Studio or a browser: headings, lists and tables; nothing that loads.

Raw HTML stands there as it is written; links and images leave their words only. So a guideline fetches nothing from
anywhere, and takes nobody out of the labelling screen.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from toolkit.annotations.guideline.page import Guideline

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

_CLASS: Final = "sft-guideline"
_LOOKS: Final = {
    "h1, h2, h3, h4": "font-weight: 600; line-height: 1.3; margin: 1.2em 0 0.4em",
    "h1": "font-size: 1.4em",
    "h2": "font-size: 1.2em",
    "h3, h4": "font-size: 1em",
    "p, ul, ol, table": "margin: 0.4em 0",
    "ul": "list-style: disc; padding-left: 1.4em",
    "ol": "list-style: decimal; padding-left: 1.4em",
    "li": "margin: 0.3em 0",
    "blockquote": "border-left: 3px solid #bbb; margin: 0.6em 0; padding-left: 0.8em",
    "code": "font-size: 0.9em",
    "hr": "margin: 1.6em 0",
    "table": "border-collapse: collapse",
    "th, td": "border: 1px solid #bbb; padding: 0.2em 0.6em; text-align: left; vertical-align: top",
}
"""Label Studio's own style leaves headings, paragraphs and items of a list without space or marks between them."""
_WIDE: Final = re.compile(r"[\u2018-\u201d\u2026\u3000-\u303f\u4e00-\u9fff\uff01-\uff65]")


def guideline_html(page: Guideline) -> str:
    """Return a page as a part of HTML that ends with its version, so that who reads it can name it."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    for rule in ("link_open", "link_close"):
        markdown.add_render_rule(rule, _nothing)
    markdown.add_render_rule("image", _words)
    markdown.add_render_rule("softbreak", _line_end)
    version = f"<hr />\n<p>Guideline · 指南 <code>{page.version}</code></p>\n"
    return f'<style>{_style()}</style>\n<div class="{_CLASS}">\n{markdown.render(page.text)}{version}</div>\n'


def _style() -> str:
    """Return the style, for this page alone; without a sign that the server would write otherwise."""
    return "\n".join(
        f"{', '.join(f'.{_CLASS} {tag}' for tag in tags.split(', '))} {{ {looks} }}" for tags, looks in _LOOKS.items()
    )


def _line_end(_renderer: "RendererHTML", tokens: "Sequence[Token]", number: int, *_given: Any) -> str:
    """Return what parts two lines of a paragraph: nothing between Chinese characters."""
    around = (tokens[number - 1].content[-1:], tokens[number + 1].content[:1])
    return "" if all(_WIDE.fullmatch(one) for one in around) else "\n"


def _nothing(_renderer: "RendererHTML", *_given: Any) -> str:
    return ""


def _words(renderer: "RendererHTML", tokens: "Sequence[Token]", number: int, options: Any, env: Any) -> str:
    return renderer.renderInlineAsText(tokens[number].children or [], options, env)
