"""What cleaning leaves out stays on disk, and everything made from the clean view leads back to file, page and span."""

import pytest

from toolkit.documents import document, ingest, load_documents
from toolkit.passages import load_passages, segment
from toolkit.pipeline.trace import trace
from toolkit.workspace import Workspace

NAMES = "Licensee Licensor registers drawings samples invoices premises machines patents formulas notices accounts"
WORDS = f"{NAMES} reports orders vessels receipts warrants".split()


@pytest.fixture
def filed(workspace: Workspace) -> Workspace:
    """A filing in plain text: four pages of wrapped clauses with a running header and page numbers."""
    pages = []
    for page in range(1, 5):
        clauses = [
            f"{page}.{n} The {WORDS[n]} shall keep the {WORDS[page + n]} of the {WORDS[2 * n]} in good\n"
            f"order, and shall show {WORDS[page * 2 + n]} and {WORDS[n + 3]} to the {WORDS[page]} upon request.\n"
            for n in range(1, 9)
        ]
        pages.append(f"LICENSE AGREEMENT OF ACME CORPORATION\n\n{chr(10).join(clauses)}\n\n- {page} -\n")
    (workspace.root / "raw").mkdir(exist_ok=True)
    (workspace.root / "raw" / "filing.txt").write_text("\x0c".join(pages))
    ingest(workspace, paths=[workspace.root / "raw"])
    return workspace


def test_the_source_view_is_the_file_and_the_clean_one_has_no_furniture(filed: Workspace) -> None:
    (source,) = load_documents(filed)
    (clean,) = load_documents(filed, "clean")
    assert source.text == (filed.root / "raw" / "filing.txt").read_text()
    assert (clean.view, clean.id) == ("clean", source.id)
    assert clean.text.count("ACME CORPORATION") < source.text.count("ACME CORPORATION") == 4
    assert "- 2 -" not in clean.text
    assert "in good order, and shall" in clean.text
    assert document(filed, source.id, "clean") == clean


def test_passages_are_of_the_clean_view_and_lead_back_to_the_source(filed: Workspace) -> None:
    segment(filed)
    (source,) = load_documents(filed)
    (clean,) = load_documents(filed, "clean")
    passages = list(load_passages(filed))
    assert {passage.view for passage in passages} == {"clean"}
    for passage in passages:
        assert clean.text[passage.start : passage.end] == passage.text
        shown = trace(filed, passage.id).itself.facts["source_span"]
        start, end = map(int, shown.split(":"))
        assert source.text[start:end].split()[0] == passage.text.split()[0]
        assert source.text[start:end].split()[-1] == passage.text.split()[-1]


def test_passages_of_the_source_view_can_be_had(filed: Workspace) -> None:
    segment(filed, view="source")
    (source,) = load_documents(filed)
    for passage in load_passages(filed):
        assert (passage.view, source.text[passage.start : passage.end]) == ("source", passage.text)
