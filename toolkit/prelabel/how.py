"""HOW predictions are made, as ``push --prelabel`` names it, to the sources that make them.

    rules:FILE.yaml           patterns and lists of terms (see ``rules``)
    round:NAME                answers and marked words of an earlier round
    python:FILE.py:function   function(text, meta) returns a partial answer
    endpoint                  the chat model that toolkit.yaml names under ``prelabel``; the text leaves the machine

A relative file is looked for in the current folder, then in the workspace.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.passages import Passage
from toolkit.prelabel.earlier import RoundSource
from toolkit.prelabel.endpoint import EndpointSource
from toolkit.prelabel.exchange import unset
from toolkit.prelabel.function import FunctionSource
from toolkit.prelabel.matching import RulesSource
from toolkit.prelabel.rules import read_rules
from toolkit.prelabel.source import Source
from toolkit.prelabel.store import Store
from toolkit.rounds.plan import Plan
from toolkit.schema import fields_of
from toolkit.workspace import Workspace


class _Asked(NamedTuple):
    workspace: Workspace
    plan: Plan
    schema: FoundSchema
    store: Store
    unknown: Collection[str]


def open_sources(
    workspace: Workspace,
    hows: Sequence[str],
    plan: Plan,
    schema: FoundSchema,
    store: Store,
    *,
    unknown: Collection[str] = (),
) -> tuple[Source, ...]:
    """Return the sources in the order in which they were named. Nothing is asked of them yet.

    Args:
        workspace: where rules, rounds and settings are.
        hows: how, as the command says it.
        plan: of the round that is to be predicted.
        schema: what it asks.
        store: what was predicted before.
        unknown: gold passages, whose answers in earlier rounds must not come out as predictions.

    Raises:
        ToolkitError: ``PRELABEL-HOW`` for what is no source or comes twice; ``PRELABEL-RULES``, ``PRELABEL-ROUND``,
            ``PRELABEL-FUNCTION``, ``PRELABEL-SETTINGS``, ``ROUND-UNKNOWN``.
    """
    of = _Asked(workspace, plan, schema, store, unknown)
    sources = tuple(_source(of, how) for how in hows)
    marks = [source.mark for source in sources]
    for mark, how in zip(marks, hows, strict=True):
        if marks.count(mark) > 1:
            raise _no_source(how, said("it comes twice", "重复出现"))
    return sources


def _source(of: _Asked, how: str) -> Source:
    kind, _, rest = how.partition(":")
    if kind == "rules" and rest:
        fields = fields_of(of.schema.model)
        return RulesSource(read_rules(_file(of.workspace, rest), fields), fields)
    if kind == "round" and rest:
        return RoundSource(of.workspace, rest, of.plan, of.schema.model, of.unknown)
    if kind == "python" and rest:
        file, _, name = rest.rpartition(":")
        if file and name:
            return FunctionSource(_file(of.workspace, file), name)
    if how == "endpoint":
        if of.workspace.settings.prelabel is None:
            raise unset(said("it has no key 'prelabel'", "没有 'prelabel' 键"))
        return EndpointSource(of.workspace.settings.prelabel, of.schema.model, of.schema.version, of.store)
    raise _no_source(how, said("it is none of the four kinds", "不属于四种来源之一"))


def _file(workspace: Workspace, name: str) -> Path:
    here = Path(name).expanduser()
    return here if here.is_absolute() or here.is_file() else workspace.root / here


def _no_source(how: str, why: str) -> ToolkitError:
    return ToolkitError(
        said(f"'--prelabel {how}' cannot be used: {why}.", f"无法使用 '--prelabel {how}'：{why}。"),
        hint=said(
            "One of: rules:FILE.yaml, round:NAME, python:FILE.py:function, endpoint. Name each once.",
            "可用：rules:FILE.yaml、round:NAME、python:FILE.py:function、endpoint；每个只写一次。",
        ),
        code="PRELABEL-HOW",
    )


def check_consent(sources: Sequence[Source], passages: Sequence[Passage], store: Store, *, yes: bool) -> None:
    """Refuse to send text to an endpoint that the user has not agreed to; what is on file is not sent again.

    Raises:
        ToolkitError: ``PRELABEL-CONSENT``, with how many passages would go where.
    """
    for source in sources:
        leaving = [one for one in passages if not store.get(source.mark, one.id)]
        if source.host is None or not leaving or yes:
            continue
        views = ", ".join(sorted({one.view for one in leaving}))
        raise ToolkitError(
            said(
                f"The text of {len(leaving)} passages (view: {views}) would leave this machine for {source.host}.",
                f"{len(leaving)} 个段落的文本（视图：{views}）将离开本机，发送到 {source.host}。",
            ),
            hint=said(
                "Agree with --yes, or run it on a terminal and answer; nothing was sent.",
                "请用 --yes 同意，或在终端运行并确认；尚未发送任何内容。",
            ),
            code="PRELABEL-CONSENT",
        )
