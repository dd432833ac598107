"""The outcome of an ingest does not depend on where, or by how many, its files are read."""

import importlib.util
import json
from pathlib import Path

import pytest

from toolkit.documents import ingest
from toolkit.documents.engine import EngineName
from toolkit.errors import ToolkitError
from toolkit.workspace import Workspace, init


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:02}.txt").write_text(f"{number}. The Licensee shall keep record {number}.\n" * (number + 3))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "law.txt").write_bytes("第一条　当事人应当按照约定全面履行自己的义务。".encode("gb18030") * 9)
    (folder / "rows.jsonl").write_text("".join(json.dumps({"text": f"row {n} of the table"}) + "\n" for n in range(5)))
    return folder


def stored(place: Path, corpus: Path, workers: int, engine: EngineName) -> dict[str, bytes]:
    init(place, policy="none")
    ingest(Workspace(place), paths=[corpus], workers=workers, engine=engine)
    files = [path for path in (place / "data").rglob("*") if path.is_file() and "ledger" not in path.name]
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path, corpus: Path) -> None:
    one = stored(tmp_path / "one", corpus, 1, "local")
    assert len(one) > 2
    assert stored(tmp_path / "three", corpus, 3, "local") == one


@pytest.mark.skipif(not importlib.util.find_spec("ray"), reason="the extra 'ray' is not installed")
def test_a_ray_cluster_gives_the_same_bytes(tmp_path: Path, corpus: Path) -> None:
    assert stored(tmp_path / "ray", corpus, 2, "ray") == stored(tmp_path / "local", corpus, 1, "local")


@pytest.mark.skipif(bool(importlib.util.find_spec("ray")), reason="the extra 'ray' is installed")
def test_without_ray_the_engine_says_how_to_get_it(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(ToolkitError) as error:
        stored(tmp_path / "ray", corpus, 2, "ray")
    assert (error.value.code, error.value.exit_code) == ("EXTRA-MISSING", 4)
    assert "sft-toolkit[ray]" in error.value.hint
