"""The page of a round: what needs attention first, then agreement, labels, people and disagreements."""

from collections.abc import Iterator
from typing import Any, Final

from toolkit.passages import load_passages
from toolkit.report.page import write_page
from toolkit.rounds import RoundReport
from toolkit.workspace import Workspace

_LOW: Final = 0.667
"""Krippendorff (2004): below .667 not even tentative conclusions should be drawn from coded data."""
_SHOWN: Final = 160


def round_page(workspace: Workspace, report: RoundReport) -> bool:
    """Write ``data/rounds/<round>/report.html``; return whether it changed."""
    wanted = {one.passage for one in report.disagreements} | {p for one in report.confusions for p in one.passages}
    excerpts = {passage.id: _excerpt(passage.text) for passage in load_passages(workspace) if passage.id in wanted}
    return write_page(
        workspace.round(report.round) / "report.html",
        "round.html",
        title=f"{report.round}: {report.schema_name}",
        lead=f"{workspace.settings.name} · schema version {report.schema_version}",
        report=report,
        attention=list(_attention(report)),
        excerpts=excerpts,
        said=_said,
    )


def _attention(report: RoundReport) -> Iterator[str]:
    for field, measures in report.fields.items():
        name, figure = next(iter(measures.items()))
        if report.asked[field].kind in {"text", "texts"}:
            continue
        if figure.value is None:
            yield f"{field}: {name} is undefined ({figure.undefined}) · 无法定义"
        elif figure.value < _LOW:
            yield f"{field}: {name} is {figure.value:.2f}, below {_LOW} · 一致性偏低"
    if report.invalid:
        yield f"{report.invalid} answers break the schema's rules; see data/problems.jsonl · 回答不符合模式"
    if report.open:
        yield f"{report.open} tasks are open; the figures will change · 尚有未完成任务"
    if report.gone:
        yield f"{report.gone} passages no longer exist · 段落已不存在"


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _said(value: Any) -> str:
    """Return an answer's value in a few words; spans as label and text, relations as an arrow between two."""
    if isinstance(value, list):
        return ", ".join(map(_said_of_one, value)) or "–"
    return "–" if value is None else str(value)


def _said_of_one(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "head" in value:
        return f"{value['label']} “{value['head']['text']}” → “{value['tail']['text']}”"
    about = [f"{name}: {_said(one)}" for name, one in value.items() if name not in {"start", "end", "text", "label"}]
    return f"{value['label']} “{value['text']}”" + (f" ({', '.join(about)})" if about else "")
