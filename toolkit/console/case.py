"""A disagreement on the screen: the passage with what each candidate marked, and the answers side by side."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from rich.text import Text

from toolkit.console.values import DIFFERS, Wordings, wording
from toolkit.console.words import plain
from toolkit.console.wrapping import beside, wrapped
from toolkit.language import said
from toolkit.rounds.merging import Option
from toolkit.schema import Field
from toolkit.studio.sitting import Case

Candidates = Sequence[Mapping[str, Any]]

NARROWEST: Final = 18
"""Cells below which columns no longer stand beside each other."""
_FIELD: Final = (14, 24)
"""The narrowest and the widest that the fields' names may be."""
_APART: Final = Text(" │ ", "dim")


class Mark(NamedTuple):
    """A span that some candidates have."""

    start: int
    end: int
    colour: str
    by: frozenset[int]


def letter(place: int) -> str:
    """Return what a candidate is called; never who gave it.

    >>> letter(0), letter(27)
    ('A', 'B2')
    """
    return chr(ord("A") + place % 26) + (str(place // 26 + 1) if place >= 26 else "")  # noqa: PLR2004 - letters


def passage_lines(case: Case, width: int) -> list[Text]:
    """Return the passage with the candidates' spans: underlined where all have them, reversed where not all do."""
    marks = list(_marks(case))
    everybody = frozenset(range(len(case.candidates)))
    text, source = Text(), case.passage.text
    edges = sorted({0, len(source), *(edge for mark in marks for edge in (mark.start, mark.end))})
    for start, end in pairwise(edges):
        over = [mark for mark in marks if mark.start <= start and end <= mark.end]
        part = plain(source[start:end].replace("\r\n", "\n").replace("\t", "    "))
        if not over:
            text.append(part)
            continue
        disputed = [mark for mark in over if mark.by != everybody]
        shown = (disputed or over)[0]
        text.append(part, f"reverse {shown.colour}" if disputed else f"underline {shown.colour}")
        if any(mark.end == end for mark in disputed):
            by = sorted(frozenset().union(*(mark.by for mark in disputed if mark.end == end)))
            text.append(f"[{''.join(map(letter, by))}]", "bold")
    return wrapped(text, width)


def first_disputed(lines: Sequence[Text]) -> int:
    """Return the line of the first span that not all candidates have; 0 when there is none."""
    return next((n for n, line in enumerate(lines) if any("reverse" in str(span.style) for span in line.spans)), 0)


def _marks(case: Case) -> Iterator[Mark]:
    words = Wordings(case.fields, case.passage.text)
    for field in case.fields:
        if field.kind != "spans":
            continue
        by: dict[tuple[int, int, str], set[int]] = {}
        for place, candidate in enumerate(case.candidates):
            for span in candidate.value[field.name]:
                by.setdefault((span["start"], span["end"], span["label"]), set()).add(place)
        for (start, end, label), places in sorted(by.items()):
            yield Mark(start, end, words.colour(field, label), frozenset(places))


def around_lines(case: Case, width: int) -> list[Text]:
    """Return what Label Studio shows beside the passage: where it stands, the facts of its document, neighbours."""
    shown = case.shown
    lines = [" · ".join(plain(shown[key]) for key in ("origin", "heading") if shown.get(key))]
    lines += [f"{plain(name)}: {plain(value)}" for name, value in shown.get("facts", {}).items()]
    lines += [plain(text).strip() for text in (shown.get("before"), shown.get("after")) if text and text.strip()]
    return [part for line in lines if line for part in wrapped(Text(line, "dim"), width)]


def compared_lines(case: Case, width: int) -> list[Text]:
    """Return the texts that a preference or a ranking compares, by their numbers."""
    shown = case.shown
    texts = [shown[name] for name in ("left", "right") if name in shown]
    texts = texts or [one["body"] for one in shown.get("candidates", ())]
    numbered = (Text(f"({place}) {plain(text)}") for place, text in enumerate(texts, start=1))
    return [line for text in numbered for line in wrapped(text, width)]


def answer_lines(case: Case, width: int) -> list[Text]:
    """Return the candidates' answers as columns; under each other where the window is too narrow for that."""
    words = Wordings(case.fields, case.passage.text)
    candidates = [one.value for one in case.candidates]
    heads = [_head(case, place) for place in range(len(candidates))]
    titles = [wording(field.title) for field in case.fields]
    first = max(_FIELD[0], min(_FIELD[1], width // 5, max(Text(title).cell_len for title in titles) + 2))
    each = (width - first - len(_APART) * len(candidates)) // len(candidates)
    if each < NARROWEST:
        return [line for field in case.fields for line in _stacked(case, words, field, width)]
    widths = [first, *[each] * len(candidates)]
    lines = list(beside([[Text()], *([head] for head in heads)], widths, _APART))
    for field in case.fields:
        cells = _cells(words, field, candidates)
        if cells is None:
            continue
        name = wrapped(_name(case, field), first)
        if field not in case.differing:
            rest = width - first - len(_APART)
            lines += beside([name, wrapped(_shared(cells[0]), rest)], [first, rest], _APART)
            continue
        columns = [[part for line in cell for part in wrapped(line, each)] for cell in cells]
        lines += beside([name, *columns], widths, _APART)
    return lines


def _shared(cell: Sequence[Text]) -> Text:
    """Return what all say, in one cell across the columns."""
    line = Text.assemble((said("all: ", "相同："), "dim"))
    return line.append_text(Text("; ").join(cell))


def _head(case: Case, place: int) -> Text:
    given_by = case.candidates[place].given_by
    times = f" ×{given_by}" if given_by > 1 else ""
    return Text.assemble((f"[{place + 1}] ", "bold cyan"), (f"{letter(place)}{times}", "bold"))


def _name(case: Case, field: Field) -> Text:
    differs = field in case.differing
    return Text(("≠ " if differs else "  ") + wording(field.title), DIFFERS if differs else "dim")


def _cells(words: Wordings, field: Field, candidates: Candidates) -> list[list[Text]] | None:
    """Return each candidate's value as lines, what not all have highlighted; None where nobody answered."""
    parts = [words.items(field, candidate.get(field.name)) for candidate in candidates]
    if all(key == "" for part in parts for key, _ in part):
        return None
    shared = set.intersection(*({key for key, _ in part} for part in parts))
    return [[line if key in shared else _highlighted(line) for key, line in part] for part in parts]


def _highlighted(line: Text) -> Text:
    marked = Text("", DIFFERS)
    return marked.append_text(line)


def _stacked(case: Case, words: Wordings, field: Field, width: int) -> Iterator[Text]:
    cells = _cells(words, field, [one.value for one in case.candidates])
    if cells is None:
        return
    yield from wrapped(_name(case, field), width)
    if field not in case.differing:
        yield from beside([[], wrapped(_shared(cells[0]), width - 4)], [3, width - 4], Text(" "))
        return
    heads = [_head(case, place) for place in range(len(cells))]
    indent = max(head.cell_len for head in heads) + 2
    for head, cell in zip(heads, cells, strict=True):
        column = [part for line in cell for part in wrapped(line, width - indent - 1)]
        yield from beside([[Text("  ").append_text(head)], column], [indent, width - indent - 1], Text(" "))


def option_lines(case: Case, field: Field, offered: Sequence[tuple[str, Option]], width: int) -> list[Text]:
    """Return what can be chosen in one field, each with its key and who has it."""
    words = Wordings(case.fields, case.passage.text)
    lines: list[Text] = []
    for key, option in offered:
        who = " ".join(map(letter, option.given_by)) or said("nobody's", "无人选择")
        cell = [part for _, line in words.items(field, option.value) for part in wrapped(line, width - 16)]
        head = [Text(f"  [{key}]", "bold cyan")]
        lines += beside([head, [Text(who, "" if option.given_by else "dim")], cell], [5, 9, width - 16], Text(" "))
    return lines
