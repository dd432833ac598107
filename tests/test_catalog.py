"""Schemas and recipes are found by one door, and nothing runs that the user did not name."""

from pathlib import Path

import pytest

from toolkit.annotations import schemas_show
from toolkit.catalog import builtin, find_recipe, find_schema, list_schemas, schemas_check, schemas_list
from toolkit.errors import ToolkitError
from toolkit.schema import Schema, check_answer, check_schema
from toolkit.workspace import Workspace

BUILT_IN = ("legal/contract_clauses", "medical/qa_evidence")
MINE = """\
from toolkit.schema import Bilingual, Schema, asked
class Mine(Schema):
    title = Bilingual("Mine", "我的")
    instruction = Bilingual("Answer.", "作答。")
    note: str = asked("Note", "备注")
"""


def put(workspace: Workspace, name: str, source: str = MINE) -> Path:
    path = workspace.root / "schemas" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_schemas_are_sound(name: str) -> None:
    found = find_schema(name, None)
    assert (found.name, found.reference) == (name, name)
    assert check_schema(found.path) == ()


def test_a_path_comes_before_the_workspace_and_the_workspace_before_what_is_built_in(workspace: Workspace) -> None:
    built_in = find_schema("legal/contract_clauses", workspace)
    own = put(workspace, "legal/contract_clauses")
    assert find_schema("legal/contract_clauses", workspace).path == own
    assert find_schema(str(built_in.path), workspace).version == built_in.version
    listed = {row.name: row.where for row in schemas_list(workspace).schemas}
    assert listed.pop("legal/contract_clauses") == "workspace"
    assert set(listed.values()) == {"builtin"}


def test_a_path_of_the_workspaces_own_folder_has_its_name(workspace: Workspace) -> None:
    found = find_schema(str(put(workspace, "team/mine")), workspace)
    assert (found.name, found.reference) == ("team/mine", "team/mine")


def test_a_path_outside_is_found_again_by_its_reference(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.py"
    outside.write_text(MINE, encoding="utf-8")
    found = find_schema(str(outside), workspace)
    assert found.name == "elsewhere"
    assert find_schema(found.reference, workspace) == found


def test_an_unknown_schema_names_the_three_places_and_near_matches(workspace: Workspace) -> None:
    with pytest.raises(ToolkitError) as caught:
        find_schema("legal/contract_clause", workspace)
    assert caught.value.code == "SCHEMA-UNKNOWN"
    for place in (Path.cwd() / "legal" / "contract_clause", workspace.root / "schemas", builtin("schemas")):
        assert str(place) in caught.value.message
    assert "legal/contract_clauses" in caught.value.hint


@pytest.mark.parametrize("name", ["../outside", "legal/../../outside", "/etc/passwd", "", "legal//x", "a\x00b"])
def test_a_name_cannot_leave_its_folder(workspace: Workspace, name: str) -> None:
    put(workspace, "legal/inside")
    (workspace.root / "outside.py").write_text(MINE, encoding="utf-8")
    with pytest.raises(ToolkitError) as caught:
        find_schema(name, workspace)
    assert caught.value.code == "SCHEMA-UNKNOWN"


def test_listing_runs_no_file_of_the_workspace(workspace: Workspace) -> None:
    put(workspace, "trap", "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    rows = {row.name: row for row in schemas_list(workspace).schemas}
    assert rows["trap"].version is None
    assert not (workspace.root / "schemas" / "ran").exists()
    assert rows["legal/contract_clauses"].title_zh == "合同条款"


def test_recipes_are_found_by_the_same_door(workspace: Workspace) -> None:
    (workspace.root / "pipelines").mkdir()
    (workspace.root / "pipelines" / "mine.yaml").write_text("steps: []\n")
    assert find_recipe("mine", workspace) == workspace.root / "pipelines" / "mine.yaml"
    with pytest.raises(ToolkitError) as caught:
        find_recipe("other", workspace)
    assert caught.value.code == "RECIPE-UNKNOWN"


def test_check_reports_faults_as_a_result(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE.replace('asked("Note", "备注")', "1"))
    result = schemas_check(file=tmp_path / "mine.py")
    assert (result.ok, result.problems, result.faults[0].field) == (False, 1, "note")


def test_every_built_in_schema_can_be_shown() -> None:
    for listed in list_schemas(None):
        assert "<View" in schemas_show(None, name=listed.name, as_="xml").text
        assert '"properties"' in schemas_show(None, name=listed.name, as_="jsonschema").text
        page = schemas_show(None, name=listed.name, as_="guideline").text
        model = find_schema(listed.name, None).model
        for wording in (model.title.en, model.title.zh):
            assert f"# {wording}\n" in page


CLAUSE = "Either party may terminate on 30 days' notice."


def _summary(text: str) -> bool:
    model = find_schema("legal/contract_clauses", None).model
    answer = {"clause_type": "termination", "key_terms": [], "risk": "medium", "summary": text}
    return isinstance(check_answer(model, answer, CLAUSE), Schema)


@pytest.mark.parametrize(
    "text",
    [
        "Either party may terminate on 30 days' notice.",
        "Acme Inc. may raise fees by 2.5 per cent under Sec. 4.1 of the agreement.",
        "J. Doe Ltd. and the U.S. agent share costs, e.g. travel.",
        "任何一方可提前三十日通知解除合同。",
        "乙方逾期不付款的，甲方有权解除合同；已付款项不退",
    ],
)
def test_one_sentence_is_a_summary(text: str) -> None:
    assert _summary(text)


@pytest.mark.parametrize(
    "text",
    [
        "Either party may terminate. Notice is 30 days.",
        "May it terminate? Yes, at any time.",
        "任何一方可以解除合同。须提前三十日通知。",
        "One line\nand another one",
        "Short.",
        "x" * 401,
    ],
)
def test_more_or_less_than_one_sentence_is_no_summary(text: str) -> None:
    assert not _summary(text)


def test_yes_or_no_needs_evidence() -> None:
    model = find_schema("medical/qa_evidence", None).model
    text = "Pain fell by half (p = 0.01)."
    proof = {"start": 0, "end": 17, "text": text[:17], "label": "supports"}
    answer = {"question": "Does it help?", "decision": "yes", "answer": "Pain fell by half.", "evidence": [proof]}
    assert isinstance(check_answer(model, answer, text), Schema)
    assert isinstance(check_answer(model, answer | {"decision": "maybe", "evidence": []}, text), Schema)
    for evidence in ([], [proof | {"label": "limits"}]):
        (fault,) = check_answer(model, answer | {"evidence": evidence}, text)  # type: ignore[misc]
        assert "at least one span" in fault.expected
