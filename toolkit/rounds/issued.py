"""The guideline that a round runs under: settled when it opens, kept beside it, renewed only when the lead says so.

``guideline.md`` in the round's folder is the page in force; one that was renewed stays as ``guideline-VERSION.md``.
Which answers were given under which, follows from the times in the plan.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from toolkit.annotations.guideline import KEPT_PAGE, Guideline, guideline_of, version_of_page
from toolkit.catalog import FoundSchema, find_schema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.rounds.plan import Issue, Plan
from toolkit.workspace import Workspace, write_text


class Ruling(NamedTuple):
    """The guideline that a round opens or goes on with.

    Attributes:
        issues: what the plan records.
        page: the page in force.
        newer: the version of the page as the files have it now, where that is another; None where it is this.
        renewed: the round takes this page up in place of another.
    """

    issues: tuple[Issue, ...]
    page: Guideline
    newer: str | None = None
    renewed: bool = False


def rule(workspace: Workspace, there: Plan | None, found: FoundSchema, *, renew: bool = False) -> Ruling:
    """Settle the guideline of a round that opens, goes on, or takes up its sharpened guideline. Nothing is written.

    Args:
        workspace: where the round is, or will be.
        there: the plan of an open round.
        found: the schema that it asks.
        renew: an open round goes on under the page as the files have it now.

    Raises:
        ToolkitError: ``GUIDELINE-BROKEN``, ``GUIDELINE-DRIFT``.
    """
    now = guideline_of(found, workspace)
    if there is None or not there.guidelines:
        return Ruling((Issue(version=now.version),), now)
    if now.version == there.guideline:
        return Ruling(there.guidelines, now)
    if not renew:
        return Ruling(there.guidelines, page_in_force(workspace, there), newer=now.version)
    page_in_force(workspace, there)
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Ruling((*there.guidelines, Issue(version=now.version, since=since)), now, renewed=True)


def keep_page(workspace: Workspace, round_name: str, page: Guideline) -> None:
    """Put the page in force beside the round, before its plan names it; the one that it replaces stays."""
    file = workspace.round(round_name) / KEPT_PAGE
    if before := _read(file):
        if before.version == page.version:
            return
        write_text(_superseded(file, before.version), before.text)
    write_text(file, page.text)


def page_in_force(workspace: Workspace, plan: Plan) -> Guideline:
    """Return the page that the plan names last.

    Raises:
        ToolkitError: ``GUIDELINE-DRIFT`` when somebody has changed or removed what the round keeps.
    """
    file = workspace.round(plan.name) / KEPT_PAGE
    # A kill while renewing leaves the newer page at the first place, and the one in force at the second.
    for place in (file, _superseded(file, plan.guideline or "")):
        if (page := _read(place)) and page.version == plan.guideline:
            return page
    raise ToolkitError(
        said(
            f"The round '{plan.name}' runs under version {plan.guideline} of its guideline; '{file}' is not that.",
            f"轮次 '{plan.name}' 使用指南版本 {plan.guideline}；'{file}' 不是该版本。",
        ),
        hint=said(
            "Restore that file. To sharpen a guideline, edit NAME.md beside the schema; then: toolkit push "
            "--renew-guideline",
            "请恢复该文件。修订指南请编辑模式旁的 NAME.md，然后运行：toolkit push --renew-guideline",
        ),
        code="GUIDELINE-DRIFT",
    )


def newer_guideline(workspace: Workspace, plan: Plan) -> str | None:
    """Return the version of the guideline as the files have it now, where the round runs under another one."""
    if plan.guideline is None:
        return None
    try:
        version = guideline_of(find_schema(f"round:{plan.name}", workspace), workspace).version
    except ToolkitError:
        return None
    return version if version != plan.guideline else None


def told_of_newer(plan: Plan, newer: str | None) -> str | None:
    """Return what a lead is told when the guideline has changed since the round opened."""
    return newer and said(
        f"The guideline has changed (now {newer}); this round keeps {plan.guideline}. To go on under the new one: "
        "toolkit push --renew-guideline",
        f"指南已修改（现为 {newer}）；本轮仍使用 {plan.guideline}。要改用新版：toolkit push --renew-guideline",
    )


def version_at(plan: Plan, time: str) -> str | None:
    """Return the version that was in force at a time, as ``2026-01-31T08:00:00.5Z``; None where none is on record.

    The times of answers are the server's clock, that of a renewal is this machine's.
    """
    in_force = [one.version for one in plan.guidelines if one.since is None or one.since[:19] <= time[:19]]
    return in_force[-1] if in_force else None


def _superseded(file: Path, version: str) -> Path:
    return file.with_stem(f"{file.stem}-{version}")


def _read(file: Path) -> Guideline | None:
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    return Guideline(text, version_of_page(text))
