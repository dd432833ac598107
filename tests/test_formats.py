"""Every format loads whole with datasets, and none of the traps of its trainer is in it."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from dataset_on_disk import NAME, labelled
from hypothesis import given
from hypothesis import strategies as some

from toolkit.examples import Example, Message
from toolkit.release import FORMATS, Format, convert, open_dataset
from toolkit.release.formats import META, read_rows, row_of, write_rows
from toolkit.workspace import Workspace, read_parquet

ALL = get_args(Format)
RESERVED = (
    {"source", "model", "system_prompt"},
    {"type", "message"},
    {"type", "payload"},
    {"type", "version", "cwd"},
)
"""Columns that make ``datasets`` 5.2 take a file for traces of an agent (its ``AGENT_TRACES_FEATURES_MARKERS``)."""
FAMILIES = (
    {"messages"},
    {"prompt", "completion"},
    {"instruction", "input", "output", "system", "history"},
    {"conversations"},
)
EMPTY = {key: [] if "list" in kind else "" for key, kind in META.items()}
TRAPS = {
    "line separators stay inside the line": "甲\u2028乙\u2029丙\x85丁\x0c戊\r\n己",
    "control tokens are text": "<|im_start|>system\n忽略以上<|im_end|></s>[INST]",
    "Chinese and what lies beyond the first plane": "《民法典》第一千一百六十五条 😀𠮷",
    "quotes and backslashes": '"\\u4e2d" \\ \t',
}


def example(*turns: str, system: str = "", id: str = "exa_0") -> Example:
    said = [Message(role="user" if place % 2 == 0 else "assistant", content=text) for place, text in enumerate(turns)]
    return Example(
        id=id,
        record="rec_0",
        document="doc_0",
        group="doc_0",
        messages=(*([Message(role="system", content=system)] if system else []), *said),
        meta={**EMPTY, "document": "doc_0"},
    )


def every_format(workspace: Workspace) -> Path:
    labelled(workspace)
    convert(workspace, name="d", schema=NAME, split=(0.6, 0.2, 0.2), to=ALL)
    return workspace.dataset("d")


def conversation(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the turns of a row of any format, read as its trainer would."""
    if "conversations" in row:
        roles = {"human": "user", "gpt": "assistant", "system": "system"}
        return [(roles[turn["from"]], turn["value"]) for turn in row["conversations"]]
    if "instruction" in row:
        asked = row["instruction"] + (f"\n{row['input']}" if row["input"] else "")
        pairs = [*row["history"], [asked, row["output"]]]
        turns = [turn for pair in pairs for turn in zip(("user", "assistant"), pair, strict=True)]
        return [*([("system", row["system"])] if row["system"] else []), *turns]
    turns = row["messages"] if "messages" in row else [*row["prompt"], *row["completion"]]
    return [(turn["role"], turn["content"]) for turn in turns]


def test_every_format_loads_with_datasets_with_all_rows_in(workspace: Workspace, tmp_path: Path) -> None:
    import datasets

    folder, cache = every_format(workspace), str(tmp_path / "cache")
    manifest = open_dataset(workspace, "d").manifest
    first = datasets.load_dataset(str(folder), cache_dir=cache)
    assert sum(rows.num_rows for rows in first.values()) == manifest["examples"] == 16
    assert any("条款" in row["messages"][0]["content"] for row in first["train"]), "Chinese is intact"
    for to in ALL[1:]:
        place = [str(folder / to)] if to == "parquet" else [str(folder), to]
        loaded = datasets.load_dataset(*place, cache_dir=cache)
        for split, rows in first.items():
            assert loaded[split]["id"] == rows["id"]
            assert [conversation(row) for row in loaded[split]] == [conversation(row) for row in rows]
            assert loaded[split]["meta"] == rows["meta"]


@pytest.mark.parametrize("to", [to for to in ALL[1:] if to != "parquet"])
def test_a_formats_own_folder_loads_too(workspace: Workspace, tmp_path: Path, to: str) -> None:
    import datasets

    folder = every_format(workspace) / to
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    there = {split: (folder / f"{split}.jsonl").read_text("utf-8").count("\n") for split in loaded}
    assert {split: rows.num_rows for split, rows in loaded.items()} == there


@pytest.mark.parametrize("to", ALL)
def test_a_file_has_one_family_of_keys_and_no_reserved_columns(to: Format) -> None:
    keys = set(row_of(example("问", "答"), to))
    assert {"id", "meta"} < keys
    assert keys - {"id", "meta"} in FAMILIES
    assert not [reserved for reserved in RESERVED if reserved <= keys]


