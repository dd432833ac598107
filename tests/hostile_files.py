"""Makers of hostile files: each is made when a test asks for it, none is kept anywhere."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

MEGABYTE = 2**20
KINDS = {
    "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation.main+xml"),
}
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(members: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return stream.getvalue()


def office(kind: str, parts: Mapping[str, bytes | str]) -> bytes:
    main, type_ = KINDS[kind]
    types = f'<Types><Override PartName="/{main}" ContentType="application/x.{type_}"/></Types>'
    relations = f'<Relationships><Relationship Id="r" Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>'
    return zipped({"[Content_Types].xml": types, "_rels/.rels": relations, **parts})


def docx(body: str, before: str = "", **parts: str) -> bytes:
    main = f"{before}<w:document {WORD}><w:body>{body}</w:body></w:document>"
    return office("docx", {"word/document.xml": main, **{f"word/{name}.xml": part for name, part in parts.items()}})


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def xlsx(sheet: bytes | str, strings: str = "") -> bytes:
    relations = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in (
            ("s", "worksheet", "worksheets/sheet1.xml"),
            ("t", "sharedStrings", "sharedStrings.xml"),
        )
    )
    parts: dict[str, bytes | str] = {
        "xl/workbook.xml": f'<workbook xmlns:r="{OFFICE}"><sheets><sheet name="S" r:id="s"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": f"<sst>{strings}</sst>",
    }
    return office("xlsx", parts)


def open_document(content: str) -> bytes:
    media = "application/vnd.oasis.opendocument.text"
    listed = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entry = f'<m:file-entry m:full-path="/" m:media-type="{media}"/>'
    manifest = f'<m:manifest xmlns:m="{listed}">{entry}</m:manifest>'
    members = {"mimetype": media, "META-INF/manifest.xml": manifest, "content.xml": content}
    return zipped(members, zipfile.ZIP_STORED)


def pdf(*objects: str | bytes, end: str = "", before: bytes = b"%PDF-1.7\n") -> bytes:
    """A PDF of numbered objects, the first of which is the catalog; ``end`` goes into the trailer."""
    out = before
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % number + (body if isinstance(body, bytes) else body.encode()) + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    tail = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer<</Root 1 0 R/Size {count}{end}>>\nstartxref\n"
    return out + tail.encode() + b"%d\n%%%%EOF" % len(out)


def stream(data: bytes, entries: str = "") -> bytes:
    return f"<</Length {len(data)}{entries}>>stream\n".encode() + data + b"\nendstream"


HELVETICA = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def shown(
    *others: str | bytes,
    content: bytes,
    catalog: str = "",
    resources: str = "",
    end: str = "",
    font: str = HELVETICA,
) -> bytes:
    """A PDF of one page that shows a content stream in font F1; further objects start at number 6."""
    return pdf(
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 5 0 R/Resources<</Font<</F1 4 0 R>>{resources}>>>>",
        font,
        content,
        *others,
        end=end,
    )


def written(text: str) -> bytes:
    return stream(f"BT /F1 11 Tf 72 700 Td ({text}) Tj ET".encode())


@cache
def inflated(size: int, of: bytes = b"\0") -> bytes:
    """zlib data of a repeated byte, made without ever holding it."""
    packer = zlib.compressobj(9)
    block = of * (MEGABYTE // len(of))
    return b"".join(packer.compress(block) for _ in range(size // MEGABYTE)) + packer.flush()


def half_random(size: int, letters: int) -> Iterator[bytes]:
    """Empty paragraphs after some letters by chance, as many as keep them from packing better than a limit."""
    dice = random.Random(7)
    for _ in range(size // 4096):
        text = f"<w:p><w:r><w:t>{dice.randbytes(letters // 2).hex()}</w:t></w:r></w:p>"
        yield text.encode() + b"<w:p/>" * ((4096 - len(text)) // 6)


def large_docx(chunks: Iterable[bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with package.open("word/document.xml", "w") as part:
            part.write(f"<w:document {WORD}><w:body>".encode())
            for chunk in chunks:
                part.write(chunk)
            part.write(b"</w:body></w:document>")
    return target.getvalue()


def lying(data: bytes, member: str, declared: int) -> bytes:
    """A zip whose directory declares another size for a member."""
    entry = data.rfind(b"PK\x01\x02", 0, data.rfind(member.encode()))
    return data[: entry + 24] + struct.pack("<L", declared) + data[entry + 28 :]


def flagged(data: bytes, flag: int = 1) -> bytes:
    """A zip whose last entry says that it is encrypted."""
    at = data.rfind(b"PK\x01\x02") + 8
    return data[:at] + struct.pack("<H", flag) + data[at + 2 :]


def quoted_kernel(entries: int) -> bytes:
    """One member under many names: the directory leads each of them to the same bytes, as in Fifield's bombs."""
    data = zipped({"000000.txt": b"kernel " * 1000})
    at, end = data.rfind(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    entry = data[at:end]
    directory = b"".join(entry.replace(b"000000", f"{place:06}".encode()) for place in range(entries))
    return data[:at] + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, len(directory), at, 0)


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = struct.pack(">2L5B", width, height, 1, 0, 0, 0, 0)
    rows = inflated(height * (width // 8 + 1) // MEGABYTE * MEGABYTE)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def nested_zip(levels: int, width: int, leaf: bytes) -> bytes:
    data = leaf
    for _ in range(levels):
        data = zipped({f"{place}.zip": data for place in range(width)})
    return data
