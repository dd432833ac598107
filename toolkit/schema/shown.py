"""Values as a fault may quote them: JSON types by name, text in a few words."""

from collections.abc import Mapping
from typing import Any, Final

FEW_WORDS: Final = 40
"""Characters of an answer that a fault may quote."""


def shown(value: Any) -> str:
    """Return a value as a fault shows it: JSON types by name, text in a few words.

    >>> shown("x" * 50)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'"
    >>> shown([1, 2]), shown(None), shown(float("nan"))
    ('a list of 2', 'nothing', 'nan')
    """
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return repr(value if len(value) <= FEW_WORDS else value[: FEW_WORDS - 1] + "…")
    return str(value).lower() if isinstance(value, bool) else repr(value)
