import os
import re
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from toolkit.documents.extraction import Extraction
from toolkit.documents.reading import extract
from toolkit.documents.refusal import Refused


def kinds(found: Extraction) -> list[tuple[str, int | None, str]]:
    return [(block.kind, block.level, found.text[block.start : block.end]) for block in found.blocks]


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        extract(data)
    return refused.value.code


JATS = """<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.0//EN" "http://127.0.0.1:9/archivearticle.dtd">
<article><front><journal-meta><journal-title>Annals</journal-title></journal-meta><article-meta>
<article-id pub-id-type="doi">10.1/x</article-id><title-group><article-title>On <italic>lysis</italic> times
</article-title></title-group><contrib-group><contrib><name><surname>Roe</surname></name></contrib></contrib-group>
<abstract><p>Short.</p></abstract></article-meta></front><body><sec><label>1</label><title>Methods</title>
<p>We waited<xref>[1]</xref> E<sub>2</sub> times<fn><p>Twice.</p></fn>, then left.</p>
<table-wrap><label>Table 1</label><caption><title>Rates.</title></caption><table><tr><th/><th>n</th><th>p</th></tr>
<tr><td>a</td><td>2</td><td>0.5</td></tr></table></table-wrap>
<sec><title>Deeper</title><list><list-item><label>a.</label>
<p>First</p></list-item></list></sec></sec></body>
<back><ref-list><title>References</title><ref><label>1</label><citation><name><surname>Doe</surname>
<given-names>J</given-names></name> <article-title>Waiting</article-title>. <year>1999</year></citation></ref>
</ref-list></back></article>"""


def test_an_article_gives_title_sections_tables_and_references_and_names_what_it_leaves_out() -> None:
    found = extract(JATS.encode())
    assert kinds(found) == [
        ("heading", 1, "On lysis times"),
        ("paragraph", None, "Short."),
        ("heading", 2, "1 Methods"),
        ("paragraph", None, "We waited[1] E2 times, then left."),
        ("footnote", None, "Twice."),
        ("paragraph", None, "Table 1 Rates."),
        ("table", None, " | n | p"),
        ("table", None, "a | 2 | 0.5"),
        ("heading", 3, "Deeper"),
        ("list_item", None, "a. First"),
        ("heading", 2, "References"),
        ("list_item", None, "1 Doe J Waiting. 1999"),
    ]
    meta = {"title": "On lysis times", "journal": "Annals", "doi": "10.1/x", "vocabulary": "JATS", "unread": 3}
    assert {key: found.meta[key] for key in meta} == meta


def test_legislation_keeps_its_numbers_with_their_text_and_quoted_headings_are_none() -> None:
    found = extract(
        """<bill xmlns="http://schemas.gpo.gov/xml/uslm"><meta><docStage>IH</docStage></meta><main><title>
<num>TITLE I</num><heading>FEES</heading><section><num>SEC. 2. </num><heading>LIMITS.</heading>
<subsection><num>(a) </num><heading><inline>In general</inline>.—</heading><chapeau>The fee is—</chapeau>
<paragraph><num>(1)</num><content>low;
<page>127 STAT. 9</page> and<sidenote><p>2 USC 1.</p></sidenote></content></paragraph></subsection>
<subsection><num>(b)</num><content>Amend to read: <quotedContent><section><num>“SEC. 9.</num><heading>OLD.</heading>
<content>Text.”</content></section></quotedContent></content></subsection></section></title></main></bill>""".encode()
    )
    assert kinds(found) == [
        ("heading", 1, "TITLE I FEES"),
        ("heading", 2, "SEC. 2. LIMITS."),
        ("paragraph", None, "(a) In general.—The fee is—"),
        ("paragraph", None, "(1) low; and"),
        ("page_number", None, "127 STAT. 9"),
        ("footnote", None, "2 USC 1."),
        ("paragraph", None, "(b) Amend to read:"),
        ("paragraph", None, "“SEC. 9. OLD."),
        ("paragraph", None, "Text.”"),
    ]
    assert found.meta["title"] == "TITLE I FEES"


def test_a_clinical_document_gives_its_narrative_and_a_fragment_may_leave_prefixes_undeclared() -> None:
    found = extract(
        b"""<section><templateId root="1"/><title>ALLERGIES</title><text><table><thead><tr><th>To</th>
<th>Reaction</th></tr></thead><tbody><tr><td>Codeine</td><td><content>Wheezing</content></td></tr></tbody></table>
<list><item>None<br/>known</item></list></text><entry><value xsi:type="CD"><originalText>codeine</originalText></value>
</entry></section>"""
    )
    assert kinds(found) == [
        ("heading", 2, "ALLERGIES"),
        ("table", None, "To | Reaction"),
        ("table", None, "Codeine | Wheezing"),
        ("list_item", None, "None\nknown"),
    ]
    assert (found.meta["undeclared_prefixes"], found.meta["unread"]) == (1, 1)
    embedded = b'<ClinicalDocument><nonXMLBody><text representation="B64">QQ==</text></nonXMLBody></ClinicalDocument>'
    assert refusal(embedded) == "DOC-TYPE"


