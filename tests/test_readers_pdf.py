"""PDF: lines know their boxes, ruled tables become rows, scanned pages are told and can be filled, no text is lost."""

import io
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.documents.document import Block
from toolkit.documents.extraction import Read
from toolkit.documents.ocr import OcrLine, recognise_page, recognised, with_ocr
from toolkit.documents.readers.pdf import read_pdf
from toolkit.documents.readers.pdf_tables import _sample
from toolkit.documents.refusal import CODES, Refused

LETTER = "0 0 612 792"


def pdf(*contents: str, box: str = LETTER) -> bytes:
    """A PDF with one page for each content stream."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(len(contents)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(contents)}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for content in contents:
        here = len(objects) + 2
        leaf = f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents {here} 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        objects += [leaf, f"<</Length {len(content)}>>stream\n{content}\nendstream"]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj{body}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return f"{out}{end}trailer<</Root 1 0 R/Size {len(objects) + 1}>>\nstartxref\n{len(out)}\n%%EOF".encode()


def at(x: float, y: float, text: str) -> str:
    return f"BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n"


def grid(columns: list[float], rows: list[float]) -> str:
    """Ruling lines at these places."""
    levels = "".join(f"{columns[0]} {y} m {columns[-1]} {y} l S\n" for y in rows)
    return levels + "".join(f"{x} {rows[0]} m {x} {rows[-1]} l S\n" for x in columns)


def scan(*pages: "object") -> bytes:
    """A PDF whose pages are pictures."""
    stream = io.BytesIO()
    first, *others = pages
    first.save(stream, "PDF", resolution=150, save_all=True, append_images=others)  # type: ignore[attr-defined]
    return stream.getvalue()


def kinds(read: Read) -> list[tuple[str, str]]:
    return [(block.kind, read.page.text[block.start : block.end]) for block in read.page.blocks]


TABLE = (
    at(72, 720, "The fees are these.")
    + grid([72, 200, 300, 400], [700, 680, 650, 630])
    + at(76, 686, "Service")
    + at(204, 686, "Fee")
    + at(304, 686, "Due")
    + at(76, 668, "Support of")
    + at(76, 655, "the software")
    + at(204, 662, "USD 500")
    + at(304, 662, "monthly")
    + at(76, 636, "Training")
    + at(304, 636, "once")
    + at(72, 600, "They exclude taxes.")
)


def test_a_ruled_table_becomes_rows_in_their_place() -> None:
    read = read_pdf(pdf(TABLE))
    assert kinds(read) == [
        ("paragraph", "The fees are these."),
        ("table", "Service | Fee | Due"),
        ("table", "Support of the software | USD 500 | monthly"),
        ("table", "Training | once"),
        ("paragraph", "They exclude taxes."),
    ]
    boxes = [block.box for block in read.page.blocks if block.kind == "table"]
    assert boxes == [(72, 680, 400, 700), (72, 650, 400, 680), (72, 630, 400, 650)]
    assert {block.page for block in read.page.blocks} == {1}


@pytest.mark.parametrize(
    ("why", "content"),
    [
        (
            "a frame around a paragraph",
            grid([70, 400], [710, 690, 670]) + at(72, 695, "Note that") + at(72, 675, "this"),
        ),
        ("underlined words", "".join(at(72, y, "Term") + f"72 {y - 2} 30 0.7 re f\n" for y in range(100, 700, 20))),
        ("level rules alone", "".join(f"72 {y} m 400 {y} l S\n" for y in range(100, 700, 20)) + at(72, 705, "a b")),
        (
            "two columns of prose",
            grid([40, 300, 580], [760, 400, 30])
            + "".join(at(x, y, "word " * 12) for x in (45, 305) for y in range(740, 40, -10)),
        ),
    ],
)
def test_what_is_no_table_stays_text(why: str, content: str) -> None:
    assert "table" not in [kind for kind, _ in kinds(read_pdf(pdf(content)))], why


def test_a_word_across_a_border_stays_whole() -> None:
    content = grid([72, 120, 200, 300], [700, 680, 660]) + at(76, 686, "Unquestionably") + at(204, 686, "yes")
    read = read_pdf(pdf(content + at(76, 666, "no") + at(204, 666, "no")))
    assert kinds(read) == [("table", "Unquestionably | yes"), ("table", "no | no")]


@pytest.mark.parametrize("lines", [1, 10, 100])
def test_a_drawing_of_thousands_of_lines_costs_little_and_keeps_its_text(lines: int) -> None:
    places = [4.0 * place for place in range(2, 142)]
    text = at(10, 720, "Site plan") + at(300, 720, "A") + at(10, 700, "b") + at(300, 700, "c")
    started = time.process_time()
    assert "Site plan" in read_pdf(pdf(grid(places, places) * lines + text)).page.text
    assert time.process_time() - started < 5


@given(st.integers(0, 500), st.integers(0, 500))
def test_no_run_of_four_paths_is_passed_over(count: int, start: int) -> None:
    if start + 4 <= count:
        assert set(_sample(count)) & set(range(start, start + 4))


def letters(text: str) -> Counter[str]:
    return Counter(character for character in text if not character.isspace() and character != "|")


def layer(data: bytes) -> str:
    """The text layer as pdfium alone gives it."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    texts = [page.get_textpage().get_text_range() for page in document]
    return "".join(texts).replace("\ufffe", "-").replace("\x02", "-")


