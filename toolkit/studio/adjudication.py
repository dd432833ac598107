"""Adjudication: the passages that annotators differ on go to one person, who sees their answers without names.

Passages on which all agree are accepted without a person. The person decides in a project of their own on the server,
in one elsewhere (by import file and export), or in a terminal; what is decided comes back the way of every answer.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from toolkit.annotations import Neighbours, labelling_config, neighbours_of, task_data, write_results
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Progress, Result, silent
from toolkit.passages import load_passages
from toolkit.rounds.adjudication import Adjudication, adjudication
from toolkit.rounds.answers import Answer, read_round
from toolkit.rounds.issued import page_in_force
from toolkit.rounds.plan import load_tasks, write_tasks
from toolkit.studio.connection import connect
from toolkit.studio.delivery import Delivered, Item, deliver
from toolkit.studio.import_file import ImportFiles, check_place, write_import_files
from toolkit.tasks import Task
from toolkit.workspace import Workspace

_CANDIDATE: Final = "candidate"
"""One name for all: Label Studio's stream of tasks shows the predictions of a single model version."""


class AdjudicateResult(Result):
    """What is one person's to decide: ``disagreements = decided + undecided + agreed_since``.

    Each passage of the round is in one of ``disagreements, accepted_unanimous, accepted_alone, decided_by_others,
    unfinished, skipped, invalid, gone``.

    Attributes:
        disagreements: passages whose finished answers differ in a comparable field, or did when they went out.
        agreed_since: those on which the annotators have come to agree, so that nobody has to decide.
        accepted_unanimous: two answers or more that agree; ``validate`` accepts them without a person.
        accepted_alone: the only answer, the others having skipped: nobody contradicted it, nobody confirmed it.
        unfinished: passages that somebody has still to answer; they may yet become disagreements.
        skipped: by all.
        invalid: an answer that the schema refuses keeps these open; its annotator mends it.
        tasks: what is on the server; ``tasks = sent + already_there``; with ``file``, ``tasks = written``.
        url: the address of this person's project; None where no server was asked.
        duplicates_removed: second copies of a task that nobody had touched.
    """

    round: str
    by: str
    disagreements: int
    decided: int
    undecided: int
    agreed_since: int
    accepted_unanimous: int
    accepted_alone: int
    decided_by_others: int
    unfinished: int
    skipped: int
    invalid: int
    gone: int
    projects: dict[str, int]
    url: str | None = None
    tasks: int = 0
    sent: int = 0
    already_there: int = 0
    duplicates_removed: int = 0
    written: int = 0
    files: tuple[str, ...] = ()


def round_adjudicate(
    workspace: Workspace,
    *,
    round: str,
    by: str,
    terminal: bool = False,
    file: Path | None = None,
    progress: Progress = silent,
) -> AdjudicateResult:
    """Send the disagreements of a round to one person, each candidate answer as a prediction to begin from.

    A passage goes out when all its annotators have answered. Running it again sends what has come up since; what was
    sent before stays with the candidates that it had, also when an annotator has changed an answer meanwhile.

    Args:
        workspace: where the round is.
        round: the round's name; pull before, since this reads what is on file.
        by: who decides.
        terminal: decide in a terminal; only the command line can ask there.
        file: write an import file here instead, and ask no server: a folder, or a name that ends in ``.json``.
        progress: called while sending.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, ``SCHEMA-DRIFT``, ``ADJUDICATOR``, ``ADJUDICATE-WHERE``, ``TERMINAL-NONE``,
            ``PUSH-FILE``; what talking to the server raises.
    """
    check_adjudicator(by)
    if terminal:
        raise _two_places() if file else _nobody_to_ask()
    with workspace.lock():
        if file:
            check_place(file)
        of, kept = open_adjudication(workspace, round, by)
        around = neighbours_of(of.answers.model, load_passages(workspace))
        keep_tasks(workspace, of, kept)
        items = [_item(of, passage, around) for passage in of.wanted]
        config = labelling_config(of.answers.model)
        if file:
            told = page_in_force(workspace, of.answers.plan) if of.answers.plan.guidelines else None
            files = write_import_files(file, {f"adjudication.{by}": items}, config, told) if items else None
            return _written(of, len(items), files)
        to_send = _to_send(workspace, of, items)
        if not to_send:
            return standing(of)
        server = connect(workspace, progress)
        done = deliver(workspace, server, of.answers.plan, by, "adjudicator", config, to_send, progress)
        return _sent(of, done, server.url)


def open_adjudication(workspace: Workspace, round_name: str, by: str) -> tuple[Adjudication, Sequence[Task]]:
    """Return what is one person's to decide, and the round's tasks as they are on file.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, ``SCHEMA-DRIFT``.
    """
    kept = list(load_tasks(workspace, round_name))
    return adjudication(read_round(workspace, round_name), kept, by), kept