def test_questions_feeds_dockets_and_other_vocabularies_are_read() -> None:
    asked = extract(
        b"<Document><Focus>Flu</Focus><QAPairs><QAPair><Question>What?</Question><Answer>Fever.\n \n - rest</Answer>"
        b"</QAPair></QAPairs></Document>"
    )
    assert [text for _, _, text in kinds(asked)] == ["Flu", "What?", "Fever.", "- rest"]
    feed = extract(
        b"<?xml version='1.0'?><rss><channel><title>Court</title><item><title>A v. B</title><link>http://x</link>"
        b"<description>[&lt;b&gt;Order&lt;/b&gt; FILED] (&lt;a href='y'>46&lt;/a>)</description></item></channel>"
        b"</rss>\nend"
    )
    assert kinds(feed) == [
        ("heading", 1, "Court"),
        ("heading", 2, "A v. B"),
        ("paragraph", None, "[Order FILED] (46)"),
        ("paragraph", None, "end"),
    ]
    other = extract("<?xml version='1.0'?><a><b>一<c>二</c>三</b><d x='1'/><e><f>four\nlines</f></e></a>".encode())
    assert [text for _, _, text in kinds(other)] == ["一二三", "four\nlines"]


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (BOMB, "DOC-DTD"),
        (b"<?xml version='1.0'?><!-- [ > --><?p?>" + BOMB, "DOC-DTD"),
        (BOMB.decode().encode("utf-16"), "DOC-DTD"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "DOC-DTD"),
        (b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:9/"> %b;]><a>x</a>', "DOC-DTD"),
        (b'<!DOCTYPE a PUBLIC "-//X[>//EN" "x.dtd" [<!ELEMENT a ANY>]><a>x</a>', "DOC-DTD"),
        (b"<?xml version='1.0'?><a>1&nbsp;2</a>", "DOC-DTD"),
        (b"<!DOCTYPE article PUBLIC 'x' 'y.dtd'><article><p>1&alpha;2</p></article>", "DOC-DTD"),
        (b"<?xml version='1.0'?>" + b"<a>" * 300 + b"x" + b"</a>" * 300, "DOC-DEPTH"),
        (b"<a>" * 300 + b"x" + b"</a>" * 300, "DOC-DEPTH"),
        (b"<?xml version='1.0'?>" + b"<a>" * 200_000, "DOC-DEPTH"),
        (b"<?xml version='1.0'?><a>" + b"x" * 10_000_001 + b"</a>", "DOC-SIZE"),
        (b"<?xml version='1.0'?><a><b></a>", "DOC-BROKEN"),
        (b"<?xml version='1.0'?><a>x</a><b>y</b>", "DOC-BROKEN"),
        (b"<?xml version='1.0'?><a>x</a><a>y</a>", "DOC-BROKEN"),
        (b"<?xml version='1.0'?><a><p:b>x</p:b><c></a>", "DOC-BROKEN"),
        (b"<?xml version='1.0'?><a b='1'/>", "DOC-EMPTY"),
    ],
)
def test_each_bad_xml_gets_its_code(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_no_file_and_no_address_named_in_xml_is_ever_opened(tmp_path: Path) -> None:
    """A socket listens where the definition is said to lie, and a pipe nobody writes to would hang a reader."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        extract(f'<!DOCTYPE a SYSTEM "http://127.0.0.1:{port}/x.dtd"><a>text</a>'.encode())
        extract(f'<!DOCTYPE a SYSTEM "file://{pipe}"><a>text</a>'.encode())
        include = f'<a xmlns:i="http://www.w3.org/2001/XInclude">text<i:include href="{pipe}"/></a>'
        assert extract(include.encode()).text == "text\n"
        with pytest.raises(BlockingIOError):
            server.accept()


def test_what_only_looks_like_xml_stays_text() -> None:
    for text in ("<unsigned> said the clerk.", "<RECORD>\n<TYPE>8-K\ntext\n</RECORD>\n", "<a> b <c>"):
        assert extract(text.encode()).meta["format"] == "text"


def test_real_xml_gives_documents_and_no_word_of_them_is_lost(shared_data: Path) -> None:
    read = 0
    for file in [*shared_data.glob("legal/*/*.xml"), *shared_data.glob("medical/medquad-xml/*00.xml")]:
        found = extract(file.read_bytes())
        root = etree.parse(file, etree.XMLParser(recover=True, no_network=True, remove_comments=True)).getroot()
        spaced = "".join("".join(found.text.split()))
        if "unread" in found.meta or found.meta.get("vocabulary") == "feed":
            continue
        read += 1
        missing = [text for text in _texts(root) if "".join(text.split()) not in spaced]
        assert missing == [], file.name
    assert read >= 16


def _texts(root: Any) -> list[str]:
    skipped = {"FocusAnnotations"}
    return [
        text
        for element in root.iter()
        if isinstance(element.tag, str)
        and not skipped & {str(above.tag) for above in [element, *element.iterancestors()]}
        for text in [element.text or "", *(child.tail or "" for child in element)]
    ]


def test_real_clinical_and_journal_files_end_as_documents_or_codes(shared_data: Path) -> None:
    outcomes: Counter[str] = Counter()
    for file in [*shared_data.glob("medical/ccda-xml/*.xml"), *shared_data.glob("medical/jats-xml/*.nxml")]:
        try:
            found = extract(file.read_bytes())
            outcomes[found.meta.get("vocabulary", "other")] += 1
        except Refused as refused:
            outcomes[refused.code] += 1
    # Eighteen fragments hold codes alone, and one document a PDF.
    assert outcomes == {"JATS": 26, "C-CDA": 23, "other": 33, "DOC-EMPTY": 18, "DOC-TYPE": 1}


SENTENCE = "The tenant shall pay the rent on the first day of each month, in advance and without deduction. "
PAGE = f"""<html><body><div class="main-nav"><a href="/">Home</a><p>Opinions by year</p></div>
<article><h1>Lease</h1>{"".join(f"<p>{at}. {SENTENCE * 3}</p>" for at in range(8))}<p><a href="1">23-1236</a></p>
<nav><table><tr><td>Rent</td><td>5</td></tr></table><h2>Fees</h2></nav></article>
<footer><p>Contact the webmaster</p></footer></body></html>"""


def navigation(found: Extraction) -> list[str]:
    return [text for kind, _, text in kinds(found) if kind == "navigation"]


def test_navigation_is_marked_and_stays_in_the_text_and_tables_headings_and_links_are_content() -> None:
    pytest.importorskip("trafilatura", exc_type=ImportError)
    found = extract(PAGE.encode())
    assert navigation(found) == ["Home", "Opinions by year", "Contact the webmaster"]
    assert all(text in found.text for text in ("Home", "Contact the webmaster", "Rent | 5", "23-1236"))


def test_where_no_main_content_is_found_nothing_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    short = b"<html><body><nav><a>Home</a></nav><p>a</p><footer>b</footer></body></html>"
    monkeypatch.setattr("toolkit.documents.readers.navigation._main_content", lambda _: "")
    assert navigation(extract(PAGE.encode())) == navigation(extract(short)) == []


def test_what_trafilatura_takes_for_content_is_content(monkeypatch: pytest.MonkeyPatch) -> None:
    main = SENTENCE * 24 + "Contact the webmaster"
    monkeypatch.setattr("toolkit.documents.readers.navigation._main_content", lambda _: main)
    assert navigation(extract(PAGE.encode())) == ["Home", "Opinions by year"]


def test_a_page_of_ten_megabytes_is_not_searched_for_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("toolkit.documents.readers.navigation._main_content", lambda markup: asked.append(len(markup)))
    page = PAGE.replace("<footer>", f"<p>{'clause ' * 450_000}</p><footer>")
    assert navigation(extract(page.encode())) == []
    assert asked == []


def test_filings_are_content_from_beginning_to_end_and_court_pages_keep_tables_and_headings(shared_data: Path) -> None:
    pytest.importorskip("trafilatura", exc_type=ImportError)
    for file in [*shared_data.glob("finance/sec-html/*.htm*"), *shared_data.glob("legal/us-legislation-html/*.html")]:
        found = extract(file.read_bytes())
        assert sum(map(len, navigation(found))) < len(found.text) / 8, file.name
        assert file.parent.name != "sec-html" or navigation(found) == [], file.name
    marked = {file.name: navigation(extract(file.read_bytes())) for file in shared_data.glob("legal/court-html/*.html")}
    assert sum(map(bool, marked.values())) > 20
    # Docket numbers stand in links of their own, and are what these pages are for.
    assert not any(re.fullmatch(r"\d\d-\d{4}", text) for found in marked.values() for text in found)
