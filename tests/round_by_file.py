"""A round whose server is elsewhere: answers come as exports, in the shape in which Label Studio writes them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.passages import load_passages
from toolkit.rounds.plan import load_tasks
from toolkit.studio import pull
from toolkit.studio.pull import PullResult
from toolkit.tasks import Task
from toolkit.workspace import Workspace


def exported(
    workspace: Workspace,
    round_name: str,
    answers: Mapping[tuple[str, str], Mapping[str, Any] | None],
    *,
    at: str = "2026-01-01T10:00:00.000000Z",
    by: str | None = None,
) -> list[dict[str, Any]]:
    """An export of tasks with answers: (passage, annotator) to an answer, None being a skip.

    Args:
        workspace: where the round is.
        round_name: the round.
        answers: what was submitted.
        at: when all of it was submitted.
        by: an e-mail; None: each annotator's own.
    """
    model = find_schema(f"round:{round_name}", workspace).model
    texts = {passage.id: passage.text for passage in load_passages(workspace)}
    tasks = {(task.passage, task.annotator): task for task in load_tasks(workspace, round_name)}
    rows = []
    for number, (key, value) in enumerate(answers.items(), start=1):
        task, text = tasks[key], texts[key[0]]
        results = [] if value is None else write_results(model, value, text)
        rows.append(_row(task, text, number, results, skipped=value is None, at=at, by=by))
    return rows


def _row(
    task: Task, text: str, number: int, results: list[dict[str, Any]], *, skipped: bool, at: str, by: str | None
) -> dict[str, Any]:
    annotation = {
        "id": number,
        "completed_by": {"id": 1, "email": by or f"{task.annotator}@example.org"},
        "result": results,
        "was_cancelled": skipped,
        "ground_truth": False,
        "created_at": at,
        "updated_at": at,
        "lead_time": 12.5,
    }
    return {"id": number, "data": {"task_id": task.id, "text": text}, "annotations": [annotation], "predictions": []}


def pull_answers(
    workspace: Workspace,
    round_name: str,
    answers: Mapping[tuple[str, str], Mapping[str, Any] | None],
    folder: Path,
    **more: Any,
) -> PullResult:
    """Write such an export and pull it."""
    return pull_rows(workspace, exported(workspace, round_name, answers, **more), folder, round_name)


def pull_rows(
    workspace: Workspace, rows: list[dict[str, Any]], folder: Path, round_name: str | None = None
) -> PullResult:
    """Pull an export of these tasks."""
    file = folder / "export.json"
    file.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    return pull(workspace, round=round_name, file=file)
