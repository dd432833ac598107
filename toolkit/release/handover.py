"""What a trainer wants beside the rows: LLaMA-Factory's ``dataset_info.json``, axolotl's config, the ready commands."""

import json
from collections.abc import Sequence
from typing import Any, Final

from toolkit.release.formats import Format

_COMMANDS: Final[dict[Format, str]] = {
    "llamafactory": (
        "llamafactory-cli train --stage sft --do_train true --model_name_or_path MODEL --template TEMPLATE "
        "--cutoff_len LENGTH --dataset {name} --dataset_dir data/datasets/{name}/llamafactory --output_dir OUTPUT"
    ),
    "axolotl": "axolotl train CONFIG.yaml  # with the lines of data/datasets/{name}/axolotl/datasets.yaml",
}
"""Words in capitals are the user's. Without --cutoff_len LLaMA-Factory cuts at 2,048 tokens and does not say so."""


def commands_of(name: str, formats: Sequence[Format]) -> dict[str, str]:
    """Return what to run in the workspace, for each format whose trainer asks for more than a file.

    >>> commands_of("d", ["messages"])
    {}
    """
    return {to: _COMMANDS[to].format(name=name) for to in formats if to in _COMMANDS}


def side_files(to: Format, name: str, splits: Sequence[str]) -> dict[str, str]:
    """Return the files that lie beside the rows of a format, by name."""
    if to == "llamafactory":
        info = {name if split == "train" else f"{name}_{split}": _entry(split) for split in splits}
        return {"dataset_info.json": json.dumps(info, ensure_ascii=False, indent=2) + "\n"}
    if to == "axolotl":
        return {"datasets.yaml": _config(name, splits)}
    return {}


def _entry(split: str) -> dict[str, Any]:
    """Return the lines about one file; every tag is named, none is left to a default that may change."""
    return {
        "file_name": f"{split}.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations"},
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": "human",
            "assistant_tag": "gpt",
            "system_tag": "system",
            "observation_tag": "observation",
            "function_tag": "function_call",
        },
    }


def _config(name: str, splits: Sequence[str]) -> str:
    import yaml

    def entry(split: str) -> dict[str, Any]:
        return {
            "path": f"data/datasets/{name}/axolotl/{split}.jsonl",
            "ds_type": "json",
            "type": "chat_template",
            "field_messages": "messages",
            "message_property_mappings": {"role": "role", "content": "content"},
            "roles_to_train": ["assistant"],
            "train_on_eos": "turn",
            **({} if split == "train" else {"split": "train"}),
        }

    config: dict[str, Any] = {"datasets": [entry("train")]}
    if "validation" in splits:
        config["test_datasets"] = [entry("validation")]
    # By default rows that are too long are dropped without a word.
    config["excess_length_strategy"] = "raise"
    return yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
