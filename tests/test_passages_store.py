"""Passages go to one shard per shard of documents; what has not changed is not cut again, whatever came between."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

from toolkit.documents import ingest, load_documents
from toolkit.errors import ToolkitError
from toolkit.passages import By, load_passages, segment
from toolkit.workspace import Workspace, init, read_parquet

RENT = (
    "{n}. RENT. The Tenant shall pay {n} dollars each month, in advance, on the first day, without any deduction.\n\n"
)
STORE = "toolkit.documents.store"


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five contracts, two to a shard."""
    monkeypatch.setattr(sys.modules[STORE], "_SHARD_DOCUMENTS", 2)
    folder = tmp_path / "raw"
    folder.mkdir()
    for name in "abcde":
        (folder / f"{name}.txt").write_text(f"LEASE {name}\n\n" + "".join(RENT.format(n=n) for n in range(1, 9)))
    return folder


def shards_of(workspace: Workspace) -> Mapping[str, tuple[int, int]]:
    """Inode and time of each shard: a file that was written again has others."""
    found = [(path, path.stat()) for path in sorted(workspace.passages.iterdir())]
    return {path.name: (stat.st_ino, stat.st_mtime_ns) for path, stat in found}


def test_each_shard_of_documents_has_one_of_passages_in_its_order(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    result = segment(workspace)
    assert [path.name for path in sorted(workspace.passages.iterdir())] == [
        path.name for path in sorted(workspace.documents.glob("*.parquet"))
    ]
    assert len(shards_of(workspace)) == 3
    passages = list(load_passages(workspace))
    assert len(passages) == result.passages
    assert list(dict.fromkeys(passage.document for passage in passages)) == [
        document.id for document in load_documents(workspace)
    ]


def test_a_rerun_writes_nothing_and_a_change_of_one_document_recuts_its_shard_alone(
    workspace: Workspace, raw: Path
) -> None:
    ingest(workspace, paths=[raw])
    segment(workspace)
    before = shards_of(workspace)
    again = segment(workspace)
    assert (again.changed, again.unchanged, again.documents) == (False, 5, 5)
    assert shards_of(workspace) == before
    (raw / "a.txt").write_text(
        "LEASE a\n\n1. RENT. There is none to be paid until the parties agree in writing on it.\n"
    )
    ingest(workspace, paths=[raw])
    third = segment(workspace)
    assert third.changed
    assert third.unchanged >= 3
    after = shards_of(workspace)
    assert sum(after.get(name) == stat for name, stat in before.items()) == 2
    assert {passage.document for passage in load_passages(workspace)} == {one.id for one in load_documents(workspace)}


def test_shards_of_gone_documents_and_strays_are_removed(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    segment(workspace)
    stray = workspace.passages / "0000.parquet"
    stray.write_bytes(b"no parquet")
    assert segment(workspace).changed
    assert not stray.exists()
    torn = min(workspace.passages.iterdir())
    inside = {row["document"] for row in read_parquet(torn)}
    torn.write_bytes(torn.read_bytes()[:200])
    mended = segment(workspace)
    assert (mended.changed, mended.unchanged) == (True, 5 - len(inside))
    assert len(list(load_passages(workspace))) == mended.passages


@pytest.mark.parametrize(
    ("by", "longest", "view"), [("window", None, "clean"), ("clause", 300, "clean"), ("clause", None, "source")]
)
def test_other_options_cut_everything_anew(
    workspace: Workspace, raw: Path, by: By, longest: int | None, view: Literal["clean", "source"]
) -> None:
    ingest(workspace, paths=[raw])
    segment(workspace)
    other = segment(workspace, by=by, max_characters=longest, view=view)
    assert (other.changed, other.unchanged) == (True, 0)


def test_changed_facts_about_a_document_reach_its_passages(workspace: Workspace, raw: Path, tmp_path: Path) -> None:
    ingest(workspace, paths=[raw])
    segment(workspace)
    facts = tmp_path / "facts.csv"
    facts.write_text(f"path,licence\n{raw}/a.txt,MIT\n")
    ingest(workspace, paths=[raw], metadata=facts)
    assert segment(workspace).changed
    licences = {passage.meta["path"][-5:]: passage.meta.get("licence") for passage in load_passages(workspace)}
    assert licences == {"a.txt": "MIT"} | {f"{name}.txt": None for name in "bcde"}


RUN = """
import sys
from pathlib import Path
from toolkit.passages import segment
from toolkit.workspace import Workspace
segment(Workspace(Path(sys.argv[1])))
"""


def test_a_kill_at_any_point_and_a_rerun_end_as_one_run(tmp_path: Path, raw: Path) -> None:
    def prepared(name: str) -> Workspace:
        init(tmp_path / name, policy="none")
        workspace = Workspace(tmp_path / name)
        ingest(workspace, paths=[raw])
        return workspace

    clean = prepared("clean")
    segment(clean)
    wanted = {path.name: path.read_bytes() for path in clean.passages.iterdir()}
    for point in range(1, 40):
        workspace = prepared(f"killed{point}")
        environment = {"PYTHONPATH": os.pathsep.join(sys.path), "TOOLKIT_FAILPOINT": f"*:{point}:kill"}
        command = [sys.executable, "-c", RUN, str(workspace.root)]
        killed = subprocess.run(command, env={**os.environ, **environment}, check=False).returncode
        if killed == 0:
            assert point > 10, "too few points were passed to mean anything"
            return
        assert killed == -signal.SIGKILL
        done = shards_of(workspace) if workspace.passages.is_dir() else {}
        segment(workspace)
        assert {path.name: path.read_bytes() for path in workspace.passages.iterdir()} == wanted, point
        whole = {name: stat for name, stat in done.items() if name in wanted}
        assert whole.items() <= shards_of(workspace).items(), "what was done is not done again"
        assert not segment(workspace).changed
    pytest.fail("the run never ended")


def test_an_unreadable_tokenizer_is_a_user_error(workspace: Workspace, raw: Path, tmp_path: Path) -> None:
    ingest(workspace, paths=[raw])
    (tmp_path / "tokenizer.json").write_text("{}")
    for tokenizer, code in ((tmp_path, "TOKENIZER-BROKEN"), (raw, "TOKENIZER-NONE"), (None, "TOKENIZER-NONE")):
        with pytest.raises(ToolkitError) as error:
            segment(workspace, max_tokens=100, tokenizer=tokenizer)
        assert error.value.code == code
    with pytest.raises(ToolkitError) as short:
        segment(workspace, max_tokens=3, tokenizer=tmp_path)
    assert short.value.code == "PASSAGE-TOO-SHORT"