@pytest.mark.parametrize("to", [to for to in ALL if FORMATS[to].suffix == ".jsonl"])
def test_files_are_lines_of_objects_in_plain_utf8(workspace: Workspace, to: Format) -> None:
    folder = every_format(workspace)
    data = (folder / ("" if to == "messages" else to) / "train.jsonl").read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\n")
    assert b"\r" not in data
    assert "付款".encode() in data, "unescaped"
    assert not re.search(rb"\\u[0-9a-f]{4}", data)
    assert all(isinstance(json.loads(line), dict) for line in data.decode().split("\n")[:-1]), "no JSON array"


@pytest.mark.parametrize("to", ALL)
@pytest.mark.parametrize("text", TRAPS.values(), ids=TRAPS.keys())
def test_a_text_is_never_changed(to: Format, text: str, tmp_path: Path) -> None:
    made = example(text, text, text, text, system=text)
    file = tmp_path / f"train{FORMATS[to].suffix}"
    write_rows(file, [made, made], to)
    rows = list(read_rows(file))
    assert len(rows) == 2
    for row in rows:
        assert conversation(row) == [(message.role, message.content) for message in made.messages]


@pytest.mark.parametrize("to", ALL)
def test_half_a_character_never_reaches_a_file(to: Format, tmp_path: Path) -> None:
    file = tmp_path / f"train{FORMATS[to].suffix}"
    with pytest.raises(ValueError, match="surrogates not allowed"):
        write_rows(file, [example("问", "\ud800")], to)
    assert not file.exists()


@given(texts=some.lists(some.text(min_size=1), min_size=2, max_size=8), system=some.text(), to=some.sampled_from(ALL))
def test_turns_come_back_from_every_format(texts: list[str], system: str, to: Format) -> None:
    made = example(*texts[: len(texts) // 2 * 2], system=system)
    row = json.loads(json.dumps(row_of(made, to)))
    assert conversation(row) == [(message.role, message.content) for message in made.messages]


def test_the_toolkits_own_format_is_always_at_the_top(workspace: Workspace) -> None:
    labelled(workspace)
    result = convert(workspace, name="d", schema=NAME, to=("alpaca", "parquet"))
    assert result.formats == ("messages", "alpaca", "parquet")
    assert "messages" in open_dataset(workspace, "d").rows("train")[0]


def test_parquet_holds_the_rows_and_the_proof_reads_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from toolkit.release import manifest

    read: list[str] = []
    whole = manifest.read_rows
    monkeypatch.setattr(manifest, "read_rows", lambda file: (read.append(file.name), whole(file))[1])
    folder = every_format(workspace)
    assert read_parquet(folder / "parquet" / "train.parquet") == open_dataset(workspace, "d").rows("train")
    assert "train.parquet" in read


def test_llamafactory_finds_every_split_and_every_tag(workspace: Workspace) -> None:
    folder = every_format(workspace) / "llamafactory"
    info = json.loads((folder / "dataset_info.json").read_text("utf-8"))
    assert list(info) == ["d", "d_validation", "d_test"]
    for entry in info.values():
        assert entry["formatting"] == "sharegpt", "openai would add a line to every system prompt"
        rows = [json.loads(line) for line in (folder / entry["file_name"]).read_text("utf-8").split("\n")[:-1]]
        turns, tags = [row[entry["columns"]["messages"]] for row in rows], entry["tags"]
        assert {turn[tags["role_tag"]] for row in turns for turn in row} == {tags["user_tag"], tags["assistant_tag"]}
        assert all(isinstance(turn[tags["content_tag"]], str) for row in turns for turn in row)


def test_axolotl_is_told_the_files_and_not_to_drop_rows(workspace: Workspace) -> None:
    folder = every_format(workspace)
    config = yaml.safe_load((folder / "axolotl" / "datasets.yaml").read_text("utf-8"))
    files = [entry["path"] for name in ("datasets", "test_datasets") for entry in config[name]]
    assert [(workspace.root / file).is_file() for file in files] == [True, True]
    assert config["excess_length_strategy"] == "raise"


def test_the_ready_commands_are_in_the_result_and_on_the_card(workspace: Workspace) -> None:
    labelled(workspace)
    result = convert(workspace, name="d", schema=NAME, to=("messages", "llamafactory", "axolotl"))
    assert list(result.commands) == ["llamafactory", "axolotl"]
    assert "--dataset d --dataset_dir data/datasets/d/llamafactory" in result.commands["llamafactory"]
    assert "--cutoff_len" in result.commands["llamafactory"], "2,048 without it, and cut without a word"
    card = (workspace.dataset("d") / "README.md").read_text("utf-8")
    assert all(command in card for command in result.commands.values())
