"""What each trainer would do unasked is told, any JSON Lines file is read, a lost end of an answer is exit 3."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_templates import STYLES, style_folder
from dataset_on_disk import CHATML, chat_folder, planted, row
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import ToolkitError
from toolkit.pipeline.fingerprint import reads_fingerprint
from toolkit.preflight import ChatTokenizer, PreflightResult, TrainerView, preflight
from toolkit.preflight.trainers import EFFECTS, TRAINERS, infer_seqlen
from toolkit.report import preflight_page
from toolkit.workspace import Workspace, read_jsonl, write_jsonl


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return chat_folder(tmp_path / "tokenizer", CHATML)


def pair(number: int, prompt: str, answer: str) -> dict[str, Any]:
    made = row(number, prompt, answer)
    asked, said = made.pop("messages")
    return {**made, "prompt": [asked], "completion": [said]}


def views(result: PreflightResult) -> dict[str, TrainerView]:
    return {view.trainer: view for view in result.trainers}


def looked(workspace: Workspace, rows: list[dict[str, Any]], folder: Path, **options: Any) -> PreflightResult:
    planted(workspace, "d", train=rows)
    return preflight(workspace, dataset="d", tokenizer=str(folder), **options)


def test_trl_learns_every_token_of_messages_and_the_completion_of_a_pair(workspace: Workspace, folder: Path) -> None:
    of_messages = looked(workspace, [row(1, "who pays?", "the buyer")], folder)
    trl, ours = views(of_messages)["trl"], views(of_messages)["toolkit"]
    assert (trl.learned, trl.tokens, trl.effects) == (ours.tokens, ours.tokens, {"PROMPT-LEARNED": 1})
    assert (ours.learned, ours.effects) == (of_messages.learned.total if of_messages.learned else 0, {})
    of_pairs = views(looked(workspace, [pair(1, "who pays?", "the buyer")], folder))["trl"]
    assert (of_pairs.learned, of_pairs.effects) == (ours.learned + 1, {}), "and the line break behind the end token"


LONG = "the buyer pays the seller " * 120


@pytest.mark.parametrize(
    ("trainer", "made", "effects", "dropped"),
    [
        ("trl", pair(1, "who?", LONG), {"ANSWER-CUT": 1}, 0),
        ("trl", pair(1, LONG, "yes"), {"ROW-DROPPED": 1}, 1),
        ("trl", row(1, LONG, "yes"), {"ANSWER-CUT": 1, "PROMPT-LEARNED": 1}, 0),
        ("llamafactory", row(1, LONG, LONG), {"ANSWER-CUT": 1, "PROMPT-CUT": 1}, 0),
        ("llamafactory", row(1, LONG, "yes"), {"PROMPT-CUT": 1}, 0),
        ("axolotl", row(1, "who?", LONG), {"ROW-DROPPED": 1}, 1),
        ("openai", row(1, "who?", LONG), {"ANSWER-CUT": 1}, 0),
        ("toolkit", row(1, "who?", LONG), {"ANSWER-CUT": 1}, 0),
    ],
)
def test_what_each_trainer_does_with_a_row_that_is_too_long(
    workspace: Workspace, folder: Path, trainer: Any, made: dict[str, Any], effects: dict[str, int], dropped: int
) -> None:
    result = looked(workspace, [made], folder, max_length=200, trainer=trainer)
    (view,) = result.trainers
    assert (view.effects, view.dropped, view.max_length) == (effects, dropped, 200)
    assert set(effects) == set(result.faults)
    assert result.problems == sum(effects.values())
    fits = looked(workspace, [made], folder, max_length=view.shortest_length, trainer=trainer)
    assert set(fits.faults) <= {"PROMPT-LEARNED"}
    short = looked(workspace, [made], folder, max_length=view.shortest_length - 1, trainer=trainer)
    assert {"ANSWER-CUT", "PROMPT-CUT", "ROW-DROPPED"} & set(short.faults)


def dialogue(*answers: str, weights: tuple[int, ...] = ()) -> dict[str, Any]:
    turns: list[dict[str, Any]] = []
    for place, answer in enumerate(answers):
        weight = {"weight": weights[place]} if weights else {}
        turns += [{"role": "user", "content": "who pays?"}, {"role": "assistant", "content": answer, **weight}]
    return {**row(1, "", ""), "messages": turns}


def test_of_several_answers_trainers_learn_one_or_all_and_a_weight_of_nothing_counts_for_one_alone(
    workspace: Workspace, folder: Path
) -> None:
    chat = ChatTokenizer(folder)
    sizes = [len(chat.encode_text(text)) + 1 for text in ("the buyer", "the seller pays", "no one")]
    of_all = views(looked(workspace, [dialogue("the buyer", "the seller pays", "no one")], folder))
    assert {name: view.learned for name, view in of_all.items() if name != "trl"} == {
        "llamafactory": sum(sizes),
        "axolotl": sum(sizes),
        "openai": sum(sizes),
        "toolkit": sizes[2],
    }
    assert of_all["toolkit"].effects == {"TURNS-MASKED": 1}
    weighed = dialogue("the buyer", "the seller pays", "no one", weights=(1, 0, 1))
    of_some = views(looked(workspace, [weighed], folder))
    assert of_some["openai"].learned == sizes[0] + sizes[2]
    ignoring = {name for name, view in of_some.items() if "WEIGHT-IGNORED" in view.effects}
    assert ignoring == {"trl", "llamafactory", "axolotl"}


def test_later_turns_are_dropped_by_llamafactory(workspace: Workspace, folder: Path) -> None:
    talk = dialogue(LONG, "the seller", "no one")
    (view,) = looked(workspace, [talk], folder, max_length=150, trainer="llamafactory").trainers
    assert view.effects == {"ANSWER-CUT": 1, "TURNS-DROPPED": 1}


def test_two_questions_in_a_row_are_dropped_by_llamafactory_and_refused_here(
    workspace: Workspace, folder: Path
) -> None:
    bad = {
        **row(1, "", ""),
        "messages": [{"role": "user", "content": "a"}] * 2 + [{"role": "assistant", "content": "b"}],
    }
    found = views(looked(workspace, [bad, row(2, "who?", "me")], folder))
    assert {name: (view.trained, view.dropped, view.unread) for name, view in found.items()} == {
        "llamafactory": (1, 1, 0),
        "toolkit": (1, 1, 0),
        "trl": (1, 0, 1),
        "axolotl": (1, 0, 1),
        "openai": (1, 0, 1),
    }


def test_texts_are_joined_by_trl_without_the_template(workspace: Workspace, tmp_path: Path) -> None:
    made = {"id": "a", "prompt": "who pays? ", "completion": "the buyer"}
    folder = style_folder(tmp_path / "llama", STYLES["llama-3"])
    file = tmp_path / "pairs.jsonl"
    write_jsonl(file, [made])
    view = views(preflight(workspace, dataset=str(file), tokenizer=str(folder)))["trl"]
    end = len(ChatTokenizer(folder).tokenizer.encode("the buyer<|eot_id|>", add_special_tokens=False).ids)
    assert (view.effects, view.learned) == ({"TEMPLATE-UNUSED": 1}, end)


@pytest.mark.parametrize(
    ("source", "target", "kept"),
    [
        (3000, 1500, (1366, 682)),  # both are long: cut in proportion
        (800, 3000, (800, 1248)),  # the prompt is short: the answer is cut
        (3000, 1000, (1048, 1000)),  # the answer is short: the prompt is cut
        (3000, 1024, (1527, 521)),  # half of the length is no longer short
    ],
)
def test_llamafactory_cuts_prompt_and_answer_at_2048_as_its_source_says(
    source: int, target: int, kept: tuple[int, int]
) -> None:
    assert infer_seqlen(source, target, 2048) == kept


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(8, 4096))
def test_llamafactory_keeps_all_that_fits_and_never_more(source: int, target: int, cutoff: int) -> None:
    kept = infer_seqlen(source, target, cutoff)
    assert sum(kept) <= cutoff
    assert (kept == (source, target)) == (source + target <= cutoff)


def test_lengths_by_default_are_the_trainers_own_unless_one_is_asked_for(workspace: Workspace, folder: Path) -> None:
    made = [row(1, "who?", "me")]
    own = {view.trainer: view.max_length for view in looked(workspace, made, folder).trainers}
    assert own == {"trl": 1024, "llamafactory": 2048, "axolotl": 512, "openai": 65536, "toolkit": 1024}
    assert set(own) == set(TRAINERS)
    asked = looked(workspace, made, folder, max_length=99)
    assert {view.max_length for view in asked.trainers} == {99}
    assert looked(workspace, made, folder, trainer="axolotl").max_length == 512


def test_any_file_or_folder_is_read_and_every_bad_line_is_named(workspace: Workspace, tmp_path: Path) -> None:
    good = {"messages": row(1, "谁付款？", "甲方")["messages"]}
    lines = [
        json.dumps(good, ensure_ascii=False),
        "{",
        "[1]",
        json.dumps({"instruction": "x", "output": "y"}),
        json.dumps({"messages": [{"role": "user", "content": None}]}),
        json.dumps({"prompt": "x"}),
    ]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "some.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for dataset in (str(tmp_path / "data"), str(tmp_path / "data" / "some.jsonl")):
        result = preflight(workspace, dataset=dataset)
        assert (result.rows, result.encoded) == (6, 1)
        assert result.faults == {"ROW-JSON": 2, "ROW-SHAPE": 3}
        places = {problem["where"]: problem["code"] for problem in read_jsonl(workspace.problems)}
        assert {f"some.jsonl:{line}" for line in (2, 3, 4, 5, 6)} <= set(places)
        assert "甲方" in "".join(segment.text for segment in result.previews[0].segments)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ToolkitError) as error:
        preflight(workspace, dataset=str(tmp_path / "empty"))
    assert error.value.code == "DATASET-EMPTY"


def test_a_recipe_looks_again_at_a_file_that_has_changed(workspace: Workspace) -> None:
    file = workspace.root / "raw" / "rows.jsonl"
    write_jsonl(file, [{"messages": row(1, "who?", "me")["messages"]}])
    options = {"dataset": "raw/rows.jsonl"}
    assert preflight(workspace, **options).rows == 1
    before = reads_fingerprint(workspace, "preflight", options)
    assert reads_fingerprint(workspace, "preflight", options) == before
    write_jsonl(file, [{"messages": row(1, "who?", "you")["messages"]}])
    assert reads_fingerprint(workspace, "preflight", options) != before


def test_counts_of_each_row_are_on_file(workspace: Workspace, folder: Path) -> None:
    result = looked(
        workspace, [row(1, "who?", "me"), row(2, "who?", LONG), row(3, "who?", " ")], folder, max_length=100
    )
    whole, cut, refused = read_jsonl(workspace.root / result.lines)
    assert (whole["cut"], whole["faults"]) == (0, [])
    assert whole["prompt"] + whole["learned"] < whole["tokens"] == whole["kept"]
    assert (cut["kept"], cut["cut"], cut["faults"]) == (100, cut["tokens"] - 100, ["ANSWER-CUT"])
    assert refused == {"where": "d/train.jsonl, row exa_0003", "faults": ["ANSWER-EMPTY"]}
    assert (result.cut, result.rows, result.encoded) == (1, 3, 2)
    assert result.at_fault["ANSWER-CUT"] == ("d/train.jsonl, row exa_0002",)


def test_every_effect_is_told_in_both_languages_and_shown_on_a_page(workspace: Workspace, folder: Path) -> None:
    assert all(effect.en and effect.zh and effect.hint for effect in EFFECTS.values())
    result = looked(workspace, [row(1, "谁<b>付款？", LONG), row(2, "谁？", "甲方")], folder, max_length=100)
    assert preflight_page(workspace, result)
    assert not preflight_page(workspace, result)
    page = (workspace.data / "preflight" / "d.html").read_text(encoding="utf-8")
    assert "谁&lt;b&gt;付款？" in page
    assert '<span class="learned">甲方&lt;|im_end|&gt;</span>' in page
    assert '<span class="cut">' in page
    assert "http" not in page
    assert "<script" not in page


@pytest.mark.parametrize(("length", "code"), [("100", 3), ("2000", 0)])
def test_an_answer_that_loses_its_end_is_exit_3(workspace: Workspace, folder: Path, length: str, code: int) -> None:
    planted(workspace, "d", train=[row(1, "谁？", "甲方"), row(2, "who?", LONG)])
    command = [sys.executable, "-m", "toolkit", "--workspace", str(workspace.root), "preflight", "d"]
    options = ["--tokenizer", str(folder), "--max-length", length]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "甲方<|im_end|>" in done.stdout
    assert ("ANSWER-CUT" in done.stdout) == (code == 3)
    assert (workspace.data / "preflight" / "d.html").is_file()
