"""Choosing from labels: ``<Choices>`` and, where they form a tree, ``<Taxonomy>``."""

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from toolkit.annotations.controls.control import Given, One, Palette, Read, fault, item, known, literal, tag
from toolkit.annotations.repair import UnreadableError
from toolkit.schema import Fault, Field, shown


def _choices_tag(field: Field, palette: Palette, choice: str) -> Element:
    choices = tag("Choices", field, choice=choice, layout="vertical", showInline="false")
    for label in field.labels:
        shows = {"value": literal(label.title.both()), "alias": label.value}
        SubElement(choices, "Choice", {**shows, **palette.hotkey()})
    return choices


class Choice(One):
    """A single choice: ``<Choices choice="single">``."""

    key = "choices"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag."""
        return [_choices_tag(field, palette, "single-radio")]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with one choice."""
        del text
        return [] if value is None else [item(field, "choices", {"choices": [value]})]

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return the one chosen value."""
        del text
        chosen = known(field, value)
        if len(chosen) != 1:
            raise UnreadableError(f"{len(chosen)} choices")
        return chosen[0]


class Boolean(Choice):
    """Yes or no: a single choice, since the screen cannot hold ``true`` and ``false`` as values."""

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with one choice."""
        return super().write(field, None if value is None else "yes" if value else "no", text)

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return True or False."""
        return super().one(field, value, text) == "yes"


class _Several:
    """Any number of labels, in the schema's order."""

    key: str

    def chosen(self, field: Field, value: Any) -> list[str]:
        """Return the labels that a raw value names.

        Raises:
            UnreadableError: with what was found.
        """
        raise NotImplementedError

    def read(self, field: Field, given: Given, text: str) -> Read:
        """Return what was chosen in any of the results."""
        del text
        chosen: list[str] = []
        faults: list[Fault] = []
        for one in given.of(field.name):
            try:
                chosen += self.chosen(field, one.value.get(self.key))
            except UnreadableError as wrong:
                faults.append(fault(field, str(wrong), field.expects(), wrong.code))
        different = sorted(set(chosen), key=field.values.index)
        return Read(different, len(chosen) - len(different), tuple(faults))


class Choices(_Several):
    """Any of several: ``<Choices choice="multiple">``."""

    key = "choices"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag."""
        return [_choices_tag(field, palette, "multiple")]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with all choices."""
        del text
        return [item(field, "choices", {"choices": list(value)})] if value else []

    def chosen(self, field: Field, value: Any) -> list[str]:
        """Return the chosen labels."""
        return known(field, value)


def _tree(field: Field, most: int | None) -> Element:
    usages = {"maxUsages": str(most)} if most else {}
    root = tag("Taxonomy", field, leafsOnly="false", showFullPath="true", pathSeparator=" › ", **usages)
    nodes = {"": root}
    for label in field.labels:
        parent, _, name = label.value.rpartition("/")
        shows = {"value": literal(label.title.both()), "alias": name}
        nodes[label.value] = SubElement(nodes[parent], "Choice", shows)
    return root


def _paths(field: Field, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(path, list) for path in value):
        raise UnreadableError("paths that are no lists")
    paths = ["/".join(map(str, path)) for path in value]
    if odd := [path for path in paths if path not in field.values]:
        raise UnreadableError(f"the unknown path {shown(odd[0])}", "RESULT-LABEL")
    return paths


class Taxon(One):
    """One place in a tree: ``<Taxonomy maxUsages="1">``."""

    key = "taxonomy"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag."""
        del palette
        return [_tree(field, 1)]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with one path."""
        del text
        return [item(field, self.key, {self.key: [value.split("/")]})] if value else []

    def one(self, field: Field, value: Any, text: str) -> Any:
        """Return the one chosen path."""
        del text
        paths = _paths(field, value)
        if len(paths) != 1:
            raise UnreadableError(f"{len(paths)} places in the tree")
        return paths[0]


class Taxons(_Several):
    """Any places in a tree: ``<Taxonomy>``."""

    key = "taxonomy"

    def xml(self, field: Field, palette: Palette) -> Sequence[Element]:
        """Return the tag."""
        del palette
        return [_tree(field, int(field.maximum) if field.maximum else None)]

    def write(self, field: Field, value: Any, text: str) -> list[dict[str, Any]]:
        """Return one item with all paths."""
        del text
        return [item(field, self.key, {self.key: [path.split("/") for path in value]})] if value else []

    def chosen(self, field: Field, value: Any) -> list[str]:
        """Return the chosen paths."""
        return _paths(field, value)
