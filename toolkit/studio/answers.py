"""Answers to tasks by a program, under an account of its own, through the API that a browser uses too.

For demonstrations and tests. People answer in the browser.
"""

from collections.abc import Callable
from typing import Any

from toolkit.annotations import write_results
from toolkit.catalog import find_schema
from toolkit.noun import Account, Progress, Result, silent
from toolkit.rounds.plan import load_plan
from toolkit.studio.connection import connect, talking
from toolkit.studio.delivery import projects_of
from toolkit.studio.local.accounts import annotator_client
from toolkit.tasks import Role
from toolkit.workspace import Workspace


class AnswerResult(Result):
    """How many tasks were answered now; answered ones are left alone."""

    name: str
    answered: int
    already_answered: int


def answer_tasks(
    workspace: Workspace,
    *,
    round: str,
    name: str,
    role: Role,
    answer: Callable[[str], dict[str, Any]],
    progress: Progress = silent,
) -> AnswerResult:
    """Answer the open tasks of one person's project.

    Args:
        workspace: where the round is.
        round: the round's name.
        name: the annotator or adjudicator; the answers are submitted under an account of this name.
        role: whose project.
        answer: a passage's text to an answer in the schema's shape.
        progress: called for each task.
    """
    server = connect(workspace)
    model = find_schema(f"round:{load_plan(workspace, round).name}", workspace).model
    client = annotator_client(workspace, name)
    projects = [number for who, as_, number in projects_of(workspace, server, round) if (who, as_) == (name, role)]
    done = there = 0
    for project in projects:
        with talking(server.url):
            items = list(client.tasks.list(project=project, page_size=1000, include="id,data,total_annotations"))
            for item in items:
                if item.total_annotations:
                    there += 1
                    continue
                progress(done + there, len(items), name)
                text = str((item.data or {})["text"])
                client.annotations.create(id=int(item.id), result=write_results(model, answer(text), text))
                done += 1
    account = Account(noun="tasks", items=done + there, into={"answered": done, "already_answered": there})
    return AnswerResult(name=name, answered=done, already_answered=there, account=account, changed=done > 0)
