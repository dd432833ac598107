"""LibreOffice as a converter; without one installed, only what happens then is tested."""

import io
import socket
import tempfile
import zipfile
from pathlib import Path

import pytest

from toolkit.documents.libreoffice import Cost, converted, soffice
from toolkit.documents.reading import Reader, extract
from toolkit.documents.refusal import CODES, Refused

installed = pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed on this machine")
NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "drawing")
)


def open_document(body: str, kind: str = "text", manifest: str = "") -> bytes:
    media = f"application/vnd.oasis.opendocument.{kind}"
    listed = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entries = "".join(
        f'<m:file-entry m:full-path="{path}" m:media-type="{type_}">{manifest}</m:file-entry>'
        for path, type_ in (("/", media), ("content.xml", "text/xml"))
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", media)
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{listed}">{entries}</m:manifest>')
        archive.writestr(
            "content.xml",
            f'<office:document-content {NAMES} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2">'
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        )
    return target.getvalue()


def refusal(data: bytes, cost: Cost | None = None) -> str:
    with pytest.raises(Refused) as refused:
        converted(data, cost)
    assert refused.value.code in CODES
    return refused.value.code


@installed
def test_old_office_files_are_read_by_way_of_todays_formats() -> None:
    before = {*Path(tempfile.gettempdir()).glob("toolkit-office-*")}
    text = open_document("<text:h text:outline-level='1'>第一章</text:h><text:p>租金</text:p>")
    (part,) = Reader(convert=converted).read(text)
    assert not isinstance(part.outcome, Refused)
    assert (part.outcome.text, part.outcome.blocks[0].kind) == ("第一章\n租金\n", "heading")
    cells = "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in ("a", "b"))
    sheet = f"<table:table table:name='S'><table:table-row>{cells}</table:table-row></table:table>"
    assert converted(open_document(sheet, "spreadsheet")).startswith(b"PK")
    assert {*Path(tempfile.gettempdir()).glob("toolkit-office-*")} == before


@installed
def test_a_conversion_opens_no_file_and_no_address_that_the_document_names(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        sources = (secret.as_uri(), f"http://127.0.0.1:{server.getsockname()[1]}/x.txt")
        sections = "".join(
            f'<text:section text:name="s{at}"><text:section-source xlink:href="{source}"/><text:p>kept</text:p>'
            "</text:section>"
            for at, source in enumerate(sources)
        )
        assert extract(converted(open_document(sections))).text == "kept\nkept\n"
        with pytest.raises(BlockingIOError):
            server.accept()


@installed
def test_a_conversion_that_does_not_end_is_ended() -> None:
    assert refusal(open_document("<text:p>x</text:p>"), Cost(wall=0.2)) == "DOC-TIMEOUT"


@installed
def test_damaged_files_are_refused_instead_of_converted_as_bytes() -> None:
    names = "Workbook".encode("utf-16-le") + b"\0\0"
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"text" * 300 + names) == "DOC-BROKEN"
    assert refusal(b"\xffWPC" + b"\1" * 40) == "DOC-BROKEN"


def test_what_is_no_office_file_or_has_a_password_never_reaches_libreoffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolkit.documents.libreoffice.soffice", lambda: None)
    assert refusal(b"\xffWPC" + b"\1" * 40) == "DOC-NO-OFFICE"
    assert refusal(b"\xd0\xcf\x11\xe0" + b"\0" * 600) == "DOC-TYPE"
    assert refusal(open_document("", manifest="<m:encryption-data/>")) == "DOC-ENCRYPTED"


@installed
@pytest.mark.parametrize(
    ("file", "outcome"),
    [
        ("legal/court-docs/word-doc.doc", 6307),
        ("legal/court-docs/word-perfect.wpd", 8410),
        ("nasty/office/poi-TestChineseProperties.doc", 256),
        ("nasty/office/tika-testWORD_macros.doc", 21),
        ("nasty/office/poi-password_tika_binaryrc4.doc", "DOC-ENCRYPTED"),
        ("nasty/office/poi-password.xls", "DOC-ENCRYPTED"),
    ],
)
def test_real_old_files_give_their_text_or_a_code(shared_data: Path, file: str, outcome: int | str) -> None:
    (part,) = Reader(convert=converted).read((shared_data / file).read_bytes())
    assert (part.outcome.code if isinstance(part.outcome, Refused) else len(part.outcome.text)) == outcome
