"""Plain text and Markdown: the text stays as it is, and blocks are spans of it.

Markdown is told by its ``#`` headings or its YAML front matter. Emphasis and links are not interpreted.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

from toolkit.documents.document import Block
from toolkit.documents.readers.markup import html_blocks
from toolkit.text import language_of

_LINE = re.compile(r"[^\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?:[^\r\n]*\r?\n){1,100}?---[ \t]*(?:\r?\n|\Z)")
_HASHES = re.compile(r"(#{1,6})[ \t]+\S")
_LIST_ITEM = re.compile(
    r"[-*+•·][ \t\u3000]+\S|\(?[a-z]{1,3}[.)][ \t]+\S|[（(][一二三四五六七八九十\da-z]{1,3}[）)]", re.IGNORECASE
)
_CHAPTER = re.compile(r"第[一二三四五六七八九十百零〇\d]{1,7}\s?(?:编|分编|章|节|篇|編|節)(?![^\s\u3000]{30})")
_SMALL, _CAPITAL = re.compile("[a-z]"), re.compile("[A-Z]")
_SENTENCE_END = "。；！？，：.;!?,:"
_HEADING: Final = 100
_CHAPTER_HEADING: Final = 40
_TITLE: Final = 60
_FEWEST_CAPITALS: Final = 4
_WIDE: Final = 200
"""Characters of a line from which on lines are whole paragraphs, not wrapped ones."""
_WIDE_CHINESE: Final = 80
"""The same for Chinese lines: characters are twice as wide."""
_TURN = re.compile(r"[^\W\d_][\w.'’()（）-]{0,15}(?: [\w.'’()-]{1,15}){0,2}[:：](?!//)")
"""Who speaks, at the beginning of a line."""


class _Line(NamedTuple):
    start: int
    end: int
    indent: int
    text: str
    after_blank: bool


def is_markdown(text: str) -> bool:
    """Return whether a text has Markdown headings or front matter."""
    return bool(_FRONT_MATTER.match(text)) or any(_HASHES.match(line.text) for line in _lines(text, 0))


def read_plain(text: str) -> list[Block]:
    """Return the blocks of plain text or Markdown, in order; together they cover all but white space."""
    blocks = []
    start = 0
    if front := _FRONT_MATTER.match(text):
        start = front.end()
        blocks.append(Block(kind="paragraph", start=0, end=len(front[0].rstrip())))
    lines = _lines(text, start)
    width = _wrap_width(lines)
    markdown = is_markdown(text)
    spans = html_blocks(text, start)
    starts = [line.start for line in lines]
    for begin, end, found in [*spans, (len(text), len(text), [])]:
        prose = lines[bisect_left(starts, start) : bisect_left(starts, begin)]
        for group in _groups(prose, width, markdown=markdown):
            blocks.append(_block(group, first=not blocks, markdown=markdown))
        blocks += found
        start = end
    return blocks


def _groups(lines: list[_Line], width: int, *, markdown: bool) -> Iterator[list[_Line]]:
    group: list[_Line] = []
    for line in lines:
        if group and _starts_block(line, group, width, markdown=markdown):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def looks_like_heading(line: str) -> bool:
    """Return whether one line alone reads as a heading: a Chinese chapter, or a short line all in capitals.

    >>> looks_like_heading("ARTICLE I - DEFINITIONS"), looks_like_heading("第二章　合同的订立")
    (True, True)
    >>> looks_like_heading("The Licensee pays USD 5."), looks_like_heading("第二章规定的合同适用前款。")
    (False, False)
    """
    line = line.strip().strip("*").strip()
    if not line or len(line) > _HEADING or line[-1] in "。；;,，":
        return False
    if _CHAPTER.match(line):
        return len(line) <= _CHAPTER_HEADING
    return in_capitals(line)


def in_capitals(line: str) -> bool:
    """Return whether a line is all in capitals, with four of them at least and little else."""
    if _SMALL.search(line):
        return False
    letters = len(_CAPITAL.findall(line))
    return letters >= _FEWEST_CAPITALS and letters * 2 > len("".join(line.split()))


def _lines(text: str, start: int) -> list[_Line]:
    """The lines that are not blank, trimmed, with their indent."""
    lines: list[_Line] = []
    end = start
    for found in _LINE.finditer(text, start):
        content = found[0].strip("\ufeff \t\u3000\xa0")
        if not content.strip():
            continue
        first = found.start() + found[0].index(content)
        gap = text[end : found.start()].replace("\r\n", "\n")
        blank = not lines or sum(gap.count(sign) for sign in "\n\r\x0c\u2029") > 1
        lines.append(_Line(first, first + len(content), first - found.start(), content, blank))
        end = found.end()
    return lines


def _wrap_width(lines: list[_Line]) -> int:
    lengths = sorted(len(line.text) for line in lines)
    return lengths[len(lengths) * 19 // 20] if lengths else 0


def _starts_block(line: _Line, group: list[_Line], width: int, *, markdown: bool) -> bool:
    """A blank line parts blocks; inside a run of lines, so does what shows that the paragraph before has ended."""
    before = group[-1]
    if line.after_blank or (markdown and (_HASHES.match(line.text) or _HASHES.match(before.text))):
        return True
    if width > _WIDE or line.text.startswith("第") or _takes_turn(line, group):
        return True
    shouted = in_capitals(line.text) and in_capitals(before.text)
    if looks_like_heading(line.text) != looks_like_heading(before.text) and not shouted:
        return True
    ended = before.text[-1] in "。；！？：.;!?:" and len(before.text) < width * 0.8
    hanging = line.indent > group[0].indent and len(group) > 1 and line.indent > before.indent
    return ended or hanging or _unwrapped_chinese(before, width)


def _unwrapped_chinese(before: _Line, width: int) -> bool:
    """A Chinese line much shorter than its neighbours is a paragraph of its own: no word wrap leaves such gaps."""
    return (len(before.text) < width * 0.6 or width > _WIDE_CHINESE) and language_of(before.text) == "zh"


def _takes_turn(line: _Line, group: list[_Line]) -> bool:
    """In a conversation each turn is a paragraph, however long the one before was."""
    if not _TURN.match(line.text):
        return False
    return _TURN.match(group[0].text) is not None or group[-1].text[-1] in "。！？…"


def _block(group: list[_Line], *, first: bool, markdown: bool) -> Block:
    start, end, text = group[0].start, group[-1].end, group[0].text
    if markdown and (hashes := _HASHES.match(text)):
        return Block(kind="heading", start=start, end=end, level=len(hashes[1]))
    single = len(group) == 1
    if single and (looks_like_heading(text) or (first and _looks_like_title(text))):
        return Block(kind="heading", start=start, end=end)
    if _LIST_ITEM.match(text):
        return Block(kind="list_item", start=start, end=end)
    if text.startswith("|") and text.endswith("|"):
        return Block(kind="table", start=start, end=end)
    return Block(kind="paragraph", start=start, end=end)


def _looks_like_title(text: str) -> bool:
    return len(text) <= _TITLE and text[-1] not in _SENTENCE_END and language_of(text) != "und"
