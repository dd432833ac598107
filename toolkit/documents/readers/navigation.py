"""What of a web page is navigation, header or footer. Two witnesses have to agree, else it is content.

One is the page itself: the block stands in an element that says so. The other is trafilatura: it found the page's main
content, and the block is none of it. Headings and tables are always content, and so is everything on a page where
trafilatura found less than half of the text, or that is too long to ask it. That a block is nothing but a link says
little: courts list their decisions so, and docket numbers are links.
"""

import re
from typing import Any, Final

from toolkit.documents.document import Block
from toolkit.documents.extraction import Page

_LONGEST: Final = 3_000_000
"""Characters of markup beyond which nothing is marked: trafilatura takes about a second for each million."""
_ELEMENTS: Final = frozenset({"nav", "header", "footer", "aside", "menu"})
_ROLES: Final = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar", "complementary"})
_NAMES = re.compile(
    r"(?<![a-z])(?:(?:site|page|main|top|sub|global|side|foot|header|mobile)?[-_]?"
    r"(?:nav|navbar|navigation|menu|footer|breadcrumbs?|sidebar)|skip|skip-?(?:link|nav|to)[a-z-]*|cookie[a-z-]*|"
    r"social[a-z-]*|share[a-z-]*)(?![a-z])",
    re.IGNORECASE,
)


def says_navigation(element: Any) -> bool:
    """Return whether an element says that it holds no content, by its tag, its role, its class or its id.

    >>> from lxml import etree
    >>> [says_navigation(etree.fromstring(text)) for text in ('<ul class="main-nav"/>', '<p id="navy"/>')]
    [True, False]
    """
    if element.tag in {"html", "body", "main", "article"}:
        return False
    if element.tag in _ELEMENTS:
        return True
    if not element.attrib:
        return False
    return element.get("role", "").lower() in _ROLES or any(
        _NAMES.search(element.get(name, "")) for name in ("class", "id")
    )


def mark(page: Page, suspects: set[int], markup: str) -> None:
    """Give the kind ``navigation`` to what both witnesses take for it.

    Args:
        page: the page as it was read; its text stays as it is.
        suspects: indices of blocks that the page itself takes for navigation.
        markup: the page's source.
    """
    text = page.text
    suspects = {at for at in suspects if page.blocks[at].kind in {"paragraph", "list_item"}}
    if not suspects or len(markup) > _LONGEST:
        return
    main = _squeezed(_main_content(markup))
    if 2 * len(main) < len(_squeezed(text)):
        return
    for at in suspects:
        if not _is_in(page.blocks[at], text, main):
            page.blocks[at] = page.blocks[at].model_copy(update={"kind": "navigation"})


def _is_in(block: Block, text: str, main: str) -> bool:
    return _squeezed(text[block.start : block.end]) in main


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _main_content(markup: str) -> str:
    from trafilatura import bare_extraction

    try:
        found = bare_extraction(markup, favor_recall=True, include_comments=False, include_tables=True)
    except Exception:  # noqa: BLE001 - a page that it cannot take apart has no navigation that anyone could tell
        return ""
    return str(getattr(found, "text", None) or "")
