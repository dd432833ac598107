"""EDGAR submissions: each document of a filing is one, whatever it is wrapped in."""

import binascii
from pathlib import Path

from toolkit.documents.reading import Part, Reader
from toolkit.documents.refusal import Refused

PAGE = b"<html><body><h1>Annual report</h1><p>The registrant had no revenue.</p></body></html>"


def uuencoded(data: bytes) -> bytes:
    lines = b"".join(binascii.b2a_uu(data[place : place + 45]) for place in range(0, len(data), 45))
    return b"begin 644 logo.jpg\n" + lines + b"`\nend\n"


def document(number: int, name: str, content: bytes) -> bytes:
    head = b"<DOCUMENT>\n<TYPE>EX-%d\n<SEQUENCE>%d\n<FILENAME>%s\n<TEXT>\n" % (number, number, name.encode())
    return head + content + b"\n</TEXT>\n</DOCUMENT>\n"


def submission(*documents: bytes) -> bytes:
    return (
        b"<SEC-DOCUMENT>0000.txt : 20240102\n<SEC-HEADER>\n</SEC-HEADER>\n" + b"".join(documents) + b"</SEC-DOCUMENT>\n"
    )


def parts(data: bytes) -> dict[str, str]:
    def shown(part: Part) -> str:
        return part.outcome.code if isinstance(part.outcome, Refused) else part.outcome.text.strip()

    return {part.locator: shown(part) for part in Reader().read(data)}


def test_each_document_of_a_submission_is_one() -> None:
    xml = b"<XML>\n<?xml version='1.0'?>\n<report><line>Net loss</line></report>\n</XML>"
    data = submission(
        document(1, "a.htm", PAGE),
        document(2, "b.txt", b"EXHIBIT 21\n\nSubsidiaries: none."),
        document(3, "logo.jpg", uuencoded(b"\xff\xd8\xff" + bytes(200))),
        document(4, "c.xml", xml),
    )
    assert parts(data) == {
        "document=1/a.htm": "Annual report\nThe registrant had no revenue.",
        "document=2/b.txt": "EXHIBIT 21\n\nSubsidiaries: none.",
        "document=3/logo.jpg": "DOC-TYPE",
        "document=4/c.xml": "Net loss",
    }


def test_a_single_document_in_its_tags_is_the_file() -> None:
    assert parts(b"\n" + document(1, "a.htm", PAGE)) == {"": "Annual report\nThe registrant had no revenue."}


def test_a_cut_submission_gives_what_is_there() -> None:
    whole = submission(document(1, "a.htm", PAGE), document(2, "b.txt", b"Some words of an exhibit, which goes on."))
    cut = whole[: whole.index(b"which")]
    assert parts(cut)["document=2/b.txt"] == "Some words of an exhibit,"


def test_a_submission_without_documents_is_broken() -> None:
    assert parts(b"<SEC-DOCUMENT>0000.txt : 20240102\n<SEC-HEADER>\n") == {"": "DOC-BROKEN"}


def test_real_submissions_hold_pages_not_markup(shared_data: Path) -> None:
    for name in ("0000943374-24-000509.txt", "0001213900-25-032135.txt", "Flushing-424B4.html", "SC-13G-DOCUMENT.html"):
        outcomes = [part.outcome for part in Reader().read((shared_data / "finance" / "sec-html" / name).read_bytes())]
        texts = [outcome.text for outcome in outcomes if not isinstance(outcome, Refused)]
        assert texts
        assert not any("<TEXT>" in text or "</div>" in text for text in texts)
