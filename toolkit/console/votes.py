"""The lines of ``validate`` about fields that were to be decided by weighted votes and were not."""

from collections.abc import Mapping
from typing import Any

from toolkit.console.words import plain
from toolkit.language import said


def fallback_lines(shown: Mapping[str, Any]) -> list[str]:
    """Return one line for each field that went by majority instead of weighted votes."""
    return [
        f"{plain(one['round'])}, {plain(one['field'])}: {_why(one['reason'])} ({one['passages']})"
        for one in shown["fallbacks"]
    ]


def _why(reason: str) -> str:
    if reason == "kind":
        return said("values of this kind are not weighed", "此类取值不加权")
    return said("an annotator shares too few passages with two others", "有标注者与另外两人共同标注的段落太少")
