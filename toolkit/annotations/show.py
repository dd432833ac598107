"""What derives from a schema, to look at: the labelling screen's XML, the JSON schema, the guideline."""

import json
from collections.abc import Iterator
from typing import Literal

from toolkit.annotations.screen import labelling_config
from toolkit.catalog import find_schema
from toolkit.noun import Result
from toolkit.schema import Field, Schema, fields_of
from toolkit.workspace import Workspace

Format = Literal["xml", "jsonschema", "guideline"]


class SchemaShowResult(Result):
    """One thing derived from a schema, as text."""

    name: str
    format: Format
    text: str


def schemas_show(workspace: Workspace | None, *, name: str, as_: Format) -> SchemaShowResult:
    """Show what derives from a schema.

    Args:
        workspace: where to look for the team's own schemas, or None.
        name: the schema's name or path.
        as_: ``xml`` (Label Studio), ``jsonschema``, or ``guideline`` (Markdown in both languages).

    Raises:
        ToolkitError: ``SCHEMA-UNKNOWN``, ``SCHEMA-BROKEN``.
    """
    found = find_schema(name, workspace)
    if as_ == "xml":
        text = labelling_config(found.model)
    elif as_ == "jsonschema":
        text = json.dumps(found.model.model_json_schema(), ensure_ascii=False, indent=2) + "\n"
    else:
        text = guideline(found.model)
    return SchemaShowResult(name=found.name, format=as_, text=text, changed=False)


def guideline(model: type[Schema]) -> str:
    """Return the page that annotators read, in Markdown: English first, then Chinese."""
    return "\n".join([*_page(model, "en"), "", "---", "", *_page(model, "zh"), ""])


def _page(model: type[Schema], language: Literal["en", "zh"]) -> Iterator[str]:
    yield f"# {_plain(model.title.text(language))}"
    yield ""
    yield _plain(model.instruction.text(language))
    if model.guideline:
        yield ""
        yield model.guideline.text(language).strip()
    for field in fields_of(model):
        yield ""
        yield from _section(field, language)


def _section(field: Field, language: Literal["en", "zh"]) -> Iterator[str]:
    yield f"## {_plain(field.title.text(language))}"
    yield ""
    if field.hint:
        yield _plain(field.hint.text(language))
        yield ""
    yield f"*{_asks(field, language)}*"
    if field.labels and field.kind not in {"boolean", "preference", "ranking"}:
        yield ""
        for label in field.labels:
            depth = "  " * label.value.count("/") if field.kind in {"taxon", "taxons"} else ""
            yield f"{depth}- **{_plain(label.title.text(language))}** (`{label.value}`)"
    for attribute in field.attributes:
        yield ""
        yield f"**{_plain(attribute.title.text(language))}** ({_asks(attribute, language)})"
        if attribute.hint:
            yield ""
            yield _plain(attribute.hint.text(language))
        if attribute.labels and attribute.kind != "boolean":
            yield ""
            for label in attribute.labels:
                yield f"- {_plain(label.title.text(language))} (`{label.value}`)"


def _asks(field: Field, language: Literal["en", "zh"]) -> str:
    kinds = {
        "choice": ("Choose one", "单选"),
        "choices": ("Choose any number", "多选"),
        "spans": ("Mark words of the passage", "标注原文"),
        "text": ("Write", "填写文字"),
        "number": ("Enter a number", "填写数字"),
        "rating": ("Rate", "评分"),
        "boolean": ("Yes or no", "是或否"),
        "date": ("Enter a date", "填写日期"),
        "taxon": ("Choose one place in the tree", "在分类树中单选"),
        "taxons": ("Choose any places in the tree", "在分类树中多选"),
        "texts": ("Write any number", "可填写多条"),
        "relations": ("Connect marked words", "连接已标注的文字"),
        "preference": ("Click the better answer", "点击更好的回答"),
        "ranking": ("Drag into order, best first", "拖动排序，最好的在前"),
    }
    zh = language == "zh"
    parts = [kinds[field.kind][zh]]
    if bounds := _bounds(field, zh=zh):
        parts.append(bounds)
    parts.append((("required", "optional"), ("必填", "可选"))[zh][not field.required])
    if field.when:
        values = (" or ", "或")[zh].join(field.when.values)
        parts.append((f"shown when {field.when.field} is {values}", f"仅当 {field.when.field} 为 {values} 时显示")[zh])
    return ("，" if zh else ", ").join(parts)


def _bounds(field: Field, *, zh: bool) -> str:
    after = (
        ""
        if field.kind in {"number", "rating", "date"}
        else ((" characters", " items"), (" 个字符", " 项"))[zh][field.is_list]
    )
    low, high = field.bound(field.minimum), field.bound(field.maximum)
    if low and high:
        return f"{low} 至 {high}{after}" if zh else f"{low} to {high}{after}"
    if low:
        return f"至少 {low}{after}" if zh else f"{low} or more{after}"
    if high:
        return f"至多 {high}{after}" if zh else f"at most {high}{after}"
    return ""


def _plain(text: str) -> str:
    r"""Return a wording with the characters that Markdown would read taken literally.

    >>> _plain("a*b <c>")
    'a\\*b \\<c\\>'
    """
    return "".join(f"\\{character}" if character in "\\`*_[]<>#|" else character for character in text)
