"""What people had answered before as a source: a round from problems begins where their answers ended."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from toolkit.noun import digest
from toolkit.passages import Passage
from toolkit.prelabel.source import BATCH, Given
from toolkit.rounds.again import Again

MARK: Final = "earlier answers"


class AgainSource:
    """Predictions from the answers that became problems, as far as they fit what is asked now."""

    batch = BATCH
    host: str | None = None

    def __init__(self, again: Iterable[Again]) -> None:
        self._begun = {one.passage: one.begun for one in again}
        self.mark = f"{MARK} {digest(self._begun)[:8]}"

    def predict(self, passages: Sequence[Passage]) -> Iterator[tuple[Passage, Given]]:
        """Yield where the earlier answers ended."""
        return ((passage, Given(self._begun.get(passage.id) or None)) for passage in passages)
