"""An annotator joins or leaves in mid-round: open tasks change hands, on the server or in files to import.

What changes hands is written down before anything is touched, and done from there; a run that was killed is finished
by the next one.
"""

from collections.abc import Sequence
from pathlib import Path

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Progress, Result, count_by, silent
from toolkit.rounds.gold import load_gold
from toolkit.rounds.plan import Plan, check_plan, load_annotations, load_plan, load_tasks, sendable
from toolkit.rounds.reassignment import Intent, intent_file, load_intent, reassign
from toolkit.studio.connection import connect
from toolkit.studio.delivery import projects_of
from toolkit.studio.handover import REMOVE, HandedOver, hand_over
from toolkit.studio.pull import pull
from toolkit.studio.taking import begun_in
from toolkit.workspace import Workspace, write_json


class ReassignResult(Result):
    """What changed hands: ``tasks = moved + stayed``.

    Attributes:
        annotators: who answers now.
        left: who has left; their answers count.
        tasks: open tasks that were to change hands.
        moved: those that did.
        stayed: those that were answered, skipped or begun before they could be taken.
        taken: from whom, how many.
        given: to whom, how many, gold ones apart.
        gold: gold tasks that were added, for who joined.
        gold_removed: open gold tasks of who left.
        drafts: drafts of who left that are lost with their tasks.
        open: how much each annotator has to do now, as of the last pull.
        url: the server; None where none was asked.
        files: the import files, one for each annotator with new tasks, and the list of tasks to delete by hand.
    """

    round: str
    annotators: tuple[str, ...]
    left: tuple[str, ...]
    tasks: int
    moved: int
    stayed: int
    taken: dict[str, int]
    given: dict[str, int]
    gold: int
    gold_removed: int
    drafts: int
    open: dict[str, int]
    url: str | None
    files: tuple[str, ...] = ()


def round_reassign(
    workspace: Workspace,
    *,
    round: str,
    join: Sequence[str] = (),
    leave: Sequence[str] = (),
    file: Path | None = None,
    progress: Progress = silent,
) -> ReassignResult:
    """Let annotators join or leave a round that is open; only open tasks change hands.

    The round is pulled before, and each task looked at again right before it is taken: what is answered, skipped or
    begun stays. Only a draft of somebody who leaves goes. Every passage keeps its overlap. Who joins gets the gold
    items too. Somebody who has joined or left already does so once, so a second run changes nothing.

    Args:
        workspace: where the round is.
        round: the round's name.
        join: who joins; they take tasks from those who have the most, until open tasks differ by at most one.
        leave: who leaves; their open tasks go to those who have the least and not the same passage.
        file: for a round in files: the folder for import files of what is added, ``NAME.added.json``, and
            ``remove.jsonl``, the tasks to delete by hand before those are imported. Pull a fresh export first.
        progress: called while pulling and sending.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, ``ANNOTATORS``, ``REASSIGN-NOBODY`` when nobody can take an open task,
            ``REASSIGN-FILE``; what pulling and sending raise.
    """
    with workspace.lock():
        load_plan(workspace, round)
        pending = load_intent(workspace, round)
        _check_place(workspace, round, file, pending)
        done = _finished(workspace, pending, progress) if pending else None
        plan = load_plan(workspace, round)
        joining, leaving = _wanted(plan, join, leave)
        if not joining and not leaving:
            return done or _nothing(workspace, plan)
        intent = _intent(workspace, plan, joining, leaving, file, progress)
        write_json(intent_file(workspace, round), intent.model_dump(mode="json"))
        return _finished(workspace, intent, progress)