@pytest.mark.parametrize(
    "folder", ["finance/zh-pdf", "legal/zh-gov-pdf", "legal/us-gov-pdf", "legal/cuad/pdf", "medical/pdf"]
)
def test_no_letter_of_real_files_is_lost(shared_data: Path, folder: str) -> None:
    files = sorted((shared_data / folder).glob("*.pdf"))
    assert files
    for file in files:
        data = file.read_bytes()
        assert letters(read_pdf(data).page.text) == letters(layer(data)), file.name


def test_tables_of_a_real_report_keep_their_columns(shared_data: Path) -> None:
    read = read_pdf((shared_data / "finance/zh-pdf/issue-67-example.pdf").read_bytes())
    rows = [text for kind, text in kinds(read) if kind == "table"]
    assert "预付款项 | 2,436,695.05 | 1,878,311.93 | 29.73% | 子公司货款增加" in rows
    assert "报告期末普通股股东总数 | 79,053 | 报告期末表决权恢复的优先股股东总数（如有） | 0" in rows
    assert len(rows) > 200


@pytest.mark.parametrize(
    "file",
    [
        "finance/sec-pdf/BESTBUY_2023_8K_dated-2023-04-24.pdf",
        "finance/zh-pdf/issue-67-example.pdf",
        "legal/us-gov-pdf/federal-register-2020-17221.pdf",
        "medical/pdf/164947.pdf",
    ],
)
def test_boxes_enclose_the_glyphs_that_pdfplumber_sees(shared_data: Path, file: str) -> None:
    import pdfplumber

    data = (shared_data / file).read_bytes()
    blocks = read_pdf(data).page.blocks
    with pdfplumber.open(io.BytesIO(data)) as document:
        for page in document.pages[:5]:
            boxes = [block.box for block in blocks if block.page == page.page_number and block.box]
            # The ink of a full-width stop lies in a corner of its square.
            shown = [glyph for glyph in page.chars if glyph["text"] not in "。，、；：　" and glyph["upright"]]
            glyphs = [glyph for glyph in shown if not glyph["text"].isspace()]
            outside = [glyph for glyph in glyphs if not any(holds(box, glyph) for box in boxes)]
            assert len(outside) <= len(glyphs) * 0.002, (page.page_number, len(outside), len(glyphs))


def holds(box: tuple[float, ...], glyph: dict[str, float]) -> bool:
    x, y = (glyph["x0"] + glyph["x1"]) / 2, (glyph["y0"] + glyph["y1"]) / 2
    return box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1


def test_the_box_of_a_line_covers_its_tallest_and_its_last_glyph() -> None:
    content = "BT /F1 10 Tf 1 0 0 1 72 700 Tm (small ) Tj /F1 30 Tf (BIG) Tj /F1 10 Tf ( small again) Tj ET"
    (block,) = read_pdf(pdf(content)).page.blocks
    left, bottom, right, top = block.box or (0, 0, 0, 0)
    assert left <= 73
    assert bottom <= 700
    assert top >= 720
    assert right >= 195


def picture(text: str = "") -> "object":
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", (1240, 1754), "white")
    ImageDraw.Draw(sheet).text((100, 100), text, fill="black")
    return sheet


