"""Strata: which kinds of passages there are, by source and likely label, and how many of each kind are chosen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from os.path import commonpath
from pathlib import PurePosixPath

from toolkit.passages import Passage


def sources_of(passages: Sequence[Passage]) -> list[str]:
    """Return where each passage comes from.

    What the metadata call its ``source``; else the folder that its file lies in, the topmost below the one that holds
    all files; for a member of a file its container (``cases.jsonl``); else the file's ending (``.pdf``).
    """
    places = [str(one.meta.get("path", "")) for one in passages]
    files = {place: PurePosixPath(place.partition("#")[0]) for place in places}
    parents = {file.parent for file in files.values()}
    is_absolute = {parent.is_absolute() for parent in parents}
    root = PurePosixPath(commonpath(parents) if len(is_absolute) == 1 else "")
    named = {place: _source(place, file, root) for place, file in files.items()}
    return [str(one.meta.get("source") or named[place]) for one, place in zip(passages, places, strict=True)]


def _source(place: str, file: PurePosixPath, root: PurePosixPath) -> str:
    inside = file.relative_to(root).parts if file.is_relative_to(root) else file.parts
    if len(inside) > 1:
        return inside[0]
    return file.name if "#" in place else file.suffix or file.name


def quotas(strata: Sequence[str], size: int) -> dict[str, int]:
    """Return how many of each stratum are chosen: in proportion to its passages, by largest remainder.

    One of each at least, where the size allows. Never more than there are. Of equal remainders the larger stratum,
    then the first by name, gets the place.

    >>> quotas(["a"] * 8 + ["b"], 3)
    {'a': 2, 'b': 1}
    """
    rest = dict(sorted(Counter(strata).items()))
    given = dict.fromkeys(rest, 0)
    if size >= len(rest):
        # Each that is fixed at one leaves the others less, so that another one may have to be fixed.
        while small := [name for name, count in rest.items() if count * size < sum(rest.values())]:
            size -= len(small)
            given |= dict.fromkeys(small, 1)
            rest = {name: count for name, count in rest.items() if not given[name]}
    return given | _largest_remainder(rest, size)


def _largest_remainder(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """Divide seats as A. Hamilton did; each stays below its count while the size is at most the sum of counts."""
    every = sum(counts.values())
    if not every:
        return dict.fromkeys(counts, 0)
    shares = {name: Fraction(count * size, every) for name, count in counts.items()}
    given = {name: int(share) for name, share in shares.items()}
    by_remainder = sorted(counts, key=lambda name: (given[name] - shares[name], -counts[name], name))
    for name in by_remainder[: size - sum(given.values())]:
        given[name] += 1
    return given
