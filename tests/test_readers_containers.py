"""Sources that hold several documents: each member, row or sheet is one; what is hostile or damaged gets its code."""

import bz2
import csv
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.documents import reading
from toolkit.documents.extraction import Extraction
from toolkit.documents.options import PLAIN, Options
from toolkit.documents.readers import fields, json_rows, package, sheets
from toolkit.documents.readers.dialect import dialect_of
from toolkit.documents.reading import Part, Reader
from toolkit.documents.refusal import CODES, Refused
from toolkit.workspace.settings import FieldMapping

ROWS = Options(tables="row")


def read(data: bytes, options: Options = PLAIN, name: str = "source") -> list[Part]:
    return list(Reader(options).read(data, name))


def outcomes(data: bytes, options: Options = PLAIN, name: str = "source") -> dict[str, str]:
    """Each part's text or code by its locator."""
    parts = read(data, options, name)
    found = {}
    for place, outcome in parts:
        if isinstance(outcome, Refused):
            assert outcome.code in CODES
        found[place] = outcome.code if isinstance(outcome, Refused) else outcome.text
    assert len(found) == len(parts)
    return found


def document(data: bytes, options: Options = PLAIN) -> Extraction:
    (part,) = read(data, options)
    assert isinstance(part.outcome, Extraction)
    return part.outcome


def mapping(*text: str, **more: Any) -> Options:
    return Options(fields=(FieldMapping(text=text, **more),))


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return stream.getvalue()


