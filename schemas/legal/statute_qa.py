"""Questions on a statute, answered from its words: the provision, the answer, and what the text leaves open."""

import re
from typing import Literal, Self

from pydantic import field_validator, model_validator

from toolkit.schema import Bilingual, Schema, Shows, Span, asked

_PROVISION = re.compile(
    r"第[〇零一二三四五六七八九十百千\d]+[条章节款项]|§|\b(art(icle)?|sec(tion)?|para(graph)?|cl(ause)?|rule|ch(apter)?|"
    r"sub(section|division))s?\b\.? ?\(?[\divxlc]+",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(this|the (above|following|given)) (article|section|passage|text|provision|clause)\b|"
    r"(本|该|上述|以上|下列)(条文|条(?!例)|款(?!项)|文本|规定)",
    re.IGNORECASE,
)


class StatuteQuestion(Schema):
    """One question on an article or section of a statute."""

    title = Bilingual("Statute question answering", "法条问答")
    instruction = Bilingual(
        "Answer the question from this provision alone, name the provision, and say what it leaves open.",
        "仅根据本条规定回答问题，写明依据的条款，并指出条文没有规定的内容。",
    )
    guideline = Bilingual(
        """\
- Ask what a client, an official or a citizen would ask. The question names the law or its subject, so that it can be
  understood alone: "May a foreign national keep the former citizenship after naturalisation?", not "What does this
  article say?".
- Vary the questions: definitions, conditions, exceptions, deadlines, consequences, and short scenarios.
- The neighbouring provisions help to understand; the answer rests on this one. If it only refers to another provision
  for the decisive point, it answers *partly*.
- Conclusion first, then the conditions and exceptions that matter. "May" is not "shall"; "30 working days" is not a
  month; keep "except as otherwise provided".
- Name the provision as precisely as the text allows: article, paragraph, item. Where no number can be seen, take the
  one in the heading.
- *Partly*: the provision settles one part; say which point is missing. *Not at all*: it does not speak to the question;
  write no answer. Such questions teach a model to say so: let about one in five be of this kind.
- In scenarios there are parties called A and B, and no real persons or companies.""",
        """\
- 提出当事人、执法人员或普通公民会问的问题。问题应写明法律名称或所涉事项，脱离原文也能读懂：
  写“外国人加入中国国籍后能否保留外国国籍？”，不写“本条规定了什么？”。
- 问题类型要多样：定义、条件、例外、期限、后果，以及简短的情景。
- 前后条文仅供理解，回答须以本条为依据。本条对关键问题只作指引（“依照……的规定”）的，选*部分回答*。
- 先写结论，再写有关的条件和例外。“可以”不等于“应当”，“三十个工作日”不等于一个月；保留“法律另有规定的除外”。
- 依据写到条文所能确定的最细层级：条、款、项。看不到条号时，以标题中的条号为准。
- *部分回答*：条文只解决了一部分，须写明缺少什么。*不能回答*：条文未涉及，不写回答。
  这类问题能教会模型承认未知，约占五分之一为宜。
- 情景题中的当事人用甲、乙，不用真实的人名或公司名。""",
    )
    shows = Shows(neighbours=1)

    question: str = asked(
        "Question",
        "问题",
        hint=(
            "It makes sense without the text, and names the law or its subject.",
            "脱离原文也能读懂，写明法律或事项。",
        ),
        role="input",
        min_length=6,
        max_length=500,
    )
    asks_for: Literal["definition", "condition", "duty", "exception", "procedure", "consequence", "scenario"] = asked(
        "What it asks for",
        "问题类型",
        labels={
            "definition": ("Definition or scope", "定义或适用范围"),
            "condition": ("Conditions of a right or a permit", "权利或许可的条件"),
            "duty": ("Duty or prohibition", "义务或禁止"),
            "exception": ("Exception", "例外"),
            "procedure": ("Procedure, competence or deadline", "程序、主管机关或期限"),
            "consequence": ("Legal consequence or penalty", "法律后果或处罚"),
            "scenario": ("A case to which the provision is applied", "情景：将条文适用于具体案情"),
        },
    )
    answered: Literal["fully", "partly", "not"] = asked(
        "Does the provision answer it?",
        "条文能否回答",
        labels={
            "fully": ("Fully", "完整回答"),
            "partly": ("Partly", "部分回答"),
            "not": ("Not at all", "不能回答"),
        },
        ordered=True,
    )
    provision: str | None = asked(
        "Provision",
        "依据的条款",
        hint=(
            "As precise as the text allows: Article 8, paragraph 2.",
            "写到条文所能确定的最细层级，如“第八条第二款”。",
        ),
        when=("answered", ("fully", "partly")),
        required=True,
        max_length=120,
    )
    answer: str | None = asked(
        "Answer",
        "回答",
        hint=(
            "Conclusion first, then conditions and exceptions; in scenarios, apply them to the facts.",
            "先写结论，再写条件和例外；情景题要结合案情。",
        ),
        when=("answered", ("fully", "partly")),
        required=True,
        min_length=4,
        max_length=1200,
    )
    basis: list[Span] = asked(
        "Words it rests on",
        "依据原文",
        hint=(
            "Whole clauses of the provision. An answer needs at least one rule or consequence.",
            "标完整的分句；有回答的至少标一处“规则”或“后果”。",
        ),
        when=("answered", ("fully", "partly")),
        required=True,
        labels={
            "rule": ("Rule or condition", "规则或条件"),
            "exception": ("Exception or proviso", "例外或但书"),
            "consequence": ("Consequence", "法律后果"),
            "referral": ("Refers to another provision", "指引其他条款"),
        },
    )
    missing: str | None = asked(
        "What is left open",
        "未规定的内容",
        hint=(
            "The point that this provision does not settle, and where the answer would have to be looked for.",
            "本条没有解决的问题，以及应当到哪里查找。",
        ),
        when=("answered", ("partly", "not")),
        required=True,
        min_length=4,
        max_length=400,
    )

    @field_validator("question")
    @classmethod
    def _stands_alone(cls, question: str) -> str:
        """Refuse a question that points at a text which its reader does not see."""
        if _ELSEWHERE.search(question):
            raise ValueError(
                "the question points at the text: name the law or its subject / 问题指向原文：请写明法律名称或事项"
            )
        return question

    @field_validator("provision")
    @classmethod
    def _is_named(cls, provision: str | None) -> str | None:
        """Refuse a basis without a number."""
        if provision is not None and not _PROVISION.search(provision):
            raise ValueError("name article or section by its number / 请写明条款序号，如“第八条”")
        return provision

    @model_validator(mode="after")
    def _rests_on_the_text(self) -> Self:
        """Refuse an answer that rests on exceptions and referrals alone."""
        labels = {span.label for span in self.basis}
        if self.answered == "fully" and not labels & {"rule", "consequence"}:
            raise ValueError("an answer needs a rule or a consequence in the text / 完整的回答至少要标一处规则或后果")
        if self.asks_for == "exception" and self.answered == "fully" and "exception" not in labels:
            raise ValueError("a question for an exception: mark the exception / 询问例外的问题，请标出例外的原文")
        return self
