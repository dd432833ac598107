import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from toolkit.documents.extraction import Extraction
from toolkit.documents.readers.rtf import read_rtf
from toolkit.documents.reading import extract
from toolkit.documents.refusal import Refused

TYPES = '<Types><Override PartName="/{part}" ContentType="application/x.{kind}"/></Types>'
RELATION = '<Relationship Id="r{number}" Type="http://x/{kind}" Target="{target}"/>'
P, A, R = 'xmlns:p="urn:p"', 'xmlns:a="urn:a"', 'xmlns:r="urn:r"'


def packed(parts: Mapping[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def relations(*related: tuple[str, str]) -> str:
    rows = [RELATION.format(number=number, kind=kind, target=target) for number, (kind, target) in enumerate(related)]
    return f"<Relationships>{''.join(rows)}</Relationships>"


def presentation(slides: list[str], parts: Mapping[str, str] | None = None, order: str = "") -> bytes:
    listed = order or "".join(f'<p:sldId id="{256 + at}" r:id="r{at}"/>' for at in range(len(slides)))
    main = f"<p:presentation {P} {R}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>"
    content = {
        "[Content_Types].xml": TYPES.format(part="ppt/presentation.xml", kind="presentationml.presentation.main+xml"),
        "ppt/presentation.xml": main,
        "ppt/_rels/presentation.xml.rels": relations(
            *(("slide", f"slides/slide{at}.xml") for at in range(len(slides))),
        ),
    }
    for at, shapes in enumerate(slides):
        content[f"ppt/slides/slide{at}.xml"] = slide(shapes)
    return packed(content | dict(parts or {}))


def slide(shapes: str, show: str = "1") -> str:
    return f'<p:sld {P} {A} {R} show="{show}"><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>'


def shape(*paragraphs: str, role: str = "") -> str:
    place = f'<p:nvPr><p:ph type="{role}"/></p:nvPr>' if role else ""
    return f"<p:sp><p:nvSpPr>{place}</p:nvSpPr><p:txBody>{''.join(paragraphs)}</p:txBody></p:sp>"


def paragraph(text: str, properties: str = "") -> str:
    return f"<a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p>"


def kinds(found: Extraction) -> list[tuple[str, int | None, str]]:
    return [(block.kind, block.page, found.text[block.start : block.end]) for block in found.blocks]


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        extract(data)
    return refused.value.code


TABLE = """<p:graphicFrame><a:graphic><a:graphicData><a:tbl>
<a:tr><a:tc><a:txBody><a:p><a:r><a:t>Fee</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody/></a:tc>
<a:tc><a:txBody><a:p><a:r><a:t>USD</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></a:graphicData></a:graphic>
</p:graphicFrame>"""


def test_slides_come_in_the_order_of_the_show_with_titles_tables_and_notes() -> None:
    numbered = '<a:pPr><a:buAutoNum type="{0}"/></a:pPr>'
    first = (
        shape(paragraph("one"), paragraph("two", '<a:pPr lvl="1"/>'), role="body")
        + "<p:grpSp>" + shape(paragraph("in a group")) + "</p:grpSp>"
        + shape(paragraph("第一季度"), role="ctrTitle") + TABLE + shape(paragraph("7"), role="sldNum")
    )  # fmt: skip
    second = shape(
        paragraph("a", numbered.format("arabicPeriod")),
        paragraph("b", numbered.format("arabicPeriod")),
        paragraph("c", numbered.format("alphaLcParenBoth")),
    )
    notes = slide(shape(paragraph("say this"), role="body") + shape(paragraph("7"), role="sldNum"))
    data = presentation(
        [second, first],
        {
            "ppt/slides/_rels/slide1.xml.rels": relations(("notesSlide", "../notesSlides/notes1.xml")),
            "ppt/notesSlides/notes1.xml": notes,
        },
        '<p:sldId id="256" r:id="r1"/><p:sldId id="257" r:id="r0"/>',
    )
    found = extract(data)
    assert kinds(found) == [
        ("heading", 1, "第一季度"),
        ("paragraph", 1, "one"),
        ("list_item", 1, "two"),
        ("paragraph", 1, "in a group"),
        ("table", 1, "Fee |  | USD"),
        ("page_number", 1, "7"),
        ("footnote", 1, "say this"),
        ("list_item", 2, "1. a"),
        ("list_item", 2, "2. b"),
        ("list_item", 2, "(c) c"),
    ]
    assert (found.meta["pages"], found.meta["title"]) == (2, "第一季度")


def test_charts_diagrams_and_hidden_slides_are_read_and_a_drawings_old_copy_is_not() -> None:
    frame = '<p:graphicFrame><c:chart xmlns:c="urn:c" r:id="r0"/></p:graphicFrame>'
    smart = '<p:graphicFrame><d:relIds xmlns:d="urn:d" r:dm="r1"/></p:graphicFrame>'
    both = (
        f'<m:AlternateContent xmlns:m="urn:m"><m:Choice>{shape(paragraph("new"))}</m:Choice>'
        f"<m:Fallback>{shape(paragraph('new'))}</m:Fallback></m:AlternateContent>"
    )
    chart = (
        f'<c:chart xmlns:c="urn:c" {A}><c:title><c:tx>{paragraph("Sales")}</c:tx></c:title><c:ser><c:tx><c:v>2024</c:v>'
        "</c:tx><c:cat><c:v>Q1</c:v><c:v>Q2</c:v></c:cat><c:val><c:v>3</c:v><c:v>4</c:v></c:val></c:ser></c:chart>"
    )
    points = f'<d:dataModel xmlns:d="urn:d" {A}><d:pt><d:t>{paragraph("step")}</d:t></d:pt></d:dataModel>'
    data = presentation(
        [""],
        {
            "ppt/slides/slide0.xml": slide(frame + smart + both, show="0"),
            "ppt/slides/_rels/slide0.xml.rels": relations(("chart", "../c.xml"), ("diagramData", "../d.xml")),
            "ppt/c.xml": chart,
            "ppt/d.xml": points,
        },
    )
    found = extract(data)
    assert [text for _, _, text in kinds(found)] == ["Sales", "2024 | Q1 Q2 | 3 4", "step", "new"]
    assert found.meta["hidden_slides"] == 1


def test_hostile_presentations_get_their_codes() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "b">]>'
    deep = "<p:grpSp>" * 300 + "</p:grpSp>" * 300
    assert refusal(presentation([bomb])) == "DOC-DTD"
    assert refusal(presentation([""], {"ppt/other.xml": bomb + "<a/>"})) == "DOC-DTD"
    assert refusal(presentation([deep])) == "DOC-DEPTH"
    assert refusal(presentation([""])) == "DOC-EMPTY"
    assert refusal(presentation([shape(paragraph("x")) + "<"])) == "DOC-BROKEN"
    outside = relations(("slide", "../../../../etc/passwd"))
    assert refusal(presentation([""], {"ppt/_rels/presentation.xml.rels": outside})) == "DOC-EMPTY"


def rtf(body: str, head: str = r"\ansi\ansicpg936\deff0") -> bytes:
    fonts = r"{\fonttbl{\f0\fnil\fcharset134 SimSun;}{\f1\fcharset0 Arial;}{\f2\fcharset2 Symbol;}}"
    return rf"{{\rtf1{head}{fonts}{body}}}".encode("latin-1")


def escaped(text: str, encoding: str = "gbk") -> str:
    """As Word does it: bytes beyond ASCII in hexadecimal, the others as they are."""
    plain = {*range(0x40, 0x7F)} - {*b"\\{}"}
    return "".join(chr(byte) if byte in plain else f"\\'{byte:02x}" for byte in text.encode(encoding))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (escaped("本合同"), "本合同"),
        (escaped("丂亅乗"), "丂亅乗"),  # their second bytes are ASCII
        ("\\'b1\r\n\\'be", "本"),
        (r"\uc2\u26412\'b1\'be\u21512\'ba\'cf", "本合"),
        (r"\uc0\u26412\u21512", "本合"),
        (r"\u26412?{\u21512?}\u21516 ?x", "本合同x"),
        (r"\u-10179?\u-8692?", "\U0001f60c"),
        (r"\u8212\'97 a", "— a"),
        (r"\f1 caf\'e9", "café"),
        (r"a\~b\_c\-d\emdash e\tab f\{g\}", "a\xa0b\u2011cd—e\tf{g}"),
        (r"{\*\unknown lost}{\upr{ansi}{\*\ud{shown}}}{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}", "shownlink"),
        (r"{\pict\bin5 {{{{{}after", "after"),
        (r"{\v hidden}shown{\deleted gone}\v0 {\revised new}", "shownnew"),
    ],
)
def test_rtf_text_is_what_word_shows(body: str, text: str) -> None:
    assert extract(rtf(body)).text == f"{text}\n"


