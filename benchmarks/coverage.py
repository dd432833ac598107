"""What becomes of a folder of real documents: documents, or which codes, listed one by one.

Run: .venv/bin/python benchmarks/coverage.py [FOLDER...]    (default: the real documents beside the checkout)
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from toolkit.documents import ingest
from toolkit.workspace import Workspace, init, read_jsonl

BESIDE = Path(__file__).parent.parent.parent / "shared" / "data"
GOAL = 0.99
ASKED_FOR = {"DOC-FIELDS", "NEEDS-OCR", "PAGES-NEED-OCR"}
"""Codes that tell the user what to add: a field mapping, or ``--ocr``."""


def main() -> None:
    folders = [Path(name) for name in sys.argv[1:]] or [BESIDE / name for name in ("legal", "medical", "finance")]
    if not all(folder.is_dir() for folder in folders):
        sys.exit(f"no such folder: {', '.join(map(str, folders))}")
    with tempfile.TemporaryDirectory() as place:
        init(Path(place), policy="none")
        workspace = Workspace(Path(place))
        started = time.perf_counter()
        result = ingest(workspace, paths=folders, workers=2)
        seconds = time.perf_counter() - started
        problems = list(read_jsonl(workspace.problems))
    assert result.account
    print(f"{result.account.sentence()}; members: {result.members}; {seconds:.0f} s")
    print(", ".join(f"{code} {count}" for code, count in Counter(row["code"] for row in problems).most_common()))
    rest = [row for row in problems if row["code"] not in ASKED_FOR and "#" not in row["where"]]
    for row in rest:
        print(f"  {row['code']}  {row['where']}: {row['found']}")
    share = 1 - len(rest) / result.files
    print(f"{share:.2%} are documents or say what they need; goal {GOAL:.0%}; the others are above, to be judged")


if __name__ == "__main__":
    main()
