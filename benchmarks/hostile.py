"""Damaged, hostile and odd files: each ends as a document or a code, the parent neither crashes, hangs nor grows.

Run: .venv/bin/python benchmarks/hostile.py [FOLDER...]    (default: the hostile files beside the checkout)
"""

import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from toolkit.documents import ingest
from toolkit.documents.refusal import CODES
from toolkit.workspace import Workspace, init, read_jsonl

BESIDE = Path(__file__).parent.parent.parent / "shared" / "data" / "nasty"
GROWTH = 50


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def warmed_up(folder: Path) -> float:
    """Read one ordinary file, so that what is imported once does not count as growth."""
    (folder / "ordinary.txt").write_text("The parties agree as follows.")
    init(folder / "warm", policy="none")
    ingest(Workspace(folder / "warm"), paths=[folder / "ordinary.txt"])
    return megabytes()


def main() -> None:
    folders = [Path(name) for name in sys.argv[1:]] or [BESIDE]
    if not all(folder.is_dir() for folder in folders):
        sys.exit(f"no such folder: {', '.join(map(str, folders))}")
    with tempfile.TemporaryDirectory() as place:
        before = warmed_up(Path(place))
        init(Path(place) / "hostile", policy="none")
        workspace = Workspace(Path(place) / "hostile")
        started = time.perf_counter()
        result = ingest(workspace, paths=folders)
        seconds = time.perf_counter() - started
        codes = Counter(row["code"] for row in read_jsonl(workspace.problems))
        again = ingest(workspace, paths=folders)
    grown = megabytes() - before
    assert result.account
    print(f"{result.account.sentence()}; members: {result.members}; {seconds:.0f} s; 0 crashes of the parent")
    print(", ".join(f"{code} {count}" for code, count in codes.most_common()))
    print(f"codes that nobody declared: {sorted(set(codes) - set(CODES)) or 'none'}")
    print(f"a rerun changes something: {again.changed}")
    print(f"growth of the parent: {grown:.0f} MB, {grown / GROWTH:.2f} of the {GROWTH} MB allowed")


if __name__ == "__main__":
    main()