def keep_tasks(workspace: Workspace, of: Adjudication, kept: Sequence[Task]) -> bool:
    """Put this person's tasks into the round's file before anybody sees one; return whether the file changed."""
    tasks = {task.id: task for task in (*kept, *map(of.task, of.wanted))}
    return len(tasks) > len(kept) and write_tasks(workspace, of.answers.plan.name, tasks.values())


def standing(of: Adjudication) -> AdjudicateResult:
    """Return how a round stands for the one who decides."""
    total, decided = len(of.wanted), sum(map(of.is_decided, of.wanted))
    undecided = sum(map(of.is_waiting, of.wanted))
    into = {"decided": decided, "undecided": undecided, "agreed_since": total - decided - undecided}
    waiting = said(
        f"{undecided} of {total} disagreements wait for {of.by}", f"{total} 处分歧中有 {undecided} 处等待 {of.by} 裁决"
    )
    return AdjudicateResult(
        round=of.answers.plan.name,
        by=of.by,
        disagreements=total,
        **into,
        accepted_unanimous=of.count("unanimous"),
        accepted_alone=of.count("alone"),
        decided_by_others=of.decided_by_others,
        unfinished=of.count("unfinished"),
        skipped=of.count("skipped"),
        invalid=of.count("invalid"),
        gone=of.count("gone"),
        projects={},
        changed=False,
        account=Account(noun="disagreements", items=total, into=into),
        waiting=waiting if undecided else None,
    )


def check_adjudicator(by: str) -> None:
    """Refuse a name that nobody could be told by.

    Raises:
        ToolkitError: ``ADJUDICATOR``.
    """
    if not by.strip() or not by.isprintable():
        raise ToolkitError(
            said("The adjudicator's name is empty or cannot be printed.", "裁决者名称为空或含不可见字符。"),
            hint=said("Name who decides: --by lea", "请写明由谁裁决：--by lea"),
            code="ADJUDICATOR",
        )


def _two_places() -> ToolkitError:
    return ToolkitError(
        said("--terminal and --file are two places to decide in.", "--terminal 与 --file 是两种不同的裁决方式。"),
        hint=said("Name one of them.", "请只选其一。"),
        code="ADJUDICATE-WHERE",
    )


def _nobody_to_ask() -> ToolkitError:
    return ToolkitError(
        said("There is no terminal to ask at.", "没有可供询问的终端。"),
        hint=said(
            "Run it in a terminal; or leave out --terminal to decide in Label Studio; or write an import file: --file",
            "请在终端中运行；或去掉 --terminal，改在 Label Studio 中裁决；或写导入文件：--file",
        ),
        code="TERMINAL-NONE",
    )


def _to_send(workspace: Workspace, of: Adjudication, items: Sequence[Item]) -> list[Item]:
    """Leave out what needs no decision, unless it went to the server before."""
    sql = "SELECT task FROM outbox WHERE round = ? AND role = 'adjudicator'"
    there = {row["task"] for row in workspace.ledger.query(sql, (of.answers.plan.name,))}
    return [item for item in items if item.task.id in there or of.is_waiting(item.task.passage)]


def _item(of: Adjudication, passage_id: str, around: Mapping[str, Neighbours]) -> Item:
    passage, model = of.answers.passages[passage_id], of.answers.model
    task = of.task(passage_id)
    predictions = [_prediction(of, answer, passage.text) for answer in of.candidates(passage_id)]
    return Item(task, task_data(model, task, passage, around), predictions)


def _prediction(of: Adjudication, answer: Answer, text: str) -> dict[str, Any]:
    assert answer.value is not None
    return {"model_version": _CANDIDATE, "result": write_results(of.answers.model, answer.value, text)}


def _sent(of: Adjudication, delivered: Delivered, url: str) -> AdjudicateResult:
    stands = standing(of)
    pulled = said("what was decided there comes back with", "在那里作出的裁决用以下命令取回")
    pulled = f"{pulled}{said(': ', '：')}toolkit pull --round {stands.round}"
    return stands.model_copy(
        update={
            "waiting": stands.waiting and f"{stands.waiting}{said('; ', '；')}{pulled}",
            "url": f"{url}/projects/{delivered.project}/data",
            "tasks": delivered.sent + delivered.already_there,
            "sent": delivered.sent,
            "already_there": delivered.already_there,
            "projects": {of.by: delivered.project},
            "duplicates_removed": delivered.duplicates_removed,
            "changed": bool(delivered.sent or delivered.duplicates_removed),
        }
    )


def _written(of: Adjudication, items: int, files: ImportFiles | None) -> AdjudicateResult:
    paths = tuple(map(str, files.paths)) if files else ()
    changed = bool(files and files.changed)
    return standing(of).model_copy(update={"tasks": items, "written": items, "files": paths, "changed": changed})
