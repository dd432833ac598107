"""Schemas of every kind of field, a text that trips offsets, and what a person means to answer about it."""

from typing import Any, NamedTuple

from toolkit.schema import bare

EVERY = '''
"""Every kind of field over a text."""

from datetime import date
from typing import Literal

from toolkit.schema import Bilingual, Relation, Schema, Shows, Span, Taxon, asked

TREE = {
    "civil": ("Civil", "民事"),
    "civil/contract": ("Contract", "合同"),
    "civil/contract/sale": ("Sale, over $500", "买卖，逾$500"),
    "penal": ("Penal", "刑事"),
}


class Mark(Span):
    """A span with every kind of attribute."""

    sure: Literal["certain", "doubtful"] = asked(
        "Sure", "确定", labels={"certain": ("Certain", "确定"), "doubtful": ("Doubtful", "存疑")}
    )
    traits: list[Literal["old", "new"]] = asked("Traits", "特征", labels={"old": ("Old", "旧"), "new": ("New", "新")})
    negated: bool | None = asked("Negated", "否定")
    gloss: str | None = asked("Gloss", "释义", max_length=100)
    amount: float | None = asked("Amount", "数额")
    strength: int | None = asked("Strength", "强度", ge=1, le=3)
    since: date | None = asked("Since", "起始")


class Every(Schema):
    """Every kind."""

    title = Bilingual("Every kind", "各种题型")
    instruction = Bilingual("Answer everything.", "请全部作答。")
    shows = Shows(neighbours=1, metadata={"court": ("Court", "法院")})

    kind: Literal["a", "b", "c"] = asked(
        "Kind", "类", labels={"a": ("Alpha", "甲"), "b": ("Beta $5", "乙"), "c": ("Gamma", "丙")}, group=("First", "一")
    )
    why: str | None = asked("Why Gamma", "为何丙", when=("kind", "c"), required=True, group=("First", "一"))
    degree: int | None = asked("Degree", "程度", ge=1, le=5, when=("kind", "c"), required=True)
    aspects: list[Literal["x", "y", "z"]] = asked(
        "Aspects", "方面", labels={"x": ("Ex", "子"), "y": ("Wye", "丑"), "z": ("Zed", "寅")}, min_length=1
    )
    place: Taxon = asked("Place", "位置", labels=TREE)
    places: list[Taxon] = asked("Places", "多处", labels=TREE, max_length=2)
    marks: list[Mark] = asked(
        "Marks", "标记", labels={"party": ("Party", "当事人"), "act": ("Act", "行为"), "sum": ("Sum", "金额")}
    )
    links: list[Relation] = asked(
        "Links", "关系", labels={"does": ("Does", "实施"), "pays": ("Pays", "支付")}, between="marks"
    )
    others: list[Span] = asked("Others", "其他标记", labels={"note": ("Note", "备注")})
    line: str = asked("Line", "一行", max_length=100)
    essay: str | None = asked("Essay", "长文")
    items: list[str] = asked("Items", "条目", max_length=3)
    count: int = asked("Count", "计数", ge=0, le=100)
    share: float | None = asked("Share", "比例")
    score: int = asked("Score", "评分", ge=1, le=5)
    valid: bool = asked("Valid", "有效")
    day: date = asked("Day", "日期", ge=date(2000, 1, 1), le=date(2030, 12, 31))
'''
TALK = '''
"""A conversation, shown turn by turn."""

from typing import Literal

from toolkit.schema import Bilingual, Relation, Schema, Shows, Span, asked


class Mark(Span):
    """A span with an attribute."""

    negated: bool = asked("Negated", "否定")
    gloss: str | None = asked("Gloss", "释义", max_length=50)


class Talk(Schema):
    """A conversation."""

    title = Bilingual("Talk", "对话")
    instruction = Bilingual("Mark it.", "请标注。")
    shows = Shows(dialogue=True)

    marks: list[Mark] = asked("Marks", "标", labels={"sign": ("Sign", "症状"), "drug": ("Drug", "药物")}, min_length=1)
    links: list[Relation] = asked("Links", "关系", labels={"treats": ("Treats", "治疗")}, between="marks")
    kind: Literal["a", "b"] = asked("Kind", "类型", labels={"a": ("Alpha", "甲"), "b": ("Beta", "乙")})
'''
COMPARE = '''
"""Candidates, one against the other and in an order."""

from toolkit.schema import Bilingual, Preference, Ranking, Schema, Shows, asked


class Compare(Schema):
    """Two candidates."""

    title = Bilingual("Compare", "比较")
    instruction = Bilingual("Which is better?", "哪个更好？")
    shows = Shows(candidates=("one", "two"))

    better: Preference = asked("Better", "更好")
    order: Ranking = asked("Order", "排序")
    why: str | None = asked("Why", "理由")
'''
RANK = COMPARE.replace('    better: Preference = asked("Better", "更好")\n', "").replace(
    '("one", "two")', '("one", "two", "three")'
)
TEXT = (
    "甲方😀 pays 👨‍👩‍👧 in 𠮷𠀀 city.\r\nThe party e\u0301tait ready & <b>bold</b> $text. Second.\n\nLast: 乙方 stops."
)
SAID = (
    "Doctor: How is 𠮷𠀀 the 👨‍👩‍👧 pain?\r\n患者：头痛😀 e\u0301tait aspirin <b>b</b>.\n\n"
    "No speaker here.\nDoctor: Fine: take ibuprofen."
)
META = {"one": "The first\r\nanswer 😀.", "two": "第二个回答。", "three": "A third one.", "court": "高等 $court"}


