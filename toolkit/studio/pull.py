"""Annotations back, from the server or from an export: every version kept, every span proven on the text."""

from collections.abc import Sequence
from pathlib import Path

from toolkit.annotations import labelling_config
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem, Progress, silent
from toolkit.studio.connection import Server, connect
from toolkit.studio.delivery import projects_of
from toolkit.studio.drift import differences, in_words
from toolkit.studio.project import config_of, people_of
from toolkit.studio.pull_file import pull_file
from toolkit.studio.pulled import PullResult, Round, read_round_answers, report, round_of
from toolkit.studio.reading import STEP
from toolkit.studio.sweep import Swept, name_of, sweep
from toolkit.studio.versions import History
from toolkit.workspace import Workspace, failpoint

__all__ = ["PullResult", "pull"]


def pull(
    workspace: Workspace,
    *,
    round: str | None = None,
    file: Path | None = None,
    schema: str | None = None,
    progress: Progress = silent,
) -> PullResult:
    """Bring back what annotators and adjudicator have submitted.

    Only tasks that changed since the last pull are asked for. An answer that is gone from the server becomes a version
    of its own; its task is open again. A rerun with nothing new writes nothing.

    Args:
        workspace: where the round is.
        round: the round's name; for a foreign export the name of the round that it becomes (None: the file's name).
        file: an export of a Label Studio to read instead of the server: of one of our rounds, or of anybody's.
        schema: how to read a foreign export: a field for each control, by its name.
        progress: called for each chunk of tasks.

    Raises:
        ToolkitError: ``PULL-WHAT`` without round and file, ``ROUND-UNKNOWN``, ``ROUND-NOT-PUSHED``, ``SCHEMA-DRIFT``;
            ``EXPORT-MISSING``, ``EXPORT-BROKEN``, ``EXPORT-SHAPE``, ``EXPORT-FOREIGN`` for an export whose tasks are
            none of ours and that no schema is named for; what talking to the server raises.
    """
    with workspace.lock():
        if file is not None:
            return pull_file(workspace, file, round, schema)
        if round is None:
            raise _nothing_named()
        return _pull_server(workspace, round, progress)


def _pull_server(workspace: Workspace, round_name: str, progress: Progress) -> PullResult:
    of = round_of(workspace, round_name)
    server = connect(workspace, progress)
    projects = list(projects_of(workspace, server, round_name))
    if not projects:
        raise _not_pushed(server, round_name)
    swept: list[Swept] = []
    problems: list[Problem] = []
    for annotator, _, project in projects:
        where = f"round {round_name}, project {project} ({annotator})"
        config = config_of(server, project)
        if config is None:
            problems.append(_project_gone(where))
            continue
        problems += _drift(workspace, of, where, config)
        doing = said(f"pulling from {annotator}", f"正在取回 {annotator} 的标注")
        swept.append(sweep(workspace, server, project, set(of.tasks), progress, doing))
        problems += [_moving(where, swept[-1].moving)] if swept[-1].moving else []
    new = _keep(workspace, server, round_name, swept, people_of(server))
    workspace.put_problems(STEP, f"{round_name} on the server", problems)
    found, changed = read_round_answers(workspace, of)
    asked = sum(one.asked for one in swept)
    return report(of, found, new=new, changed=changed, problems=len(problems), asked=asked)


def _keep(
    workspace: Workspace, server: Server, round_name: str, swept: Sequence[Swept], people: set[tuple[int, str]]
) -> int:
    """Keep all that was found, and that it was found, together; return how many versions were not on file."""
    sql = "SELECT number, email FROM people WHERE server = ?"
    known = {(row["number"], row["email"]) for row in workspace.ledger.query(sql, (name_of(server),))}
    met = [(name_of(server), number, email) for number, email in sorted(people - known)]
    if not met and not any(one.is_new for one in swept):
        return 0
    history = History(workspace, round_name)
    found = [version for one in swept for version in one.found]
    deleted = [version for one in swept for version in one.deleted]
    fresh = history.add_from_server(found, deleted)
    with workspace.ledger.transaction() as connection:
        connection.executemany("INSERT INTO pulled VALUES (?, ?, ?, ?, ?, ?, ?)", history.rows(fresh))
        connection.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", met)
        for one in swept:
            one.store(connection, name_of(server))
    failpoint("pulled")
    return len(fresh)


def _drift(workspace: Workspace, of: Round, where: str, config: str) -> list[Problem]:
    """Return a problem when the project asks something else than was sent; answers are read all the same."""
    file = workspace.round(of.name) / "labelling.xml"
    sent = file.read_text(encoding="utf-8") if file.is_file() else labelling_config(of.model)
    found = differences(sent, config)
    if not found:
        return []
    return [
        Problem(
            code="SCHEMA-DRIFT",
            step=STEP,
            where=where,
            found=in_words(found),
            expected="the labelling screen as it was sent",
            hint=f"Settings, Labeling Interface, Code: put back what is in data/rounds/{of.name}/labelling.xml; a "
            "changed schema is for a new round.",
        )
    ]


def _moving(where: str, tasks: int) -> Problem:
    return Problem(
        code="LS-MOVING",
        step=STEP,
        where=where,
        found=f"{tasks} tasks that changed each time we looked",
        expected="two listings that agree",
        hint="What was seen is kept. Pull once more when fewer people are at work.",
    )


def _project_gone(where: str) -> Problem:
    return Problem(
        code="LS-PROJECT-GONE",
        step=STEP,
        where=where,
        found="no such project on the server",
        expected="the project that was pushed",
        hint="Its answers as they were pulled are kept and count. Restore the server's data from a backup.",
    )


def _nothing_named() -> ToolkitError:
    return ToolkitError(
        said("Neither a round nor a file is named.", "未指定轮次或文件。"),
        hint=said(
            "Name a round: --round R, or an export: --file EXPORT", "请指定轮次：--round R，或导出文件：--file EXPORT"
        ),
        code="PULL-WHAT",
    )


def _not_pushed(server: Server, round_name: str) -> ToolkitError:
    return ToolkitError(
        said(
            f"The round '{round_name}' has no project on {server.url}.",
            f"轮次 '{round_name}' 在 {server.url} 上没有项目。",
        ),
        hint=said("Push it first, or set the server that it was pushed to.", "请先 push，或设置当初推送的服务器。"),
        code="ROUND-NOT-PUSHED",
    )
