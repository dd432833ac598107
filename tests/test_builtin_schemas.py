"""The built-in schemas: each takes right answers to its bundled example, refuses wrong ones by its rules' own words."""

import json
import re
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from builtin_answers import CASES, Answer, Case, link, mark
from dataset_on_disk import record_of

from toolkit.annotations import guideline, labelling_config, read_results, task_data, write_results
from toolkit.catalog import builtin, find_schema, list_schemas
from toolkit.documents import ingest
from toolkit.documents.unwrapping import width
from toolkit.examples import answer_of, prompt_of
from toolkit.passages import By, Passage, load_passages, segment
from toolkit.schema import Schema, check_answer, check_schema, fields_of
from toolkit.studio import connect, pull, push
from toolkit.studio.delivery import projects_of
from toolkit.tasks import task_for
from toolkit.workspace import Workspace, init, read_jsonl

BUILT_IN = [listed.name for listed in list_schemas(None)]
NEW = sorted({case.schema for case in CASES})
MOST_FIELDS = 10
WIDEST_LABEL = 50
"""In Latin letters, on a screen 1,500 pixels wide."""
ROWS = {
    "generic/preference": '  fields:\n  - {match: "**/*.jsonl", text: [request], meta: [answer_a, answer_b]}\n',
    "generic/classification": '  tables: row\n  fields:\n  - {match: "**/*.csv", text: [text], meta: [id]}\n',
}
"""What the schemas' own files say of ``documents`` in ``toolkit.yaml``."""
BY: dict[str, By] = {
    "legal/statute_qa": "clause",
    "medical/clinical_entities": "section",
    "generic/instruction": "section",
}


class Found(NamedTuple):
    """A case with its schema and its passage."""

    case: Case
    model: type[Schema]
    passage: Passage

    def answer(self) -> Answer:
        return self.case.answer(self.passage.text)


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Workspace]:
    """A workspace for every schema with its example, ingested and cut as its users do."""
    return {name: _workspace(name, tmp_path_factory.mktemp("example")) for name in NEW}


@pytest.fixture(scope="module")
def passages(workspaces: dict[str, Workspace]) -> dict[str, list[Passage]]:
    return {name: list(load_passages(workspace)) for name, workspace in workspaces.items()}


def _workspace(name: str, parent: Path) -> Workspace:
    folder = parent / f"w-{uuid.uuid4().hex[:8]}"  # its projects on a server are its own
    init(folder, schema=name, policy="none")
    if name in ROWS:
        with (folder / "toolkit.yaml").open("a", encoding="utf-8") as file:
            file.write(f"documents:\n{ROWS[name]}")
    workspace, example = Workspace(folder), builtin("examples") / name
    ingested = ingest(workspace, paths=[example], metadata=example / "metadata.csv")
    assert (ingested.problems, ingested.refused, ingested.held) == (0, 0, 0)
    assert ingested.files == len(list(example.iterdir())) - 1
    segment(workspace, by=BY.get(name, "window"), max_characters=20_000 if name == "legal/case_summary" else None)
    return workspace


@pytest.fixture(params=CASES, ids=lambda case: f"{case.schema}:{case.holds}")
def found(request: pytest.FixtureRequest, passages: dict[str, list[Passage]]) -> Found:
    return find(request.param, passages)


def find(case: Case, passages: dict[str, list[Passage]]) -> Found:
    (passage,) = [one for one in passages[case.schema] if case.holds in one.text]
    return Found(case, find_schema(case.schema, None).model, passage)


def test_there_are_schemas_for_every_field() -> None:
    by_field: dict[str, int] = {}
    for name in BUILT_IN:
        by_field[name.partition("/")[0]] = by_field.get(name.partition("/")[0], 0) + 1
    assert by_field == {"legal": 4, "medical": 4, "finance": 1, "generic": 3}
    assert set(NEW) == set(BUILT_IN) - {"legal/contract_clauses", "medical/qa_evidence"}


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_is_sound_and_asks_no_more_than_a_screen_holds(name: str) -> None:
    found = find_schema(name, None)
    assert check_schema(found.path) == ()
    assert len(fields_of(found.model)) <= MOST_FIELDS


