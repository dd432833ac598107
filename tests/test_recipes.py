"""Recipes: the same verbs and options as the command line, skipped when nothing changed, resumed where they stopped."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from toolkit.catalog import builtin
from toolkit.errors import ToolkitError
from toolkit.pipeline.recipe import read_recipe
from toolkit.pipeline.runner import RunResult, run
from toolkit.workspace import Workspace

RECIPE = """
title: {en: Two steps, zh: 两步}
vars: {by: clause, longest: 2000}
steps:
  - ingest: {paths: [raw], metadata: raw/metadata.csv}
  - segment: {by: "${by}", max-characters: "${longest}"}
"""


@pytest.fixture
def ready(workspace: Workspace) -> Workspace:
    """A workspace with a few bundled documents and a recipe of its own."""
    raw = workspace.root / "raw"
    for name in ("franchise.txt", "国籍法.md", "joint-venture.docx"):
        shutil.copy(builtin("examples") / "legal" / name, raw / name)
    rows = (builtin("examples") / "legal" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.startswith(("path", "franchise", "国籍法", "joint"))]
    (raw / "metadata.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    (workspace.root / "pipelines").mkdir()
    (workspace.root / "pipelines" / "two.yaml").write_text(RECIPE, encoding="utf-8")
    return workspace


def states(result: RunResult) -> list[str]:
    return [step.state for step in result.steps]


def run_two(workspace: Workspace, **settings: str) -> RunResult:
    return run(workspace, read_recipe("two", workspace, settings))


def files_of(workspace: Workspace) -> dict[str, bytes]:
    return {
        str(file.relative_to(workspace.root)): file.read_bytes()
        for folder in (workspace.documents, workspace.passages)
        for file in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("name", ["legal_contract_clauses", "medical_qa_evidence"])
def test_every_built_in_recipe_names_verbs_and_options_that_exist(name: str) -> None:
    recipe = read_recipe(name, None)
    assert len(recipe.steps) > 10
    assert {"en", "zh"} <= set(recipe.title)


def test_a_second_run_skips_what_has_not_changed(ready: Workspace) -> None:
    first = run_two(ready)
    assert (states(first), first.finished, first.problems) == (["done", "done"], True, 0)
    before = files_of(ready)
    second = run_two(Workspace(ready.root))
    assert (states(second), second.changed) == (["skipped", "skipped"], False)
    assert files_of(ready) == before


def test_a_changed_file_runs_its_step_and_those_that_read_from_it(ready: Workspace) -> None:
    run_two(ready)
    with (ready.root / "raw" / "franchise.txt").open("a", encoding="utf-8") as file:
        file.write("\n99. Survival. This clause survives.\n")
    assert states(run_two(ready)) == ["done", "done"]


def test_a_changed_option_runs_its_step_alone(ready: Workspace) -> None:
    run_two(ready)
    assert states(run_two(ready, by="paragraph")) == ["skipped", "done"]


def test_a_deleted_output_is_made_again(ready: Workspace) -> None:
    run_two(ready)
    before = files_of(ready)
    shutil.rmtree(ready.passages)
    assert states(run_two(ready)) == ["skipped", "done"]
    assert files_of(ready) == before


@pytest.mark.parametrize("nth", [1, 4, 8, 12, 16])
def test_a_killed_run_resumes_and_ends_as_if_it_had_run_once(ready: Workspace, tmp_path: Path, nth: int) -> None:
    clean = Workspace(shutil.copytree(ready.root, tmp_path / "clean"))
    run_two(clean)
    command = [sys.executable, "-m", "toolkit", "--workspace", str(ready.root), "run", "two"]
    environment = {**os.environ, "TOOLKIT_FAILPOINT": f"*:{nth}:kill"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert run_two(ready).finished
    assert files_of(ready) == files_of(clean)


def test_problems_are_counted_and_a_recipe_goes_on_unless_told_to_stop(ready: Workspace) -> None:
    shutil.copy(builtin("examples") / "legal" / "broken.pdf", ready.root / "raw" / "broken.pdf")
    recipe = read_recipe("two", ready)
    stopped = run(ready, recipe, stop_on_problems=True)
    assert (len(stopped.steps), stopped.finished) == (1, False)
    gone_on = run(ready, recipe)
    assert gone_on.finished
    assert gone_on.problems > 0


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("steps: []", "RECIPE-BROKEN", "steps"),
        ("steps: [{fly: {}}]", "RECIPE-BROKEN", "fly"),
        ("steps: [{segment: {}, ingest: {}}]", "RECIPE-BROKEN", "2"),
        ("steps: [{segment: {by: '${x}'}}]", "RECIPE-BROKEN", "x"),
        ("steps: [{segment: {colour: red}}]", "VERB-OPTIONS", "colour"),
        ("steps: [{segment: {by: word}}]", "VERB-OPTIONS", "by"),
        ("steps: [{ingest: {}}]", "VERB-OPTIONS", "paths"),
        ("steps: [", "RECIPE-BROKEN", "bad.yaml"),
    ],
)
def test_a_broken_recipe_is_refused_before_its_first_step(
    workspace: Workspace, text: str, code: str, named: str
) -> None:
    (workspace.root / "bad.yaml").write_text(text)
    with pytest.raises(ToolkitError) as caught:
        read_recipe(str(workspace.root / "bad.yaml"), workspace)
    assert caught.value.code == code
    assert named in caught.value.message
    assert caught.value.hint


def test_a_setting_that_the_recipe_does_not_have_is_refused(ready: Workspace) -> None:
    with pytest.raises(ToolkitError, match="colour"):
        run_two(ready, colour="red")
