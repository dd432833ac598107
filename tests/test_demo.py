"""The demo: the whole chain on the bundled documents, by its command, as a new user meets it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from toolkit.documents import document
from toolkit.pipeline.demo import PLANTED
from toolkit.workspace import Workspace, read_jsonl


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LABEL_STUDIO", "TOOLKIT"))}
    environment = {**clean, "TMPDIR": str(tmp_path_factory.mktemp("demo"))}
    command = [sys.executable, "-m", "toolkit", "demo", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(shown: dict[str, Any], split: str) -> list[dict[str, Any]]:
    return list(read_jsonl(Workspace(Path(shown["workspace"])).dataset("contract-clauses") / f"{split}.jsonl"))


def test_the_demo_finds_exactly_the_planted_problem(shown: dict[str, Any]) -> None:
    found = read_jsonl(Workspace(Path(shown["workspace"])).problems)
    assert [(row["code"], row["where"]) for row in found] == list(PLANTED)


def test_every_span_of_the_dataset_equals_its_slice_of_the_document(shown: dict[str, Any]) -> None:
    workspace = Workspace(Path(shown["workspace"]))
    checked = 0
    for split in ("train", "validation", "test"):
        for row in rows(shown, split):
            text = document(workspace, row["meta"]["document"], row["meta"]["view"]).text
            for span in row["meta"]["spans"]:
                assert text[span["start"] : span["end"]] == span["text"]
                checked += 1
    assert checked > 20


def test_no_document_crosses_a_split(shown: dict[str, Any]) -> None:
    documents = [{row["meta"]["document"] for row in rows(shown, split)} for split in ("train", "validation", "test")]
    assert all(documents)
    assert sum(map(len, documents)) == len(set.union(*documents))


def test_every_step_accounts_for_what_went_in(shown: dict[str, Any]) -> None:
    accounts = [step["result"]["account"] for step in shown["steps"] if step["result"].get("account")]
    assert len(accounts) >= 7
    assert all(account["items"] == sum(account["into"].values()) for account in accounts)


def test_people_are_said_to_be_scripts_and_disagree_on_some(shown: dict[str, Any]) -> None:
    scripted = [step for step in shown["steps"] if step["step"].startswith("(scripted")]
    assert len(scripted) == 3
    adjudicated = next(step for step in shown["steps"] if step["step"].startswith("round adjudicate"))
    assert 0 < adjudicated["result"]["disagreements"] < 60


def test_one_row_leads_back_to_file_page_and_span(shown: dict[str, Any]) -> None:
    nouns = {link["noun"]: link["facts"] for link in shown["lineage"]["back"]}
    assert {"record", "annotation", "task", "passage", "document"} <= set(nouns)
    assert nouns["document"]["file"].startswith("raw/")
    assert nouns["passage"]["pages"]


def test_the_verdict_comes_with_its_control(shown: dict[str, Any]) -> None:
    trained = shown["steps"][-1]["result"]
    assert trained["verdict"] in {"teaches", "does_not_teach", "inconclusive"}
    assert {"untrained", "true", "shuffled"} <= set(trained["metrics"]["loss"])


def test_the_pages_need_nothing_from_outside(shown: dict[str, Any]) -> None:
    pages = sorted(Path(shown["workspace"]).rglob("report.html"))
    assert len(pages) >= 2
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "http" not in text
