"""A choice whose labels are a scale: its agreement goes by places in the order, everything else by labels as before."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import round_on_disk
from hypothesis import given, settings
from hypothesis import strategies as st
from round_on_disk import ROUND, answer, answer_round, open_round, passages_of
from test_agreement import FOUR_OBSERVERS

from toolkit.annotations import labelling_config, schemas_show
from toolkit.catalog import find_schema, list_schemas
from toolkit.rounds import round_report
from toolkit.rounds.comparison import Row, comparable
from toolkit.rounds.measures import Measure, measures_for
from toolkit.sampling import round_next
from toolkit.schema import Bilingual, Field, Label, fields_of, load_schema
from toolkit.workspace import Workspace

SCALE = ("none", "slight", "marked", "great", "extreme")
"""Five degrees whose alphabet is another order than their scale."""
KIND = 'labels={"a": ("A", "甲"), "b": ("B", "乙"), "c": ("C", "丙")}'
LOW = 'labels={"low": ("Low", "低"), "medium": ("Medium", "中"), "high": ("High", "高")}'
PLAIN = round_on_disk.SCHEMA.replace(KIND, LOW).replace('Literal["a", "b", "c"]', 'Literal["low", "medium", "high"]')
ORDERED = PLAIN.replace(LOW, f"{LOW}, ordered=True")


def field_of(*labels: str, ordered: bool = True) -> Field:
    found = tuple(Label(value, Bilingual(value, value)) for value in labels)
    return Field(name="it", kind="choice", title=Bilingual("It", "它"), labels=found, ordered=ordered)


def measures(*labels: str) -> dict[str, Measure]:
    return dict(measures_for(field_of(*labels), {}))


def rated(*units: tuple[str | None, ...]) -> list[Row]:
    """A tuple a passage, in it one label a person; each passage is a document."""
    return [
        Row(f"d{unit}", f"p{unit}", f"r{at}", value)
        for unit, said in enumerate(units)
        for at, value in enumerate(said)
        if value is not None
    ]


def test_a_scale_is_measured_as_a_scale_first() -> None:
    assert list(measures(*SCALE)) == [
        "alpha_ordinal",
        "cohen_kappa_quadratic",
        "gwet_ac2_quadratic",
        "alpha_nominal",
        "percent_agreement",
    ]
    assert next(iter(measures_for(field_of(*SCALE, ordered=False), {}))) == "alpha_nominal"


@pytest.mark.parametrize(
    ("name", "published"), [("alpha_ordinal", 0.815388), ("alpha_nominal", 0.743421), ("gwet_ac2_quadratic", 0.91400)]
)
def test_four_observers_who_say_words_for_numbers_give_the_published_figures(name: str, published: float) -> None:
    units = [tuple(value and SCALE[value - 1] for value in unit) for unit in zip(*FOUR_OBSERVERS, strict=True)]
    assert measures(*SCALE)[name](rated(*units)).value == pytest.approx(published, abs=5e-6)


def test_two_raters_who_say_words_give_the_published_kappa(shared_data: Path) -> None:
    cases = json.loads((shared_data / "agreement" / "known-answers.json").read_text(encoding="utf-8"))
    (table,) = (case["table"] for case in cases if case["name"] == "cohen-sas")
    units = [(SCALE[i], SCALE[j]) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    figure = measures(*SCALE)["cohen_kappa_quadratic"](rated(*units))
    assert figure.value == pytest.approx(0.450161, abs=1e-6)
    assert measures(*SCALE)["cohen_kappa_quadratic"](rated(*((*one, one[0]) for one in units))).undefined is not None


@pytest.mark.parametrize("name", ["alpha_ordinal", "cohen_kappa_quadratic", "gwet_ac2_quadratic"])
def test_a_near_miss_counts_less_than_a_far_one(name: str) -> None:
    same = [(label, label) for label in SCALE * 3]
    near, far = (measures(*SCALE)[name](rated(*same, ("none", other))).value for other in ("slight", "extreme"))
    assert near is not None
    assert far is not None
    assert near > far


words = st.sampled_from(SCALE)


@settings(deadline=None)
@given(units=st.lists(st.tuples(words, words), min_size=1, max_size=12), name=st.sampled_from(list(measures(*SCALE))))
def test_a_scale_read_from_its_other_end_and_by_other_names_agrees_the_same(
    units: list[tuple[str, str]], name: str
) -> None:
    renamed = dict(zip(SCALE, "edcba", strict=True))
    figure = measures(*SCALE)[name](rated(*units))
    turned = measures(*SCALE[::-1])[name](rated(*units))
    called = measures(*renamed.values())[name](rated(*((renamed[one], renamed[other]) for one, other in units)))
    assert figure.value == pytest.approx(turned.value, abs=1e-8)
    assert figure == called


def test_degrees_at_random_agree_as_chance_does() -> None:
    chance = random.Random(4)
    rows = rated(*(tuple(chance.choices(SCALE, k=2)) for _ in range(300)))
    for name in ("alpha_ordinal", "cohen_kappa_quadratic", "gwet_ac2_quadratic"):
        figure = measures(*SCALE)[name](rows)
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < 0 < figure.high, name


def test_an_answer_is_compared_by_its_label_as_before() -> None:
    assert comparable(field_of(*SCALE), "slight") == "slight"


@pytest.fixture
def schemas(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "plain.py", tmp_path / "ordered.py"
    for path, source in zip(found, (PLAIN, ORDERED), strict=True):
        path.write_text(source, encoding="utf-8")
    return found


def test_order_changes_neither_the_screen_nor_the_answers(schemas: tuple[Path, Path]) -> None:
    plain, ordered = map(load_schema, schemas)
    assert plain.model_json_schema() == ordered.model_json_schema()
    assert labelling_config(plain) == labelling_config(ordered)
    assert [field.ordered for field in fields_of(ordered)] == [True, False, False, False]


def test_the_guideline_tells_a_scale_in_both_languages(schemas: tuple[Path, Path]) -> None:
    plain, ordered = (schemas_show(None, name=str(path), as_="guideline").text for path in schemas)
    assert "*Choose one on a scale, in this order, required*" in ordered
    assert "*按等级单选，等级依此顺序，必填*" in ordered
    assert "scale" not in plain


def answered_by_three(workspace: Workspace) -> dict[str, Any]:
    """Three people who mostly agree; the third is one place off twice."""
    passages = open_round(workspace, ("ann", "ben", "cyd"), 3)
    truths = ("low", "medium", "high") * len(passages)
    off = {0: "medium", 1: "high"}
    answers: dict[tuple[str, str], dict[str, Any] | None] = {}
    for at, one in enumerate(passages):
        answers |= {(one.id, name): answer(truths[at], note="n") for name in ("ann", "ben")}
        answers[one.id, "cyd"] = answer(off.get(at, truths[at]), note="n")
    answer_round(workspace, answers)
    return round_report(workspace, round=ROUND).model_dump()


def test_only_the_figures_of_agreement_know_the_order(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_on_disk, "SCHEMA", ORDERED)
    monkeypatch.setattr(round_on_disk, "TEXTS", {f"{n}.txt": f"1. A {n}.\n\n2. B {n}.\n" for n in range(24)})
    report = answered_by_three(workspace)
    figures = report["fields"]["kind"]
    assert list(figures) == list(measures("low", "medium", "high"))
    assert figures["alpha_ordinal"]["value"] > figures["alpha_nominal"]["value"]
    assert report["overall"]["mean_agreement"]["value"] == figures["alpha_ordinal"]["value"]
    assert report["heat"]["kind"]["labels"] == ("low", "medium", "high")
    assert report["shares"]["kind"]["labels"] == ("low", "medium", "high")
    assert [one["labels"] for one in report["confusions"]] == [("low", "medium"), ("medium", "high")]
    assert set(report["labels"]["kind"]) == {"low", "medium", "high"}
    said = {who["values"]["kind"] for one in report["disagreements"] for who in one["candidates"]}
    assert said == {"low", "medium", "high"}
    modelled = [person["reliability"]["model"]["kind"]["labels"] for person in report["annotators"]]
    assert {label for labels in modelled for label in labels} == {"low", "medium", "high"}
    assert report["asked"]["kind"]["labels"]["low"] == ("Low", "低")


def test_what_is_asked_about_a_span_may_be_a_scale(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    degree = f'degree: Literal["low", "medium", "high"] = asked("D", "度", {LOW}, ordered=True)'
    inner = f"class Part(Span):\n    {degree}\n"
    source = round_on_disk.SCHEMA.replace("class Sample", f"{inner}\n\nclass Sample").replace(
        "list[Span]", "list[Part]"
    )
    monkeypatch.setattr(round_on_disk, "SCHEMA", source)
    passages = open_round(workspace)
    answers: dict[tuple[str, str], dict[str, Any] | None] = {}
    for at, one in enumerate(passages):
        span = {"start": 0, "end": 2, "text": one.text[:2], "label": "date"}
        for name, degree in (("ann", "low" if at else "high"), ("ben", "low" if at else "medium")):
            answers[one.id, name] = answer() | {"marks": [span | {"degree": degree}]}
    answer_round(workspace, answers)
    assert "alpha_ordinal" in round_report(workspace, round=ROUND).fields["marks.degree"]


def test_the_outlook_of_the_next_round_is_on_the_same_figure(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_on_disk, "SCHEMA", ORDERED)
    answered_by_three(workspace)
    (workspace.root / "raw" / "new.txt").write_text("1. The Buyer insures the goods.\n", encoding="utf-8")
    passages_of(workspace)
    outlook = round_next(workspace, schema="sample", size=1, strategy="random").outlook
    assert outlook.precision["kind"].measure == "alpha_ordinal"


def test_the_built_in_scales() -> None:
    """Labels that are a scale, and no others: "maybe" is no third degree after "no"."""
    found = {
        f"{listed.name}:{field.name}"
        for listed in list_schemas(None)
        for field in fields_of(find_schema(listed.name, None).model)
        for field in (field, *field.attributes)
        if field.ordered
    }
    assert found == {
        "legal/contract_clauses:risk",
        "legal/statute_qa:answered",
        "medical/dialogue_note:urgency",
        "generic/preference:margin",
        "generic/preference:usable",
    }
