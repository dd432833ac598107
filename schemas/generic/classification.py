"""Classification into a tree of labels: an example to copy and adapt.

Copy this file into your workspace's ``schemas/`` and change the tree. A value is a path of short English words,
``finance/report``; it is stored and learned, so it does not change once records hold it. Wordings may.

For a table of texts, one a row, as in ``examples/generic/classification``, toolkit.yaml says which column is the text:

    documents:
      tables: row
      fields:
        - match: "**/*.csv"
          text: [text]
          meta: [id]
"""

from typing import Final, Literal, Self

from pydantic import model_validator

from toolkit.schema import Bilingual, Schema, Span, Taxon, asked

TREE: Final = {
    "legal": ("Law", "法律"),
    "legal/contract": ("Contract or clause", "合同或条款"),
    "legal/statute": ("Statute or regulation", "法律法规"),
    "legal/decision": ("Judgment or ruling", "裁判文书"),
    "legal/letter": ("Letter, notice, pleading", "函件、通知、诉状"),
    "medical": ("Medicine", "医疗"),
    "medical/record": ("Patient record", "病历"),
    "medical/research": ("Research article", "研究论文"),
    "medical/guidance": ("Guideline or leaflet", "指南或说明书"),
    "medical/consultation": ("Conversation or question of a patient", "问诊或患者提问"),
    "finance": ("Finance", "金融"),
    "finance/report": ("Report of a company", "公司报告"),
    "finance/market": ("Market news or analysis", "市场资讯或分析"),
    "finance/product": ("Product terms or prospectus", "产品条款或募集说明书"),
    "other": ("Other", "其他"),
}
_PARENTS: Final = {path.rpartition("/")[0] for path in TREE} - {""}


class DocumentClass(Schema):
    """One text, and its place in the tree."""

    title = Bilingual("Classification", "文本分类")
    instruction = Bilingual(
        "Classify the text by what it is.",
        "根据文本的性质判断其类别。",
    )
    guideline = Bilingual(
        """\
- Choose the deepest place that fits: "Contract or clause", not "Law". The upper place stands only for what belongs
  there and fits none below; say why.
- Classify what the text *is*, not every subject in it: a judgment about a bank loan is a judgment.
- If two places fit equally, choose the one for which its reader will use it, and name the other as second.
- *Other* is for what belongs nowhere in the tree. It is not for what is hard: then choose, and say that you are unsure.
- Mark the words that decided it: a title, a form of address, a typical phrase. One or two are enough.
- Texts that cannot be read, or only headings: skip.""",
        """\
- 选最具体的一级：选“合同或条款”，不选“法律”。只有属于该大类又不合任何下级的，才选上级，并说明原因。
- 按文本*是什么*分类，不按其中提到的内容：关于银行贷款的判决书，属于裁判文书。
- 两类同样合适的，选读者使用它时的那一类，另一类填入“次要类别”。
- *其他*指不属于任何类别的文本，不用于难以判断的文本：难以判断的也要选择，并注明没有把握。
- 标出据以判断的文字：标题、称谓或典型用语，一两处即可。
- 无法阅读或只有标题的文本，请跳过。""",
    )

    category: Taxon = asked(
        "Category",
        "类别",
        hint=("The deepest place that fits.", "选最具体的一级。"),
        labels=TREE,
    )
    also: list[Taxon] = asked(
        "Second category",
        "次要类别",
        hint=("Only if it fits equally well.", "仅在同样合适时填写。"),
        labels=TREE,
        max_length=2,
    )
    cues: list[Span] = asked(
        "Words that decided it",
        "判断依据",
        hint=("One or two are enough.", "一两处即可。"),
        labels={"cue": ("Speaks for the category", "支持该类别"), "against": ("Speaks against it", "不利于该类别")},
    )
    sure: Literal["yes", "no"] = asked(
        "Are you sure?",
        "是否有把握",
        labels={"yes": ("Yes", "有"), "no": ("No: somebody should look again", "没有，需要复核")},
    )
    doubt: str | None = asked(
        "What is unclear",
        "疑问",
        when=("sure", "no"),
        required=True,
        min_length=4,
        max_length=300,
    )

    @model_validator(mode="after")
    def _second_is_another(self) -> Self:
        """Refuse a second category on the path of the first."""
        for path in self.also:
            if f"{path}/".startswith(f"{self.category}/") or f"{self.category}/".startswith(f"{path}/"):
                raise ValueError("the second category repeats the first / 次要类别与类别重复")
        return self

    @model_validator(mode="after")
    def _deep_enough(self) -> Self:
        """Refuse an upper place without a word about why none below fits."""
        if self.category in _PARENTS and self.sure == "yes":
            raise ValueError(
                "choose a place below, or say that you are unsure and why none fits / "
                "请选下级类别；都不合适的，选“没有把握”并说明"
            )
        return self
