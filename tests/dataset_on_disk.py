"""Labelled passages, datasets and a chat tokenizer on disk, made without a server and without a network."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.catalog import find_schema
from toolkit.documents import ingest
from toolkit.noun import content_id
from toolkit.passages import Passage, load_passages, segment
from toolkit.records import Record
from toolkit.workspace import Workspace, write_json, write_jsonl

SCHEMA = '''\
"""A question about a clause, its kind and its marks."""

from typing import Literal

from toolkit.schema import Bilingual, Schema, Span, asked


class Clause(Schema):
    """A clause."""

    title = Bilingual("Clause", "条款")
    instruction = Bilingual("Read the clause.", "请阅读条款。")

    question: str | None = asked("Question", "问题", role="input")
    kind: Literal["pay", "end"] | None = asked(
        "Kind", "类型", labels={"pay": ("Payment", "付款"), "end": ("End", "终止")}
    )
    marks: list[Span] = asked("Marks", "标记", labels={"party": ("Party", "当事人"), "sign": ("Sign", "符号")})
    stars: int | None = asked("Stars", "星级", ge=1, le=5)
'''

NAME = "clause"
WORDS = re.findall(
    r"\w+",
    "the of and to in for by with on at from goods price delivery notice written party court law term section days "
    "shall must will not any all each other such this that which after before under between",
)


def texts(documents: int) -> dict[str, str]:
    """Return short documents of two clauses, English and Chinese in turn, with characters beyond the first plane."""
    draw = random.Random(5)
    found = {}
    for number in range(documents):
        if number % 2:
            # Different fillers keep the documents from being near-duplicates of each other.
            first, second = (
                "".join(draw.choices("货物应当交付验收合格通知书面双方协商一致解决争议法院", k=40)) for _ in range(2)
            )
            found[f"d{number:02}.txt"] = (
                f"第一条 甲方😀应于第{number}日付款，{first}。\n\n第二条 乙方可以解除合同，{second}。\n"
            )
        else:
            first, second = (" ".join(draw.choices(WORDS, k=20)) for _ in range(2))
            found[f"d{number:02}.txt"] = (
                f"1. The Buyer 😀 pays the fee on day {number} and {first}.\n\n2. The Seller may end it if {second}.\n"
            )
    return found


def passages_of(workspace: Workspace, files: Mapping[str, str], metadata: str | None = None) -> list[Passage]:
    """Ingest and cut texts; ``metadata`` is the CSV beside them."""
    (workspace.root / "schemas").mkdir(exist_ok=True)
    (workspace.root / "schemas" / f"{NAME}.py").write_text(SCHEMA, encoding="utf-8")
    for name, text in files.items():
        (workspace.root / "raw" / name).write_text(text, encoding="utf-8")
    facts = workspace.root / "facts.csv"
    if metadata:
        facts.write_text(metadata, encoding="utf-8")
    ingest(workspace, paths=[workspace.root / "raw"], metadata=facts if metadata else None)
    segment(workspace, by="clause")
    return list(load_passages(workspace))


def answer_to(passage: Passage) -> dict[str, Any]:
    """Return the right answer about one of ``texts``."""
    pays = "pay" in passage.text or "付款" in passage.text
    marks = [
        {"start": at, "end": at + len(text), "text": text, "label": label}
        for text, label in (("😀", "sign"), ("Buyer", "party"), ("甲方", "party"), ("乙方", "party"))
        if (at := passage.text.find(text)) >= 0
    ]
    return {"question": "Who? 谁？" if marks else None, "kind": "pay" if pays else "end", "marks": marks, "stars": None}


def record_of(passage: Passage, answer: Mapping[str, Any] | None = None) -> Record:
    """Return a record about a passage."""
    return Record(
        id=content_id("rec", passage.id, answer),
        passage=passage.id,
        document=passage.document,
        view=passage.view,
        start=passage.start,
        schema_name=NAME,
        schema_version="0" * 12,
        round="first",
        answer=dict(answer_to(passage) if answer is None else answer),
        annotations=("ann_1", "ann_2"),
        annotators=("ann", "ben"),
        resolution="unanimous",
    )


def labelled(workspace: Workspace, documents: int = 8, metadata: str | None = None) -> list[Record]:
    """Put records about every passage of some texts into the workspace."""
    records = [record_of(passage) for passage in passages_of(workspace, texts(documents), metadata)]
    put(workspace, records)
    return records


def put(workspace: Workspace, records: Sequence[Record]) -> None:
    """Write records as ``validate`` does, under the version that the schema has."""
    version = {"schema_version": find_schema(NAME, workspace).version}
    rows = (record.model_copy(update=version).model_dump(mode="json") for record in records)
    write_jsonl(workspace.records(NAME), rows)


def row(number: int, prompt: str, answer: str, **meta: str) -> dict[str, Any]:
    """Return a dataset row of a document of its own."""
    document = f"doc_{number:04}"
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    known = {"document": document, "group": document, "schema": "toy", "language": "en", **meta}
    return {"id": f"exa_{number:04}", "messages": turns, "meta": known}


def planted(workspace: Workspace, name: str, **splits: Sequence[Mapping[str, Any]]) -> Path:
    """Write a dataset folder by hand, as ``convert`` would leave it."""
    folder = workspace.dataset(name)
    for split, rows in splits.items():
        write_jsonl(folder / f"{split}.jsonl", rows)
    write_json(
        folder / "manifest.json", {"name": name, "splits": {split: {"rows": len(splits[split])} for split in splits}}
    )
    return folder


def chat_folder(folder: Path, template: str, *, bos: str | None = None, eos: str = "<|im_end|>") -> Path:
    """Write a small ChatML-like tokenizer whose template is given."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<s>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[AddedToken(token, special=True) for token in specials],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["the buyer pays the seller\n\n"] * 3, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": eos, "chat_template": template}
    (folder / "tokenizer_config.json").write_text(
        json.dumps(config | ({"bos_token": bos} if bos else {})), encoding="utf-8"
    )
    return folder


CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
