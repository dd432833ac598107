"""What a person clicks, drags and types in a real browser is what is read back, for every kind of field.

A real Label Studio, Debian's Chromium, and nothing else: answers are given by mouse and keys, and `pull` reads them.
"""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from annotator import Annotator
from browser import NAMES, Browser, browser, chromium

from toolkit.annotations import labelling_config
from toolkit.annotations.dialogue import turns
from toolkit.catalog import find_schema
from toolkit.noun import content_id
from toolkit.passages import Passage
from toolkit.passages.store import Made, put_shard
from toolkit.schema import Field, Schema, bare, blank_answer, fields_of
from toolkit.studio import pull, push, studio_user_add
from toolkit.workspace import Workspace, init, read_jsonl

pytestmark = pytest.mark.skipif(chromium() is None, reason=f"none of these browsers is installed: {', '.join(NAMES)}")

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
ANSWERS = {
    "every": (EVERY, TEXT, ALL),
    "talk": (TALK, SAID, TALKED),
    "compare": (COMPARE, "Which? 哪个？", {"better": "two", "order": ["two", "one"], "why": "二\nlines"}),
    "rank": (RANK, "Rank them.", {"order": ["three", "one", "two"], "why": None}),
}


class Round(NamedTuple):
    """A round of one annotator, pushed to the server."""

    workspace: Workspace
    model: type[Schema]
    project: int

    def field(self, name: str) -> Field:
        (field,) = (field for field in fields_of(self.model) if field.name == name)
        return field

    def read(self) -> dict[str, Any]:
        """Pull the one answer; nothing in it had to be guessed or left out."""
        pulled = pull(self.workspace, round="r")
        assert (pulled.annotations, pulled.problems, pulled.repaired) == (1, 0, 0), problems(self.workspace)
        (row,) = read_jsonl(self.workspace.round("r") / "annotations.jsonl")
        answer: dict[str, Any] = row["answer"]
        return answer


def bare_union(text: str, answer: Mapping[str, Any], *, in_turns: bool) -> str:
    """Return the characters of a passage that any span marks and the screen shows, blanks left out."""
    marked = {place for name in ("marks", "others") for one in answer.get(name, []) for place in range(*extent(one))}
    said = {place for turn in turns(text) for place in range(turn.start, turn.end)} if in_turns else marked
    return "".join("".join(text[place] for place in sorted(marked & said)).split())


def extent(span: Mapping[str, Any]) -> tuple[int, int]:
    return span["start"], span["end"]


def problems(workspace: Workspace) -> list[str]:
    rows = read_jsonl(workspace.problems) if workspace.problems.exists() else []
    return [f"{row['code']} {row['where']}: {row['found']}; {row['expected']}" for row in rows]


def open_round(folder: Path, schema: str, text: str, answer: Mapping[str, Any] | None = None) -> Round:
    """Push one passage with neighbours under a schema; with an answer, as a prediction."""
    init(folder / (name := f"w-{uuid.uuid4().hex[:8]}"), policy="none")
    workspace = Workspace(folder / name)
    (workspace.root / "schemas").mkdir(exist_ok=True)
    (workspace.root / "schemas" / "tried.py").write_text(schema, encoding="utf-8")
    put_shard(workspace, "a.parquet", [passage(name, text)], lambda: Made("x", 1, ()))
    hows = []
    if answer is not None:
        (workspace.root / "say.py").write_text(
            f"import json\n\n\ndef say(text, meta):\n    return json.loads({json.dumps(answer)!r})\n"
        )
        hows = [f"python:{workspace.root / 'say.py'}:say"]
    pushed = push(workspace, round="r", annotators=["ann"], schema="tried", prelabel=hows)
    assert pushed.sent == 1
    return Round(workspace, find_schema("round:r", workspace).model, pushed.projects["ann"])


def passage(name: str, text: str, **meta: str) -> Passage:
    return Passage(
        id=content_id("pas", name),
        document=content_id("doc", name),
        start=0,
        end=len(text),
        text=text,
        heading=("Chapter 1",),
        language="en",
        group="g",
        meta={"path": "raw/a.txt", **META, **meta},
    )


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def account(studio_home: Workspace) -> tuple[str, str, str]:
    """A plain annotator's log-in, made as `studio user` makes it."""
    made = studio_user_add(studio_home, name="ann")
    return made.url, made.email, made.password


@pytest.fixture
def ann(chrome: Browser, account: tuple[str, str, str], studio: str, tmp_path: Path) -> Iterator[Annotator]:
    """Someone logged in; when the test fails, what was on the screen lies beside its files."""
    url, email, password = account
    assert studio == url
    before = len(chrome.errors)
    annotator = Annotator(chrome.page(1500, 1300), url)
    annotator.log_in(email, password)
    yield annotator
    annotator.page.picture(tmp_path / "screen.png")
    assert chrome.errors[before:] == []


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "name", ["every", "talk", pytest.param("compare", marks=SLOW), pytest.param("rank", marks=SLOW)]
)
def test_what_a_person_answers_is_read_back_equal(name: str, ann: Annotator, tmp_path: Path) -> None:
    schema, text, answer = ANSWERS[name]
    pushed = open_round(tmp_path, schema, text)
    ann.open(pushed.project)
    ann.fill(pushed.model, answer, text)
    assert ann.submit() == ""
    assert pushed.read() == answer