def tarred(members: dict[str, bytes], entry: Callable[[tarfile.TarInfo], object] = str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as package:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            entry(member)
            package.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def linked(kind: bytes) -> bytes:
    def make(member: tarfile.TarInfo) -> None:
        member.type, member.linkname, member.size = kind, "/etc/passwd", 0

    return tarred({"a.txt": b""}, make)


def gbk_names(names: dict[str, bytes]) -> bytes:
    """A zip as Chinese Windows writes it: names in GBK, no flag that says so."""
    stand_ins = {f"{place:0{len(name.encode('gbk'))}}": name for place, name in enumerate(names)}
    data = zipped({stand_in: names[name] for stand_in, name in stand_ins.items()})
    for stand_in, name in stand_ins.items():
        data = data.replace(stand_in.encode(), name.encode("gbk"))
    return data


def test_an_archive_gives_its_files_as_a_folder_would() -> None:
    members = {
        "contracts/a.txt": "第一条　当事人".encode(),
        "contracts/b.md": b"# Terms\n\nbody",
        "__MACOSX/contracts/._a.txt": b"x",
        ".DS_Store": b"x",
        "contracts/.hidden/c.txt": b"x",
        "empty/": b"",
    }
    expected = {"contracts/a.txt": "第一条　当事人", "contracts/b.md": "# Terms\n\nbody"}
    assert outcomes(zipped(members)) == expected
    files = {name: content for name, content in members.items() if not name.endswith("/")}
    for pack in (bytes, gzip.compress, bz2.compress, lzma.compress):
        assert outcomes(pack(tarred(files))) == expected


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_is_the_document_itself(pack: Callable[[bytes], bytes]) -> None:
    assert outcomes(pack("第一条　当事人".encode("gb18030") * 20)) == {"": "第一条　当事人" * 20}
    assert outcomes(pack(b'{"text": "a"}\n{"text": "b"}\n')) == {"line=1": "a", "line=2": "b"}


def test_members_of_an_archive_of_archives_are_found_by_their_way() -> None:
    inner = zipped({"rows.jsonl.gz": gzip.compress(b'{"text": "a"}\n{"text": "b"}\n')})
    assert outcomes(zipped({"in.zip": inner})) == {
        "in.zip/rows.jsonl.gz/line=1": "a",
        "in.zip/rows.jsonl.gz/line=2": "b",
    }


@pytest.mark.parametrize("name", ["合同/第一份.txt", "患者.txt", "病历（二）.txt", "张三.txt"])
def test_chinese_names_without_a_flag_read_as_they_were_written(name: str) -> None:
    assert outcomes(gbk_names({name: b"body"})) == {name: "body"}
    assert outcomes(tarred({name: b"body"})) == {name: "body"}


def test_an_office_file_inside_a_zip_does_not_make_an_office_file_of_it() -> None:
    book = io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.active.append(["fee", 5])
    workbook.save(book)
    assert outcomes(zipped({"a.txt": b"text", "b.xlsx": book.getvalue()}, zipfile.ZIP_STORED)) == {
        "a.txt": "text",
        "b.xlsx": "fee | 5\n",
    }


def test_one_damaged_member_costs_itself_alone() -> None:
    data = zipped({"a.txt": b"first " * 40, "b.txt": b"second"}, zipfile.ZIP_STORED).replace(b"first ", b"fiRst ", 1)
    assert outcomes(data) == {"a.txt": "DOC-BROKEN", "b.txt": "second"}


def gzip_quine() -> bytes:
    """A gzip file that inflates to itself, after Russ Cox, "Zip Files All The Way Down" (2010)."""

    def literal(size: int) -> bytes:
        return struct.pack("<BHH", 0, size, 0xFFFF ^ size)

    def bits(*fields: tuple[int, int]) -> bytes:
        written = place = 0
        for value, width in fields:
            written |= value << place
            place += width
        assert place == 40
        return written.to_bytes(5, "little")

    def repeat(size: int) -> bytes:
        """Copy the last 18 to 20 bytes, in two halves: a block of fixed codes of 40 bits."""
        halves = [size // 2, size - size // 2]
        matches = [
            field
            for half in halves
            for field in (
                (int(f"{half + 254 - 256:07b}"[::-1], 2), 7),
                (int("00010", 2), 5),  # distance code 8, most significant bit first
                (size - 17, 3),
            )
        ]
        return bits((0b010, 3), *matches, (0, 7))

    head = b"\x1f\x8b\x08\x08" + bytes(6) + b"abc\0"

    def whole(check: int) -> bytes:
        tail = struct.pack("<BHHII", 1, 0, 0xFFFF, check, 0)
        size = 0
        for _ in range(2):
            tail = tail[:-4] + struct.pack("<I", size)
            first, last = len(head) + 5, len(tail) + 5
            put = literal(first) + head + literal(first) + repeat(first) + literal(5) + repeat(first)
            put += literal(5) + literal(5) + literal(20) + repeat(first) + literal(5) + literal(5) + literal(20)
            put += repeat(20) + literal(20) + repeat(20) + literal(20) + repeat(20) + literal(20) + repeat(20)
            put += literal(20) + repeat(20) + literal(0) + literal(0) + literal(last)
            put += repeat(20) + literal(0) + literal(0) + literal(last) + repeat(last) + tail + repeat(last) + tail
            size = len(head + put)
        return head + put

    constant = zlib.crc32(whole(0))
    # crc(x) = A x + constant over GF(2); a quine's checksum is x = A x + constant.
    columns = [zlib.crc32(whole(1 << bit)) ^ constant ^ (1 << bit) for bit in range(32)] + [constant]
    rows = [sum(((column >> row) & 1) << bit for bit, column in enumerate(columns)) for row in range(32)]
    solved: dict[int, int] = {}
    for given_row in rows:
        row = given_row
        for bit, other in solved.items():
            row ^= other if (row >> bit) & 1 else 0
        lead = next((bit for bit in range(32) if (row >> bit) & 1), None)
        if lead is not None:
            solved = {bit: other ^ (row if (other >> lead) & 1 else 0) for bit, other in solved.items()} | {lead: row}
    return whole(sum(((row >> 32) & 1) << bit for bit, row in solved.items()))


def test_a_file_that_packs_itself_ends_as_nested_too_deep() -> None:
    quine = gzip_quine()
    assert gzip.decompress(quine) == quine
    assert outcomes(quine) == {"": "DOC-NEST"}


def lying(data: bytes) -> bytes:
    """A zip that declares a tenth of what its member inflates to."""
    at = data.rfind(b"PK\x01\x02") + 24
    size = struct.pack("<I", struct.unpack_from("<I", data, at)[0] // 10)
    return data[:at] + size + data[at + 4 :]


def overlapping() -> bytes:
    data = zipped({"a": b"a", "b": b"b"})
    return data[: data.rfind(b"PK\x01\x02") + 42] + struct.pack("<I", 0) + data[data.rfind(b"PK\x01\x02") + 46 :]


def zip_link() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        link = zipfile.ZipInfo("a.txt")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    return stream.getvalue()


def encrypted(data: bytes) -> bytes:
    at = data.rfind(b"PK\x01\x02") + 8
    return data[:at] + b"\x01" + data[at + 1 :]


def doubled() -> bytes:
    return zipped({"a.txt": b"1", "b.txt": b"2"}).replace(b"b.txt", b"a.txt")


def doubled_tar() -> bytes:
    stream = io.BytesIO(tarred({"a.txt": b"1"}))
    with tarfile.open(fileobj=stream, mode="a") as package:
        package.addfile(tarfile.TarInfo("a.txt"))
    return stream.getvalue()


def broken_tar() -> bytes:
    data = tarred({"a.txt": b"first", "b.txt": b"second"})
    return data[:1024] + b"\xff" * 8 + data[1032:]


def sparse_tar() -> bytes:
    def make(member: tarfile.TarInfo) -> None:
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "999999999"}

    return tarred({"a.txt": b"0\n" + bytes(510)}, make)


def nested(levels: int) -> bytes:
    data = b"text"
    for _ in range(levels):
        data = zipped({"in": data})
    return data


BOMB = bytes(30_000_000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped({"../../x": b"x"}), "DOC-PATH"),
        (zipped({"/etc/x": b"x"}), "DOC-PATH"),
        (zipped({"C:\\x": b"x"}), "DOC-PATH"),
        (zipped({"\\\\host\\x": b"x"}), "DOC-PATH"),
        (zip_link(), "DOC-PATH"),
        (tarred({"../../x": b"x"}), "DOC-PATH"),
        (tarred({"/etc/x": b"x"}), "DOC-PATH"),
        (linked(tarfile.SYMTYPE), "DOC-PATH"),
        (linked(tarfile.LNKTYPE), "DOC-PATH"),
        (linked(tarfile.CHRTYPE), "DOC-NOTFILE"),
        (linked(tarfile.FIFOTYPE), "DOC-NOTFILE"),
        (encrypted(zipped({"a.txt": b"a"})), "DOC-ENCRYPTED"),
        (doubled(), "DOC-ZIP-DUP"),
        (doubled_tar(), "DOC-ZIP-DUP"),
        (overlapping(), "DOC-ZIP-OVERLAP"),
        (zipped({"a": BOMB}), "DOC-ZIP-RATIO"),
        (gzip.compress(BOMB), "DOC-ZIP-RATIO"),
        (bz2.compress(BOMB), "DOC-ZIP-RATIO"),
        (lzma.compress(BOMB), "DOC-ZIP-RATIO"),
        (gzip.compress(tarred({"a": BOMB})), "DOC-ZIP-RATIO"),
        (sparse_tar(), "DOC-TYPE"),
        (zipped({str(n): b"" for n in range(10_001)}), "DOC-ZIP-ENTRIES"),
        (tarred({str(n): b"" for n in range(10_001)}), "DOC-ZIP-ENTRIES"),
        (zipped({"__MACOSX/a": b"x"}), "DOC-EMPTY"),
        (gzip.compress(b"some text " * 50)[:-12], "DOC-BROKEN"),
        (broken_tar(), "DOC-BROKEN"),
        (tarred({"a.txt": b"x" * 5000})[:3000], "DOC-BROKEN"),
    ],
)
def test_a_bad_archive_is_refused_whole(data: bytes, code: str) -> None:
    assert outcomes(data) == {"": code}