def test_a_fonts_character_set_says_how_its_bytes_are_read() -> None:
    assert extract(rtf(r"\f0 \'b1\'be\f1\'b1", r"\ansi\ansicpg1252\deff1")).text == "本±\n"


def test_rtf_shows_headings_numbers_tables_and_footnotes_as_word_does() -> None:
    found = extract(
        rtf(
            r"{\stylesheet{\s1\outlinelevel0 heading 1;}{\s2 heading 2;}}{\info{\title A \u26412?}{\author X}}"
            r"{\header page head}\pard\s1 One\par\pard\s2 Two\par"
            r"\pard{\listtext 1.\tab}\ls1 item{\footnote {\super\chftn}note\par more}\par{\listtext\f2\'b7\tab}dot\par"
            r"\pard plain\par\trowd\pard\intbl a\par b\cell\cell c\cell\row\trowd\pard\intbl alone\cell\row"
            r"\pard\intbl x\cell\pard\itap2 y\nestcell z\nestcell{\*\nesttableprops\nestrow}\pard\intbl\cell\row"
            r"\pard{\*\annotation why}\deleted was\deleted0 end"
        )
    )
    shown = [(block.kind, block.level, found.text[block.start : block.end]) for block in found.blocks]
    assert shown == [
        ("heading", 1, "One"),
        ("heading", 2, "Two"),
        ("list_item", None, "1. item[1]"),
        ("list_item", None, "dot"),
        ("paragraph", None, "plain"),
        ("table", None, "a b |  | c"),
        ("paragraph", None, "alone"),
        ("table", None, "x | y | z"),
        ("paragraph", None, "end"),
        ("footnote", None, "[1] note\nmore"),
    ]
    assert {key: found.meta.get(key) for key in ("title", "comments", "tracked_changes")} == {
        "title": "A 本",
        "comments": 1,
        "tracked_changes": 1,
    }


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (rtf("{" * 300 + "x" + "}" * 300), "DOC-DEPTH"),
        (b"{\\rtf1" + b"{" * 1_000_000, "DOC-DEPTH"),
        (rtf("text")[:-1], "DOC-BROKEN"),
        (rtf(r"\bin99999999999 x"), "DOC-BROKEN"),
        (rtf(r"\bin9999999 x"), "DOC-BROKEN"),
        (rtf(""), "DOC-EMPTY"),
        (rtf("{\\*\\x " + "y" * 100 + "}"), "DOC-EMPTY"),
    ],
)
def test_hostile_rtf_gets_its_code(data: bytes, code: str) -> None:
    assert refusal(data) == code