@pytest.mark.parametrize("name", BUILT_IN)
def test_guidelines_tell_the_same_hard_cases_in_both_languages(name: str) -> None:
    model = find_schema(name, None).model
    assert model.guideline is not None
    bullets = [re.findall(r"^- ", text, re.MULTILINE) for text in (model.guideline.en, model.guideline.zh)]
    assert len(bullets[0]) == len(bullets[1])
    assert 5 <= len(bullets[0]) <= MOST_FIELDS
    assert re.search(r"[\u4e00-\u9fff]", model.guideline.en) is None
    stressed = [text.count("*") for text in (model.guideline.en, model.guideline.zh)]
    assert stressed[0] == stressed[1]
    assert all(text in guideline(model) for text in (model.guideline.en, model.guideline.zh))


@pytest.mark.parametrize("name", BUILT_IN)
def test_labels_of_marked_words_fit_their_column(name: str) -> None:
    """Label Studio never wraps them, and writes those of arrows over the text."""
    for field in fields_of(find_schema(name, None).model):
        for label in field.labels if field.kind in {"spans", "relations"} else ():
            assert width(label.title.both()) <= (WIDEST_LABEL if field.kind == "spans" else WIDEST_LABEL // 2), label


@pytest.mark.parametrize("name", BUILT_IN)
def test_label_studio_takes_the_screen(name: str) -> None:
    from label_studio_sdk.label_interface import LabelInterface

    model = find_schema(name, None).model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interface = LabelInterface(labelling_config(model))
    controls = {control.name for control in interface.controls}
    asked = {field.name for field in fields_of(model) if field.kind not in {"relations", "preference", "ranking"}}
    assert asked <= controls


def test_a_right_answer_is_valid(found: Found) -> None:
    checked = check_answer(found.model, found.answer(), found.passage.text)
    assert isinstance(checked, Schema), checked
    assert set(found.answer()) == {field.name for field in fields_of(found.model)}


def test_a_right_answer_comes_back_from_label_studio_as_it_went(found: Found) -> None:
    checked = check_answer(found.model, found.answer(), found.passage.text)
    assert isinstance(checked, Schema)
    answer = checked.model_dump(mode="json")
    reading = read_results(found.model, write_results(found.model, answer, found.passage.text), found.passage.text)
    assert (reading.answer, reading.repaired, reading.faults) == (answer, 0, ())


@pytest.mark.parametrize("name", NEW)
def test_right_answers_come_back_from_a_real_server(
    name: str, workspaces: dict[str, Workspace], passages: dict[str, list[Passage]], studio: str
) -> None:
    assert studio
    workspace = workspaces[name]
    push(workspace, round="first", annotators=("ann",), overlap=1)
    server = connect(workspace)
    (project,) = [number for _, _, number in projects_of(workspace, server, "first")]
    wanted = {}
    for one in (find(case, passages) for case in CASES if case.schema == name):
        (task,) = [task for task in server.client.tasks.list(project=project) if task.data["text"] == one.passage.text]
        checked = check_answer(one.model, one.answer(), one.passage.text)
        assert isinstance(checked, Schema)
        wanted[one.passage.id] = checked.model_dump(mode="json")
        results = write_results(one.model, wanted[one.passage.id], one.passage.text)
        server.client.annotations.create(id=task.id, result=results)
    pulled = pull(workspace, round="first")
    assert (pulled.annotations, pulled.problems) == (len(wanted), 0)
    rows = read_jsonl(workspace.round("first") / "annotations.jsonl")
    assert {row["passage"]: row["answer"] for row in rows} == wanted


def test_its_task_shows_all_that_the_screen_asks_for(found: Found) -> None:
    task = task_for(
        found.passage, schema_name=found.case.schema, schema_version="0" * 12, round_name="first", annotator="ann"
    )
    data = task_data(found.model, task, found.passage)
    for name in re.findall(r'[vV]alue="\$(\w+)', labelling_config(found.model)):
        assert name in data, name


def test_prompt_and_answer_hold_what_was_asked_and_said(found: Found) -> None:
    answer = found.answer()
    record = record_of(found.passage, answer)
    prompt = prompt_of(record, found.passage, found.model)
    fields = fields_of(found.model)
    language: Literal["en", "zh"] = "zh" if found.passage.language == "zh" else "en"
    assert prompt.startswith(found.model.instruction.text(language))
    assert found.passage.text in prompt
    for field in fields:
        if field.role == "input":
            assert answer[field.name] in prompt
        else:
            assert f'- "{field.name}"' in prompt
    for name in found.model.shows.candidates:
        assert str(found.passage.meta[name]) in prompt
    said = json.loads(answer_of(record, fields))
    assert set(said) == {field.name for field in fields if field.role == "output"}


def _set(**changes: Any) -> Callable[[str, Answer], Answer]:
    return lambda _, answer: answer | changes


def _label(field: str, old: str, new: str) -> Callable[[str, Answer], Answer]:
    return lambda _, answer: (
        answer | {field: [one | {"label": new} if one["label"] == old else one for one in answer[field]]}
    )


def _without(field: str, *labels: str) -> Callable[[str, Answer], Answer]:
    return lambda _, answer: answer | {field: [one for one in answer[field] if one["label"] not in labels]}


def _reversed_link(_: str, answer: Answer) -> Answer:
    first = answer["links"][0]
    return answer | {"links": [link(first["tail"], first["label"], first["head"])]}


def _with_span(field: str, words: str, label: str, **attributes: Any) -> Callable[[str, Answer], Answer]:
    return lambda text, answer: answer | {field: [*answer[field], mark(text, words, label, **attributes)]}


_USUAL = dict.fromkeys(("negation", "certainty", "time", "experiencer"))
WRONG: tuple[tuple[str, Callable[[str, Answer], Answer], str, str], ...] = (
    ("bales of cotton", _set(issue="Liability of the carrier."), "end it with a question mark", "应为问句"),
    ("bales of cotton", _set(holding="Is a carrier liable?"), "no question in it", "不应含问句"),
    ("bales of cotton", _without("statements", "holding"), "statement of the holding", "表述裁判要旨"),
    ("货运代理合同", lambda _, a: a | {"citations": a["citations"][2:]}, "mark the rule", "另行采用的规则"),
    ("税率如下", _set(question="本条规定的税率是多少？"), "points at the text", "指向原文"),
    ("税率如下", _set(question="What does this article say on rates?"), "points at the text", "指向原文"),
    ("税率如下", _set(provision="税法"), "by its number", "条款序号"),
    ("税率如下", _label("basis", "rule", "referral"), "needs a rule or a consequence", "规则或后果"),
    ("税率如下", _set(asks_for="exception"), "mark the exception", "例外的原文"),
    ("SEC. 3.", _set(answered="not"), "nothing, unless answered is", ""),
    ("SEC. 3.", _set(missing=None), "since answered is", ""),
    ("林某甲", _set(focus="所转款项的性质"), "as a question", "问句"),
    ("林某甲", _reversed_link, "leads from", "两端不对"),
    ("林某甲", _without("elements", "result"), "a disposition has a result", "必有裁判结果"),
    ("林某甲", _set(outcome="convicted"), "only a criminal case", "刑事案件"),
    ("Zhou X", _with_span("elements", "Zhou X", "party", side=None), "say whose this party is", "所属方"),
    ("Zhou X", _set(outcome=None), "since parts is", ""),
    ("amoxicillin", _reversed_link, "leads from", "两端不对"),
    (
        "amoxicillin",
        _with_span("entities", "500 mg twice a day", "dosage", **(_USUAL | {"negation": "negated"})),
        "neither negated nor uncertain",
        "没有否定",
    ),
    ("amoxicillin", _with_span("entities", "CT angiography.", "test", **_USUAL), "no blanks or marks", "空格和标点"),
    ("肌钙蛋白I", _with_span("entities", "否认糖尿病", "disease", **_USUAL), "without its negation", "不含否定词"),
    ("Serous Otitis", _set(plan="Doctor: antibiotics."), "no turns", "照抄对话"),
    ("Serous Otitis", _set(plan="Take your antibiotics."), "third person", "第三人称"),
    ("左氧氟沙星", _set(subjective="我咳嗽一周了，发烧两天。"), "third person", "第三人称"),
    ("左氧氟沙星", _without("evidence", "subjective"), "patient's report", "患者的叙述"),
    ("左氧氟沙星", _without("evidence", "plan"), "plan has text but no marked words", "同时填写"),
    ("左氧氟沙星", _set(objective=None), "objective has marked words but no text", "同时填写"),
    ("十二指肠", _set(complaint="患者于两年前反复出现上腹部隐痛并加重伴有黑便三天"), "at most 20", "不超过20字"),
    ("十二指肠", _set(diagnoses=["1.十二指肠球部溃疡"]), "without its number", "不写序号"),
    ("十二指肠", _set(diagnoses=["十二指肠球部溃疡；贫血"]), "one diagnosis a line", "一行一个"),
    ("十二指肠", _with_span("sections", "反复上腹痛2年", "present"), "overlap", "重叠"),
    ("十二指肠", _without("sections", "complaint"), "section of the chief complaint", "主诉所在"),
    ("appendicitis", _without("sections", "diagnosis"), "section of the diagnoses", "诊断所在"),
    ("appendicitis", _set(defect_note=None), "since defects is", ""),
    ("Fixed Price", _set(derivation="44.1 minus 56.7"), "figures, + - * /", "加减乘除"),
    ("Fixed Price", _set(derivation="__import__('os')"), "figures, + - * /", "加减乘除"),
    ("Fixed Price", _set(derivation="9**9**9"), "figures, + - * /", "加减乘除"),
    ("Fixed Price", _set(derivation="1/0"), "figures, + - * /", "加减乘除"),
    ("Fixed Price", _set(value=-22.23), "the derivation gives -22.2222%", "与数值不符"),
    ("Fixed Price", _set(scale="none"), "the derivation gives -0.222222", "与数值不符"),
    ("Fixed Price", _set(answer_type="count", derivation=None), "whole number, 0 or more", "非负整数"),
    ("Fixed Price", _set(answer_type="count", derivation=None, value=3.0), "a count has no scale", "计数没有数量级"),
    ("Fixed Price", _without("evidence", "figure"), "mark the figures", "标出答案用到的数字"),
    ("前五名客户", _set(unit="人民币元"), "it has no unit", "没有单位"),
    ("annual leave", _set(response="- TODO\n- TBD"), "placeholder", "占位文字"),
    ("annual leave", _set(response="Sure! Here:\n- a\n- b"), "begin with the answer", "直接回答"),
    ("annual leave", _set(form="prose", response="List the cases", request="List the cases"), "repeats", "重复"),
    ("annual leave", _set(support=[]), "mark the words", "回答所用的原文"),
    ("annual leave", _set(response="Illness and parental leave."), "two items or more", "至少两项"),
    ("住宿费标准", _set(form="table"), "a heading, a rule and rows", "表头"),
    ("住宿费标准", _set(response="{一线城市: 600}"), "parsed as JSON", "无法解析"),
    ("12 days late", _set(why="The left answer counts full weeks."), "not where the answer stands", "位置或编号"),
    ("12 days late", _set(why="Answer B divides the weeks."), "not where the answer stands", "位置或编号"),
    ("同比增长多少", _set(why="第一个回答以上年为基数。"), "not where the answer stands", "位置或编号"),
    ("12 days late", _set(margin="equal", better=None, reasons=[]), "it is better", "只有一个可用"),
    ("12 days late", _set(reasons=["safe", "correct", "complete", "clear"]), "at most three", "最多选三项"),
    ("12 days late", _set(better=None), "since margin is", ""),
    ("12 days late", _set(usable="neither"), "since usable is", ""),
    ("The Lessee shall", _set(also=["legal"]), "repeats the first", "与类别重复"),
    ("The Lessee shall", _set(category="legal"), "choose a place below", "下级类别"),
    ("用法用量", _set(doubt=None), "since sure is", ""),
)


@pytest.mark.parametrize(("holds", "change", "en", "zh"), WRONG, ids=lambda part: part if isinstance(part, str) else "")
def test_a_wrong_answer_is_refused_in_the_rules_words(
    passages: dict[str, list[Passage]], holds: str, change: Callable[[str, Answer], Answer], en: str, zh: str
) -> None:
    found = find(next(case for case in CASES if case.holds == holds), passages)
    checked = check_answer(found.model, change(found.passage.text, found.answer()), found.passage.text)
    assert isinstance(checked, tuple)
    assert any(en in fault.expected and zh in fault.expected for fault in checked), checked


def test_every_rule_is_broken_once() -> None:
    """A rule's message that no wrong answer above meets is a rule that nobody has seen refuse."""
    for name in NEW:
        source = find_schema(name, None).path.read_text(encoding="utf-8")
        for message in re.findall(r"raise ValueError\(\s*((?:f?\"[^\n]*\"\s*)+)\)", source):
            assert any(zh in message for *_, zh in WRONG if zh), message


@pytest.mark.parametrize(
    "why",
    [
        "It does not answer a question about the right side of the chest.",
        "右侧肺叶写成了左侧，诊断错误。",
        "两个回答甲方都可用，没有要紧的差别。",
    ],
)
def test_sides_of_a_body_and_parties_are_no_places_of_answers(passages: dict[str, list[Passage]], why: str) -> None:
    found = find(next(case for case in CASES if case.holds == "12 days late"), passages)
    assert isinstance(check_answer(found.model, found.answer() | {"why": why}, found.passage.text), Schema)


def test_the_sum_is_right_to_its_last_digit_in_nearly_all_of_a_real_set(shared_data: Path) -> None:
    """TAT-QA: all but five of 718; those lost a sign, the hundred of a percentage, or a scale."""
    model = find_schema("finance/report_qa", None).model
    items = json.loads((shared_data / "finance/tatqa/tatqa_dataset_dev.json").read_text(encoding="utf-8"))
    asked = [one for item in items for one in item["questions"] if one["answer_type"] == "arithmetic"]
    wrong = [one for one in asked if not any(isinstance(check_answer(model, a, "x"), Schema) for a in _of_tatqa(one))]
    assert (len(asked), len(wrong)) == (718, 5)


def _of_tatqa(asked: dict[str, Any]) -> list[Answer]:
    """Return the set's answer as it stands, and with percentages written with their signs."""
    above, slash, below = (
        asked["derivation"].rpartition("/") if "/" in asked["derivation"] else (asked["derivation"], "", "")
    )
    signed = re.sub(r"\d+(\.\d+)?", r"\g<0>%", above) + slash + below
    return [
        {
            "question": asked["question"],
            "answer_type": "arithmetic",
            "derivation": derivation,
            "value": float(asked["answer"]),
            "scale": asked["scale"] or "none",
            "unit": None,
            "answer": "As computed.",
            "evidence": [{"start": 0, "end": 1, "text": "x", "label": "figure"}],
            "missing": None,
        }
        for derivation in ([asked["derivation"], signed] if asked["scale"] == "percent" else [asked["derivation"]])
    ]
