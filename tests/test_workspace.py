"""The workspace's promises: writes that cannot tear, one writer at a time, problems that never pile up."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from toolkit.errors import LOCKED, SERVICE, ToolkitError
from toolkit.noun import Account, Problem, content_id
from toolkit.workspace import Workspace, init, read_jsonl, write_bytes, write_json, write_jsonl
from toolkit.workspace.files import LEFTOVER

WRITER = """
import sys
from pathlib import Path
from toolkit.workspace import write_text
write_text(Path(sys.argv[1]), "new " * 1000)
"""


def problem(code: str = "DOC-BROKEN") -> Problem:
    return Problem(code=code, step="ingest", where="a.pdf", found="x", expected="y", hint="z")


def run_python(source: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", source, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("point", ["before-write", "written", "before-rename", "renamed"])
def test_a_kill_at_any_point_of_a_write_leaves_the_old_file_or_the_new_one(tmp_path: Path, point: str) -> None:
    file = tmp_path / "data.txt"
    file.write_text("old")
    done = run_python(WRITER, str(file), TOOLKIT_FAILPOINT=f"{point}:1:kill")
    assert done.returncode == -signal.SIGKILL
    assert file.read_text() in {"old", "new " * 1000}
    assert run_python(WRITER, str(file)).returncode == 0
    assert file.read_text() == "new " * 1000


def test_a_full_disk_is_a_clear_error_and_leaves_the_old_file_and_no_leftover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data.txt"
    file.write_text("old")
    monkeypatch.setenv("TOOLKIT_FAILPOINT", "written:1:enospc")
    monkeypatch.setattr("toolkit.workspace.files._fired", {})
    with pytest.raises(ToolkitError) as caught:
        write_bytes(file, b"new")
    assert (caught.value.code, caught.value.exit_code) == ("IO-FULL", SERVICE)
    assert "data.txt" in caught.value.message
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.txt"]
    assert file.read_text() == "old"


def test_equal_bytes_are_not_written_again(tmp_path: Path) -> None:
    file = tmp_path / "data.json"
    assert write_json(file, {"律": 1})
    before = file.stat().st_mtime_ns
    assert not write_json(file, {"律": 1})
    assert file.stat().st_mtime_ns == before


def test_json_lines_keep_chinese_and_line_separators_inside_strings(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"text": "第一条\u2028第二条"}, {"text": "a\nb"}]
    write_jsonl(file, rows)
    assert "第一条" in file.read_text(encoding="utf-8")
    assert list(read_jsonl(file)) == rows


def test_nan_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", float("nan"))


def test_a_second_run_is_refused_while_the_first_holds_the_lock(workspace: Workspace) -> None:
    other = Workspace(workspace.root)
    with workspace.lock(), workspace.lock(), pytest.raises(ToolkitError) as caught, other.lock():
        pass
    assert (caught.value.code, caught.value.exit_code) == ("LOCKED", LOCKED)
    with other.lock():
        pass


def test_a_kill_frees_the_lock_and_the_next_run_sweeps_its_leftovers(workspace: Workspace) -> None:
    (workspace.data / "records").mkdir(parents=True)
    leftover = workspace.data / "records" / f".x{LEFTOVER}"
    leftover.write_text("torn")
    with workspace.lock():
        assert not leftover.exists()


def test_what_a_step_says_about_a_scope_replaces_what_it_said_before(workspace: Workspace) -> None:
    with workspace.lock():
        workspace.put_problems("ingest", "a.pdf", [problem(), problem("DOC-EMPTY")])
        workspace.put_problems("ingest", "b.pdf", [problem("DOC-TYPE")])
        workspace.put_problems("ingest", "a.pdf", [problem("DOC-DTD")])
    assert [row["code"] for row in read_jsonl(workspace.problems)] == ["DOC-DTD", "DOC-TYPE"]
    assert (workspace.count_problems("ingest"), workspace.count_problems("ingest", "b.pdf")) == (2, 1)


def test_a_ledger_of_another_version_is_refused_and_kept(workspace: Workspace) -> None:
    with workspace.lock():
        workspace.ledger.query("PRAGMA user_version = 99")
    workspace.ledger.close()
    with pytest.raises(ToolkitError, match="99"):
        _ = Workspace(workspace.root).ledger


def test_a_damaged_ledger_is_named(workspace: Workspace) -> None:
    workspace.data.mkdir()
    (workspace.data / "ledger.sqlite").write_bytes(b"not a database, and long enough to be read as one" * 20)
    with pytest.raises(ToolkitError) as caught:
        _ = workspace.ledger
    assert caught.value.code == "LEDGER-BROKEN"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: x\nlabel_studio_token: abc\n", "SECRET-IN-CONFIG"),
        ("name: x\ncolour: red\n", "SETTINGS-BROKEN"),
        ("name: [unclosed\n", "SETTINGS-BROKEN"),
        ("", "SETTINGS-BROKEN"),
        ("- a list\n", "SETTINGS-BROKEN"),
    ],
)
def test_bad_settings_are_refused_with_a_hint(workspace: Workspace, text: str, code: str) -> None:
    (workspace.root / "toolkit.yaml").write_text(text)
    with pytest.raises(ToolkitError) as caught:
        _ = Workspace(workspace.root).settings
    assert caught.value.code == code
    assert caught.value.hint
    assert "abc" not in caught.value.message


def test_init_again_changes_nothing_and_other_settings_are_refused(workspace: Workspace) -> None:
    again = init(workspace.root, schema="legal/contract_clauses", policy="none")
    assert not again.changed
    with pytest.raises(ToolkitError) as caught:
        init(workspace.root, schema="medical/qa_evidence")
    assert caught.value.code == "WORKSPACE-TAKEN"


def test_an_account_that_does_not_balance_cannot_be_made() -> None:
    with pytest.raises(ValidationError, match="3 files went in"):
        Account(noun="files", items=3, into={"documents": 2})


def test_identities_depend_on_content_alone() -> None:
    made = run_python(
        "from toolkit.noun import content_id; print(content_id('doc', '律', 1))", PYTHONHASHSEED="7"
    ).stdout
    assert made.strip() == content_id("doc", "律", 1)
    assert json.dumps(made).startswith('"doc_')
