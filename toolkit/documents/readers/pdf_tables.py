"""Tables of a PDF page that are drawn with ruling lines: the grid from the page's paths, the text from its text layer.

pdfplumber finds the cells between the lines; the lines come from pdfium, so that a page is parsed once, and every glyph
of the text layer lands in one cell or stays outside. Tables set with blanks alone are not recognised.
"""

import ctypes
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice, pairwise
from typing import Any, Final, NamedTuple

from toolkit.documents.document import Box
from toolkit.documents.readers.pdf_lines import Glyphs, Handle, Line, call, enclosing
from toolkit.text import is_han

_GAP: Final = 5.0
"""Points of blank inside a line from which on a page may hold columns."""
_FEWEST: Final = 4
"""Drawn paths of the smallest table."""
_MANY: Final = 20
_OBJECTS: Final = 20_000
_EDGES: Final = 4_000
_PAIRS: Final = 100_000
_CROSSINGS: Final = 2_000
"""Beyond any of these a page is a drawing, and looking for cells would take seconds."""
_FORMS: Final = 3
"""How deep paths are looked for in forms."""
_APART: Final = 1.0
"""Points between glyphs from which on a cell's border parts them inside a word."""
_LAYOUT: Final = 1_500
"""Characters of a cell from which on the lines are a page's layout, not a table."""
_STRAIGHT: Final = 0.5
_SHORTEST: Final = 3.0
_LINE_TO, _MOVE_TO = 0, 2
_PATH, _FORM = 2, 5
_DRAWN = frozenset({_PATH, _FORM})


_SIDES: Final = 2
_Matrix = tuple[float, float, float, float, float, float]
_AS_IS: Final[_Matrix] = (1, 0, 0, 1, 0, 0)


class Row(NamedTuple):
    """One row of a table: its filled cells from left to right, and its box."""

    cells: list[str]
    box: Box


class _Piece(NamedTuple):
    """A part of a line, in one cell or outside all."""

    cell: Box | None
    line: Line


def page_parts(page: Any, glyphs: Glyphs) -> list[Line | Row]:
    """Return a page's lines in reading order, with the rows of its ruled tables in the place of the lines inside."""
    lines = list(glyphs.lines())
    if not _may_hold_a_table(page, lines, glyphs.runs):
        return list(lines)
    parts: list[Line | Row] = list(lines)
    for cells in _grids(page):
        parts = _placed(parts, cells, glyphs)
    return parts


def _may_hold_a_table(page: Any, lines: list[Line], runs: int) -> bool:
    """Return False where text accounts for all objects but a few, or for most and none of it stands beside other text.

    Asking each object for its kind takes far longer.
    """
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFPage_CountObjects(page)
    in_forms, spare = runs > count, count - runs
    return in_forms or spare >= _MANY or (spare >= _FEWEST and _beside(lines) > 1)


def _beside(lines: list[Line]) -> int:
    """Count where text stands beside text: with a blank between, or in a line no lower than the one before."""
    floors = [line.box[1] for line in lines if line.box]
    return sum(above - below < 1 for above, below in pairwise(floors)) + sum(line.gap > _GAP for line in lines)


def _grids(page: Any) -> list[list[Box]]:
    """Return the cells of each ruled table of a page, from its top."""
    paths = _Paths()
    paths.collect(page.raw)
    if paths.too_many or len(paths.found) < _FEWEST:
        return []
    edges = list(islice(_edges(paths.found), _EDGES + 1))
    ways = Counter(edge["orientation"] for edge in edges if edge["width"] + edge["height"] >= _SHORTEST)
    if len(edges) > _EDGES or min(ways["h"], ways["v"]) < _SIDES:
        return []
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

    merged = merge_edges(edges, 3, 3, 3, 3)
    merged = [edge for edge in merged if max(edge["width"], edge["height"]) >= _SHORTEST]
    ways = Counter(edge["orientation"] for edge in merged)
    crossings = edges_to_intersections(merged, 3, 3) if ways["h"] * ways["v"] <= _PAIRS else {}
    if len(crossings) > _CROSSINGS:
        return []
    tables = cells_to_tables(intersections_to_cells(crossings))
    return [[(left, -bottom, right, -top) for left, top, right, bottom in cells] for cells in tables]


class _Paths:
    """Collects the paths of a page with the matrices that place them; ``too_many`` says that it is a drawing."""

    def __init__(self) -> None:
        self.found: list[tuple[Any, _Matrix]] = []
        self._left = _OBJECTS

    @property
    def too_many(self) -> bool:
        return self._left < 0

    def collect(self, holder: Any, outer: _Matrix | None = None, depth: int = 0) -> None:
        """Collect the paths of a page, or of a form in it, whose matrix ``outer`` is."""
        import pypdfium2.raw as pdfium

        count = (pdfium.FPDFFormObj_CountObjects if outer else pdfium.FPDFPage_CountObjects)(holder)
        get = call("FPDFFormObj_GetObject" if outer else "FPDFPage_GetObject", Handle)
        kind, within = call("FPDFPageObj_GetType"), ctypes.byref(holder.contents)
        self._left -= count
        if self.too_many or not any(kind(get(within, index)) in _DRAWN for index in _sample(count)):
            return
        for index in range(count):
            handle = get(within, index)
            if (found := kind(handle)) in _DRAWN:
                thing = ctypes.cast(handle, pdfium.FPDF_PAGEOBJECT)
                matrix = _times(_matrix(thing), outer or _AS_IS)
                if found == _PATH:
                    self.found.append((thing, matrix))
                elif depth < _FORMS:
                    self.collect(thing, matrix, depth + 1)