def test_scanned_pages_are_told_and_filled_with_what_was_recognised() -> None:
    pytest.importorskip("PIL")
    data = scan(picture(), picture())
    read = read_pdf(data)
    assert (read.page.text, read.meta) == ("", {"pages": 2, "pages_without_text": [1, 2]})
    lines = [OcrLine("SERVICE AGREEMENT", (72, 700, 200, 712), 0.99), OcrLine(" ", (72, 690, 73, 691), 0.9)]
    filled = with_ocr(data, {2: [*lines, OcrLine("It lasts a year.", (72, 650, 200, 662), 0.8)]})
    assert kinds(filled) == [("heading", "SERVICE AGREEMENT"), ("paragraph", "It lasts a year.")]
    assert filled.page.blocks[0] == Block(kind="heading", start=0, end=17, page=2, box=(72, 700, 200, 712))
    assert filled.meta["pages_without_text"] == [1]
    assert filled.meta["pages_recognised"] == [2]
    assert filled.meta["recognition_confidence"] == pytest.approx(0.897)


def test_a_page_with_a_text_layer_keeps_it_whatever_was_recognised() -> None:
    data = pdf(at(72, 700, "The text layer."))
    assert with_ocr(data, {1: [OcrLine("Something else", (0, 0, 1, 1), 1.0)]}).page.text == "The text layer.\n"


def test_recognised_pages_come_back_from_their_folder(tmp_path: Path) -> None:
    (tmp_path / "12.json").write_text('[["合同", [1.0, 2.0, 3.0, 4.0], 0.5]]', encoding="utf-8")
    assert recognised(tmp_path) == {12: [OcrLine("合同", (1.0, 2.0, 3.0, 4.0), 0.5)]}


CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


@pytest.mark.skipif(not find_spec("rapidocr_onnxruntime"), reason="the extra 'ocr' is not installed")
def test_a_chinese_and_english_scan_is_read() -> None:
    if not CJK.is_file():
        pytest.skip("no CJK font: apt-get install fonts-noto-cjk")
    from PIL import Image, ImageDraw, ImageFont

    sheet = Image.new("RGB", (1240, 1754), "white")
    pen = ImageDraw.Draw(sheet)
    shown = [
        "劳动合同书",
        "第一条　甲方应当按月支付乙方工资人民币八千元。",
        "This Agreement is governed by the laws of Singapore.",
    ]
    for place, text in enumerate(shown):
        pen.text((150, 200 + 120 * place), text, fill="black", font=ImageFont.truetype(str(CJK), 36))
    lines = recognise_page(scan(sheet), 1)
    assert [line.text.replace(" ", "") for line in lines[:2]] == ["劳动合同书", shown[1].replace("\u3000", "")]
    assert lines[2].text == shown[2]
    left, bottom, right, top = lines[0].box
    assert 65 < left < 75 < right < 180
    assert 842 - (200 + 60) * 0.48 < bottom < top < 842 - 200 * 0.48 + 5
    assert all(line.confidence > 0.8 for line in lines)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.4\nnothing", "DOC-BROKEN"),
        (pdf(), "DOC-BROKEN"),
        (pdf("x").replace(b"/Type/Page/Parent", b"/Type/Nothing   "), None),
        (pdf(at(72, 700, "huge"), box="0 0 1e9 1e9"), None),
        (pdf(at(72, 700, "none"), box="0 0 0 0"), None),
        (pdf(at(72, 700, "cut"))[:-40], None),
        (pdf("q " * 100_000 + at(72, 700, "deep")), None),
    ],
)
def test_damaged_files_give_text_or_a_code(data: bytes, code: str | None) -> None:
    outcome: str | None = None
    try:
        assert read_pdf(data).meta["pages"] == 1
    except Refused as refused:
        outcome = refused.code
    assert outcome is None or outcome in CODES
    assert code in {None, outcome}


def test_every_nasty_pdf_ends_as_text_or_a_code(shared_data: Path) -> None:
    outcomes = Counter[str]()
    for file in sorted((shared_data / "nasty/pdf").glob("*.pdf")):
        try:
            read_pdf(file.read_bytes())
            outcomes["read"] += 1
        except Refused as refused:
            outcomes[refused.code] += 1
    assert set(outcomes) <= {"read", "DOC-BROKEN", "DOC-ENCRYPTED"}
    assert outcomes["read"] > outcomes["DOC-BROKEN"]
