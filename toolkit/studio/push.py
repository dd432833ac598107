"""Passages to annotation tasks: open a round, or continue it. What a round settled when it opened stays.

The tasks go to the server, or with ``file`` into import files for a server that cannot be reached from here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.annotations import labelling_config, neighbours_of, task_data
from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Progress, Result, silent
from toolkit.passages import Passage, load_passages
from toolkit.prelabel import AgainSource, Prelabels, Store, check_consent, open_sources, predictions_for
from toolkit.privacy import views_for
from toolkit.rounds.again import Again, ask_again, keep_again, withheld
from toolkit.rounds.asking import asked_by, keep_schema
from toolkit.rounds.plan import Plan, check_plan, deal, load_plan, load_tasks
from toolkit.schema import Schema
from toolkit.studio.connection import Server, connect
from toolkit.studio.delivery import Delivered, Item, deliver
from toolkit.studio.import_file import ImportFiles, check_place, write_import_files
from toolkit.tasks import Task
from toolkit.workspace import Workspace, write_json, write_jsonl, write_text


class PushResult(Result):
    """What is on the server now: ``tasks = sent + already_there``; with ``file``, ``tasks = written``.

    Attributes:
        passages: how many passages the round asks about.
        projects: annotator to project number.
        url: the server; None where none was asked.
        duplicates_removed: second copies of a task that nobody had touched; a request that arrived twice makes them.
        predicted: tasks with a prediction to begin from.
        written: tasks in import files.
        files: the import files, one for each annotator, and the labelling config.
    """

    round: str
    passages: int
    tasks: int
    sent: int
    already_there: int
    projects: dict[str, int]
    url: str | None
    duplicates_removed: int = 0
    predicted: int = 0
    written: int = 0
    files: tuple[str, ...] = ()


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
        size: how many passages, spread over the documents; None: all.
        prelabel: what predicts answers for the annotators to begin from (see ``toolkit.prelabel.how``), in the order
            in which it is believed.
        yes: agree that text leaves this machine for the endpoint that ``prelabel`` asks.
        problems: ask again what became a problem in earlier rounds of the schema, beginning where its answers ended;
            which passages, is settled when the round opens.
        file: write import files here instead, and ask no server: a folder, or a name that ends in ``.json``.
        progress: called while predicting and sending.

    Raises:
        ToolkitError: ``POLICY-UNSET``, ``SCHEMA-UNSET``, ``SCHEMA-UNKNOWN``, ``OVERLAP``, ``ROUND-DIFFERS``,
            ``PASSAGES-NONE``, ``PRELABEL-CONSENT``, ``PUSH-FILE``; what predicting and the server's part
            raise.
    """
    with workspace.lock():
        if file:
            check_place(file)
        views = views_for(workspace.settings.policy)
        found = _schema(workspace, round, schema)
        plan = check_plan(
            Plan(
                name=round,
                schema_name=found.reference,
                schema_version=found.version,
                views=views,
                annotators=tuple(annotators),
                overlap=overlap,
                size=size,
                problems=problems,
            )
        )
        store = Store(workspace.round(plan.name) / "prelabels.jsonl")
        again = ask_again(workspace, plan.name, found) if problems else []
        begun = (AgainSource(again),) if problems else ()
        sources = (*begun, *open_sources(workspace, prelabel, plan, found, store))
        plan = plan.model_copy(update={"prelabel": tuple(source.mark for source in sources)})
        _check_against_open(workspace, plan)
        passages = _passages(workspace, plan)
        tasks = deal(_among(passages, again) if problems else passages.values(), plan)
        asked = [passages[id_] for id_ in dict.fromkeys(task.passage for task in tasks)]
        check_consent(sources, asked, store, yes=yes)
        server = None if file else connect(workspace, progress)
        made = predictions_for(sources, asked, found.model, store, progress)
        made = made._replace(problems=[*withheld(again, passages), *made.problems])
        workspace.put_problems("push", f"{plan.name}/prelabel", made.problems)
        items = _items(found.model, plan, tasks, passages, made.predictions)
        _write(workspace, plan, found, tasks, again)
        if server is None:
            assert file is not None
            return _written(plan, items, write_import_files(file, items, labelling_config(found.model)), made)
        delivered = {
            name: deliver(workspace, server, plan, name, "annotator", labelling_config(found.model), own, progress)
            for name, own in items.items()
        }
        return _sent(server, plan, items, delivered, made)


def _items(
    model: type[Schema],
    plan: Plan,
    tasks: Sequence[Task],
    passages: Mapping[str, Passage],
    predictions: Mapping[str, Sequence[dict[str, Any]]],
) -> dict[str, list[Item]]:
    """Return each annotator's items: what the screen shows, and predictions where there are any."""
    around = neighbours_of(model, passages.values())
    items: dict[str, list[Item]] = {name: [] for name in plan.annotators}
    for task in tasks:
        data = task_data(model, task, passages[task.passage], around)
        items[task.annotator].append(Item(task, data, predictions.get(task.passage, ())))
    return items


