"""Clinical entities with negation, certainty, time and whose they are, and what belongs to what."""

from typing import Final, Literal, Self

from pydantic import model_validator

from toolkit.schema import Bilingual, Relation, Schema, Shows, Span, asked

_ENDS: Final = {
    "located_at": (("disease", "symptom", "test", "procedure"), ("anatomy",)),
    "result_of": (("value",), ("test", "symptom", "disease")),
    "dosage_of": (("dosage",), ("drug",)),
    "treats": (("drug", "procedure"), ("disease", "symptom")),
    "shows": (("test",), ("disease", "symptom")),
}
"""From which entity to which each relation leads."""
_PLAIN: Final = {"anatomy", "value", "dosage"}
"""Entities that only say more about another one."""


class Entity(Span):
    """A clinical entity. What is left empty is the usual: present, certain, now, the patient's."""

    negation: Literal["negated"] | None = asked(
        "Negation",
        "否定",
        labels={"negated": ("Denied, absent, ruled out, not given", "否认、无、排除、未使用")},
    )
    certainty: Literal["possible", "conditional"] | None = asked(
        "Certainty",
        "确定性",
        labels={
            "possible": ("Possible, suspected, to be ruled out", "可能、疑似、待排"),
            "conditional": ("Only under a condition (on exertion, if ...)", "仅在某种条件下（活动后、如……）"),
        },
    )
    time: Literal["past", "planned"] | None = asked(
        "Time",
        "时间",
        labels={
            "past": ("History: over before this episode", "既往：本次发病前已结束"),
            "planned": ("Planned, advised or feared for later", "计划、建议或预防"),
        },
    )
    experiencer: Literal["family", "other"] | None = asked(
        "Whose",
        "归属",
        labels={
            "family": ("A relative's", "家属"),
            "other": ("Somebody else's (donor, contact)", "他人（供者、接触者）"),
        },
    )