def test_sizes_in_a_zip_are_counted_not_believed() -> None:
    assert outcomes(lying(zipped({"a.txt": b"text " * 1000}))) == {"a.txt": "DOC-ZIP-LIED"}


def test_archives_nest_two_deep_and_no_deeper() -> None:
    assert outcomes(nested(3)) == {"in/in/in": "text"}
    assert outcomes(nested(4)) == {"in/in/in": "DOC-NEST"}


def test_an_archive_is_opened_member_by_member(monkeypatch: pytest.MonkeyPatch) -> None:
    inflated: list[str] = []
    whole = package.Package.read

    def read_one(self: package.Package, name: str) -> bytes:
        inflated.append(name)
        return whole(self, name)

    monkeypatch.setattr(package.Package, "read", read_one)
    parts = Reader().read(zipped({f"{n}.txt": b"text" for n in range(9)}))
    assert next(parts).locator == "0.txt"
    assert inflated == ["0.txt"]


def test_a_source_of_too_many_documents_says_where_reading_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_PARTS", 3)
    assert outcomes(zipped({f"{n}.txt": b"a" for n in range(9)})) == {
        "0.txt": "a",
        "1.txt": "a",
        "2.txt": "a",
        "3.txt": "DOC-SIZE",
    }
    monkeypatch.setattr(reading, "_PARTS", 100)
    monkeypatch.setattr(reading, "_CHARACTERS", 1)
    assert outcomes(zipped({f"{n}.txt": b"aa" for n in range(9)})) == {"0.txt": "aa", "1.txt": "DOC-SIZE"}


