"""From places in a derived text back to places in the text that it was made from, and on.

A derived text leaves characters out or puts one in another's place; it never adds or reorders any. So each of its
characters comes from exactly one of the text before, and runs of neighbours tell it all.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

Run = tuple[int, int]
"""Where neighbouring characters start: in the derived text, and in the text before."""


@dataclass(frozen=True, slots=True)
class IndexMap:
    r"""Where each character of a derived text stood before. All offsets are code points, all spans half-open.

    Attributes:
        runs: in order, from derived offset 0 on; neighbours in the derived text that were neighbours before share one.
        length: characters of the derived text.
        source_length: characters of the text before.

    >>> kept = IndexMap.keeping([(0, 4), (6, 10)], 10)  # "agree-\nment", and what is left of it
    >>> kept.source_span(2, 6), kept.derived_span(4, 6), kept.flat()
    ((2, 8), None, (0, 1, 2, 3, 6, 7, 8, 9))
    """

    runs: tuple[Run, ...]
    length: int
    source_length: int

    def __post_init__(self) -> None:
        """Hold what every map holds: it keeps the order of the text before, and stays within it."""
        last = 0
        for start, end, source in self.pieces(0, self.length):
            if not start < end or source < last:
                raise ValueError("runs that do not rise")
            last = source + end - start
        if last > self.source_length or bool(self.runs) != bool(self.length) or (self.runs and self.runs[0][0]):
            raise ValueError(f"runs that do not lie within {self.length} and {self.source_length} characters")

    @classmethod
    def keeping(cls, spans: Iterable[tuple[int, int]], source_length: int) -> "IndexMap":
        """Return the map of a text that keeps the given spans, in order, and nothing else; empty ones are none."""
        runs: list[Run] = []
        length, last = 0, -1
        for start, end in spans:
            if start == end:
                continue
            if start != last:
                runs.append((length, start))
            length, last = length + end - start, end
        return cls(tuple(runs), length, source_length)

    @classmethod
    def of(cls, flat: Sequence[int], source_length: int) -> "IndexMap":
        """Return the map whose ``flat`` this is.

        Args:
            flat: the offset before of each character of the derived text, rising.
            source_length: characters of the text before.

        Raises:
            ValueError: for offsets that do not rise, or that leave the text before.
        """
        breaks = (index for index, (one, two) in enumerate(pairwise(flat), start=1) if two != one + 1)
        starts = chain((0,), breaks) if flat else ()
        return cls(tuple((start, flat[start]) for start in starts), len(flat), source_length)

    def flat(self) -> tuple[int, ...]:
        """Return the offset before of each character, as it is stored."""
        pieces = self.pieces(0, self.length)
        return tuple(chain.from_iterable(range(source, source + end - start) for start, end, source in pieces))

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span before from the first character of a span to its last, with all that was left out between.

        An empty span becomes the empty one before the same character.

        Raises:
            IndexError: for a span that is not one of the derived text.
        """
        _check(start, end, self.length)
        if start < end:
            return self._source(start), self._source(end - 1) + 1
        place = self._source(start) if start < self.length else self._source(start - 1) + 1 if start else 0
        return place, place

    def derived_span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the span that is left of a span of the text before; None where nothing of it is.

        Raises:
            IndexError: for a span that is not one of the text before.
        """
        _check(start, end, self.source_length)
        first, last = self._derived(start), self._derived(end)
        return (first, last) if first < last else None

    def then(self, later: "IndexMap") -> "IndexMap":
        """Return the map of a text that was derived from this one's derived text.

        Raises:
            ValueError: when the later map does not begin where this one ends.
        """
        if later.source_length != self.length:
            raise ValueError(f"a map of {later.source_length} characters after one to {self.length}")
        kept = (
            (source, source + stop - begin)
            for start, end, middle in later.pieces(0, later.length)
            for begin, stop, source in self.pieces(middle, middle + end - start)
        )
        return IndexMap.keeping(kept, self.source_length)

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield what makes up a span of the derived text: start and end there, and where each piece started before."""
        for index in range(max(0, self._run(start)), len(self.runs)):
            first, source = self.runs[index]
            if first >= end:
                return
            stop = self.runs[index + 1][0] if index + 1 < len(self.runs) else self.length
            begin = max(first, start)
            yield begin, min(stop, end), source + begin - first

    def _run(self, place: int) -> int:
        return bisect_right(self.runs, place, key=_derived_start) - 1

    def _source(self, place: int) -> int:
        first, source = self.runs[self._run(place)]
        return source + place - first

    def _derived(self, place: int) -> int:
        """How many characters of the derived text stood before a place of the text before."""
        index = bisect_left(self.runs, place, key=_source_start) - 1
        if index < 0:
            return 0
        first, source = self.runs[index]
        stop = self.runs[index + 1][0] if index + 1 < len(self.runs) else self.length
        return min(first + place - source, stop)


def _check(start: int, end: int, length: int) -> None:
    if not 0 <= start <= end <= length:
        raise IndexError(f"{start}-{end} is no span of {length} characters")


def _derived_start(run: Run) -> int:
    return run[0]


def _source_start(run: Run) -> int:
    return run[1]
