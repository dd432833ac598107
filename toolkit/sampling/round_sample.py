"""The sample of a round: what ``push --sample`` and ``push --scores`` ask. Settled when the round opens; it only grows.

Kept in ``data/rounds/<round>/sample.jsonl``, in the order in which passages were chosen.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict

from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem, Progress, silent
from toolkit.rounds.again import Again, load_again
from toolkit.rounds.plan import Plan, sendable
from toolkit.sampling.lines import models_in
from toolkit.sampling.next_round import Chosen, How, choose, nothing_left
from toolkit.sampling.pool import rounds_by_passage
from toolkit.sampling.scores import by_passage, read_scores, strange_scores
from toolkit.sampling.strategies import Strategy
from toolkit.workspace import Workspace, read_jsonl, write_jsonl

FILE: Final = "sample.jsonl"
FROM_FILE: Final = "file"
"""What the plan of a round says whose sample came from a file."""
STRATEGIES: Final[Mapping[str, Strategy]] = {name: name for name in get_args(Strategy)}


class Sample(NamedTuple):
    """What a round asks, and which rows of a given file it does not."""

    rows: Sequence[Chosen]
    problems: Sequence[Problem] = ()


def how_of(workspace: Workspace, sample: str) -> str:
    """Return what a plan calls a sample: the strategy, or that it came from a file.

    Raises:
        ToolkitError: ``SAMPLE-HOW`` when it is neither a strategy nor a file.
    """
    if sample in STRATEGIES:
        return sample
    if _file(workspace, sample).is_file():
        return FROM_FILE
    raise ToolkitError(
        said(f"'{sample}' is neither a strategy nor a file.", f"'{sample}' 既不是策略，也不是文件。"),
        hint=said(
            f"Strategies: {', '.join(STRATEGIES)}. Or the file that toolkit round next writes: data/next.jsonl",
            f"策略：{', '.join(STRATEGIES)}；或 toolkit round next 写出的文件：data/next.jsonl",
        ),
        code="SAMPLE-HOW",
    )


def _file(workspace: Workspace, sample: str) -> Path:
    """Return a file as it was named, or as it lies in the workspace: ``data/next.jsonl``."""
    return Path(sample) if Path(sample).is_file() else workspace.root / sample


def sample_for(
    workspace: Workspace,
    plan: Plan,
    found: FoundSchema,
    sample: str,
    *,
    taken: Collection[str] = (),
    progress: Progress = silent,
) -> Sample:
    """Return what a sampled round asks: what it settled before, and as many more as its size has grown by.

    A file is taken once: ``round next`` may have written another one under its name by the time a push is repeated.

    Args:
        workspace: where the round is, or will be.
        plan: the round's.
        found: the schema that is asked.
        sample: a strategy, or a file of rows with ``passage``.
        taken: passages that the round asks for another reason.
        progress: called while texts are compared.

    Raises:
        ToolkitError: ``SAMPLE-SIZE`` for a strategy without a size, ``SAMPLE-NONE``, ``SAMPLE-BROKEN``; what choosing
            raises.
    """
    rows = load_sample(workspace, plan.name)
    if plan.size is None and sample in STRATEGIES:
        raise _no_size()
    if plan.size is not None and len(rows) >= plan.size:
        return Sample(rows[: plan.size])
    there = {row.passage for row in rows}
    if sample in STRATEGIES:
        assert plan.size is not None
        left = plan.size - len(rows)
        known = there | set(taken)
        choice = choose(workspace, found, plan.views, STRATEGIES[sample], left, taken=known, progress=progress)
        if not rows and not choice.rows:
            raise nothing_left(choice.pool)
        return Sample(_ranked([*rows, *choice.rows]))
    file = _file(workspace, sample)
    listed, problems = _unasked(workspace, plan, read_sample(file), there | set(taken), file)
    grows = plan.size is not None or not rows
    return Sample(_ranked([*rows, *(listed if grows else ())])[: plan.size], problems)


def doubted_for(
    workspace: Workspace, plan: Plan, found: FoundSchema, file: Path, *, taken: Collection[str] = ()
) -> tuple[list[Chosen], list[Again]]:
    """Return the labelled passages that scores doubt the most, to be asked again without what was answered before.

    A passage is as suspicious as the most suspicious of its rows. What a round settled stays; the answers given now
    count instead of the earlier rounds'. Those that are ``taken`` the round asks for another reason.

    Raises:
        ToolkitError: ``SAMPLE-SIZE`` without a size; ``SCORES-NONE``, ``SCORES-BROKEN``, ``SCORES-SCHEMA``.
    """
    if plan.size is None:
        raise _no_size()
    rows = load_sample(workspace, plan.name)
    there = {row.passage for row in rows}
    # A push that was cut short while the round grew may have left more here than in the sample.
    again = {one.passage: one for one in load_again(workspace, plan.name) if one.passage in there}
    if len(rows) < plan.size:
        rounds = rounds_by_passage(workspace, plan.schema_name, but=plan.name)
        scores = by_passage(workspace, read_scores(file), found.name, file)
        doubts = {passage: max(one.suspicion for one in of) for passage, of in scores.items() if passage in rounds}
        if not doubts:
            raise strange_scores(file, found.name, set())
        worst = sorted(doubts.keys() - again.keys() - set(taken), key=lambda passage: (-doubts[passage], passage))
        rows = _ranked([*rows, *(_doubted(passage, doubts[passage]) for passage in worst)])
        again = {one: Again(passage=one, rounds=rounds[one], begun={}) for one in worst} | again
    rows = rows[: plan.size]
    return rows, [again[row.passage] for row in rows]


def keep_sample(workspace: Workspace, round_name: str, rows: Sequence[Chosen]) -> None:
    """Write what a round asks, before the round is open."""
    write_jsonl(workspace.round(round_name) / FILE, (row.model_dump(mode="json") for row in rows))


def load_sample(workspace: Workspace, round_name: str) -> list[Chosen]:
    """Return what an open round settled, in order; nothing for one that is not open, or asks everything."""
    if not workspace.has_round(round_name):
        return []
    return [Chosen.model_validate(row) for row in read_jsonl(workspace.round(round_name) / FILE)]


class _Row(BaseModel):
    """A line of a sample's file; what is missing beside the passage is told as unknown."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    passage: str
    strategy: How = "file"
    score: float | None = None
    stratum: str = ""
    reason: str = "named in a file"