def test_rows_of_json_become_documents_through_the_mapping() -> None:
    data = {"rows": [{"q": "Is it?", "a": {"t": ["yes", "no"]}, "n": "第一", "id": 7}, {"q": "b", "a": {}}]}
    options = mapping("q", "a.t", title="n", meta=("id",), items="rows", match="*.json")
    first, second = read(json.dumps(data).encode(), options, "x.json")
    assert (first.locator, second.locator) == ("row=1", "row=2")
    assert isinstance(first.outcome, Extraction)
    assert first.outcome.text == "Is it?\n\nyes\nno"
    assert first.outcome.uses == ("fields",)
    meta = {key: first.outcome.meta[key] for key in ("title", "id", "format")}
    assert meta == {"title": "第一", "id": 7, "format": "json"}
    assert isinstance(second.outcome, Refused)
    assert second.outcome.code == "DOC-FIELDS"


def test_stars_gather_what_all_items_hold() -> None:
    law = {"name": "民法", "articles": [{"no": "第一條", "text": "甲"}, {"no": "第二條", "text": "乙"}]}
    assert outcomes(json.dumps(law).encode(), mapping("name", "articles.*.text")) == {"": "民法\n\n甲\n乙"}
    keyed = {"111": {"text": "a"}, "222": {"text": "b"}}
    assert outcomes(json.dumps(keyed).encode(), mapping("text", items="*")) == {"row=1": "a", "row=2": "b"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"text": "a"}', {"": "a"}),
        ('[{"body": "a"}, {"body": "b"}]', {"row=1": "a", "row=2": "b"}),
        ('{"content": "a"}\n\n{"content": "b"}\r\n', {"line=1": "a", "line=3": "b"}),
        ('\ufeff{"text": "a"}\n{"text": "b"}', {"line=1": "a", "line=2": "b"}),
        ('{\n  "text": "a"\n}\n', {"": "a"}),
        ('{"text": "a\u2028b\x85"}\n{"text": "b"}\n', {"line=1": "a\u2028b\x85", "line=2": "b"}),
        ('{"text": "bad \\ud800"}\n{"text": "\\u0000"}\n', {"line=1": "bad \ufffd", "line=2": "\ufffd"}),
        ('{"text": "a", "body": "b"}', {"": "DOC-FIELDS"}),
        ('{"text": ["a"]}', {"": "DOC-FIELDS"}),
        ("{}", {"": "DOC-EMPTY"}),
        ("[]", {"": "DOC-EMPTY"}),
        ("[1, 2]", {"": "DOC-FIELDS"}),
        ('[{"text": ""}, {"text": "b"}]', {"row=1": "DOC-EMPTY", "row=2": "b"}),
        ('{"text": "a"', {"": "DOC-BROKEN"}),
        ('{"text": "a"} trailing', {"": "DOC-BROKEN"}),
        (
            '{"text": "a"}\n{"text": "b"},\n{"text": NaN}\n{"text": "c"}',
            {"line=1": "a", "line=2": "DOC-BROKEN", "line=3": "DOC-BROKEN", "line=4": "c"},
        ),
        (
            '{"text": "a"}\n{"id": 1}\nnull\n{"text": 1, "text": 2}',
            {"line=1": "a", "line=2": "DOC-FIELDS", "line=3": "DOC-FIELDS", "line=4": "DOC-BROKEN"},
        ),
        ('{"text": "a"}\n{"text": ' + "[" * 100_000 + "\n", {"line=1": "a", "line=2": "DOC-DEPTH"}),
        ("[" * 100_000, {"": "DOC-DEPTH"}),
        ('{"a":' * 100_000, {"": "DOC-DEPTH"}),
    ],
)
def test_json_is_read_strictly_and_a_broken_row_costs_itself_alone(data: str, expected: dict[str, str]) -> None:
    assert outcomes(data.encode("utf-8", "surrogatepass")) == expected


