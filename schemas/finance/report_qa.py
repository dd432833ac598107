"""Questions on financial reports: figures with unit and scale, how they are derived, and where they stand."""

import ast
import operator
import re
from collections.abc import Callable
from typing import Final, Literal, Self

from pydantic import field_validator, model_validator

from toolkit.schema import Bilingual, Schema, Shows, Span, asked

_OPERATIONS: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_AS_WRITTEN: Final = str.maketrans(
    {**dict.fromkeys("（【[{", "("), **dict.fromkeys("）】]}", ")"), **dict.fromkeys("－−–—", "-")}
    | {"×": "*", "＊": "*", "÷": "/", "／": "/", "＋": "+", "％": "%", "，": ","}
)
_SIGNS: Final = re.compile(r"[$¥￥€£]|(?<=\d),(?=\d{3})|\s")
_EQUALS: Final = re.compile(r"[=＝≈].*$", re.DOTALL)
_PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?)%")
_FIGURES: Final = ("read", "arithmetic", "count")


class ReportQuestion(Schema):
    """One question on a passage of a financial report: text, table or both."""

    title = Bilingual("Report question answering", "财报问答")
    instruction = Bilingual(
        "Answer the question from this passage of the report: value, scale, unit, and how it was derived.",
        "根据财报原文回答问题，写明数值、数量级、单位和计算过程。",
    )
    guideline = Bilingual(
        """\
- A question names item, period and, where there are several, company or segment: "What was the change in other revenue
  from 2018 to 2019?", not "How much did it change?".
- *Read*: the figure stands in the text. *Arithmetic*: it follows from several. *Count*: how many items. *Text*: words,
  also comparisons ("In which year was it highest?"). *Not answerable*: the passage lacks what is needed.
- *Value* is the figure as the table shows it, without its scale: "1,496.5" in a table "in millions" is value 1496.5 and
  scale "millions", not 1496500000. Brackets are negative: "(12.6)" is -12.6.
- *Derivation* holds the figures as they stand, + - * / and brackets: "(44.1-56.7)/56.7" with value -22.22 and scale
  "percent". It is recomputed, and the value has to be right to its last digit. Negative figures have a minus sign,
  percentages keep theirs: "40.0%-38.1%" is 1.9 percent (in words: percentage points). Bring figures to one scale first.
- A change is new minus old; a rate of change is divided by the old one. A year is a value without scale.
- Unit: currency or what is counted ("USD", "shares", "employees"). A ratio has none.
- Mark every figure that the answer uses, in table or text, and the words that give scale or unit ("in millions").
- Consolidated is not parent company, and cumulative is not the single quarter: say in the question which is meant.""",
        """\
- 问题写明项目、期间，以及（多个时）公司或分部：写“2019年其他收入较2018年变动多少？”，不写“变动了多少？”。
- *直接读取*：数字见于原文。*计算*：由多个数字得出。*计数*：共有几项。*文字*：用文字回答，包括比较（“哪一年最高？”）。
  *无法回答*：原文缺少所需内容。
- *数值*照表中所示填写，不乘数量级：“单位：百万元”的表中“1,496.5”，数值填 1496.5，数量级选“百万”，
  不填 1496500000。括号表示负数：“(12.6)”填 -12.6。
- *计算式*用原文数字和 + - * / 及括号：“(44.1-56.7)/56.7”，数值填 -22.22，数量级选“百分比”。系统会复算，
  数值须精确到所写的末位。负数写负号，百分数保留百分号：“40.0%-38.1%”为百分之 1.9（文字写“1.9个百分点”）。
  数量级不同的，先换算一致。
- 变动额为本期减上期，变动率再除以上期。年份没有数量级。
- 单位指币种或所计之物（“人民币元”“股”“人”）；比率没有单位。
- 标出答案用到的每个数字（表格或正文），以及说明数量级或单位的文字（“单位：万元”）。
- 合并口径不同于母公司口径，累计数不同于单季数：问题中应写明是哪一种。""",
    )
    shows = Shows(neighbours=1)

    question: str = asked(
        "Question",
        "问题",
        hint=("Item, period and, where needed, company or segment.", "写明项目、期间，必要时写明公司或分部。"),
        role="input",
        min_length=6,
        max_length=400,
    )
    answer_type: Literal["read", "arithmetic", "count", "text", "none"] = asked(
        "Kind of answer",
        "答案类型",
        labels={
            "read": ("Figure read from the passage", "数字：直接读取"),
            "arithmetic": ("Figure by arithmetic", "数字：计算得出"),
            "count": ("Count", "计数"),
            "text": ("Text", "文字"),
            "none": ("Not answerable from this passage", "无法回答"),
        },
    )
    derivation: str | None = asked(
        "Derivation",
        "计算式",
        hint=(
            "Figures as they stand, percentages with their sign: (44.1-56.7)/56.7",
            "用原文数字，百分数带百分号，如 (44.1-56.7)/56.7",
        ),
        when=("answer_type", "arithmetic"),
        required=True,
        max_length=200,
    )
    value: float | None = asked(
        "Value",
        "数值",
        hint=(
            "As the table shows it, without the scale; brackets are negative.",
            "照表中所示，不乘数量级；括号为负数。",
        ),
        when=("answer_type", _FIGURES),
        required=True,
    )
    scale: Literal["none", "thousand", "ten_thousand", "million", "hundred_million", "billion", "percent"] | None = (
        asked(
            "Scale",
            "数量级",
            when=("answer_type", _FIGURES),
            required=True,
            labels={
                "none": ("None (ones)", "无（个）"),
                "thousand": ("Thousands", "千"),
                "ten_thousand": ("Ten thousands", "万"),
                "million": ("Millions", "百万"),
                "hundred_million": ("Hundred millions", "亿"),
                "billion": ("Billions", "十亿"),
                "percent": ("Percent", "百分比"),
            },
        )
    )
    unit: str | None = asked(
        "Unit",
        "单位",
        hint=(
            "USD, CNY, shares, employees; leave empty for a ratio.",
            "如人民币元、美元、股、人；比率留空。",
        ),
        when=("answer_type", _FIGURES),
        max_length=40,
    )
    answer: str | None = asked(
        "Answer in words",
        "文字回答",
        hint=(
            "One or two sentences with period, value, scale and unit.",
            "一至两句，写明期间、数值、数量级和单位。",
        ),
        when=("answer_type", (*_FIGURES, "text")),
        required=True,
        max_length=800,
    )
    evidence: list[Span] = asked(
        "Where it stands",
        "依据原文",
        hint=(
            "Every figure used, and the words that give scale or unit.",
            "用到的每个数字，以及说明数量级或单位的文字。",
        ),
        when=("answer_type", (*_FIGURES, "text")),
        required=True,
        labels={
            "figure": ("Figure", "数字"),
            "item": ("Item or period", "项目或期间"),
            "scale": ("Scale or unit", "数量级或单位"),
            "statement": ("Statement in the text", "文字表述"),
        },
    )
    missing: str | None = asked(
        "What is missing",
        "缺少的内容",
        hint=("The figure, period or definition that the passage lacks.", "原文缺少的数字、期间或定义。"),
        when=("answer_type", "none"),
        required=True,
        min_length=4,
        max_length=300,
    )

    @field_validator("derivation")
    @classmethod
    def _can_be_computed(cls, derivation: str | None) -> str | None:
        """Refuse what is no arithmetic."""
        if derivation is not None and _result_of(derivation) is None:
            raise ValueError("a derivation is figures, + - * / and brackets / 计算式只含数字、加减乘除和括号")
        return derivation

    @model_validator(mode="after")
    def _value_follows(self) -> Self:
        """Refuse a value that its derivation does not give, to the last digit written."""
        found = _result_of(self.derivation) if self.derivation else None
        if found is None or self.value is None:
            return self
        found *= 100 if self.scale == "percent" else 1
        if abs(found - self.value) > _last_digit(self.value) * 0.5 + abs(found) * 1e-9:
            unit = "%" if self.scale == "percent" else ""
            raise ValueError(
                f"the derivation gives {found:.6g}{unit}, not {self.value:g}{unit} / "
                f"计算结果为 {found:.6g}{unit}，与数值不符"
            )
        return self

    @model_validator(mode="after")
    def _counts_are_whole(self) -> Self:
        """Refuse a count that no items can have."""
        if self.answer_type == "count" and self.value is not None and (self.value < 0 or self.value % 1):
            raise ValueError("a count is a whole number, 0 or more / 计数应为非负整数")
        if self.answer_type == "count" and self.scale not in {None, "none"}:
            raise ValueError("a count has no scale / 计数没有数量级")
        return self

    @model_validator(mode="after")
    def _figures_are_shown(self) -> Self:
        """Refuse a figure that nobody found in the passage."""
        if self.answer_type in {"read", "arithmetic"} and not any(span.label == "figure" for span in self.evidence):
            raise ValueError("mark the figures that the answer uses / 请标出答案用到的数字")
        if self.scale == "percent" and self.unit:
            raise ValueError("percent is a ratio: it has no unit / 百分比是比率，没有单位")
        return self


def _result_of(derivation: str) -> float | None:
    """Return what a derivation gives, or None for what is none; a part after ``=`` is not looked at."""
    written = _EQUALS.sub("", derivation).translate(_AS_WRITTEN)
    written = _PERCENT.sub(r"(\1/100)", _SIGNS.sub("", written))
    try:
        return _computed(ast.parse(written, mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError):
        return None


def _computed(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return float(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return _computed(node.operand) * (-1 if isinstance(node.op, ast.USub) else 1)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        return _OPERATIONS[type(node.op)](_computed(node.left), _computed(node.right))
    raise ValueError


def _last_digit(value: float) -> float:
    """Return the worth of the last digit that was written: 0.01 for 12.34."""
    whole, _, fraction = repr(value).partition(".")
    return 10.0 ** -len(fraction.rstrip("0")) if "e" not in whole + fraction else abs(value) * 1e-9
