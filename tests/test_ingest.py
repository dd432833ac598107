"""Every file is accounted for, a rerun changes nothing, and a kill at any point leaves nothing to mend by hand."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.documents import IngestResult, clusters, document, ingest, load_documents
from toolkit.documents.confined import Limits
from toolkit.documents.near_duplicates.shingles import jaccard, shingles
from toolkit.documents.refusal import Refused
from toolkit.documents.sandbox import Parsed, Sandbox, Wanted
from toolkit.documents.sources import sha256_of
from toolkit.errors import ToolkitError
from toolkit.workspace import Workspace, init, read_jsonl, read_parquet

PARTIES = ("Licensee", "Licensor", "Buyer", "Seller", "Agent", "Lender", "Tenant")
DUTIES = ("keep", "deliver", "insure", "inspect", "return")
THINGS = ("records", "goods", "premises", "samples", "accounts", "vessels", "notices", "drawings", "machines", "funds")
ZH_PARTIES = ("承租人", "出租人", "买受人", "出卖人", "借款人", "贷款人", "受托人")
ZH_DUTIES = ("按照约定支付", "及时通知对方领取", "妥善保管", "依法登记", "如实申报")
ZH_THINGS = ("租金和押金", "标的物", "有关单证和资料", "利息", "货物", "房屋", "合同文本", "账簿", "设备", "保证金")


def clauses(numbers: range) -> str:
    """English clauses, each with words of its own."""
    return "".join(
        f"{n}. The {PARTIES[n % 7]} shall {DUTIES[n % 5]} the {THINGS[n % 10]} in good order for {n} days and "
        f"show them to the {PARTIES[n * 3 % 7]} upon request. "
        for n in numbers
    )


def statute(numbers: range) -> str:
    """Chinese articles, each with words of its own."""
    return "".join(
        f"第{n}条　{ZH_PARTIES[n % 7]}应当{ZH_DUTIES[n % 5]}{ZH_THINGS[n % 10]}，"
        f"并在{n}日内告知{ZH_PARTIES[n * 3 % 7]}。"
        for n in numbers
    )


@pytest.fixture
def raw(workspace: Workspace) -> Path:
    """Nine files: five documents, two refusals, two exact duplicates (one of a refused file)."""
    folder = workspace.root / "raw"
    (folder / "深层").mkdir(parents=True)
    (folder / "a.txt").write_text(clauses(range(40)))
    (folder / "b.html").write_text("<html><body><p>Pay at once.</p></body></html>")
    (folder / "c-copy.html").write_text("<html><body><p>Pay at once.</p></body></html>")
    (folder / "d.txt").write_bytes(statute(range(40)).encode("gb18030"))
    (folder / "e.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "f.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "深层" / "g.md").write_text("# 法\n\n第一条　本法施行。\n")
    (folder / "深层" / "h.txt").write_text(clauses(range(41)))
    (folder / "深层" / "i.txt").write_bytes("第一条　本法施行。".encode("gbk") * 3)
    (folder / ".hidden.txt").write_text("hidden")
    return folder


def data_of(workspace: Workspace) -> dict[str, str]:
    """Every file below data/ with its hash, the ledger by its rows."""
    files = {
        str(path.relative_to(workspace.data)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(workspace.data.rglob("*"))
        if path.is_file() and not path.name.startswith(("ledger.sqlite", ".lock"))
    }
    for table in ("paths", "documents", "near_duplicates", "problems"):
        rows = [tuple(row) for row in workspace.ledger.query(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
        files[table] = repr(rows)
    return files


def counts(result: IngestResult) -> tuple[int, ...]:
    assert result.account is not None
    assert result.files == result.documents + result.unchanged + result.refused + result.exact_duplicates
    return result.files, result.documents, result.unchanged, result.refused, result.exact_duplicates


def codes(workspace: Workspace) -> list[tuple[str, str]]:
    return [(row["code"], row["where"]) for row in read_jsonl(workspace.problems)]


def test_files_are_documents_duplicates_or_refusals(workspace: Workspace, raw: Path) -> None:
    result = ingest(workspace, paths=[raw])
    assert counts(result) == (9, 6, 0, 2, 1)
    assert (result.near_duplicates, result.problems, result.superseded, result.changed) == (1, 2, 0, True)
    assert codes(workspace) == [("DOC-BROKEN", "raw/e.pdf"), ("DOC-BROKEN", "raw/f.pdf")]
    paths = sorted(found.path for found in load_documents(workspace))
    assert paths == ["raw/a.txt", "raw/b.html", "raw/d.txt", "raw/深层/g.md", "raw/深层/h.txt", "raw/深层/i.txt"]


def test_stored_columns_are_the_contract_s_and_come_back_whole(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    (shard,) = workspace.documents.glob("*.parquet")
    columns = ["id", "source_sha256", "path", "locator", "view", "text", "blocks", "index_map", "meta"]
    assert list(read_parquet(shard)[0]) == columns
    documents = list(load_documents(workspace))
    assert [found.path for found in documents] == sorted(found.path for found in documents)
    for found in documents:
        source = (workspace.root / found.path).read_bytes()
        assert found.source_sha256 == hashlib.sha256(source).hexdigest()
        assert document(workspace, found.id) == found
    (statute,) = [found for found in documents if found.path == "raw/d.txt"]
    assert statute.text == (raw / "d.txt").read_bytes().decode("gb18030")
    assert (statute.language, statute.meta["encoding"]) == ("zh", "gb18030")


def test_a_rerun_parses_nothing_and_changes_no_byte(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    before = data_of(workspace), {path: path.stat().st_mtime_ns for path in workspace.data.rglob("*.[pj]*")}
    said: list[str] = []
    result = ingest(workspace, paths=[raw], progress=lambda _done, _total, what: said.append(what))
    assert counts(result) == (9, 0, 6, 2, 1)
    assert not result.changed
    assert result.problems == 2
    assert set(said) == {"looking at files"}
    assert before == (data_of(workspace), {path: path.stat().st_mtime_ns for path in workspace.data.rglob("*.[pj]*")})


def test_the_outcome_does_not_depend_on_workers(tmp_path: Path, raw: Path) -> None:
    outcomes = []
    for workers in (1, 3):
        init(tmp_path / f"w{workers}", policy="none")
        workspace = Workspace(tmp_path / f"w{workers}")
        ingest(workspace, paths=[raw], workers=workers)
        outcomes.append(data_of(workspace))
    assert outcomes[0] == outcomes[1]


def test_a_changed_file_supersedes_its_document(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    (old,) = [found for found in load_documents(workspace) if found.path == "raw/a.txt"]
    (raw / "a.txt").write_text("Something else is agreed now.")
    result = ingest(workspace, paths=[raw])
    assert counts(result) == (9, 1, 5, 2, 1)
    assert result.superseded == 1
    assert old.id not in {found.id for found in load_documents(workspace)}
    assert document(workspace, old.id) == old
    (raw / "a.txt").write_text(old.text)
    assert ingest(workspace, paths=[raw]).superseded == 1
    assert old in list(load_documents(workspace))


def test_a_refused_file_that_was_mended_becomes_a_document(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    (raw / "e.pdf").write_text("now plain text")
    result = ingest(workspace, paths=[raw])
    assert counts(result) == (9, 1, 6, 1, 1)
    assert codes(workspace) == [("DOC-BROKEN", "raw/f.pdf")]


def test_an_exact_duplicate_takes_over_when_the_first_changes_or_goes(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    (raw / "b.html").write_text("<html><p>Other terms apply.</p></html>")
    result = ingest(workspace, paths=[raw])
    assert counts(result) == (9, 2, 5, 2, 0)
    assert result.superseded == 0
    (raw / "c-copy.html").rename(raw / "renamed.html")
    result = ingest(workspace, paths=[raw])
    assert counts(result) == (9, 1, 6, 2, 0)
    assert "raw/renamed.html" in {found.path for found in load_documents(workspace)}
    assert "raw/c-copy.html" not in {found.path for found in load_documents(workspace)}


def test_bytes_that_another_path_still_holds_stay_current(workspace: Workspace, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").write_text("The same words are agreed twice.")
        ingest(workspace, paths=[tmp_path / folder])
    (tmp_path / "one" / "same.txt").write_text("Not any more.")
    assert ingest(workspace, paths=[tmp_path / "one"]).superseded == 0
    assert sorted(found.path for found in load_documents(workspace)) == ["one/same.txt", "two/same.txt"]


def test_each_document_stands_in_one_shard_whatever_happens(workspace: Workspace, raw: Path) -> None:
    metadata = workspace.root / "facts.csv"
    for round_number in range(3):
        metadata.write_text(f"path,licence\nraw/a.txt,licence {round_number}\nraw/d.txt,MIT\n")
        (raw / "b.html").write_text(f"<p>Version {round_number}</p>")
        ingest(workspace, paths=[raw], metadata=metadata)
    stored = [row["id"] for shard in workspace.documents.glob("*.parquet") for row in read_parquet(shard)]
    assert len(stored) == len(set(stored))
    (found,) = [found for found in load_documents(workspace) if found.path == "raw/a.txt"]
    assert found.meta["licence"] == "licence 2"


def test_a_store_that_was_tampered_with_heals(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    before = data_of(workspace)
    (shard,) = workspace.documents.glob("*.parquet")
    shard.rename(workspace.documents / "orphan.parquet")
    result = ingest(workspace, paths=[raw])
    assert counts(result)[:2] == (9, 6)
    assert data_of(workspace) == before


class TestMetadata:
    """A team's facts reach the documents, and what matches nothing is told."""

    def test_rows_reach_their_documents_and_the_rest_are_problems(self, workspace: Workspace, raw: Path) -> None:
        (raw / "facts.csv").write_text(
            "path,title,licence,group,language\na.txt,Licence,CC-BY,x,English\n深层/g.md,法,MIT,,\nno.txt,Lost,,,\n",
            encoding="gb18030",
        )
        result = ingest(workspace, paths=[raw], metadata=raw / "facts.csv")
        assert counts(result) == (9, 6, 0, 2, 1)
        by_path = {found.path: found for found in load_documents(workspace)}
        licensed = by_path["raw/a.txt"]
        assert (licensed.meta["title"], licensed.meta["licence"], licensed.group) == ("Licence", "CC-BY", "x")
        assert (licensed.language, licensed.meta["declared_language"]) == ("en", "English")
        assert by_path["raw/深层/g.md"].group == by_path["raw/深层/g.md"].id
        assert [where for code, where in codes(workspace) if code == "META-NO-ROW"] == [
            "raw/b.html",
            "raw/d.txt",
            "raw/深层/h.txt",
            "raw/深层/i.txt",
        ]
        assert ("META-NO-FILE", "facts.csv:4") in codes(workspace)
        assert not ingest(workspace, paths=[raw], metadata=raw / "facts.csv").changed

    def test_new_facts_make_the_document_anew_under_its_identity(self, workspace: Workspace, raw: Path) -> None:
        facts = workspace.root / "facts.jsonl"
        facts.write_text('{"path": "raw/a.txt", "licence": "old"}\n')
        ingest(workspace, paths=[raw], metadata=facts)
        before = {found.path: found for found in load_documents(workspace)}
        facts.write_text('{"path": "raw/a.txt", "licence": "new", "year": 2024}\n')
        result = ingest(workspace, paths=[raw], metadata=facts)
        assert counts(result) == (9, 1, 5, 2, 1)
        after = {found.path: found for found in load_documents(workspace)}
        assert after["raw/a.txt"].id == before["raw/a.txt"].id
        assert after["raw/a.txt"].meta["licence"] == "new"
        assert result.superseded == 0

    def test_without_a_metadata_file_the_facts_stay(self, workspace: Workspace, raw: Path) -> None:
        facts = workspace.root / "facts.csv"
        facts.write_text("path,licence\nraw/a.txt,MIT\n")
        ingest(workspace, paths=[raw], metadata=facts)
        assert not ingest(workspace, paths=[raw]).changed
        (raw / "a.txt").write_text("A later wording.")
        ingest(workspace, paths=[raw])
        (found,) = [found for found in load_documents(workspace) if found.path == "raw/a.txt"]
        assert (found.text, found.meta["licence"]) == ("A later wording.", "MIT")

    @pytest.mark.parametrize(
        "content",
        [
            "file,licence\na.txt,MIT\n",
            "path,licence\n,MIT\n",
            "path,licence\na.txt,MIT\na.txt,GPL\n",
            "path\na.txt,x\n",
            '{"path": "a.txt"}\n{"path": \n',
            '{"path": "a.txt", "share": NaN}\n',
        ],
    )
    def test_a_broken_metadata_file_stops_before_anything_is_written(
        self, workspace: Workspace, raw: Path, content: str
    ) -> None:
        (raw / "facts").write_text(content)
        with pytest.raises(ToolkitError) as error:
            ingest(workspace, paths=[raw], metadata=raw / "facts")
        assert error.value.code == "METADATA-BROKEN"
        assert not workspace.data.exists()


