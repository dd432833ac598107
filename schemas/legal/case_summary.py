"""Judicial opinions as case briefs: facts, issue, holding, reasoning, outcome, and the authorities cited."""

from typing import Literal, Self

from pydantic import field_validator, model_validator

from toolkit.schema import Bilingual, Schema, Span, asked, cites


class Citation(Span):
    """An authority that the opinion cites."""

    treatment: Literal["followed", "distinguished", "rejected", "mentioned"] = asked(
        "What the court does with it",
        "法院如何对待",
        labels={
            "followed": ("Relies on it", "适用或遵循"),
            "distinguished": ("Tells it apart from this case", "区分，认为本案不同"),
            "rejected": ("Overrules or declines to follow it", "推翻或不予采纳"),
            "mentioned": ("Only mentions it", "仅提及"),
        },
    )


class CaseSummary(Schema):
    """One judicial opinion, or the part of one that decides a question."""

    title = Bilingual("Case summary", "案例摘要")
    instruction = Bilingual(
        "Brief the case: the facts that mattered, the issue, the holding, the reasoning and the authorities cited.",
        "撰写案例摘要：关键事实、争议焦点、裁判要旨、裁判理由以及引用的法律依据。",
    )
    guideline = Bilingual(
        """\
- One issue, one holding. If the opinion decides several questions, brief the one on which the outcome turns.
- The *issue* is a question that joins rule and facts: "Is a carrier liable for loss at a port where it never agreed to
  call?", not "Whether the carrier is liable".
- The *holding* answers that question and reaches beyond the parties: "A carrier that...", not "Alder Bay loses".
  What the court says without needing it for the result is dictum: leave it out of the holding.
- *Facts* are those that the reasoning uses. Leave out dates, amounts and procedure that change nothing.
- *Reasoning* is the court's, not yours: the rule it takes, then how it applies it to these facts.
- Mark where the opinion itself states issue, rule and holding; one statement each is enough.
- Mark each cited authority once, from the name to the end of the citation. "Id." and repetitions are not marked.
  Arguments of a party that the court reports are not the court's treatment.
- Write "the buyer", "the agency", not the names of private persons. An opinion that decides nothing: skip it.""",
        """\
- 一个焦点对应一条要旨。裁判解决了多个问题的，只写决定裁判结果的那一个。
- *争议焦点*写成问句，兼顾规则与事实：写“承运人对未约定挂靠港口发生的货损是否承担责任？”，不写“责任问题”。
- *裁判要旨*直接回答该问题，且不限于本案当事人：写“承运人未经约定……的，应当……”，不写“甲公司败诉”。
  与裁判结果无关的附带论述不写入要旨。
- *基本案情*只写说理用到的事实；不影响结论的日期、金额和程序从略。
- *裁判理由*是法院的理由，不是您的看法：先写所采规则，再写如何适用于本案事实。
- 标出裁判文书自身表述焦点、规则和要旨的原文，每项标一处即可。
- 每一法律依据标一次，从名称标到条款或案号末尾；“同上”和重复引用不标。法院转述的当事人主张，不代表法院的态度。
- 写“买方”“行政机关”，不写自然人的姓名。未作出任何裁判的文书，请跳过。""",
    )
    checks = (cites("facts", "issue", "holding", "reasoning"),)

    facts: str = asked(
        "Facts",
        "基本案情",
        hint=("Two to five sentences: only what the reasoning uses.", "二至五句，只写说理用到的事实。"),
        group=("Brief", "摘要"),
        min_length=20,
        max_length=1500,
    )
    issue: str = asked(
        "Issue",
        "争议焦点",
        hint=("One question that joins rule and facts.", "一个问句，兼顾规则与事实。"),
        group=("Brief", "摘要"),
        min_length=8,
        max_length=400,
    )
    holding: str = asked(
        "Holding",
        "裁判要旨",
        hint=(
            "The answer to the issue, as a rule that other cases can use; one or two sentences.",
            "对焦点的回答，写成其他案件可以参照的规则，一至两句。",
        ),
        group=("Brief", "摘要"),
        min_length=12,
        max_length=600,
    )
    reasoning: str = asked(
        "Reasoning",
        "裁判理由",
        hint=("The rule the court takes, then its application.", "先写法院所采的规则，再写其适用。"),
        group=("Brief", "摘要"),
        min_length=20,
        max_length=2000,
    )
    outcome: Literal[
        "affirmed",
        "reversed",
        "remanded",
        "granted",
        "partly",
        "denied",
        "dismissed",
        "other",
    ] = asked(
        "Outcome",
        "裁判结果",
        hint=("What this court orders, not what the court below did.", "本院的裁判，而非下级法院的裁判。"),
        labels={
            "affirmed": ("Affirmed", "维持原判"),
            "reversed": ("Reversed or amended", "改判"),
            "remanded": ("Vacated or reversed, and remanded", "撤销原判，发回重审"),
            "granted": ("Claim or motion granted", "支持诉讼请求或申请"),
            "partly": ("Granted or affirmed in part", "部分支持或部分维持"),
            "denied": ("Claim or motion denied on the merits", "驳回诉讼请求或申请"),
            "dismissed": ("Dismissed without a decision on the merits", "驳回起诉或裁定终结，未作实体裁判"),
            "other": ("Other", "其他"),
        },
    )
    statements: list[Span] = asked(
        "Where the opinion says it",
        "原文出处",
        hint=(
            "Whole sentences. The holding needs at least one.",
            "标完整的句子；裁判要旨至少标一处。",
        ),
        labels={
            "issue": ("States the issue", "表述焦点"),
            "rule": ("States the rule", "表述规则"),
            "holding": ("States the holding", "表述要旨"),
        },
    )
    citations: list[Citation] = asked(
        "Authorities cited",
        "引用的依据",
        hint=(
            "Each authority once, with its citation; then say what the court does with it.",
            "每一依据标一次，含条款或案号；再选择法院如何对待。",
        ),
        labels={
            "case": ("Case", "案例"),
            "statute": ("Statute or constitution", "法律或宪法"),
            "regulation": ("Regulation or rule", "法规或司法解释"),
            "contract": ("Contract or document", "合同或文件"),
            "secondary": ("Treatise or other writing", "著作文献"),
        },
    )

    @field_validator("issue")
    @classmethod
    def _is_a_question(cls, issue: str) -> str:
        """Refuse an issue that asks nothing."""
        if not issue.rstrip().endswith(("?", "？")):
            raise ValueError("an issue is a question: end it with a question mark / 争议焦点应为问句，以问号结尾")
        return issue

    @field_validator("holding")
    @classmethod
    def _is_an_answer(cls, holding: str) -> str:
        """Refuse a holding that asks."""
        if "?" in holding or "？" in holding:
            raise ValueError("a holding answers the issue: no question in it / 裁判要旨是对焦点的回答，不应含问句")
        return holding

    @model_validator(mode="after")
    def _stands_in_the_opinion(self) -> Self:
        """Refuse a holding that nobody found in the opinion."""
        if not any(span.label == "holding" for span in self.statements):
            raise ValueError("mark at least one statement of the holding / 至少标出一处表述裁判要旨的原文")
        return self

    @model_validator(mode="after")
    def _rests_on_something(self) -> Self:
        """Refuse an appeal that is decided against the only authority there is."""
        treated = {citation.treatment for citation in self.citations}
        if treated and treated <= {"distinguished", "rejected"} and not any(s.label == "rule" for s in self.statements):
            raise ValueError(
                "no authority is relied on: mark the rule that the court takes instead / "
                "没有被遵循的依据：请标出法院另行采用的规则"
            )
        return self
