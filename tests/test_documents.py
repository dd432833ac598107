"""Readers give what a reader of the page would see, as text with blocks; what is hostile or damaged gets its code."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.documents.extraction import Extraction
from toolkit.documents.reading import Reader, extract
from toolkit.documents.refusal import CODES, Refused

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        extract(data)
    assert refused.value.code in CODES
    return refused.value.code


def kinds(extraction: Extraction) -> list[tuple[str, str]]:
    return [(block.kind, extraction.text[block.start : block.end]) for block in extraction.blocks]


def docx(body: str, parts: Mapping[str, str] | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr("word/document.xml", f"<w:document {WORD}><w:body>{body}</w:body></w:document>")
        for name, content in (parts or {}).items():
            package.writestr(name, content)
    return stream.getvalue()


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(content: str, pages: int = 1) -> bytes:
    """A PDF written by hand, one content stream on each page."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{' '.join(f'{5 + page} 0 R' for page in range(pages))}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
    ]
    leaf = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
    objects += [leaf] * pages
    out = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj{body}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return f"{out}{end}trailer<</Root 1 0 R/Size {len(objects) + 1}>>\nstartxref\n{len(out)}\n%%EOF".encode()


def lines(*texts: str, top: int = 700, pitch: int = 14) -> str:
    shown = " ".join(f"1 0 0 1 72 {top - pitch * place} Tm ({text}) Tj" for place, text in enumerate(texts))
    return f"BT /F1 11 Tf {shown} ET\n"


def test_text_stays_as_the_file_has_it_and_blocks_are_spans_of_it() -> None:
    text = "SUPPORT AGREEMENT\r\n\r\n1. Term. It lasts\r\ntwelve months.\r\n\r\n(a) once\r\n"
    extraction = extract(text.encode())
    assert extraction.text == text
    assert kinds(extraction) == [
        ("heading", "SUPPORT AGREEMENT"),
        ("paragraph", "1. Term. It lasts\r\ntwelve months."),
        ("list_item", "(a) once"),
    ]
    assert extraction.meta["title"] == "SUPPORT AGREEMENT"


def test_markdown_of_a_statute_keeps_its_signs_and_shows_its_headings() -> None:
    text = (
        "---\nsidebar: auto\n---\n\n# 国籍法\n\n1980年9月10日通过\n\n## 第一章　总则\n\n**第一条**　本法适用于国籍。\n"
    )
    extraction = extract(text.encode())
    assert extraction.text == text
    assert extraction.meta["format"] == "markdown"
    assert extraction.meta["title"] == "国籍法"
    assert [block.level for block in extraction.blocks if block.kind == "heading"] == [1, 2]
    assert kinds(extraction)[0] == ("paragraph", "---\nsidebar: auto\n---")


@given(st.text(alphabet="甲乙第一条 \n\r#*-aA.1\u2028\u3000\u00e9😀\x0c", min_size=1, max_size=200))
def test_blocks_of_any_text_cover_all_but_white_space(text: str) -> None:
    from toolkit.documents.readers.plain import read_plain

    covered = 0
    for block in read_plain(text):
        assert text[covered : block.start].strip("\ufeff \t\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u3000\xa0") == ""
        covered = block.end
    assert text[covered:].strip() == ""


def test_html_gives_headings_items_and_table_rows_and_no_scripts() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>t</title><style>p{}</style></head><body><h1>制裁法</h1>"
        "<p>第一条　为了  <b>维护</b>\n主权。<br>第二段</p><script>alert(1)</script><ul><li>one</li><li>two</li></ul>"
        "<table><tr><th>Rate</th><td>5 %</td></tr></table>tail</body></html>"
    )
    extraction = extract(page.encode("gb18030"))
    assert kinds(extraction) == [
        ("heading", "制裁法"),
        ("paragraph", "第一条　为了 维护 主权。\n第二段"),
        ("list_item", "one"),
        ("list_item", "two"),
        ("table", "Rate | 5 %"),
        ("paragraph", "tail"),
    ]
    assert extraction.meta["encoding"] == "gb18030"


def test_a_page_whose_charset_lies_is_read_by_its_bytes() -> None:
    page = f"<html><head><meta charset='iso-8859-1'></head><body><p>{'当事人应当履行义务。' * 5}</p></body></html>"
    assert "当事人应当履行义务" in extract(page.encode("gbk")).text