@given(
    st.text(
        st.characters(codec="gb18030", exclude_characters="\r\n\v\f", exclude_categories=["Cc", "Cs", "Co", "Zl", "Zp"])
    )
)
def test_any_chinese_text_comes_back_from_rtf(text: str) -> None:
    text = f"a{text}b"
    coded = "".join(f"\\'{byte:02x}" for byte in text.encode("gb18030"))
    units = text.encode("utf-16-le")
    unicode = "".join(
        f"\\u{int.from_bytes(units[at : at + 2], 'little', signed=True)}?" for at in range(0, len(units), 2)
    )
    for body in (coded, unicode):
        assert read_rtf(rtf(body)).page.text == text + "\n"


@given(st.binary(max_size=60), st.integers(0, 200))
def test_damaged_rtf_gives_a_document_or_a_code(noise: bytes, at: int) -> None:
    whole = rtf(r"\pard\intbl a\cell\row{\footnote x}\u26412?{\listtext 1}\par")
    with suppress(Refused):
        read_rtf(whole[:at] + noise + whole[at:])


W = 'xmlns:w="urn:w"'


def document(body: str, numbering: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    content = {
        "[Content_Types].xml": TYPES.format(part="word/document.xml", kind="wordprocessingml.document.main+xml"),
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/numbering.xml": f"<w:numbering {W}>{numbering}</w:numbering>",
    }
    return packed(content | dict(parts or {}))


def line(text: str, list_id: int | None = None, depth: int = 0, properties: str = "") -> str:
    number = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>' if list_id is not None else ""
    return f"<w:p><w:pPr>{properties}{number}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def level(depth: int, pattern: str, form: str = "decimal", more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{pattern}"/>'
        f"{more}</w:lvl>"
    )


def numbered(list_id: int, abstract: int, override: str = "") -> str:
    return f'<w:num w:numId="{list_id}"><w:abstractNumId w:val="{abstract}"/>{override}</w:num>'


