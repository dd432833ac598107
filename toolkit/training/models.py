"""Base models: the tiny one, pre-trained here from scratch, or a local folder of safetensors. Nothing is fetched."""

import hashlib
import json
import tempfile
import warnings
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import digest
from toolkit.preflight import TINY, ChatTokenizer, Corpus, Encoded, encode_row
from toolkit.training.loop import Pace, Row, learn
from toolkit.workspace import failpoint, write_bytes, write_json

_SHAPE: Final = {
    "hidden_size": 128,
    "intermediate_size": 384,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": False,
}
_BLOCK: Final = 256
_LONGEST: Final = 1024
_PACE: Final = Pace(epochs=1, batch=8, rate=3e-3)
_TOKENS: Final = 160_000
_TEXT_PASSES: Final = 4
_FORM_PASSES: Final = 12
"""A small corpus is read so often, a large one in part. More passes would only learn it by heart."""
_RECIPE: Final = digest([_SHAPE, _BLOCK, list(_PACE), _TOKENS, _TEXT_PASSES, _FORM_PASSES])[:12]
_MARK: Final = "pretraining.json"

_PICKLES: Final = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
_RANK: Final = 16


class Base(NamedTuple):
    """A base model's folder and what identifies its weights."""

    folder: Path
    name: str
    identity: str


def pretrain_tiny(
    folder: Path, corpus: Corpus, told: Callable[[int, int], None] = lambda _done, _all: None
) -> list[float]:
    """Pre-train the tiny model in the folder of its tokenizer, unless it is there; return each step's loss.

    A Llama of 2 layers and width 128 with random weights from a fixed seed. It proves format, masks, consistency and
    that an answer depends on its question; it says nothing about a model that was pre-trained in earnest.
    """
    mark = folder / _MARK
    if mark.is_file():
        found = json.loads(mark.read_text(encoding="utf-8"))
        if found["recipe"] == _RECIPE:
            stored: list[float] = found["losses"]
            return stored
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    chat = ChatTokenizer(folder)
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=chat.tokenizer.get_vocab_size(),
            eos_token_id=chat.special_id("eos_token"),
            pad_token_id=chat.special_id("pad_token"),
            bos_token_id=None,
            **_SHAPE,
        )
    )
    losses = [round(loss, 6) for loss in learn(model, _material(chat, corpus), _PACE, 0, told)]
    save(model, folder)
    failpoint("tiny-saved")
    write_json(mark, {"recipe": _RECIPE, "losses": losses})
    return losses


def text_blocks(chat: ChatTokenizer, texts: Sequence[str]) -> list[Row]:
    """Return texts as blocks in which every token is learned; each text ends with the end token."""
    end = chat.special_id("eos_token")
    stream = [token for text in texts for token in (*chat.encode_text(text), end) if token is not None]
    blocks = [stream[begin : begin + _BLOCK] for begin in range(0, len(stream), _BLOCK)]
    return [Row(block, block) for block in blocks if len(block) > 1]


