"""裁判文书要素: the parts of a judgment, who claims what, what was found on which evidence, and what was decided."""

from typing import Literal, Self

from pydantic import field_validator, model_validator

from toolkit.schema import Bilingual, Relation, Schema, Shows, Span, asked

_ENDS = {
    "answers": (("defence",), ("claim",)),
    "proves": (("evidence",), ("fact",)),
    "grounds": (("law", "opinion", "circumstance"), ("opinion", "result")),
}
"""From which element to which each relation leads."""
_CRIMINAL = {"convicted", "acquitted"}


class Element(Span):
    """An element of a judgment."""

    side: Literal["claimant", "opponent", "third", "court"] | None = asked(
        "Whose",
        "所属方",
        hint=(
            "For parties, claims, defences and evidence. Prosecution is the claimant; appeals: who appeals.",
            "用于当事人、诉请、答辩和证据；公诉机关、上诉人选“原告方”。",
        ),
        labels={
            "claimant": ("Claimant, prosecution or appellant", "原告、公诉机关或上诉人"),
            "opponent": ("Defendant, accused or appellee", "被告、被告人或被上诉人"),
            "third": ("Third party or victim", "第三人或被害人"),
            "court": ("The court itself", "法院自身"),
        },
    )


class JudgmentElements(Schema):
    """One passage of a judgment, in the parts that the court's own rules of drafting name."""

    title = Bilingual("Elements of a judgment", "裁判文书要素")
    instruction = Bilingual(
        "Say which parts of the judgment this is, mark the elements and connect those that belong together.",
        "判断本段包含裁判文书的哪些部分，标出要素，并连接彼此相关的要素。",
    )
    guideline = Bilingual(
        """\
- Parts follow the Supreme People's Court's rules for drafting civil judgments: heading, facts, reasons, legal basis,
  disposition, closing, signature. A passage may hold several: choose all.
- *Claims* and *defences* are what the parties want and say; *facts* are only what the court has found ("it is found
  that..."). What a party alleges is never a fact.
- *Evidence* is marked by its name ("loan note dated 3 May"), without the court's remarks on it.
- *Opinion* begins with "this court holds". Mark the sentences that decide a point, not the retelling of the facts.
- *Law* is marked with its title and all articles that follow: "Article 577 and Article 585 of the Civil Code" is one.
- *Circumstances* weigh on the sentence or on liability: surrender, confession, repeated offence, contributory fault.
- *Result*: each numbered item of the disposition is one element, with amounts and deadlines inside it.
- Relations lead from defence to claim, from evidence to the fact it proves, and from law, opinion or circumstance to
  what it grounds. Connect only what the text itself connects.
- Judgments hold personal data: do not write names, addresses or identity numbers in the text fields.""",
        """\
- 部分的划分依照《人民法院民事裁判文书制作规范》：首部、事实、理由、裁判依据、裁判主文、尾部、落款。
  一段可含多个部分，全部选出。
- *诉请*和*答辩*是当事人的主张；*事实*仅指法院查明的事实（“经审理查明……”）。当事人单方陈述不标为事实。
- *证据*标名称（如“5月3日的借条”），不含法院的认证意见。
- *裁判理由*始于“本院认为”。标对某一问题作出判断的句子，不标对案情的复述。
- *法律依据*连同法律名称和其后全部条文一并标注：“《民法典》第五百七十七条、第五百八十五条”标为一处。
- *情节*影响量刑或责任：自首、坦白、累犯、受害人过错等。
- *裁判结果*按主文逐项标注，金额和履行期限包含在内。
- 关系的方向：答辩→诉请；证据→所证明的事实；法律依据、裁判理由或情节→由其得出的理由或结果。只连原文有联系的。
- 裁判文书含个人信息：填写的文字中不得出现姓名、住址和身份证号。""",
    )
    shows = Shows(neighbours=1)

    case_type: Literal["civil", "criminal", "administrative", "enforcement", "other"] = asked(
        "Type of case",
        "案件类型",
        hint=("As the heading or the case number says: 民, 刑, 行, 执.", "以首部或案号为准：民、刑、行、执。"),
        labels={
            "civil": ("Civil", "民事"),
            "criminal": ("Criminal", "刑事"),
            "administrative": ("Administrative", "行政"),
            "enforcement": ("Enforcement", "执行"),
            "other": ("Other, or cannot be told", "其他或无法判断"),
        },
    )
    parts: list[Literal["heading", "facts", "reasons", "basis", "disposition", "closing", "signature"]] = asked(
        "Parts of the judgment",
        "文书部分",
        hint=("Every part that this passage contains text of.", "选出本段所含的全部部分。"),
        labels={
            "heading": ("Heading: court, number, parties, course of the case", "首部：法院、案号、当事人、审理经过"),
            "facts": ("Facts: claims, defences, evidence, findings", "事实：诉辩意见、证据、查明的事实"),
            "reasons": ("Reasons: this court holds", "理由：本院认为"),
            "basis": ("Legal basis of the decision", "裁判依据"),
            "disposition": ("Disposition: what is ordered", "裁判主文：判决（裁定）如下"),
            "closing": ("Closing: costs, right of appeal", "尾部：诉讼费用、上诉权利"),
            "signature": ("Signature: judges, date, clerk", "落款：审判人员、日期、书记员"),
        },
        min_length=1,
    )
    elements: list[Element] = asked(
        "Elements",
        "要素",
        hint=(
            "Choose a label, mark the words, then say whose it is. Signatures may have none.",
            "先选标签，再划出文字，然后选所属方；落款可不标。",
        ),
        labels={
            "party": ("Party", "当事人"),
            "cause": ("Cause of action or charge", "案由或罪名"),
            "claim": ("Claim or accusation", "诉讼请求或指控"),
            "defence": ("Defence or plea", "答辩或辩护意见"),
            "evidence": ("Evidence", "证据"),
            "fact": ("Fact found by the court", "查明的事实"),
            "opinion": ("Opinion of the court", "裁判理由"),
            "circumstance": ("Circumstance", "情节"),
            "law": ("Law applied", "法律依据"),
            "result": ("Result", "裁判结果"),
        },
    )
    links: list[Relation] = asked(
        "What belongs together",
        "要素关系",
        hint=(
            "Defence answers claim; evidence proves fact; law, opinion or circumstance grounds opinion or result.",
            "答辩→诉请；证据→事实；法律依据、裁判理由或情节→由其得出的理由或结果。",
        ),
        between="elements",
        labels={"answers": ("answers", "针对"), "proves": ("proves", "证明"), "grounds": ("grounds", "得出")},
    )
    focus: str | None = asked(
        "Point in dispute",
        "争议焦点",
        hint=("The question that these reasons decide, without names.", "本段理由所解决的问题，不写姓名。"),
        when=("parts", "reasons"),
        required=True,
        min_length=6,
        max_length=200,
    )
    outcome: Literal["granted", "partly", "refused", "convicted", "acquitted", "upheld", "changed", "other"] | None = (
        asked(
            "Outcome",
            "裁判结论",
            when=("parts", "disposition"),
            required=True,
            labels={
                "granted": ("Claims granted", "支持全部诉讼请求"),
                "partly": ("Claims granted in part", "支持部分诉讼请求"),
                "refused": ("Claims or action refused", "驳回诉讼请求或起诉"),
                "convicted": ("Convicted", "有罪"),
                "acquitted": ("Acquitted", "无罪"),
                "upheld": ("Judgment below upheld", "驳回上诉，维持原判"),
                "changed": ("Judgment below changed or set aside", "改判或发回重审"),
                "other": ("Other", "其他"),
            },
        )
    )

    @field_validator("focus")
    @classmethod
    def _is_a_question(cls, focus: str | None) -> str | None:
        """Refuse a point in dispute that asks nothing."""
        if focus is not None and not focus.rstrip().endswith(("?", "？")):
            raise ValueError("write the point in dispute as a question / 争议焦点应写成问句，以问号结尾")
        return focus

    @model_validator(mode="after")
    def _relations_fit(self) -> Self:
        """Refuse a relation between elements that it cannot connect."""
        for link in self.links:
            heads, tails = _ENDS.get(link.label, ((), ()))
            if heads and (link.head.label not in heads or link.tail.label not in tails):
                raise ValueError(
                    f"'{link.label}' leads from {' or '.join(heads)} to {' or '.join(tails)}, not from "
                    f"{link.head.label} to {link.tail.label} / 关系的方向或两端不对，请按说明连接"
                )
        return self

    @model_validator(mode="after")
    def _decided(self) -> Self:
        """Refuse a disposition without a result, and a verdict of guilt outside a criminal case."""
        if "disposition" in self.parts and not any(element.label == "result" for element in self.elements):
            raise ValueError("a disposition has a result: mark it / 裁判主文必有裁判结果，请标出")
        if self.outcome in _CRIMINAL and self.case_type != "criminal":
            raise ValueError("only a criminal case convicts or acquits / 只有刑事案件才有“有罪”“无罪”")
        return self

    @model_validator(mode="after")
    def _sides_are_said(self) -> Self:
        """Refuse a claim, a defence or a party of nobody."""
        for element in self.elements:
            if element.label in {"party", "claim", "defence"} and element.side is None:
                raise ValueError(f"say whose this {element.label} is / 当事人、诉请和答辩须选择所属方")
        return self
