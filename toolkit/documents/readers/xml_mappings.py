"""What the elements of known XML vocabularies are: the one table that the XML reader goes by.

An element without a role is running text inside a block, and outside of one a paragraph where it has text of its own.
Keys may name the parent too: ``caption/title``. Text in skipped elements is counted in the document's ``unread``.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

Role = Literal[
    "section", "heading", "lead", "block", "item", "row", "note", "page", "break", "markup", "quote", "inline", "skip"
]
"""``section``: headings below are a level deeper; ``lead``: a number or label, begins the block after it; ``note`` and
``page``: moved behind the block they stand in, as footnote and page number; ``markup``: HTML, escaped; ``quote``: its
headings are none of this document's; ``inline``: running text after all."""


_UNSPACED = (
    "b i u em strong bold italic sup sub sc monospace underline inline ref xref term quotedText content hi seg uri a "
    "named-content ext-link I B E SU FR FTREF span small amendingAction proviso"
)
TIGHT: Final = frozenset(_UNSPACED.split())
"""Elements that part no words."""


class Vocabulary(NamedTuple):
    """How to read one vocabulary.

    Attributes:
        name: what goes into the metadata as ``vocabulary``.
        roles: of elements by local name, or by ``parent/name``.
        meta: metadata by the path of the element that holds it, as lxml's ``find`` takes it.
        titled: whether the document's title is a heading, above all sections.
        lines: whether line ends in the text are the author's; else they are the wrapping of the file.
    """

    name: str
    roles: Mapping[str, Role]
    meta: Mapping[str, str] = MappingProxyType({})
    titled: bool = False
    lines: bool = False

    def role(self, name: str, parent: str) -> Role | None:
        """Return an element's role, the one under its parent first."""
        return self.roles.get(f"{parent}/{name}") or self.roles.get(name)


def _roles(**names: str) -> dict[str, Role]:
    return {name: role for role, listed in names.items() for name in listed.split()}  # type: ignore[misc]


def _each(parents: str, name: str) -> str:
    return " ".join(f"{parent}/{name}" for parent in parents.split())


_FIELDS = (
    *("article-id", "aff", "pub-date", "volume", "issue", "issue-id"),
    *("fpage", "lpage", "elocation-id", "page-range", "article-version"),
)
_LEVELS = "subsection paragraph subparagraph clause subclause item subitem quotedContent"

JATS: Final = Vocabulary(
    "JATS",
    _roles(
        section="sec abstract ack app glossary notes boxed-text ref-list fn-group bio supplementary-material",
        heading="title article-title",
        lead="label",
        block="p disp-formula disp-quote caption caption/title def-item kwd-group funding-statement license-p",
        item="list-item ref def-item",
        row="tr",
        note="fn",
        skip="journal-meta article-categories contrib-group author-notes history permissions counts custom-meta-wrap "
        "custom-meta-group related-article alt-title trans-title-group tex-math object-id self-uri processing-meta",
        inline=_each("citation mixed-citation element-citation nlm-citation product related-object", "article-title"),
    )
    | {f"article-meta/{field}": "skip" for field in _FIELDS},
    {
        ".//{*}article-meta//{*}article-title": "title",
        ".//{*}journal-meta//{*}journal-title": "journal",
        ".//{*}article-meta/{*}article-id[@pub-id-type='doi']": "doi",
    },
    titled=True,
)
"""Journal articles: https://jats.nlm.nih.gov. Authors, affiliations and other front matter beside the title, the
abstracts and the keywords are not read."""

USLM: Final = Vocabulary(
    "USLM",
    _roles(
        section="title subtitle chapter subchapter part subpart division subdivision section appropriations level",
        heading="heading headingText docTitle",
        lead="num",
        block="content chapeau continuation p subsection paragraph subparagraph clause subclause item subitem recital "
        "officialTitle longTitle enactingFormula resolvingClause action actionDescription actionInstruction signature "
        "citationNote editionNote endMarker slugLine citableAs attestation notation legislativeHistory "
        "preface/congress preface/session "
        "currentChamber distributionCode calendar calendarNumber publicLaw preface/title",
        item="referenceItem groupItem",
        row="tr",
        note="footnote sidenote editorialNote",
        page="page",
        skip="meta amendMeta",
        quote="quotedContent",
    )
    | _roles(lead=_each(_LEVELS, "heading"))
    | {"br": "break", "preface/type": "lead", "preface/docNumber": "block"},
    {".//{*}meta/{http://purl.org/dc/elements/1.1/}title": "title"},
)
"""United States legislation: https://github.com/usgpo/uslm."""

