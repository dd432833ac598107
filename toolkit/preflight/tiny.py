"""The tiny tokenizer: byte-level BPE learned from the workspace's own texts, in any language, nothing to download.

What the dataset holds out is held out here too: no passage of a validation or test group is looked at.
"""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, takewhile
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit.documents import clusters
from toolkit.noun import digest
from toolkit.passages import load_passages
from toolkit.preflight.encoding import messages_of
from toolkit.release import Dataset, components
from toolkit.workspace import Workspace, write_json, write_text

VOCABULARY: Final = 2048
CORPUS_CHARACTERS: Final = 2_000_000
"""As much text as a sanity run needs; more is left out by a rule that depends on content alone."""
START, END, PAD = "<|toolkit_start|>", "<|toolkit_end|>", "<|toolkit_pad|>"
"""Control tokens. No other model's: a text which spells those of a well-known chat model stays text anywhere."""

TEMPLATE: Final = (
    "{% for message in messages %}"
    "{{ '" + START + "' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '" + END + "' }}{% endgeneration %}"
    "{% else %}{{ message['content'] + '" + END + "' }}{% endif %}"
    "{{ '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '" + START + "assistant\n' }}{% endif %}"
)


class Corpus(NamedTuple):
    """What a model may see before a dataset's training: nothing of its held-out groups, no question with its answer.

    Attributes:
        texts: passages.
        forms: the training rows as conversations, with their answers dealt anew: they show the form of questions and
            answers, and which answers are common, but not which belongs to which question.
    """

    texts: list[str]
    forms: list[list[dict[str, str]]]

    def pieces(self) -> list[str]:
        """Return every text, also those of the conversations."""
        return [*self.texts, *(message["content"] for form in self.forms for message in form)]


def corpus_of(workspace: Workspace, dataset: Dataset) -> Corpus:
    """Return what the workspace and the training rows give to learn from before any training."""
    held_out = {row["meta"]["document"] for split in ("validation", "test") for row in dataset.rows(split)}
    passages = list(load_passages(workspace))
    group = components({passage.document: passage.group for passage in passages}, clusters(workspace))
    closed = {group.get(document, document) for document in held_out}
    texts = _sample(passage.text for passage in passages if group[passage.document] not in closed)
    return Corpus(texts, _forms([messages_of(row) for row in dataset.rows("train")]))


def corpus_of_rows(rows: Iterable[Mapping[str, Any]]) -> Corpus:
    """Return what rows without a workspace's passages give: their conversations."""
    return Corpus([], _forms([turns for row in rows if len(turns := messages_of(row)) > 1]))


def tiny_folder(workspace: Workspace, corpus: Corpus) -> Path:
    """Return where the tiny model of a corpus lies; its name is a hash of the texts and of how they are used."""
    return workspace.models / f"tiny-{digest([VOCABULARY, TEMPLATE, *corpus])[:16]}"


def build_tiny(folder: Path, corpus: Corpus) -> bool:
    """Learn the tiny tokenizer and write it in the form that transformers loads; return whether anything changed."""
    if (folder / "tokenizer.json").is_file() and (folder / "tokenizer_config.json").is_file():
        return False
    write_json(folder / "tokenizer_config.json", _config())
    return write_text(folder / "tokenizer.json", _learned(corpus.pieces()))


def _sample(texts: Iterable[str]) -> list[str]:
    """Return different texts in an order that depends on content alone, as many as the budget holds."""
    ordered = sorted(set(texts), key=digest)
    sizes = accumulate(map(len, ordered))
    kept = sum(1 for _ in takewhile(lambda total: total <= CORPUS_CHARACTERS, sizes))
    return ordered[: max(1, kept)]


def _forms(conversations: Sequence[list[dict[str, str]]]) -> list[list[dict[str, str]]]:
    """Return conversations with answers dealt anew, by an order in which no question meets its own by more than chance.

    Both lists are sorted apart by content, so equal questions and equal answers give equal forms, however they belong.
    """
    prompts = sorted(
        (conversation[:-1] for conversation in conversations), key=lambda prompt: digest(["question", prompt])
    )
    answers = sorted(
        (conversation[-1] for conversation in conversations), key=lambda answer: digest(["answer", answer])
    )
    random.Random(0).shuffle(answers)  # noqa: S311 - an order, not a secret
    return [[*prompt, answer] for prompt, answer in zip(prompts, answers, strict=True)]


def _learned(corpus: Iterable[str]) -> str:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[AddedToken(token, special=True) for token in (PAD, START, END)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, indent=1) + "\n"


def _config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": PAD,
        "clean_up_tokenization_spaces": False,
        "chat_template": TEMPLATE,
    }
