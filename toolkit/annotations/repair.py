"""Spans as a server gives them, proven against the text; those off by a known cause are put right.

Known causes: offsets in UTF-16 units, line ends that a browser changed, and a text that moved a little and occurs
once nearby. Anything else is refused: a guess would label words that nobody marked.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from toolkit.schema import shown

NEARBY: Final = 200
"""Code points before and after the given place in which a unique occurrence counts."""


class Place(NamedTuple):
    """Half-open code-point offsets, and whether they are others than the given ones."""

    start: int
    end: int
    repaired: bool


class UnreadableError(Exception):
    """What a result holds that cannot be an answer, and the stable code of the fault."""

    def __init__(self, found: str, code: str = "RESULT-BROKEN") -> None:
        super().__init__(found)
        self.code = code


def mended(value: dict[str, Any], text: str) -> Place:
    """Return where a span really lies.

    Args:
        value: ``start``, ``end`` and, unless the result was made by a program, the marked ``text``.
        text: the passage.

    Raises:
        UnreadableError: ``SPAN-MISMATCH`` when the offsets point at other words, ``SPAN-RANGE`` when they point at
            nothing, ``RESULT-BROKEN`` when they are no offsets.

    >>> mended({"start": 2, "end": 4, "text": "正文"}, "😀正文")
    Place(start=1, end=3, repaired=True)
    """
    start, end, marked = value.get("start"), value.get("end"), value.get("text")
    if type(start) is not int or type(end) is not int:
        raise UnreadableError("offsets that are no whole numbers")
    if not isinstance(marked, str):
        if not 0 <= start < end <= len(text):
            raise UnreadableError(f"{start}:{end} in a text of {len(text)} characters", "SPAN-RANGE")
        return Place(start, end, repaired=False)
    if not marked or not 0 <= start < end:
        raise UnreadableError(f"{start}:{end} with a text of {len(marked)} characters", "SPAN-RANGE")
    if text[start:end] == marked:
        return Place(start, end, repaired=False)
    for place in _explanations(start, end, marked, text):
        return Place(*place, repaired=True)
    raise UnreadableError(f"{start}:{end} is {shown(text[start:end])}, and {shown(marked)} was marked", "SPAN-MISMATCH")


def _explanations(start: int, end: int, marked: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield the places that a known cause leads to, the surest cause first."""
    units = _from_utf16(start, end, text)
    if units and text[slice(*units)] == marked:
        yield units
    if _one_kind_of_line_end(text[start:end]) == _one_kind_of_line_end(marked):
        yield start, end
    first = max(0, start - NEARBY)
    near = text[first : end + NEARBY]
    if near.find(marked) == near.rfind(marked) >= 0:  # str.count would miss occurrences that overlap
        place = first + near.index(marked)
        yield place, place + len(marked)


def _from_utf16(start: int, end: int, text: str) -> tuple[int, int] | None:
    """Return offsets in UTF-16 units as code points, or None when they cut a character in two."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    try:
        before = encoded[: 2 * start].decode("utf-16-le")
        inside = encoded[2 * start : 2 * end].decode("utf-16-le")
    except UnicodeDecodeError:
        return None
    return len(before), len(before) + len(inside)


def _one_kind_of_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
