"""A round keeps the schema that it opened with; its answers go over to a newer one as declared, or ask a person."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from round_on_disk import ROUND, SCHEMA, answer, answer_round, open_round, passages_of

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.errors import ToolkitError
from toolkit.passages import Passage, load_passages
from toolkit.pipeline.fingerprint import reads_fingerprint
from toolkit.records import load_records, validate
from toolkit.release import convert
from toolkit.rounds.again import ask_again, keep_again, load_again, withheld
from toolkit.rounds.answers import read_round
from toolkit.rounds.asking import asked_by, keep_schema
from toolkit.rounds.plan import Plan, deal, load_plan
from toolkit.schema import check_answer
from toolkit.studio import connect, pull, push
from toolkit.studio.delivery import projects_of
from toolkit.workspace import Workspace, init, read_jsonl, write_json, write_jsonl


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
    assert asked_by(workspace, ROUND, f"round:{ROUND}").version == old


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


WIDER = 54
ACTORS = ("The Buyer", "A tenant", "Each lender", "The agent", "Our supplier", "The insurer", "Any guarantor")
ACTS = (
    "pays the price",
    "returns the goods",
    "files a claim",
    "ends the lease",
    "delivers the report",
    "opens the books",
)
ACTS += ("keeps the secret", "repairs the roof", "names an arbiter")
WHEN = ("signing", "the first of May", "written notice", "the harvest", "a default")
DECLARED = """\
    migrations = (
        Migration("{before}", fields={{"note": "remark"}},
                  labels={{"kind": {{"a": "alpha"}}, "marks": {{"party": "actor"}}}},
                  split={{"kind": {{"c": ("c1", "c2")}}}}),
    )
