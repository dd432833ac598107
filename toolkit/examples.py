"""Records to examples: one instruction row each, by the template that the schema declares.

The prompt is in the passage's language: what is asked, the fields with their labels, the passage, then what an
annotator added to the question. The answer is one JSON object. Offsets never reach the model; they stay in ``meta``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from toolkit.annotations import in_shown_order
from toolkit.language import Language
from toolkit.noun import Noun, content_id, digest
from toolkit.passages import Passage
from toolkit.records import Record
from toolkit.schema import Field, Schema, fields_of, version_of

_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "answer": "Answer with one JSON object with these keys:",
        "passage": "Text:",
        "is": ": ",
        "join": "; ",
        "of": " = ",
        "choice": "one of",
        "choices": "a list of any of",
        "spans": 'a list of {"label", "text"}, each text copied word for word; labels',
        "text": "text",
        "number": "a number",
        "rating": "a whole number from {minimum} to {maximum}",
        "boolean": "true or false",
        "date": "a date as YYYY-MM-DD",
        "taxon": "one of",
        "taxons": "a list of any of",
        "texts": "a list of texts",
        "relations": 'a list of {"label", "head", "tail"}, both ends copied from {between}; labels',
        "preference": "the name of the better answer, one of",
        "ranking": "a list of the names of all answers, the best first, of",
        "about": " and for each",
        "optional": "null where there is none",
        "when": "only if {field} is {values}, else null",
        "or": " or ",
        "candidate": "Answer {name}:",
    },
    "zh": {
        "answer": "请用一个 JSON 对象回答，包含以下键：",
        "passage": "原文：",
        "is": "：",
        "join": "；",
        "of": "＝",
        "choice": "选一个",
        "choices": "可多选的列表",
        "spans": '{"label", "text"} 的列表，text 须逐字摘录；label',
        "text": "文字",
        "number": "数字",
        "rating": "{minimum} 到 {maximum} 的整数",
        "boolean": "true 或 false",
        "date": "YYYY-MM-DD 格式的日期",
        "taxon": "选一个",
        "taxons": "可多选的列表",
        "texts": "文字列表",
        "relations": '{"label", "head", "tail"} 的列表，两端须摘自 {between}；label',
        "preference": "更好的回答的名称，选一个",
        "ranking": "所有回答的名称，最好的在前，包括",
        "about": "，并对每一项填写",
        "optional": "没有则为 null",
        "when": "仅当 {field} 为 {values} 时填写，否则为 null",
        "or": " 或 ",
        "candidate": "回答 {name}：",
    },
}
_LAYOUT: Final = "instruction, blank, keys, blank, passage, blank, inputs; answer: json"

TEMPLATE: Final = digest([_WORDS, _LAYOUT])[:12]
"""The template's version: it changes with any word of the prompt, and every example's id with it."""


class Message(Noun):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Example(Noun):
    """One instruction row, independent of any file format.

    Attributes:
        id: ``exa_`` and a hash of record, schema version and template version.
        record: the record's id.
        group: rows of one group never cross a split.
        messages: user, assistant.
        meta: what leads back: ``record, passage, document, path, pages, span`` (the passage's, in the document),
            ``spans`` (each ``{"field", "label", "start", "end", "text"}`` in code points of the document's view),
            ``schema, schema_version, template, round, annotators, adjudicator, resolution, licence, source,
            language, view``. What is missing is an empty text or list, never None.
    """

    id: str
    record: str
    document: str
    group: str
    messages: tuple[Message, ...]
    meta: dict[str, Any]


def example_of(record: Record, passage: Passage, model: type[Schema]) -> Example:
    """Return the instruction row of a record.

    Args:
        record: an answer that is valid under ``model``.
        passage: the one that it is about.
        model: the schema; its wordings shape the prompt, so its version is part of the row's identity.
    """
    fields = fields_of(model)
    version = version_of(model)
    return Example(
        id=content_id("exa", record.id, version, TEMPLATE),
        record=record.id,
        document=record.document,
        group=passage.group,
        messages=(
            Message(role="user", content=prompt_of(record, passage, model)),
            Message(role="assistant", content=answer_of(record, fields)),
        ),
        meta=_meta(record, passage, fields, version),
    )


def prompt_of(record: Record, passage: Passage, model: type[Schema]) -> str:
    """Return what the model is asked, in the passage's language (English where that is undetermined)."""
    language: Language = "zh" if passage.language == "zh" else "en"
    words, fields = _WORDS[language], fields_of(model)
    keys = [_described(field, language) for field in fields if field.role == "output"]
    inputs = [
        f"{field.title.text(language)}{words['is']}{_spoken(record.answer[field.name])}"
        for field in fields
        if field.role == "input" and record.answer.get(field.name) not in (None, "", [])
    ]
    asked = "\n".join([model.instruction.text(language), words["answer"], *keys])
    candidates = [
        f"{words['candidate'].format(name=name)}\n{passage.meta[name]}"
        for name in in_shown_order(model.shows.candidates, passage.text)
        if passage.meta.get(name)
    ]
    return "\n\n".join([asked, f"{words['passage']}\n{passage.text}", *candidates, *inputs])


def answer_of(record: Record, fields: Sequence[Field]) -> str:
    """Return the output fields as one JSON object: spans by label and words, without offsets."""
    said = {field.name: _learned(field, record.answer.get(field.name)) for field in fields if field.role == "output"}
    return json.dumps(said, ensure_ascii=False, allow_nan=False)


def is_blank(record: Record, fields: Sequence[Field]) -> bool:
    """Return whether no output field says anything. An empty list does: that there is none."""
    return all(record.answer.get(field.name) in (None, "") for field in fields if field.role == "output")


def _described(field: Field, language: Language) -> str:
    words = _WORDS[language]
    parts = [f'- "{field.name}"{words["is"]}{field.title.text(language)}', _kind(field, language)]
    if field.when:
        condition = {"field": field.when.field, "values": words["or"].join(field.when.values)}
        parts.append(words["when"].format_map(condition))
    elif not field.required and not field.is_list:
        parts.append(words["optional"])
    return words["join"].join(parts)


def _kind(field: Field, language: Language) -> str:
    """Return what an answer to a field is, with its labels and what is asked about each span."""
    words = _WORDS[language]
    kind = words[field.kind]
    if field.kind == "rating":
        kind = kind.format(minimum=_plain(field.minimum), maximum=_plain(field.maximum))
    if field.between:
        kind = kind.replace("{between}", f'"{field.between}"')
    if field.labels and field.kind in {"preference", "ranking"}:
        kind += words["is"] + ", ".join(f'"{label.value}"' for label in field.labels)
    elif field.labels and field.kind != "boolean":
        labels = (f'"{label.value}"{words["of"]}{label.title.text(language)}' for label in field.labels)
        kind += words["is"] + ", ".join(labels)
    if field.attributes:
        about = (f'"{one.name}"{words["is"]}{_kind(one, language)}' for one in field.attributes)
        kind += words["about"] + words["is"] + words["join"].join(about)
    return kind


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def _spoken(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)


def _learned(field: Field, value: Any) -> Any:
    """Return a value without offsets: spans by label, words and attributes, relations by the words of their ends."""
    if field.kind == "relations":
        return [
            {"label": one["label"], "head": one["head"]["text"], "tail": one["tail"]["text"]} for one in value or []
        ]
    if field.kind != "spans":
        return value
    names = ("label", "text", *(attribute.name for attribute in field.attributes))
    return [{name: span[name] for name in names} for span in value or []]


def _meta(record: Record, passage: Passage, fields: Sequence[Field], version: str) -> dict[str, Any]:
    return {
        "record": record.id,
        "passage": passage.id,
        "document": record.document,
        "path": str(passage.meta.get("path") or ""),
        "pages": list(passage.pages or ()),
        "span": [passage.start, passage.end],
        "spans": list(_spans(record, passage, fields)),
        "schema": record.schema_name,
        "schema_version": version,
        "template": TEMPLATE,
        "round": record.round,
        "annotators": list(record.annotators),
        "adjudicator": record.adjudicator or "",
        "resolution": record.resolution,
        "licence": str(passage.meta.get("licence") or ""),
        "source": str(passage.meta.get("source") or ""),
        "language": passage.language,
        "view": record.view,
    }


def _spans(record: Record, passage: Passage, fields: Sequence[Field]) -> Iterator[dict[str, Any]]:
    for field in fields:
        for span in record.answer.get(field.name) or [] if field.kind == "spans" else []:
            start, end = passage.start + span["start"], passage.start + span["end"]
            yield {"field": field.name, "label": span["label"], "start": start, "end": end, "text": span["text"]}
