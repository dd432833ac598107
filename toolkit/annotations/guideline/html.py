"""The guideline as HTML for a dialog of Label Studio or a browser: headings, lists and tables; nothing that loads.

Raw HTML stands there as it is written; links and images leave their words only. So a guideline fetches nothing from
anywhere, and takes nobody out of the labelling screen.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from toolkit.annotations.guideline.page import Guideline

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

_LOOKS: Final = (
    "body { max-width: 45em; margin: 2em auto; padding: 0 1em; font-family: sans-serif; line-height: 1.5 } "
    "table { border-collapse: collapse } "
    "th, td { border: 1px solid #bbb; padding: 0.2em 0.6em; text-align: left; vertical-align: top }"
)


def guideline_html(page: Guideline) -> str:
    """Return a page as a part of HTML that ends with its version, so that who reads it can name it."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    for rule in ("link_open", "link_close"):
        markdown.add_render_rule(rule, _nothing)
    markdown.add_render_rule("image", _words)
    return f"{markdown.render(page.text)}<hr>\n<p>Guideline · 指南 <code>{page.version}</code></p>\n"


def guideline_document(page: Guideline, title: str) -> str:
    """Return a page as a document of its own, to open in a browser."""
    from html import escape

    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_LOOKS}</style></head>\n<body>\n{guideline_html(page)}</body>\n</html>\n"
    )


def _nothing(_renderer: "RendererHTML", *_given: Any) -> str:
    return ""


def _words(renderer: "RendererHTML", tokens: "Sequence[Token]", number: int, options: Any, env: Any) -> str:
    return renderer.renderInlineAsText(tokens[number].children or [], options, env)