"""


def codes(workspace: Workspace) -> list[str]:
    return [row["code"] for row in read_jsonl(workspace.problems) if row["step"] == "validate"]


def sixty_answers(workspace: Workspace) -> tuple[list[Passage], dict[str, dict[str, Any]]]:
    """A round of sixty passages with two annotators who agree: twenty answers each of kinds a, b and c."""
    (workspace.root / "raw").mkdir(exist_ok=True)
    for part in range(0, WIDER, 6):
        lines = (
            f"{n - part + 1}. {ACTORS[n % 7]} {ACTS[n % 9]} {n} days after {WHEN[n % 5]}."
            for n in range(part, part + 6)
        )
        (workspace.root / "raw" / f"more{part}.txt").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    passages = open_round(workspace)
    given = {}
    for number, one in enumerate(sorted(passages, key=lambda one: one.id)):
        marks = [("party", 0, 2), ("date", 3, 5)][: number % 3]
        given[one.id] = answer("abc"[number % 3], text=one.text, marks=marks, stars=number % 5 + 1, note=f"n{number}")
    answer_round(workspace, {(id_, name): given[id_] for id_ in given for name in ("ann", "ben")})
    return passages, given


def change_schema(workspace: Workspace, *edits: tuple[str, str], declare: bool = True) -> None:
    """Rename a label and a field, split a label, add a field that may stay open and one that b has to answer."""
    new_labels = 'labels={"alpha": ("A", "甲"), "b": ("B", "乙"), "c1": ("C1", "丙一"), "c2": ("C2", "丙二")}'
    source = SCHEMA.replace('labels={"a": ("A", "甲"), "b": ("B", "乙"), "c": ("C", "丙")}', new_labels)
    source = source.replace('Literal["a", "b", "c"]', 'Literal["alpha", "b", "c1", "c2"]').replace(
        '"party": (', '"actor": ('
    )
    source = source.replace("    note: ", "    remark: ").replace('kind == "c"', 'kind == "c1"')
    added = (
        'asked("Lot", "批")\n    urgent: bool | None = asked("Urgent", "紧急", when=("kind", "b"), required=True)\n\n'
    )
    source = source.replace("    @model_validator", f"    lot: str | None = {added}    @model_validator")
    if declare:
        link = DECLARED.format(before=find_schema(f"round:{ROUND}", workspace).version)
        source = source.replace("import Bilingual,", "import Bilingual, Migration,")
        source = source.replace('"请标注。")\n', f'"请标注。")\n{link}')
    for old, new in edits:
        assert old in source
        source = source.replace(old, new)
    file_of(workspace).write_text(source, encoding="utf-8")


def open_again(workspace: Workspace, name: str = "second") -> list[str]:
    """What ``push --problems`` writes, without a server; the passages that it asks about."""
    found = find_schema("sample", workspace)
    again = ask_again(workspace, name, found)
    plan = Plan(
        name=name,
        schema_name="sample",
        schema_version=found.version,
        views=("source",),
        annotators=("cid",),
        overlap=1,
        size=None,
        problems=True,
    )
    passages = {one.id: one for one in load_passages(workspace)}
    keep_schema(workspace, name, found)
    keep_again(workspace, name, again)
    tasks = deal([passages[one.passage] for one in again], plan)
    write_jsonl(workspace.round(name) / "tasks.jsonl", (task.model_dump(mode="json") for task in tasks))
    write_json(workspace.round(name) / "round.json", plan.model_dump(mode="json"))
    return [one.passage for one in again]


def followed(given: dict[str, Any]) -> dict[str, Any]:
    """Where an answer of kind a has to arrive."""
    marks = [{**span, "label": {"party": "actor"}.get(span["label"], span["label"])} for span in given["marks"]]
    return {
        "kind": "alpha",
        "marks": marks,
        "stars": given["stars"],
        "remark": given["note"],
        "lot": None,
        "urgent": None,
    }


def test_sixty_answers_are_followed_to_records_or_to_problems_that_a_person_answers(workspace: Workspace) -> None:
    passages, given = sixty_answers(workspace)
    change_schema(workspace)
    now = find_schema("sample", workspace)
    result = validate(workspace, round=ROUND, migrate=True)
    assert result.account is not None
    assert (len(passages), result.account.sentence()) == (60, "60 passages = 20 records + 40 invalid")
    records = {one.passage: one for one in load_records(workspace, "sample")}
    assert {id_: one.answer for id_, one in records.items()} == {
        id_: followed(value) for id_, value in given.items() if value["kind"] == "a"
    }
    assert {one.schema_version for one in records.values()} == {now.version}
    problems = list(read_jsonl(workspace.problems))
    assert Counter(codes(workspace)) == {"MIGRATE-SPLIT": 40, "MIGRATE-MISSING": 40}
    assert {row["expected"] for row in problems if row["code"] == "MIGRATE-SPLIT"} == {"one of: c1, c2"}

    again = {one.passage: one for one in ask_again(workspace, "second", now)}
    assert set(again) == {id_ for id_, value in given.items() if value["kind"] != "a"}
    for id_, one in again.items():
        whole = followed(given[id_]) | {"kind": {"b": "b", "c": None}[given[id_]["kind"]]}
        assert one.begun == {name: value for name, value in whole.items() if value not in (None, [])}

    asked = open_again(workspace)
    mended = {
        id_: again[id_].begun | ({"kind": "c2"} if given[id_]["kind"] == "c" else {"urgent": True}) for id_ in asked
    }
    texts = {one.id: one.text for one in passages}
    assert not any(isinstance(check_answer(now.model, value, texts[id_]), tuple) for id_, value in mended.items())
    answer_round(workspace, {(id_, "cid"): value for id_, value in mended.items()}, name="second")
    everything = validate(workspace, migrate=True)
    assert everything.account is not None
    assert everything.account.sentence() == "100 passages = 60 records + 40 asked_again"
    assert (everything.problems, list(read_jsonl(workspace.problems))) == (0, [])
    assert len({one.passage for one in load_records(workspace, "sample")}) == 60
    assert validate(workspace, round=ROUND, migrate=True).account is not None
    assert not validate(workspace, migrate=True).changed


def test_without_the_option_a_round_is_checked_as_it_was_asked(workspace: Workspace) -> None:
    _, given = sixty_answers(workspace)
    asked = find_schema(f"round:{ROUND}", workspace).version
    change_schema(workspace)
    result = validate(workspace, round=ROUND)
    assert (result.records, result.problems, result.migrated) == (60, 0, 0)
    found = list(load_records(workspace, "sample"))
    assert {one.schema_version for one in found} == {asked}
    assert {one.passage: one.answer for one in found} == given


def test_what_is_not_declared_is_a_problem_in_every_answer_that_it_touches(workspace: Workspace) -> None:
    sixty_answers(workspace)
    change_schema(workspace, declare=False)
    result = validate(workspace, round=ROUND, migrate=True)
    assert (result.records, result.migrated) == (0, 0)
    assert set(codes(workspace)) == {"MIGRATE-INVALID", "MIGRATE-MISSING"}
    assert result.account is not None
    assert result.account.sentence() == "60 passages = 60 invalid"


def test_a_dataset_holds_one_version_and_names_the_records_of_others(workspace: Workspace) -> None:
    sixty_answers(workspace)
    validate(workspace, round=ROUND)
    old = find_schema("sample", workspace).version
    change_schema(workspace)
    new = find_schema("sample", workspace).version
    with pytest.raises(ToolkitError) as caught:
        convert(workspace, name="d", schema="sample")
    assert caught.value.code == "RECORDS-NONE"
    refused = [row for row in read_jsonl(workspace.problems) if row["code"] == "RECORD-VERSION"]
    assert len(refused) == 60
    assert (old in refused[0]["found"], new in refused[0]["expected"]) == (True, True)
    assert "validate --round first --migrate" in refused[0]["hint"]
    assert convert(workspace, name="asked", schema=f"round:{ROUND}").examples == 60
    validate(workspace, round=ROUND, migrate=True)
    built = convert(workspace, name="d", schema="sample")
    assert (built.examples, built.problems) == (20, 0)
    rows = [row for split in built.splits for row in read_jsonl(workspace.dataset("d") / f"{split}.jsonl")]
    assert {row["meta"]["schema_version"] for row in rows} == {new}


def test_a_recipe_runs_validate_again_for_a_declaration_and_for_answers_of_another_round(workspace: Workspace) -> None:
    sixty_answers(workspace)

    def fingerprint() -> str:
        return reads_fingerprint(workspace, "validate", {"round": ROUND, "migrate": True})

    before = fingerprint()
    change_schema(workspace, declare=False)
    undeclared = fingerprint()
    change_schema(workspace)
    declared = fingerprint()
    validate(workspace, round=ROUND, migrate=True)
    assert declared == fingerprint()
    open_again(workspace)
    assert len({before, undeclared, declared, fingerprint()}) == 4


def test_schemas_diff_compares_what_a_round_asks_with_the_file_of_today(workspace: Workspace) -> None:
    sixty_answers(workspace)
    change_schema(workspace, declare=False)

    def diff(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "toolkit", "--workspace", str(workspace.root), "schemas", "diff", *arguments]
        environment = {**os.environ, "TOOLKIT_LANG": "en", "COLUMNS": "160"}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    told = json.loads(diff(f"round:{ROUND}", "sample", "--json").stdout)
    rows = {(row["field"], row["change"], row["before"], row["after"]): row["effect"] for row in told["changes"]}
    assert rows["kind", "label removed", "a", ""] == "answers need a mapping"
    assert rows["urgent", "field added", "", "boolean"] == "answers become problems"
    assert rows["lot", "field added", "", "text"] == "answers stay valid"
    before = find_schema(f"round:{ROUND}", workspace).version
    assert told["declare"].startswith(f'Migration(before="{before}", fields={{"note": "NEW"}}')
    change_schema(workspace)
    shown = diff(f"round:{ROUND}", str(file_of(workspace)))
    assert (shown.returncode, "label split" in shown.stdout, "To declare" in shown.stdout) == (0, True, False)
    assert "Nothing changed" in diff("sample", "sample").stdout
    assert diff("sample", "nowhere").returncode == 1


def test_a_decision_that_cannot_be_carried_over_is_not_outvoted(workspace: Workspace) -> None:
    passages = open_round(workspace, ("ann", "ben", "cid"), 3)
    first, second = passages[:2]
    given = {(one.id, name): answer("a") for one in (first, second) for name in ("ann", "ben", "cid")}
    answer_round(workspace, given, {first.id: answer("c"), second.id: answer("a")})
    change_schema(workspace)
    validate(workspace, round=ROUND, migrate=True)
    assert [one.passage for one in load_records(workspace, "sample")] == [second.id]


def test_a_round_from_problems_keeps_what_it_asked_when_it_opened(workspace: Workspace) -> None:
    sixty_answers(workspace)
    change_schema(workspace)
    validate(workspace, round=ROUND, migrate=True)
    asked = open_again(workspace)
    before = (workspace.round("second") / "again.jsonl").read_bytes()
    may_go = dict.fromkeys(asked[1:])
    assert [one.where for one in withheld(list(load_again(workspace, "second")), may_go)] == [f"passage {asked[0]}"]
    validate(workspace, round=ROUND)  # no problem is left
    assert open_again(workspace) == asked
    assert (workspace.round("second") / "again.jsonl").read_bytes() == before
    assert load_plan(workspace, "second").problems


def test_without_a_problem_there_is_nothing_to_ask_again(workspace: Workspace) -> None:
    sixty_answers(workspace)
    validate(workspace, round=ROUND)
    with pytest.raises(ToolkitError) as caught:
        ask_again(workspace, "second", find_schema("sample", workspace))
    assert caught.value.code == "PROBLEMS-NONE"


def test_passages_that_differ_or_are_invalid_are_asked_again_and_open_ones_are_not(workspace: Workspace) -> None:
    passages = open_round(workspace)
    differing, invalid, opened, skipped, *_ = passages
    given: dict[tuple[str, str], dict[str, Any] | None] = {
        (one.id, name): answer("a", note="n") for one in passages for name in ("ann", "ben")
    }
    given[differing.id, "ben"] = answer("b", note="n")
    given[invalid.id, "ann"] = given[invalid.id, "ben"] = answer("z")
    given[opened.id, "ann"] = answer("z")
    del given[opened.id, "ben"]
    given[skipped.id, "ann"] = given[skipped.id, "ben"] = None
    answer_round(workspace, given)
    validate(workspace, round=ROUND)
    again = {one.passage: one for one in ask_again(workspace, "second", find_schema("sample", workspace))}
    assert set(again) == {differing.id, invalid.id}
    assert again[differing.id].begun == {"note": "n"}
    assert again[invalid.id].begun == {}


def test_a_passage_with_a_record_is_not_asked_again_though_one_answer_to_it_is_a_problem(workspace: Workspace) -> None:
    first, second, *_ = open_round(workspace, ("ann", "ben", "cid"), 3)
    given = {(one.id, name): answer("a") for one in (first, second) for name in ("ann", "ben", "cid")}
    given |= {(first.id, "cid"): answer("c"), (second.id, "ben"): answer("c"), (second.id, "cid"): answer("c")}
    answer_round(workspace, given)
    change_schema(workspace)
    assert validate(workspace, round=ROUND, migrate=True).records == 1
    assert codes(workspace).count("MIGRATE-SPLIT") == 3
    assert [one.passage for one in ask_again(workspace, "second", find_schema("sample", workspace))] == [second.id]


def _validate_and_die(root: Path, point: str) -> None:
    os.environ["TOOLKIT_FAILPOINT"] = point
    validate(Workspace(root), migrate=True)


def test_killed_at_any_write_a_rerun_ends_as_if_it_had_run_once(workspace: Workspace) -> None:
    sixty_answers(workspace)
    change_schema(workspace)
    results = (workspace.records("sample"), workspace.problems)
    clean: dict[Path, bytes] = {}
    killed = 0
    for nth in range(40):
        for path in results:
            path.unlink(missing_ok=True)
        with workspace.ledger.transaction() as connection:
            connection.execute("DELETE FROM problems")
        if nth:
            point = f"*:{nth}:kill"
            run = multiprocessing.get_context("spawn").Process(target=_validate_and_die, args=(workspace.root, point))
            run.start()
            run.join()
            if run.exitcode == 0:  # past the last point
                break
            assert run.exitcode == -signal.SIGKILL
            killed += 1
        validate(workspace, migrate=True)
        clean = clean or {path: path.read_bytes() for path in results}
        assert {path: path.read_bytes() for path in results} == clean, nth
    assert killed >= len(results) * 4  # before the file, with it, before its name, after


def submit(workspace: Workspace, round_name: str, answer_of: Callable[[str], dict[str, Any]]) -> None:
    """Answer every task of a round's one project through the API."""
    server, model = connect(workspace), find_schema(f"round:{round_name}", workspace).model
    (number,) = [number for _, _, number in projects_of(workspace, server, round_name)]
    for task in server.client.tasks.list(project=number):
        text = task.data["text"]
        server.client.annotations.create(id=task.id, result=write_results(model, answer_of(text), text))


