"""How fast real documents are cut into passages, and how many hold a passage beyond the limit (none may).

Beside it, the rule of synthetic-data-kit 0.0.5 (`split_into_chunks`: paragraphs at blank lines, joined up to 4,000
characters, never cut) on the same texts.

Run: .venv/bin/python benchmarks/segment.py ../shared/data
"""

import gzip
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from toolkit.documents import Document
from toolkit.documents.readers.plain import read_plain
from toolkit.passages import By
from toolkit.passages.limits import Characters
from toolkit.passages.segment import passages_of

LIMIT = 4000
WAYS: tuple[By, ...] = ("clause", "section", "paragraph", "window")
SETS = {
    "contracts (en)": "legal/bulk/contracts_en.jsonl.gz",
    "CUAD contracts (en)": "legal/cuad/cuad_contracts.jsonl.gz",
    "statutes (zh)": "legal/bulk/statutes_zh.jsonl.gz",
}


def texts(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield row.get("text") or row["context"]


def document(text: str) -> Document:
    return Document(id="doc_0", source_sha256="0", path="", text=text, blocks=tuple(read_plain(text)), meta={})


def blank_line_chunks(text: str) -> list[str]:
    chunks, current = [], ""
    for paragraph in text.split("\n\n"):
        if current and len(current) + len(paragraph) > LIMIT:
            chunks.append(current)
            current = paragraph
        else:
            current = f"{current}\n\n{paragraph}" if current else paragraph
    return [*chunks, current]


def main() -> None:
    print(f"limit {LIMIT} characters")
    for name, file in SETS.items():
        found = list(texts(Path(sys.argv[1]) / file))
        variants = {name: found, f"{name}, single line ends": ["\n".join(text.split("\n\n")) for text in found]}
        for title, given in variants.items():
            documents = [document(text) for text in given]
            peer = sum(any(len(chunk) > LIMIT for chunk in blank_line_chunks(text)) for text in given)
            print(f"{title}: {len(given)} documents, {sum(map(len, given)) / 1e6:.1f} million characters")
            print(f"  blank-line rule: {peer} of {len(given)} documents with a chunk over the limit")
            for by in WAYS:
                started = time.perf_counter()
                cut = [list(passages_of(one, by, Characters(LIMIT))) for one in documents]
                seconds = time.perf_counter() - started
                over = sum(any(len(passage.text) > LIMIT for passage in passages) for passages in cut)
                count = sum(map(len, cut))
                print(
                    f"  {by}: {count} passages, {count / seconds:,.0f} passages/s, {len(cut) / seconds:,.0f} "
                    f"documents/s, {over} documents with one over the limit"
                )


if __name__ == "__main__":
    main()
