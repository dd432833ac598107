"""Which passages a round asks beside the gold ones: all, a sample, or some again. What it settled stays."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem, Progress, silent
from toolkit.passages import Passage
from toolkit.rounds.again import Again, keep_again
from toolkit.rounds.plan import Plan
from toolkit.sampling import Chosen, doubted_for, how_of, keep_sample, sample_for
from toolkit.workspace import Workspace


class By(NamedTuple):
    """How a push chooses, as the command says it: one of these, or everything.

    Attributes:
        problems: what became a problem in earlier rounds is asked again.
        sample: a strategy of ``round next``, or the file that it wrote.
        scores: a training run's scores; what it doubts the most is asked again.
    """

    problems: bool = False
    sample: str | None = None
    scores: Path | None = None


class Wanted(NamedTuple):
    """What a round asks beside the gold items.

    Attributes:
        passages: those that may be sent.
        again: those that were asked before, of a round that asks again.
        sample: the rows of a sampled round, in the order in which they were chosen.
        problems: what was named and will not be asked.
    """

    passages: Sequence[Passage]
    again: Sequence[Again] = ()
    sample: Sequence[Chosen] = ()
    problems: Sequence[Problem] = ()


def planned(workspace: Workspace, plan: Plan, by: By) -> Plan:
    """Return the plan with how its passages are chosen.

    Raises:
        ToolkitError: ``SAMPLE-TWICE`` for two ways at once, ``SAMPLE-HOW``.
    """
    if sum((by.problems, by.sample is not None, by.scores is not None)) > 1:
        raise ToolkitError(
            said("A round is chosen in one way.", "一轮只能用一种方式选取段落。"),
            hint=said(
                "Leave out all but one of --problems, --sample and --scores.",
                "--problems、--sample、--scores 只能用其中一个。",
            ),
            code="SAMPLE-TWICE",
        )
    sample = how_of(workspace, by.sample) if by.sample is not None else None
    return plan.model_copy(update={"problems": by.problems, "sample": sample, "scores": by.scores is not None})


def wanted_by(
    workspace: Workspace,
    plan: Plan,
    found: FoundSchema,
    by: By,
    passages: Mapping[str, Passage],
    gold: Collection[str],
    again: Sequence[Again],
    progress: Progress = silent,
) -> Wanted:
    """Return what a round asks.

    Args:
        workspace: where the round is, or will be.
        plan: the round's.
        found: the schema that is asked.
        by: how passages are chosen.
        passages: those that may be sent, by id.
        gold: the ids of the gold items; no other item is about their passages.
        again: what a round from problems asks.
        progress: called while texts are compared.

    Raises:
        ToolkitError: ``PASSAGES-NONE``, ``SAMPLE-SIZE``, ``SAMPLE-NONE``, ``SAMPLE-BROKEN``, ``SCORES-NONE``,
            ``SCORES-BROKEN``, ``SCORES-SCHEMA``, ``OVERLAP-NONE``.
    """
    if by.problems:
        return Wanted(_among(passages, [one.passage for one in again]), again)
    if by.scores is not None:
        rows, again = doubted_for(workspace, plan, found, by.scores, taken=gold)
        return Wanted(_among(passages, [one.passage for one in again]), again, rows)
    if by.sample is not None:
        sample = sample_for(workspace, plan, found, by.sample, taken=gold, progress=progress)
        return Wanted(_among(passages, [row.passage for row in sample.rows]), (), sample.rows, sample.problems)
    return Wanted(_among(passages, [id_ for id_ in passages if id_ not in gold]))


def keep_wanted(workspace: Workspace, plan: Plan, wanted: Wanted) -> None:
    """Write what a round that chooses asks, before the round is open."""
    if plan.problems or plan.scores:
        keep_again(workspace, plan.name, wanted.again)
    if plan.sample or plan.scores:
        keep_sample(workspace, plan.name, wanted.sample)


def no_passages() -> ToolkitError:
    """Return the error for a workspace that has nothing to send."""
    return ToolkitError(
        said("There are no passages to send.", "没有可发送的段落。"),
        hint=said(
            "First: toolkit ingest PATH..., then: toolkit segment",
            "请先运行：toolkit ingest PATH...，再运行：toolkit segment",
        ),
        code="PASSAGES-NONE",
    )


def _among(passages: Mapping[str, Passage], ids: Sequence[str]) -> list[Passage]:
    """Return the passages of these identities, as far as they may leave."""
    found = [passages[id_] for id_ in ids if id_ in passages]
    if not found:
        raise no_passages()
    return found