def test_rows_that_nobody_mapped_are_refused_once_with_their_keys_shown() -> None:
    row = {f"k{n}\x1b[31m{'x' * 90}": n for n in range(20)}
    (part,) = read(f"{json.dumps(row)}\n{json.dumps(row)}".encode())
    assert isinstance(part.outcome, Refused)
    assert part.outcome.code == "DOC-FIELDS"
    assert part.outcome.found.count("k") == 8 + len(["no field mapping for rows with the ", "eys "]) - 1
    assert "\x1b" not in part.outcome.found
    assert len(part.outcome.found) < 500


def test_numbers_of_any_size_are_kept_and_nothing_hangs_on_them() -> None:
    digits = "9" * 200_000
    row = f'{{"text": "a", "n": {digits}, "x": 1e999, "y": 9007199254740993}}'
    extraction = document(row.encode(), mapping("text", meta=("n", "x", "y")))
    assert [extraction.meta[key] for key in "nxy"] == [digits, "1e999", 9007199254740993]


def test_metadata_is_kept_in_a_form_that_any_store_holds() -> None:
    row = json.dumps({"text": "a", "m": {"k\ud800": ["\x00", None, True, 0.5]}})
    assert document(row.encode(), mapping("text", meta=("m",))).meta["m"] == {"k\ufffd": ["\ufffd", None, True, 0.5]}
    deep = '{"text": "a", "m": ' + "[" * 400 + "]" * 400 + "}"
    assert outcomes(deep.encode(), mapping("text", meta=("m",))) == {"": "DOC-DEPTH"}


def test_the_json_test_suite_passes(shared_data: Path) -> None:
    """Nicolas Seriot, "Parsing JSON is a Minefield" (2016): y must parse, n must not, i either."""
    for file in sorted((shared_data / "nasty/json").iterdir()):
        data = file.read_bytes()
        codes = [part.outcome.code for part in read(data) if isinstance(part.outcome, Refused)]
        assert set(codes) <= set(CODES), file.name
        try:
            json_rows.loads(fields.row_text(data).text)
            parsed = True
        except Refused:
            parsed = False
        # Decoding replaces what no store can hold, NUL among it, before JSON is looked at.
        if file.name[:2] in {"y_", "n_"} and b"\0" not in data:
            assert parsed == file.name.startswith("y_"), file.name
        if file.name.startswith("y_"):
            assert not set(codes) - {"DOC-FIELDS", "DOC-EMPTY"}, file.name


PROSE = [
    "Dear Sir, please find enclosed the contract.\nYours, John\n",
    "Roses are red,violets are blue\nSugar is sweet,and so are you\n",
    "床前明月光,疑是地上霜\n举头望明月,低头思故乡\n",
    "甲方,乙方\n签字,盖章\n日期,日期\n甲公司,乙公司\n",
    "one, two, three\nfour, five, six\nseven, eight, nine\n",
    "Red,Green,Blue\nthe first, the second, the third\nhere, there, nowhere\n",
    "1.\tDefinitions\t4\n2.\tTerm\t5\n3.\tFees\t6\n",
    "Smith,John\nDoe,Jane\nRoe,Richard\nPoe,Edgar\nLow,Mary\n",
    "The Licensee shall pay,\nwithin ten days,\nthe fee.\n",
    "name,value\n",
    "WHEREAS, the parties agree;\nNOW, THEREFORE, as follows:\n",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_with_commas_is_no_table(text: str) -> None:
    assert dialect_of(text) is None


def test_no_real_document_is_taken_for_a_table(shared_data: Path) -> None:
    folders = ["legal/contracts-txt", "legal/cuad/txt", "legal/tw-statutes-big5", "legal/zh-statutes-gbk"]
    folders += ["legal/zh-statutes-gb18030", "legal/zh-statutes-md", "legal/zh-statutes-just-laws", "medical"]
    seen = 0
    for folder in folders:
        for file in (shared_data / folder).rglob("*"):
            if file.suffix in {".txt", ".md"}:
                assert dialect_of(fields.row_text(file.read_bytes()).text) is None, file.name
                seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("medical/zh-dialogue-gbk/内科5000-6000.csv", 0),
        ("medical/mts-dialog/MTS-Dialog-ValidationSet.csv", 100),
        ("legal/cuad/master_clauses.csv", 373),
        ("legal/legalbench/hearsay.tsv", 0),
        ("nasty/own/csv-field-200k.csv", 1),
    ],
)
def test_real_tables_are_read_row_by_row(shared_data: Path, file: str, rows: int) -> None:
    source = shared_data / file
    if not source.exists():
        pytest.skip(f"{file} is not there")
    parts = read(source.read_bytes(), ROWS)
    assert all(isinstance(part.outcome, Extraction) for part in parts)
    assert len(parts) == rows or not rows
    assert [part.locator for part in parts[:2]] == ["row=1", "row=2"][: len(parts)]


