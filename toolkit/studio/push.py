"""Passages to annotation tasks: open a round, or continue it. What a round settled when it opened stays.

The tasks go to the server, or with ``file`` into import files for a server that cannot be reached from here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.annotations import labelling_config, neighbours_of, task_data
from toolkit.noun import Account, Progress, Result, silent
from toolkit.prelabel import Prelabels, check_consent, predictions_for
from toolkit.privacy import views_for
from toolkit.rounds.issued import page_in_force, told_of_newer
from toolkit.rounds.plan import Plan
from toolkit.studio.choosing import By
from toolkit.studio.connection import Server, connect
from toolkit.studio.delivery import Delivered, Item, deliver
from toolkit.studio.import_file import ImportFiles, check_place, write_import_files
from toolkit.studio.opening import Opening, keep_opening, schema_for, settle
from toolkit.workspace import Workspace


class PushResult(Result):
    """What is on the server now: ``tasks = sent + already_there``; with ``file``, ``tasks = written``.

    Attributes:
        passages: how many passages the round asks about, gold ones apart.
        short: by how many passages a round that chooses stays below its size, since no more are open.
        gold: how many gold items each annotator gets among the tasks.
        projects: annotator to project number.
        url: the server; None where none was asked.
        duplicates_removed: second copies of a task that nobody had touched; a request that arrived twice makes them.
        predicted: tasks with a prediction to begin from.
        written: tasks in import files.
        files: the import files, one for each annotator, the labelling config and the guideline.
        guideline_version: what annotators are told; ``guideline_newer`` says so where the files have changed since.
    """

    round: str
    passages: int
    tasks: int
    sent: int
    already_there: int
    projects: dict[str, int]
    url: str | None
    short: int = 0
    gold: int = 0
    duplicates_removed: int = 0
    predicted: int = 0
    written: int = 0
    files: tuple[str, ...] = ()
    guideline_version: str | None = None
    guideline_newer: str | None = None


def push(  # noqa: PLR0913 - the command's options
    workspace: Workspace,
    *,
    round: str,
    annotators: Sequence[str],
    schema: str | None = None,
    overlap: int = 1,
    size: int | None = None,
    prelabel: Sequence[str] = (),
    yes: bool = False,
    problems: bool = False,
    sample: str | None = None,
    scores: Path | None = None,
    gold: Path | None = None,
    renew_guideline: bool = False,
    file: Path | None = None,
    progress: Progress = silent,
) -> PushResult:
    """Send passages to Label Studio, one project for each annotator, never the same task twice.

    Args:
        workspace: where the passages are.
        round: the round's name; one that exists is continued, and may only grow.
        annotators: their names; each gets a project of their own and meets nobody else's answers there.
        schema: what is asked; the workspace's own when None.
        overlap: how many annotators see each passage.
        size: how many passages beside the gold ones, spread over the documents; None: all.
        prelabel: what predicts answers for the annotators to begin from (see ``toolkit.prelabel.how``), in the order
            in which it is believed.
        yes: agree that text leaves this machine for the endpoint that ``prelabel`` asks.
        problems: ask again what became a problem in earlier rounds of the schema, beginning where its answers ended;
            which passages, is settled when the round opens.
        sample: choose passages that nobody was asked about under the schema, as ``round next`` does: by a strategy, or
            from the file that it wrote; settled when the round opens, and added to as its size grows.
        scores: ask again, without what was answered before, the passages that these scores of a training run doubt
            the most; settled when the round opens, and added to as its size grows.
        gold: a JSON Lines file of passages and their right answers (records will do), which every annotator gets
            without knowing it; settled when the round opens.
        renew_guideline: an open round goes on under the guideline as it is now; without, it keeps its own.
        file: write import files here instead, and ask no server: a folder, or a name that ends in ``.json``.
        progress: called while predicting and sending.

    Raises:
        ToolkitError: ``POLICY-UNSET``, ``SCHEMA-UNSET``, ``SCHEMA-UNKNOWN``, ``OVERLAP``, ``ROUND-DIFFERS``,
            ``PASSAGES-NONE``, ``GOLD-MISSING``, ``GOLD-INVALID``, ``GUIDELINE-BROKEN``, ``GUIDELINE-DRIFT``,
            ``PRELABEL-CONSENT``, ``PUSH-FILE``, ``SAMPLE-TWICE``, ``SAMPLE-HOW``, ``SAMPLE-SIZE``, ``SAMPLE-NONE``;
            what choosing, predicting and the server's part raise.
    """
    with workspace.lock():
        if file:
            check_place(file)
        views = views_for(workspace.settings.policy)
        found = schema_for(workspace, round, schema)
        plan = Plan(
            name=round,
            schema_name=found.reference,
            schema_version=found.version,
            views=views,
            annotators=tuple(annotators),
            overlap=overlap,
            size=size,
        )
        by = By(problems, sample, scores)
        opening = settle(
            workspace, plan, found, prelabel, gold, by=by, renew_guideline=renew_guideline, progress=progress
        )
        check_consent(opening.sources, opening.asked, opening.store, yes=yes)
        server = None if file else connect(workspace, progress)
        made = predictions_for(opening.sources, opening.asked, found.model, opening.store, progress)
        made = made._replace(problems=[*opening.problems(), *made.problems])
        workspace.put_problems("push", f"{plan.name}/prelabel", made.problems)
        items = items_of(opening, made.predictions)
        keep_opening(workspace, opening)
        if server is None:
            assert file is not None
            files = write_import_files(
                file, items, labelling_config(found.model), page_in_force(workspace, opening.plan)
            )
            return _written(opening, items, files, made)
        delivered = {
            name: deliver(
                workspace, server, opening.plan, name, "annotator", labelling_config(found.model), own, progress
            )
            for name, own in items.items()
        }
        return _sent(server, opening, items, delivered, made)


def items_of(opening: Opening, predictions: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, list[Item]]:
    """Return each annotator's items: what the screen shows, and predictions where there are any.

    A task whose passage is gone has nothing to show. Who has left keeps what is on the server.
    """
    model, passages = opening.found.model, opening.passages
    around = neighbours_of(model, passages.values())
    items: dict[str, list[Item]] = {name: [] for name in opening.plan.annotators}
    for task in opening.tasks:
        if task.annotator in items and task.passage in passages:
            data = task_data(model, task, passages[task.passage], around)
            items[task.annotator].append(Item(task, data, predictions.get(task.passage, ())))
    return items


def _sent(
    server: Server,
    opening: Opening,
    items: Mapping[str, Sequence[Item]],
    delivered: Mapping[str, Delivered],
    made: Prelabels,
) -> PushResult:
    sent = sum(part.sent for part in delivered.values())
    there = sum(part.already_there for part in delivered.values())
    return PushResult(
        **_counted(opening, items, made),
        sent=sent,
        already_there=there,
        projects={name: part.project for name, part in delivered.items()},
        url=server.url,
        duplicates_removed=(removed := sum(part.duplicates_removed for part in delivered.values())),
        changed=sent > 0 or removed > 0 or (opening.ruling is not None and opening.ruling.renewed),
        account=Account(noun="tasks", items=sent + there, into={"sent": sent, "already_there": there}),
    )


def _written(opening: Opening, items: Mapping[str, Sequence[Item]], files: ImportFiles, made: Prelabels) -> PushResult:
    counted = _counted(opening, items, made)
    return PushResult(
        **counted,
        sent=0,
        already_there=0,
        projects={},
        url=None,
        written=counted["tasks"],
        files=tuple(map(str, files.paths)),
        changed=files.changed,
        account=Account(noun="tasks", items=counted["tasks"], into={"written": counted["tasks"]}),
    )


def _counted(opening: Opening, items: Mapping[str, Sequence[Item]], made: Prelabels) -> dict[str, Any]:
    every = [item for own in items.values() for item in own]
    plan, passages = opening.plan, len({item.task.passage for item in every} - opening.gold.keys())
    return {
        "round": plan.name,
        "passages": passages,
        "short": max(0, plan.size - passages) if plan.size and opening.wanted.sample else 0,
        "gold": len(opening.gold),
        "tasks": len(every),
        "predicted": sum(bool(item.predictions) for item in every),
        "problems": len(made.problems),
        "guideline_version": opening.plan.guideline,
        "guideline_newer": told_of_newer(opening.plan, opening.ruling.newer if opening.ruling else None),
    }
