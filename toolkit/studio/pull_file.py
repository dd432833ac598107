"""Answers out of an export: of our own round as if pulled when it was made, of anybody's as a round of its own."""

from collections.abc import Sequence
from pathlib import Path

from toolkit.catalog import find_schema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Problem
from toolkit.rounds.plan import load_plan, load_tasks, round_names
from toolkit.studio.export_file import Export, Exported, controls_in, read_export, with_answers
from toolkit.studio.foreign import is_foreign, keep_round, round_name_of, taken_in
from toolkit.studio.pulled import PullResult, read_round_answers, report, round_of
from toolkit.studio.reading import STEP
from toolkit.studio.versions import History, Version, raw_of
from toolkit.workspace import Workspace


def pull_file(workspace: Workspace, path: Path, round_name: str | None, schema: str | None) -> PullResult:
    """Read an export; call it with the workspace's lock held.

    Args:
        workspace: where the round is, or will be.
        path: the export.
        round_name: the round; None: the one whose tasks the export holds, or one by the file's name.
        schema: how to read a foreign export.

    Raises:
        ToolkitError: ``EXPORT-MISSING``, ``EXPORT-BROKEN``, ``EXPORT-SHAPE``, ``EXPORT-FOREIGN``, ``EXPORT-ROUNDS``,
            ``ROUND-UNKNOWN``, ``ROUND-DIFFERS``.
    """
    export = read_export(path)
    if schema is not None:
        return _pull_foreign(workspace, path, export, round_name or round_name_of(path), schema)
    if round_name is None:
        round_name = _round_in(workspace, path, export)
    load_plan(workspace, round_name)
    if is_foreign(workspace, round_name):
        return _pull_foreign(workspace, path, export, round_name, f"round:{round_name}")
    return _pull_ours(workspace, path, export, round_name)


def _round_in(workspace: Workspace, path: Path, export: Export) -> str:
    """Return the round whose tasks an export holds."""
    keys = {task.key for task in export.tasks}
    ours = [name for name in round_names(workspace) if keys & {task.id for task in load_tasks(workspace, name)}]
    if len(ours) == 1:
        return ours[0]
    raise _several_rounds(path, ours) if ours else _foreign(path, export)


def _pull_ours(workspace: Workspace, path: Path, export: Export, round_name: str) -> PullResult:
    """Merge an export of a round as if its answers had been pulled then."""
    of = round_of(workspace, round_name)
    export = with_answers(export, of.model)
    history = History(workspace, round_name)
    versions = [
        Version(str(task.key), raw_of(annotation))
        for task in export.tasks
        if task.key in of.tasks
        for annotation in task.annotations
    ]
    new = _keep_from_file(workspace, history, versions)
    strangers = [_stranger(task, round_name) for task in export.tasks if task.annotations and task.key not in of.tasks]
    problems = [*export.problems, *strangers]
    workspace.put_problems(STEP, f"file {path.name}", problems)
    found, changed = read_round_answers(workspace, of)
    return report(of, found, new=new, changed=changed, problems=len(problems), file=path)


def _pull_foreign(workspace: Workspace, path: Path, export: Export, round_name: str, schema: str) -> PullResult:
    """Make a round of somebody else's export; each of its results becomes part of an answer, or a problem."""
    asked = find_schema(schema, workspace)
    export = with_answers(export, asked.model)
    made = taken_in(workspace, export.tasks, asked, round_name, path)
    changed = keep_round(workspace, asked, made, round_name)
    new = _keep_from_file(workspace, History(workspace, round_name), made.versions)
    problems = [*export.problems, *made.problems]
    workspace.put_problems(STEP, f"file {path.name}", problems)
    of = round_of(workspace, round_name)
    found, read_changed = read_round_answers(workspace, of)
    done = report(of, found, new=new, changed=changed or read_changed, problems=len(problems), file=path)
    into = {"read": found.read, "refused": found.refused, "of_skips": found.of_skips, "without_text": made.unread}
    account = Account(noun="results", items=found.results + made.unread, into=into)
    return done.model_copy(update={"account": account, "waiting": None})


def _keep_from_file(workspace: Workspace, history: History, versions: Sequence[Version]) -> int:
    fresh = history.add_from_file(versions)
    if fresh:
        with workspace.ledger.transaction() as connection:
            connection.executemany("INSERT INTO pulled VALUES (?, ?, ?, ?, ?, ?, ?)", history.rows(fresh))
    return len(fresh)


def _stranger(task: Exported, round_name: str) -> Problem:
    return Problem(
        code="EXPORT-TASK-UNKNOWN",
        step=STEP,
        where=task.where,
        found=f"{len(task.annotations)} answers to a task that is not the round's",
        expected=f"a task of round {round_name}, known by 'task_id' in its data",
        hint="Answers to other tasks are read with: toolkit pull --file EXPORT --schema NAME",
    )


def _several_rounds(path: Path, names: Sequence[str]) -> ToolkitError:
    return ToolkitError(
        said(
            f"'{path.name}' holds tasks of several rounds: {', '.join(names)}.",
            f"'{path.name}' 包含多个轮次的任务：{', '.join(names)}。",
        ),
        hint=said("Read it once for each: --round NAME", "请逐个轮次读取：--round NAME"),
        code="EXPORT-ROUNDS",
    )


def _foreign(path: Path, export: Export) -> ToolkitError:
    controls = controls_in(export) or said("none", "无")
    return ToolkitError(
        said(
            f"No task of '{path.name}' was pushed from this workspace. The controls of its answers: {controls}.",
            f"'{path.name}' 中没有由本工作区推送的任务。其标注所用的控件：{controls}。",
        ),
        hint=said(
            "Write a schema with a field for each control, by the same name, and name it: --schema NAME",
            "请编写模式，为每个控件设一个同名字段，并指定：--schema NAME",
        ),
        code="EXPORT-FOREIGN",
    )
