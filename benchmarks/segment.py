"""How fast real documents are cut into passages, and how many hold a passage beyond the limit (none may).

Beside it, what a version of synthetic-data-kit's `split_into_chunks` (its default limit, 4,000) makes of the same
texts, from the file of an installed copy or of a checkout: `synthetic_data_kit/utils/text.py`.

Run: .venv/bin/python benchmarks/segment.py ../shared/data [TEXT.PY...]
"""

import gzip
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
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


def chunker(file: str) -> Callable[[str], list[str]]:
    spec = importlib.util.spec_from_file_location("peer", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    split: Callable[[str], list[str]] = module.split_into_chunks
    return split


def main() -> None:
    print(f"limit {LIMIT} characters")
    for name, file in SETS.items():
        found = list(texts(Path(sys.argv[1]) / file))
        variants = {name: found, f"{name}, single line ends": ["\n".join(text.split("\n\n")) for text in found]}
        for title, given in variants.items():
            documents = [document(text) for text in given]
            print(f"{title}: {len(given)} documents, {sum(map(len, given)) / 1e6:.1f} million characters")
            for peer in sys.argv[2:]:
                split = chunker(peer)
                over = sum(any(len(chunk) > LIMIT for chunk in split(text)) for text in given)
                print(f"  {peer}: {over} documents with a chunk over the limit")
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