@pytest.mark.parametrize("name", ["every", *(pytest.param(name, marks=SLOW) for name in ("talk", "compare", "rank"))])
def test_predictions_are_shown_and_submitted_unchanged(name: str, ann: Annotator, tmp_path: Path) -> None:
    schema, text, answer = ANSWERS[name]
    pushed = open_round(tmp_path, schema, text, answer)
    ann.open(pushed.project)
    assert ann.highlighted() == bare_union(text, answer, in_turns=pushed.model.shows.dialogue)
    assert ann.submit() == ""
    assert pushed.read() == answer


@SLOW
def test_what_has_to_be_answered_is_asked_for_by_name(ann: Annotator, tmp_path: Path) -> None:
    pushed = open_round(tmp_path, EVERY, TEXT)
    ann.open(pushed.project)
    assert ann.submit() == "Kind: please answer · 类：请作答"
    ann.answer(pushed.field("kind"), "c")
    assert ann.submit() == "Why Gamma: please answer · 为何丙：请作答"
    ann.answer(pushed.field("kind"), "a")
    assert ann.submit() == "Aspects: please answer · 方面：请作答"
    spans = [{**PARTY, "sure": None}]
    ann.fill(pushed.model, ALL | {"kind": "a", "why": None, "degree": None, "marks": spans, "links": []}, TEXT)
    assert ann.submit() == "Sure: please answer · 确定：请作答"
    ann.page.click('input[name="Certain · 确定"]')
    assert ann.submit() == ""
    assert pushed.read()["marks"] == [PARTY]


@SLOW
def test_a_field_appears_with_its_condition_and_what_is_hidden_is_not_read(ann: Annotator, tmp_path: Path) -> None:
    pushed = open_round(tmp_path, EVERY, TEXT)
    ann.open(pushed.project)
    assert ann.page.count("textarea", within="Why Gamma · 为何丙") == 0
    ann.fill(pushed.model, ALL, TEXT)
    assert ann.page.count("textarea", within="Why Gamma · 为何丙") == 1
    ann.answer(pushed.field("kind"), "b")
    assert ann.page.count("textarea", within="Why Gamma · 为何丙") == 0
    assert ann.submit() == ""
    pulled = pull(pushed.workspace, round="r")
    # The editor keeps a rating under a condition that no longer holds; a text it leaves out by itself.
    assert (pulled.annotations, pulled.repaired, pulled.problems) == (1, 1, 0)
    (row,) = read_jsonl(pushed.workspace.round("r") / "annotations.jsonl")
    assert row["answer"] == ALL | {"kind": "b", "why": None, "degree": None}


@SLOW
def test_the_screen_shows_what_the_schema_wants_beside_the_passage(ann: Annotator, tmp_path: Path) -> None:
    ann.open(open_round(tmp_path, EVERY, TEXT).project)
    seen = ann.page.text(".lsf-main-view__annotation")
    for line in (
        "Every kind · 各种题型",
        "raw/a.txt",
        "Court · 法院: 高等 $court",
        "Chapter 1",
        "First · 一",
        "<b>bold</b> $text.",
    ):
        assert line in seen
    colours = ann.page.look(
        "() => [...document.querySelectorAll('.lsf-label')].map((e) => getComputedStyle(e).backgroundColor)"
    )
    assert len(colours) == len(set(colours)) == 4
    pushed = open_round(tmp_path, TALK, SAID)
    ann.open(pushed.project)
    seen = ann.page.text(".lsf-main-view__annotation")
    assert "Doctor\nHow is 𠮷𠀀 the 👨‍👩‍👧 pain?" in seen
    assert "患者\n头痛😀" in seen
    assert "00:00" not in seen


@SLOW
def test_keys_choose_and_take_up_labels_but_not_while_one_types(ann: Annotator, tmp_path: Path) -> None:
    pushed = open_round(tmp_path, EVERY, TEXT)
    keys = dict(re.findall(r'alias="(\w+)"[^>]* hotkey="(.)"', labelling_config(pushed.model)))
    ann.open(pushed.project)
    ann.page.press(keys["b"])
    ann.page.press(keys["z"])
    chosen = "() => [...document.querySelectorAll('.lsf-choices input:checked')].map((e) => e.name)"
    ann.page.until(f"() => ({chosen})().length === 2", "the keys to work")
    assert ann.page.look(chosen) == ["Beta $\u20605 · 乙", "Zed · 寅"]
    ann.page.click("textarea", within="Line · 一行")
    ann.page.press(keys["a"])
    assert ann.page.look(chosen) == ["Beta $\u20605 · 乙", "Zed · 寅"]


@SLOW
def test_a_whole_turn_is_marked_by_its_button(ann: Annotator, tmp_path: Path) -> None:
    pushed = open_round(tmp_path, TALK, SAID)
    ann.open(pushed.project)
    ann.page.click(".lsf-label__text", "Sign · 症状")
    ann.page.click("button[aria-label='Label whole utterance']", nth=1)
    marked = span(SAID, "头痛😀 e\u0301tait aspirin <b>b</b>.", "sign", negated=True, gloss=None)
    ann.about(pushed.field("marks"), marked, 0)
    ann.answer(pushed.field("kind"), "a")
    assert ann.submit() == ""
    assert pushed.read() == blank_answer(fields_of(pushed.model)) | {"marks": [marked], "kind": "a"}
