"""病历 structure: the sections of a medical record, its diagnoses, and the defects that quality control looks for."""

import re
from itertools import pairwise
from typing import Final, Literal, Self

from pydantic import field_validator, model_validator

from toolkit.schema import Bilingual, Schema, Span, asked

_LONGEST_COMPLAINT: Final = 20
"""Characters of a 主诉, by the Chinese rules for writing medical records (病历书写基本规范)."""
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_NUMBERED: Final = re.compile(r"\s*(\d+\s*[.、)）]\s*\D|[一二三四五六七八九十]+、)")


class RecordStructure(Schema):
    """One medical record, or as much of it as fits a passage."""

    title = Bilingual("Structure of a medical record", "病历结构")
    instruction = Bilingual(
        "Mark the sections of the record, extract the chief complaint and the diagnoses, and note defects.",
        "标出病历的各个部分，提取主诉和诊断，并指出书写缺陷。",
    )
    guideline = Bilingual(
        """\
- A section runs from its heading, if it has one, to the end of its text. Sections do not overlap; blank lines between
  them belong to none.
- Go by the content, not by the heading alone: allergies under "Past history" stay there, but a paragraph with its own
  subject and no heading is a section of its own.
- *Present illness* is this episode, from onset to admission; what was over before it is *past history*.
- Examination by the doctor is *physical examination*; laboratory and imaging are *tests*, even if done elsewhere.
- *Chief complaint*: main symptom or sign and duration, "Cough and fever for 3 days"; in Chinese at most 20 characters.
  A diagnosis or test result stands there only if there is no symptom.
- *Diagnoses*: one a line, the main one first, as certain as written ("pneumonia?"), without numbering.
- *Defects* are those of the record, not of the treatment. Choose only what can be seen in this passage: that a section
  is missing can be said only of a complete record.
- Do not copy names, numbers, addresses or dates of birth into the text fields.""",
        """\
- 一个部分从标题（如有）标到其文字结束；各部分不重叠，其间的空行不属于任何部分。
- 以内容为准，不只看标题：写在“既往史”中的过敏史归既往史；内容独立而没有标题的段落，单独标为一个部分。
- *现病史*写本次疾病，从起病到就诊；本次发病前已结束的属于*既往史*。
- 医生查体属于*体格检查*；检验和影像属于*辅助检查*，外院所做的也是。
- *主诉*：主要症状或体征加持续时间，如“咳嗽、发热3天”，一般不超过20字。没有症状时才可写诊断或检查结果。
- *诊断*：一行一个，主要诊断在前，照原文的把握程度（“肺炎？”），不写序号。
- *缺陷*指书写缺陷，不是诊疗缺陷。只选本段能看出的；完整病历才能判断“缺少部分”。
- 填写的文字中不得出现姓名、号码、住址和出生日期。""",
    )

    record_type: Literal["outpatient", "admission", "progress", "operation", "discharge", "other"] = asked(
        "Type of record",
        "病历类型",
        labels={
            "outpatient": ("Outpatient or emergency record", "门（急）诊病历"),
            "admission": ("Admission record", "入院记录"),
            "progress": ("Progress note, ward round", "病程记录、查房记录"),
            "operation": ("Operation or procedure record", "手术或操作记录"),
            "discharge": ("Discharge or transfer summary", "出院或转科记录"),
            "other": ("Other", "其他"),
        },
    )
    sections: list[Span] = asked(
        "Sections",
        "组成部分",
        hint=(
            "Choose a label, then mark the whole section, heading included.",
            "先选标签，再标出整个部分，含标题。",
        ),
        labels={
            "general": ("Particulars of the patient", "一般情况"),
            "complaint": ("Chief complaint", "主诉"),
            "present": ("History of present illness", "现病史"),
            "past": ("Past history, allergies", "既往史（含过敏史）"),
            "personal": ("Personal, marital history", "个人史、婚育史等"),
            "family": ("Family history", "家族史"),
            "examination": ("Physical examination", "体格检查、专科情况"),
            "tests": ("Laboratory and other tests", "辅助检查"),
            "diagnosis": ("Diagnosis or assessment", "诊断"),
            "treatment": ("Treatment, plan, orders", "诊疗经过、处理、医嘱"),
            "signature": ("Signature and date", "签名与日期"),
        },
        min_length=1,
    )
    complaint: str | None = asked(
        "Chief complaint",
        "主诉",
        hint=(
            "Symptom and duration, in the record's words as far as they go; in Chinese at most 20 characters.",
            "症状加时间，尽量用原文，不超过20字。",
        ),
        max_length=160,
    )
    diagnoses: list[str] = asked(
        "Diagnoses",
        "诊断",
        hint=("One a line, the main one first, without numbers.", "一行一个，主要诊断在前，不写序号。"),
        max_length=20,
    )
    defects: list[
        Literal[
            "missing_section",
            "no_duration",
            "diagnosis_as_complaint",
            "contradiction",
            "misplaced",
            "unsupported",
            "unclear",
        ]
    ] = asked(
        "Defects of the record",
        "书写缺陷",
        hint=("None is a good answer too.", "没有可不选。"),
        labels={
            "missing_section": ("A required section is missing", "缺少应有的部分"),
            "no_duration": ("Chief complaint without duration", "主诉无时间"),
            "diagnosis_as_complaint": ("Chief complaint is a diagnosis", "以诊断代替主诉"),
            "contradiction": ("Contradiction (side, sex, time, values)", "前后矛盾（侧别、性别、时间、数值）"),
            "misplaced": ("Content in the wrong section", "内容写错部分"),
            "unsupported": ("Diagnosis without any support in the record", "诊断缺乏依据"),
            "unclear": ("Illegible, truncated or ambiguous", "残缺或含义不清"),
        },
    )
    defect_note: str | None = asked(
        "Which ones, where",
        "缺陷说明",
        hint=(
            "One line for each: what is written, and what it contradicts or lacks.",
            "每项一句：写了什么，与何处矛盾或缺什么。",
        ),
        when=(
            "defects",
            (
                "missing_section",
                "no_duration",
                "diagnosis_as_complaint",
                "contradiction",
                "misplaced",
                "unsupported",
                "unclear",
            ),
        ),
        required=True,
        min_length=4,
        max_length=600,
    )

    @field_validator("complaint")
    @classmethod
    def _is_short(cls, complaint: str | None) -> str | None:
        """Refuse a chief complaint that is longer than the rules allow."""
        if complaint and _HAN.search(complaint) and len(complaint.rstrip("。")) > _LONGEST_COMPLAINT:
            raise ValueError("a chief complaint in Chinese has at most 20 characters / 主诉不超过20字")
        return complaint

    @field_validator("diagnoses")
    @classmethod
    def _one_a_line(cls, diagnoses: list[str]) -> list[str]:
        """Refuse diagnoses with their numbers, and several in one line."""
        for diagnosis in diagnoses:
            if _NUMBERED.match(diagnosis) or any(mark in diagnosis for mark in ";；\n"):
                raise ValueError("one diagnosis a line, without its number / 诊断一行一个，不写序号")
        return diagnoses

    @model_validator(mode="after")
    def _sections_lie_apart(self) -> Self:
        """Refuse sections that overlap."""
        ordered = sorted(self.sections, key=lambda span: span.start)
        for before, after in pairwise(ordered):
            if after.start < before.end:
                raise ValueError(f"{before.label} and {after.label} overlap / 两个部分的标注重叠")
        return self

    @model_validator(mode="after")
    def _taken_from_its_section(self) -> Self:
        """Refuse a chief complaint or a diagnosis whose section nobody marked."""
        marked = {span.label for span in self.sections}
        if self.complaint and "complaint" not in marked:
            raise ValueError("mark the section of the chief complaint / 请标出主诉所在的部分")
        if self.diagnoses and "diagnosis" not in marked:
            raise ValueError("mark the section of the diagnoses / 请标出诊断所在的部分")
        return self
