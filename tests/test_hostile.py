"""Hostile files through the public door: each gets its code, the good document beside it is there, nothing grows.

The rows are numbered as in the list of bad inputs that the codes in ``refusal`` come from.
"""

import bz2
import gzip
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from hostile_files import (
    HELVETICA,
    MEGABYTE,
    docx,
    flagged,
    half_random,
    inflated,
    large_docx,
    lying,
    nested_zip,
    office,
    open_document,
    paragraph,
    pdf,
    png,
    quoted_kernel,
    shown,
    stream,
    written,
    xlsx,
    zipped,
)

from toolkit.documents import clusters, ingest, load_documents, reading
from toolkit.documents.extraction import Extraction
from toolkit.documents.libreoffice import converted
from toolkit.documents.reading import Reader
from toolkit.documents.refusal import CODES, Refused
from toolkit.documents.sandbox import Parsed, Sandbox, Wanted
from toolkit.errors import ToolkitError
from toolkit.workspace import Workspace, init, read_jsonl

ROOT: Final = Path(__file__).parent.parent
GOOD: Final = "The parties agree as follows."
MISSING: Final = "PAGES-UNREAD"
READ: Final = "read"
"""Outcome of a file that became documents."""
GROWTH: Final = 50 * MEGABYTE
SECONDS: Final = 120
LAUGHS: Final = (
    '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {below} "{f"&{above};" * 10}">' for above, below in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
QUADRATIC: Final = f'<!DOCTYPE a [<!ENTITY a "{"a" * 50_000}">]>'


class Bad(NamedTuple):
    """A file that is made when its row is tested, and the outcomes of which it must have one."""

    make: Callable[[], bytes]
    codes: frozenset[str]


def bad(make: Callable[[], bytes] | bytes, *codes: str) -> Bad:
    return Bad(make if callable(make) else lambda: make, frozenset(codes))


def sheet(*rows: str, before: str = "") -> str:
    return f"{before}<worksheet><sheetData>{''.join(rows)}</sheetData></worksheet>"


def cell(text: str) -> str:
    return f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>'


def tarred(name: str, kind: bytes = tarfile.REGTYPE, content: bytes = b"", seconds: int = 0) -> bytes:
    target = BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.size, member.mtime = kind, "/etc/passwd", len(content), seconds
        archive.addfile(member, BytesIO(content))
    return target.getvalue()


def linked() -> bytes:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return target.getvalue()


def multiparts(depth: int) -> bytes:
    lines = ["From: a@b", "To: c@d", "Subject: deep", "MIME-Version: 1.0"]
    for place in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{place}"', "", f"--b{place}"]
    return "\r\n".join([*lines, "", "text"]).encode()


def looping(key: str) -> bytes:
    data = shown(content=written(GOOD), end=f"/{key} @@@@@@")
    return data.replace(b"@@@@@@", b"%06d" % data.rfind(b"xref\n0"))


def to_unicode(codes: str) -> bytes:
    """A PDF whose font maps all its letters to characters that say nothing."""
    rows = "".join(f"<{code:02X}> <{codes}>\n" for code in range(32, 127))
    table = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n1 begincodespacerange\n<00> <FF>\n"
        f"endcodespacerange\n95 beginbfchar\n{rows}endbfchar\nendcmap\nend\nend\n"
    )
    font = HELVETICA.replace(">>", "/ToUnicode 6 0 R>>")
    return shown(stream(table.encode()), content=written(GOOD * 3), font=font)


IMAGE: Final = stream(b"\x00", "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray")
LOCKED: Final = f"/Encrypt<</Filter/Standard/V 1/R 2/O<{'ab' * 32}>/U<{'cd' * 32}>/P -4>>/ID[<00><00>]"
WHOLE: Final = shown(content=written(GOOD))

