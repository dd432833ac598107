"""The next round: never what was asked, strata in proportion, farthest first, and figures that say when to stop."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from shutil import copytree
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from round_on_disk import SCHEMA, answer, answer_round

from toolkit.catalog import find_schema
from toolkit.cli.round_next import STRATEGIES
from toolkit.documents import clusters, ingest
from toolkit.errors import ToolkitError
from toolkit.passages import Passage, load_passages, segment
from toolkit.records import validate
from toolkit.rounds.asking import keep_schema
from toolkit.rounds.plan import Plan, deal, load_tasks
from toolkit.sampling import Strategy, choice, round_next
from toolkit.sampling.nearest import density_of, elected, nearest, nearest_distances, predicted
from toolkit.sampling.outlook import coverage_of
from toolkit.sampling.pool import ALIKE, Pool, pool_of
from toolkit.sampling.strata import quotas
from toolkit.sampling.vectors import RADIUS, norms_of, vectors_of
from toolkit.studio import PushResult, push
from toolkit.workspace import Workspace, read_jsonl, write_json, write_jsonl

CONTRACTS = {
    "rent": "The tenant shall pay the rent of {n} dollars to the landlord on the first day of month {n}.",
    "law": "This agreement is governed by the laws of state {n} and the courts of district {n} decide.",
    "ip": "All patents and copyrights of project {n} belong to the inventor named in annex {n}.",
}
STATUTES = {
    "劳动": "用人单位应当在第{n}日前向劳动者支付工资，不得克扣或者无故拖欠，并依法缴纳社会保险{n}。",
    "婚姻": "夫妻双方自愿离婚的，应当签订书面离婚协议，并亲自到婚姻登记机关申请登记{n}。",
}
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu")


def corpus(
    workspace: Workspace, each: int = 6, folders: Mapping[str, Mapping[str, str]] | None = None
) -> list[Passage]:
    """Two folders of documents, one clause a document, each kind of clause told in many words."""
    (workspace.root / "schemas").mkdir(exist_ok=True)
    (workspace.root / "schemas" / "sample.py").write_text(SCHEMA, encoding="utf-8")
    for folder, kinds in (folders or {"contracts": CONTRACTS, "statutes": STATUTES}).items():
        place = workspace.root / "raw" / folder
        place.mkdir(parents=True, exist_ok=True)
        for kind, text in kinds.items():
            for number in range(each):
                words = " ".join(random.Random(f"{kind}{number}").sample(WORDS, 6))
                (place / f"{kind}{number}.txt").write_text(f"{text.format(n=number)} {words}\n", encoding="utf-8")
    ingest(workspace, paths=[workspace.root / "raw"])
    segment(workspace, by="paragraph")
    return list(load_passages(workspace))


def asked(
    workspace: Workspace,
    passages: Sequence[Passage],
    kinds: Mapping[str, Sequence[str | None]] | None = None,
    name: str = "first",
    overlap: int = 2,
) -> None:
    """A round over some passages; ``kinds``: passage to what ann and ben answered."""
    found = find_schema("sample", workspace)
    plan = Plan(
        name=name,
        schema_name=found.reference,
        schema_version=found.version,
        views=("source",),
        annotators=("ann", "ben"),
        overlap=overlap,
        size=None,
    )
    keep_schema(workspace, name, found)
    write_json(workspace.round(name) / "round.json", plan.model_dump(mode="json"))
    write_jsonl(workspace.round(name) / "tasks.jsonl", (one.model_dump(mode="json") for one in deal(passages, plan)))
    if kinds:
        given_by = {(one.passage, one.annotator) for one in load_tasks(workspace, name)}
        answers = {
            (passage, who): answer(kind)
            for passage, both in kinds.items()
            for who, kind in zip(("ann", "ben"), both, strict=False)
            if kind is not None and (passage, who) in given_by
        }
        answer_round(workspace, answers, name=name)


def of_kind(passages: Sequence[Passage], kind: str) -> list[Passage]:
    return [one for one in passages if Path(one.meta["path"]).name.startswith(kind)]


def chosen(workspace: Workspace) -> list[dict[str, Any]]:
    return list(read_jsonl(workspace.data / "next.jsonl"))


def scored(workspace: Workspace, rows: Sequence[Mapping[str, Any]], run: str = "run-1") -> Path:
    file = workspace.run(run) / "scores.jsonl"
    write_jsonl(file, rows)
    return file


def test_a_passage_that_was_asked_is_never_chosen_under_any_strategy(workspace: Workspace) -> None:
    passages = corpus(workspace)
    once = [of_kind(passages, kind)[0] for kind in (*CONTRACTS, *STATUTES)]
    asked(workspace, once, {one.id: ("a", "b") for one in once})
    scored(workspace, [{"row": 0, "id": "x", "suspicion": 0.5, "uncertainty": 0.7, "passage": one.id} for one in once])
    for strategy in get_args(Strategy):
        result = round_next(workspace, schema="sample", size=100, strategy=strategy)
        picked = {row["passage"] for row in chosen(workspace)}
        assert not picked & {one.id for one in once}, strategy
        assert len(picked) == result.chosen == len(passages) - len(once)


def test_what_another_version_of_the_schema_asked_counts_as_asked_and_another_schema_does_not(
    workspace: Workspace,
) -> None:
    passages = corpus(workspace, each=2)
    asked(workspace, passages[:3])
    (workspace.root / "schemas" / "sample.py").write_text(SCHEMA.replace("le=5", "le=4"), encoding="utf-8")
    assert round_next(workspace, schema="sample", size=99, strategy="random").chosen == len(passages) - 3
    (workspace.root / "schemas" / "other.py").write_text(SCHEMA, encoding="utf-8")
    assert round_next(workspace, schema="other", size=99, strategy="random").chosen == len(passages)


def test_a_text_that_was_asked_is_not_asked_in_another_document(workspace: Workspace) -> None:
    passages = corpus(workspace, each=2)
    first = of_kind(passages, "rent")[0]
    twin = workspace.root / "raw" / "contracts" / "twin.txt"
    others = [f"{number}. {text.format(n=number)}" for number in (81, 82) for text in STATUTES.values()]
    again = first.text.upper().replace(" ", "  ")
    twin.write_text("\n\n".join([*others, again, *CONTRACTS.values()]) + "\n", encoding="utf-8")
    ingest(workspace, paths=[twin])
    segment(workspace, by="paragraph")
    asked(workspace, [first])
    result = round_next(workspace, schema="sample", size=99, strategy="random")
    texts = {one.id: one.text.lower().split() for one in load_passages(workspace)}
    assert first.text.lower().split() not in [texts[row["passage"]] for row in chosen(workspace)]
    assert result.twins == 1


def test_what_was_asked_is_not_asked_in_a_near_duplicate_document(workspace: Workspace) -> None:
    corpus(workspace, each=1)
    clauses = [f"{text.format(n=7)} {word}" for text in CONTRACTS.values() for word in WORDS]
    for name, last in (("one", "signed in May"), ("two", "signed in June")):
        text = "\n\n".join([*clauses[:-1], f"{clauses[-1]} {last}"])
        (workspace.root / "raw" / f"{name}.txt").write_text(text.replace("iota", f"iota {name}"), encoding="utf-8")
    ingest(workspace, paths=[workspace.root / "raw"])
    segment(workspace, by="paragraph")
    passages = list(load_passages(workspace))
    one, two = ([own for own in passages if own.meta["path"] == f"raw/{name}.txt"] for name in ("one", "two"))
    assert clusters(workspace)[one[0].document] == clusters(workspace)[two[0].document]
    changed = next(at for at, own in enumerate(one) if "iota" in own.text)
    assert one[changed].text != two[changed].text
    asked(workspace, [one[changed]])
    round_next(workspace, schema="sample", size=999, strategy="random")
    assert two[changed].id not in {row["passage"] for row in chosen(workspace)}


def test_views_that_the_policy_does_not_let_out_are_not_chosen(workspace: Workspace) -> None:
    corpus(workspace, each=2)
    assert not pool_of(workspace, "sample", ("deid",)).open
    settings = workspace.root / "toolkit.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("policy: none", ""), encoding="utf-8")
    with pytest.raises(ToolkitError) as refused:
        round_next(Workspace(workspace.root), size=2)
    assert refused.value.code == "POLICY-UNSET"


@pytest.mark.parametrize("strategy", ["random", "diverse"])
def test_without_any_round_random_and_diverse_choose_and_say_too_little(
    workspace: Workspace, strategy: Strategy
) -> None:
    corpus(workspace)
    result = round_next(workspace, schema="sample", size=5, strategy=strategy)
    assert result.chosen == 5
    assert result.outlook.verdict == "too_little"
    assert [row["rank"] for row in chosen(workspace)] == [1, 2, 3, 4, 5]


def test_a_rerun_writes_the_same_bytes_and_another_seed_draws_otherwise(workspace: Workspace) -> None:
    passages = corpus(workspace)
    asked(workspace, passages[:6], {one.id: ("a", "b") for one in passages[:6]})
    file = workspace.data / "next.jsonl"
    for strategy in ("random", "diverse", "disagreement"):
        round_next(workspace, schema="sample", size=7, strategy=strategy)
        before = file.read_bytes()
        assert not round_next(workspace, schema="sample", size=7, strategy=strategy).changed
        assert file.read_bytes() == before
    round_next(workspace, schema="sample", size=7, strategy="random", seed=1)
    assert file.read_bytes() != before


def test_strata_get_places_in_proportion_and_each_gets_one(workspace: Workspace) -> None:
    corpus(workspace, each=8, folders={"contracts": CONTRACTS})
    corpus(workspace, each=2, folders={"statutes": {"劳动": STATUTES["劳动"]}})
    for strategy in ("random", "diverse"):
        result = round_next(workspace, schema="sample", size=13, strategy=strategy)
        assert {name: (one.open, one.chosen) for name, one in result.strata.items()} == {
            "contracts": (24, 12),
            "statutes": (2, 1),
        }
        round_next(workspace, schema="sample", size=2, strategy=strategy)
        assert Counter(row["stratum"] for row in chosen(workspace)) == {"contracts": 1, "statutes": 1}


def test_strata_know_the_likely_label_from_labelled_neighbours(workspace: Workspace) -> None:
    passages = corpus(workspace)
    kinds = {"rent": "a", "law": "b", "劳动": "c", "婚姻": "c", "ip": "b"}
    told = {one.id: (kinds[kind], kinds[kind]) for kind in kinds for one in of_kind(passages, kind)[:3]}
    asked(workspace, [one for one in passages if one.id in told], told)
    result = round_next(workspace, schema="sample", size=5, strategy="diverse")
    assert {name: one.open for name, one in result.strata.items()} == {
        "contracts / a": 3,
        "contracts / b": 6,
        "statutes / c": 6,
    }


def test_the_metadata_name_the_source(workspace: Workspace) -> None:
    corpus(workspace, each=1, folders={"contracts": CONTRACTS})
    facts = workspace.root / "facts.csv"
    facts.write_text("path,source\nraw/contracts/rent0.txt,Court\n", encoding="utf-8")
    ingest(workspace, paths=[workspace.root / "raw"], metadata=facts)
    segment(workspace, by="paragraph")
    result = round_next(workspace, schema="sample", size=3, strategy="random")
    assert {name: one.open for name, one in result.strata.items()} == {".txt": 2, "Court": 1}


def test_diverse_begins_with_the_kind_that_nobody_labelled(workspace: Workspace) -> None:
    passages = corpus(workspace, folders={"contracts": CONTRACTS})
    told = [*of_kind(passages, "rent")[:3], *of_kind(passages, "law")[:3]]
    asked(workspace, told)
    round_next(workspace, schema="sample", size=1, strategy="diverse")
    (first,) = chosen(workspace)
    assert first["passage"] in {one.id for one in of_kind(passages, "ip")}
    assert first["reason"] == f"far from all labelled or chosen before ({first['score']:.2f})".replace("0.", ".")


def test_disagreement_prefers_likes_of_what_was_answered_differently(workspace: Workspace) -> None:
    passages = corpus(workspace, folders={"contracts": CONTRACTS})
    told = {one.id: ("a", "b") for one in of_kind(passages, "rent")[:4]}
    told |= {one.id: ("c", "c") for kind in ("law", "ip") for one in of_kind(passages, kind)[:4]}
    asked(workspace, [one for one in passages if one.id in told], told)
    result = round_next(workspace, schema="sample", size=4, strategy="disagreement")
    scores = {row["passage"]: row["score"] for row in chosen(workspace)}
    rent = {one.id for one in of_kind(passages, "rent")}
    assert min(scores[one] for one in scores.keys() & rent) > max(scores[one] for one in scores.keys() - rent)
    assert result.first[0].reason.startswith("likes of it were answered differently (.")


def test_disagreement_without_two_answers_says_what_to_do(workspace: Workspace) -> None:
    passages = corpus(workspace, each=2)
    asked(workspace, passages[:3], {one.id: ("a", None) for one in passages[:3]})
    with pytest.raises(ToolkitError) as refused:
        round_next(workspace, schema="sample", size=2, strategy="disagreement")
    assert refused.value.code == "OVERLAP-NONE"
    assert "--overlap 2" in refused.value.hint


def test_uncertainty_and_value_follow_the_last_run_or_the_named_one(workspace: Workspace) -> None:
    passages = corpus(workspace, folders={"contracts": CONTRACTS})
    told = [one for kind in CONTRACTS for one in of_kind(passages, kind)[:3]]
    asked(workspace, told)

    def unsure_of(kind: str, run: str) -> None:
        likes = {one.id for one in of_kind(passages, kind)}
        rows = [
            {"row": at, "id": f"exa_{at}", "suspicion": 0.0, "uncertainty": float(one.id in likes), "passage": one.id}
            for at, one in enumerate(told)
        ]
        scored(workspace, rows, run)

    unsure_of("rent", "old")
    unsure_of("law", "new")
    for strategy in ("uncertainty", "value"):
        for run, kind in ((None, "law"), ("old", "rent")):
            round_next(workspace, schema="sample", size=1, strategy=strategy, run=run)
            (first,) = chosen(workspace)
            assert first["passage"] in {one.id for one in of_kind(passages, kind)}, (strategy, run)


def test_rows_of_scores_lead_to_passages_through_their_dataset(workspace: Workspace) -> None:
    passages = corpus(workspace, folders={"contracts": CONTRACTS})
    told = [one for kind in CONTRACTS for one in of_kind(passages, kind)[:3]]
    asked(workspace, told)
    rows = [
        {"id": f"exa_{at}", "messages": [], "meta": {"passage": one.id, "schema": "sample"}}
        for at, one in enumerate(told)
    ]
    write_jsonl(workspace.dataset("d") / "train.jsonl", rows)
    likes = {one.id for one in of_kind(passages, "ip")}
    scores = [
        {"row": at, "id": f"exa_{at}", "suspicion": -1.5, "uncertainty": float(one.id in likes)}
        for at, one in enumerate(told)
    ]
    scored(workspace, scores)
    round_next(workspace, schema="sample", size=1, strategy="uncertainty")
    assert chosen(workspace)[0]["passage"] in likes

    (workspace.root / "schemas" / "other.py").write_text(SCHEMA, encoding="utf-8")
    with pytest.raises(ToolkitError) as refused:
        round_next(workspace, schema="other", size=1, strategy="uncertainty")
    assert refused.value.code == "SCORES-SCHEMA"
    assert "'sample'" in refused.value.message


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        (None, "SCORES-NONE", "toolkit train"),
        ("", "SCORES-NONE", "toolkit train"),
        ('{"row": 0, "id": "x", "suspicion": 1}\n{"row": 1', "SCORES-BROKEN", "Line 2"),
        ('{"row": 0, "id": "x"}\n', "SCORES-BROKEN", "suspicion"),
        ('{"row": 0, "id": "x", "suspicion": NaN}\n', "SCORES-BROKEN", "Line 1"),
        ('{"row": 0, "id": "x", "suspicion": 1}\n', "SCORES-SCHEMA", "--run"),
        ('{"row": 0, "id": "x", "suspicion": 1, "passage": "PASSAGE"}\n', "SCORES-UNCERTAINTY", "--scores"),
        ('{"row": 0, "id": "x", "suspicion": 1, "uncertainty": 1, "passage": "pas_1"}\n', "SCORES-SCHEMA", "--run"),
    ],
)
def test_scores_that_cannot_be_used_are_told_by_line(
    workspace: Workspace, lines: str | None, code: str, said: str
) -> None:
    passages = corpus(workspace, each=1)
    asked(workspace, passages[:2])
    if lines is not None:
        file = workspace.run("run-1") / "scores.jsonl"
        file.parent.mkdir(parents=True)
        file.write_text(lines.replace("PASSAGE", passages[0].id), encoding="utf-8")
    with pytest.raises(ToolkitError) as refused:
        round_next(workspace, schema="sample", size=1, strategy="value")
    assert refused.value.code == code
    assert said in refused.value.message + refused.value.hint


def test_more_than_is_left_gives_what_is_left_and_nothing_left_is_an_error(workspace: Workspace) -> None:
    passages = corpus(workspace, each=2)
    asked(workspace, passages[:7])
    result = round_next(workspace, schema="sample", size=50, strategy="diverse")
    assert (result.size, result.chosen, result.left) == (50, 3, 3)
    asked(workspace, passages, name="second")
    with pytest.raises(ToolkitError) as refused:
        round_next(workspace, schema="sample", size=5)
    assert refused.value.code == "SAMPLE-NONE"


def test_without_passages_the_error_names_what_comes_first(workspace: Workspace) -> None:
    with pytest.raises(ToolkitError) as refused:
        round_next(workspace, size=5)
    assert refused.value.code == "PASSAGES-NONE"


def test_the_command_line_knows_the_same_strategies() -> None:
    assert get_args(Strategy) == STRATEGIES


def test_the_outlook_states_its_laws(workspace: Workspace) -> None:
    passages = corpus(workspace, each=12)
    told = {one.id: ("a", "b" if at % 5 == 0 else "a") for at, one in enumerate(passages[:34])}
    told |= {one.id: ("b", "b") for one in passages[34:40]}
    asked(workspace, passages[:40], told)
    outlook = round_next(workspace, schema="sample", size=10, strategy="diverse").outlook
    assert (outlook.labelled, outlook.more) == (40, 10)
    kind = outlook.precision["kind"]
    assert (kind.units, kind.more) == (40, 10)
    assert kind.half_width is not None
    assert kind.after == pytest.approx(kind.half_width * sqrt(40 / 50), abs=1e-6)
    move = outlook.shares["kind"]
    share = (34 - 7 / 2 + 2) / 44
    assert move.by == pytest.approx(1.959964 * sqrt(share * (1 - share) * 10 / (40 * 50)), abs=1e-6)
    assert outlook.unseen["kind"].unused == ("c",)
    assert outlook.unseen["kind"].chance == 0
    assert outlook.coverage.farthest_after is not None
    assert outlook.coverage.farthest is not None
    assert outlook.coverage.farthest_after <= outlook.coverage.farthest
    assert outlook.verdict == "go_on"
    assert outlook.largest is not None
    changes = (
        move.by,
        kind.half_width - kind.after,
        (outlook.coverage.within_after or 0) - (outlook.coverage.within or 0),
    )
    assert outlook.largest.by == pytest.approx(max(changes), abs=1e-5)
    stars = outlook.precision["stars"]
    assert (stars.half_width, stars.after, stars.undefined) == (None, None, "no data")


def test_a_label_given_once_warns_of_labels_not_seen(workspace: Workspace) -> None:
    passages = corpus(workspace, each=2)
    asked(workspace, passages[:5], {one.id: ("a" if at else "b",) * 2 for at, one in enumerate(passages[:5])})
    unseen = round_next(workspace, schema="sample", size=2, strategy="random").outlook.unseen["kind"]
    assert (unseen.chance, unseen.given, unseen.different, unseen.once) == (0.2, 5, 2, 1)


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=60), st.data())
def test_quotas_add_up_and_never_exceed_a_stratum(strata: list[str], data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(strata)))
    found, counts = quotas(strata, size), Counter(strata)
    assert sum(found.values()) == size
    assert all(0 <= found[name] <= counts[name] for name in counts)
    if size >= len(counts):
        assert min(found.values()) >= 1
    for name in counts:
        assert abs(found[name] - size * counts[name] / len(strata)) <= 1 + len(counts)


def test_quotas_follow_hamilton() -> None:
    assert quotas(["a"] * 60 + ["b"] * 30 + ["c"] * 10, 10) == {"a": 6, "b": 3, "c": 1}
    assert quotas(["a"] * 5 + ["b"] * 3 + ["c"] * 2, 2) == {"a": 1, "b": 1, "c": 0}


@settings(deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=12))
def test_vectors_are_whole_numbers_whose_products_float32_knows(texts: list[str]) -> None:
    vectors = vectors_of(texts)
    assert (vectors == np.rint(vectors)).all()
    exact = vectors.astype(np.int64) @ vectors.astype(np.int64).T
    assert exact.max() < 2**24
    assert (vectors @ vectors.T == exact).all()
    assert (norms_of(vectors) <= RADIUS + 16).all()


def test_likeness_is_seen_in_either_script_and_does_not_reach_over_texts() -> None:
    for one, like, other in (
        ("The tenant pays the rent.", "the TENANT  pays the rents", "Patents belong to the inventor."),
        (
            "夫妻双方自愿离婚的，应当签订书面离婚协议。",
            "夫妻双方自愿离婚，应签订离婚协议",
            "用人单位应当支付劳动者工资。",
        ),
    ):
        vectors = vectors_of([one, like, other])
        near, far = nearest_distances(vectors[1:], vectors[:1]).tolist()
        assert near < 0.5 < far
    alone, beside = vectors_of(["律师", "a"]), vectors_of(["律师", "b"])
    assert (alone[0] == beside[0]).all()


def test_neighbours_are_the_true_nearest_and_guess_the_mean_where_nothing_is_like() -> None:
    texts = [f"{CONTRACTS[kind].format(n=at)} {WORDS[at]}" for kind in CONTRACTS for at in range(8)]
    vectors = vectors_of(texts)
    found = nearest(vectors, vectors, itself=True)
    assert found.places.shape == (24, 10)
    assert all(at not in row for at, row in enumerate(found.places.tolist()))
    cosines = (vectors.astype(float) @ vectors.astype(float).T) / RADIUS**2
    np.fill_diagonal(cosines, -1)
    assert (np.sort(cosines, axis=1)[:, :-11:-1] - found.weights < 2e-3).all()
    codes = np.repeat(np.arange(3), 8)
    assert (elected(codes, found) == codes).all()
    values = (codes == 1).astype(float)
    guessed = predicted(values, found)
    assert guessed[8:16].min() > values.mean() > guessed[:8].max()
    strange = nearest(vectors_of(["§", *texts])[:1] * 0, vectors)
    assert predicted(values, strange)[0] == pytest.approx(values.mean())
    assert (density_of(vectors) > 0).all()


def pushed(workspace: Workspace, name: str = "two", **options: Any) -> PushResult:
    return push(
        workspace,
        round=name,
        schema="sample",
        annotators=("ann", "ben"),
        file=workspace.root / f"import-{name}",
        **options,
    )


def dealt(workspace: Workspace, name: str = "two") -> list[tuple[str, str]]:
    return [(task.passage, task.annotator) for task in load_tasks(workspace, name)]


def sampled(workspace: Workspace, name: str = "two") -> list[dict[str, Any]]:
    return list(read_jsonl(workspace.round(name) / "sample.jsonl"))


@pytest.mark.parametrize("how", ["random", "diverse", "disagreement", "data/next.jsonl"])
def test_a_sampled_round_asks_what_it_chose_and_grows_by_what_is_new(workspace: Workspace, how: str) -> None:
    passages = corpus(workspace)
    told = {one.id: ("a", "b") for one in passages[::5]}
    asked(workspace, passages[::5], told)
    round_next(workspace, schema="sample", size=9, strategy="diverse")
    first = pushed(workspace, sample=how, size=4, overlap=2)
    assert (first.passages, first.tasks, first.short) == (4, 8, 0)
    rows, tasks = sampled(workspace), dealt(workspace)
    assert {row["passage"] for row in rows} == {passage for passage, _ in tasks}
    assert not {row["passage"] for row in rows} & told.keys()
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    assert not pushed(workspace, sample=how, size=4, overlap=2).changed
    grown = pushed(workspace, sample=how, size=9, overlap=2)
    assert (grown.passages, grown.tasks) == (9, 18)
    assert sampled(workspace)[:4] == rows
    assert set(tasks) < set(dealt(workspace))
    assert not {row["passage"] for row in sampled(workspace)} & told.keys()
    with pytest.raises(ToolkitError) as refused:
        pushed(workspace, sample="uncertainty", size=9, overlap=2)
    assert refused.value.code in {"ROUND-DIFFERS", "SCORES-NONE"}
    with pytest.raises(ToolkitError) as refused:
        pushed(workspace, size=9, overlap=2)
    assert refused.value.code == "ROUND-DIFFERS"


def test_a_sampled_round_gives_what_is_left_and_says_how_many_it_lacks(workspace: Workspace) -> None:
    passages = corpus(workspace, each=2)
    asked(workspace, passages[:6])
    result = pushed(workspace, sample="diverse", size=7)
    assert (result.passages, result.short) == (4, 3)
    again = pushed(workspace, sample="diverse", size=8)
    assert (again.passages, again.short) == (4, 4)
    with pytest.raises(ToolkitError) as refused:
        pushed(workspace, "three", sample="random", size=2)
    assert refused.value.code == "SAMPLE-NONE"


@pytest.mark.parametrize("how", ["diverse", "scores"])
def test_a_push_that_was_cut_short_anywhere_ends_as_if_it_had_run_once(
    workspace: Workspace, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passages = corpus(workspace, each=4)
    asked(workspace, passages[:9], {one.id: ("a", "b") for one in passages[:9]})
    rows = [{"row": at, "id": "x", "suspicion": at, "passage": one.id} for at, one in enumerate(passages[:9])]
    chooses = {"scores": scored(workspace, rows)} if how == "scores" else {"sample": how}

    def kept(place: Workspace) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in sorted(place.round("two").glob("*")) if file.is_file()}

    for step, size in enumerate((3, 7)):
        whole = Workspace(copytree(workspace.root, tmp_path / f"whole-{step}"))
        pushed(whole, **chooses, size=size)
        for point in range(1, 99):
            cut = Workspace(copytree(workspace.root, tmp_path / f"cut-{step}-{point}"))
            monkeypatch.setenv("TOOLKIT_FAILPOINT", f"renamed:{point}:enospc")
            monkeypatch.setattr("toolkit.workspace.files._fired", {})
            try:
                pushed(cut, **chooses, size=size)
                break
            except (OSError, ToolkitError):
                monkeypatch.delenv("TOOLKIT_FAILPOINT")
                pushed(cut, **chooses, size=size)
                assert kept(cut) == kept(whole), point
        assert point > 4
        monkeypatch.delenv("TOOLKIT_FAILPOINT", raising=False)
        pushed(workspace, **chooses, size=size)


def test_a_gold_item_is_not_sampled_too(workspace: Workspace) -> None:
    passages = corpus(workspace, each=2)
    gold = workspace.root / "gold.jsonl"
    write_jsonl(gold, [{"passage": one.id, "answer": answer("a")} for one in passages[:3]])
    result = pushed(workspace, sample="random", size=99, gold=gold)
    assert (result.passages, result.gold) == (len(passages) - 3, 3)
    assert not {row["passage"] for row in sampled(workspace)} & {one.id for one in passages[:3]}


def test_rows_of_a_file_that_were_asked_since_or_are_gone_become_problems(workspace: Workspace) -> None:
    passages = corpus(workspace, each=2)
    round_next(workspace, schema="sample", size=4, strategy="random")
    file = workspace.root / "mine.jsonl"
    names = [row["passage"] for row in chosen(workspace)]
    write_jsonl(file, [{"passage": one} for one in (*names, names[0], "pas_gone")])
    asked(workspace, [one for one in passages if one.id == names[1]])
    result = pushed(workspace, sample=str(file))
    assert (result.passages, result.problems) == (3, 2)
    assert {row["code"] for row in read_jsonl(workspace.problems)} == {"SAMPLE-ASKED", "SAMPLE-GONE"}
    assert {row["passage"] for row in sampled(workspace)} == {*names} - {names[1]}


def test_a_push_repeated_after_another_round_next_asks_no_more_than_before(workspace: Workspace) -> None:
    corpus(workspace, each=3)
    round_next(workspace, schema="sample", size=4, strategy="random")
    assert pushed(workspace, sample="data/next.jsonl").passages == 4
    first = sampled(workspace)
    round_next(workspace, schema="sample", size=4, strategy="random")
    again = pushed(workspace, sample="data/next.jsonl")
    assert (again.passages, again.changed) == (4, False)
    assert sampled(workspace) == first


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"sample": "clever", "size": 3}, "SAMPLE-HOW"),
        ({"sample": "diverse"}, "SAMPLE-SIZE"),
        ({"sample": "diverse", "size": 3, "problems": True}, "SAMPLE-TWICE"),
        ({"sample": "disagreement", "size": 3}, "OVERLAP-NONE"),
        ({"sample": "value", "size": 3}, "SCORES-NONE"),
        ({"sample": "broken.jsonl"}, "SAMPLE-BROKEN"),
        ({"scores": Path("none.jsonl"), "size": 3}, "SCORES-NONE"),
        ({"scores": Path("none.jsonl")}, "SAMPLE-SIZE"),
    ],
)
def test_a_sample_that_cannot_be_made_opens_no_round(
    workspace: Workspace, options: Mapping[str, Any], code: str
) -> None:
    corpus(workspace, each=1)
    (workspace.root / "broken.jsonl").write_text('{"passage": "pas_1"}\n{"rank": 2}\n', encoding="utf-8")
    with pytest.raises(ToolkitError) as refused:
        pushed(workspace, **options)
    assert refused.value.code == code
    assert not (workspace.round("two") / "round.json").exists()


def test_scores_ask_the_most_doubted_again_without_showing_what_was_answered(workspace: Workspace) -> None:
    passages = corpus(workspace)
    told = passages[:8]
    asked(workspace, told, {one.id: ("a", "a") for one in told})
    validate(workspace)
    rows = [{"row": at, "id": f"exa_{at}", "suspicion": at / 10, "passage": one.id} for at, one in enumerate(told)]
    file = scored(workspace, [*rows, {"row": 9, "id": "x", "suspicion": 1, "passage": passages[20].id}])
    result = pushed(workspace, scores=file, size=2)
    assert (result.passages, result.predicted) == (2, 0)
    assert [row["passage"] for row in sampled(workspace)] == [told[7].id, told[6].id]
    assert sampled(workspace)[0]["reason"] == "a training run doubts its label (0.70)"
    assert pushed(workspace, scores=file, size=4).passages == 4
    assert [row["passage"] for row in sampled(workspace)] == [one.id for one in told[7:3:-1]]

    whose = {task.passage: task.annotator for task in load_tasks(workspace, "two")}
    answer_round(workspace, {(told[7].id, whose[told[7].id]): answer("b")}, name="two")
    validate(workspace)
    records = {row["passage"]: (row["round"], row["answer"]["kind"]) for row in read_jsonl(workspace.records("sample"))}
    assert records == {one.id: ("first", "a") for one in told[:7]} | {told[7].id: ("two", "b")}


def chosen_slowly(pool: Pool, strata: Sequence[str], left: dict[str, int], base: Any, *, far: bool) -> list[int]:
    """The greedy rule as it is written, every passage looked at in every step."""
    taken: list[int] = []
    for _ in range(sum(left.values())):
        centres = np.concatenate([pool.asked_vectors, pool.vectors[taken]])
        distance = nearest_distances(pool.vectors, centres)
        alike = nearest_distances(pool.vectors, pool.vectors[taken]) < ALIKE
        priority = np.where(alike, base - (base.max() + 1), base)
        if far:
            priority = base * distance if len(centres) else density_of(pool.vectors)
        open_ones = [at for at in range(len(strata)) if at not in taken and left[strata[at]] > 0]
        taken.append(max(open_ones, key=lambda at: (priority[at], -at)))
        left[strata[taken[-1]]] -= 1
    return taken


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_choosing_fast_is_choosing_greedily(data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.text("ab甲乙 ", max_size=8), min_size=1, max_size=30))
    labelled = data.draw(st.integers(0, len(texts) - 1))
    vectors = vectors_of(texts)
    pool = Pool([], [], vectors[labelled:], [], vectors[:labelled], 0)
    count = len(texts) - labelled
    strata = data.draw(st.lists(st.sampled_from("xyz"), min_size=count, max_size=count))
    left = quotas(strata, data.draw(st.integers(0, count)))
    base = np.array(data.draw(st.lists(st.sampled_from([0, 0.5, 1]), min_size=count, max_size=count)), dtype=np.float32)
    for far in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(choice, "_FRONT", data.draw(st.integers(1, 8)))
            patch.setattr(choice, "_STEPS", data.draw(st.integers(1, 8)))
            fast = [one.place for one in choice.by_priority(pool, strata, left, base, far=far)]
        assert fast == chosen_slowly(pool, strata, dict(left), base, far=far)


def test_next_jsonl_holds_what_the_contract_names(workspace: Workspace) -> None:
    corpus(workspace, each=2)
    round_next(workspace, schema="sample", size=3, strategy="random")
    line = json.loads((workspace.data / "next.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert list(line) == ["passage", "rank", "strategy", "score", "stratum", "reason"]
    assert line["reason"] == "drawn by chance"


def test_coverage_is_told_of_what_stays_open() -> None:
    texts = ["The tenant pays rent.", "The tenant pays the rent.", "专利权归发明人所有。", "该专利权归属发明人。"]
    vectors = vectors_of(texts)
    asked_one, open_ones = vectors[:1], vectors[1:]
    pool = Pool([], [], open_ones, [Passage.model_construct()], asked_one, 0)
    now = nearest_distances(open_ones, asked_one)
    told = coverage_of(pool, [1])
    assert told.farthest == pytest.approx(now.max(), abs=1e-6)
    assert told.mean == pytest.approx(now.mean(), abs=1e-6)
    left = [now[0], nearest_distances(open_ones[2:], open_ones[1:2])[0]]
    assert told.mean_after == pytest.approx(np.mean(left), abs=1e-6)
    assert told.farthest_after == pytest.approx(max(left), abs=1e-6)
    assert (told.reach, told.within) == (None, None)
    assert coverage_of(pool, [0, 1, 2]).farthest_after is None