def _wanted(plan: Plan, join: Sequence[str], leave: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who is still to join and to leave.

    Raises:
        ToolkitError: ``ANNOTATORS``, ``REASSIGN-NOBODY`` when too few would stay.
    """
    strangers = [name for name in leave if name not in (*plan.annotators, *plan.left)]
    if strangers or not all(join) or set(join) & set(leave):
        raise ToolkitError(
            said(
                f"{', '.join(strangers) or 'Somebody without a name, or who joins and leaves at once,'} cannot be "
                f"reassigned in round '{plan.name}'.",
                f"轮次 '{plan.name}' 无法调整：{'、'.join(strangers) or '名称为空，或同时加入与退出'}。",
            ),
            hint=said(
                f"Its annotators: {', '.join(plan.annotators)}.", f"该轮次的标注者：{'、'.join(plan.annotators)}。"
            ),
            code="ANNOTATORS",
        )
    joining = tuple(dict.fromkeys(name for name in join if name not in plan.annotators))
    leaving = tuple(dict.fromkeys(name for name in leave if name in plan.annotators))
    team = {*plan.annotators, *joining} - set(leaving)
    if len(team) < plan.overlap:
        raise _nobody(plan, said(f"{len(team)} annotators would stay", f"只剩 {len(team)} 名标注者"))
    return joining, leaving


def _intent(
    workspace: Workspace,
    plan: Plan,
    joining: Sequence[str],
    leaving: Sequence[str],
    file: Path | None,
    progress: Progress,
) -> Intent:
    """Pull, and settle what changes hands."""
    begun: set[str] = set()
    if file is None:
        pull(workspace, round=plan.name, progress=progress)
        server = connect(workspace, progress)
        for name, role, project in projects_of(workspace, server, plan.name):
            begun |= begun_in(server, project) if role == "annotator" and name in plan.annotators else set()
    tasks = [task for task in load_tasks(workspace, plan.name) if task.role == "annotator"]
    answered = {annotation.task for annotation in load_annotations(workspace, plan.name)}
    change = reassign(
        tasks,
        plan,
        joining,
        leaving,
        passages=sendable(workspace, plan),
        open_={task.id for task in tasks} - answered,
        begun=begun,
        gold=tuple(load_gold(workspace, plan.name)),
    )
    if change.stuck:
        many = len(change.stuck)
        raise _nobody(
            plan,
            said(
                f"{many} open tasks are about passages that all others have", f"{many} 个未完成任务的段落其他人都已有"
            ),
        )
    check_plan(change.plan)
    drafts = sum(move.taken.id in begun and move.taken.annotator in leaving for move in change.moves)
    return Intent(change=change, leaving=tuple(leaving), drafts=drafts, file=str(file.absolute()) if file else None)


def _finished(workspace: Workspace, intent: Intent, progress: Progress) -> ReassignResult:
    return _result(workspace, intent, hand_over(workspace, intent, progress))


def _result(workspace: Workspace, intent: Intent, done: HandedOver) -> ReassignResult:
    change = intent.change
    moved = [move for move in change.moves if move.taken.id not in done.stayed]
    tasks, stays = len(change.moves), len(change.moves) - len(moved)
    return ReassignResult(
        round=change.plan.name,
        annotators=change.plan.annotators,
        left=change.plan.left,
        tasks=tasks,
        moved=len(moved),
        stayed=stays,
        taken=dict(count_by(move.taken.annotator for move in moved)),
        given=dict(count_by(move.given.annotator for move in moved)),
        gold=len(change.gold),
        gold_removed=sum(task.id not in done.stayed for task in change.dropped),
        drafts=intent.drafts,
        open=_open(workspace, change.plan),
        url=done.url,
        files=done.files,
        account=Account(noun="tasks", items=tasks, into={"moved": len(moved), "stayed": stays}),
    )


def _nothing(workspace: Workspace, plan: Plan) -> ReassignResult:
    return ReassignResult(
        round=plan.name,
        annotators=plan.annotators,
        left=plan.left,
        tasks=0,
        moved=0,
        stayed=0,
        taken={},
        given={},
        gold=0,
        gold_removed=0,
        drafts=0,
        open=_open(workspace, plan),
        url=None,
        changed=False,
        account=Account(noun="tasks", items=0, into={"moved": 0, "stayed": 0}),
    )


def _open(workspace: Workspace, plan: Plan) -> dict[str, int]:
    answered = {annotation.task for annotation in load_annotations(workspace, plan.name)}
    tasks = [task for task in load_tasks(workspace, plan.name) if task.role == "annotator" and task.id not in answered]
    return {name: sum(task.annotator == name for task in tasks) for name in plan.annotators}


def _check_place(workspace: Workspace, round_name: str, file: Path | None, pending: Intent | None) -> None:
    """Refuse files for a round that lies on a server, and no files for one that does not.

    Raises:
        ToolkitError: ``REASSIGN-FILE``.
    """
    if pending:
        return
    sql = "SELECT 1 FROM projects WHERE round = ? AND role = 'annotator'"
    on_server = bool(workspace.ledger.query(sql, (round_name,)))
    if on_server and file:
        why = said("it lies on a server", "它在服务器上")
        hint = said("Leave out --file.", "请去掉 --file。")
    elif not on_server and not file:
        why = said("it was never pushed to a server", "它从未推送到服务器")
        hint = said("For a round in files: --file DIR", "基于文件的轮次请用：--file DIR")
    elif file and (file.suffix == ".json" or (file.exists() and not file.is_dir()) or (file / REMOVE).exists()):
        why = said(f"'{file}' is no folder, or holds an earlier reassignment", f"'{file}' 不是文件夹，或已有之前的调整")
        hint = said("Name a new folder.", "请指定新文件夹。")
    else:
        return
    raise ToolkitError(
        said(f"The round '{round_name}' cannot be reassigned so: {why}.", f"无法这样调整轮次 '{round_name}'：{why}。"),
        hint=hint,
        code="REASSIGN-FILE",
    )


def _nobody(plan: Plan, why: str) -> ToolkitError:
    return ToolkitError(
        said(
            f"Each passage of round '{plan.name}' needs {plan.overlap} annotators; {why}.",
            f"轮次 '{plan.name}' 的每个段落需要 {plan.overlap} 名标注者；{why}。",
        ),
        hint=said(
            "Name somebody who joins at the same time: --join NAME. Nothing has changed hands.",
            "请同时指定加入者：--join NAME。任务尚未变动。",
        ),
        code="REASSIGN-NOBODY",
    )