def _sent(
    server: Server,
    plan: Plan,
    items: Mapping[str, Sequence[Item]],
    delivered: Mapping[str, Delivered],
    made: Prelabels,
) -> PushResult:
    sent = sum(part.sent for part in delivered.values())
    there = sum(part.already_there for part in delivered.values())
    return PushResult(
        **_counted(plan, items, made),
        sent=sent,
        already_there=there,
        projects={name: part.project for name, part in delivered.items()},
        url=server.url,
        duplicates_removed=(removed := sum(part.duplicates_removed for part in delivered.values())),
        changed=sent > 0 or removed > 0,
        account=Account(noun="tasks", items=sent + there, into={"sent": sent, "already_there": there}),
    )


def _written(plan: Plan, items: Mapping[str, Sequence[Item]], files: ImportFiles, made: Prelabels) -> PushResult:
    counted = _counted(plan, items, made)
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


def _counted(plan: Plan, items: Mapping[str, Sequence[Item]], made: Prelabels) -> dict[str, Any]:
    every = [item for own in items.values() for item in own]
    return {
        "round": plan.name,
        "passages": len({item.task.passage for item in every}),
        "tasks": len(every),
        "predicted": sum(bool(item.predictions) for item in every),
        "problems": len(made.problems),
    }


def _schema(workspace: Workspace, round_name: str, name: str | None) -> FoundSchema:
    chosen = name or workspace.settings.schema_name
    if not chosen:
        raise ToolkitError(
            said("No schema is named.", "未指定模式。"),
            hint=said(
                "Name one with --schema or in toolkit.yaml; see: toolkit schemas list",
                "请用 --schema 或在 toolkit.yaml 中指定；可查看：toolkit schemas list",
            ),
            code="SCHEMA-UNSET",
        )
    return asked_by(workspace, round_name, chosen)


def _check_against_open(workspace: Workspace, plan: Plan) -> None:
    """Refuse to continue a round under another plan; only its size may grow."""
    if not (workspace.round(plan.name) / "round.json").is_file():
        return
    there = load_plan(workspace, plan.name)
    names = ("schema_name", "schema_version", "views", "annotators", "overlap", "prelabel", "problems")
    differs = [
        f"{name} {getattr(there, name)!r} -> {getattr(plan, name)!r}"
        for name in names
        if getattr(there, name) != getattr(plan, name)
    ]
    if plan.size is not None and (there.size is None or plan.size < there.size):
        differs.append(f"size {there.size!r} -> {plan.size!r}")
    if differs:
        raise ToolkitError(
            said(
                f"The round '{plan.name}' is open under another plan: {'; '.join(differs)}.",
                f"轮次 '{plan.name}' 已按另一方案开启：{'; '.join(differs)}。",
            ),
            hint=said(
                "Keep its plan (its size may grow), or open a round of another name.",
                "请沿用原方案（仅可增大 size），或用新名称开启一轮。",
            ),
            code="ROUND-DIFFERS",
        )


def _passages(workspace: Workspace, plan: Plan) -> dict[str, Passage]:
    corpus = load_passages(workspace, imported=False)
    passages = {passage.id: passage for passage in corpus if passage.view in plan.views}
    if not passages:
        raise _no_passages()
    return passages


def _among(passages: Mapping[str, Passage], again: Sequence[Again]) -> list[Passage]:
    """Return the passages that are asked again, as far as they may leave."""
    found = [passages[one.passage] for one in again if one.passage in passages]
    if not found:
        raise _no_passages()
    return found


def _no_passages() -> ToolkitError:
    return ToolkitError(
        said("There are no passages to send.", "没有可发送的段落。"),
        hint=said(
            "First: toolkit ingest PATH..., then: toolkit segment",
            "请先运行：toolkit ingest PATH...，再运行：toolkit segment",
        ),
        code="PASSAGES-NONE",
    )


def _write(workspace: Workspace, plan: Plan, found: FoundSchema, tasks: Sequence[Task], again: Sequence[Again]) -> None:
    """Write the round's files; the adjudicator's tasks, made later, stay."""
    folder = workspace.round(plan.name)
    kept = [task for task in load_tasks(workspace, plan.name) if task.role == "adjudicator"]
    keep_schema(workspace, plan.name, found)
    if plan.problems:
        keep_again(workspace, plan.name, again)
    write_text(folder / "labelling.xml", labelling_config(found.model))
    write_jsonl(folder / "tasks.jsonl", (task.model_dump(mode="json") for task in (*tasks, *kept)))
    # Written last: a round without it was never opened.
    write_json(folder / "round.json", plan.model_dump(mode="json"))
