"""Refusals and holds: the stable codes of what can be wrong with a source, and the problem each becomes."""

from typing import Final, NamedTuple

from toolkit.noun import Problem


class Refused(Exception):  # noqa: N818 - an outcome of one file, not an error of the program
    """A source that becomes no document. The rest of the batch goes on.

    Args:
        code: a key of ``CODES``.
        found: what was there, in English, without the document's text.
    """

    def __init__(self, code: str, found: str) -> None:
        super().__init__(code, found)
        self.code = code
        self.found = found


class Code(NamedTuple):
    """What was expected, and what to do."""

    expected: str
    hint: str


_REPACK: Final = "Open it in the program that made it, save a fresh copy and ingest that."
_ONE_BY_ONE: Final = "Check where the file comes from; print it to a fresh PDF if it is needed."

CODES: Final[dict[str, Code]] = {
    "DOC-TYPE": Code("a text, page, document, table, mail or archive by content", "Convert the file, or leave it out."),
    "DOC-EMPTY": Code("a file with text", "Leave the file out, or fetch it again."),
    "DOC-SIZE": Code("a file and a text within the limits", "Split the file into parts."),
    "DOC-PERM": Code("a readable file", "Grant read permission and ingest again."),
    "DOC-NOTFILE": Code(
        "a regular file inside the folder",
        "Leave devices, pipes and sockets out; name what a link leads to as a path of its own.",
    ),
    "DOC-CHANGED": Code("a file that stays as it is while it is read", "Ingest again when nothing writes to it."),
    "DOC-ENCODING": Code("one encoding that reads as text", "Save the file as UTF-8 and ingest again."),
    "DOC-BROKEN": Code("an undamaged file", "Fetch the file again, or repair it with the program that made it."),
    "DOC-ENCRYPTED": Code("a file without a password", "Remove the password in the program that made the file."),
    "DOC-DTD": Code("XML without a document type definition", _REPACK),
    "DOC-DEPTH": Code("markup nested at most 255 deep", _ONE_BY_ONE),
    "DOC-FIELDS": Code(
        "a field mapping for this file in toolkit.yaml", "Name the keys under documents: fields: in toolkit.yaml."
    ),
    "DOC-CELLS": Code("a spreadsheet of at most 5 million cells", "Split the file into parts."),
    "DOC-MEMORY": Code("a document that can be read in 1 GiB of memory", "Split the file into parts."),
    "DOC-TIMEOUT": Code("a document that can be read in two minutes", _ONE_BY_ONE),
    "DOC-NO-OFFICE": Code(
        "LibreOffice on this machine, or a newer format", "Install LibreOffice, or save the file as DOCX, XLSX or PPTX."
    ),
    "DOC-NEST": Code("archives nested at most two deep", "Unpack the inner archives and ingest their files."),
    "DOC-PATH": Code("archive members with plain relative names", _REPACK),
    "DOC-ZIP-RATIO": Code("members at most 256 MiB, at most 200 times their packed size, 1 GiB in all", _ONE_BY_ONE),
    "DOC-ZIP-LIED": Code("members as large as the archive declares", _REPACK),
    "DOC-ZIP-ENTRIES": Code("at most 10,000 members", _REPACK),
    "DOC-ZIP-OVERLAP": Code("members that do not share bytes", _REPACK),
    "DOC-ZIP-DUP": Code("each member once", _REPACK),
    "NEEDS-OCR": Code("a text layer", "Run OCR over the file and ingest the result."),
    "PAGES-NEED-OCR": Code("a text layer on every page", "Run OCR over the file and ingest the result."),
    "PAGES-UNREAD": Code("pages that can be read", "Fetch the file again; the document lacks these pages."),
    "LOW-QUALITY": Code("text that reads as text", "Fetch the document in another format, or run OCR over it."),
    "META-NO-ROW": Code("a row in the metadata file for each document", "Add a row with the file's path."),
    "META-NO-FILE": Code("a file for each row of the metadata file", "Mend the path, or remove the row."),
}

DEPENDS_ON_FIELDS: Final = frozenset({"DOC-FIELDS"})
"""Codes that another field mapping may mend."""
DEPENDS_ON_MACHINE: Final = frozenset({"DOC-NO-OFFICE", "DOC-TIMEOUT", "DOC-CHANGED"})
"""Codes that another try may mend: each ingest looks again."""
HELD: Final = frozenset({"NEEDS-OCR", "LOW-QUALITY"})
"""Codes of documents that are kept but yield no passages until they are mended."""


def problem(code: str, where: str, found: str, *, step: str = "ingest") -> Problem:
    """Return the problem row of a code."""
    expected, hint = CODES[code]
    return Problem(code=code, step=step, where=where, found=found, expected=expected, hint=hint)
