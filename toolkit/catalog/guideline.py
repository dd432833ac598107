"""The guideline that a team writes: ``NAME.md`` beside ``NAME.py``, English first, then ``---``, then Chinese.

A guideline is text. It can be sharpened without a new version of the schema, and a workspace may keep its own for a
built-in schema: ``schemas/legal/contract_clauses.md`` alone, without a copy of the schema.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.catalog.finding import look_up
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.schema import LABELLED, Field, Label, Schema, fields_of
from toolkit.workspace import Workspace

SUFFIX: Final = ".md"
_LARGEST: Final = 200_000
"""Bytes: some forty pages. What is longer, nobody reads in a dialog."""
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_BREAK: Final = re.compile(r" {0,3}-(?:[ \t]*-){2,}[ \t]*")
_NAMED: Final = re.compile(r"(?<!`)`([^\W\d][\w-]*(?:[/.][\w-]+)*)`(?!`)")
_APART: Final = (
    re.compile(r"`[^`\n]+`|\*+[^*\n]+\*+|[\"“][^\"“”\n]+[\"”]|「[^」\n]+」"),
    re.compile(r"^[ \t]*(?:[-*+][ \t]+)?[^\n:：]{1,40}[:：]", re.MULTILINE),
)
_PARTS: Final = re.compile(r", | or | and |[、，或与和]")
_LONG_ZH: Final = 4


class Written(NamedTuple):
    """The hand-written part of a guideline, as the file has it but for its line endings.

    Attributes:
        both: what has no line ``---`` to part the languages: for all readers.
        lines: the file's lines.
    """

    file: Path
    lines: Sequence[str]
    en: str = ""
    zh: str = ""
    both: str = ""


def guideline_file(name: str, workspace: Workspace | None) -> Path | None:
    """Return the file of a schema's guideline: the workspace's own, then the one beside the schema, or None.

    Args:
        name: the schema by name or path; its file is not run.
        workspace: where to look first.

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN``.
    """
    listed = look_up(name, workspace)
    own = [workspace.root / "schemas" / f"{listed.name}{SUFFIX}"] if workspace and listed.where != "path" else []
    return next((file for file in (*own, listed.path.with_suffix(SUFFIX)) if file.is_file()), None)


def read_guideline(file: Path) -> Written:
    """Read a guideline, whatever its line endings.

    Raises:
        ToolkitError: ``GUIDELINE-BROKEN`` for what is no text in UTF-8, or too long for anybody to read.
    """
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _broken(file, said("is no UTF-8 text", "不是 UTF-8 文本")) from error
    if len(content) > _LARGEST or "\0" in text:
        raise _broken(file, said(f"is longer than {_LARGEST} bytes or binary", f"超过 {_LARGEST} 字节或为二进制文件"))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    breaks = list(_breaks(lines))
    if len(breaks) != 1:
        return Written(file, lines, both=_text(lines))
    return Written(file, lines, en=_text(lines[: breaks[0]]), zh=_text(lines[breaks[0] + 1 :]))


def warnings_about(model: type[Schema], written: Written) -> Iterator[str]:
    """Yield, in the file's words, where a guideline names in backticks what the schema does not have."""
    fields = list(_with_attributes(model))
    names = {field.name for _, field in fields} | {name for name, _ in fields}
    names |= {value for _, field in fields for value in field.values}
    names |= {f"{name}/{value}" for name, field in fields for value in field.values}
    if written.both:
        yield said(
            f"{written.file.name}: no single line '---' parts English from Chinese, so all readers get all of it.",
            f"{written.file.name}：没有唯一的一行“---”分隔英文与中文，所有读者都会看到全文。",
        )
    for number, line in enumerate(written.lines, 1):
        for found in _NAMED.findall(line):
            if found not in names:
                near = difflib.get_close_matches(found, sorted(names), n=1)
                hint = said(f" Did you mean `{near[0]}`?", f"是否应为 `{near[0]}`？") if near else ""
                yield said(
                    f"{written.file.name}, line {number}: the schema has no label or field `{found}`.{hint}",
                    f"{written.file.name} 第 {number} 行：模式中没有标签或字段 `{found}`。{hint}",
                )


def unmentioned(model: type[Schema], written: Written) -> tuple[str, ...]:
    """Return the labels, as ``field/label``, that no hand-written rule names."""
    texts = [written.en, written.zh, written.both]
    texts += [model.guideline.en, model.guideline.zh] if model.guideline else []
    return tuple(
        f"{name}/{label.value}"
        for name, field in _with_attributes(model)
        if field.kind in LABELLED
        for label in field.labels
        if not any(names_label(text, label, name) for text in texts)
    )


def names_label(text: str, label: Label, field: str = "") -> bool:
    """Return whether a text names a label: set apart by its value or wording, or plainly by a wording of some length.

    Set apart is what stands in backticks, stars or quotes, or before a colon at the beginning of a line. Short wordings
    are ordinary words (Other, Party, 其他), so plainly only two English words or four Chinese characters count.

    Args:
        text: Markdown.
        label: which one.
        field: whose label it is, for ``field/label`` in backticks.

    >>> from toolkit.schema import Bilingual
    >>> scope = Label("scope", Bilingual("Subject matter, rights and duties", "标的、权利与义务"))
    >>> [names_label(text, scope) for text in ("*Scope* is", "- “标的”：", "the scope of it", "`scope`", "Rights: x")]
    [True, True, False, True, True]
    """
    names = set(_names(label))
    names |= {f"{name}s" for name in names} | {_folded(f"{field}/{label.value}")}
    if not names.isdisjoint(_folded(part) for pattern in _APART for part in pattern.findall(text)):
        return True
    plain = text.casefold()
    return any(_is_long(name) and re.search(rf"(?<![a-z]){re.escape(name)}", plain) for name in names)


def _names(label: Label) -> Iterator[str]:
    """Yield what a label is called: its value, its wordings, and the parts of these."""
    for name in (label.value, label.value.rpartition("/")[2]):
        yield _folded(name)
    for wording in (label.title.en, label.title.zh):
        head = re.split(r"[:：(（]", wording)[0]
        yield from (_folded(part) for part in (wording, head, *_PARTS.split(head)) if part.strip())


def _folded(name: str) -> str:
    return " ".join(name.strip('`*_"“”‘’「」:： \t-').replace("_", " ").casefold().split())


def _is_long(name: str) -> bool:
    return len(name) >= _LONG_ZH if re.search(r"[\u4e00-\u9fff]", name) else " " in name


def _with_attributes(model: type[Schema]) -> Iterator[tuple[str, Field]]:
    for field in fields_of(model):
        yield field.name, field
        yield from ((f"{field.name}.{one.name}", one) for one in field.attributes)


def _text(lines: Sequence[str]) -> str:
    """Return lines as one text without the empty ones around it."""
    return "\n".join(lines).strip("\n").rstrip()


def _breaks(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines that part the page: ``---`` alone after an empty line, outside a block of code."""
    fence = ""
    for number, line in enumerate(lines):
        if found := _FENCE.match(line):
            fence = "" if fence == found[1] else fence or found[1]
        elif not fence and _BREAK.fullmatch(line) and (not number or not lines[number - 1].strip()):
            yield number


def _broken(file: Path, why: str) -> ToolkitError:
    return ToolkitError(
        said(f"The guideline '{file}' {why}.", f"指南 '{file}' {why}。"),
        hint=said(
            "Save it as Markdown in UTF-8: English, a line '---', Chinese.",
            "请保存为 UTF-8 的 Markdown：先英文，一行“---”，再中文。",
        ),
        code="GUIDELINE-BROKEN",
    )
