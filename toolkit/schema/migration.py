"""What a schema's author declares about answers to its older versions, and where it leads each name and label.

A name is a field's; ``parties.role`` is the attribute ``role`` of the spans in ``parties``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Labels = Mapping[str, Mapping[str, str]]
Split = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Migration:
    """How answers to one older version become answers to the next: to the following migration's, or to this file's.

    A new field that may stay open, a new label and a new wording need no declaration.

    Attributes:
        before: the older version, 12 hex digits; ``toolkit schemas diff`` names it.
        fields: renamed fields, old name to new.
        labels: renamed labels, by the field's new name: ``{"kind": {"old": "new"}}``. Two may become one.
        split: labels that became several, by the field's new name: ``{"kind": {"old": ("new1", "new2")}}``. Which of
            them holds is for a person to say.
        dropped: fields, by their old names, whose answers are given up.
    """

    before: str
    fields: Mapping[str, str] = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)
    split: Split = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


class Way(NamedTuple):
    """The migrations from one version to the present one, in order; with none, names and labels stay."""

    links: Sequence[Migration] = ()

    def field(self, name: str) -> str | None:
        """Return what a field or an attribute is called now; None when its answers are given up.

        >>> Way([Migration("0" * 12, fields={"a": "b"}), Migration("1" * 12, fields={"b": "c"})]).field("a")
        'c'
        """
        for link in self.links:
            moved = _renamed(link, name)
            if moved is None:
                return None
            name = moved
        return name

    def labels(self, name: str, label: str, *, tree: bool = False) -> tuple[str, ...]:
        """Return what a label is called now: one, or the several that it was split into.

        Args:
            name: the field's old name.
            label: the old label.
            tree: the label is a path, and what is renamed above it counts.

        >>> Way([Migration("0" * 12, split={"kind": {"x": ("y", "z")}})]).labels("kind", "x")
        ('y', 'z')
        """
        found: tuple[str, ...] = (label,)
        for link in self.links:
            moved = _renamed(link, name)
            if moved is None:
                return found
            name = moved
            found = tuple(dict.fromkeys(new for old in found for new in _labels(link, name, old, tree=tree)))
        return found


def way_from(migrations: Sequence[Migration], before: str) -> Way:
    """Return the way from an older version; without a declaration for it, one that changes nothing."""
    versions = [migration.before for migration in migrations]
    return Way(migrations[versions.index(before) :] if before in versions else ())


def _renamed(link: Migration, name: str) -> str | None:
    if name in link.dropped:
        return None
    if name in link.fields:
        return link.fields[name]
    owner, dot, attribute = name.partition(".")
    if not dot:
        return name
    moved = _renamed(link, owner)
    return None if moved is None else f"{moved}.{attribute}"


def _labels(link: Migration, name: str, label: str, *, tree: bool) -> tuple[str, ...]:
    if candidates := link.split.get(name, {}).get(label):
        return tuple(candidates)
    renamed = link.labels.get(name, {})
    if label in renamed:
        return (renamed[label],)
    above = label.rpartition("/")[0] if tree else ""
    while above:
        if above in renamed:
            return (renamed[above] + label[len(above) :],)
        above = above.rpartition("/")[0]
    return (label,)
