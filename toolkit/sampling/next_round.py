"""``round next``: which passages to ask about next, why, and what their labels would likely change."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final, Literal, NamedTuple

import numpy as np

from toolkit.catalog import FoundSchema, find_schema, named_schema
from toolkit.documents import View
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Progress, Result, silent
from toolkit.privacy import views_for
from toolkit.sampling.answered import Answered, answered_under
from toolkit.sampling.choice import Taken
from toolkit.sampling.nearest import elected, nearest
from toolkit.sampling.outlook import Outlook, outlook_of
from toolkit.sampling.pool import Pool, pool_of
from toolkit.sampling.strata import quotas
from toolkit.sampling.strategies import Known, Strategy, chooser_for, reason_for
from toolkit.workspace import Workspace, write_jsonl

FILE: Final = "next.jsonl"
How = Literal["random", "diverse", "disagreement", "uncertainty", "value", "scores", "file"]
"""A strategy; ``scores``: asked again since a training run doubts its label; ``file``: a person named it."""
_DIGITS: Final = 6
_SHOWN: Final = 20
_EXCERPT: Final = 60


class Chosen(Noun):
    """A passage that is asked next.

    Attributes:
        rank: from 1, in the order in which they were chosen.
        score: what the strategy went by; None where chance chose.
        stratum: source and likely label: ``contracts / payment``; empty where nobody looked.
        reason: in plain words, in English.
    """

    passage: str
    rank: int
    strategy: How
    score: float | None = None
    stratum: str = ""
    reason: str = ""


class Shown(Noun):
    """A chosen passage as a reader wants to see it.

    Attributes:
        excerpt: its first words.
        reason_zh: the reason in Chinese.
    """

    rank: int
    passage: str
    score: float | None
    stratum: str
    reason: str
    reason_zh: str
    excerpt: str


class Stratum(Noun):
    """One stratum: how many open passages it has, and how many of them were chosen."""

    open: int
    chosen: int


class NextResult(Result):
    """What was chosen.

    Attributes:
        chosen: how many; fewer than ``size`` when no more are left.
        left: open passages, the chosen ones included.
        asked: passages that were asked under the schema before.
        twins: passages left out since their text was asked, or is among the open ones already.
        strata: stratum to its counts.
        first: the first of the chosen.
        outlook: the stopping rule in figures.
        file: where the rows are, relative to the workspace.
    """

    strategy: Strategy
    size: int
    chosen: int
    left: int
    asked: int
    twins: int
    strata: dict[str, Stratum]
    first: tuple[Shown, ...]
    outlook: Outlook
    file: str


class Choice(NamedTuple):
    """What was chosen, and from what."""

    rows: list[Chosen]
    taken: list[Taken]
    strata: list[str]
    pool: Pool
    answered: Answered


def round_next(
    workspace: Workspace,
    *,
    size: int,
    strategy: Strategy = "diverse",
    schema: str | None = None,
    run: str | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> NextResult:
    """Choose the passages of the next round and write ``data/next.jsonl``, which ``push --sample`` takes.

    Args:
        workspace: where passages, rounds and runs are.
        size: how many passages.
        strategy: what is looked for.
        schema: what will be asked; the workspace's own when None.
        run: the training run whose scores count, for uncertainty and value; the last that wrote scores when None.
        seed: another seed gives another draw, and breaks ties otherwise.
        progress: called while texts are compared.

    Raises:
        ToolkitError: ``POLICY-UNSET``, ``SCHEMA-UNSET``, ``SCHEMA-UNKNOWN``, ``PASSAGES-NONE``, ``SAMPLE-NONE`` when
            every passage was asked; ``OVERLAP-NONE``, ``SCORES-NONE``, ``SCORES-BROKEN``, ``SCORES-SCHEMA``.
    """
    with workspace.lock():
        found = find_schema(named_schema(schema, workspace), workspace)
        views = views_for(workspace.settings.policy)
        choice = choose(workspace, found, views, strategy, size, run=run, seed=seed, progress=progress)
        if not choice.rows:
            raise nothing_left(choice.pool)
        path = workspace.data / FILE
        changed = write_jsonl(path, (row.model_dump(mode="json") for row in choice.rows))
    pool, places = choice.pool, [one.place for one in choice.taken]
    given = Counter(choice.strata[place] for place in places)
    counts = Counter(choice.strata)
    return NextResult(
        strategy=strategy,
        size=size,
        chosen=len(places),
        left=len(pool.open),
        asked=len(pool.asked),
        twins=pool.twins,
        strata={name: Stratum(open=counts[name], chosen=given[name]) for name in sorted(counts)},
        first=tuple(_shown(choice, strategy, one) for one in range(min(_SHOWN, len(places)))),
        outlook=outlook_of(choice.answered, pool, places),
        file=path.relative_to(workspace.root).as_posix(),
        changed=changed,
    )


def choose(
    workspace: Workspace,
    found: FoundSchema,
    views: Iterable[View],
    strategy: Strategy,
    size: int,
    *,
    run: str | None = None,
    seed: int = 0,
    taken: Collection[str] = (),
    progress: Progress = silent,
) -> Choice:
    """Choose passages that nobody was asked about, in each stratum in proportion to its open passages.

    Args:
        workspace: where passages, rounds and runs are.
        found: what will be asked.
        views: those that the privacy policy lets out.
        strategy: what is looked for.
        size: how many; fewer come when no more are left, and none when none is.
        run: the training run whose scores count.
        seed: as of ``round_next``.
        taken: ids of passages that count as asked: they will be, for another reason.
        progress: called while texts are compared.

    Raises:
        ToolkitError: ``OVERLAP-NONE``, ``SCORES-NONE``, ``SCORES-BROKEN``, ``SCORES-SCHEMA``.
    """
    pool = pool_of(workspace, found.reference, views, seed=seed, taken=taken, progress=progress)
    answered = answered_under(workspace, found)
    if not pool.open:
        return Choice([], [], [], pool, answered)
    strata = strata_of(pool, answered)
    chooser = chooser_for(strategy, Known(workspace, found, pool, answered, run))
    places = chooser(strata, quotas(strata, min(size, len(pool.open))))
    rows = [
        Chosen(
            passage=pool.open[one.place].id,
            rank=rank,
            strategy=strategy,
            score=None if one.score is None else round(one.score, _DIGITS),
            stratum=strata[one.place],
            reason=reason_for(strategy, one.score, one.distance)[0],
        )
        for rank, one in enumerate(places, start=1)
    ]
    return Choice(rows, places, strata, pool, answered)


def strata_of(pool: Pool, answered: Answered) -> list[str]:
    """Return of each open passage where it comes from and, once there are labels, which it will likely get."""
    places = [place for place, one in enumerate(pool.asked) if one.id in answered.labels]
    if not places:
        return list(pool.sources)
    names = sorted(set(answered.labels.values()))
    codes = np.array([names.index(answered.labels[pool.asked[place].id]) for place in places], dtype=np.int64)
    likely = elected(codes, nearest(pool.vectors, pool.asked_vectors[places]))
    return [f"{source} / {names[code]}" for source, code in zip(pool.sources, likely.tolist(), strict=True)]


def _shown(choice: Choice, strategy: Strategy, at: int) -> Shown:
    row, one = choice.rows[at], choice.taken[at]
    text = " ".join(choice.pool.open[one.place].text[: 4 * _EXCERPT].split())
    return Shown(
        **row.model_dump(include={"rank", "passage", "score", "stratum", "reason"}),
        reason_zh=reason_for(strategy, one.score, one.distance)[1],
        excerpt=text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…",
    )


def nothing_left(pool: Pool) -> ToolkitError:
    """Return the error for a choice of nothing."""
    if not pool.asked:
        return ToolkitError(
            said("There are no passages to choose from.", "没有可选的段落。"),
            hint=said(
                "First: toolkit ingest PATH..., then: toolkit segment",
                "请先运行：toolkit ingest PATH...，再运行：toolkit segment",
            ),
            code="PASSAGES-NONE",
        )
    many = len(pool.asked)
    return ToolkitError(
        said(f"Nothing is left: all passages were asked ({many}).", f"已无剩余段落：全部 {many} 个都已询问。"),
        hint=said(
            "Ingest more documents, or ask some again: toolkit push --problems, or --scores FILE.",
            "请加入更多文档，或重新询问部分段落：toolkit push --problems 或 --scores FILE。",
        ),
        code="SAMPLE-NONE",
    )
