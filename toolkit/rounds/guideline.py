"""Which sentence of the guideline to sharpen: what it says of the labels that people take for each other.

A label is named where a sentence sets its value or wording apart (backticks, stars, quotes, words before a colon),
or uses a long wording of it. The list of fields and labels names them all and rules on none: it is no sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from toolkit.catalog import names_label
from toolkit.noun import Noun
from toolkit.passages.sentences import sentence_ends
from toolkit.rounds.confusion import Confusion
from toolkit.schema import Field, Label

_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*")
_LISTED: Final = re.compile(r"[ \t]*- \*\*.+\*\* \(`[^`]+`\)")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+|[ \t]*\|")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_BROKEN: Final = re.compile(
    r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])[ \t]*\n[ \t]*(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])"
)
"""The end of a line inside Chinese text, where no blank belongs."""


class Sentence(Noun):
    """One sentence of a guideline.

    Attributes:
        line: where it begins in the page, from 1.
        heading: the nearest one above it.
        text: as written, on one line.
    """

    line: int
    heading: str
    language: Literal["en", "zh"]
    text: str


class ToSharpen(Noun):
    """What the guideline says of two labels that were taken for each other.

    Attributes:
        count: how many pairs of answers differ so.
        rules: sentences that name both labels: they should have told them apart. One that names few others comes first.
        mentions: sentences that name one of them.
        silent: no sentence names both: the guideline says nothing about one against the other.
    """

    field: str
    labels: tuple[str, str]
    count: int
    rules: tuple[Sentence, ...]
    mentions: tuple[Sentence, ...]
    silent: bool


def passages_to_sharpen(
    confusions: Iterable[Confusion], page: str, fields: Sequence[Field], most: int = 10
) -> tuple[ToSharpen, ...]:
    """Return what a guideline says of the labels most confused, the most frequent pair first.

    Args:
        confusions: the pairs, the most frequent first.
        page: the guideline that the round ran under.
        fields: the schema's.
        most: how many pairs.
    """
    by_name = {field.name: {label.value: label for label in field.labels} for field in fields}
    sentences = tuple(sentences_of(page))
    pairs = [one for one in confusions if set(one.labels) <= by_name.get(one.field, {}).keys()]
    return tuple(_to_sharpen(one, by_name[one.field], sentences) for one in pairs[:most])


def sentences_of(page: str) -> Iterator[Sentence]:
    """Yield the sentences of a page in its order. A row of a table is one, and so is a heading."""
    for block in _blocks(page):
        start = 0
        for end in (*sentence_ends(block.text, 0, len(block.text)), len(block.text)):
            text = " ".join(_BROKEN.sub("", block.text[start:end]).split())
            if text:
                line = block.line + block.text[: start + _indent(block.text[start:end])].count("\n")
                yield Sentence(
                    line=line, heading=block.heading, language="zh" if _HAN.search(text) else "en", text=text
                )
            start = end


def _to_sharpen(one: Confusion, labels: Mapping[str, Label], sentences: Sequence[Sentence]) -> ToSharpen:
    first, second = (labels[value] for value in one.labels)
    named = [
        (sentence, names_label(sentence.text, first), names_label(sentence.text, second)) for sentence in sentences
    ]
    both = [sentence for sentence, here, there in named if here and there]
    rules = tuple(sorted(both, key=lambda rule: sum(names_label(rule.text, label) for label in labels.values())))
    return ToSharpen(
        field=one.field,
        labels=one.labels,
        count=one.count,
        rules=rules,
        mentions=tuple(one for one, here, there in named if here != there and one not in rules),
        silent=not rules,
    )


class _Block(NamedTuple):
    """Lines that belong together: a paragraph, an item of a list, a row of a table, a heading."""

    line: int
    heading: str
    text: str


def _blocks(page: str) -> Iterator[_Block]:
    lines: list[str] = []
    heading, began = "", 1
    for number, line in enumerate([*page.split("\n"), ""], 1):
        found = _HEADING.fullmatch(line)
        if lines and (found or not line.strip() or _ITEM.match(line)):
            yield _Block(began, heading, "\n".join(lines))
            lines = []
        if found:
            heading = found[1]
            yield _Block(number, heading, heading)
        elif line.strip() and not _LISTED.fullmatch(line):
            began = began if lines else number
            lines.append(line)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