BILL: Final = Vocabulary(
    "US bill DTD",
    _roles(
        section="title subtitle chapter subchapter part subpart division section",
        heading="header",
        lead="enum",
        block="text continuation-text subsection paragraph subparagraph clause subclause item official-title "
        "legis-num congress session legis-type action action-desc current-chamber distribution-code",
        item="toc-entry",
        row="row",
        note="footnote",
        skip="metadata",
        quote="quoted-block",
    )
    | _roles(lead=_each(_LEVELS, "header")),
    {".//official-title": "title"},
)
"""Bills before USLM: https://xml.house.gov."""

ECFR: Final = Vocabulary(
    "eCFR",
    _roles(
        section="DIV1 DIV2 DIV3 DIV4 DIV5 DIV6 DIV7 DIV8 DIV9",
        heading="HEAD",
        lead="HED",
        block="P PSPACE FP FP-1 FP-2 FP-DASH CITA EXTRACT SOURCE AUTH CHAPTI SUBJECT PG FRP PTHD",
        row="TR",
        note="FTNT",
        skip="HEADER",
    ),
    {".//TITLESTMT/TITLE": "title"},
)
"""The Electronic Code of Federal Regulations, as GPO publishes it."""

CDA: Final = Vocabulary(
    "C-CDA",
    _roles(
        section="section",
        heading="title",
        block="text paragraph caption table list",
        item="item",
        row="tr",
        note="footnote",
        skip="entry author informant participant performer recordTarget dataEnterer custodian informationRecipient "
        "legalAuthenticator authenticator inFulfillmentOf documentationOf relatedDocument authorization componentOf "
        "confidentialityCode languageCode subject",
    )
    | {"br": "break"},
    {"./{*}title": "title"},
    titled=True,
)
"""Clinical documents: section titles and narrative, which is what a clinician has signed. The coded entries say the
same in machine form, and header fields are persons; both are not read."""

TEI: Final = Vocabulary(
    "TEI",
    _roles(
        section="div div1 div2 div3 div4 div5 div6 div7",
        heading="head",
        lead="label",
        block="p ab lg l sp speaker stage opener closer quote trailer byline dateline docTitle titlePart",
        item="item",
        row="row",
        note="note",
        page="fw",
        skip="teiHeader facsimile standOff",
    )
    | {"lb": "break", "table/head": "block", "figure/head": "block", "list/head": "block", "lg/head": "block"},
    {".//{*}titleStmt/{*}title": "title"},
)
"""Text Encoding Initiative P5: https://tei-c.org."""

MEDQUAD: Final = Vocabulary(
    "MedQuAD",
    _roles(section="QAPair", heading="Focus Question", block="Answer", skip="FocusAnnotations"),
    {"./Focus": "title"},
    titled=True,
    lines=True,
)
"""Consumers' health questions: https://github.com/abachaa/MedQuAD."""

FEED: Final = Vocabulary(
    "feed",
    _roles(
        section="item entry",
        heading="title",
        block="pubDate updated published creator author category lastBuildDate",
        markup="description summary content encoded",
        skip="guid link id image cloud ttl generator docs language",
    ),
    {"./{*}channel/{*}title": "title", "./{*}title": "title"},
    titled=True,
)
"""RSS and Atom: courts announce decisions and docket entries in them. Links are not read."""

DOCKET: Final = Vocabulary(
    "docket",
    _roles(
        block="court docket_num case_name",
        row="document party",
        skip="nonce sha1 upload_date available free_import pacer_doc_id pacer_case_num pacer_de_seq_num pacer_dm_id",
    ),
    {".//case_name": "title", ".//court": "court"},
)
"""Court dockets of the Internet Archive's RECAP collection. Checksums and PACER's numbers are not read."""

OTHER: Final = Vocabulary("", {}, lines=True)
"""Whatever else: every element with text of its own, with all below it, is a paragraph."""

_BY_ROOT: Final[dict[str, Vocabulary]] = {
    "article": JATS,
    "ClinicalDocument": CDA,
    "DLPSTEXTCLASS": ECFR,
    "TEI": TEI,
    "TEI.2": TEI,
    "teiCorpus": TEI,
    "rss": FEED,
    "RDF": FEED,
    "feed": FEED,
    "gov_uscourts_docket": DOCKET,
}


def vocabulary_of(root: Any) -> Vocabulary:
    """Return the vocabulary of a document by its root element, and where that has a common name by what it holds."""
    namespace, _, name = root.tag.rpartition("}")
    if namespace.endswith("/uslm") or "schemas.gpo.gov/xml/uslm" in namespace:
        return USLM
    if name in _BY_ROOT:
        return _BY_ROOT[name]
    if name == "Document" and root.find("./QAPairs") is not None:
        return MEDQUAD
    if root.find("./legis-body") is not None or root.find("./resolution-body") is not None:
        return BILL
    if name in {"section", "component"} and root.find(".//{*}templateId") is not None:
        return CDA
    return OTHER