class TestPaths:
    """What is named is found, and what cannot be read gets a code instead of a hang."""

    @pytest.mark.parametrize(("make", "code"), [("missing", "PATH-MISSING"), ("empty", "PATH-EMPTY")])
    def test_mistakes_stop_before_anything_is_written(self, workspace: Workspace, make: str, code: str) -> None:
        (workspace.root / "empty").mkdir()
        with pytest.raises(ToolkitError) as error:
            ingest(workspace, paths=[workspace.root / make])
        assert error.value.code == code
        assert not workspace.data.exists()

    def test_two_files_of_one_name_outside_the_workspace_are_a_clash(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        for folder in ("x/docs", "y/docs"):
            (tmp_path / folder).mkdir(parents=True)
            (tmp_path / folder / "a.txt").write_text(folder)
        with pytest.raises(ToolkitError) as error:
            ingest(workspace, paths=[tmp_path / "x/docs", tmp_path / "y/docs"])
        assert error.value.code == "PATH-CLASH"

    def test_the_workspace_s_own_files_are_no_documents(self, workspace: Workspace, raw: Path) -> None:
        ingest(workspace, paths=[raw])
        assert ingest(workspace, paths=[workspace.root]).files == 9

    def test_pipes_devices_loops_and_dangling_links_are_refused(self, workspace: Workspace, tmp_path: Path) -> None:
        folder = tmp_path / "odd"
        folder.mkdir()
        os.mkfifo(folder / "pipe")
        (folder / "dangling").symlink_to("nowhere")
        (folder / "device").symlink_to("/dev/zero")
        (folder / "loop").symlink_to(folder)
        (folder / "good.txt").write_text("good words")
        result = ingest(workspace, paths=[folder])
        assert counts(result) == (5, 1, 0, 4, 0)
        assert {code for code, _ in codes(workspace)} == {"DOC-NOTFILE"}

    def test_a_link_out_of_the_folder_is_not_followed(self, workspace: Workspace, tmp_path: Path) -> None:
        outside = tmp_path / "secret"
        outside.mkdir()
        (outside / "key.txt").write_text("words that nobody offered")
        folder = tmp_path / "share"
        folder.mkdir()
        (folder / "own.txt").write_text("words that somebody offered")
        (folder / "alias.txt").symlink_to(folder / "own.txt")
        (folder / "file.txt").symlink_to(outside / "key.txt")
        (folder / "folder").symlink_to(outside)
        ingest(workspace, paths=[folder])
        assert codes(workspace) == [("DOC-NOTFILE", "share/file.txt"), ("DOC-NOTFILE", "share/folder")]
        assert [found.text for found in load_documents(workspace)] == ["words that somebody offered"]

    def test_odd_names_are_stored(self, workspace: Workspace, tmp_path: Path) -> None:
        folder = tmp_path / "odd"
        folder.mkdir()
        for number, name in enumerate((b"a\xffb.txt", b"\x1b[31m.txt", b"line\nend.txt", "\u202egnp.txt".encode())):
            (folder / os.fsdecode(name)).write_text(f"words of document {number}")
        assert counts(ingest(workspace, paths=[folder]))[:2] == (4, 4)
        assert "odd/a\\xffb.txt" in {found.path for found in load_documents(workspace)}
        assert not ingest(workspace, paths=[folder]).changed

    def test_a_file_beyond_the_limit_is_refused_unread(self, workspace: Workspace, tmp_path: Path) -> None:
        with (tmp_path / "large.txt").open("wb") as file:
            file.truncate(300 * 2**20)
        ingest(workspace, paths=[tmp_path / "large.txt"])
        assert codes(workspace) == [("DOC-SIZE", "large.txt")]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can take its own rights away and get them back")
    def test_an_unreadable_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").touch(mode=0o000)
        os.seteuid(65534)
        try:
            with pytest.raises(Refused) as refused:
                sha256_of(tmp_path / "secret.txt")
        finally:
            os.seteuid(0)
        assert refused.value.code == "DOC-PERM"


def _format(parsed: Parsed) -> str:
    (part,) = parsed.parts
    assert not isinstance(part.outcome, Refused)
    return str(part.outcome.meta["format"])


class TestSandbox:
    """A child that hangs, dies or grows costs one document."""

    def test_a_hanging_child_is_a_timeout_and_the_next_file_is_read(self, raw: Path) -> None:
        def stop(pid: int) -> None:
            os.kill(pid, signal.SIGSTOP)

        assert self._second_of_three(raw, stop) == "DOC-TIMEOUT"

    def test_a_killed_child_is_out_of_memory_and_the_next_file_is_read(self, raw: Path) -> None:
        def kill(pid: int) -> None:
            os.kill(pid, signal.SIGKILL)

        assert self._second_of_three(raw, kill) == "DOC-MEMORY"

    @staticmethod
    def _second_of_three(raw: Path, harm: Callable[[int], None]) -> str:
        with Sandbox(1, limits=Limits(wall=2)).open() as sandbox:
            child = sandbox._children.get()
            assert _format(child.parse(Wanted(raw / "a.txt", "a.txt"))) == "text"
            assert child._process.process is not None
            harm(child._process.process.pid)
            with pytest.raises(Refused) as refused:
                child.parse(Wanted(raw / "a.txt", "a.txt"))
            assert _format(child.parse(Wanted(raw / "a.txt", "a.txt"))) == "text"
        return refused.value.code

    def test_a_document_that_grows_is_refused_and_the_next_file_is_read(self, raw: Path) -> None:
        (raw / "bomb.html").write_text("<html>" + "<p>x" * 400_000)
        with Sandbox(1, limits=Limits(memory=150 * 2**20)).open() as sandbox:
            grown, good = sandbox.parse([Wanted(raw / "bomb.html", ""), Wanted(raw / "a.txt", "")])
        assert isinstance(grown, Refused)
        assert grown.code == "DOC-MEMORY"
        assert not isinstance(good, Refused)

    def test_a_document_that_burns_time_is_refused(self, raw: Path) -> None:
        (raw / "slow.html").write_text("<html>" + "<p>x" * 900_000)
        with Sandbox(1, limits=Limits(cpu=0)).open() as sandbox:
            (slow,) = sandbox.parse([Wanted(raw / "slow.html", "")])
        assert isinstance(slow, Refused)
        assert slow.code == "DOC-TIMEOUT"

    def test_children_end_while_threads_wait_for_their_answers(self, raw: Path) -> None:
        wanted = [Wanted(raw / "a.txt", "a.txt")] * 8
        for _ in range(8):
            with Sandbox(2).open() as sandbox:
                assert not isinstance(next(sandbox.parse(wanted)), Refused)

    def test_a_child_that_died_by_itself_is_ended(self, raw: Path) -> None:
        with Sandbox(1).open() as sandbox:
            child = sandbox._children.get()
            child.parse(Wanted(raw / "a.txt", "a.txt"))
            process = child._process.process
            assert process is not None
            os.kill(process.pid, signal.SIGKILL)
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    def test_a_child_sees_no_secret_and_an_empty_folder(self, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", "canary")
        with Sandbox(1).open() as sandbox:
            child = sandbox._children.get()
            child.parse(Wanted(raw / "a.txt", "a.txt"))
            assert child._process.process is not None
            process = Path(f"/proc/{child._process.process.pid}")
            assert b"canary" not in (process / "environ").read_bytes()
            assert list((process / "cwd").resolve().iterdir()) == []


class TestNearDuplicates:
    """Near-twins are found in both languages, verified, and point to the longest of their cluster."""

    def test_the_longest_of_a_cluster_is_kept(self, workspace: Workspace, raw: Path) -> None:
        (raw / "j.txt").write_text(statute(range(39)))
        ingest(workspace, paths=[raw])
        path = {found.id: found.path for found in load_documents(workspace)}
        kept = {path[one]: path[other] for one, other in clusters(workspace).items()}
        assert kept == {name: name for name in path.values()} | {
            "raw/a.txt": "raw/深层/h.txt",
            "raw/j.txt": "raw/d.txt",
        }
        for row in workspace.ledger.query("SELECT * FROM near_duplicates WHERE document != twin"):
            one, other = (shingles(document(workspace, row[key]).text) for key in ("document", "twin"))
            assert row["similarity"] == round(jaccard(one, other), 4) >= 0.8

    def test_what_shares_half_its_words_is_no_twin(self, workspace: Workspace, tmp_path: Path) -> None:
        texts = [statute(range(start, start + 40)) for start in (0, 12)]
        assert 0.4 < jaccard(*map(shingles, texts)) < 0.8
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.txt").write_text(text)
        assert ingest(workspace, paths=[tmp_path / "0.txt", tmp_path / "1.txt"]).near_duplicates == 0

    def test_a_twin_that_comes_later_is_found(self, workspace: Workspace, raw: Path) -> None:
        ingest(workspace, paths=[raw / "d.txt"])
        (raw / "j.txt").write_text(statute(range(39)))
        assert ingest(workspace, paths=[raw / "j.txt"]).near_duplicates == 1

    def test_real_contracts_as_pdf_and_as_text_are_twins(self, workspace: Workspace, shared_data: Path) -> None:
        contracts = shared_data / "legal" / "cuad"
        ingest(workspace, paths=[contracts / "pdf", contracts / "txt"], workers=2)
        path = {found.id: Path(found.path) for found in load_documents(workspace)}
        pairs = [(path[one], path[other]) for one, other in clusters(workspace).items() if one != other]
        assert len(pairs) >= 15
        assert all(one.stem.strip()[:20] == other.stem.strip()[:20] for one, other in pairs)


RUN = """
import sys
from pathlib import Path
import toolkit.documents
from toolkit.workspace import Workspace
sys.modules["toolkit.documents.intake"]._GROUP = 4
toolkit.documents.ingest(Workspace(Path(sys.argv[1])), paths=[Path(sys.argv[2])], metadata=Path(sys.argv[3]))
"""


def test_a_kill_at_any_point_and_a_rerun_end_as_one_run(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["toolkit.documents.intake"], "_GROUP", 4)
    metadata = tmp_path / "facts.csv"
    metadata.write_text(f"path,licence\n{raw}/a.txt,MIT\n{raw}/gone.txt,MIT\n")

    def finished(name: str) -> dict[str, str]:
        workspace = Workspace(tmp_path / name)
        ingest(workspace, paths=[raw], metadata=metadata)
        return data_of(workspace)

    init(tmp_path / "clean", policy="none")
    wanted = finished("clean")
    for point in range(1, 100):
        place = tmp_path / f"killed{point}"
        init(place, policy="none")
        command = [sys.executable, "-c", RUN, str(place), str(raw), str(metadata)]
        path = {"PYTHONPATH": os.pathsep.join(sys.path), "TOOLKIT_FAILPOINT": f"*:{point}:kill"}
        killed = subprocess.run(command, env={**os.environ, **path}, check=False).returncode
        if killed == 0:
            assert point > 15, "too few points were passed to mean anything"
            return
        assert killed == -signal.SIGKILL
        assert finished(place.name) == wanted, f"killed at point {point}"
    pytest.fail("the run never ended")
