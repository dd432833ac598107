"""What annotators read of a schema, in both languages, with what the team wrote at its place."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from toolkit.annotations.guideline.wording import worded
from toolkit.catalog import Written
from toolkit.language import Language
from toolkit.schema import Bilingual, Field, Kind, Label, Schema, fields_of

_KINDS: Final[Mapping[Kind, Bilingual]] = {
    "choice": Bilingual("Choose one", "单选"),
    "choices": Bilingual("Choose any number", "多选"),
    "taxon": Bilingual("Choose one place in the tree", "在分类树中单选"),
    "taxons": Bilingual("Choose any places in the tree", "在分类树中多选"),
    "spans": Bilingual("Mark words of the passage", "标注原文"),
    "relations": Bilingual("Connect marked words", "连接已标注的文字"),
    "text": Bilingual("Write", "填写文字"),
    "texts": Bilingual("Write any number", "可填写多条"),
    "number": Bilingual("Enter a number", "填写数字"),
    "rating": Bilingual("Rate", "评分"),
    "boolean": Bilingual("Yes or no", "是或否"),
    "date": Bilingual("Enter a date", "填写日期"),
    "preference": Bilingual("Click the better answer", "点击更好的回答"),
    "ranking": Bilingual("Drag into order, best first", "拖动排序，最好的在前"),
}
_ON_A_SCALE: Final = Bilingual("Choose one on a scale, in this order", "按等级单选，等级依此顺序")
_UNLISTED: Final[frozenset[Kind]] = frozenset({"boolean", "preference", "ranking"})
"""Kinds whose labels go without saying."""


def guideline(model: type[Schema], written: Written | None = None) -> str:
    """Return the page in Markdown: English first, then Chinese.

    Args:
        model: the schema; its own short rules and its fields and labels are in the page.
        written: what the team wrote, which stands before the fields and labels in its language. A heading that it
            begins with takes the place of the schema's title. What is written for all readers comes before both.
    """
    shared = [worded(written.both, model, None), "", "---", ""] if written and written.both else []
    en, zh = (worded(written.en, model, "en"), worded(written.zh, model, "zh")) if written else ("", "")
    return "\n".join([*shared, *_page(model, "en", en), "", "---", "", *_page(model, "zh", zh), ""])


def _page(model: type[Schema], language: Language, written: str) -> Iterator[str]:
    heading, _, rest = written.partition("\n") if written.startswith("# ") else ("", "", written)
    yield heading or f"# {_plain(model.title.text(language))}"
    yield ""
    yield _plain(model.instruction.text(language))
    if model.guideline:
        yield ""
        yield model.guideline.text(language).strip()
    if rest.strip():
        yield ""
        yield rest.strip("\n")
    yield ""
    yield ("## Fields and labels", "## 字段与标签")[language == "zh"]
    fields = {field.name: field for field in fields_of(model)}
    for group, members in groupby(fields.values(), key=lambda field: field.group):
        if group:
            yield ""
            yield f"### {_plain(group.text(language))}"
        for field in members:
            yield ""
            yield f"{'####' if group else '###'} {_plain(field.title.text(language))}"
            yield ""
            yield from _section(field, fields, language)


def _section(field: Field, fields: Mapping[str, Field], language: Language) -> Iterator[str]:
    if field.hint:
        yield _plain(field.hint.text(language))
        yield ""
    yield f"*{_asks(field, fields, language)}*"
    yield from _labels(field, language)
    for attribute in field.attributes:
        yield ""
        yield f"**{_plain(attribute.title.text(language))}** (*{_asks(attribute, fields, language)}*)"
        if attribute.hint:
            yield ""
            yield _plain(attribute.hint.text(language))
        yield from _labels(attribute, language)


def _labels(field: Field, language: Language) -> Iterator[str]:
    labels: tuple[Label, ...] = () if field.kind in _UNLISTED else field.labels
    if labels:
        yield ""
    for label in labels:
        depth = "  " * label.value.count("/") if field.kind in {"taxon", "taxons"} else ""
        yield f"{depth}- **{_plain(label.title.text(language))}** (`{label.value}`)"


def _asks(field: Field, fields: Mapping[str, Field], language: Language) -> str:
    zh = language == "zh"
    what = _ON_A_SCALE if field.ordered else _KINDS[field.kind]
    parts = [what.text(language), _bounds(field, zh=zh)]
    parts.append((("required", "optional"), ("必填", "可选"))[zh][not field.required])
    if field.when:
        on = fields[field.when.field]
        titles = [_plain(label.title.text(language)) for label in on.labels if label.value in field.when.values]
        title = _plain(on.title.text(language))
        values = "或".join(f"“{one}”" for one in titles) if zh else " or ".join(f'"{one}"' for one in titles)
        if len(titles) == len(on.labels):
            parts.append((f'shown when "{title}" is answered', f"仅当已填写“{title}”时显示")[zh])
        else:
            parts.append((f'shown when "{title}" is {values}', f"仅当“{title}”为{values}时显示")[zh])
    return ("，" if zh else ", ").join(filter(None, parts))


def _bounds(field: Field, *, zh: bool) -> str:
    units = ((" characters", " items"), (" 个字符", " 项"))
    after = "" if field.kind in {"number", "rating", "date"} else units[zh][field.is_list]
    low, high = field.bound(field.minimum), field.bound(field.maximum)
    if low and high:
        return f"{low} 至 {high}{after}" if zh else f"{low} to {high}{after}"
    if field.kind == "date" and (low or high):
        return (f"from {low}", f"不早于 {low}")[zh] if low else (f"until {high}", f"不晚于 {high}")[zh]
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
