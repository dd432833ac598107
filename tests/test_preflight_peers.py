"""TRL's own trainer keeps, masks and drops what preflight says that it would; for development only."""

from pathlib import Path
from typing import Any

import pytest
from chat_templates import STYLES, style_folder

from toolkit.preflight import MASKED, ChatTokenizer, Encoded, encode_row
from toolkit.preflight.trainers import TRAINERS, Stretches

LENGTH = 64
LONG = "the buyer pays the seller " * 12


def peer(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: make peers")


def talk(*contents: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(contents)]


TALKS = [
    talk("who pays?", '{"party": "甲方"}'),
    talk("谁付款？", "甲方。", "何时？", "交付后 30 日。"),
    talk("who?", LONG),
    talk(LONG, "the buyer"),
    talk(" who \n", "the seller "),
]
FORMS = {
    "messages": [{"messages": turns} for turns in TALKS],
    "prompt-completion": [{"prompt": turns[:-1], "completion": turns[-1:]} for turns in TALKS],
    "texts": [{"prompt": turns[0]["content"] + " ", "completion": turns[-1]["content"]} for turns in TALKS],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", sorted(STYLES))
def test_trl_keeps_masks_and_drops_what_preflight_says(tmp_path: Path, name: str, form: str) -> None:
    folder = style_folder(tmp_path / "tokenizer", STYLES[name])
    theirs = trl_rows(tmp_path, folder, FORMS[form])
    chat = ChatTokenizer(folder)
    ours = [row for made in FORMS[form] if (row := trained(made, chat))]
    assert ours == theirs


def trained(made: dict[str, Any], chat: ChatTokenizer) -> tuple[list[int], list[int]] | None:
    """Return the ids and labels with which TRL trains, as preflight has it; None for a row that it drops."""
    encoded = encode_row(made, chat, 1 << 40)
    assert isinstance(encoded, Encoded)
    fate = TRAINERS["trl"].fate(made, encoded, LENGTH, chat)
    if "ROW-DROPPED" in fate.codes:
        return None
    ids = fate.ids or encoded.ids
    labels = [token if within(place, fate.learned) else MASKED for place, token in enumerate(ids)]
    kept = [place for place in range(len(ids)) if within(place, fate.kept)]
    return [ids[place] for place in kept], [labels[place] for place in kept]


def within(place: int, stretches: Stretches) -> bool:
    return any(first <= place < last for first, last in stretches)


def trl_rows(
    scratch: Path, folder: Path, rows: list[dict[str, Any]], **options: Any
) -> list[tuple[list[int], list[int]]]:
    """Return the ids and labels that TRL's trainer makes of rows, at its defaults but for the length."""
    trl, transformers, datasets = peer("trl"), peer("transformers"), peer("datasets")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(vocab_size=len(tokenizer), **size))
    asked = {"max_length": LENGTH, "report_to": "none", "use_cpu": True, "bf16": False, **options}
    settings = trl.SFTConfig(output_dir=str(scratch / "out"), **asked)
    made = datasets.Dataset.from_list(rows)
    trainer = trl.SFTTrainer(model=model, args=settings, train_dataset=made, processing_class=tokenizer)
    return [(list(row["input_ids"]), list(row["labels"])) for row in trainer.train_dataset]


@pytest.mark.parametrize("name", sorted(set(STYLES) - {"chatml"}))
def test_trl_learns_the_marked_words_alone_where_it_is_told_to(tmp_path: Path, name: str) -> None:
    folder = style_folder(tmp_path / name, STYLES[name])
    theirs = trl_rows(tmp_path, folder, FORMS["messages"], assistant_only_loss=True, max_length=None)
    for made, (_, labels) in zip(FORMS["messages"], theirs, strict=True):
        ours = encode_row(made, ChatTokenizer(folder), 1 << 40)
        assert isinstance(ours, Encoded)
        assert ours.marked == len(labels) - labels.count(MASKED)