@pytest.mark.usefixtures("studio")
def test_problems_are_asked_again_on_a_real_server_and_answered_there(tmp_path: Path) -> None:
    folder = tmp_path / f"w-{uuid.uuid4().hex[:8]}"
    init(folder, schema="sample", policy="none")
    workspace = Workspace(folder)
    passages_of(workspace)
    texts = {one.text: number for number, one in enumerate(load_passages(workspace))}
    push(workspace, round=ROUND, annotators=["ann"], size=4)
    change_schema(workspace)
    continued = push(workspace, round=ROUND, annotators=["ann"])  # the file has changed: the round has not
    assert (continued.sent, continued.tasks) == (2, 6)
    submit(workspace, ROUND, lambda text: answer("abc"[texts[text] % 3]))
    assert pull(workspace, round=ROUND).annotations == 6
    assert validate(workspace, round=ROUND, migrate=True).records == 2

    opened = push(workspace, round="second", annotators=["ben"], problems=True)
    assert (opened.tasks, opened.sent, opened.predicted, opened.problems) == (4, 4, 2, 0)
    assert push(workspace, round="second", annotators=["ben"], problems=True).sent == 0
    with pytest.raises(ToolkitError) as caught:
        push(workspace, round="second", annotators=["ben"])
    assert caught.value.code == "ROUND-DIFFERS"
    server = connect(workspace)
    (number,) = [number for _, _, number in projects_of(workspace, server, "second")]
    shown = [one.result for item in server.client.tasks.list(project=number, fields="all") for one in item.predictions]
    assert [[part["value"]["choices"] for part in result] for result in shown] == [[["b"]], [["b"]]]

    mended = [answer("alpha"), answer("b", urgent=True), answer("c2")]
    given = [{("remark" if name == "note" else name): value for name, value in one.items()} for one in mended]
    submit(workspace, "second", lambda text: given[texts[text] % 3])
    pull(workspace, round="second")
    result = validate(workspace, migrate=True)
    assert result.account is not None
    assert (result.account.sentence(), result.problems) == ("10 passages = 6 records + 4 asked_again", 0)
