"""Spans as a server gives them, proven against the text; those off by a known cause are put right, with a note.

What is tried, the surest first: code points as they are; UTF-16 units; line ends that a browser or an export changed;
line ends that an export wrote as backslash and n; and last a text that moved a little and occurs once nearby. Anything
else is refused with the nearest match: a guess would label words that nobody marked.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

from toolkit.noun import Noun
from toolkit.schema import shown

NEARBY: Final = 200
"""Code points before and after the given place in which a unique occurrence counts, and a near one is looked for."""
_ALIKE: Final = 0.6
"""Similarity (difflib's ratio) from which other words are worth showing as the nearest match."""
_COMPARED: Final = 200
"""Characters of the marked text that are compared when the nearest match is looked for."""

Cause = Literal["UTF16-OFFSETS", "LINE-ENDS", "ESCAPED-NEWLINE", "MOVED", "WORDING", "REPEATED"]
_SAYS: Final[dict[str, str]] = {
    "UTF16-OFFSETS": "the offsets count UTF-16 units",
    "LINE-ENDS": "line ends differ from the passage's",
    "ESCAPED-NEWLINE": "line ends are written as backslash and n",
    "MOVED": "the words lie elsewhere, once nearby",
}


class Note(Noun):
    """What was put right in one result, and why that is no guess.

    Attributes:
        field: the control, as the result names it.
        cause: a stable code.
        said: the hypothesis in words, with the offsets before and after.
    """

    field: str
    cause: Cause
    said: str


class Place(NamedTuple):
    """Half-open code-point offsets, and why they are others than the given ones; None when they are not."""

    start: int
    end: int
    cause: Cause | None = None

    @property
    def repaired(self) -> bool:
        """Whether something had to be put right."""
        return self.cause is not None


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
    Place(start=1, end=3, cause='UTF16-OFFSETS')
    """
    start, end, marked = value.get("start"), value.get("end"), value.get("text")
    if type(start) is not int or type(end) is not int:
        raise UnreadableError("offsets that are no whole numbers")
    if not isinstance(marked, str):
        if not 0 <= start < end <= len(text):
            raise UnreadableError(f"{start}:{end} in a text of {len(text)} characters", "SPAN-RANGE")
        return Place(start, end)
    if not marked or not 0 <= start < end:
        raise UnreadableError(f"{start}:{end} with a text of {len(marked)} characters", "SPAN-RANGE")
    if marked in {text[start:end], as_submitted(text[start:end])}:
        return Place(start, end)
    for place in _explanations(start, end, marked, text):
        return place
    nearest = _nearest(start, marked, text)
    raise UnreadableError(
        f"{start}:{end} is {shown(text[start:end])}, and {shown(marked)} was marked; {nearest}", "SPAN-MISMATCH"
    )


def as_submitted(words: str) -> str:
    r"""Return marked words as Label Studio's editor submits them: each character of a line end is written as two.

    >>> as_submitted("a\r\nb")
    'a\\n\\nb'
    """
    return re.sub("[\r\n]", r"\\n", words)


def note_of(field: str, value: dict[str, Any], place: Place) -> Note | None:
    """Return the note on a span that was put right, or None."""
    if place.cause is None:
        return None
    before, after = (value["start"], value["end"]), (place.start, place.end)
    where = f"{before[0]}:{before[1]}" + (f" -> {after[0]}:{after[1]}" if before != after else "")
    return Note(field=field, cause=place.cause, said=f"{_SAYS[place.cause]}: {where}")


class _Shadow(NamedTuple):
    """The text as somebody else may have had it when the offsets were counted.

    Attributes:
        find: a pattern of what was written otherwise there.
        instead: what stood there instead.
    """

    find: str
    instead: str


_AS_IT_IS: Final = _Shadow("(?!)", "")
_LINE_ENDS: Final = (_AS_IT_IS, _Shadow("\r\n", "\n"), _Shadow("(?<!\r)\n", "\r\n"))
_ESCAPED: Final = (_AS_IT_IS, _Shadow("\r\n|\r|\n", "\\n"), _Shadow("[\r\n]", "\\n"), _Shadow(r"\\r\\n|\\n", "\n"))


def _explanations(start: int, end: int, marked: str, text: str) -> Iterator[Place]:
    """Yield the places that a known cause leads to, the surest cause first."""
    tries: tuple[tuple[Cause, Sequence[_Shadow], Callable[[str], str]], ...] = (
        ("UTF16-OFFSETS", (_AS_IT_IS,), str),
        ("LINE-ENDS", _LINE_ENDS, _one_kind_of_line_end),
        ("ESCAPED-NEWLINE", _ESCAPED, _unescaped),
    )
    for cause, shadows, canonical in tries:
        wanted = canonical(marked)
        for shadow in shadows:
            for found in _counted_on(shadow, start, end, text):
                if wanted and canonical(text[slice(*found)]) == wanted:
                    yield Place(*found, cause)
    first = max(0, start - NEARBY)
    near = text[first : end + NEARBY]
    if near.find(marked) == near.rfind(marked) >= 0:  # str.count would miss occurrences that overlap
        place = first + near.index(marked)
        yield Place(place, place + len(marked), "MOVED")


def _counted_on(shadow: _Shadow, start: int, end: int, text: str) -> Iterator[tuple[int, int]]:
    """Yield the span in the text for offsets that were counted on its shadow, in code points, then in UTF-16 units."""
    there = text if shadow is _AS_IT_IS else re.sub(shadow.find, lambda _: shadow.instead, text)
    for span in ((start, end), _from_utf16(start, end, there)):
        if span and span[1] <= len(there):
            first, last = (_back(shadow, at, text) for at in span)
            if first is not None and last is not None:
                yield first, last


def _back(shadow: _Shadow, at: int, text: str) -> int | None:
    """Return the offset in the text of one in its shadow; None inside what is written otherwise there."""
    shift = 0
    for match in re.finditer(shadow.find, text) if shadow is not _AS_IT_IS else ():
        begins = match.start() + shift
        if at <= begins:
            break
        if at < begins + len(shadow.instead):
            return None
        shift += len(shadow.instead) - len(match[0])
    return at - shift


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


def _unescaped(text: str) -> str:
    """Return a text with line ends of one kind, however written, and no blanks around them: exports drop those too."""
    return re.sub(r"[ \t]*\n[ \t]*", "\n", re.sub(r"\\r\\n|\\n|\r\n|\r", "\n", text))


def _nearest(start: int, marked: str, text: str) -> str:
    """Return, in words, the place most like what was marked: the same words anywhere, or similar ones nearby."""
    same = [match.start() for match in re.finditer(f"(?={re.escape(marked)})", text)]
    if same:
        place = min(same, key=lambda at: abs(at - start))
        more = f", one of {len(same)} places" if len(same) > 1 else ""
        return f"nearest match: the same words at {place}:{place + len(marked)}{more}"
    first = max(0, start - NEARBY)
    near, wanted = text[first : start + len(marked) + NEARBY], marked[:_COMPARED]
    anchor = difflib.SequenceMatcher(None, near, wanted, autojunk=False).find_longest_match()
    at = max(0, anchor.a - anchor.b)
    words = near[at : at + len(marked)]
    if not anchor.size or difflib.SequenceMatcher(None, words[:_COMPARED], wanted, autojunk=False).ratio() < _ALIKE:
        return "nothing like it lies nearby"
    return f"nearest match: {shown(words)} at {first + at}:{first + at + len(words)}"
