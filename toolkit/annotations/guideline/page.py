"""The guideline of a schema as one page with a version; a round keeps the page, and so does whoever reads its answers.

The version changes with any word that annotators read, hand-written or derived, and with nothing else: not with line
endings, and not with where the files lie.
"""

from typing import Final, NamedTuple

from toolkit.annotations.guideline.derived import guideline
from toolkit.catalog import KEPT, FoundSchema, guideline_file, read_guideline
from toolkit.errors import ToolkitError
from toolkit.noun import digest
from toolkit.workspace import Workspace

LENGTH: Final = 12
KEPT_PAGE: Final = "guideline.md"
"""The file in a round's folder that holds the page that is in force there."""


class Guideline(NamedTuple):
    """A page in Markdown, with line feeds, and 12 hex digits that tell it from any other."""

    text: str
    version: str


def guideline_of(found: FoundSchema, workspace: Workspace | None) -> Guideline:
    """Return the page of a schema as its files have it now, for a round's copy of a schema too.

    Raises:
        ToolkitError: ``GUIDELINE-BROKEN``.
    """
    try:
        file = guideline_file(found.reference, workspace)
    except ToolkitError:  # the round keeps its schema; the file that it was copied from may be gone
        file = None
    text = guideline(found.model, read_guideline(file) if file else None)
    return Guideline(text, version_of_page(text))


def version_of_page(text: str) -> str:
    r"""Return the version of a page.

    >>> version_of_page("# A\r\n\r\nB\r\n") == version_of_page("\ufeff# A\n\nB"), version_of_page("# A\n\nb")
    (True, '43f2125855c4')
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return digest(lines.rstrip("\n"))[:LENGTH]


def kept_page(found: FoundSchema) -> Guideline | None:
    """Return the page in force in the round whose copy a schema is; None for any other schema."""
    file = found.path.with_name(KEPT_PAGE)
    if found.path.name != KEPT or not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    return Guideline(text, version_of_page(text))
