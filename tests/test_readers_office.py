import io
import zipfile
from collections.abc import Mapping

import pytest

from toolkit.documents.extraction import Extraction
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
