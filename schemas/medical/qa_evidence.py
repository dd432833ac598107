"""Questions that an abstract or a medical text answers: the decision, the answer, and the words that prove it."""

from typing import Literal, Self

from pydantic import model_validator

from toolkit.schema import Bilingual, Schema, Span, asked


class QuestionWithEvidence(Schema):
    """One question about a medical text, answered from that text alone."""

    title = Bilingual("Medical question with evidence", "医学问答与证据")
    instruction = Bilingual(
        "Answer the question from the passage alone, and mark the words that prove it.",
        "仅根据本段回答问题，并标出作为证据的原文。",
    )
    guideline = Bilingual(
        """\
- Write a question that a clinician would ask and that *this* passage speaks to; it must make sense without the passage.
- Decide from the passage alone. What you know from elsewhere is no evidence.
- *Yes* or *no* needs evidence: mark the result itself (effect, figures, comparison), not the aim or the method.
- *Maybe*: the passage speaks to the question and does not settle it, such as mixed results or too small a sample.
- The answer names population, intervention and outcome where the passage does, and adds no advice of its own.
- Write no name, number or date that could identify a patient.""",
        """\
- 写一个临床医生会问、且*本段*有所涉及的问题；不看原文也应能读懂。
- 只依据本段判断；从别处知道的内容不是证据。
- 选*是*或*否*必须有证据：标出结果本身（效应、数据、比较），不标目的或方法。
- *不确定*：本段涉及该问题但未能定论，例如结果不一致或样本过小。
- 原文写明人群、干预和结局的，答案也应写明；不要加入自己的建议。
- 不得写入可识别患者身份的姓名、号码或日期。""",
    )

    question: str = asked(
        "Question",
        "问题",
        hint=("One that can be answered with yes, no or maybe.", "可以用“是”“否”或“不确定”回答的问题。"),
        role="input",
        min_length=6,
        max_length=300,
    )
    decision: Literal["yes", "no", "maybe"] = asked(
        "Decision",
        "结论",
        hint=("What the passage says, not what is known elsewhere.", "以本段内容为准，而非其他知识。"),
        labels={
            "yes": ("Yes", "是"),
            "no": ("No", "否"),
            "maybe": ("Maybe: the passage does not settle it", "不确定：本段不足以定论"),
        },
    )
    answer: str = asked(
        "Answer",
        "回答",
        hint=(
            "One to three sentences in the language of the passage, without advice of your own.",
            "用原文的语言写一至三句，不加自己的建议。",
        ),
        min_length=8,
        max_length=1000,
    )
    evidence: list[Span] = asked(
        "Evidence",
        "证据",
        hint=(
            "Choose a label, then mark whole statements. Yes and no need at least one.",
            "先选标签，再划出完整的陈述；选“是”或“否”时至少标一处。",
        ),
        labels={
            "supports": ("Proves the decision", "支持该结论"),
            "limits": ("Limits or contradicts it", "限制或不利于该结论"),
        },
    )

    @model_validator(mode="after")
    def _decided_by_evidence(self) -> Self:
        """Refuse a yes or no without words that prove it."""
        if self.decision != "maybe" and not any(span.label == "supports" for span in self.evidence):
            raise ValueError("yes or no needs at least one span that proves it / 选“是”或“否”时至少标一处支持它的证据")
        return self
