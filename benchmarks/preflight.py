"""Rows that ``preflight`` looks at in a CPU-second: the whole verb, every trainer, files written, in one process.

    python benchmarks/preflight.py [ROWS]

The rows are windows of the bundled documents, of about a hundred words (English) or 250 characters (Chinese), with a
short JSON answer, under a byte-level tokenizer of 8,000 tokens learned from those documents. The tokenizer is made
before, the page is not among it.
"""

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from toolkit.preflight import preflight
from toolkit.workspace import Workspace, init, write_jsonl

ROWS = 5000
EXAMPLES = Path(__file__).parent.parent / "examples"
SPECIALS = ["<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def documents() -> list[str]:
    files = (file for kind in ("legal", "medical") for file in sorted((EXAMPLES / kind).glob("*")))
    return [
        file.read_text(encoding="utf-8") for file in files if file.suffix in {".txt", ".md"} and "gb" not in file.name
    ]


def texts(count: int) -> list[str]:
    draw = random.Random(2)  # noqa: S311 - an order, not a secret
    whole = documents()
    windows = []
    for place in range(count):
        text = whole[place % len(whole)]
        size = 250 if max(text) > "\u4e00" else 600
        start = draw.randrange(max(1, len(text) - size))
        windows.append(text[start : start + size])
    return windows


def tokenizer(folder: Path) -> Path:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=8000,
        special_tokens=[AddedToken(token, special=True) for token in SPECIALS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator(documents(), trainer)
    folder.mkdir()
    made.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": SPECIALS[1], "chat_template": TEMPLATE}))
    return folder


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        init(root / "w", policy="none")
        folder = tokenizer(root / "tokenizer")
        rows = [
            {
                "id": f"r{place}",
                "messages": [
                    {"role": "user", "content": f"Read the clause.\n\n{text}"},
                    {"role": "assistant", "content": json.dumps({"party": text[:20], "kind": "payment"})},
                ],
            }
            for place, text in enumerate(texts(count))
        ]
        write_jsonl(root / "rows.jsonl", rows)
        begun = time.process_time()
        result = preflight(Workspace(root / "w"), dataset=str(root / "rows.jsonl"), tokenizer=str(folder))
        seconds = time.process_time() - begun
    assert (result.rows, result.problems) == (count, 0), result.faults
    assert result.tokens
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} rows of {result.tokens.median} tokens: {count / seconds:.0f} rows a CPU-second, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
