"""The sanity run tells data that teaches from data that does not, learns what preflight shows, and repeats itself."""

import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from dataset_on_disk import planted, row

from toolkit.errors import SERVICE, ToolkitError
from toolkit.preflight import MASKED, ChatTokenizer, look
from toolkit.release import open_dataset
from toolkit.sampling.scores import read_scores
from toolkit.training import TrainResult, gap_of, judge, train
from toolkit.training.control import Gap, shuffled
from toolkit.training.engine import ready
from toolkit.training.loop import Pace, Row, learn, row_losses, row_outcomes, rows_of
from toolkit.training.runs import Contrasts
from toolkit.training.scores import Asked, Scored, asked_of, write_scores
from toolkit.workspace import Workspace, init, read_jsonl

pytest.importorskip("torch", reason="training needs the extra: pip install 'sft-toolkit[train]'")
pytest.importorskip("peft", reason="training needs the extra: pip install 'sft-toolkit[train]'")

TOPICS = ("termination", "payment", "secrecy", "delivery")


def toy_rows(count: int, *, teaches: bool, seed: int = 1) -> list[dict[str, Any]]:
    """Return questions whose answer is the clause's topic, or a topic drawn by lot."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        topic = number % len(TOPICS)
        said = topic if teaches else draw.randrange(len(TOPICS))
        parties = " and ".join(draw.sample(["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel"], 2))
        prompt = f"What is it about?\n\nText:\nClause {number}. {parties} agree on {TOPICS[topic]} here."
        rows.append(row(number, prompt, json.dumps({"clause_type": "ABCD"[said]})))
    draw.shuffle(rows)
    return rows


def toy(folder: Path, *, teaches: bool, count: int = 60) -> Workspace:
    init(folder, policy="none")
    workspace = Workspace(folder)
    rows = toy_rows(count, teaches=teaches)
    first, second = count * 7 // 10, count * 17 // 20
    planted(workspace, "toy", train=rows[:first], validation=rows[first:second], test=rows[second:])
    return workspace


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, TrainResult]:
    """One finished run on data that teaches."""
    workspace = toy(tmp_path_factory.mktemp("taught") / "project", teaches=True)
    return workspace, train(workspace, dataset="toy")


def test_data_that_teaches_is_told(taught: tuple[Workspace, TrainResult]) -> None:
    _, result = taught
    assert (result.verdict, result.reason) == ("teaches", "gap_above_zero")
    assert result.metrics["rows"] == {"train": 42, "held_out": 18, "groups": 18}
    loss = result.metrics["loss"]
    assert loss["true"] < loss["shuffled"] < loss["untrained"] + 0.1
    assert result.metrics["gap"]["unit"] == "group"
    assert result.metrics["gap"]["low"] > 0.01


def test_data_whose_answers_were_shuffled_before_is_not_said_to_teach(tmp_path: Path) -> None:
    result = train(toy(tmp_path / "project", teaches=False), dataset="toy")
    assert result.verdict != "teaches"
    assert abs(result.metrics["gap"]["value"]) < 0.03


def test_every_row_has_scores_and_what_they_were_made_from(taught: tuple[Workspace, TrainResult]) -> None:
    workspace, result = taught
    dataset = open_dataset(workspace, "toy")
    rows = [(split, row) for split in dataset.splits for row in dataset.rows(split)]
    scores = list(read_jsonl(workspace.run(result.run) / "scores.jsonl"))
    assert [(score["row"], score["id"], score["trained"]) for score in scores] == [
        (place, row["id"], split == "train") for place, (split, row) in enumerate(rows)
    ]
    assert result.metrics["scored"]["rows"] == len(scores) == 60
    assert result.metrics["scored"]["after"] > 0.5, "questions help the model that learned from them"
    assert all(math.isfinite(score[part]) for score in scores for part in ("suspicion", "before", "after"))
    assert all(0 <= score["uncertainty"] < 8 and score["loss"] > 0 for score in scores)
    assert len({score["suspicion"] for score in scores}) > 50
    assert [score.passage for score in read_scores(workspace.run(result.run) / "scores.jsonl")] == [None] * 60


def test_answers_to_other_questions_are_suspicious(tmp_path: Path) -> None:
    workspace, rows = toy(tmp_path / "project", teaches=True), toy_rows(160, teaches=True)
    wrong = {one["id"] for one in rows[::10]}
    for one in rows:
        one["meta"]["passage"] = f"pas_{one['id']}"
        if one["id"] in wrong:
            said = json.loads(one["messages"][-1]["content"])["clause_type"]
            one["messages"][-1]["content"] = json.dumps({"clause_type": "ABCD"["BCDA".index(said)]})
    planted(workspace, "planted", train=rows[:120], validation=rows[120:])
    result = train(workspace, dataset="planted", seeds=1, epochs=8)
    scores = list(read_jsonl(workspace.run(result.run) / "scores.jsonl"))
    assert all(score["passage"] == f"pas_{score['id']}" for score in scores)
    scored = result.metrics["scored"]
    assert scored["before"] < 0.2 * scored["after"], "the base that knows no answers has hardly a say"
    pairs = [
        bad["suspicion"] > good["suspicion"]
        for bad in scores
        for good in scores
        if bad["id"] in wrong and good["id"] not in wrong
    ]
    assert sum(pairs) / len(pairs) > 0.85


def test_a_row_is_held_against_questions_of_its_kind_with_other_answers(
    taught: tuple[Workspace, TrainResult], tmp_path: Path
) -> None:
    workspace = toy(tmp_path / "project", teaches=True)
    chat = ChatTokenizer(next(taught[0].models.iterdir()))
    rows = toy_rows(40, teaches=True)
    for number, one in enumerate(rows):
        one["meta"]["language"] = "zh" if number % 2 else "en"
        one["messages"][0]["content"] += " 条款" if number % 2 else " clause"
    lone = row(98, "Alone in its kind?", "yes", schema="other")
    long = row(99, "What? " * 900, "no")
    planted(workspace, "mixed", train=[*rows, lone, long])
    asked = asked_of(open_dataset(workspace, "mixed"), chat, 400)
    assert [one.id for one in asked] == [one["id"] for one in rows]
    of = {one["id"]: one for one in rows}
    for one in asked:
        assert len(one.others) == 3
        mine = of[one.id]["messages"]
        for other in one.others:
            text = chat.decode(other.ids)
            assert mine[1]["content"] in text
            assert mine[0]["content"] not in text
            assert ("条款" in text) == (of[one.id]["meta"]["language"] == "zh")
            theirs = [t for t in rows if t["messages"][0]["content"] in text]
            assert [t["messages"][1] == mine[1] for t in theirs] == [False]
    assert asked == asked_of(open_dataset(workspace, "mixed"), chat, 400)


def scored_rows(
    folder: Path, before: Sequence[float], after: Sequence[float], trained: Sequence[bool]
) -> tuple[Scored, list[Any]]:
    """Scores of rows whose questions help so much: losses of 1 given their own question."""

    def told(helps: Sequence[float]) -> Contrasts:
        ones = (1.0,) * len(helps)
        return Contrasts(own=ones, others=tuple(1.0 - value for value in helps), entropy=ones)

    asked = [Asked(place, f"exa_{place}", None, was, Row([], []), (Row([], []),)) for place, was in enumerate(trained)]
    scored = write_scores(folder, asked, told(before), [told(after), told(after)])
    return scored, [row["suspicion"] for row in read_jsonl(folder / "scores.jsonl")]


def test_suspicion_compares_like_with_like_and_hears_who_understands_questions(tmp_path: Path) -> None:
    trained = [True] * 3 + [False] * 3
    deaf, learned = [0.5, 0.0, 0.1, 0.2, 0.3, 0.4], [-3.0, -2.0, -1.0, -1.5, -0.5, 0.5]
    scored, suspicion = scored_rows(tmp_path, deaf, learned, trained)
    spread = statistics.pstdev(learned)
    assert (scored.rows, scored.before) == (6, 0.0)
    assert scored.after == pytest.approx(1.25 / spread, abs=1e-6)
    assert suspicion == pytest.approx([value / spread for value in (-1, 0, 1, -1, 0, 1)], abs=1e-6)
    both, mixed = scored_rows(tmp_path, learned, learned[::-1], trained)
    assert both.before == both.after > 0
    assert mixed == pytest.approx([0.0] * 6, abs=1e-6), "equally good judges of opposite opinions"
    assert scored_rows(tmp_path, [0.0], [0.0], [True]) == (Scored(1, 0.0, 0.0), [0.0])
    assert scored_rows(tmp_path, [], [], []) == (Scored(0, 0.0, 0.0), [])


def test_a_large_dataset_is_scored_in_part(
    taught: tuple[Workspace, TrainResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, _ = taught
    chat = ChatTokenizer(next(workspace.models.iterdir()))
    whole = asked_of(open_dataset(workspace, "toy"), chat, 1024)
    monkeypatch.setattr("toolkit.training.scores.MOST_ROWS", 10)
    part = asked_of(open_dataset(workspace, "toy"), chat, 1024)
    assert len(part) == 10
    assert [one for one in whole if one in part] == part


def test_entropy_is_that_of_the_models_chances(taught: tuple[Workspace, TrainResult]) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    workspace, _ = taught
    base = next(workspace.models.iterdir())
    model = AutoModelForCausalLM.from_pretrained(base)
    rows = rows_of(look(open_dataset(workspace, "toy").rows("train"), ChatTokenizer(base), 1024).encoded)[:3]
    for one, outcome in zip(rows, row_outcomes(model, rows, 2), strict=True):
        with torch.inference_mode():
            logits = model(torch.tensor([one.ids])).logits[0]
        entropies = torch.distributions.Categorical(logits=logits).entropy()
        learned = [place - 1 for place, label in enumerate(one.labels) if label != MASKED]
        assert outcome.entropy == pytest.approx(float(entropies[learned].mean()), abs=1e-5)


def test_too_few_rows_or_seeds_give_no_verdict_whatever_the_losses(tmp_path: Path) -> None:
    workspace = toy(tmp_path / "project", teaches=True, count=24)
    few = train(workspace, dataset="toy", epochs=1)
    assert (few.verdict, few.reason, few.changed) == ("inconclusive", "few_training_rows", True)
    planted(workspace, "all", train=toy_rows(24, teaches=True))
    none = train(workspace, dataset="all", epochs=1, seeds=1)
    assert (none.verdict, none.reason) == ("inconclusive", "few_held_out_rows")
    assert none.metrics["gap"] is None


def test_a_rerun_finds_the_run_and_changes_no_byte(taught: tuple[Workspace, TrainResult]) -> None:
    workspace, result = taught
    before = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}
    again = train(workspace, dataset="toy")
    assert not again.changed
    assert again.model_copy(update={"changed": True}) == result
    assert {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()} == before
    with pytest.raises(ToolkitError) as error:
        train(workspace, dataset="toy", epochs=2, run=result.run)
    assert error.value.code == "RUN-TAKEN"


def test_a_run_that_was_killed_ends_as_if_it_had_run_once(
    taught: tuple[Workspace, TrainResult], tmp_path: Path
) -> None:
    """In another folder and other processes: so the numbers do not depend on either."""
    whole, result = taught
    workspace = toy(tmp_path / "project", teaches=True)
    program = (
        "import sys; from pathlib import Path; from toolkit.workspace import Workspace; "
        "from toolkit.training import train; train(Workspace(Path(sys.argv[1])), dataset='toy')"
    )
    for point in ("tiny-saved:1", "arm-stored:3"):
        environment = {**os.environ, "TOOLKIT_FAILPOINT": f"{point}:kill", "PYTHONHASHSEED": "3"}
        done = subprocess.run([sys.executable, "-c", program, str(workspace.root)], env=environment, check=False)
        assert done.returncode == -signal.SIGKILL, f"{point} was never reached"
    assert train(workspace, dataset="toy").changed

    def made(root: Workspace) -> dict[str, bytes]:
        files = [path for folder in ("models", "runs") for path in (root.data / folder).rglob("*") if path.is_file()]
        return {str(path.relative_to(root.data)): path.read_bytes() for path in files if path.name != "timings.json"}

    assert made(workspace) == made(whole)
    assert f"runs/{result.run}/adapter/adapter_model.safetensors" in made(whole)


def test_nothing_is_printed_and_no_clock_is_in_the_report(taught: tuple[Workspace, TrainResult]) -> None:
    workspace, result = taught
    program = (
        "import sys; from pathlib import Path; from toolkit.workspace import Workspace; "
        "from toolkit.training import train; train(Workspace(Path(sys.argv[1])), dataset='toy', epochs=1, seeds=1)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(workspace.root)], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
    report = json.loads((workspace.run(result.run) / "report.json").read_text("utf-8"))
    assert report["verdict"] == result.verdict
    assert "seconds" not in report
    assert str(workspace.root) not in json.dumps(report)
    lines = list(read_jsonl(workspace.run(result.run) / "metrics.jsonl"))
    assert Counter((line["arm"], line["seed"]) for line in lines) == {
        (a, s): 44 for a in ("true", "shuffled") for s in range(3)
    }


def test_the_adapter_loads_and_changes_what_the_model_says(taught: tuple[Workspace, TrainResult]) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    workspace, result = taught
    base = next(workspace.models.iterdir())
    adapter = workspace.run(result.run) / "adapter"
    card = (adapter / "README.md").read_text("utf-8")
    assert "More Information Needed" not in card
    assert "**teaches**" in card
    tokenizer = AutoTokenizer.from_pretrained(base)
    turns = open_dataset(workspace, "toy").rows("test")[0]["messages"]
    ids = tokenizer.apply_chat_template(turns[:1], add_generation_prompt=True, return_tensors="pt", return_dict=False)
    plain = AutoModelForCausalLM.from_pretrained(base)
    with torch.inference_mode():
        before = plain(ids).logits
        adapted = PeftModel.from_pretrained(plain, adapter)
        assert not torch.allclose(before, adapted(ids).logits)
        said = adapted.generate(input_ids=ids, max_new_tokens=30, do_sample=False)
    answer = tokenizer.decode(said[0, ids.shape[1] :], skip_special_tokens=True)
    assert answer == turns[1]["content"], "it answers a question it has never seen, and stops"


def test_the_loss_is_transformers_own_and_padding_changes_nothing(taught: tuple[Workspace, TrainResult]) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    workspace, _ = taught
    base = next(workspace.models.iterdir())
    model = AutoModelForCausalLM.from_pretrained(base)
    rows = rows_of(look(open_dataset(workspace, "toy").rows("train"), ChatTokenizer(base), 1024).encoded)[:7]
    rows += [Row(rows[0].ids[:9], [MASKED] * 7 + list(rows[0].ids[7:9]))]
    together = row_losses(model, rows, batch=8)
    for place, each in enumerate(rows):
        with torch.inference_mode():
            theirs = model(input_ids=torch.tensor([each.ids]), labels=torch.tensor([each.labels])).loss
        assert together[place] == pytest.approx(float(theirs), abs=1e-5)


def test_what_is_masked_is_not_learned(taught: tuple[Workspace, TrainResult]) -> None:
    from transformers import AutoModelForCausalLM

    workspace, _ = taught
    base = next(workspace.models.iterdir())
    ids = look(open_dataset(workspace, "toy").rows("train"), ChatTokenizer(base), 1024).encoded[0].ids
    last = Row(ids, [MASKED] * (len(ids) - 1) + ids[-1:])
    other = Row(ids[:-1], [MASKED] * (len(ids) - 2) + ids[-2:-1])
    model = AutoModelForCausalLM.from_pretrained(base)
    before = row_losses(model, [last, other], 1)
    losses = learn(model, [last], Pace(epochs=8, batch=1, rate=1e-3), 0)
    after = row_losses(model, [last, other], 1)
    assert losses[0] == pytest.approx(before[0], abs=1e-5), "one token's loss, no other's"
    assert before[0] - after[0] > 3 * abs(before[1] - after[1]) or after[0] < 0.01


def test_pretraining_alone_makes_a_run_without_a_verdict(taught: tuple[Workspace, TrainResult]) -> None:
    workspace, _ = taught
    result = train(workspace, dataset="toy", stage="pretrain")
    assert (result.verdict, result.reason, result.changed) == ("inconclusive", "no_control", True)
    assert result.metrics["loss"]["last"] < result.metrics["loss"]["first"] / 2
    assert not train(workspace, dataset="toy", stage="pretrain").changed
    with pytest.raises(ToolkitError) as error:
        train(workspace, dataset="toy", stage="pretrain", model="elsewhere")
    assert error.value.code == "STAGE-MODEL"


def test_a_local_model_is_trained_in_full_or_with_lora(taught: tuple[Workspace, TrainResult], tmp_path: Path) -> None:
    workspace, _ = taught
    folder = copied(taught, tmp_path / "mine")
    result = train(workspace, dataset="toy", model=str(folder), method="full", epochs=1, seeds=1)
    assert (workspace.run(result.run) / "model" / "model.safetensors").is_file()
    assert result.metrics["loss"]["true"] < result.metrics["loss"]["untrained"]
    assert json.loads((workspace.run(result.run) / "report.json").read_text("utf-8"))["model"] == "mine"


def copied(taught: tuple[Workspace, TrainResult], folder: Path) -> Path:
    folder.mkdir()
    for file in next(taught[0].models.iterdir()).iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("pytorch_model.bin", "", "MODEL-UNSAFE"),
        ("optimizer.pt", "", "MODEL-UNSAFE"),
        ("deep/weights.pkl", "", "MODEL-UNSAFE"),
        ("config.json", '{"auto_map": {"AutoModelForCausalLM": "code.Model"}}', "MODEL-UNSAFE"),
        (
            "tokenizer_config.json",
            '{"auto_map": {"AutoTokenizer": ["a.B", null]}, "chat_template": "x"}',
            "MODEL-UNSAFE",
        ),
        ("generation_config.json", '{"trust_remote_code": true}', "MODEL-UNSAFE"),
        ("config.json", None, "MODEL-NONE"),
        ("model.safetensors", None, "MODEL-NONE"),
        ("model.safetensors", "torn", "MODEL-BROKEN"),
    ],
)
def test_a_model_that_could_run_code_or_cannot_load_is_refused(
    taught: tuple[Workspace, TrainResult], tmp_path: Path, file: str, text: str | None, code: str
) -> None:
    folder = copied(taught, tmp_path / "model")
    (folder / file).parent.mkdir(exist_ok=True)
    if text is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(ToolkitError) as error:
        train(taught[0], dataset="toy", model=str(folder), seeds=1, epochs=1)
    assert error.value.code == code


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ToolkitError) as error:
        ready(1)
    assert (error.value.code, error.value.exit_code) == ("EXTRA-MISSING", SERVICE)
    assert error.value.hint == "pip install 'sft-toolkit[train]'"


def test_training_rows_from_which_nothing_is_learned_stop_the_run(tmp_path: Path) -> None:
    workspace = toy(tmp_path / "project", teaches=True)
    with pytest.raises(ToolkitError) as error:
        train(workspace, dataset="toy", max_length=8)
    assert error.value.code == "DATASET-EMPTY"


def test_answers_are_shuffled_within_a_schema_and_a_language_and_none_is_lost() -> None:
    rows = [row(n, f"q{n}", f"{language} {n}", language=language) for n in range(40) for language in ("en", "zh")]
    dealt = shuffled(rows, 0)
    assert Counter(one["messages"][1]["content"] for one in dealt) == Counter(
        one["messages"][1]["content"] for one in rows
    )
    assert all(one["messages"][1]["content"].startswith(one["meta"]["language"]) for one in dealt)
    assert [one["messages"][0] for one in dealt] == [one["messages"][0] for one in rows]
    assert sum(a["messages"] == b["messages"] for a, b in zip(rows, dealt, strict=True)) < 12
    assert dealt == shuffled(rows, 0) != shuffled(rows, 1)


def test_a_gap_is_the_mean_difference_and_its_interval_covers_rows_and_seeds() -> None:
    groups = [f"g{n}" for n in range(20)]
    true = [[1.0] * 20] * 3
    constant = gap_of(true, [[1.5] * 20] * 3, groups)
    assert (constant.value, constant.low, constant.high, constant.positive) == (0.5, 0.5, 0.5, 1.0)
    by_seed = gap_of(true, [[0.9] * 20, [1.5] * 20, [1.6] * 20], groups)
    assert by_seed.value == pytest.approx(1 / 3, abs=1e-6)
    assert by_seed.low < 0 < by_seed.high, "one seed of three says otherwise: no certainty, however equal the rows"
    rows = [math.sin(n) for n in range(20)]
    by_row = gap_of(true, [[1.0 + each for each in rows]] * 3, groups)
    spread = (sum((each - by_row.value) ** 2 for each in rows) / 20 / 20) ** 0.5
    assert by_row.high - by_row.low == pytest.approx(2 * 1.96 * spread, rel=0.1), "the textbook's interval of a mean"
    few = gap_of(true, [[1.0 + each for each in rows]] * 3, ["one"] * 10 + ["other"] * 10)
    assert (few.unit, few.units) == ("row", 20)


@pytest.mark.parametrize(
    ("low", "high", "counts", "verdict"),
    [
        (0.001, 0.5, (20, 8, 3), "teaches"),
        (0.0, 0.5, (20, 8, 3), "inconclusive"),
        (-0.2, 0.01, (20, 8, 3), "does_not_teach"),
        (-0.2, -0.1, (20, 8, 3), "does_not_teach"),
        (-0.2, 0.02, (20, 8, 3), "inconclusive"),
        (0.4, 0.5, (19, 8, 3), "inconclusive"),
        (0.4, 0.5, (20, 7, 3), "inconclusive"),
        (0.4, 0.5, (20, 8, 2), "inconclusive"),
    ],
)
def test_the_rule_of_the_verdict(low: float, high: float, counts: tuple[int, int, int], verdict: str) -> None:
    gap = Gap(value=(low + high) / 2, low=low, high=high, unit="row", units=8, positive=0.5)
    training, held_out, seeds = counts
    assert judge(gap, training_rows=training, held_out_rows=held_out, seeds=seeds).verdict == verdict
