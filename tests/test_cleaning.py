"""The clean view reads as one text, and each of its characters leads back to the source view."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.documents.cleaning import Clean, cleaned
from toolkit.documents.document import Block, BlockKind
from toolkit.documents.extraction import Extraction, Page
from toolkit.documents.furniture import marked
from toolkit.documents.readers.plain import read_plain
from toolkit.documents.reading import extract

LONG = "The Licensee shall pay to the Licensor the fees that Schedule A names, and shall do so\n"


def document(*blocks: tuple[BlockKind, str] | tuple[BlockKind, str, int], format: str = "pdf") -> Extraction:
    out = Page()
    for kind, text, *page in blocks:
        out.add(kind, text, page=page[0] if page else None)
    return Extraction(text=out.text, blocks=tuple(out.blocks), meta={"format": format})


def clean(extraction: Extraction) -> Clean:
    """The clean view, with what always holds of one."""
    found = cleaned(extraction)
    assert found is not None
    Extraction(text=found.text, blocks=found.blocks, meta={})
    for place, source in enumerate(found.index_map.flat()):
        before = extraction.text[source]
        assert found.text[place] == before or (found.text[place] == " " and before in "\r\n\x0b\x0c\x85\u2028\u2029")
    return found


def only(text: str, kind: BlockKind = "paragraph", format: str = "pdf") -> str:
    """What becomes of the text of one block."""
    found = cleaned(document((kind, text), format=format))
    return found.text.removesuffix("\n") if found else text


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (LONG + "within thirty days.", LONG[:-1] + " within thirty days.", "a wrapped line"),
        (LONG.replace("\n", " \r\n   ") + "on time.", LONG[:-1] + " on time.", "its indent goes with the line end"),
        ("当事人应当按照约定全面履行自己的义务，并应当遵循诚信原则，根\n据合同的性质履行通知义务。", None, "Chinese"),
        ("甲方：某某有限公司\n乙方：某某有限公司\n住所：某某市", "", "short lines stay"),
        ("Acme Inc.\n12 Main Street\nSpringfield", "", "an address"),
        (LONG + "(b) deliver the goods.", "", "the next item of a list, the one before being full but for a stop"),
        (
            "Net sales for the year to June 2023 and 2022   14,544   14,694\nEBITDA 2,117 2,018",
            "",
            "figures in columns",
        ),
        (LONG + "• a bullet", "", "a bullet"),
        (LONG + "| a | b |", "", "a row of Markdown"),
    ],
)
def test_lines_are_joined_where_only_the_page_has_cut_them(text: str, expected: str | None, why: str) -> None:
    if text.startswith(LONG) and "(b)" in text:
        text = text.replace("do so\n", "do so;\n")
    assert only(text) == (text.replace("\n", "") if expected is None else expected or text), why


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("The agree-\nment binds. An agreement is made.", "The agreement binds. An agreement is made."),
        ("A non-\nexclusive right. It is non-exclusive.", "A non-exclusive right. It is non-exclusive."),
        ("A perform-\nance of duties.", "A performance of duties."),
        ("A well-\nknown fact.", "A well-known fact."),
        ("The COVID-\n19 rules.", "The COVID-19 rules."),
        ("The AGREE-\nMENT. An agreement.", "The AGREEMENT. An agreement."),
        ("The Anglo-\nAmerican Agreement.", "The Anglo-American Agreement."),
        ("The agree\u00ad\nment.", "The agreement."),
        ("The fees —\nall of them — are due.", "The fees — all of them — are due."),
        ("A state-of-the-\nart thing.", "A state-of-the-art thing."),
    ],
)
def test_hyphens_at_line_ends_go_only_where_the_word_has_none(words: str, expected: str) -> None:
    before, after = LONG[: 80 - words.index("\n")], f" {LONG}in due time."
    assert only(before + words + after) == (before + expected + after).replace("\n", " ")


@pytest.mark.parametrize("kind", ["heading", "table"])
def test_line_ends_of_headings_and_tables_stay(kind: BlockKind) -> None:
    assert only(LONG + "within thirty days.", kind) == LONG + "within thirty days."


@pytest.mark.parametrize("format", ["docx", "html", "csv"])
def test_line_ends_stay_where_they_were_meant(format: str) -> None:
    assert only(LONG + "within thirty days.", format=format) == LONG + "within thirty days."


def test_fenced_blocks_of_markdown_stay() -> None:
    text = f"# Title\n\n{LONG}within thirty days.\n\n```\n{LONG}within thirty days.\n\n{LONG}on time\n```\n"
    found = cleaned(Extraction(text=text, blocks=tuple(read_plain(text)), meta={"format": "markdown"}))
    assert found is not None
    assert found.text == text.replace("so\nwithin", "so within", 1)


def test_furniture_and_navigation_are_left_out() -> None:
    found = clean(
        document(
            ("navigation", "Home > Laws", 1),
            ("page_header", "Acme v. Roe", 1),
            ("paragraph", "It was so.", 1),
            ("page_number", "1", 1),
            ("page_header", "Acme v. Roe", 2),
            ("heading", "RULING", 2),
            ("paragraph", "It is so ordered.", 2),
            ("page_number", "2", 2),
        )
    )
    assert found.text == "It was so.\nRULING\nIt is so ordered.\n"
    assert [(block.kind, block.page) for block in found.blocks] == [("paragraph", 1), ("heading", 2), ("paragraph", 2)]
    assert [found.text[block.start : block.end] for block in found.blocks] == found.text.split("\n")[:3]


@pytest.mark.parametrize(
    ("end", "start", "expected"),
    [
        ("it shall pay the", "fees at once.", "it shall pay the fees at once."),
        ("it shall sign an agree-", "ment at once. That agreement binds.", "it shall sign an agreement at once."),
        ("all locations in excess of", "25 are counted.", "in excess of 25 are counted."),
        ("当事人应当按照约定全面履行自己的义务，并应当遵循诚信原则，根", "据合同的性质履行。", "根据合同的性质履行。"),
        ("it shall pay the fees.", "That is all.", "fees.\nThat is all."),
        ("it shall pay the following", "(a) fees, and", "following\n(a) fees, and"),
        ("当事人应当按照约定全面履行自己的义务，并应当遵循诚信原则", "第五条 据合同的性质。", "原则\n第五条"),
    ],
)
def test_a_paragraph_that_a_page_break_cut_in_two_is_one(end: str, start: str, expected: str) -> None:
    found = clean(
        document(("paragraph", end, 1), ("page_number", "1", 1), ("page_header", "Acme", 2), ("paragraph", start, 2))
    )
    assert expected in found.text
    assert len(found.blocks) == (2 if "\n" in expected else 1)
    assert found.blocks[0].page == 1


def test_paragraphs_of_one_page_stay_apart() -> None:
    end, start = ("paragraph", "it shall pay the", 1), ("paragraph", "fees at once.", 1)
    assert cleaned(document(end, start)) is None


def test_form_feeds_end_pages_too() -> None:
    words = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
    pages = [f"{word} {LONG}and {word} in the case of\n\n   Page {n}\n" for n, word in enumerate(words, start=1)]
    text = "\f".join(pages)
    found = cleaned(marked(Extraction(text=text, blocks=tuple(read_plain(text)), meta={"format": "text"})))
    assert found is not None
    assert "Page" not in found.text
    assert "in the case of beta The Licensee" in found.text
    assert len(found.blocks) == 1


def test_a_text_that_reads_well_has_no_clean_view() -> None:
    assert cleaned(document(("heading", "TITLE"), ("paragraph", "One line."))) is None
    assert cleaned(document(("page_number", "1"))) is None


PHRASES = (
    "fees|agree-|ment|agreement|义务，|根据合同|Acme|(a)|1.1|• x|e\u0301t|👨\u200d👩|𠮷野|END.|   |12 34 67|\u00ad|-|—"
)
WORDS = st.sampled_from([*PHRASES.split("|"), "a" * 60, "合" * 30])
LINES = st.lists(
    st.tuples(WORDS, WORDS, st.sampled_from(["\n", "\r\n", "\n\n", "\f", " \n\t", "\u2028", "\x85"])), max_size=25
)
KINDS = st.sampled_from(["paragraph", "list_item", "heading", "table", "page_header", "page_number", "navigation"])


@given(LINES, st.lists(KINDS, min_size=40, max_size=40), st.sampled_from(["pdf", "text", "docx"]), st.booleans())
def test_any_text_leads_back_to_its_source(
    lines: list[tuple[str, str, str]], kinds: list[BlockKind], format: str, paged: bool
) -> None:
    text = "".join(f"{one} {two}{end}" for one, two, end in lines)
    blocks: list[Block] = []
    for index, block in enumerate(read_plain(text)):
        page = index // 2 + 1 if paged else None
        blocks.append(block.model_copy(update={"kind": kinds[index % 40], "page": page}))
    extraction = Extraction(text=text, blocks=tuple(blocks), meta={"format": format})
    found = cleaned(extraction)
    if found is None:
        return
    clean(extraction)
    left = [block for block in blocks if block.kind not in {"page_header", "page_number", "navigation"}]
    for block in left:
        place = found.index_map.derived_span(block.start, block.end)
        assert place is not None
        words = "".join(text[block.start : block.end].split()).replace("-", "").replace("\u00ad", "")
        kept = "".join(found.text[slice(*place)].split()).replace("-", "").replace("\u00ad", "")
        assert kept == words
    assert sum(block.end - block.start for block in found.blocks) <= len(found.text)


def test_ten_million_characters_take_seconds() -> None:
    paragraph = LONG * 12 + "and shall do so within thirty days of the date of the agree-\nment.\n\n"
    text = paragraph * (10_000_000 // len(paragraph))
    starts = range(0, len(text), len(paragraph))
    blocks = tuple(Block(kind="paragraph", start=start, end=start + len(paragraph) - 2) for start in starts)
    begun = time.perf_counter()
    found = cleaned(Extraction(text=text, blocks=blocks, meta={"format": "text"}))
    assert time.perf_counter() - begun < 30
    assert found is not None
    assert "agreement" in found.text


def test_a_real_ruling_reads_as_one_text(shared_data: Path) -> None:
    found = clean(marked(extract((shared_data / "legal/court-docs/ca1_00117684624.pdf").read_bytes())))
    assert "a temporary restraining order or, in the alternative, a preliminary injunction." in found.text
    assert "identified as a major vector of transmission" in found.text
    assert "Page: 4" not in found.text
