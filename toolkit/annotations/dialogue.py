"""A passage as turns of a conversation, and offsets inside them to offsets in the passage and back.

``<Paragraphs>`` counts UTF-16 units inside a turn; everything here counts code points of the passage's text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

_BLANK: Final = r"[ \t\u3000]*"
_SPEAKER: Final = re.compile(
    # [doctor] words, or Doctor: words; neither a time of day nor an address names a speaker
    rf"{_BLANK}(?:\[(?P<tag>[^\]\n]{{1,40}})\]|(?P<name>[^\s:：\[][^:：]{{0,39}}?)){_BLANK}(?(tag)[:：]?|[:：](?!//|(?<=\d.)\d)){_BLANK}"
)
_TIMES: Final = re.compile(r"\n\d\d:\d\d:\d\d - \d\d:\d\d:\d\d(?=\n)")
_LABELS: Final = "paragraphlabels"


class Turn(NamedTuple):
    """One line of a conversation: who speaks, and the half-open span of the words in the passage."""

    speaker: str
    start: int
    end: int


def turns(text: str) -> list[Turn]:
    r"""Return the turns of a passage, one a line that is not blank; a line that names nobody has no speaker.

    >>> turns("Doctor: Well?\n\nFine.")
    [Turn(speaker='Doctor', start=8, end=13), Turn(speaker='', start=15, end=20)]
    """
    return list(_turns(text))


def _turns(text: str) -> Iterator[Turn]:
    for line in re.finditer(r"[^\r\n]+", text):
        if not line[0].strip():
            continue
        named = _SPEAKER.match(line[0])
        if named:
            end = line.start() + max(named.end(), len(line[0].rstrip()))
            yield Turn(named["tag"] or named["name"], line.start() + named.end(), end)
        else:
            yield Turn("", line.start(), line.end())


def turn_data(text: str) -> list[dict[str, str]]:
    """Return the turns as ``<Paragraphs>`` shows them."""
    return [{"speaker": turn.speaker, "words": text[turn.start : turn.end]} for turn in turns(text)]


def to_turns(item: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return a result about a span with its offsets inside turns; other results stay as they are."""
    value = item.get("value", {})
    if not {"start", "end"} <= value.keys():
        return dict(item)
    said = turns(text)
    first = max((n for n, turn in enumerate(said) if turn.start <= value["start"]), default=0)
    last = min((n for n, turn in enumerate(said) if value["end"] <= turn.end), default=len(said) - 1)
    inside = {
        "start": str(first),
        "end": str(last),
        "startOffset": _units(text, said[first], value["start"]),
        "endOffset": _units(text, said[last], value["end"]),
    }
    if "labels" not in value:
        return {**item, "value": {**value, **inside}}
    rest = {name: part for name, part in value.items() if name != "labels"}
    return {**item, "type": _LABELS, "value": {**rest, **inside, _LABELS: value["labels"]}}


def can_be_marked(text: str, start: int, end: int) -> bool:
    """Return whether both ends lie in what somebody says: a speaker's name cannot be marked."""
    said = turns(text)
    return any(turn.start <= start < turn.end for turn in said) and any(turn.start < end <= turn.end for turn in said)


def from_turns(value: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return the ``value`` of a result with offsets in the passage; what is malformed stays, to be refused."""
    found = dict(value)
    if _LABELS in found:
        found["labels"] = found.pop(_LABELS)
    if "startOffset" not in found or "endOffset" not in found:
        return found
    said = turns(text)
    places = [_place(text, said, found.pop(end), found.pop(f"{end}Offset")) for end in ("start", "end")]
    if None in places:
        return found
    start, end = places
    found |= {"start": start, "end": end}
    # Between turns the screen has line ends and speakers that are not in what it says was marked.
    marked = found.get("text")
    if isinstance(marked, str) and _bare(marked) == _bare(_heard(text, said, start, end)):  # type: ignore[arg-type]
        found["text"] = text[start:end]
    return found


def _units(text: str, turn: Turn, place: int) -> int:
    inside = text[turn.start : min(max(place, turn.start), turn.end)]
    return len(inside.encode("utf-16-le", "surrogatepass")) // 2


def _place(text: str, said: Sequence[Turn], number: Any, units: Any) -> int | None:
    try:
        turn = said[int(number)]
        words = text[turn.start : turn.end].encode("utf-16-le", "surrogatepass")[: 2 * int(units)].decode("utf-16-le")
    except (IndexError, TypeError, ValueError):
        return None
    return turn.start + len(words)


def _heard(text: str, said: Sequence[Turn], start: int, end: int) -> str:
    return "".join(text[max(start, turn.start) : min(end, turn.end)] for turn in said if turn.start < end)


def _bare(text: str) -> str:
    """Return a text without blanks, and without the times that the editor shows between turns."""
    return "".join(_TIMES.sub("", text).split())
