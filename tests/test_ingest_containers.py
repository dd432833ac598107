"""Files that hold several documents: each member is accounted for, in its place, on the first run and the next."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from toolkit.documents import Document, IngestResult, ingest, load_documents
from toolkit.documents.confined import Limits
from toolkit.documents.refusal import Refused
from toolkit.documents.sandbox import Parsed, Sandbox, Wanted
from toolkit.workspace import Workspace, read_jsonl

ROWS = [{"case": "A-1", "facts": "The lessee paid late.", "holding": "Interest is due."}, {"case": "A-2", "facts": ""}]


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.fixture
def raw(workspace: Workspace) -> Path:
    folder = workspace.root / "raw"
    folder.mkdir(exist_ok=True)
    inner = packed({"deep/deed.txt": b"This deed is made today."})
    (folder / "data.zip").write_bytes(
        packed({"a.txt": b"Pay at once.", "broken.pdf": b"%PDF-1.4 broken", "inner.zip": inner})
    )
    (folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (folder / "plain.txt").write_text("Plain words stand alone.")
    return folder


def settings(workspace: Workspace, **documents: object) -> Workspace:
    """The same workspace, opened after its ``documents`` key was written."""
    lines = (workspace.root / "toolkit.yaml").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("documents:")]
    (workspace.root / "toolkit.yaml").write_text("\n".join([*kept, f"documents: {json.dumps(documents)}"]) + "\n")
    return Workspace(workspace.root)


def places(workspace: Workspace) -> dict[str, Document]:
    return {"#".join(filter(None, (one.path, one.locator))): one for one in load_documents(workspace)}


def balance(result: IngestResult) -> tuple[int, ...]:
    single = result.documents - result.members
    counts = (single, result.containers, result.unchanged, result.refused, result.exact_duplicates)
    assert result.files == sum(counts)
    return counts


def problems(workspace: Workspace) -> list[tuple[str, str]]:
    return [(row["code"], row["where"]) for row in read_jsonl(workspace.problems)]


def test_each_member_is_a_document_or_a_problem_in_its_place(workspace: Workspace, raw: Path) -> None:
    result = ingest(workspace, paths=[raw])
    assert balance(result) == (1, 1, 0, 1, 0)
    assert result.members == 2
    assert set(places(workspace)) == {"raw/data.zip#a.txt", "raw/data.zip#inner.zip/deep/deed.txt", "raw/plain.txt"}
    assert problems(workspace) == [("DOC-FIELDS", "raw/cases.jsonl"), ("DOC-BROKEN", "raw/data.zip#broken.pdf")]


def test_a_rerun_leaves_containers_alone(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    again = ingest(workspace, paths=[raw])
    assert (balance(again), again.members, again.changed) == ((0, 0, 2, 1, 0), 0, False)


def test_a_field_mapping_that_comes_later_reads_only_what_needs_it(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    before = {place: one.id for place, one in places(workspace).items()}
    mapping = {"match": "*.jsonl", "text": ["facts", "holding"], "title": "case", "meta": ["case"]}
    mapped = settings(workspace, fields=[mapping])
    result = ingest(mapped, paths=[raw])
    assert (balance(result), result.members) == ((0, 1, 2, 0, 0), 1)
    (case,) = [one for place, one in places(mapped).items() if "cases" in place]
    assert case.text.split() == ["The", "lessee", "paid", "late.", "Interest", "is", "due."]
    assert (case.meta["title"], case.meta["case"]) == ("A-1", "A-1")
    assert {place: one.id for place, one in places(mapped).items() if place in before} == before
    assert ("DOC-FIELDS", "raw/cases.jsonl#line=2") in problems(mapped)
    assert not ingest(mapped, paths=[raw]).changed


def test_a_field_mapping_for_members_reads_their_archive_anew(workspace: Workspace, raw: Path) -> None:
    rows = (raw / "cases.jsonl").read_bytes()
    (raw / "cases.zip").write_bytes(packed({"in/cases.jsonl": rows, "a.txt": b"Some words."}))
    first = settings(workspace, fields=[{"match": "raw/cases.zip/in/*.jsonl", "text": ["facts"]}])
    ingest(first, paths=[raw])
    before = places(first)
    place = "raw/cases.zip#in/cases.jsonl/line=1"
    assert before[place].text.strip() == "The lessee paid late."
    second = settings(workspace, fields=[{"match": "raw/cases.zip/in/*.jsonl", "text": ["holding"]}])
    ingest(second, paths=[raw])
    after = places(second)
    assert (after[place].text.strip(), after[place].id == before[place].id) == ("Interest is due.", False)
    assert after["raw/cases.zip#a.txt"].id == before["raw/cases.zip#a.txt"].id
    assert not ingest(second, paths=[raw]).changed


def test_a_container_that_shrinks_gives_its_documents_up(workspace: Workspace, raw: Path) -> None:
    ingest(workspace, paths=[raw])
    (raw / "data.zip").write_bytes(packed({"a.txt": b"Pay at once, and in full."}))
    result = ingest(workspace, paths=[raw])
    assert result.superseded == 2
    assert set(places(workspace)) == {"raw/data.zip#a.txt", "raw/plain.txt"}


def test_a_copy_of_a_container_is_one_duplicate(workspace: Workspace, raw: Path) -> None:
    (raw / "other.zip").write_bytes((raw / "data.zip").read_bytes())
    result = ingest(workspace, paths=[raw])
    assert (result.exact_duplicates, result.containers) == (1, 1)


def test_a_container_moves_on_to_a_copy_when_its_file_changes(workspace: Workspace, raw: Path, tmp_path: Path) -> None:
    ingest(workspace, paths=[raw])
    (tmp_path / "copy.zip").write_bytes((raw / "data.zip").read_bytes())
    ingest(workspace, paths=[tmp_path / "copy.zip"])
    (raw / "data.zip").write_bytes(packed({"b.txt": b"Something else."}))
    ingest(workspace, paths=[raw])
    assert {"copy.zip#a.txt", "raw/data.zip#b.txt"} < set(places(workspace))


def test_rows_become_documents_when_asked(workspace: Workspace, raw: Path) -> None:
    rows = "clause,amount\n" + "".join(f'"The fee number {n}, due at once",{n}\n' for n in range(1, 6))
    (raw / "fees.csv").write_text(rows)
    ingest(workspace, paths=[raw / "fees.csv"])
    assert list(places(workspace)) == ["raw/fees.csv"]
    result = ingest(workspace, paths=[raw / "fees.csv"], tables="row")
    assert (result.members, result.superseded) == (5, 1)
    assert "The fee number 3, due at once" in places(workspace)["raw/fees.csv#row=3"].text


def test_places_of_files_say_what_they_are(workspace: Workspace, raw: Path) -> None:
    folder = raw / "acme" / "C-7"
    folder.mkdir(parents=True)
    (folder / "brief.txt").write_text("The appellant submits.")
    told = settings(
        workspace,
        paths=[{"match": "raw/{client}/{case}/*.txt", "meta": {"licence": "private"}}, {"match": "**/*.txt"}],
    )
    ingest(told, paths=[raw])
    brief = places(told)["raw/acme/C-7/brief.txt"]
    assert {key: brief.meta[key] for key in ("client", "case", "licence")} == {
        "client": "acme",
        "case": "C-7",
        "licence": "private",
    }
    assert "client" not in places(told)["raw/plain.txt"].meta
    assert not ingest(told, paths=[raw]).changed


def test_a_row_of_metadata_wins_over_the_place(workspace: Workspace, raw: Path) -> None:
    told = settings(workspace, paths=[{"match": "**", "meta": {"licence": "unknown", "team": "north"}}])
    (workspace.root / "facts.csv").write_text("path,licence\nraw/plain.txt,CC0\n")
    ingest(told, paths=[raw], metadata=workspace.root / "facts.csv")
    meta = places(told)["raw/plain.txt"].meta
    assert (meta["licence"], meta["team"]) == ("CC0", "north")


class TestAMemberThatEndsItsReader:
    """It is refused alone; the members before and after it are read."""

    def test_by_memory(self, tmp_path: Path) -> None:
        grows = ("<html>" + "<p>x" * 400_000).encode()
        assert self._outcomes(tmp_path, grows, Limits(memory=150 * 2**20)) == ["read", "DOC-MEMORY", "read"]

    def test_by_processor_time(self, tmp_path: Path) -> None:
        slow = ("<html>" + "<p>x" * 900_000).encode()
        assert self._outcomes(tmp_path, slow, Limits(cpu=0))[1] == "DOC-TIMEOUT"

    @staticmethod
    def _outcomes(tmp_path: Path, member: bytes, limits: Limits) -> list[str]:
        (tmp_path / "share.zip").write_bytes(packed({"a.txt": b"first", "b.html": member, "c.txt": b"last"}))
        with Sandbox(1, limits=limits).open() as sandbox:
            (parsed,) = sandbox.parse([Wanted(tmp_path / "share.zip", "share.zip")])
        assert isinstance(parsed, Parsed)
        assert [part.locator for part in parsed.parts] == ["a.txt", "b.html", "c.txt"]
        return [part.outcome.code if isinstance(part.outcome, Refused) else "read" for part in parsed.parts]


def test_a_file_that_changes_is_read_again_and_then_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"

    def outcome(change: Callable[[], None], sha256: str) -> str:
        with Sandbox(1).open() as sandbox:
            child = sandbox._children.get()
            parse = child.parse

            def changing(wanted: Wanted) -> Parsed:
                found = parse(wanted)
                change()
                return found

            child.parse = changing  # type: ignore[method-assign]
            sandbox._children.put(child)
            (found,) = sandbox.parse([Wanted(file, "a.txt", sha256)])
        return found.code if isinstance(found, Refused) else str(found.parts[0].outcome.text)  # type: ignore[union-attr]

    file.write_text("new words")
    assert outcome(lambda: None, "the hash of old words") == "new words"
    counter = iter(range(9))
    assert outcome(lambda: file.write_text(f"words {next(counter)}") and None, "x") == "DOC-CHANGED"


def test_other_languages_are_told_inside_the_sandbox_too(workspace: Workspace, raw: Path) -> None:
    spanish = "El presente contrato se celebra entre las partes que lo firman, de conformidad con las leyes del pais. "
    (raw / "contrato.txt").write_text(spanish * 4)
    (raw / "share.zip").write_bytes(packed({"en.txt": b"Pay at once, please.", "es.txt": (spanish * 5).encode()}))
    ingest(workspace, paths=[raw])
    languages = {place: one.language for place, one in places(workspace).items()}
    assert languages["raw/contrato.txt"] == languages["raw/share.zip#es.txt"] == "es"
    assert languages["raw/share.zip#en.txt"] == languages["raw/plain.txt"] == "en"
