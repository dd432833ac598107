"""Texts that wait in a temporary file to be compared, and those that are made ready."""

from array import array
from typing import IO, Final

from toolkit.documents.near_duplicates.shingles import jaccard
from toolkit.documents.near_duplicates.siblings import Compared, compared, siblings

_HELD: Final = 4_000_000
"""Characters of texts that are held ready at once; each takes up to 30 bytes."""


class Spool:
    """Texts in a file, one after the other; the most recently compared are held ready."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ends = array("Q", [0])
        self._ready: dict[int, Compared] = {}
        self._held = 0

    def add(self, text: str) -> int:
        """Put a text at the end; return its place."""
        data = text.encode("utf-8", "surrogatepass")
        self._file.seek(self._ends[-1])
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))
        return len(self._ends) - 2

    def similarity(self, one: int, other: int) -> float:
        """Return the true similarity of two texts."""
        return jaccard(self._compared(one).known, self._compared(other).known)

    def siblings(self, one: int, other: int) -> bool:
        """Return whether two alike texts are two deals on one template."""
        return siblings(self._compared(one), self._compared(other))

    def _compared(self, place: int) -> Compared:
        found = self._ready.pop(place, None)
        if found is None:
            self._file.seek(self._ends[place])
            data = self._file.read(self._ends[place + 1] - self._ends[place])
            found = compared(data.decode("utf-8", "surrogatepass"))
            self._held += len(found.text)
        self._ready[place] = found
        while self._held > _HELD and len(self._ready) > 2:  # noqa: PLR2004 - both sides of a comparison
            self._held -= len(self._ready.pop(next(iter(self._ready))).text)
        return found
