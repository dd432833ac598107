"""The language in which the toolkit speaks to a person: English or Chinese.

Files never depend on it: what is stored is English or the document's own text, so two locales give equal bytes.
"""

import locale
import os
from typing import Literal

Language = Literal["en", "zh"]


def language() -> Language:
    """Return the language of messages: ``TOOLKIT_LANG``, else the locale, else English."""
    chosen = os.environ.get("TOOLKIT_LANG", "").lower()
    if chosen in {"en", "zh"}:
        return "zh" if chosen == "zh" else "en"
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def said(en: str, zh: str) -> str:
    """Return the one of two wordings that the reader's language asks for."""
    return zh if language() == "zh" else en