class ClinicalEntities(Schema):
    """One passage of a clinical text."""

    title = Bilingual("Clinical entities", "临床实体")
    instruction = Bilingual(
        "Mark the clinical entities, say which are negated, uncertain, past or another person's, and connect them.",
        "标出临床实体，注明否定、不确定、既往或属于他人的实体，并连接彼此相关的实体。",
    )
    guideline = Bilingual(
        """\
- Leave an attribute empty for the usual: present, certain, now, the patient's. Set only what differs. The
  attributes are independent (ConText): "mother never had asthma" is *negated* and *a relative's*.
- The entity excludes its cue: in "denies chest pain" mark "chest pain" and set *negated*. "No", "denies", "without",
  "negative for", "ruled out" negate all items of a list: "no fever, cough or rash" gives three.
- Not every "no" negates: "no change in the effusion" says that the effusion is there; "gram-negative" is a name.
- *Possible*: "suspected", "rule out", "cannot exclude", a question mark. *Conditional*: "dyspnea" in
  "dyspnea on exertion".
- Mark the whole noun phrase with what makes it another disease ("type 2 diabetes mellitus", "acute appendicitis"),
  without article, degree ("mild") and course ("worsening"). Do not cut anatomy out of a name: "lung cancer" is one.
- *Symptom*: what the patient feels or the examiner finds. *Disease*: a diagnosis. If the text treats it as a
  diagnosis ("hypertension"), so do you.
- *Value*: the figure or finding of a test, with its unit ("38.6 °C", "positive"). *Dosage*: strength, route, frequency
  and duration as one span ("500 mg orally three times a day").
- Mark each mention, abbreviations too ("HTN"). Generic words ("disease", "medication", "symptoms") are not marked.
- Connect entities only if the text connects them, mostly within a sentence. The arrow reads like
  one: dosage, "dosage of", drug.""",
        """\
- 属性留空表示通常情况：存在、确定、目前、患者本人；只填与此不同的。各属性相互独立（ConText）：
  “母亲否认哮喘史”中的“哮喘”既是*否定*又属*家属*。
- 实体不含提示词：“否认胸痛”标“胸痛”，选*否定*。“无”“否认”“未见”“阴性”“排除”对并列各项均有效：
  “无发热、咳嗽、皮疹”标三个实体。
- 有“无”字不一定是否定：“积液较前无变化”表示积液存在；“革兰阴性杆菌”是名称。
- *可能*：“疑似”“待排”“不除外”“？”。*有条件*：“活动后气促”的“气促”。
- 标完整的名词短语，保留决定病种的修饰（“2型糖尿病”“急性阑尾炎”），不含程度（“轻度”）和病程（“加重”）；
  病名中的部位不拆出：“肺癌”标为一个。
- *症状或体征*是患者的感受或查体所见；*疾病*是诊断。文中按诊断处理的（如“高血压”），标为疾病。
- *结果*是检查的数值或所见，连同单位（“38.6℃”“阳性”）。*用法用量*：剂量、途径、频次和疗程标为一段
  （“0.5g 口服 每日三次”）。
- 每次出现都标，包括缩写（“HBP”）；泛指的“疾病”“药物”“不适”不标。
- 只连接原文中有联系的实体，一般在同一句内；箭头按语句方向：用法用量→药物。""",
    )
    shows = Shows(neighbours=1)

    entities: list[Entity] = asked(
        "Entities",
        "实体",
        hint=(
            "Choose a label, mark the words, then set only the attributes that differ from the usual.",
            "先选标签，再划出文字，然后只填与通常情况不同的属性。",
        ),
        labels={
            "disease": ("Disease or diagnosis", "疾病或诊断"),
            "symptom": ("Symptom or sign", "症状或体征"),
            "anatomy": ("Body part", "解剖部位"),
            "test": ("Test or examination", "检查检验"),
            "value": ("Result of a test", "检查结果"),
            "drug": ("Drug", "药物"),
            "dosage": ("Dosage", "用法用量"),
            "procedure": ("Procedure or operation", "手术或操作"),
        },
    )
    links: list[Relation] = asked(
        "Relations",
        "关系",
        hint=(
            "Symptom or test to body part, result to test, dosage to drug, treatment to disease, test to finding.",
            "症状或检查→部位；结果→检查；用法用量→药物；治疗→疾病；检查→所提示的疾病。",
        ),
        between="entities",
        labels={
            "located_at": ("located at", "位于"),
            "result_of": ("result of", "是其结果"),
            "dosage_of": ("dosage of", "是其用法用量"),
            "treats": ("given for", "用于治疗"),
            "shows": ("shows", "提示"),
        },
    )

    @model_validator(mode="after")
    def _relations_fit(self) -> Self:
        """Refuse a relation between entities that it cannot connect."""
        for link in self.links:
            heads, tails = _ENDS.get(link.label, ((), ()))
            if heads and (link.head.label not in heads or link.tail.label not in tails):
                raise ValueError(
                    f"'{link.label}' leads from {' or '.join(heads)} to {' or '.join(tails)}, not from "
                    f"{link.head.label} to {link.tail.label} / 关系的方向或两端不对，请按关系名称连接"
                )
        return self

    @model_validator(mode="after")
    def _negated_is_what_can_be(self) -> Self:
        """Refuse negation and doubt on a body part, a result or a dosage: they belong to what these describe."""
        for entity in self.entities:
            if entity.label in _PLAIN and (entity.negation or entity.certainty):
                raise ValueError(
                    f"a {entity.label} is neither negated nor uncertain: say it of what it describes / "
                    "部位、结果和用法用量没有否定或不确定：请填在其所说明的实体上"
                )
        return self

    @model_validator(mode="after")
    def _starts_and_ends_in_words(self) -> Self:
        """Refuse an entity with blanks or marks around it, or one that begins with its own negation."""
        for entity in self.entities:
            if entity.text != entity.text.strip(" \t\r\n\u3000,.;:，。；：、"):
                raise ValueError("an entity has no blanks or marks around it / 实体首尾不含空格和标点")
            if entity.text.lower().startswith(("no ", "denies ", "without ", "否认", "未见")):
                raise ValueError("mark the entity without its negation, then set it / 实体不含否定词，请另选“否定”")
        return self