TABLE = 'id,question,answer\n1,"Is it, really?",yes\n2,"two\nlines",\n'


def test_a_table_is_one_document_of_rows_or_a_document_a_row() -> None:
    sheet = document(TABLE.encode())
    assert [sheet.text[block.start : block.end] for block in sheet.blocks] == [
        "id | question | answer",
        "1 | Is it, really? | yes",
        "2 | two\nlines | ",
    ]
    assert {block.kind for block in sheet.blocks} == {"table"}
    assert sheet.uses == ("tables",)
    assert outcomes(TABLE.encode(), ROWS) == {
        "row=1": "id: 1\nquestion: Is it, really?\nanswer: yes\n",
        "row=2": "id: 2\nquestion: two\nlines\n",
    }
    told = Options(tables="row", fields=(FieldMapping(text=("question", "answer"), meta=("id",)),))
    first, second = read(TABLE.encode("utf-16"), told)
    assert isinstance(first.outcome, Extraction)
    assert isinstance(second.outcome, Extraction)
    assert (first.outcome.text, second.outcome.text) == ("Is it, really?\n\nyes", "two\nlines")
    assert (first.outcome.meta["id"], first.outcome.uses) == ("1", ("tables", "fields"))
    wrong = Options(tables="row", fields=(FieldMapping(text=("ask",)),))
    assert outcomes(TABLE.encode(), wrong) == {"": "DOC-FIELDS"}


def test_a_row_of_other_cells_and_quotes_that_never_end_have_codes() -> None:
    rows = "".join(f"{n},text {n},x\n" for n in range(300))
    data = f"id,text,mark\n{rows}"
    assert outcomes(f"{data}7,8\n".encode(), ROWS)["row=301"] == "DOC-BROKEN"
    assert outcomes(f'{data}7,"open,x\n1,2,3\n'.encode()) == {"": "DOC-BROKEN"}


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufffe\uffff\ufeff"), min_size=1, max_size=20)
FILLED = CELLS.filter(lambda text: text.strip() != "")


@settings(max_examples=150, deadline=None)
@given(st.lists(FILLED, min_size=1, max_size=6), st.sampled_from("\t,;"))
def test_rows_written_as_a_table_come_back(texts: list[str], delimiter: str) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "mark", "text"], *([str(n), "x", text] for n, text in enumerate(texts))])
    told = Options(tables="row", fields=(FieldMapping(text=("text",), meta=("id",)),))
    assert list(outcomes(stream.getvalue().encode(), told).values()) == texts