def test_docx_shows_headings_numbers_tables_and_footnotes_as_word_does() -> None:
    numbering = (
        f'<w:numbering {WORD}><w:abstractNum w:abstractNumId="0">'
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>'
        '</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    styles = f'<w:styles {WORD}><w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style></w:styles>'
    notes = f'<w:footnotes {WORD}><w:footnote w:id="2">{paragraph("See Annex.")}</w:footnote></w:footnotes>'

    def numbered(level: int, text: str) -> str:
        return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr>')

    body = (
        paragraph("Agreement", '<w:pStyle w:val="H1"/>')
        + numbered(0, "Term")
        + numbered(1, "It lasts")
        + numbered(1, "It ends")
        + numbered(0, "Fees")
        + numbered(1, "Due")
        + '<w:p><w:r><w:t>Paid</w:t><w:tab/><w:t>once</w:t><w:footnoteReference w:id="2"/></w:r>'
        + "<w:del><w:r><w:delText>never</w:delText></w:r></w:del><w:ins><w:r><w:t>!</w:t></w:r></w:ins></w:p>"
        + f"<w:tbl><w:tr><w:tc>{paragraph('Rate')}</w:tc><w:tc>{paragraph('5')}</w:tc></w:tr></w:tbl>"
    )
    parts = {"word/numbering.xml": numbering, "word/styles.xml": styles, "word/footnotes.xml": notes}
    extraction = extract(docx(body, parts))
    assert kinds(extraction) == [
        ("heading", "Agreement"),
        ("list_item", "1. Term"),
        ("list_item", "1.1 It lasts"),
        ("list_item", "1.2 It ends"),
        ("list_item", "2. Fees"),
        ("list_item", "2.1 Due"),
        ("paragraph", "Paid\tonce[1]!"),
        ("table", "Rate | 5"),
        ("footnote", "[1] See Annex."),
    ]


def test_pdf_blocks_know_their_page_and_their_place_on_it() -> None:
    content = lines("SUPPORT AGREEMENT") + lines("1. Term. It lasts as long as the", "parties agree.", top=640)
    extraction = extract(pdf(content, pages=2))
    assert extraction.text == "SUPPORT AGREEMENT\n1. Term. It lasts as long as the\nparties agree.\n" * 2
    assert [block.kind for block in extraction.blocks] == ["heading", "paragraph"] * 2
    assert [block.page for block in extraction.blocks] == [1, 1, 2, 2]
    left, bottom, right, top = extraction.blocks[1].box or (0, 0, 0, 0)
    assert 70 < left < 80
    assert 200 < right < 260
    assert 620 < bottom < 640 < top < 655


def test_a_box_is_that_of_its_own_line_however_many_stand_above() -> None:
    content = lines(*(f"line {number} of the text" for number in range(12))) + lines("last", top=300)
    *_, last = extract(pdf(content)).blocks
    left, bottom, right, top = last.box or (0, 0, 0, 0)
    assert (round(left), round(bottom)) in {(72, 300), (73, 300)}
    assert right - left < 25
    assert top - bottom < 12


def test_a_pdf_without_a_text_layer_is_kept_and_held() -> None:
    extraction = extract(pdf("0 0 100 100 re f"))
    assert extraction.text == ""
    assert extraction.meta["held"] == "NEEDS-OCR"


def test_the_kind_comes_from_the_content() -> None:
    assert extract(b"  \n<html><body>named .pdf</body></html>").meta["format"] == "html"
    assert extract(pdf(lines("named .txt"))).meta["format"] == "pdf"
    assert extract(docx(paragraph("named .pdf"))).meta["format"] == "docx"


def zipped(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return stream.getvalue()


def lying_docx() -> bytes:
    """A document part that inflates to more than the archive's directory declares."""
    data = bytearray(docx(paragraph("a" * 1000)))
    name = b"word/document.xml"
    entry = data.rfind(b"PK\x01\x02", 0, data.rfind(name))
    struct.pack_into("<L", data, entry + 24, 50)
    return bytes(data)


def doubled_member() -> bytes:
    data = docx(paragraph("a"), {"word/document.xm2": "<b/>"})
    return data.replace(b"word/document.xm2", b"word/document.xml")


def overlapping() -> bytes:
    data = bytearray(zipped({"a": b"a" * 100, "b": b"b" * 100}))
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, second + 42, 0)
    return bytes(data)


def flagged_encrypted() -> bytes:
    data = bytearray(zipped({"a": b"a"}))
    struct.pack_into("<H", data, data.rfind(b"PK\x01\x02") + 8, 1)
    return bytes(data)


def damaged(data: bytes) -> bytes:
    at = data.find(b"word/document.xml") + len("word/document.xml") + 5
    return data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + 8]) + data[at + 8 :]