def read_sample(file: Path) -> list[Chosen]:
    """Return the rows of a file as ``round next`` writes it, in its order; of a row, ``passage`` must be there.

    Raises:
        ToolkitError: ``SAMPLE-BROKEN`` with the line.
    """
    rows = models_in(file, _Row, lambda number, why: _broken(file, number, why))
    return [Chosen(rank=rank, **row.model_dump()) for rank, row in enumerate(rows, start=1)]


def _unasked(
    workspace: Workspace, plan: Plan, rows: Sequence[Chosen], known: Collection[str], file: Path
) -> tuple[list[Chosen], list[Problem]]:
    """Return the rows that a round may ask, each once, and why not the others.

    Raises:
        ToolkitError: ``SAMPLE-NONE`` when nothing is left.
    """
    elsewhere = rounds_by_passage(workspace, plan.schema_name, but=plan.name)
    there = sendable(workspace, plan)
    new = {row.passage: row for row in reversed(rows) if row.passage not in known}
    kept = [row for row in rows if new.get(row.passage) is row and row.passage in there.keys() - elsewhere.keys()]
    problems = [
        _refused(row, elsewhere.get(row.passage, ()))
        for row in rows
        if new.get(row.passage) is row and row.passage not in there.keys() - elsewhere.keys()
    ]
    if not kept and not known:
        raise ToolkitError(
            said(f"No passage that '{file}' names can be asked.", f"'{file}' 所列段落均不可询问。"),
            hint=said("Choose anew: toolkit round next --size N", "请重新选择：toolkit round next --size N"),
            code="SAMPLE-NONE",
        )
    return kept, problems


def _doubted(passage: str, suspicion: float) -> Chosen:
    reason = f"a training run doubts its label ({suspicion:.2f})"
    return Chosen(passage=passage, rank=1, strategy="scores", score=round(suspicion, 6), reason=reason)


def _ranked(rows: Sequence[Chosen]) -> list[Chosen]:
    return [row.model_copy(update={"rank": rank}) for rank, row in enumerate(rows, start=1)]


def _refused(row: Chosen, rounds: Sequence[str]) -> Problem:
    return Problem(
        code="SAMPLE-ASKED" if rounds else "SAMPLE-GONE",
        step="push",
        where=f"passage {row.passage}",
        found=f"asked before, in {', '.join(rounds)}" if rounds else "no passage that may be sent",
        expected="a passage that nobody was asked about under this schema",
        hint="Choose anew: toolkit round next. To ask a passage again: push --problems or --scores FILE.",
    )


def _no_size() -> ToolkitError:
    return ToolkitError(
        said("How many passages are to be chosen?", "需要选择多少个段落？"),
        hint=said("Say it with --size N.", "请用 --size N 说明。"),
        code="SAMPLE-SIZE",
    )


def _broken(file: Path, number: int, why: str) -> ToolkitError:
    return ToolkitError(
        said(
            f"Line {number} of '{file}' names no passage: {why}.",
            f"'{file}' 第 {number} 行没有指明段落：{why}。",
        ),
        hint=said(
            'Each line is a JSON object with "passage", as toolkit round next writes it.',
            '每行应为含 "passage" 的 JSON 对象，如 toolkit round next 所写。',
        ),
        code="SAMPLE-BROKEN",
    )