ROWS: Final[dict[str, dict[str, Bad]]] = {
    "1-a-document-of-far-more-xml-than-bytes-is-refused": {
        "bomb.docx": bad(lambda: large_docx(paragraph("a").encode() * 27_000 for _ in range(137)), "DOC-ZIP-RATIO"),
        # What the gate's ratio just lets pass meets the limit of text, or of memory.
        "just-below.docx": bad(lambda: large_docx(half_random(200 * MEGABYTE, 40)), "DOC-SIZE", "DOC-MEMORY"),
    },
    "2-sizes-that-a-directory-declares-are-counted-not-believed": {
        "lie.docx": bad(lambda: lying(docx(paragraph("a" * 9_000_000)), "word/document.xml", 1000), "DOC-ZIP-LIED"),
        "less.zip": bad(lambda: lying(zipped({"a.txt": GOOD * 99}), "a.txt", 4 * MEGABYTE), "DOC-ZIP-LIED"),
    },
    "3-archives-in-archives-are-opened-two-deep": {
        "forty-two.zip": bad(lambda: nested_zip(5, 4, b"\0" * MEGABYTE), "DOC-NEST"),
        "deep.gz": bad(lambda: gzip.compress(gzip.compress(gzip.compress(gzip.compress(GOOD.encode())))), "DOC-NEST"),
    },
    "4-an-archive-of-two-hundred-thousand-members-is-refused": {
        "entries.docx": bad(
            lambda: zipped({"[Content_Types].xml": "<Types/>", **{f"word/{n}": b"" for n in range(200_000)}}),
            "DOC-ZIP-ENTRIES",
        ),
    },
    "5-members-that-share-bytes-are-refused": {"kernel.zip": bad(lambda: quoted_kernel(5000), "DOC-ZIP-OVERLAP")},
    "6-files-with-a-password-are-refused-as-such": {
        "locked.zip": bad(lambda: flagged(zipped({"a.txt": GOOD})), "DOC-ENCRYPTED"),
        "member.docx": bad(lambda: flagged(docx(paragraph(GOOD))), "DOC-ENCRYPTED"),
        "locked.docx": bad(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "DOC-ENCRYPTED"
        ),
        "mail.eml": bad(
            b"From: a@b\nTo: c@d\nSubject: s\nContent-Type: application/pkcs7-mime\n\nMII", "DOC-ENCRYPTED"
        ),
        "locked.pdf": bad(lambda: shown(content=written(GOOD), end=LOCKED), "DOC-ENCRYPTED"),
    },
    "7-a-document-part-that-is-there-twice-is-refused": {
        "twice.docx": bad(
            lambda: zipped(
                {"[Content_Types].xml": "<Types/>", "word/document.xml": "<a/>", "word/document.xm2": "<a/>"}
            ).replace(b"document.xm2", b"document.xml"),
            "DOC-ZIP-DUP",
        ),
    },
    "8-entities-that-multiply-are-refused": {
        "laughs.docx": bad(lambda: docx(paragraph("&i;"), LAUGHS), "DOC-DTD"),
        "note.docx": bad(lambda: docx(paragraph("a"), styles=f"{LAUGHS}<a>&i;</a>"), "DOC-DTD"),
        "laughs.xlsx": bad(lambda: xlsx(sheet(cell("&i;"), before=LAUGHS)), "DOC-DTD"),
        "wide.xlsx": bad(lambda: xlsx(sheet(cell("&i;"), before=LAUGHS).encode("utf-16")), "DOC-DTD"),
        # The parser reads no EBCDIC, in which the definition would not be seen.
        "mainframe.xlsx": bad(
            lambda: xlsx(f'<?xml version="1.0" encoding="IBM037"?>{sheet(cell("&i;"), before=LAUGHS)}'.encode("cp037")),
            "DOC-DTD",
            "DOC-BROKEN",
        ),
        "mainframe.docx": bad(
            lambda: office(
                "docx",
                {"word/document.xml": f'<?xml version="1.0" encoding="IBM037"?>{LAUGHS}<d>&i;</d>'.encode("cp037")},
            ),
            "DOC-DTD",
            "DOC-BROKEN",
        ),
        "laughs.xml": bad(f"{LAUGHS}<a>&i;</a>".encode(), "DOC-DTD"),
        "quadratic.xml": bad(f"{QUADRATIC}<a>{'&a;' * 50_000}</a>".encode(), "DOC-DTD"),
        "laughs.svg": bad(f"{LAUGHS}<svg><text>&i;</text></svg>".encode(), "DOC-DTD"),
    },
    "10-markup-and-json-nested-too-deep-are-refused": {
        "deep.xml": bad(b"<?xml version='1.0'?>" + b"<a>" * 200_000, "DOC-DEPTH"),
        "deep.json": bad(b'{"a":' * 200_000, "DOC-DEPTH"),
        "deep.jsonl": bad(b'{"text": "a"}\n{"text": ' + b"[" * 200_000 + b"\n", "DOC-DEPTH", READ),
        "deep.html": bad(b"<html>" + b"<b>" * 200_000 + b"x", "DOC-DEPTH"),
        "deep.docx": bad(lambda: docx("<w:sdt>" * 200_000 + "</w:sdt>" * 200_000), "DOC-DEPTH"),
        "deep.xlsx": bad(lambda: xlsx(sheet("<row><c><is>" + "<r>" * 200_000)), "DOC-DEPTH"),
        "deep.eml": bad(lambda: multiparts(5000), "DOC-DEPTH", READ),
        "deep.pdf": bad(lambda: pdf("[" * 200_000 + "]" * 200_000), "DOC-BROKEN"),
        "deep.rtf": bad(b"{\\rtf1 " + b"{" * 200_000 + b"x", "DOC-DEPTH", "DOC-BROKEN", "DOC-TYPE", READ),
    },
    "12-a-sheet-of-too-many-cells-or-too-long-strings-is-refused": {
        "far.xlsx": bad(lambda: xlsx(sheet(*(f'<row><c r="XFD{n}"/></row>' for n in range(1, 400)))), "DOC-CELLS"),
        "strings.xlsx": bad(
            lambda: xlsx(sheet('<row><c t="s"><v>0</v></c></row>' * 100_000), f"<si><t>{'a' * MEGABYTE}</t></si>"),
            "DOC-SIZE",
        ),
        "many.xlsx": bad(lambda: xlsx(sheet("<row>" + "<c/>" * 5_100_000 + "</row>")), "DOC-CELLS", "DOC-ZIP-RATIO"),
        "declared.xlsx": bad(
            lambda: xlsx(f'<worksheet><dimension ref="A1:XFD1048576"/><sheetData>{cell(GOOD)}</sheetData></worksheet>'),
            READ,
        ),
    },
    "13-a-pdf-that-leads-back-to-itself-ends": {
        # pdfium sees the circle at once and rebuilds the table: nothing hangs, so nothing has to be timed out.
        "previous.pdf": bad(lambda: looping("Prev"), READ, "DOC-BROKEN"),
        "stream.pdf": bad(lambda: looping("XRefStm"), READ, "DOC-BROKEN"),
        "pages.pdf": bad(
            lambda: pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"), "DOC-BROKEN"
        ),
        "outline.pdf": bad(
            lambda: shown("<</First 6 0 R/Next 6 0 R/Title(a)>>", content=written(GOOD), catalog="/Outlines 6 0 R"),
            READ,
        ),
        "form.pdf": bad(
            lambda: shown(
                stream(b"/X Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>"),
                content=stream(b"/X Do BT /F1 9 Tf (text) Tj ET"),
                resources="/XObject<</X 6 0 R>>",
            ),
            READ,
        ),
    },
    "14-a-pdf-that-unpacks-to-gigabytes-is-refused": {
        "flate.pdf": bad(
            lambda: shown(content=stream(inflated(1500 * MEGABYTE, b" "), "/Filter/FlateDecode")),
            "DOC-MEMORY",
            "DOC-TIMEOUT",
            "NEEDS-OCR",
        ),
        "twice.pdf": bad(
            lambda: shown(
                content=stream(zlib.compress(inflated(1500 * MEGABYTE, b" ")), "/Filter[/FlateDecode/FlateDecode]")
            ),
            "DOC-MEMORY",
            "DOC-TIMEOUT",
            "NEEDS-OCR",
        ),
        "text.pdf": bad(
            lambda: shown(
                content=stream(inflated(64 * MEGABYTE, b"BT /F1 9 Tf (aaaaaaaaaa) Tj ET\n\n"), "/Filter/FlateDecode")
            ),
            "DOC-MEMORY",
            "DOC-TIMEOUT",
            "DOC-SIZE",
        ),
        "runs.pdf": bad(
            lambda: shown(content=stream(b"\x81 " * (8 * MEGABYTE) + b"\x80", "/Filter/RunLengthDecode")),
            "DOC-MEMORY",
            "DOC-TIMEOUT",
            "NEEDS-OCR",
        ),
        "form.pdf": bad(
            lambda: shown(
                stream(inflated(1500 * MEGABYTE, b" "), "/Filter/FlateDecode"),
                content=written(GOOD),
                catalog="/AcroForm<</Fields[]/XFA 6 0 R>>",
            ),
            READ,
        ),
    },
    "15-a-pdf-without-pages-or-its-end-is-refused-or-mended": {
        "no-pages.pdf": bad(
            lambda: pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 0/Kids[]>>"), "DOC-BROKEN"
        ),
        "half.pdf": bad(WHOLE[: len(WHOLE) // 2], "DOC-BROKEN"),
        "no-end.pdf": bad(WHOLE[:-6], READ),
        "no-table.pdf": bad(
            WHOLE[: WHOLE.rfind(b"xref\n0")] + b"trailer\n<</Root 1 0 R/Size 6>>\nstartxref\n0\n%%EOF\n", READ
        ),
        "page-missing.pdf": bad(
            lambda: WHOLE.replace(b"Count 1/Kids[3 0 R]", b"Count 2/Kids[3 0 R 9 0 R]"), READ, MISSING
        ),
        "page.pdf": bad(f"<!DOCTYPE html><html><body><p>{GOOD}".encode(), READ),
    },
    "16-a-scan-without-a-text-layer-waits-for-ocr": {
        "scan.pdf": bad(
            lambda: shown(IMAGE, content=stream(b"99 0 0 99 0 0 cm /I Do"), resources="/XObject<</I 6 0 R>>"),
            "NEEDS-OCR",
        ),
    },
    "17-a-pdf-whose-letters-are-mapped-to-nothing-is-held": {
        "private.pdf": bad(lambda: to_unicode("E001"), "LOW-QUALITY"),
        "replaced.pdf": bad(lambda: to_unicode("FFFD"), "LOW-QUALITY"),
    },
    "18-images-and-files-that-are-two-kinds-at-once-are-refused": {
        "large.png": bad(lambda: png(30_000, 30_000), "DOC-TYPE"),
        "both.pdf": bad(lambda: WHOLE + zipped({"a.txt": GOOD}), "DOC-TYPE"),
        "script.svg": bad(
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><rect onload="alert(2)"/></svg>',
            "DOC-TYPE",
        ),
        "words.svg": bad(b'<?xml version="1.0"?><svg><text>words</text><script>alert(1)</script></svg>', "DOC-TYPE"),
        "page.bmp": bad(b"BM" + bytes(range(256)) * 40, "DOC-TYPE"),
    },
    "19-a-member-that-leads-outside-refuses-its-archive": {
        "climb.zip": bad(lambda: zipped({"../../climbed": "x"}), "DOC-PATH"),
        "absolute.zip": bad(lambda: zipped({"/tmp/climbed": "x"}), "DOC-PATH"),
        "drive.zip": bad(lambda: zipped({"C:\\climbed": "x"}), "DOC-PATH"),
        "link.zip": bad(linked, "DOC-PATH"),
        "climb.docx": bad(lambda: office("docx", {"word/document.xml": "<a/>", "../climbed": "x"}), "DOC-PATH"),
        "climb.tar": bad(lambda: tarred("../../climbed"), "DOC-PATH"),
        "climb.tar.bz2": bad(lambda: bz2.compress(tarred("../../climbed")), "DOC-PATH"),
        "link.tar": bad(lambda: tarred("link", tarfile.SYMTYPE), "DOC-PATH"),
        "device.tar": bad(lambda: tarred("device", tarfile.CHRTYPE), "DOC-NOTFILE"),
    },
    "23-files-without-a-character-are-refused": {
        "empty.txt": bad(b"", "DOC-EMPTY"),
        "mark.txt": bad(b"\xef\xbb\xbf", "DOC-EMPTY"),
        "mark-16.txt": bad(b"\xff\xfe", "DOC-EMPTY"),
        "spaces.txt": bad(b" \r\n\t " * 99, "DOC-EMPTY"),
        "wide.txt": bad("\u3000\xa0\u200b\n".encode() * 99, "DOC-EMPTY"),
        "wide-16.txt": bad("\ufeff\u3000 \n".encode("utf-16-le") * 9, "DOC-EMPTY"),
        "empty.html": bad(b"<html><body><p> &nbsp; </p></body></html>", "DOC-EMPTY"),
        "empty.docx": bad(lambda: docx(paragraph(" ") * 9), "DOC-EMPTY"),
        "empty.zip": bad(lambda: zipped({}), "DOC-EMPTY"),
        "empty.gz": bad(gzip.compress(b""), "DOC-EMPTY"),
    },
}


@pytest.fixture(scope="module", autouse=True)
def _warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is imported once is no growth."""
    folder = tmp_path_factory.mktemp("warm")
    (folder / "good.txt").write_text(GOOD)
    init(folder / "project", policy="none")
    ingest(Workspace(folder / "project"), paths=[folder / "good.txt"])


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A folder with one good document."""
    folder = tmp_path / "batch"
    folder.mkdir()
    (folder / "good.txt").write_text(GOOD)
    return folder


def taken(workspace: Workspace, batch: Path) -> dict[str, set[str]]:
    """Ingest a batch; return what became of each file, the good one aside, which must be there."""
    before, started = _memory("VmRSS", anew=True), time.monotonic()
    result = ingest(workspace, paths=[batch])
    assert time.monotonic() - started < SECONDS * max(1, result.files - 1)
    assert _memory("VmHWM") - before <= GROWTH
    found: dict[str, set[str]] = {}
    for row in read_jsonl(workspace.problems):
        assert row["code"] in CODES
        found.setdefault(row["where"].partition("#")[0].removeprefix("batch/"), set()).add(row["code"])
    documents = list(load_documents(workspace))
    for one in documents:
        held = "held" in one.meta
        found.setdefault(one.path.removeprefix("batch/"), set()).update(() if held else {READ})
    assert [one.text for one in documents if one.path == "batch/good.txt"] == [GOOD], found
    assert result.files == len(found), found
    del found["good.txt"]
    return found


def _memory(key: str, *, anew: bool = False) -> int:
    """Bytes of this process, now (``VmRSS``) or at most (``VmHWM``) since the count began anew; 0 beside Linux."""
    place = Path("/proc/self/status")
    if not place.exists():
        return 0
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(line for line in place.read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("row", ROWS)
def test_row(row: str, workspace: Workspace, batch: Path) -> None:
    files = ROWS[row]
    for name, one in files.items():
        (batch / name).write_bytes(one.make())
    found = taken(workspace, batch)
    assert {name: codes for name, codes in found.items() if not codes <= files[name].codes} == {}


def test_row_3_archives_in_archives_share_the_limits_of_their_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each inner archive keeps its own limits, and a file of a megabyte holds hundreds of them."""
    inner = zipped({"a.txt": GOOD * 99, "b.txt": GOOD * 98})
    monkeypatch.setattr(reading, "_UNPACKED", 4 * 99 * len(GOOD))
    *read, last = Reader().read(zipped({f"{place}.zip": inner for place in range(99)}))
    assert isinstance(last.outcome, Refused)
    assert last.outcome.code == "DOC-ZIP-RATIO"
    assert 1 < len(read) < 5
    monkeypatch.setattr(reading, "_SECONDS", -1)
    assert [part.outcome.code for part in Reader().read(inner) if isinstance(part.outcome, Refused)] == ["DOC-TIMEOUT"]


def test_a_library_that_is_not_there_is_no_fault_of_the_file(
    workspace: Workspace, batch: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A refusal would be kept, and be told to people who cannot mend it."""
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "pypdfium2.py").write_text("raise ModuleNotFoundError(name=__name__)")
    monkeypatch.syspath_prepend(tmp_path / "gone")
    (batch / "good.pdf").write_bytes(WHOLE)
    with pytest.raises(ToolkitError) as error:
        ingest(workspace, paths=[batch])
    assert (error.value.code, error.value.exit_code) == ("LIBRARY-MISSING", 4)
    monkeypatch.undo()
    assert ingest(workspace, paths=[batch]).documents == 2


class TestRow9NothingThatAFileNamesIsOpened:
    """No address is called and no other file is read, whatever a document points at."""

    @pytest.fixture
    def canary(self, tmp_path: Path) -> Iterator[tuple[str, str, socket.socket]]:
        """A file and an address that documents point at; the address listens."""
        (tmp_path / "canary.txt").write_text("canary in a cage")
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            yield (tmp_path / "canary.txt").as_uri(), f"http://127.0.0.1:{server.getsockname()[1]}/x", server

    def test_by_any_reader(self, canary: tuple[str, str, socket.socket], workspace: Workspace, batch: Path) -> None:
        file, address, server = canary
        for number, (name, data) in enumerate(_pointing(file, address)):
            (batch / f"{number}-{name}").write_bytes(data)
            list(Reader().read(data))  # here the network is not cut off
        found = taken(workspace, batch)
        refused = {name.partition("-")[2] for name, codes in found.items() if codes == {"DOC-DTD"}}
        assert refused == {"entity.docx", "entity.xlsx", "entity.xml", "parameter.xml"}
        assert all("canary in" not in one.text for one in load_documents(workspace))
        with pytest.raises(BlockingIOError):
            server.accept()

    def test_and_the_readers_process_has_no_network_at_all(self, canary: tuple[str, str, socket.socket]) -> None:
        port = canary[2].getsockname()[1]
        probe = (
            "import socket\nfrom toolkit.documents.child import cut_off\ncut = cut_off()\n"
            f"try: socket.create_connection(('127.0.0.1', {port}), 2)\n"
            "except OSError: print(cut, False)\nelse: print(cut, True)"
        )
        done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT)
        cut, connected = done.stdout.split()
        if cut == "False":
            pytest.skip("the kernel lets no ordinary process leave the network")
        assert connected == "False"
        with pytest.raises(BlockingIOError):
            canary[2].accept()


def _pointing(file: str, address: str) -> Iterator[tuple[str, bytes]]:
    for target in (file, address):
        entity = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{target}">]>'
        yield "entity.docx", docx(paragraph("&x;"), entity)
        yield "entity.xlsx", xlsx(sheet(cell("&x;"), before=entity))
        yield "entity.xml", f"{entity}<a>&x;</a>".encode()
        yield "parameter.xml", f'<!DOCTYPE a [<!ENTITY % x SYSTEM "{target}"> %x;]><a>a</a>'.encode()
        yield "definition.xml", f'<!DOCTYPE a SYSTEM "{target}"><a>words</a>'.encode()
        yield "include.xml", f'<a xmlns:i="http://www.w3.org/2001/XInclude">a<i:include href="{target}"/></a>'.encode()
        style = f'<?xml-stylesheet type="text/xsl" href="{target}"?>'
        yield "style.xml", f'<?xml version="1.0"?>{style}<a>words</a>'.encode()
        shows = f'<base href="{target}"><img src="{target}"><iframe src="{target}"></iframe><link href="{target}">'
        yield "page.html", f"<html><body>words {shows}<object data='{target}'></object></body></html>".encode()
        template = f'<Relationships><Relationship Id="t" TargetMode="External" Target="{target}"/></Relationships>'
        body = {"word/document.xml": f"<d><body>{paragraph('words')}</body></d>"}
        yield "template.docx", office("docx", {**body, "word/_rels/document.xml.rels": template})
        yield "picture.rtf", f'{{\\rtf1 words {{\\field{{\\*\\fldinst INCLUDETEXT "{target}"}}}}}}'.encode()
        action = f"/OpenAction<</S/URI/URI({target})>>/AA<</WC<</S/Launch/F({target})>>>>"
        yield "action.pdf", shown(content=written("words"), catalog=action)
        external = f'Content-Type: message/external-body; access-type=URL; URL="{target}"'
        yield "body.eml", f"From: a@b\nTo: c@d\nSubject: words\nMIME-Version: 1.0\n{external}\n\nwords".encode()


class TestSecrets:
    """No token of the environment is within reach of what reads documents."""

    TOKEN: Final = "canary-7f3a"

    def test_the_readers_process_has_none(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", self.TOKEN)
        (tmp_path / "good.txt").write_text(GOOD)
        with Sandbox(1).open() as sandbox:
            list(sandbox.parse([Wanted(tmp_path / "good.txt", "good.txt")]))
            child = sandbox._children.get()
            assert child._process.process is not None
            place = Path(f"/proc/{child._process.process.pid}")
            seen = (place / "environ").read_bytes() + (place / "cmdline").read_bytes()
            sandbox._children.put(child)
        assert b"PYTHONUTF8" in seen
        assert self.TOKEN.encode() not in seen

    def test_libreoffice_has_none(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        seen = tmp_path / "seen"
        program = tmp_path / "soffice"
        program.write_text(f"#!/bin/sh\nenv > {seen}\n")
        program.chmod(0o700)
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", self.TOKEN)
        monkeypatch.setattr("toolkit.documents.libreoffice.soffice", lambda: str(program))
        with pytest.raises(Refused):
            converted(open_document("<a/>"))
        assert "HOME" in seen.read_text()
        assert self.TOKEN not in seen.read_text()


def test_row_19_nothing_is_written_outside_the_store(workspace: Workspace, batch: Path) -> None:
    before = {path for path in batch.parent.rglob("*") if workspace.data not in path.parents}
    outside = {Path(tempfile.gettempdir()) / "climbed", Path("/climbed"), Path.cwd() / "climbed"}
    files = ROWS["19-a-member-that-leads-outside-refuses-its-archive"]
    for name, one in files.items():
        (batch / name).write_bytes(one.make())
    taken(workspace, batch)
    after = {path for path in batch.parent.rglob("*") if workspace.data not in path.parents}
    assert after - before - {workspace.data} == {batch / name for name in files}
    assert not any(map(os.path.lexists, outside))


NAMES: Final = (
    b"\x1b[31mred\x1b[0m",
    b"line\nend",
    "\u202egnp".encode(),
    b"[red]markup",
    b"a\xffb",
    b"\xc2\x9b31m",
    b"x" * 250,
)


class TestRow20OddNames:
    """Names are stored with bytes that are no UTF-8 escaped, and nothing on a screen is steered by one."""

    @pytest.mark.parametrize("form", [(), ("--json",)], ids=["for-people", "for-programs"])
    def test_are_shown_escaped(self, workspace: Workspace, batch: Path, form: tuple[str, ...]) -> None:
        folder = batch.joinpath(*map(os.fsdecode, NAMES))
        folder.mkdir(parents=True)
        (folder / "odd.txt").write_text("Words in an odd place.")
        (folder / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
        assert self._said(workspace, "ingest", str(batch), *form) == 3
        (one,) = [one for one in load_documents(workspace) if one.path.endswith("odd.txt")]
        assert all(name.decode("utf-8", "backslashreplace") in one.path for name in NAMES)
        assert self._said(workspace, "trace", one.id, *form) == 0
        assert self._said(workspace, "status", *form) == 0

    def test_are_shown_escaped_in_errors(self, workspace: Workspace, tmp_path: Path) -> None:
        twins = [tmp_path / side / "d" for side in "ab"]
        for twin in twins:
            place = twin.joinpath(*map(os.fsdecode, NAMES))
            place.mkdir(parents=True)
            (place / "odd.txt").touch()
        assert self._said(workspace, "ingest", *map(str, twins)) == 1
        assert self._said(workspace, "ingest", "\x1b[31m") in {1, 2}

    @staticmethod
    def _said(workspace: Workspace, *arguments: str) -> int:
        path = {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        command = [sys.executable, "-m", "toolkit", *arguments]
        done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, **path}, cwd=workspace.root)
        for said in (done.stdout.decode(), done.stderr.decode()):
            assert not {*said} & {*"\x1b\x9b\u202e\u202d\u2066\u2067"}, said
            assert "Traceback" not in said
        return done.returncode


def test_row_21_what_is_no_file_is_refused_without_being_read(
    workspace: Workspace, batch: Path, tmp_path: Path
) -> None:
    """Pipes, links and folders that hold themselves are in test_ingest."""
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(os.fspath(batch / "plug"))
        assert taken(workspace, batch) == {"plug": {"DOC-NOTFILE"}}
    os.mkfifo(tmp_path / "pipe")
    devices = [tmp_path / "pipe", Path("/dev/zero"), Path("/dev/random")]
    assert ingest(workspace, paths=devices).refused == 3
    assert {row["code"] for row in read_jsonl(workspace.problems)} == {"DOC-NOTFILE"}


CLAUSE: Final = "第一条　当事人应当按照约定全面履行自己的义务，不得擅自变更或者解除合同。\n" * 9


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (CLAUSE.encode("gb18030"), "gb18030"),
        (CLAUSE.replace("条", "條").replace("当", "當").encode("big5", "ignore"), "big5hkscs"),
        (CLAUSE.encode("utf-16-le"), "utf-16-le"),
        (CLAUSE.encode("utf-16-be"), "utf-16-be"),
        (CLAUSE.encode("utf-16"), "utf-16"),
        ("The parties “agree” as follows. ".encode("cp1252") * 9, "cp1252"),
        ((GOOD * 30_000 + CLAUSE).encode("gbk"), "gb18030"),
        (CLAUSE.encode("gbk") + CLAUSE.encode(), None),
        ("张伟\n王芳\n李娜\n刘洋\n陈静\n杨勇\n赵磊\n黄敏\n周杰\n吴强\n徐丽\n孙涛\n".encode("gbk"), None),
    ],
    ids=["gb18030", "big5", "utf-16-le", "utf-16-be", "mark", "windows", "annex", "mixed", "too-few-words"],
)
def test_row_24_text_is_read_in_its_encoding_or_refused(
    workspace: Workspace, batch: Path, data: bytes, encoding: str | None
) -> None:
    (batch / "text.txt").write_bytes(data)
    if encoding is None:
        assert taken(workspace, batch) == {"text.txt": {"DOC-ENCODING"}}
        return
    assert "DOC-ENCODING" not in taken(workspace, batch)["text.txt"]
    (found,) = [one for one in load_documents(workspace) if one.path == "batch/text.txt"]
    assert found.meta["encoding"] == encoding
    assert found.meta["encoding_confidence"] >= 0.5
    assert found.text == data.decode(encoding)


@pytest.mark.parametrize(
    ("name", "data", "text", "replaced"),
    [
        ("nul.txt", b"The part\0ies agree.", "The part\ufffdies agree.", 1),
        ("nonsense.txt", "The part\ufffeies agree\uffff.".encode(), "The part\ufffdies agree\ufffd.", 2),
        ("surrogate.txt", b"The part\xed\xa0\x80ies agree.", "The part\ufffdies agree.", 1),
        ("pair.txt", b"The parties \xed\xa0\xbd\xed\xb8\x80 agree.", "The parties 😀 agree.", 0),
        ("half.txt", b"\xff\xfe" + (GOOD * 9).encode("utf-16-le") + b"\x00\xd8", GOOD * 9 + "\ufffd", 1),
        ("lost.txt", CLAUSE.encode() + b"\xff" + CLAUSE.encode(), f"{CLAUSE}\ufffd{CLAUSE}", 1),
        ("cut.txt", CLAUSE.strip().encode()[:-1], CLAUSE.strip()[:-1] + "\ufffd", 1),
        ("row.json", b'{"text": "The part\\ud800ies agree."}', "The part\ufffdies agree.", 1),
    ],
)
def test_row_25_characters_that_nothing_can_hold_are_replaced_and_counted(
    workspace: Workspace, batch: Path, name: str, data: bytes, text: str, replaced: int
) -> None:
    (batch / name).write_bytes(data)
    taken(workspace, batch)
    (found,) = [one for one in load_documents(workspace) if one.path == f"batch/{name}"]
    assert (found.text, found.meta.get("replaced", 0)) == (text, replaced)


class TestRow26TextWithoutEnd:
    """Size has limits, and within them no line is too long."""

    def test_a_gigabyte_in_one_line_is_refused_unread(self, workspace: Workspace, batch: Path) -> None:
        with (batch / "line.txt").open("wb") as file:
            file.truncate(2**30)
        assert taken(workspace, batch) == {"line.txt": {"DOC-SIZE"}}

    def test_a_paragraph_is_refused_beyond_ten_million_characters(self, workspace: Workspace, batch: Path) -> None:
        for name, unit in {"words": "agree ", "han": "约定", "escapes": "a:", "signs": "!", "mails": "x@"}.items():
            (batch / f"{name}.txt").write_text((unit * 10_000_001)[:10_000_001])
        assert set(map(frozenset, taken(workspace, batch).values())) == {frozenset({"DOC-SIZE"})}

    def test_just_below_it_is_read_in_time(self, tmp_path: Path) -> None:
        for unit in ("agree ", "a:", "约定"):
            (tmp_path / "line.txt").write_text((unit * 9_990_000)[:9_990_000])
            with Sandbox(1).open() as sandbox:
                (parsed,) = sandbox.parse([Wanted(tmp_path / "line.txt", "line.txt")])
            assert isinstance(parsed, Parsed)
            assert isinstance(parsed.parts[0].outcome, Extraction)


class TestRow42Clocks:
    """No outcome depends on a clock, and no date breaks anything."""

    TIMES: Final = (-62_135_596_800, -1, 0, 2**31 - 1, 2**31, 2**32, 253_402_300_799)
    """Seconds: the year 1, 1969, 1970, the last and the first of 2038 beyond 32 bits, 2106, 9999."""

    def test_files_of_any_age_are_the_same_documents(self, workspace: Workspace, batch: Path) -> None:
        outcomes = set()
        for seconds in self.TIMES:
            with suppress(OSError, OverflowError):  # not every file system has all of them
                os.utime(batch / "good.txt", (seconds, seconds))
            outcomes.add(ingest(workspace, paths=[batch]).documents)
        assert outcomes == {1, 0}
        assert [one.text for one in load_documents(workspace)] == [GOOD]

    def test_a_clock_that_goes_back_or_another_zone_changes_nothing(
        self, workspace: Workspace, batch: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ingest(workspace, paths=[batch])
        clock = time.time
        for days, zone in ((-3, "America/New_York"), (400, "Asia/Shanghai"), (-9000, "Europe/Berlin")):
            monkeypatch.setattr(time, "time", lambda days=days: clock() + days * 86_400)
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert not ingest(workspace, paths=[batch]).changed
        monkeypatch.undo()
        time.tzset()

    def test_the_newest_of_a_cluster_is_told_by_any_date(self, workspace: Workspace, batch: Path) -> None:
        dates = ["0001-01-01", "1969-12-31", "2024-03-31T02:30:00", "2038-01-19T03:14:08Z", "9999-12-31", "soon", ""]
        rows = []
        for number, date in enumerate(dates):
            (batch / f"{number}.txt").write_text("".join(f"{n} {GOOD} " for n in range(60)) + f"End {number}.")
            rows.append(f"batch/{number}.txt,{date}\n")
        facts = workspace.root / "facts.csv"
        facts.write_text("path,date\n" + "".join(rows).replace("batch/", f"{batch}/"))
        ingest(workspace, paths=[batch], metadata=facts, keep="newest")
        path = {one.id: one.path for one in load_documents(workspace)}
        kept = {path[twin] for one, twin in clusters(workspace).items() if path[one] != "batch/good.txt"}
        assert kept == {"batch/4.txt"}

    def test_dates_inside_files_break_nothing(self, workspace: Workspace, batch: Path) -> None:
        for number, date in enumerate(("Mon, 1 Jan 0001 00:00:00 +0000", "31 Feb 2024 25:61:61 +9999", "9" * 400, "")):
            mail = f"From: a@b\nTo: c@d\nSubject: {number}\nDate: {date}\n\n{GOOD} {number}"
            (batch / f"{number}.eml").write_text(mail)
        serials = "".join(f'<row><c s="1"><v>{value}</v></c></row>' for value in (-1, 0, 60, 2_958_466, "1e300", "nan"))
        (batch / "days.xlsx").write_bytes(xlsx(sheet(serials)))
        month = zipped({"a.txt": f"{GOOD} In a zip."})
        entry = month.rfind(b"PK\x01\x02") + 12
        (batch / "month-15.zip").write_bytes(month[:entry] + b"\xff" * 4 + month[entry + 4 :])
        (batch / "age.tar").write_bytes(tarred("a.txt", content=GOOD.encode() + b" In a tar.", seconds=-(2**62)))
        created = f"<</Title(a)/CreationDate(D:{'9' * 99})/ModDate(D:00010101000000)>>"
        (batch / "dates.pdf").write_bytes(shown(created, content=written(f"{GOOD} In a PDF."), end="/Info 6 0 R"))
        found = taken(workspace, batch)
        assert set(map(frozenset, found.values())) == {frozenset({READ})}
