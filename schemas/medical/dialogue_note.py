"""Conversations between doctor and patient as a note in SOAP form that says nothing the conversation does not."""

import re
from typing import Literal, Self

from pydantic import field_validator, model_validator

from toolkit.schema import Bilingual, Schema, Shows, Span, asked

_TURN = re.compile(r"^\s*(doctor|patient|dr|guest\w*|医生|患者|病人|家属)\s*[:：]", re.IGNORECASE | re.MULTILINE)
_SPOKEN = re.compile(
    r"\b(you|your|my|I'm|I've|I (feel|felt|have|had|can't|don't))\b|[你您]|我(?!院|科|国)", re.IGNORECASE
)
"""The patient's I, and you. A doctor's own "I advised" and 我院 are usual in notes."""
_PARTS = ("objective", "assessment", "plan")


class DialogueNote(Schema):
    """One conversation of a consultation, or the part of one that belongs in the record."""

    title = Bilingual("Note of a consultation", "问诊记录")
    instruction = Bilingual(
        "Write the note of this conversation in SOAP form, and mark the words that each part rests on.",
        "根据本段医患对话撰写 SOAP 格式的记录，并标出每一部分所依据的原话。",
    )
    guideline = Bilingual(
        """\
- Write only what was said. If nothing was said about a part, leave it empty: a plan that nobody spoke of is an error,
  even if it would be good medicine.
- *Chief complaint*: symptom and duration, in a few words: "Cough for one week".
- *Subjective*: what the patient reports, in the order onset, course, quality, what makes it better or worse, treatment
  so far; then history, drugs, allergies, family and habits. Negative answers count: "denies fever".
- *Objective*: what the doctor finds or measures, and results that are read out. "My temperature was 38" at home is
  subjective.
- *Assessment*: the doctor's diagnoses, as certain as they were put: "probably viral" stays "probably viral". The
  patient's own guess is subjective.
- *Plan*: tests, drugs with dose, advice, referral, follow-up; who does what and when.
- If a statement is corrected later, the last one counts. Small talk leaves no trace.
- Third person and medical terms: "fever", not "I felt hot". No names of persons.
- Mark one or two turns for each part; the doctor's question belongs to it if the answer is only "yes".""",
        """\
- 只写对话中说到的内容。没有谈到的部分留空：没人说过的处理意见即使合理，也是错误。
- *主诉*：症状加时间，几个字即可，如“咳嗽1周”。
- *主观资料*：患者的叙述，依次写起病、经过、性质、加重或缓解因素、诊治经过，再写既往史、用药、过敏、家族和个人史。
  阴性回答也要写：“否认发热”。
- *客观资料*：医生查到、测到的，以及念出的检查结果。患者在家自测的体温属于主观资料。
- *评估*：医生的诊断，把握程度照原话：“可能是病毒感染”不写成“病毒感染”。患者自己的猜测属于主观资料。
- *计划*：检查、用药及剂量、医嘱、转诊、复诊；写明何时做什么。
- 前后不一致时以最后的说法为准；寒暄不写。
- 用第三人称和医学术语：写“发热”，不写“我觉得烧”。不得出现人名。
- 每一部分标一两句原话；患者只答“是”的，连同医生的问句一起标。""",
    )
    shows = Shows(dialogue=True)

    chief_complaint: str = asked(
        "Chief complaint",
        "主诉",
        hint=("Symptom and duration: Cough for one week.", "症状加时间，如“咳嗽1周”。"),
        group=("Note", "记录"),
        min_length=2,
        max_length=120,
    )
    subjective: str = asked(
        "S: what the patient reports",
        "S：主观资料",
        hint=(
            "Present illness, then history, drugs and allergies as far as spoken of.",
            "现病史，以及谈到的既往史、用药和过敏。",
        ),
        group=("Note", "记录"),
        min_length=8,
        max_length=3000,
    )
    objective: str | None = asked(
        "O: what was found",
        "O：客观资料",
        hint=(
            "Examination, measurements, results. Leave empty if there were none.",
            "查体、测量和检查结果；没有则留空。",
        ),
        group=("Note", "记录"),
        max_length=2000,
    )
    assessment: str | None = asked(
        "A: what the doctor thinks it is",
        "A：评估",
        hint=("Only the doctor's own words make a diagnosis.", "以医生说出的诊断为准。"),
        group=("Note", "记录"),
        max_length=1500,
    )
    plan: str | None = asked(
        "P: what is to be done",
        "P：计划",
        hint=("Tests, drugs with dose, advice, follow-up.", "检查、用药及剂量、医嘱、复诊。"),
        group=("Note", "记录"),
        max_length=2000,
    )
    evidence: list[Span] = asked(
        "What it rests on",
        "依据的原话",
        hint=(
            "One or two turns for each part of the note that is not empty.",
            "记录中每个非空的部分标一两句原话。",
        ),
        labels={
            "subjective": ("S: report of the patient", "S：主观资料"),
            "objective": ("O: finding or result", "O：客观资料"),
            "assessment": ("A: diagnosis by the doctor", "A：评估"),
            "plan": ("P: test, treatment, advice", "P：计划"),
        },
    )
    urgency: Literal["routine", "soon", "emergency"] | None = asked(
        "Urgency, if it was spoken of",
        "紧急程度（谈到时）",
        labels={
            "routine": ("Can wait for an appointment", "可预约就诊"),
            "soon": ("To be seen within days", "近日就诊"),
            "emergency": ("At once", "立即就诊或急诊"),
        },
        ordered=True,
    )

    @field_validator("chief_complaint", "subjective", "objective", "assessment", "plan")
    @classmethod
    def _is_a_note(cls, note: str | None) -> str | None:
        """Refuse turns that were copied, and the first and second person."""
        if note is not None and _TURN.search(note):
            raise ValueError("a note holds no turns of the conversation / 记录中不应照抄对话")
        if note is not None and _SPOKEN.search(note):
            raise ValueError("a note is in the third person: no my, you, I feel / 记录用第三人称，不用“我”“你”“您”")
        return note

    @model_validator(mode="after")
    def _each_part_was_said(self) -> Self:
        """Refuse a part without words that prove it, and words without their part."""
        marked = {span.label for span in self.evidence}
        if "subjective" not in marked:
            raise ValueError("mark at least one turn of the patient's report / 至少标出一处患者的叙述")
        for part in _PARTS:
            if (getattr(self, part) is not None) != (part in marked):
                missing = "marked words but no text" if part in marked else "text but no marked words"
                raise ValueError(f"{part} has {missing} / 该部分的文字与所标原话须同时填写或同时留空")
        return self
