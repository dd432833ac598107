"""A dataset appears whole, loads with datasets, leaks nothing and can say what it was made from."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dataset_on_disk import NAME, labelled, passages_of, put, record_of, texts

from toolkit.errors import ToolkitError
from toolkit.release import ConvertResult, build, convert, list_datasets, load_dataset_rows, open_dataset
from toolkit.rounds.plan import Issue, Plan
from toolkit.workspace import Workspace, read_jsonl, write_json

SHARES = (0.6, 0.2, 0.2)


def built(workspace: Workspace, **options: object) -> ConvertResult:
    return convert(workspace, **{"name": "clauses", "schema": NAME, "split": SHARES, **options})  # type: ignore[arg-type]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def codes(workspace: Workspace) -> list[str]:
    return [problem["code"] for problem in read_jsonl(workspace.problems)]


def test_the_folder_loads_with_datasets_in_every_format(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    labelled(workspace)
    result = built(workspace, to=("messages", "prompt-completion"))
    folder = str(workspace.dataset("clauses"))
    first = datasets.load_dataset(folder, cache_dir=str(tmp_path / "cache"))
    assert {split: rows.num_rows for split, rows in first.items()} == result.splits
    assert sum(result.splits.values()) == result.examples == 16
    assert set(first["train"].column_names) == {"id", "messages", "meta"}
    other = datasets.load_dataset(folder, "prompt-completion", cache_dir=str(tmp_path / "cache"))
    for split in result.splits:
        assert first[split].to_list() == load_dataset_rows(workspace.dataset("clauses"), split), "nothing was coerced"
        assert other[split]["id"] == first[split]["id"]
        for one, same in zip(first[split], other[split], strict=True):
            assert [*same["prompt"], *same["completion"]] == one["messages"]
    assert datasets.get_dataset_default_config_name(folder) == "messages"


def test_rows_load_alike_without_the_card(workspace: Workspace, tmp_path: Path) -> None:
    import datasets

    labelled(workspace)
    built(workspace)
    file = str(workspace.dataset("clauses") / "train.jsonl")
    plain = datasets.load_dataset("json", data_files=file, cache_dir=str(tmp_path / "cache"))["train"]
    assert plain.to_list() == load_dataset_rows(workspace.dataset("clauses"), "train")


def test_every_row_has_the_same_keys_and_no_null(workspace: Workspace) -> None:
    labelled(workspace)
    result = built(workspace)
    rows = [row for split in result.splits for row in load_dataset_rows(workspace.dataset("clauses"), split)]
    assert len({tuple(row["meta"]) for row in rows}) == 1
    assert not [key for row in rows for key, value in row["meta"].items() if value is None]
    assert len({row["id"] for row in rows}) == len(rows)


def test_declared_groups_and_near_duplicates_stay_together(workspace: Workspace) -> None:
    names = sorted(texts(8))
    labelled(
        workspace,
        metadata="path,group,licence,source\n"
        + "".join(f"raw/{n},case-{i // 2},CC BY 4.0,court\n" for i, n in enumerate(names)),
    )
    twin = texts(8)[names[0]].replace("fee", "sum")
    records = [record_of(passage) for passage in passages_of(workspace, {"twin.txt": twin})]
    put(workspace, records)
    result = built(workspace)
    assert len(records) == result.examples == 18
    where: dict[str, set[str]] = {}
    for split in result.splits:
        for row in load_dataset_rows(workspace.dataset("clauses"), split):
            name = row["meta"]["path"].rpartition("/")[2]
            where.setdefault("case-0" if name == "twin.txt" else f"case-{names.index(name) // 2}", set()).add(split)
    assert all(len(splits) == 1 for splits in where.values())
    manifest = open_dataset(workspace, "clauses").manifest
    assert set(manifest["crossing"].values()) == {0}
    assert sum(part["groups"] for part in manifest["splits"].values()) == 4
    assert manifest["unknown_licence"] == {"documents": 1, "rows": 2}, "the twin's"
    assert {"source": "court", "licence": "CC BY 4.0", "documents": 8, "rows": 16} in manifest["licences"]
    assert "license:\n- cc-by-4.0\n- unknown\n" in (workspace.dataset("clauses") / "README.md").read_text("utf-8")


def test_a_split_that_leaks_is_not_written(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    labelled(workspace)
    built(workspace)
    before = bytes_of(workspace.dataset("clauses"))
    monkeypatch.setattr(build, "components", lambda documents, _clusters: {d: d for d in documents})
    leaking = "path,group\n" + "".join(f"raw/{name},one-case\n" for name in sorted(texts(8)))
    put(workspace, [record_of(passage) for passage in passages_of(workspace, {}, leaking)])
    with pytest.raises(ToolkitError, match="'groups': 1") as error:
        built(workspace)
    assert error.value.code == "SPLIT-LEAK"
    assert bytes_of(workspace.dataset("clauses")) == before
    assert list(list_datasets(workspace)) == ["clauses"]


def test_the_manifest_knows_every_byte_and_nothing_depends_on_the_clock(workspace: Workspace) -> None:
    labelled(workspace)
    built(workspace)
    folder = workspace.dataset("clauses")
    files = open_dataset(workspace, "clauses").manifest["files"]
    assert files.keys() | {"manifest.json"} == bytes_of(folder).keys()
    assert all(files[name]["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files)
    elsewhere = run_convert(
        workspace, {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LC_ALL": "C", "TOOLKIT_LANG": "zh"}, name="again"
    )
    assert elsewhere.returncode == 0, elsewhere.stderr
    again = {name: data.replace(b"again", b"clauses") for name, data in bytes_of(workspace.dataset("again")).items()}
    for name, data in bytes_of(folder).items():
        assert name == "manifest.json" or again[name] == data


def test_a_rerun_changes_no_byte_and_says_so(workspace: Workspace) -> None:
    labelled(workspace)
    assert built(workspace).changed
    before = bytes_of(workspace.root)
    assert not built(workspace).changed
    assert bytes_of(workspace.root) == before


def test_what_cannot_become_a_row_is_a_problem_and_the_account_balances(workspace: Workspace) -> None:
    records = labelled(workspace)
    blank = records[0].model_copy(update={"answer": {"question": "?", "kind": None, "marks": None, "stars": None}})
    moved = records[1].model_copy(update={"passage": "pas_0000000000000000"})
    shifted = [{**span, "start": span["start"] + 1, "end": span["end"] + 1} for span in records[2].answer["marks"]]
    wrong = records[2].model_copy(update={"answer": {**records[2].answer, "marks": shifted}})
    assert shifted
    put(workspace, [blank, moved, wrong, *records[3:]])
    result = built(workspace)
    assert sorted(codes(workspace)) == ["ANSWER-EMPTY", "RECORD-STALE", "SPAN-MISMATCH"]
    assert result.account
    assert result.account.sentence() == "16 records = 13 examples + 3 problems"
    put(workspace, records)
    assert built(workspace).problems == 0
    assert codes(workspace) == []


def test_too_few_groups_are_said_and_not_hidden(workspace: Workspace) -> None:
    labelled(workspace, documents=2)
    result = built(workspace)
    assert result.splits == {"train": 2, "validation": 2}
    assert codes(workspace) == ["SPLIT-FEW-GROUPS"]
    assert not (workspace.dataset("clauses") / "test.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"name": "../outside"}, "DATASET-NAME"),
        ({"name": ".hidden"}, "DATASET-NAME"),
        ({"to": ("chatml",)}, "FORMAT-NONE"),
        ({"to": ()}, "FORMAT-NONE"),
        ({"split": (0.8, 0.1, 0.2)}, "SPLIT-BAD"),
        ({"split": (0.0, 0.5, 0.5)}, "SPLIT-BAD"),
        ({"split": (float("nan"), 0.5, 0.5)}, "SPLIT-BAD"),
        ({"schema": "nowhere"}, "SCHEMA-UNKNOWN"),
        ({"schema": NAME}, "RECORDS-NONE"),
    ],
)
def test_options_that_make_no_sense_are_refused_and_write_no_dataset(
    workspace: Workspace, options: dict[str, object], code: str
) -> None:
    passages_of(workspace, texts(1))
    with pytest.raises(ToolkitError) as error:
        built(workspace, **options)
    assert error.value.code == code
    assert not list(list_datasets(workspace))


def test_the_card_shows_the_rounds_agreement(workspace: Workspace) -> None:
    labelled(workspace)
    figures = {
        "alpha": {"value": 0.8123, "low": 0.7, "high": 0.9},
        "kappa": {"value": None, "undefined": "no variation"},
    }
    write_json(workspace.round("first") / "report.json", {"fields": {"kind": figures}})
    built(workspace)
    card = (workspace.dataset("clauses") / "README.md").read_text("utf-8")
    assert "| first | kind | alpha | 0.81 (0.70 to 0.90) |" in card
    assert "| first | kind | kappa | undefined (no variation) |" in card


def test_the_card_tells_how_many_decided_how_and_under_which_guideline(workspace: Workspace) -> None:
    records = labelled(workspace)
    given: list[dict[str, object]] = [
        {"annotators": ("ann",)},
        {"resolution": "majority", "annotators": ("ann", "ben", "cem")},
        {"resolution": "majority", "annotators": ("ann", "ben", "cem")},
        {"resolution": "weighted"},
        {"resolution": "adjudicated", "adjudicator": "lea"},
        {"round": "second", "resolution": "adjudicated", "adjudicator": "lea", "annotators": ("ann", "dan", "eva")},
    ]
    changed = [record.model_copy(update=update) for record, update in zip(records, given, strict=False)]
    put(workspace, [*changed, *records[len(given) :]])
    plan = Plan(
        name="first",
        schema_name=NAME,
        schema_version="0" * 12,
        views=("source",),
        annotators=("ann", "ben"),
        overlap=2,
        size=None,
        guidelines=(Issue(version="1" * 12), Issue(version="2" * 12, since="2026-01-02T10:00:00Z")),
    )
    write_json(workspace.round("first") / "round.json", plan.model_dump(mode="json"))
    built(workspace)
    card = (workspace.dataset("clauses") / "README.md").read_text("utf-8")
    assert "| round | annotators | one annotator | unanimous | majority | weighted | adjudicated | guideline |" in card
    assert f"| first | 3 | 1 | 10 | 2 | 1 | 1 | `{'1' * 12}`, `{'2' * 12}` |" in card
    assert "| second | 3 | 0 | 0 | 0 | 0 | 1 | not on file |" in card
    assert "| all | 5 | 1 | 10 | 2 | 1 | 2 |  |" in card, "whoever worked in two rounds is one annotator"
    assert not [name for name in ("ann", "ben", "lea") if f" {name} " in card]
    manifest = open_dataset(workspace, "clauses").manifest
    assert all(sum(row["decided"].values()) == row["rows"] for row in manifest["labelling"])
    assert sum(row["rows"] for row in manifest["labelling"]) == manifest["examples"] == 16


def run_convert(
    workspace: Workspace, environment: dict[str, str], name: str = "clauses"
) -> "subprocess.CompletedProcess[str]":
    program = (
        "import sys; from pathlib import Path; from toolkit.workspace import Workspace; "
        "from toolkit.release import convert; "
        f"convert(Workspace(Path(sys.argv[1])), name={name!r}, schema={NAME!r}, split={SHARES!r})"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(workspace.root)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_killed_at_any_point_the_old_or_the_new_dataset_is_there_and_a_rerun_ends_the_same(
    workspace: Workspace,
) -> None:
    records = labelled(workspace)
    blank = {"question": None, "kind": None, "marks": None, "stars": None}
    changed = [records[0].model_copy(update={"answer": blank}), *records[1:]]
    put(workspace, changed)
    built(workspace)
    new = bytes_of(workspace.dataset("clauses"))
    put(workspace, records)
    built(workspace)
    old = bytes_of(workspace.dataset("clauses"))
    assert old != new
    killed = 0
    for point, most in {
        "renamed": 5,
        "before-rename": 1,
        "before-commit": 1,
        "dataset-built": 1,
        "dataset-aside": 1,
        "dataset-placed": 1,
    }.items():
        for nth in range(1, most + 1):
            put(workspace, changed)
            done = run_convert(workspace, {"TOOLKIT_FAILPOINT": f"{point}:{nth}:kill"})
            assert done.returncode == -9, f"{point}:{nth} was never reached: {done.stderr}"
            killed += 1
            with workspace.lock():
                assert open_dataset(workspace, "clauses").folder.is_dir()
            assert bytes_of(workspace.dataset("clauses")) in (old, new)
            built(workspace)
            assert bytes_of(workspace.dataset("clauses")) == new
            assert [path.name for path in (workspace.data / "datasets").iterdir()] == ["clauses"]
            put(workspace, records)
            built(workspace)
            assert bytes_of(workspace.dataset("clauses")) == old
    assert killed == 10