def _material(chat: ChatTokenizer, corpus: Corpus) -> list[Row]:
    """Return what to learn from: conversations, of which the answers count, and texts, half of the tokens each."""
    conversations = (encode_row({"messages": form}, chat, _LONGEST) for form in corpus.forms)
    forms = [Row(row.ids, row.labels) for row in conversations if isinstance(row, Encoded)]
    return [
        *_within(forms * _FORM_PASSES, _TOKENS // 2),
        *_within(text_blocks(chat, corpus.texts) * _TEXT_PASSES, _TOKENS // 2),
    ]


def _within(rows: Sequence[Row], tokens: int) -> list[Row]:
    totals = accumulate(len(row.ids) for row in rows)
    return [row for row, total in zip(rows, totals, strict=True) if total <= tokens]


def local_base(folder: Path) -> Base:
    """Return a local model's folder, checked to hold weights only: loading it runs no code of a stranger's.

    Raises:
        ToolkitError: ``MODEL-NONE`` when it is no model's folder, ``MODEL-UNSAFE`` for pickled weights, for code of its
            own (``auto_map``) and for settings that ask for trust.
    """
    config = folder / "config.json"
    weights = sorted(folder.glob("*.safetensors"))
    if not config.is_file():
        raise _no_model(folder)
    for file in sorted(folder.rglob("*")):
        if file.suffix in _PICKLES:
            raise _unsafe(folder, f"'{file.name}' may be a pickle, which runs code when it is loaded")
        if file.suffix == ".json" and (key := _trusting(file)):
            raise _unsafe(folder, f"'{file.name}' has the key '{key}', which runs code out of the folder")
    if not weights:
        raise _no_model(folder)
    files = [*weights, config, *sorted(folder.glob("tokenizer*")), *sorted(folder.glob("chat_template.jinja"))]
    return Base(folder, folder.resolve().name, digest([[file.name, _sha256(file)] for file in files if file.is_file()]))


def tiny_base(folder: Path) -> Base:
    """Return the tiny model's folder; its name is a hash of what it was made from."""
    return Base(folder, folder.name, digest([folder.name, _RECIPE]))


def load(base: Base, method: str, seed: int) -> Any:
    """Return a fresh copy of a base model, ready to learn: LoRA on all linear layers, or all weights.

    Raises:
        ToolkitError: ``MODEL-BROKEN`` when the files cannot be loaded.
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            base.folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise ToolkitError(
            said(
                f"The model in '{base.folder}' cannot be loaded: {error}.",
                f"无法加载 '{base.folder}' 中的模型：{error}。",
            ),
            hint=said("Copy the model's folder again.", "请重新复制该模型的文件夹。"),
            code="MODEL-BROKEN",
        ) from error
    if method == "full":
        return model
    config = LoraConfig(r=_RANK, lora_alpha=2 * _RANK, target_modules=_linear(model), task_type="CAUSAL_LM")
    with warnings.catch_warnings():
        # peft asks the model under a name that transformers is about to drop; nothing for the user to do.
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(model, config)


def _linear(model: Any) -> list[str]:
    """Return the names of all linear layers; the head too where it shares no weights with the embedding.

    The tiny model has seen too little for its head to stay as it is; peft's ``all-linear`` would leave it out.
    """
    import torch

    names = {name.rpartition(".")[2] for name, part in model.named_modules() if isinstance(part, torch.nn.Linear)}
    return sorted(names - ({"lm_head"} if model.config.tie_word_embeddings else set()))


def pace_for(base: Base, method: str, epochs: int) -> Pace:
    """Return how fast a base learns: a tiny random model needs and bears far larger steps than a trained one."""
    tiny = base.name.startswith(f"{TINY}-")
    rates = {("lora", True): 3e-3, ("full", True): 2e-3, ("lora", False): 3e-4, ("full", False): 2e-5}
    return Pace(epochs, batch=4, rate=rates[method, tiny])


def save(model: Any, folder: Path, *, name: str | None = None) -> None:
    """Save a model or an adapter, each file whole or not at all and in one canonical form.

    Args:
        model: a transformers or peft model.
        folder: where to.
        name: what the adapter's config calls its base; never a path, which would differ from machine to machine.
    """
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch, **({"save_embedding_layers": False} if name else {}))
        for file in sorted(Path(scratch).iterdir()):
            if file.suffix == ".safetensors":
                write_bytes(folder / file.name, file.read_bytes())
            elif file.suffix == ".json":
                write_json(folder / file.name, _canonical(json.loads(file.read_text(encoding="utf-8")), name))


def _canonical(config: dict[str, Any], name: str | None) -> dict[str, Any]:
    """Sort what peft writes in the order of a set, which differs from process to process."""
    if name is not None:
        config["base_model_name_or_path"] = name
    if isinstance(config.get("target_modules"), list):
        config["target_modules"] = sorted(config["target_modules"])
    return dict(sorted(config.items()))


def _trusting(file: Path) -> str | None:
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return None
    keys = ("auto_map", "trust_remote_code", "custom_pipelines")
    return next((key for key in keys if isinstance(config, dict) and config.get(key)), None)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _no_model(folder: Path) -> ToolkitError:
    return ToolkitError(
        said(
            f"'{folder}' is no model: it has no config.json with safetensors.",
            f"'{folder}' 不是模型：没有 config.json 和 safetensors。",
        ),
        hint=said(
            "Name a local folder with config.json, *.safetensors and a tokenizer, or: tiny.",
            "请指定包含 config.json、*.safetensors 和分词器的本地文件夹，或使用 tiny。",
        ),
        code="MODEL-NONE",
    )


def _unsafe(folder: Path, why: str) -> ToolkitError:
    return ToolkitError(
        said(f"The model in '{folder}' is not loaded: {why}.", f"未加载 '{folder}' 中的模型：{why}。"),
        hint=said(
            "Use a copy with safetensors and without code of its own.",
            "请使用只含 safetensors 且不带自定义代码的副本。",
        ),
        code="MODEL-UNSAFE",
    )
