"""What every source of predictions has in common: a mark that says what made them, and raw answers to check."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, Protocol

from toolkit.passages import Passage

BATCH: Final = 200
"""Passages about which a source on this machine is asked at a time."""


class Given(NamedTuple):
    """What a source says about one passage, unchecked.

    Attributes:
        answer: field name to value; fields it says nothing about are absent. None: it has nothing to say.
        score: how sure it is, from 0 to 1; None where it does not know.
        trouble: why there is no answer, in a few words; empty where there is one, or nothing to say.
    """

    answer: dict[str, Any] | None = None
    score: float | None = None
    trouble: str = ""


class Source(Protocol):
    """Something that predicts answers.

    Attributes:
        mark: what made them, with its version; it is the predictions' ``model_version``.
        host: where it sends the passages, with the port where that is not the usual one; None: they stay here.
        batch: how many passages it is asked about at a time; what it said about them is then kept.
    """

    mark: str
    host: str | None
    batch: int

    def predict(self, passages: Sequence[Passage]) -> Iterator[tuple[Passage, Given]]:
        """Yield each passage with what it says about it.

        Raises:
            ToolkitError: when it cannot go on. What it yielded before is kept.
        """
