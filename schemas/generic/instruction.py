"""Instruction writing: a request that a user could have made about a text, and the response it deserves."""

import json
import re
from typing import Literal, Self

from pydantic import field_validator, model_validator

from toolkit.schema import Bilingual, Schema, Span, asked

_GROUNDED = {"question", "extraction", "summary"}
"""Tasks whose response rests on the text alone."""
_UNFINISHED = re.compile(
    r"\b(TODO|TBD|lorem ipsum)\b|\[(insert|your|name|date)[^\]]*\]|待补充|此处(填写|插入)|[Xx×]{3,}"
)
_EMPTY_OPENING = re.compile(
    r"\s*(sure|certainly|of course|great question|as an ai)\b|"
    r"\s*(当然可以|好的[，,！!]|没问题|作为(一个)?(AI|人工智能))",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\s*([-*•·]|\d+[.)、]|[（(]\d+[)）]|[一二三四五六七八九十]+、)\s*\S")


class InstructionWriting(Schema):
    """One request about a passage, with its response."""

    title = Bilingual("Instruction and response", "指令与回答")
    instruction = Bilingual(
        "Carry out the request with the help of the text.",
        "请参考原文完成用户的要求。",
    )
    guideline = Bilingual(
        """\
- Write the request that a real user of your field would send, in their words, with what they need to say: purpose,
  reader, length, form. "Summarise the duties of the tenant in three points for a letter", not "Summarise".
- One request asks one thing. Vary verbs, lengths and forms; do not begin every request with "Please".
- Whoever answers sees the text: refer to it ("in this clause"). Do not copy it into the request.
- The response is what you would hand to a client: correct, complete for what was asked, no more. The answer comes
  first; no praise, no "Sure", no closing offer of help.
- *Question*, *extraction* and *summary* rest on the text alone: mark the words they use. If the text lacks something,
  the response says so.
- In the other tasks, general knowledge may be added, but no law, dose, figure or source that you did not check.
- Keep the form that was asked for: a list has one item a line, JSON can be parsed.
- Language of the response: that of the request. No private persons, no personal data.""",
        """\
- 写本领域真实用户会提出的要求，用他们的说法，交代必要的信息：目的、读者、篇幅、形式。
  写“用三点概括承租人的义务，写进给客户的函件”，不写“概括一下”。
- 一条指令只提一个要求。动词、长短和形式要多样，不要每条都以“请”开头。
- 回答者看得到原文：可以说“本条款中”，不要把原文抄进指令。
- 回答应达到可以交给客户的程度：正确，要求什么答全什么，不多写。先给结论；不写客套、“好的”和“如需帮助”之类的结尾。
- *问答*、*抽取*和*摘要*只依据原文，须标出所用的文字；原文没有的，回答中如实说明。
- 其他任务可以补充常识，但未经核实的法条、剂量、数字和出处不得写入。
- 遵守要求的形式：列表一行一项，JSON 可以解析。
- 回答的语言与指令一致。不写自然人，不写个人信息。""",
    )

    request: str = asked(
        "Request",
        "指令",
        hint=("What a user would write: purpose, reader, length, form.", "用户会怎么说：目的、读者、篇幅、形式。"),
        role="input",
        min_length=6,
        max_length=1500,
    )
    task: Literal[
        "question", "extraction", "summary", "rewriting", "classification", "analysis", "drafting", "other"
    ] = asked(
        "Kind of task",
        "任务类型",
        labels={
            "question": ("Question on the text", "原文问答"),
            "extraction": ("Extraction", "信息抽取"),
            "summary": ("Summary", "摘要"),
            "rewriting": ("Rewriting, simplifying, translating", "改写、通俗化、翻译"),
            "classification": ("Classification or judgement", "分类或判断"),
            "analysis": ("Analysis or advice", "分析或建议"),
            "drafting": ("Drafting something new", "起草新文本"),
            "other": ("Other", "其他"),
        },
    )
    form: Literal["prose", "list", "table", "json"] = asked(
        "Form of the response",
        "回答形式",
        labels={
            "prose": ("Sentences", "段落文字"),
            "list": ("List, one item a line", "列表，一行一项"),
            "table": ("Table in Markdown", "Markdown 表格"),
            "json": ("JSON", "JSON"),
        },
    )
    support: list[Span] = asked(
        "Words of the text that are used",
        "所用原文",
        hint=("Question, extraction and summary need at least one.", "问答、抽取和摘要至少标一处。"),
        labels={
            "used": ("The response rests on it", "回答的依据"),
            "trap": ("Looks relevant, is not", "看似相关，实则无关"),
        },
    )
    response: str = asked(
        "Response",
        "回答",
        hint=("The answer first; correct, complete, no more.", "先给结论；正确、完整、不多写。"),
        min_length=1,
        max_length=6000,
    )

    @field_validator("request", "response")
    @classmethod
    def _is_finished(cls, written: str) -> str:
        """Refuse placeholders."""
        if _UNFINISHED.search(written):
            raise ValueError("a placeholder is left in it / 其中还有待补充的占位文字")
        return written

    @field_validator("response")
    @classmethod
    def _begins_with_the_answer(cls, response: str) -> str:
        """Refuse openings that say nothing."""
        if _EMPTY_OPENING.match(response):
            raise ValueError("begin with the answer itself, without courtesies / 直接回答，不写客套的开头")
        return response

    @model_validator(mode="after")
    def _is_more_than_the_request(self) -> Self:
        """Refuse a response that only repeats what was asked."""
        if self.response.strip() == self.request.strip():
            raise ValueError("the response repeats the request / 回答只是重复了指令")
        return self

    @model_validator(mode="after")
    def _rests_on_the_text(self) -> Self:
        """Refuse a response to a closed task that uses nothing of the text."""
        if self.task in _GROUNDED and not any(span.label == "used" for span in self.support):
            raise ValueError(
                "question, extraction and summary: mark the words that the response uses / "
                "问答、抽取和摘要须标出回答所用的原文"
            )
        return self

    @model_validator(mode="after")
    def _has_its_form(self) -> Self:
        """Refuse a list, a table or JSON that is none."""
        lines = [line for line in self.response.splitlines() if line.strip()]
        if self.form == "list" and sum(_ITEM.match(line) is not None for line in lines) < 2:  # noqa: PLR2004
            raise ValueError("a list has two items or more, one a line / 列表至少两项，一行一项")
        if self.form == "table" and sum(line.count("|") > 1 for line in lines) < 3:  # noqa: PLR2004
            raise ValueError(
                "a table has a heading, a rule and rows, between | / 表格须有表头、分隔行和数据行，以 | 分隔"
            )
        if self.form == "json" and not _is_json(self.response):
            raise ValueError("it cannot be parsed as JSON / 无法解析为 JSON")
        return self


def _is_json(response: str) -> bool:
    try:
        json.loads(response)
    except ValueError:
        return False
    return True
