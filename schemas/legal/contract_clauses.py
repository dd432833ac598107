"""Clauses of contracts and articles of statutes: what kind, which key terms, how risky, in one sentence."""

import re
from typing import Literal

from pydantic import field_validator

from toolkit.schema import Bilingual, Schema, Span, asked

_SHORT_FORMS = ("no.", "nos.", "art.", "arts.", "sec.", "cl.", "para.", "inc.", "ltd.", "co.", "corp.", "e.g.", "i.e.")


class ContractClause(Schema):
    """One clause of a contract, or one article of a statute."""

    title = Bilingual("Contract clause", "合同条款")
    instruction = Bilingual(
        "Classify the clause, mark its key terms, rate its risk and sum it up in one sentence.",
        "判断条款类型，标出关键要素，评估风险，并用一句话概括。",
    )
    guideline = Bilingual(
        """\
- Choose the type by what the clause *does*, not by its heading. If it does several things, choose the one with the
  gravest consequences for the parties.
- Mark the shortest words that carry the meaning: "thirty (30) days", not "within thirty (30) days of".
  Leave out articles, brackets at the ends and closing punctuation.
- Mark a term each time it occurs with a new meaning; a mere repetition is marked once.
- A passage that is only a heading, a signature block or a table of contents: choose "Other", risk low, mark nothing.
- If the passage cannot be understood without its neighbours, skip it.""",
        """\
- 按条款的*作用*而不是标题选择类型。一个条款有多种作用时，选对当事人后果最重的一种。
- 标注能表达含义的最短文字：标“三十日”，不标“自收到之日起三十日内”。不含引号、首尾括号和句末标点。
- 同一要素含义不同时分别标注；只是重复出现的，标一次即可。
- 只有标题、签署栏或目录的段落：类型选“其他”，风险选“低”，不作标注。
- 脱离上下文无法理解的段落，请跳过。""",
    )

    clause_type: Literal[
        "definitions",
        "scope",
        "payment",
        "term",
        "termination",
        "confidentiality",
        "intellectual_property",
        "warranty",
        "liability",
        "compliance",
        "dispute",
        "other",
    ] = asked(
        "Clause type",
        "条款类型",
        hint=("What the clause does, whatever its heading says.", "看条款的作用，不看标题。"),
        labels={
            "definitions": ("Definitions and interpretation", "定义与解释"),
            "scope": ("Subject matter, rights and duties", "标的、权利与义务"),
            "payment": ("Price, payment and tax", "价款、支付与税费"),
            "term": ("Term, renewal and entry into force", "期限、续期与生效"),
            "termination": ("Termination and its effects", "解除、终止及其后果"),
            "confidentiality": ("Confidentiality and personal data", "保密与个人信息"),
            "intellectual_property": ("Intellectual property and licence", "知识产权与许可"),
            "warranty": ("Representations, warranties and insurance", "陈述、保证与保险"),
            "liability": ("Breach, liability, indemnity and penalties", "违约、责任、赔偿与处罚"),
            "compliance": ("Compliance, supervision and procedure", "合规、监管与程序"),
            "dispute": ("Governing law and disputes", "法律适用与争议解决"),
            "other": ("Other", "其他"),
        },
    )
    key_terms: list[Span] = asked(
        "Key terms",
        "关键要素",
        hint=(
            "Choose a label, then mark the shortest words that carry the meaning. None is a good answer too.",
            "先选标签，再划出能表达含义的最短文字；没有可不标。",
        ),
        labels={
            "party": ("Party or authority", "当事人或机关"),
            "date": ("Date", "日期"),
            "duration": ("Period or deadline", "期间或期限"),
            "amount": ("Amount or rate", "金额或比例"),
            "obligation": ("Obligation or prohibition", "义务或禁止"),
            "condition": ("Condition or exception", "条件或例外"),
            "reference": ("Law, clause or document cited", "引用的法律或文件"),
        },
    )
    risk: Literal["low", "medium", "high"] = asked(
        "Risk",
        "风险",
        hint=(
            "For the party that has to comply: what happens in the worst case under this clause?",
            "对须遵守该条款的一方而言，最坏情况下后果如何？",
        ),
        labels={
            "low": ("Low: routine or formal, easily mended", "低：例行或形式性内容，易于补救"),
            "medium": ("Medium: costs money or time, within bounds", "中：有金钱或时间损失，但有限度"),
            "high": ("High: unlimited, irreversible or penal", "高：无上限、不可逆或涉及处罚"),
        },
        ordered=True,
    )
    summary: str = asked(
        "Summary",
        "概括",
        hint=(
            "One sentence, who must or may do what and when, in the language of the passage.",
            "用原文的语言写一句话：谁在何时应当或可以做什么。",
        ),
        min_length=8,
        max_length=400,
    )

    @field_validator("summary")
    @classmethod
    def _is_one_sentence(cls, summary: str) -> str:
        """Refuse a second sentence. Marks inside numbers and after common short forms end none."""
        if "\n" in summary.strip():
            raise ValueError("a summary is one line / 概括应为一行")
        words = summary.split()
        ending = [word for word in words[:-1] if word.endswith((".", "!", "?")) and not _is_short_form(word)]
        inside = [mark for mark in "。！？" if mark in summary.strip()[:-1]]
        if ending or inside:
            raise ValueError("a summary is one sentence / 概括应为一句话")
        return summary


def _is_short_form(word: str) -> bool:
    """Tell ``No.``, ``Inc.``, ``U.S.`` and initials from the end of a sentence."""
    bare = word.lower().lstrip("(\"'")
    return bare in _SHORT_FORMS or re.fullmatch(r"([a-z]\.)+", bare) is not None
