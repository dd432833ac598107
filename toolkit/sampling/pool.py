"""What may be asked next, and what was: a passage that a round asked, in whatever words, is never asked anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from toolkit.documents import View, clusters
from toolkit.noun import Progress, digest, silent
from toolkit.passages import Passage, imported_passages, load_passages
from toolkit.rounds.plan import load_plan, load_tasks, round_names
from toolkit.sampling.nearest import nearest_distances
from toolkit.sampling.strata import sources_of
from toolkit.sampling.vectors import Vectors, vectors_of
from toolkit.workspace import Workspace

ALIKE: Final = 0.1
"""Passages nearer than this say the same but for a word in twenty."""
COUNTERPART: Final = 0.2
"""The same of passages of near-duplicate documents: one passage, in two wordings. Asked once is asked."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The passages that nobody was asked about, and those that somebody was, with their vectors.

    Attributes:
        open: in an order by hash, so that "the first" of equals favours nobody.
        sources: of each open one, where it comes from.
        asked: by identity, those that came with answers from elsewhere included.
        twins: passages left out since the same text, or nearly that of a near-duplicate document, was asked, or is
            among the open ones already.
    """

    open: Sequence[Passage]
    sources: Sequence[str]
    vectors: Vectors
    asked: Sequence[Passage]
    asked_vectors: Vectors
    twins: int


def rounds_by_passage(workspace: Workspace, schema: str, *, but: str | None = None) -> dict[str, tuple[str, ...]]:
    """Return the passages that have a task under a schema, in any version of it, each with the rounds, sorted.

    Args:
        workspace: where the rounds are.
        schema: what rounds know the schema by.
        but: a round that is left out.
    """
    found: dict[str, set[str]] = {}
    for name in round_names(workspace):
        if name != but and load_plan(workspace, name).schema_name == schema:
            for task in load_tasks(workspace, name):
                found.setdefault(task.passage, set()).add(name)
    return {passage: tuple(sorted(names)) for passage, names in found.items()}


def pool_of(
    workspace: Workspace,
    schema: str,
    views: Iterable[View],
    *,
    seed: int = 0,
    taken: Iterable[str] = (),
    progress: Progress = silent,
) -> Pool:
    """Return what may be asked under a schema.

    Args:
        workspace: where the passages are.
        schema: what rounds know the schema by.
        views: those that the privacy policy lets out.
        seed: orders the open passages.
        taken: passages that count as asked.
        progress: called while texts are compared.
    """
    asked_ids, allowed = rounds_by_passage(workspace, schema).keys() | set(taken), set(views)
    asked, corpus = [], []
    for one in load_passages(workspace, imported=False):
        if one.id in asked_ids:
            asked.append(one)
        elif one.view in allowed:
            corpus.append(one)
    asked += [one for one in imported_passages(workspace) if one.id in asked_ids]
    asked.sort(key=lambda one: one.id)
    corpus.sort(key=lambda one: digest([seed, one.id]))
    unlike = _without_twins(corpus, asked)
    vectors = vectors_of([one.text for one in (*unlike, *asked)], progress)
    mates = _mates(unlike, asked, vectors, clusters(workspace))
    kept = [one for one, mate in zip(unlike, mates, strict=True) if not mate]
    keep = np.flatnonzero([not mate for mate in mates])
    return Pool(
        kept, sources_of(kept), vectors[: len(unlike)][keep], asked, vectors[len(unlike) :], len(corpus) - len(kept)
    )


def _without_twins(corpus: Sequence[Passage], asked: Sequence[Passage]) -> list[Passage]:
    """Return the passages, each text once and none that was asked; case and white space make no difference."""
    seen = {_bare(one.text) for one in asked}
    kept = []
    for one in corpus:
        if (text := _bare(one.text)) not in seen:
            seen.add(text)
            kept.append(one)
    return kept


def _bare(text: str) -> str:
    return digest(" ".join(text.lower().split()))


def _mates(
    unlike: Sequence[Passage], asked: Sequence[Passage], vectors: Vectors, cluster_of: Mapping[str, str]
) -> list[bool]:
    """Return of each passage whether its counterpart in a near-duplicate document was asked."""
    asked_in: dict[str, list[int]] = {}
    for place, one in enumerate(asked, start=len(unlike)):
        asked_in.setdefault(cluster_of.get(one.document, one.document), []).append(place)
    members: dict[str, list[int]] = {}
    for place, one in enumerate(unlike):
        cluster = cluster_of.get(one.document, one.document)
        if cluster in asked_in and any(asked[at - len(unlike)].document != one.document for at in asked_in[cluster]):
            members.setdefault(cluster, []).append(place)
    found = [False] * len(unlike)
    for cluster, places in members.items():
        for place, distance in zip(places, nearest_distances(vectors[places], vectors[asked_in[cluster]]), strict=True):
            found[place] = bool(distance < COUNTERPART)
    return found
