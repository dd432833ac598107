"""Runs a recipe: skips steps whose inputs have not changed, stops where a person has to act, resumes there."""

import json
from collections.abc import Callable
from typing import Any, Literal

from toolkit.noun import Account, Noun, Progress, Result, silent
from toolkit.pipeline.fingerprint import makes_fingerprint, reads_fingerprint
from toolkit.pipeline.recipe import Recipe, Step
from toolkit.pipeline.verbs import VERBS, call, in_workspace
from toolkit.workspace import Workspace

State = Literal["done", "unchanged", "skipped", "waiting"]


class StepReport(Noun):
    """What became of one step.

    Attributes:
        state: ``done``; ``unchanged`` (it ran and found nothing to do); ``skipped`` (its inputs are those of its
            last finished run); ``waiting`` (a person has to act first).
    """

    step: str
    state: State
    problems: int
    account: str | None = None
    result: dict[str, Any]


class RunResult(Result):
    """A recipe's steps up to where it stopped. ``finished``: all of them."""

    recipe: str
    steps: tuple[StepReport, ...]
    finished: bool


Told = Callable[[StepReport], None]
"""Called after each step, so that a reader sees it before the next one begins."""


def untold(report: StepReport) -> None:
    """Tell nobody: the default."""


def run(
    workspace: Workspace,
    recipe: Recipe,
    *,
    stop_on_problems: bool = False,
    progress: Progress = silent,
    told: Told = untold,
) -> RunResult:
    """Run a recipe's steps in order.

    Args:
        workspace: where it runs; relative paths in the recipe are meant from here.
        recipe: the steps, already checked.
        stop_on_problems: stop after the first step that has problems; otherwise they are counted and it goes on.
        progress: called by the long steps.
        told: called after each step.

    Raises:
        ToolkitError: what a step raises; the steps before it stay done.
    """
    reports: list[StepReport] = []
    for step in recipe.steps:
        progress(len(reports), len(recipe.steps), step.key)
        report = _run_step(workspace, recipe, step, progress)
        reports.append(report)
        told(report)
        if report.state == "waiting" or (stop_on_problems and report.problems):
            break
    return RunResult(
        recipe=recipe.name,
        steps=tuple(reports),
        finished=len(reports) == len(recipe.steps) and reports[-1].state != "waiting",
        problems=sum({report.step: report.problems for report in reports}.values()),
        changed=any(report.state in {"done", "waiting"} for report in reports),
        waiting=reports[-1].result.get("waiting"),
    )


def _run_step(workspace: Workspace, recipe: Recipe, step: Step, progress: Progress) -> StepReport:
    options = in_workspace(step.verb, step.options, workspace.root)
    before = None if VERBS[step.verb].remote else reads_fingerprint(workspace, step.verb, options)
    if before and (stored := _finished(workspace, recipe, step, options, before)):
        return _report(step, stored, "skipped")
    result = call(step.verb, workspace, options, progress).model_dump(mode="json")
    state: State = "done" if result["changed"] else "unchanged"
    if result["waiting"]:
        state = "waiting"
    elif before:
        _remember(workspace, recipe, step, before + makes_fingerprint(workspace, step.verb, options), result)
    return _report(step, result, state)


def _report(step: Step, result: dict[str, Any], state: State) -> StepReport:
    account = Account.model_validate(result["account"]).sentence() if result["account"] else None
    return StepReport(step=step.key, state=state, problems=result["problems"], account=account, result=result)


def _finished(
    workspace: Workspace, recipe: Recipe, step: Step, options: dict[str, Any], before: str
) -> dict[str, Any] | None:
    rows = workspace.ledger.query(
        "SELECT fingerprint, result FROM recipe_steps WHERE recipe = ? AND step = ?", (recipe.name, step.key)
    )
    if not rows or rows[0]["fingerprint"] != before + makes_fingerprint(workspace, step.verb, options):
        return None
    result: dict[str, Any] = json.loads(rows[0]["result"])
    return result


def _remember(workspace: Workspace, recipe: Recipe, step: Step, fingerprint: str, result: dict[str, Any]) -> None:
    with workspace.lock(), workspace.ledger.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO recipe_steps VALUES (?, ?, ?, ?)",
            (recipe.name, step.key, fingerprint, json.dumps(result, ensure_ascii=False)),
        )
