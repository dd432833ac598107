"""What a person clicks, drags and types in a real browser is what is read back, for every kind of field.

A real Label Studio, Debian's Chromium, and nothing else: answers are given by mouse and keys, and `pull` reads them.
"""

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from annotator import Annotator
from browser import NAMES, Browser, browser, chromium
from builtin_answers import CASES, Case
from every_kind import ALL, EVERY, META, PARTY, SAID, TALK, TEXT, TRIED, span
from test_builtin_schemas import find, passages, workspaces  # noqa: F401

from toolkit.annotations import labelling_config
from toolkit.annotations.dialogue import turns
from toolkit.catalog import find_schema, list_schemas
from toolkit.noun import content_id
from toolkit.passages import Passage
from toolkit.passages.store import Made, put_shard
from toolkit.schema import Field, Schema, blank_answer, check_answer, fields_of, in_order
from toolkit.studio import pull, push, studio_user_add
from toolkit.workspace import Workspace, init, read_jsonl

pytestmark = pytest.mark.skipif(chromium() is None, reason=f"none of these browsers is installed: {', '.join(NAMES)}")


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
    workspace = fresh(folder)
    (workspace.root / "schemas").mkdir(exist_ok=True)
    (workspace.root / "schemas" / "tried.py").write_text(schema, encoding="utf-8")
    hows = []
    if answer is not None:
        (workspace.root / "say.py").write_text(
            f"import json\n\n\ndef say(text, meta):\n    return json.loads({json.dumps(answer)!r})\n"
        )
        hows = [f"python:{workspace.root / 'say.py'}:say"]
    return opened(workspace, "tried", passage(workspace.root.name, text), hows)


def fresh(folder: Path) -> Workspace:
    """Make a workspace under a name of its own, so that its project is its own."""
    init(folder / (name := f"w-{uuid.uuid4().hex[:8]}"), policy="none")
    return Workspace(folder / name)


def opened(workspace: Workspace, schema: str, asked_about: Passage, hows: Sequence[str] = ()) -> Round:
    put_shard(workspace, "a.parquet", [asked_about], lambda: Made("x", 1, ()))
    pushed = push(workspace, round="r", annotators=["ann"], schema=schema, prelabel=hows)
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
    schema, text, answer = TRIED[name]
    pushed = open_round(tmp_path, schema, text)
    ann.open(pushed.project)
    ann.fill(pushed.model, answer, text)
    assert ann.submit() == ""
    assert pushed.read() == answer


@pytest.mark.parametrize("name", ["every", *(pytest.param(name, marks=SLOW) for name in ("talk", "compare", "rank"))])
def test_predictions_are_shown_and_submitted_unchanged(name: str, ann: Annotator, tmp_path: Path) -> None:
    schema, text, answer = TRIED[name]
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


STUDY = "Vitamin D halved the rate of falls (p < 0.01).\nIt had no effect on fractures."
OLDER = {
    "legal/contract_clauses": {
        "clause_type": "other",
        "key_terms": [span(STUDY, "halved", "obligation"), span(STUDY, "p < 0.01", "amount")],
        "risk": "low",
        "summary": "Vitamin D halved falls.",
    },
    "medical/qa_evidence": {
        "question": "Does vitamin D prevent falls?",
        "decision": "yes",
        "answer": "It halved the rate of falls.",
        "evidence": [
            span(STUDY, "halved the rate of falls (p < 0.01).", "supports"),
            span(STUDY, "no effect on fractures", "limits"),
        ],
    },
}


@SLOW
@pytest.mark.parametrize("name", OLDER)
def test_the_oldest_built_in_schemas_are_answered_by_hand(name: str, ann: Annotator, tmp_path: Path) -> None:
    pushed = opened(fresh(tmp_path), name, passage(name, STUDY))
    ann.open(pushed.project)
    ann.fill(pushed.model, OLDER[name], STUDY)
    assert ann.submit() == ""
    assert pushed.read() == OLDER[name]


def test_every_built_in_schema_is_answered_by_hand() -> None:
    assert {case.schema for case in CASES} | set(OLDER) == {listed.name for listed in list_schemas(None)}


@SLOW
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.schema}:{case.holds}")
def test_a_built_in_schema_is_answered_by_hand(
    case: Case,
    ann: Annotator,
    passages: dict[str, list[Passage]],  # noqa: F811 - a fixture
    tmp_path: Path,
) -> None:
    """Its screen opens without an error, its right answer is clicked, and what is read back is valid and equal."""
    found = find(case, passages)
    pushed = opened(fresh(tmp_path), case.schema, found.passage)
    ann.open(pushed.project)
    fields, text = fields_of(pushed.model), found.passage.text
    wanted = in_order(fields, blank_answer(fields) | found.answer())
    ann.fill(pushed.model, wanted, text)
    assert ann.submit() == ""
    read = pushed.read()
    assert read == wanted
    assert isinstance(check_answer(pushed.model, read, text), pushed.model)