def span(text: str, words: str, label: str, **about: Any) -> dict[str, Any]:
    """Return a span over words that the text holds once."""
    assert text.count(words) == 1
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words, "label": label} | about


def mark(words: str, label: str, **about: Any) -> dict[str, Any]:
    nothing = {"negated": None, "gloss": None, "amount": None, "strength": None, "since": None}
    return span(TEXT, words, label, **({"sure": "certain", "traits": []} | nothing | about))


def placed(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(spans, key=lambda one: (one["start"], one["end"], one["label"]))


PARTY = mark(
    "甲方",
    "party",
    traits=["old", "new"],
    negated=False,
    gloss="甲 😀\nof two lines",
    amount=-1.5,
    strength=2,
    since="1999-12-31",
)
ACT = mark("𠮷𠀀", "act", sure="doubtful")
ALL: dict[str, Any] = {
    "kind": "c",
    "why": "因为 😀\nsecond line",
    "degree": 3,
    "aspects": ["x", "z"],
    "place": "civil/contract/sale",
    "places": ["civil/contract", "penal"],
    "marks": placed(
        [PARTY, ACT, mark("city.\r\nThe party e\u0301tait", "sum"), mark("😀 pays 👨‍👩‍👧", "act", gloss="g")]
    ),
    "links": [
        {"head": bare(PARTY), "tail": bare(ACT), "label": "pays"},
        {"head": bare(ACT), "tail": bare(PARTY), "label": "does"},
    ],
    "others": [span(TEXT, "Second.\n\nLast", "note")],
    "line": "x < y & 'z'",
    "essay": None,
    "items": ["one", "二 😀"],
    "count": 42,
    "share": 0.25,
    "score": 4,
    "valid": False,
    "day": "2024-02-29",
}
DRUG = span(SAID, "ibuprofen", "drug", negated=False, gloss=None)
SIGN = span(SAID, "𠮷𠀀 the", "sign", negated=True, gloss="w 😀")
TALKED: dict[str, Any] = {
    "marks": placed(
        [
            SIGN,
            DRUG,
            span(SAID, "👨‍👩‍👧", "sign", negated=False, gloss=None),
            span(SAID, "头痛😀 e\u0301tait", "sign", negated=True, gloss=None),
            span(SAID, "pain?\r\n患者：头痛", "drug", negated=False, gloss=None),
            span(SAID, "<b>b</b>.\n\nNo speaker here.\nDoctor: Fine", "drug", negated=False, gloss=None),
        ]
    ),
    "links": [{"head": bare(DRUG), "tail": bare(SIGN), "label": "treats"}],
    "kind": "b",
}


class Tried(NamedTuple):
    """A schema's file, a passage, and an answer."""

    schema: str
    text: str
    answer: dict[str, Any]


TRIED = {
    "every": Tried(EVERY, TEXT, ALL),
    "talk": Tried(TALK, SAID, TALKED),
    "compare": Tried(COMPARE, "Which? 哪个？", {"better": "two", "order": ["two", "one"], "why": "二\nlines"}),
    "rank": Tried(RANK, "Rank them.", {"order": ["three", "one", "two"], "why": None}),
}