DTD = '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "DOC-EMPTY"),
        (b" \r\n\t", "DOC-EMPTY"),
        (b"\xef\xbb\xbf", "DOC-EMPTY"),
        (docx(""), "DOC-EMPTY"),
        (b"\x89PNG\r\n\x1a\n123", "DOC-TYPE"),
        (zlib.compress(b"x" * 1000) * 50, "DOC-TYPE"),
        (b'{"a": 1}\n{"b": 2}\n', "DOC-FIELDS"),
        (b'<?xml version="1.0"?><a/>', "DOC-EMPTY"),
        (zipped({"__MACOSX/a.txt": b"a"}), "DOC-EMPTY"),
        (b"%PDF-1.4\nnothing", "DOC-BROKEN"),
        (b"PK\x03\x04nothing", "DOC-BROKEN"),
        (damaged(docx(paragraph("a" * 100))), "DOC-BROKEN"),
        (docx("<w:p>"), "DOC-BROKEN"),
        (b"[" * 100_000, "DOC-DEPTH"),
        (b"<html>" + b"<div>" * 5000 + b"x", "DOC-DEPTH"),
        (docx("<w:sdt>" * 400 + "</w:sdt>" * 400), "DOC-DEPTH"),
        (docx(paragraph("a"), {"word/evil.xml": DTD}), "DOC-DTD"),
        (docx(paragraph("a"), {"docProps/core.xml": DTD}), "DOC-DTD"),
        (docx(paragraph("a"), {"../../evil": "x"}), "DOC-PATH"),
        (docx(paragraph("a"), {"/etc/evil": "x"}), "DOC-PATH"),
        (docx(paragraph("a"), {"C:\\evil": "x"}), "DOC-PATH"),
        (zipped({"bomb": b"\0" * 30_000_000}), "DOC-ZIP-RATIO"),
        (zipped({str(n): b"" for n in range(10_001)}), "DOC-ZIP-ENTRIES"),
        (lying_docx(), "DOC-ZIP-LIED"),
        (overlapping(), "DOC-ZIP-OVERLAP"),
        (doubled_member(), "DOC-ZIP-DUP"),
        (flagged_encrypted(), "DOC-ENCRYPTED"),
        ("当事人".encode("gbk") * 20 + "当事人".encode() * 20, "DOC-ENCODING"),
        (b"word " * 2_100_000, "DOC-SIZE"),
    ],
)
def test_each_bad_input_gets_its_code(data: bytes, code: str) -> None:
    assert refusal(data) == code


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([docx(paragraph("body")), pdf(lines("body")), b"<html><p>body"]), st.data())
def test_damage_gives_a_document_or_a_code_and_nothing_else(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(st.binary(max_size=8))
    length = data.draw(st.integers(0, 8))
    parts = list(Reader().read(whole[:at] + piece + whole[at + length :]))  # what was a Word file may now be an archive
    assert parts
    assert all("the reader stopped" not in part.outcome.found for part in parts if isinstance(part.outcome, Refused))


@pytest.mark.parametrize(
    ("file", "outcome"),
    [
        ("nasty/own/billion-laughs.docx", "DOC-DTD"),
        ("nasty/own/xxe.docx", "DOC-DTD"),
        ("nasty/own/zipbomb-docx-500MB.docx", "DOC-ZIP-RATIO"),
        ("nasty/own/path-traversal.zip", "DOC-PATH"),
        ("nasty/own/deep-nest-100k.json", "DOC-DEPTH"),
        ("nasty/own/mixed-encodings.txt", "DOC-ENCODING"),
        ("nasty/own/only-bom.txt", "DOC-EMPTY"),
        ("nasty/own/single-line-60MB.txt.gz", "DOC-ZIP-RATIO"),
        ("nasty/office/tika-protectedFile.xlsx", "DOC-ENCRYPTED"),
        ("nasty/pdf/arturt-encrypted.pdf", "DOC-ENCRYPTED"),
        ("nasty/own/mojibake.txt", "LOW-QUALITY"),
        ("legal/court-docs/image-pdf.pdf", "NEEDS-OCR"),
    ],
)
def test_real_bad_files_get_their_codes(shared_data: Path, file: str, outcome: str) -> None:
    data = (shared_data / file).read_bytes()
    if outcome.startswith("DOC-"):
        assert refusal(data) == outcome
    else:
        assert extract(data).meta["held"] == outcome
