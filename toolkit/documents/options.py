"""What a project may tell the readers, and which of it a document's identity depends on."""

from collections.abc import Iterable
from typing import Any, Final, Literal

from toolkit.noun import Noun
from toolkit.workspace.patterns import matches
from toolkit.workspace.settings import FieldMapping

Tables = Literal["sheet", "row"]
Use = Literal["tables", "fields", "mappings", "ocr", "machine"]
"""What a reader asked for: an option, or what happens to be installed here (then a rerun asks again).

``fields`` is the mapping for one name, ``mappings`` all of them: a container's members have names of their own.
"""


class Options(Noun):
    """What readers may be told.

    Attributes:
        tables: ``sheet``: a CSV file or a sheet is one document; ``row``: each of its rows is one.
        ocr: pages without a text layer are read by a recogniser.
        fields: how the rows of JSON, JSON Lines and tables become text and metadata; the first that matches counts.
    """

    tables: Tables = "sheet"
    ocr: bool = False
    fields: tuple[FieldMapping, ...] = ()

    def mapping(self, name: str) -> FieldMapping | None:
        """Return the field mapping for a file or archive member of this name."""
        return next((mapping for mapping in self.fields if matches(mapping.match, name) is not None), None)

    def used(self, uses: Iterable[Use], name: str) -> dict[str, Any]:
        """Return the values of the options that a reader asked for: what a document depends on beside its bytes."""
        mapping = self.mapping(name)
        values: dict[str, Any] = {
            "tables": self.tables,
            "fields": mapping.model_dump(mode="json") if mapping else None,
            "mappings": [mapping.model_dump(mode="json") for mapping in self.fields],
            "ocr": self.ocr,
            "machine": True,
        }
        return {use: values[use] for use in sorted(set(uses))}


PLAIN: Final = Options()
"""Nothing said."""
