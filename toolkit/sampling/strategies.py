"""The strategies: what each looks for, and the plain reason that it gives for every passage."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from toolkit.agreement.resampling import Floats
from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.sampling.answered import Answered, disagreement_of
from toolkit.sampling.choice import Taken, by_priority, in_order
from toolkit.sampling.nearest import density_of, nearest, predicted
from toolkit.sampling.pool import Pool
from toolkit.sampling.scores import by_passage, last_scores, no_uncertainty, read_scores, strange_scores
from toolkit.sampling.vectors import Vectors
from toolkit.workspace import Workspace

Strategy = Literal["random", "diverse", "disagreement", "uncertainty", "value"]
"""What is looked for: nothing; what is unlike all labelled; what people would answer differently; what the model is
unsure of; what it is unsure of, is common and is unlike all labelled."""
Chooser = Callable[[Sequence[str], Mapping[str, int]], list[Taken]]


class Known(NamedTuple):
    """What a strategy may look at.

    Attributes:
        run: the training run whose scores count; None: the last.
    """

    workspace: Workspace
    found: FoundSchema
    pool: Pool
    answered: Answered
    run: str | None = None


def chooser_for(strategy: Strategy, known: Known) -> Chooser:
    """Return what chooses, by strata and quotas.

    Raises:
        ToolkitError: ``OVERLAP-NONE`` when disagreement is asked for and no passage has two answers; ``SCORES-NONE``,
            ``SCORES-BROKEN``, ``SCORES-SCHEMA``.
    """
    pool = known.pool
    if strategy == "random":
        return lambda strata, quotas: [Taken(place) for place in in_order(strata, quotas)]
    base = _BASES[strategy](known)
    return lambda strata, quotas: by_priority(pool, strata, quotas, base, far=strategy in {"diverse", "value"})


def _everything(known: Known) -> Vectors:
    return np.ones(len(known.pool.open), dtype=np.float32)


def _disagreement(known: Known) -> Vectors:
    doubts = disagreement_of(known.answered)
    if not doubts:
        raise ToolkitError(
            said(
                f"No passage has two answers under '{known.found.reference}', so nobody can disagree.",
                f"'{known.found.reference}' 下没有由两人回答的段落，无从得知分歧。",
            ),
            hint=said(
                "Open a round with --overlap 2 and pull its answers, or choose: --strategy diverse",
                "请用 --overlap 2 开启一轮并 pull 答案，或改用：--strategy diverse",
            ),
            code="OVERLAP-NONE",
        )
    return _from_neighbours(known, doubts)


def _uncertainty(known: Known) -> Vectors:
    """Return how unsure the model likely is of each passage."""
    file = last_scores(known.workspace, known.run)
    scores = by_passage(known.workspace, read_scores(file), known.found.name, file)
    values = {
        passage: float(np.mean(told))
        for passage, rows in sorted(scores.items())
        if (told := [one.uncertainty for one in rows if one.uncertainty is not None])
    }
    if not values:
        raise no_uncertainty(file)
    asked = {one.id for one in known.pool.asked}
    if not asked & values.keys():
        raise strange_scores(file, known.found.name, set())
    return _from_neighbours(known, values)


def _value(known: Known) -> Vectors:
    """Return uncertainty times density; the distance is the third factor."""
    return _uncertainty(known) * density_of(known.pool.vectors)


def _from_neighbours(known: Known, values: Mapping[str, float]) -> Vectors:
    """Return what the likes among the asked passages say, never negative."""
    pool = known.pool
    places = [place for place, one in enumerate(pool.asked) if one.id in values]
    told: Floats = np.array([values[pool.asked[place].id] for place in places])
    guessed = predicted(told, nearest(pool.vectors, pool.asked_vectors[places]))
    return np.asarray(np.maximum(np.round(guessed, 6), 0), dtype=np.float32)


_BASES: Final[Mapping[Strategy, Callable[[Known], Vectors]]] = {
    "diverse": _everything,
    "disagreement": _disagreement,
    "uncertainty": _uncertainty,
    "value": _value,
}
_REASONS: Final[Mapping[Strategy, tuple[str, str]]] = {
    "random": ("drawn by chance", "随机抽取"),
    "diverse": ("far from all labelled or chosen before ({distance})", "远离已标注和已选的所有段落（{distance}）"),
    "disagreement": ("likes of it were answered differently ({score})", "相似段落的回答不一致（{score}）"),
    "uncertainty": ("the model was unsure of likes of it ({score})", "模型对相似段落没有把握（{score}）"),
    "value": ("unsure, common and new ({score})", "没有把握、常见且新（{score}）"),
}
_FIRST: Final = (
    "nothing is labelled yet; the most like all others ({score})",
    "尚无已标注段落；与其他段落最相似（{score}）",
)


def reason_for(strategy: Strategy, score: float | None, distance: float | None) -> tuple[str, str]:
    """Return in English and Chinese why a passage was chosen."""
    words = _FIRST if strategy == "diverse" and distance is None else _REASONS[strategy]
    figures = {"score": _short(score), "distance": _short(distance)}
    return words[0].format(**figures), words[1].format(**figures)


def _short(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.2f}".removeprefix("0")
