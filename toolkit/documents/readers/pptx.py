"""PPTX: the slides in their order, each with its title first, then its shapes and tables, then the speaker's notes.

A block's page is the slide's number. Numbers, dates and footers that a slide shows are marked as page furniture.
Pictures have no text; charts show their cached labels and values. Comments are counted.
"""

from collections.abc import Iterator
from typing import Any, Final

from toolkit.documents.document import BlockKind
from toolkit.documents.extraction import Page, Read
from toolkit.documents.readers.numbering import written
from toolkit.documents.readers.office import (
    Kind,
    attribute,
    below,
    children,
    name_of,
    opened,
    parsed,
    related,
    title_of,
)
from toolkit.documents.readers.package import Package

_KIND: Final = Kind(
    (
        "presentationml.presentation.main+xml",
        "presentationml.slideshow.main+xml",
        "presentationml.template.main+xml",
        "ms-powerpoint.presentation.macroEnabled.main+xml",
        "ms-powerpoint.slideshow.macroEnabled.main+xml",
    ),
    "ppt/presentation.xml",
    "presentation",
)
_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE: Final[dict[str, BlockKind]] = {
    "sldNum": "page_number",
    "ftr": "page_footer",
    "dt": "page_footer",
    "hdr": "page_header",
}
_FORMS: Final = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "ea1ChsPeriod": "chineseCounting",
    "ea1Cht": "chineseCounting",
}


def read_pptx(data: bytes) -> Read:
    """Return the blocks of a presentation.

    Raises:
        Refused: a code of the zip gate, ``DOC-TYPE`` for another kind of package, ``DOC-DTD``, ``DOC-DEPTH`` or
            ``DOC-BROKEN``.
    """
    package, main = opened(data, _KIND)
    parts = related(package, main)
    page = Page()
    slides = hidden = comments = 0
    for entry in below(parsed(package.read(main)), "sldId"):
        kind, part = parts.get(_relationship(entry), ("", ""))
        if kind == "slide":
            slides += 1
            slide = _Slide(page, package, part, slides)
            hidden += slide.read()
            comments += slide.comments
    title = title_of(package) or page.title()
    counted = {"pages": slides, "hidden_slides": hidden, "comments": comments}
    meta = {key: value for key, value in counted.items() if value}
    return Read(page, meta | ({"title": title} if title else {}))


def _relationship(element: Any) -> str:
    """A relationship's id: ``r:id``, beside which a slide has a plain ``id`` of its own."""
    return next((str(value) for key, value in element.attrib.items() if key.endswith("}id")), "")


class _Slide:
    """Adds one slide to a page."""

    def __init__(self, page: Page, package: Package, part: str, number: int) -> None:
        self.comments = 0
        self._page = page
        self._package = package
        self._part = part
        self._number = number
        self._related = related(package, part)

    def read(self) -> bool:
        """Add the slide's blocks and return whether it is hidden."""
        root = parsed(self._package.read(self._part))
        shapes = [shape for tree in below(root, "spTree") for shape in _shapes(tree)]
        for shape in sorted(shapes, key=lambda shape: _placeholder(shape) not in _TITLES):
            self._shape(shape)
        for kind, part in self._related.values():
            if kind == "notesSlide":
                self._notes(part)
            elif kind.startswith("comment"):
                content = parsed(self._package.read(part))
                self.comments += len(children(content, "cm"))
        return attribute(root, "show") in {"0", "false"}

    def _add(self, kind: BlockKind, text: str, level: int | None = None) -> None:
        self._page.add(kind, text, level=level, page=self._number)

    def _shape(self, shape: Any) -> None:
        if name_of(shape) == "graphicFrame":
            self._frame(shape)
            return
        role = _placeholder(shape)
        for body in children(shape, "txBody"):
            if role in _TITLES:
                self._add("heading", " ".join(" ".join(text for _, text in _paragraphs(body)).split()), 1)
            else:
                for kind, text in _paragraphs(body):
                    self._add(_FURNITURE.get(role, kind), text)

    def _frame(self, frame: Any) -> None:
        for table in below(frame, "tbl"):
            for row in children(table, "tr"):
                cells = [_in_one_line(cell) for cell in children(row, "tc")]
                filled = [cell for cell in cells if cell]
                self._add("table" if len(filled) > 1 else "paragraph", " | ".join(cells if len(filled) > 1 else filled))
        for reference in [*below(frame, "chart"), *below(frame, "relIds")]:
            for key, value in reference.attrib.items():
                kind, part = self._related.get(str(value), ("", ""))
                if key.endswith(("}id", "}dm")) and kind == "chart":
                    self._chart(parsed(self._package.read(part)))
                elif key.endswith("}dm") and kind == "diagramData":
                    self._diagram(parsed(self._package.read(part)))

    def _chart(self, chart: Any) -> None:
        for title in below(chart, "title"):
            self._add("paragraph", _in_one_line(title))
        for series in below(chart, "ser"):
            cells = [" ".join(_values(part)) for part in children(series, "tx")]
            columns = [_values(part) for name in ("cat", "xVal", "val", "yVal") for part in children(series, name)]
            self._add("table", " | ".join(filter(None, [*cells, *(" ".join(column) for column in columns)])))

    def _diagram(self, diagram: Any) -> None:
        for body in below(diagram, "t"):
            for kind, text in _paragraphs(body):
                self._add(kind, text)

    def _notes(self, part: str) -> None:
        for tree in below(parsed(self._package.read(part)), "spTree"):
            for shape in _shapes(tree):
                if _placeholder(shape) not in _FURNITURE:
                    for body in children(shape, "txBody"):
                        self._add("footnote", "\n".join(text for _, text in _paragraphs(body)))


