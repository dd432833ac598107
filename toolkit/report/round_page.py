"""The page of a round: what to do next, then progress, agreement, labels, people, and where they differ most."""

import re
from collections.abc import Iterator
from typing import Any, Final

from toolkit.passages import load_passages
from toolkit.report.page import write_page
from toolkit.rounds import RoundReport
from toolkit.rounds.flags import sentences
from toolkit.workspace import Workspace

_MARK: Final = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+|\*\*|`")
_WORST: Final = 15
_EXCERPT: Final = 160
_TEXT: Final = 1200


def round_page(workspace: Workspace, report: RoundReport) -> bool:
    """Write ``data/rounds/<round>/report.html``; return whether it changed."""
    worst = {one.passage for one in report.disagreements[:_WORST]}
    wanted = worst | {passage for one in report.confusions for passage in one.passages[:1]}
    passages = {passage.id: passage.text for passage in load_passages(workspace) if passage.id in wanted}
    return write_page(
        workspace.round(report.round) / "report.html",
        "round.html",
        title=f"{report.round}: {report.schema_name}",
        lead=" · ".join(_versions(workspace, report)),
        report=report,
        shown=_WORST,
        texts={id_: _cut(text, _TEXT) for id_, text in passages.items() if id_ in worst},
        excerpts={id_: _cut(" ".join(text.split()), _EXCERPT) for id_, text in passages.items()},
        compared=[field for field in report.fields if "." not in field],
        said=_said,
        flagged=sentences,
        unmarked=_unmarked,
    )


def _versions(workspace: Workspace, report: RoundReport) -> Iterator[str]:
    yield workspace.settings.name
    yield f"schema version {report.schema_version}"
    if report.guideline:
        yield f"guideline version {report.guideline}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _unmarked(sentence: str) -> str:
    """Return a sentence of Markdown without the marks of lists, stress and code."""
    return _MARK.sub("", sentence)


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