@settings(max_examples=150, deadline=None)
@given(st.lists(FILLED, min_size=1, max_size=6), st.booleans(), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_rows_written_as_json_come_back(texts: list[str], ascii_only: bool, encoding: str) -> None:
    rows = [{"id": n, "text": text} for n, text in enumerate(texts)]
    whole = json.dumps(rows, ensure_ascii=ascii_only)
    lines = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
    assert list(outcomes(whole.encode(encoding)).values()) == texts
    assert list(outcomes(lines.encode(encoding), mapping("text")).values()) == texts


def book(**worksheets: list[list[Any]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in worksheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def rewritten(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[part] = change(parts[part])
    return zipped(parts)


XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(XML_TEXT.filter(lambda text: text.strip() != "" and text[0] != "="), min_size=1, max_size=5))
def test_rows_written_as_a_spreadsheet_come_back(texts: list[str]) -> None:
    data = book(Sheet=[["id", "text"], *([n, text] for n, text in enumerate(texts))])
    told = Options(tables="row", fields=(FieldMapping(text=("text",), meta=("id",)),))
    assert list(outcomes(data, told).values()) == texts


def test_sheets_are_documents_and_rows_have_their_sheet() -> None:
    data = book(**{"Fees": [["item", "fee"], ["合同", 5]], "A&B": [["x", None, "y"]], "Empty": []})
    assert outcomes(data) == {"sheet=Fees": "item | fee\n合同 | 5\n", "sheet=A%26B": "x |  | y\n"}
    assert outcomes(data, ROWS) == {"sheet=Fees&row=1": "item: 合同\nfee: 5\n"}
    assert outcomes(book(Only=[["a"]])) == {"": "a\n"}
    assert outcomes(book(Only=[])) == {"": "DOC-EMPTY"}


def test_cells_show_what_the_spreadsheet_shows() -> None:
    import datetime as dt

    data = book(Only=[["when", "share", "amount", "code", "sum", "done", "time"]])
    workbook = openpyxl.load_workbook(io.BytesIO(data))
    sheet = workbook.active
    shown = [
        (dt.date(2024, 5, 1), "yyyy-mm-dd"),
        (0.125, "0.0%"),
        (-1234.5, '"¥"#,##0.00'),
        (42, "00000"),
        (0.1 + 0.2, "General"),
        (True, "General"),
        (dt.time(10, 30), "h:mm"),
    ]
    for column, (value, form) in enumerate(shown, 1):
        cell = sheet.cell(2, column, value)
        cell.number_format = form
    sheet.cell(3, 1, "=A2+1")
    stream = io.BytesIO()
    workbook.save(stream)
    lines = document(stream.getvalue()).text.splitlines()
    assert lines[1:] == ["2024-05-01 | 12.5% | -¥1,234.50 | 00042 | 0.3 | TRUE | 10:30:00", "=A2+1"]


def test_a_wrong_dimension_record_costs_no_row() -> None:
    rows = [["n", "text"], *([n, "x"] for n in range(20_000))]
    data = rewritten(
        book(Only=rows),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b'ref="A1:B20001"', b'ref="A1"'),
    )
    assert len(document(data).blocks) == 20_001


def test_a_spreadsheet_of_too_many_cells_has_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def far(part: bytes) -> bytes:
        rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(1, 400))
        return part.replace(b"<sheetData></sheetData>", b"<sheetData>" + rows + b"</sheetData>")

    scattered = rewritten(book(Only=[]), "xl/worksheets/sheet1.xml", far)
    assert outcomes(scattered) == {"": "DOC-SIZE"}  # the gaps alone are ten million characters
    assert outcomes(scattered, ROWS)[""] == "DOC-CELLS"
    monkeypatch.setattr(sheets, "_CELLS", 50)
    assert outcomes(book(Only=[[f"text {n}"] for n in range(51)])) == {"": "DOC-CELLS"}
    assert outcomes(book(Only=[[n] for n in range(51)])) == {"": "DOC-CELLS"}
    assert len(outcomes(book(Only=[[n] for n in range(50)]), ROWS)) == 49


def shared(strings: str, cells: str) -> bytes:
    """A workbook as Excel writes it: cells point into one list of strings."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    links = [("1", "worksheet", "worksheets/sheet1.xml"), ("2", "sharedStrings", "/xl/sharedStrings.xml")]
    related = "".join(f'<Relationship Id="r{n}" Type="{office}/{kind}" Target="{to}"/>' for n, kind, to in links)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="费用" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}</Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
        "xl/worksheets/sheet1.xml": f'<x:worksheet xmlns:x="{main}"><x:dimension ref="A1"/><x:sheetData>{cells}'
        "</x:sheetData></x:worksheet>",
    }
    return zipped({name: part.encode() for name, part in parts.items()})


def test_shared_strings_read_without_what_says_how_to_pronounce_them(monkeypatch: pytest.MonkeyPatch) -> None:
    strings = (
        "<si><t>费用</t><rPh sb='0' eb='1'><t>fei</t></rPh></si>"
        "<si><r><t>每</t></r><r><t xml:space='preserve'> 月</t></r></si>"
    )
    filled = [("r='C7' t='s'", "1"), ("t='s'", "0"), ("t='e'", "#N/A")]
    cells = "".join(f"<x:c {said}><x:v>{value}</x:v></x:c>" for said, value in filled)
    cells = f"<x:row r='7'>{cells}</x:row>"
    assert outcomes(shared(strings, cells)) == {"": " |  | 每 月 | 费用 | #N/A\n"}
    assert outcomes(shared("", cells)) == {"": "DOC-BROKEN"}
    monkeypatch.setattr(sheets, "_CELLS", 50)
    assert outcomes(shared("<si/>" * 51, "")) == {"": "DOC-CELLS"}


def test_a_spreadsheet_with_a_type_definition_is_refused() -> None:
    data = rewritten(book(Only=[["a"]]), "xl/worksheets/sheet1.xml", lambda part: b"<!DOCTYPE x>" + part)
    assert outcomes(data) == {"": "DOC-DTD"}


def mail(subject: str = "关于合同", body: str = "第一条　付款。\n", charset: str = "gb18030") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", subject
    message["Date"] = "Fri, 16 Dec 2022 17:04:16 +0800"
    message.set_content(body, charset=charset)
    return message


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030", "big5", "utf-7", "hz"])
def test_a_mail_is_its_subject_and_its_body(charset: str) -> None:
    extraction = document(bytes(mail("你好", "你好，第一\n", charset)))
    assert extraction.text == "你好\n\n你好，第一\n"
    assert extraction.blocks[0].kind == "heading"
    meta = {key: extraction.meta[key] for key in ("from", "to", "date", "title", "format")}
    assert meta == {
        "from": "a@example.com",
        "to": "b@example.com",
        "date": "2022-12-16T17:04:16+08:00",
        "title": "你好",
        "format": "eml",
    }


def test_attachments_are_members_and_the_html_twin_is_none() -> None:
    message = mail("Terms", "See below.\n", "utf-8")
    message.add_alternative("<html><body><p>See below.</p></body></html>", subtype="html")
    message.add_attachment(b"first terms", maintype="application", subtype="octet-stream", filename="../合同.txt")
    message.add_attachment(
        b'{"text": "a"}\n{"text": "b"}\n', maintype="application", subtype="json", filename="r.jsonl"
    )
    message.add_attachment(mail("Inner", "inner body\n", "utf-8"))
    assert outcomes(bytes(message)) == {
        "": "Terms\n\nSee below.\n",
        "attachment=1/合同.txt": "first terms",
        "attachment=2/r.jsonl/line=1": "a",
        "attachment=2/r.jsonl/line=2": "b",
        "attachment=3": "Inner\n\ninner body\n",
    }


def test_a_mail_of_html_alone_reads_as_its_page() -> None:
    message = mail()
    message.set_content("<html><body><h1>Terms</h1><p>Pay.</p></body></html>", subtype="html")
    assert outcomes(bytes(message)) == {"": "关于合同\n\nTerms\nPay.\n"}


def test_a_mail_nested_too_deep_has_a_code() -> None:
    levels = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000))
    head = b"From: a@example.com\nTo: b@example.com\nSubject: s\nMIME-Version: 1.0\n"
    assert outcomes(zipped({"a.eml": head + levels, "b.txt": b"b"})) == {"a.eml": "DOC-DEPTH", "b.txt": "b"}


def test_an_encrypted_mail_has_a_code() -> None:
    data = bytes(mail(charset="utf-8")).replace(b"text/plain; charset", b"multipart/encrypted; protocol")
    assert outcomes(data) == {"": "DOC-ENCRYPTED"}


def test_a_mailbox_gives_its_mails() -> None:
    first, second = (bytes(mail("S", f"body {n}\n>From x\n")) for n in (1, 2))
    separator = b"From a@example.com Fri Dec 16 17:04:16 2022\n"
    data = separator + first + b"\n" + separator + second
    assert outcomes(data) == {"message=1": "S\n\nbody 1\nFrom x\n", "message=2": "S\n\nbody 2\nFrom x\n"}


SAMPLES: list[bytes] = [
    zipped({"a.txt": b"text " * 9, "r.jsonl": b'{"text": "a"}\n{"text": "b"}'}),
    tarred({"a.txt": b"text " * 9, "b.txt": b"b"}),
    gzip.compress(tarred({"a.txt": b"text " * 9})),
    bz2.compress(b"text " * 9),
    lzma.compress(b"text " * 9),
    b'[{"text": "a"}, {"text": "b", "n": [1, 2.5e3]}]',
    b'{"text": "a"}\n{"text": "b"}\n',
    TABLE.encode(),
    book(Only=[["a", 1], ["b", 2.5]]),
    bytes(mail()),
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(product(SAMPLES, [PLAIN, ROWS]))), st.data())
def test_damage_gives_documents_or_codes_and_nothing_else(whole: tuple[bytes, Options], data: st.DataObject) -> None:
    source, options = whole
    at = data.draw(st.integers(0, len(source) - 1))
    piece = data.draw(st.binary(max_size=8))
    length = data.draw(st.integers(0, 8))
    for part in Reader(options).read(source[:at] + piece + source[at + length :]):
        if isinstance(part.outcome, Refused):
            assert part.outcome.code in CODES
            assert not part.outcome.found.startswith("the reader stopped"), part.outcome.found
