"""The demo: a recipe run three times in a fresh workspace, with scripted annotators answering in between.

It knows which problem it planted, and fails when it finds another one or misses it.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.catalog import builtin
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Progress, Result, silent
from toolkit.pipeline.recipe import Recipe, read_recipe
from toolkit.pipeline.runner import StepReport, Told, run, untold
from toolkit.pipeline.scripted import Script, scripted_answer
from toolkit.pipeline.start import start
from toolkit.pipeline.trace import TraceResult, trace
from toolkit.studio import answer_tasks, studio_status, studio_stop
from toolkit.tasks import Role
from toolkit.workspace import Workspace, read_jsonl

RECIPE = "legal_contract_clauses"
SCHEMA = "legal/contract_clauses"
PLANTED = (("DOC-BROKEN", "raw/broken.pdf"),)
"""The one damaged document, by code and place."""


class Person(Noun):
    """A scripted annotator: account name, role and script."""

    name: str
    role: Role
    script: Script


_ANNOTATORS = (
    Person(name="annotator-a", role="annotator", script="first"),
    Person(name="annotator-b", role="annotator", script="second"),
)
_LEAD = (Person(name="lead", role="adjudicator", script="lead"),)


class DemoResult(Result):
    """What the demo did, or with ``--dry-run`` would do.

    Attributes:
        workspace: the fresh workspace, left for a look around; None in a dry run.
        documents: the bundled files.
        planted: the problems that were planted, as ``code: place``; exactly these were found.
        steps: every step that ran, in order.
        lineage: one training row traced back to its file.
        address: where Label Studio listens, when it was kept running.
        log_in: e-mail and password for it.
        try_next: commands to try by hand.
    """

    workspace: str | None
    documents: tuple[str, ...]
    planted: tuple[str, ...]
    steps: tuple[StepReport, ...]
    lineage: TraceResult | None = None
    address: str | None = None
    log_in: str | None = None
    try_next: tuple[str, ...] = ()


def demo(*, keep: bool = False, dry_run: bool = False, progress: Progress = silent, told: Told = untold) -> DemoResult:
    """Run the whole chain on the bundled documents.

    Args:
        keep: leave Label Studio running.
        dry_run: write nothing, start nothing; list documents and steps.
        progress: called by the long steps.
        told: called after each step.

    Raises:
        ToolkitError: ``DEMO-UNEXPECTED`` when the problems found are not those planted, and what a step raises.
    """
    examples = builtin("examples") / "legal"
    names = tuple(sorted(file.name for file in examples.iterdir() if file.is_file() and file.name != "metadata.csv"))
    if dry_run:
        return _plan(names)
    workspace = _fresh(examples)
    recipe = read_recipe(RECIPE, workspace)
    try:
        steps = _chain(workspace, recipe, progress, told)
        _check_problems(workspace)
    except BaseException:
        studio_stop(workspace)
        raise
    result = DemoResult(
        workspace=str(workspace.root),
        documents=names,
        planted=_planted(),
        steps=tuple(steps),
        lineage=trace(workspace, _a_training_row(workspace)),
        try_next=_try_next(workspace),
    )
    if not keep:
        studio_stop(workspace)
        return result
    found = studio_status(workspace)
    return result.model_copy(update={"address": found.url, "log_in": f"{found.email} / {found.password}"})


def _plan(names: Sequence[str]) -> DemoResult:
    steps = [
        StepReport(step=step.key, state="skipped", problems=0, result={}) for step in read_recipe(RECIPE, None).steps
    ]
    return DemoResult(workspace=None, documents=tuple(names), planted=_planted(), steps=tuple(steps), changed=False)


def _fresh(examples: Path) -> Workspace:
    folder = Path(tempfile.mkdtemp(prefix="toolkit-demo-"))
    start(folder, schema=SCHEMA, policy="none")
    for file in filter(Path.is_file, examples.iterdir()):  # the folders in it belong to other schemas
        shutil.copy(file, folder / "raw")
    return Workspace(folder)


def _chain(workspace: Workspace, recipe: Recipe, progress: Progress, told: Told) -> list[StepReport]:
    """Run the recipe until it waits, let the scripts answer, and go on: what a team does over days."""
    steps: list[StepReport] = []

    def tell(report: StepReport) -> None:
        if report.state in {"done", "waiting"}:
            steps.append(report)
            told(report)

    for people in (_ANNOTATORS, _LEAD, ()):
        run(workspace, recipe, progress=progress, told=tell)
        for person in people:
            tell(_answer(workspace, recipe, person, progress))
    return steps


def _answer(workspace: Workspace, recipe: Recipe, person: Person, progress: Progress) -> StepReport:
    round_name = next(str(step.options["round"]) for step in recipe.steps if step.verb == "push")

    def answer(text: str) -> dict[str, Any]:
        return scripted_answer(text, person.script)

    result = answer_tasks(
        workspace, round=round_name, name=person.name, role=person.role, answer=answer, progress=progress
    )
    what = said(
        f"{result.account.items if result.account else 0} tasks answered by the script '{person.name}', no person",
        f"脚本 '{person.name}'（并非真人）回答了 {result.account.items if result.account else 0} 个任务",
    )
    return StepReport(
        step=f"(scripted {person.role})", state="done", problems=0, account=what, result=result.model_dump(mode="json")
    )


def _check_problems(workspace: Workspace) -> None:
    found = sorted((row["code"], row["where"]) for row in read_jsonl(workspace.problems))
    if found == sorted(PLANTED):
        return
    shown = ", ".join(f"{code} ({where})" for code, where in found) or said("none", "无")
    raise ToolkitError(
        said(
            f"The demo planted {', '.join(_planted())} and found: {shown}.",
            f"演示植入了 {', '.join(_planted())}，实际发现：{shown}。",
        ),
        hint=said(f"Look at '{workspace.problems}'.", f"请查看 '{workspace.problems}'。"),
        code="DEMO-UNEXPECTED",
    )


def _planted() -> tuple[str, ...]:
    return tuple(f"{code}: {where}" for code, where in PLANTED)


def _a_training_row(workspace: Workspace) -> str:
    """Return a row that has spans and pages, else the first one."""
    folder = workspace.dataset("contract-clauses")
    rows = list(read_jsonl(folder / "train.jsonl"))
    best = max(rows, key=lambda row: (bool(row["meta"]["pages"]), bool(row["meta"]["spans"]), row["id"]))
    return str(best["id"])


def _try_next(workspace: Workspace) -> tuple[str, ...]:
    here = f"--workspace {workspace.root}"
    return (
        f"toolkit {here} status",
        f"toolkit {here} round report --round round-1",
        f"toolkit {here} trace {_a_training_row(workspace)}",
        f"toolkit {here} studio start",
    )
