"""Headers, footers and page numbers are told from content by how they repeat across pages; the text stays."""

from collections import Counter
from pathlib import Path

import pytest

from toolkit.documents.document import BlockKind
from toolkit.documents.extraction import Extraction, Page
from toolkit.documents.furniture import marked
from toolkit.documents.readers.plain import read_plain
from toolkit.documents.reading import extract

FURNITURE = ("page_header", "page_footer", "page_number")
BODY = (
    "{word}: the Licensee shall pay the fees of quarter {page} within thirty days\n"
    "of receipt of an invoice. {word} fees are\nthose which Schedule {page} names.\n"
    "They do not include the {word} tax. A delay\nof more than {page} weeks bears {word}\ninterest under {word}."
)
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")


def paged(top: str, bottom: str, pages: int = 6, *, kind: BlockKind = "paragraph", first: int = 1) -> Extraction:
    """A PDF of some pages with a line above and a line below the text; ``{page}`` is the page's number."""
    out = Page()
    for page in range(1, pages + 1):
        number = page + first - 1
        if top:
            out.add(kind, top.format(page=number, word=WORDS[page - 1]), page=page, box=(70, 780, 300, 790))
        body = BODY.format(page=number, word=WORDS[page - 1])
        out.add("paragraph", body, page=page, box=(70, 100 + 20 * page, 500, 700 + page))
        if bottom:
            out.add(kind, bottom.format(page=number, word=WORDS[page - 1]), page=page, box=(290, 40, 310, 50))
    return Extraction(text=out.text, blocks=tuple(out.blocks), meta={})


def furniture(extraction: Extraction) -> list[tuple[BlockKind, str]]:
    found = marked(extraction)
    assert found.text == extraction.text
    Extraction.model_validate(found.model_dump())
    covered, kept = (
        "\n".join(one.text[block.start : block.end] for block in one.blocks).split() for one in (extraction, found)
    )
    assert covered == kept, "marking loses no word"
    return [(block.kind, found.text[block.start : block.end]) for block in found.blocks if block.kind in FURNITURE]


@pytest.mark.parametrize(
    ("top", "bottom", "kind", "example"),
    [
        ("Confidential – Draft of 3 May 2024", "", "page_header", "Confidential – Draft of 3 May 2024"),
        ("", "{page}", "page_number", "1"),
        ("", "- {page} -", "page_number", "- 1 -"),
        ("", "Page {page} of 6", "page_number", "Page 1 of 6"),
        ("", "第 {page} 页 共 6 页", "page_number", "第 1 页 共 6 页"),
        ("", "{page}/6", "page_number", "1/6"),
        ("", "F-{page}", "page_number", "F-1"),
        ("", "{page} | P a g e", "page_number", "1 | P a g e"),
        (
            "Case: 20-1507 Document: 17 Page: {page} Filed: 12/22",
            "",
            "page_header",
            "Case: 20-1507 Document: 17 Page: 1 Filed: 12/22",
        ),
        ("", "Acme Inc. | Form 10-Q | {page}", "page_footer", "Acme Inc. | Form 10-Q | 1"),
        ("某某股份有限公司 2018 年第一季度报告全文", "", "page_header", "某某股份有限公司 2018 年第一季度报告全文"),
    ],
)
def test_what_repeats_at_the_edge_of_each_page_is_furniture(
    top: str, bottom: str, kind: BlockKind, example: str
) -> None:
    found = furniture(paged(top, bottom))
    assert found[0] == (kind, example)
    assert [name for name, _ in found] == [kind] * 6


@pytest.mark.parametrize(
    ("top", "why"),
    [
        ("{word} {page}", "another text on each page"),
        ("{page}. Payment", "a clause's number in step with the pages"),
        ("({page}) Payment", "the same in brackets"),
        ("Section {page}", "a section that begins with each page"),
        ("Schedule {page}", "a schedule on each page"),
        ("第{page}条 付款", "a clause on each page"),
        ("{word}", "one word, another one on each page"),
    ],
)
def test_clauses_that_begin_with_each_page_are_content(top: str, why: str) -> None:
    assert furniture(paged(top, "")) == [], why


def test_a_clause_that_comes_back_somewhere_else_is_content() -> None:
    out = Page()
    for page in range(1, 13):
        out.add(
            "paragraph", BODY.format(page=page, word=WORDS[page % 8]), page=page, box=(70, 400, 500, 600 + 9 * page)
        )
        if page % 3 == 0:
            out.add("paragraph", "Time is of the essence.", page=page, box=(70, 300 - 9 * page, 200, 309 - 9 * page))
    assert furniture(Extraction(text=out.text, blocks=tuple(out.blocks), meta={})) == []


def test_numbers_that_do_not_count_the_pages_are_content() -> None:
    out = Page()
    for page, number in enumerate((7, 31, 2, 118, 5, 64), start=1):
        out.add("paragraph", BODY.format(page=page, word="alpha"), page=page, box=(70, 100, 500, 700))
        out.add("paragraph", str(number), page=page, box=(290, 40, 310, 50))
    assert furniture(Extraction(text=out.text, blocks=tuple(out.blocks), meta={})) == []


def test_a_document_of_two_pages_is_left_alone_unless_its_pages_say_so() -> None:
    assert furniture(paged("Confidential", "- {page} -", pages=2)) == []
    assert [name for name, _ in furniture(paged("", "Page {page} of 2", pages=2))] == ["page_number"] * 2


