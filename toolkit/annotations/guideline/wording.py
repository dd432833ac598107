"""Labels in a guideline as annotators meet them: the file names them by value, the labelling screen by wording."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from toolkit.language import Language
from toolkit.schema import Bilingual, Schema, fields_of

_CODE: Final = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_BEGINS: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]|[ \t]*(?:\||#|```|~~~|$)")
_LEFT: Final = re.compile(r" {0,3}#{1,6}[ \t]| {4}|\t")


def worded(text: str, model: type[Schema], language: Language | None) -> str:
    """Return a text with each label's wording before its value, at its first place in a paragraph, item or row.

    Headings and code stay as they are, and so does a value that two fields word differently, unless it is written with
    its field: ``case_type/other``.

    Args:
        text: the team's Markdown.
        model: whose labels.
        language: of the wordings; None: both.
    """
    wordings = {value: one.text(language) if language else one.both() for value, one in _wordings(model).items()}
    brackets = ("（{}）", " ({})")[language != "zh"]
    lines, told, fence = [], set[str](), False
    for line in text.split("\n"):
        if _BEGINS.match(line):
            told = set()
        is_fence = line.lstrip().startswith(("```", "~~~"))
        fence = fence != is_fence
        lines.append(line if fence or is_fence or _LEFT.match(line) else _told(line, wordings, told, brackets))
    return "\n".join(lines)


def _told(line: str, wordings: Mapping[str, str], told: set[str], brackets: str) -> str:
    def spelled(found: re.Match[str]) -> str:
        value = found[1]
        if value not in wordings or value in told:
            return found[0]
        told.add(value)
        return f"**{_plain(wordings[value])}**{brackets.format(found[0])}"

    return re.sub(r"(?<=`）) (?=[\u4e00-\u9fff])", "", _CODE.sub(spelled, line))


def _wordings(model: type[Schema]) -> Mapping[str, Bilingual]:
    found: dict[str, set[Bilingual]] = {}
    for value, wording in _labels(model):
        found.setdefault(value, set()).add(wording)
    return {value: next(iter(all_)) for value, all_ in found.items() if len(all_) == 1}


def _labels(model: type[Schema]) -> Iterator[tuple[str, Bilingual]]:
    for field in fields_of(model):
        for name, one in ((field.name, field), *((f"{field.name}.{each.name}", each) for each in field.attributes)):
            for label in one.labels if one.kind != "boolean" else ():
                yield label.value, label.title
                yield f"{name}/{label.value}", label.title


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)
