"""Patterns over stored names, as ``toolkit.yaml`` writes them: ``*``, ``**``, ``?`` and named parts ``{case}``."""

import re
from functools import cache


def matches(pattern: str, name: str) -> dict[str, str] | None:
    """Return the named parts of a name, or None when the pattern does not fit.

    A pattern without ``/`` is matched against the file's own name alone.

    >>> matches("clients/{client}/**/*.pdf", "clients/Acme/2024/a.pdf")
    {'client': 'Acme'}
    >>> matches("*.jsonl", "a/b.jsonl"), matches("*.jsonl", "a/b.json")
    ({}, None)
    """
    found = _compiled(pattern).fullmatch(name if "/" in pattern else name.rpartition("/")[2])
    return found.groupdict() if found else None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}

    def written(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>[^/]+?)" if found[1] else signs.get(found[0]) or re.escape(found[0])

    return re.compile(re.sub(r"\{([A-Za-z_]\w*)\}|\*\*/|\*\*|\*|\?|.", written, pattern, flags=re.DOTALL), re.DOTALL)