def _shapes(tree: Any) -> Iterator[Any]:
    """Shapes in their order, those of groups included; of two versions of a drawing the newer."""
    for child in tree:
        name = name_of(child)
        if name in {"sp", "graphicFrame", "cxnSp", "contentPart"}:
            yield child
        elif name in {"grpSp", "AlternateContent", "Choice"}:
            yield from _shapes(child)


def _placeholder(shape: Any) -> str:
    found = next(shape.iter("{*}ph"), None) if name_of(shape) == "sp" else None
    return attribute(found, "type") if found is not None else ""


def _paragraphs(body: Any) -> Iterator[tuple[BlockKind, str]]:
    """A text body's paragraphs with what they are; automatic numbers stand before their text."""
    counts: dict[int, int] = {}
    for paragraph in children(body, "p"):
        properties = next(iter(children(paragraph, "pPr")), None)
        depth = int(value) if properties is not None and (value := attribute(properties, "lvl")).isdigit() else 0
        text = _text(paragraph).strip("\n")
        if not text.strip():
            continue
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        numbered = children(properties, "buAutoNum") if properties is not None else []
        bulleted = depth > 0 or (properties is not None and bool(children(properties, "buChar")))
        if numbered:
            text = f"{_numbered(numbered[0], counts, depth)} {text}"
        else:
            counts.pop(depth, None)
        yield "list_item" if numbered or bulleted else "paragraph", text


def _numbered(setting: Any, counts: dict[int, int], depth: int) -> str:
    start = attribute(setting, "startAt")
    counts[depth] = counts.get(depth, (int(start) if start.isdigit() else 1) - 1) + 1
    scheme = attribute(setting, "type")
    form = next((form for sign, form in _FORMS.items() if scheme.startswith(sign)), "decimal")
    shown = written(counts[depth], form)
    if scheme.endswith("ParenBoth"):
        return f"({shown})"
    return shown + (")" if scheme.endswith("ParenR") else "" if scheme.endswith("Plain") else ".")


def _text(paragraph: Any) -> str:
    pieces: list[str] = []
    for child in paragraph:
        name = name_of(child)
        if name in {"r", "fld"}:
            pieces += [run.text or "" for run in children(child, "t")]
        elif name == "br":
            pieces.append("\n")
        elif name not in {"pPr", "endParaRPr"}:
            pieces += [run.text or "" for run in below(child, "t")]  # a formula
    return "".join(pieces).replace("\v", "\n")


def _in_one_line(element: Any) -> str:
    return " ".join(" ".join(_text(paragraph) for paragraph in below(element, "p")).split())


def _values(part: Any) -> list[str]:
    return [" ".join((value.text or "").split()) for value in below(part, "v")]
