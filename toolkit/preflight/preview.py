"""One row as text: what is learned, what is not, and what is cut off."""

from collections.abc import Sequence

from toolkit.noun import Noun
from toolkit.preflight.chat import ChatTokenizer
from toolkit.preflight.trainers import Stretches


class Segment(Noun):
    """A stretch of a rendered row that is learned, or not; ``cut`` where the trainer leaves it out."""

    text: str
    learned: bool
    cut: bool = False


class Preview(Noun):
    """A row to look at: where it is, what is wrong with it, its text in segments."""

    where: str
    faults: tuple[str, ...]
    segments: tuple[Segment, ...]


def preview_of(
    ids: Sequence[int], kept: Stretches, learned: Stretches, tokenizer: ChatTokenizer
) -> tuple[Segment, ...]:
    """Return a row's text as runs of tokens that are learned, only read, or cut off."""
    runs: list[tuple[bool, bool, list[int]]] = []
    for place, token in enumerate(ids):
        state = _within(place, learned), not _within(place, kept)
        if not runs or runs[-1][:2] != state:
            runs.append((*state, []))
        runs[-1][2].append(token)
    return tuple(Segment(text=tokenizer.decode(run), learned=learned, cut=cut) for learned, cut, run in runs)


def _within(place: int, stretches: Stretches) -> bool:
    return any(first <= place < last for first, last in stretches)
