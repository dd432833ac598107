"""Preference: which of two answers to a request is better, how much, and why.

The passage is the request; the two answers are metadata of its document. For JSON Lines, toolkit.yaml names them:

    documents:
      fields:
        - match: "**/*.jsonl"
          text: [request]
          meta: [answer_a, answer_b]

Then ``toolkit ingest raw`` and ``toolkit segment --by window``. The annotator sees the answers without their names, in
an order that depends on the request alone.
"""

import re
from typing import Literal, Self

from pydantic import field_validator, model_validator

from toolkit.schema import Bilingual, Preference, Schema, Shows, asked

_BY_PLACE = re.compile(
    r"\b(left|right)([- ]hand)? (answer|one|response)\b|\b(first|second|former|latter) (answer|one|response)\b|"
    r"\b(answer|response)([ _](?-i:[AB])|_[ab]| ?[12])\b|"
    r"[左右](边|侧|面)?的?(那个|回答|答案)|(第[一二]|前一|后一)个?(回答|答案)|"
    r"(回答|答案) ?([AB12](?![A-Za-z\d])|[甲乙](?!方))",
    re.IGNORECASE,
)
"""Ways to say where an answer stands; "the right side" may be a patient's, "answer a question" is none."""


class AnswerPreference(Schema):
    """Two answers to one request, compared."""

    title = Bilingual("Comparison of two answers", "回答对比")
    instruction = Bilingual(
        "Say which of the two answers to the request is better, and why.",
        "比较针对同一要求的两个回答，指出哪一个更好，并说明理由。",
    )
    guideline = Bilingual(
        """\
- Read the request first and think what a good answer needs; then read both answers to the end.
- In this order: is it *safe*, is it *correct*, does it *do what was asked*, is it *complete*, is it *clear and short*.
  A correct answer in clumsy words beats a fluent wrong one.
- Check what can be checked: articles, doses, sums, dates. An invented source is worse than none.
- Longer is not better. Headings, bold type and politeness are not reasons.
- "I do not know" beats a wrong answer, and loses to a right one. A needless refusal is a fault; so is needless caution.
- *Clearly*: an expert would agree at once. *Slightly*: both are usable, one is better. *Equal*: no difference that
  matters, or equally bad; do not choose by taste.
- Name what decides it: "gives the limitation period as two years; it is three". Not where the answer stands: the sides
  change from task to task.
- If neither can be used, write how it should be; that answer is worth most of all.""",
        """\
- 先读要求，想好合格的回答需要什么，再把两个回答读完。
- 依次比较：是否*安全*、是否*正确*、是否*符合要求*、是否*完整*、是否*清楚简洁*。文笔欠佳但正确的，优于流畅而错误的。
- 能核实的都要核实：法条、剂量、计算、日期。编造出处比没有出处更糟。
- 长不等于好；标题、加粗和客气话都不是理由。
- “不知道”优于错误的回答，但不如正确的回答。不必要的拒答是缺点，过度谨慎也是。
- *明显*：内行会立即同意。*略好*：都可用，其中一个更好。*相当*：没有要紧的差别，或同样不好；不要凭喜好选择。
- 写明关键之处：“诉讼时效写成两年，应为三年”。不要写回答所在的位置：左右次序每题不同。
- 两个都不能用的，写出应有的回答；这样的回答最有价值。""",
    )
    shows = Shows(candidates=("answer_a", "answer_b"))

    margin: Literal["clear", "slight", "equal"] = asked(
        "Is one better?",
        "是否有优劣",
        labels={
            "clear": ("Clearly", "明显"),
            "slight": ("Slightly", "略好"),
            "equal": ("Equal", "相当"),
        },
        ordered=True,
    )
    better: Preference | None = asked(
        "The better answer",
        "更好的回答",
        hint=("Click the better one.", "点击更好的一个。"),
        when=("margin", ("clear", "slight")),
        required=True,
    )
    reasons: list[Literal["safe", "correct", "on_request", "complete", "clear", "sourced"]] = asked(
        "What decides it",
        "决定因素",
        hint=("One or two, those that decide.", "选起决定作用的一两项。"),
        when=("margin", ("clear", "slight")),
        required=True,
        labels={
            "safe": ("Safer: nothing harmful, no personal data", "更安全：无有害内容和个人信息"),
            "correct": ("More correct: facts, law, figures", "更正确：事实、法律、数字"),
            "on_request": ("Does what was asked", "更符合要求"),
            "complete": ("More complete", "更完整"),
            "clear": ("Clearer or shorter", "更清楚或更简洁"),
            "sourced": ("Better founded: shows its sources or steps", "更有依据：写明出处或步骤"),
        },
    )
    why: str = asked(
        "Why",
        "理由",
        hint=(
            "One or two sentences on the difference that decides, or on why there is none.",
            "一两句，说明起决定作用的差别，或为何没有差别。",
        ),
        min_length=8,
        max_length=600,
    )
    usable: Literal["both", "one", "neither"] = asked(
        "Could they be given to a user?",
        "能否直接交给用户",
        labels={
            "both": ("Both", "都可以"),
            "one": ("Only the better one", "只有更好的一个"),
            "neither": ("Neither", "都不可以"),
        },
        ordered=True,
    )
    ideal: str | None = asked(
        "How it should be",
        "应有的回答",
        hint=("A full answer to the request.", "写出完整的回答。"),
        when=("usable", "neither"),
        required=True,
        min_length=2,
        max_length=4000,
    )

    @field_validator("why")
    @classmethod
    def _names_the_difference(cls, why: str) -> str:
        """Refuse a reason that points at a side: nobody sees the sides later."""
        if _BY_PLACE.search(why):
            raise ValueError(
                "name what differs, not where the answer stands: the sides change / 请写差别本身，不写回答的位置或编号"
            )
        return why

    @model_validator(mode="after")
    def _equal_is_equal(self) -> Self:
        """Refuse two answers that are equal and of which only one can be used."""
        if self.margin == "equal" and self.usable == "one":
            raise ValueError("if only one can be used, it is better / 只有一个可用时，应选出更好的一个")
        return self

    @model_validator(mode="after")
    def _reasons_are_few(self) -> Self:
        """Refuse a list of everything: then nothing decides."""
        if len(self.reasons) > 3:  # noqa: PLR2004
            raise ValueError("choose at most three reasons that decide / 决定因素最多选三项")
        return self