def test_lists_are_numbered_as_word_numbers_them() -> None:
    """ECMA-376-1, 17.9. LibreOffice 7.4 agrees on shared counters, empty items and overrides, and knows no isLgl."""
    kept = '<w:lvlRestart w:val="0"/>'
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    lists = (
        f'<w:abstractNum w:abstractNumId="0">{level(0, "第%1条", "chineseCounting")}'
        f'{level(1, "%1.%2", more="<w:isLgl/>")}'
        f'{level(2, "(%3)", "lowerLetter", kept)}</w:abstractNum>'
        + numbered(1, 0) + numbered(2, 0) + numbered(3, 0, restart)
    )  # fmt: skip
    body = (
        line("a", 1) + line("b", 1, 1) + line("c", 1, 2) + line("d", 2) + line("", 2) + line("e", 2, 1)
        + line("f", 2, 2) + line("g", 3) + line("h", 3, 1) + line("i", 0)
    )  # fmt: skip
    assert [text for _, _, text in kinds(extract(document(body, lists)))] == [
        *("第一条 a", "1.1 b", "(a) c", "第二条 d", "3.1 e", "(b) f", "第一条 g", "1.1 h", "i"),
    ]


def test_numbers_come_through_styles_and_numbering_styles_and_into_table_cells() -> None:
    lists = (
        f'<w:abstractNum w:abstractNumId="0">{level(0, "%1.")}'
        + level(1, "%1.%2", more='<w:pStyle w:val="Two"/>') + '<w:styleLink w:val="Own"/></w:abstractNum>'
        '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="Own"/></w:abstractNum>'
        + numbered(1, 0) + numbered(2, 1)
    )  # fmt: skip
    style = (
        '<w:style w:styleId="{0}"><w:name w:val="{0}"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    styles = f"<w:styles {W}>{style.format('Two')}{style.format('Own')}</w:styles>"
    cell = f"<w:tbl><w:tr><w:tc>{line('x', 2)}{line('y', 2)}</w:tc><w:tc>{line('z')}</w:tc></w:tr></w:tbl>"
    body = line("one", 2) + line("two", properties='<w:pStyle w:val="Two"/>') + cell
    found = extract(document(body, lists, {"word/styles.xml": styles}))
    assert [text for _, _, text in kinds(found)] == ["1. one", "1.1 two", "2. x 3. y | z"]


def test_word_text_is_that_after_accepting_every_change() -> None:
    run = "<w:r><w:t>{0}</w:t></w:r>"
    gone = "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
    mark = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
    comments = f"<w:comments {W}><w:comment><w:p><w:r><w:t>why</w:t></w:r></w:p></w:comment></w:comments>"
    call = '<w:r><w:{0}Reference w:id="{1}"/></w:r>'
    notes = {
        f"word/{kind}s.xml": f'<w:{kind}s {W}><w:{kind} w:id="5">{line(kind)}</w:{kind}></w:{kind}s>'
        for kind in ("footnote", "endnote")
    }
    body = (
        f"<w:p>{mark}{run.format('Pay ')}{gone}</w:p><w:p><w:ins>{run.format('at once.')}</w:ins></w:p>"
        f"<w:p><w:moveFrom>{run.format('moved')}</w:moveFrom></w:p><w:p><w:moveTo>{run.format('moved')}</w:moveTo></w:p>"
        f"<w:p>{run.format('noted')}{call.format('endnote', 5)}{call.format('footnote', 5)}</w:p>"
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:ruby><w:rt><w:r><w:t>hàn</w:t></w:r></w:rt>'
        "<w:rubyBase><w:r><w:t>汉</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>"
    )
    found = extract(document(body, parts={"word/comments.xml": comments, **notes}))
    assert [text for _, _, text in kinds(found)] == [
        *("Pay at once.", "moved", "noted[1][2]", "☑汉(hàn)", "[2] footnote", "[1] endnote"),
    ]
    assert (found.meta["tracked_changes"], found.meta["comments"]) == (5, 1)


def test_no_word_of_a_real_document_is_lost(shared_data: Path) -> None:
    """Every run of text in the body, deletions and copies for old programs excepted, against what was read."""
    read = 0
    for file in shared_data.glob("**/*.docx"):
        with suppress(Refused):
            found = extract(file.read_bytes())
            root = etree.fromstring(zipfile.ZipFile(file).read("word/document.xml"))
            missing = Counter("".join(_runs(root))) - Counter(found.text)
            assert {character for character in missing if not character.isspace()} == set(), file.name
            squeezed = "".join(found.text.split())
            lost = [run for run in _runs(root) if "".join(run.split()) not in squeezed]
            assert lost == [], file.name
            read += 1
    assert read >= 12


def _runs(root: Any) -> list[str]:
    unshown = {"del", "moveFrom", "Fallback"}
    return [
        run.text or ""
        for run in root.iter("{*}t")
        if not unshown & {str(parent.tag).rpartition("}")[2] for parent in run.iterancestors()}
    ]
