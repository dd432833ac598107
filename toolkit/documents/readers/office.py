"""What Word and PowerPoint files share: XML parts in a zip, found by content types and relationships.

No part of an Office package has a document type definition; one that has it is an attack. Names are compared without
their namespaces: strict and transitional files use different ones.
"""

import posixpath
from typing import Any, NamedTuple

from toolkit.documents.readers.html import unparsed
from toolkit.documents.readers.package import Package
from toolkit.documents.refusal import Refused

_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))


class Kind(NamedTuple):
    """A kind of package.

    Attributes:
        types: how its main part's content type may end.
        part: where the main part usually lies.
        name: for refusals.
    """

    types: tuple[str, ...]
    part: str
    name: str


def opened(data: bytes, kind: Kind) -> tuple[Package, str]:
    """Return a package that is safe to read, and the name of its main part.

    Raises:
        Refused: a code of the zip gate, ``DOC-TYPE`` for another kind of package, or ``DOC-DTD``.
    """
    package = Package(data)
    if "[Content_Types].xml" not in package.names:
        raise Refused("DOC-TYPE", "a zip archive")
    main = _main_part(package, kind)
    for name in package.names:
        if name.lower().endswith((".xml", ".rels")):
            _refuse_definitions(package.read(name))
    return package, main


def _main_part(package: Package, kind: Kind) -> str:
    for override in children(parsed(package.read("[Content_Types].xml")), "Override"):
        if attribute(override, "ContentType").endswith(kind.types):
            name = attribute(override, "PartName").lstrip("/")
            if name in package.names:
                return name
    if kind.part in package.names:
        return kind.part
    raise Refused("DOC-TYPE", f"an Office package that is no {kind.name}")


def _refuse_definitions(content: bytes) -> None:
    if any(sign in content for sign in _DOCTYPES):
        raise Refused("DOC-DTD", "an XML part with a document type definition")


def parsed(data: bytes) -> Any:
    """Return the root element of a part.

    Raises:
        Refused: ``DOC-DTD``, ``DOC-DEPTH``, ``DOC-SIZE`` or ``DOC-BROKEN``.
    """
    from lxml import etree

    _refuse_definitions(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise unparsed(getattr(error, "code", 0), str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("DOC-DTD", "an XML part with a document type definition")
    return root


def name_of(element: Any) -> str:
    """An element's local name; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Any, name: str) -> list[Any]:
    """Direct children of a local name."""
    return [child for child in element if name_of(child) == name]


def below(element: Any, name: str) -> list[Any]:
    """Descendants of a local name, without what is kept for old programs beside the same thing for new ones."""
    return [
        found
        for found in element.iter("{*}" + name)
        if not any(name_of(parent) == "Fallback" for parent in found.iterancestors())
    ]


def attribute(element: Any, name: str) -> str:
    """An attribute by its local name; empty where there is none."""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def related(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the kind and the name of each part that a part leads to, by the relationship's id."""
    folder, _, name = part.rpartition("/")
    path = f"{folder}/_rels/{name}.rels"
    if path not in package.names:
        return {}
    found = {}
    for relationship in children(parsed(package.read(path)), "Relationship"):
        target = posixpath.normpath(posixpath.join("/" + folder, attribute(relationship, "Target"))).lstrip("/")
        if attribute(relationship, "TargetMode") != "External" and target in package.names:
            found[attribute(relationship, "Id")] = attribute(relationship, "Type").rpartition("/")[2], target
    return found


def title_of(package: Package) -> str | None:
    """The title that the author has set."""
    if "docProps/core.xml" not in package.names:
        return None
    found = children(parsed(package.read("docProps/core.xml")), "title")
    return " ".join(found[0].text.split())[:200] or None if found and found[0].text else None