def test_left_and_right_pages_have_headers_of_their_own() -> None:
    left, right = paged("Acme v. Roe", "", pages=8), paged("Opinion of the Court", "", pages=8)
    out = Page()
    for one, other in zip(left.blocks, right.blocks, strict=True):
        document, block = (left, one) if (one.page or 0) % 2 else (right, other)
        out.add(block.kind, document.text[block.start : block.end], page=block.page, box=block.box)
    found = Counter(furniture(Extraction(text=out.text, blocks=tuple(out.blocks), meta={})))
    assert found == {("page_header", "Acme v. Roe"): 4, ("page_header", "Opinion of the Court"): 4}


def test_a_header_misread_on_one_page_is_still_one() -> None:
    document = paged("Tender Offer Statement on Schedule TO", "")
    text = document.text.replace("Schedule TO", "Schedu1e TO", 3).replace("Schedu1e TO", "Schedule TO", 2)
    found = furniture(document.model_copy(update={"text": text}))
    assert len(found) == 6
    assert ("page_header", "Tender Offer Statement on Schedu1e TO") in found


def test_a_block_is_cut_where_only_its_last_line_is_furniture() -> None:
    out = Page()
    for page in range(1, 6):
        body = BODY.format(page=page, word=WORDS[page])
        out.add("paragraph", f"{body}\n- {page} -", page=page, box=(70, 40, 500, 110))
    found = marked(Extraction(text=out.text, blocks=tuple(out.blocks), meta={}))
    assert [block.kind for block in found.blocks] == ["paragraph", "page_number"] * 5
    assert [block.box for block in found.blocks][:2] == [(70, 50, 500, 110), (70, 40, 500, 50)]
    assert found.text[found.blocks[1].start : found.blocks[1].end] == "- 1 -"


def test_a_header_and_a_number_that_a_reader_took_for_one_block_are_two() -> None:
    out = Page()
    for page in range(1, 7):
        out.add("paragraph", f"Annual report of Acme\n{page}", page=page, box=(70, 40, 300, 790))
        out.add("table", f"Revenue | {WORDS[page]}", page=page, box=(70, 100, 500, 700))
    found = marked(Extraction(text=out.text, blocks=tuple(out.blocks), meta={}))
    assert [block.kind for block in found.blocks] == ["page_header", "page_number", "table"] * 6
    assert [block.box for block in found.blocks[:2]] == [(70, 780, 300, 790), (70, 40, 300, 50)]


def test_a_line_that_is_all_that_the_pages_say_is_content() -> None:
    out = Page()
    for page in range(1, 7):
        out.add("heading", "Background", page=page, box=(70, 780, 300, 790))
        out.add("heading", f"Potato {page}", page=page, box=(70, 740, 300, 750))
        out.add("paragraph", str(page), page=page, box=(290, 40, 310, 50))
    found = furniture(Extraction(text=out.text, blocks=tuple(out.blocks), meta={}))
    assert [kind for kind, _ in found] == ["page_number"] * 6


def test_rows_of_a_table_stay_a_table() -> None:
    assert furniture(paged("Item Amount Due", "", kind="table")) == []


def test_plain_text_paged_with_form_feeds_has_furniture() -> None:
    pages = [f"CONFIDENTIAL DRAFT\n\n{BODY.format(page=n, word=WORDS[n])}\n\n   Page {n}\n" for n in range(1, 6)]
    text = "\f".join(pages)
    found = furniture(Extraction(text=text, blocks=tuple(read_plain(text)), meta={}))
    assert Counter(kind for kind, _ in found) == {"page_header": 5, "page_number": 5}
    whole = text.replace("\f", "\n")
    assert furniture(Extraction(text=whole, blocks=tuple(read_plain(whole)), meta={})) == []


def test_filings_in_plain_text_end_their_pages_with_a_tag() -> None:
    pages = [f"{BODY.format(page=n, word=WORDS[n])}\n\n   - {n} -\nEXECUTION COPY\n  <PAGE>" for n in range(1, 6)]
    text = "\n".join(pages)
    found = Counter(furniture(Extraction(text=text, blocks=tuple(read_plain(text)), meta={})))
    assert found["page_footer", "EXECUTION COPY\n  <PAGE>"] == 5
    assert [name for _, name in found if "- " in name] == [f"- {n} -" for n in range(1, 6)]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("finance/zh-pdf/issue-67-example.pdf", {"page_header": 22, "page_number": 22}),
        ("finance/sec-pdf/AMCOR_2023Q4_EARNINGS.pdf", {"page_number": 14}),
        ("finance/sec-pdf/APPLE_2023Q3_10Q.pdf", {"page_footer": 23}),
        ("finance/sec-pdf/ULTABEAUTY_2024Q2_EARNINGS.pdf", {}),
        ("legal/us-gov-pdf/WARN-Report-for-7-1-2015-to-03-25-2016.pdf", {}),
        ("legal/zh-gov-pdf/issue-336-example.pdf", {}),
    ],
)
def test_real_pages(shared_data: Path, file: str, expected: dict[str, int]) -> None:
    found = Counter(kind for kind, _ in furniture(extract((shared_data / file).read_bytes())))
    assert found == expected
