"""A round keeps the schema that it opened with, whatever becomes of the file."""

from pathlib import Path

import pytest
from round_on_disk import ROUND, SCHEMA, answer, answer_round, open_round, passages_of

from toolkit.catalog import find_schema
from toolkit.errors import ToolkitError
from toolkit.records import load_records, validate
from toolkit.rounds.answers import read_round
from toolkit.rounds.asking import asked_by, keep_schema
from toolkit.workspace import Workspace


def file_of(workspace: Workspace) -> Path:
    return workspace.root / "schemas" / "sample.py"


@pytest.mark.parametrize("fate", ["changed", "broken", "gone"])
def test_an_open_round_goes_on_under_its_own_schema_whatever_becomes_of_the_file(
    workspace: Workspace, fate: str
) -> None:
    passages = open_round(workspace)
    before = find_schema("sample", workspace)
    if fate == "gone":
        file_of(workspace).unlink()
    else:
        file_of(workspace).write_text(SCHEMA.replace('"c": (', '"d": (' if fate == "changed" else "(((("))
    answer_round(workspace, {(one.id, name): answer("c") for one in passages for name in ("ann", "ben")})
    assert validate(workspace, round=ROUND).records == 6
    assert {one.schema_version for one in load_records(workspace, "sample")} == {before.version}
    kept = asked_by(workspace, ROUND, "sample")
    assert (kept.version, kept.reference, kept.name) == (before.version, "sample", "sample")
    assert kept.path == workspace.round(ROUND) / "schema.py"


def test_a_new_round_asks_the_changed_schema(workspace: Workspace) -> None:
    open_round(workspace)
    old = find_schema("sample", workspace).version
    file_of(workspace).write_text(SCHEMA.replace("Label it.", "Label all of it."))
    assert asked_by(workspace, "second", "sample").version != old
    assert asked_by(workspace, ROUND, "sample").version == old
    assert asked_by(workspace, ROUND, str(file_of(workspace))).version == old
    assert asked_by(workspace, "second", f"round:{ROUND}").version == old


def test_another_schema_than_the_rounds_is_not_taken_for_it(workspace: Workspace) -> None:
    open_round(workspace)
    other = workspace.root / "schemas" / "other.py"
    other.write_text(SCHEMA.replace("Sample", "Other"))
    assert asked_by(workspace, ROUND, "other").path == other


def test_a_tampered_copy_is_drift(workspace: Workspace) -> None:
    open_round(workspace)
    copy = workspace.round(ROUND) / "schema.py"
    copy.write_text(copy.read_text(encoding="utf-8").replace("le=5", "le=6"), encoding="utf-8")
    with pytest.raises(ToolkitError) as caught:
        read_round(workspace, ROUND)
    assert caught.value.code == "SCHEMA-DRIFT"
    assert str(copy) in caught.value.message


def test_a_round_without_a_copy_asks_the_named_file_as_long_as_it_is_the_same(workspace: Workspace) -> None:
    open_round(workspace)
    (workspace.round(ROUND) / "schema.py").unlink()
    assert read_round(workspace, ROUND).schema_name == "sample"
    file_of(workspace).write_text(SCHEMA.replace("le=5", "le=6"))
    with pytest.raises(ToolkitError) as caught:
        read_round(workspace, ROUND)
    assert caught.value.code == "SCHEMA-DRIFT"


def test_a_schema_that_reads_a_file_beside_it_cannot_be_kept(workspace: Workspace) -> None:
    passages_of(workspace)
    (workspace.root / "schemas" / "words.txt").write_text("Label it.")
    reading = "from pathlib import Path\nWORDS = Path(__file__).with_name('words.txt').read_text()\n"
    source = SCHEMA.replace('"""A small schema with one field of most kinds."""\n', reading)
    file_of(workspace).write_text(source.replace('Bilingual("Label it."', "Bilingual(WORDS"))
    found = find_schema("sample", workspace)
    with pytest.raises(ToolkitError) as caught:
        keep_schema(workspace, "second", found)
    assert caught.value.code == "SCHEMA-NOT-ALONE"


@pytest.mark.parametrize("name", ["round:", "round:..", "round:../x", "round:none", "round:a/b"])
def test_a_round_that_is_none_has_no_schema(workspace: Workspace, name: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        find_schema(name, workspace)
    assert caught.value.code == "SCHEMA-UNKNOWN"
