"""Groups to splits: what belongs together stays together, and the proof of it. Pure, and the same on any machine.

A group is a connected component: documents that share a near-duplicate cluster or a declared group (patient, case,
client) are one, also over several steps.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.noun import digest

SPLITS: Final = ("train", "validation", "test")
_MOST_FOR_SWAPS: Final = 200
"""Above so many groups single moves bring the shares close enough; swaps would cost the square of it."""


def components(documents: Mapping[str, str], clusters: Mapping[str, str]) -> dict[str, str]:
    """Return for each document the group that must not cross a split: the least document id of its component.

    Args:
        documents: document to declared group (itself where none is declared).
        clusters: document to its near-duplicate cluster, for those that have one.

    >>> components({"a": "x", "b": "x", "c": "c", "d": "d"}, {"b": "1", "c": "1"})
    {'a': 'a', 'b': 'a', 'c': 'a', 'd': 'd'}
    """
    first: dict[tuple[str, str], str] = {}
    parent = {document: document for document in sorted(documents)}

    def root(document: str) -> str:
        while parent[document] != document:
            parent[document] = parent[parent[document]]
            document = parent[document]
        return document

    for document in parent:
        for tie in (("group", documents[document]), ("cluster", clusters.get(document, ""))):
            if tie == ("cluster", ""):
                continue
            one, other = sorted((root(document), root(first.setdefault(tie, document))))
            parent[other] = one
    return {document: root(document) for document in parent}


def deal(sizes: Mapping[str, int], shares: Sequence[float], seed: int) -> dict[str, str]:
    """Return the split of each group, the rows' shares as near to the wanted ones as single moves and swaps bring them.

    Every split with a share above zero gets a group while there are enough; with fewer groups than splits, the splits
    with the largest shares get one each.

    Args:
        sizes: group to number of rows.
        shares: of train, validation and test; they add up to one.
        seed: orders the groups; equal arguments give equal splits.
    """
    wanted = sorted((split for split in range(3) if shares[split]), key=lambda split: (-shares[split], split))
    order = sorted(sizes, key=lambda group: digest([seed, group]))
    table = _Table(sizes, [share * sum(sizes.values()) for share in shares])
    for place, group in enumerate(order):
        table.put(group, wanted[place] if place < len(wanted) else table.neediest(wanted))
    table.improve(order, wanted)
    return {group: SPLITS[table.split[group]] for group in sorted(sizes)}


class _Table:
    """Groups as dealt so far; its cost is the squared distance of the rows from what was wanted."""

    def __init__(self, sizes: Mapping[str, int], targets: Sequence[float]) -> None:
        self.sizes = sizes
        self.targets = targets
        self.split: dict[str, int] = {}
        self.rows = [0, 0, 0]
        self.groups = [0, 0, 0]

    def put(self, group: str, split: int) -> None:
        if group in self.split:
            self.rows[self.split[group]] -= self.sizes[group]
            self.groups[self.split[group]] -= 1
        self.split[group] = split
        self.rows[split] += self.sizes[group]
        self.groups[split] += 1

    def neediest(self, wanted: Sequence[int]) -> int:
        return max(wanted, key=lambda split: (self.targets[split] - self.rows[split], -split))

    def improve(self, order: Sequence[str], wanted: Sequence[int]) -> None:
        """Move or swap groups while it brings the shares nearer; each step lowers the cost, so it ends."""
        while self._move(order, wanted) or (len(order) <= _MOST_FOR_SWAPS and self._swap(order)):
            pass

    def _gain(self, source: int, target: int, rows: int) -> float:
        """Return by how much the cost falls when so many rows go from one split to another."""
        over, under = self.rows[source] - self.targets[source], self.targets[target] - self.rows[target]
        return 2 * rows * (over + under - rows)

    def _move(self, order: Sequence[str], wanted: Sequence[int]) -> bool:
        best, choice = _LEAST_GAIN, None
        for group in order:
            source = self.split[group]
            if self.groups[source] == 1:
                continue
            for target in wanted:
                if target != source and (gain := self._gain(source, target, self.sizes[group])) > best:
                    best, choice = gain, (group, target)
        if choice:
            self.put(*choice)
        return choice is not None

    def _swap(self, order: Sequence[str]) -> bool:
        best, choice = _LEAST_GAIN, None
        for place, one in enumerate(order):
            for other in order[place + 1 :]:
                source, target = self.split[one], self.split[other]
                if source != target:
                    gain = self._gain(source, target, self.sizes[one] - self.sizes[other])
                    if gain > best:
                        best, choice = gain, (one, other)
        if choice:
            first, second = (self.split[group] for group in choice)
            self.put(choice[0], second)
            self.put(choice[1], first)
        return choice is not None


_LEAST_GAIN: Final = 1e-6


class Crossing(NamedTuple):
    """How many documents, declared groups, near-duplicate clusters and components were found in two splits."""

    documents: int
    groups: int
    clusters: int
    components: int


def crossing(
    rows: Iterable[tuple[str, Mapping[str, Any]]],
    documents: Mapping[str, str],
    clusters: Mapping[str, str],
) -> Crossing:
    """Return what crosses a split, judged from rows as they were written: each with its split.

    The groups are worked out anew from the documents, so that a wrong ``meta.group`` cannot hide a leak.
    """
    component = components(documents, clusters)
    seen = [(split, str(row["meta"]["document"])) for split, row in rows]

    def count(key: Callable[[str], str]) -> int:
        where: dict[str, set[str]] = {}
        for split, document in seen:
            where.setdefault(key(document), set()).add(split)
        return sum(len(splits) > 1 for splits in where.values())

    return Crossing(
        documents=count(lambda document: document),
        groups=count(lambda document: documents[document]),
        clusters=count(lambda document: clusters.get(document, document)),
        components=count(lambda document: component[document]),
    )