def _sample(count: int) -> Iterator[int]:
    """Yield two places in seven: grids are drawn in runs of paths, and looking at each object takes thrice as long.

    Among four neighbours one is looked at, so that a run of four is never missed.
    """
    return chain.from_iterable(range(start, count, 7) for start in (0, 4)) if count > _MANY else iter(range(count))


def _edges(paths: list[tuple[Any, _Matrix]]) -> Iterator[dict[str, Any]]:
    """Yield the level and upright strokes as pdfplumber's edges; its vertical axis points down."""
    for path, matrix in paths:
        for (left, low), (right, high) in _strokes(path, matrix):
            level, upright = abs(low - high) < _STRAIGHT, abs(left - right) < _STRAIGHT
            if level == upright:
                continue
            x0, x1, top, bottom = min(left, right), max(left, right), -max(low, high), -min(low, high)
            if level:
                top = bottom = (top + bottom) / 2
            else:
                x0 = x1 = (x0 + x1) / 2
            edge = {"x0": x0, "x1": x1, "top": top, "bottom": bottom, "width": x1 - x0, "height": bottom - top}
            yield edge | {"orientation": "h" if level else "v", "object_type": "line"}


def _matrix(thing: Any) -> _Matrix:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(thing, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    k, l, m, n, o, p = outer  # noqa: E741 - a matrix
    return a * k + b * m, a * l + b * n, c * k + d * m, c * l + d * n, e * k + f * m + o, e * l + f * n + p


def _strokes(path: Any, matrix: _Matrix) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the straight strokes of a path, in page coordinates; a filled area counts by its outline."""
    import pypdfium2.raw as pdfium

    a, b, c, d, e, f = matrix
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for index in range(min(pdfium.FPDFPath_CountSegments(path), _EDGES)):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = a * x.value + c * y.value + e, b * x.value + d * y.value + f
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == _MOVE_TO:
            start = point
        elif kind == _LINE_TO:
            yield last, point
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield last, start


def _placed(parts: list[Line | Row], cells: list[Box], glyphs: Glyphs) -> list[Line | Row]:
    """Return the parts with a table's rows where its first line stood; unchanged where the grid holds no table."""
    table = enclosing(cells)
    assert table is not None
    out: list[Line | Row] = []
    place: int | None = None
    filled: dict[Box, list[str]] = {}
    for part in parts:
        if isinstance(part, Row) or part.box is None or not _meet(part.box, table):
            out.append(part)
            continue
        for cell, line in _pieces(part, cells, glyphs):
            if cell is None:
                out.append(line)
            else:
                place = len(out) if place is None else place
                filled.setdefault(cell, []).append(line.text)
    rows = list(_rows(cells, {cell: _joined(texts) for cell, texts in filled.items()}))
    if place is None or max((len(row.cells) for row in rows), default=0) < 2:  # noqa: PLR2004 - a table has columns
        return parts
    if any(len(cell) > _LAYOUT for row in rows for cell in row.cells):
        return parts
    return [*out[:place], *rows, *out[place:]]


def _rows(cells: list[Box], texts: dict[Box, str]) -> Iterator[Row]:
    """Yield the rows that hold text, from the top; a cell over several rows belongs to its uppermost."""
    tops: dict[float, list[Box]] = {}
    for cell in cells:
        tops.setdefault(cell[3], []).append(cell)
    for _, row in sorted(tops.items(), reverse=True):
        box = enclosing(row)
        filled = [texts[cell] for cell in sorted(row) if cell in texts]
        if filled and box:
            yield Row(filled, box)


def _joined(texts: Iterable[str]) -> str:
    """Join the lines of a cell; Chinese runs on without a blank."""
    out = ""
    for text in texts:
        out += ("" if not out or (is_han(out[-1]) and is_han(text[0])) else " ") + " ".join(text.split())
    return out


def _pieces(line: Line, cells: list[Box], glyphs: Glyphs) -> Iterator[_Piece]:
    """Cut a line where its words pass from one cell to another, or out of the table."""
    boxes = glyphs.boxes(line)
    words = [(start, end, _home(boxes[start:end], cells)) for start, end in _words(line.text, boxes, cells)]
    first = 0
    for place in range(1, len(words) + 1):
        if place == len(words) or words[place][2] != words[first][2]:
            start, end, cell = words[first][0], words[place - 1][1], words[first][2]
            box = enclosing([box for box in boxes[start:end] if box]) or line.box
            yield _Piece(cell, line._replace(text=line.text[start:end], box=box, at=line.at + start))
            first = place


def _words(text: str, boxes: list[Box | None], cells: list[Box]) -> Iterator[tuple[int, int]]:
    """Yield the spans of words, cut also where glyphs of one word stand apart in different cells."""
    start: int | None = None
    for place, character in enumerate(text):
        if character.isspace():
            if start is not None:
                yield start, place
            start = None
        elif start is None:
            start = place
        elif _parted(boxes[place - 1], boxes[place], cells):
            yield start, place
            start = place
    if start is not None:
        yield start, len(text)


def _parted(before: Box | None, after: Box | None, cells: list[Box]) -> bool:
    if before is None or after is None or after[0] - before[2] < _APART:
        return False
    return _home([before], cells) != _home([after], cells)


def _home(boxes: list[Box | None], cells: list[Box]) -> Box | None:
    """Return the cell that holds the middle of some glyphs."""
    around = enclosing([box for box in boxes if box])
    if around is None:
        return None
    x, y = (around[0] + around[2]) / 2, (around[1] + around[3]) / 2
    return next((cell for cell in cells if cell[0] <= x <= cell[2] and cell[1] <= y <= cell[3]), None)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
