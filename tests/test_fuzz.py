"""Damaged files of every format, made by chance from a seed: a reader gives documents or codes, whatever comes."""

import gzip
import os
import random
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from hostile_files import docx, office, paragraph, shown, written, xlsx, zipped

from toolkit.documents.options import Options
from toolkit.documents.reading import Reader
from toolkit.documents.refusal import CODES, Refused
from toolkit.documents.sandbox import Sandbox, Wanted
from toolkit.workspace.settings import FieldMapping

CASES: Final = 200
"""Damaged files of each format."""
ENDED: Final = (MemoryError, RecursionError)
"""What a reader may end with beside a refusal: the sandbox makes a code of it."""
CLAUSE: Final = "1. Term. 第一条　The parties agree “as follows”.\n\n(a) once;\n"
MAIL: Final = """From: a@b
To: =?gb2312?B?1cXI/Q==?= <c@d>
Subject: s
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain; charset=gbk

words
--x
Content-Disposition: attachment; filename="a.txt"

b
"""
RICH: Final = (
    rb"{\rtf1\ansi\ansicpg936\uc1{\fonttbl{\f0\fcharset134 SimSun;}}{\stylesheet{\s1\outlinelevel0 heading 1;}}"
    rb"\pard\s1 Title\par body \'b5\'da\u31532?{\pict\bin4 abcd}{\field{\*\fldinst HYPERLINK x}{\fldrslt y}}\par"
    rb"\trowd\cellx100\cellx200\intbl a\cell b\cell\row{\footnote note}}"
)
SLIDE: Final = (
    '<p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>one</a:t></a:r></a:p></p:txBody>'
)
WHOLE: Final = {
    "text": CLAUSE.encode(),
    "gbk": (CLAUSE * 3).encode("gb18030"),
    "wide": CLAUSE.encode("utf-16"),
    "html": f"<html><head><meta charset=utf-8></head><body><h1>a</h1><table><tr><td>1<td>2</table><p>{CLAUSE}".encode(),
    "xml": f"<?xml version='1.0'?><bill><section><num>1</num><p>{CLAUSE}</p></section></bill>".encode(),
    "json": b'[{"text": "a", "meta": {"n": [1, 2.5e3]}}, {"text": "b\\u7b2c"}]',
    "jsonl": b'{"text": "a"}\n{"text": "b", "x": null}\n' * 3,
    "csv": b'name,clause,fee\na,"one, ""two""",5\nb,three,6\nc,four,7\n',
    "mail": MAIL.encode(),
    "rtf": RICH,
    "pdf": shown("<</Title(a)>>", content=written("The parties agree"), end="/Info 6 0 R"),
    "docx": docx(paragraph("a") + "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>", styles="<w:styles xmlns:w='w'/>"),
    "xlsx": xlsx(
        '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>', "<si/>"
    ),
    "pptx": office("pptx", {"ppt/presentation.xml": "<p/>", "ppt/slides/slide1.xml": SLIDE}),
    "zip": zipped({"a.txt": CLAUSE, "b/c.html": "<html><p>words"}),
    "gzip": gzip.compress(CLAUSE.encode(), mtime=0),
}
OPTIONS: Final = (Options(), Options(tables="row"), Options(fields=(FieldMapping(text=("text",), meta=("meta.n.0",)),)))
PLANTED: Final = (
    b"\0",
    b"\xff" * 4,
    b"-1",
    b"99999999999",
    b"<",
    b"&#0;",
    b'"',
    b"]]>",
    b"\\bin9999",
    b"\\u-1",
    b"[" * 300,
)


def damaged(whole: bytes, dice: random.Random) -> bytes:
    """A few bits turned, pieces lost, doubled, swapped for others or for what parsers trip over."""
    if whole.startswith(b"PK") and dice.random() < 0.7:
        return _repacked(whole, dice)
    for _ in range(dice.choice((1, 1, 2, 8))):
        at, size = dice.randrange(len(whole) + 1), dice.choice((1, 4, 40))
        start = dice.randrange(len(whole) + 1)
        middle = (
            dice.randbytes(size),
            b"",
            whole[start : start + size],
            dice.choice(PLANTED),
            bytes(byte ^ 1 << dice.randrange(8) for byte in whole[at : at + 1]),
        )
        whole = whole[:at] + dice.choice(middle) + whole[at + dice.choice((0, 1, size, len(whole))) :]
    return whole


def _repacked(whole: bytes, dice: random.Random) -> bytes:
    with zipfile.ZipFile(BytesIO(whole)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = dice.choice(list(parts))
    return zipped(parts | {name: damaged(parts[name], dice)})


def cases(cases: int) -> Iterator[tuple[str, bytes, Options]]:
    for kind, whole in WHOLE.items():
        for number in range(cases):
            dice = random.Random(f"{kind} {number}")
            yield f"{kind}-{number}", damaged(whole, dice), dice.choice(OPTIONS)


def read_all() -> None:
    """Tell of the cases that end in anything but documents, refusals that say why, and what the sandbox sees to."""
    resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
    for name, data, options in cases(CASES):
        try:
            for part in Reader(options).read(data):
                if isinstance(part.outcome, Refused):
                    assert part.outcome.code in CODES
                    assert "the reader stopped" not in part.outcome.found, part.outcome.found
        except ENDED:
            continue
        except BaseException as error:  # noqa: BLE001 - finding any is what this is for
            sys.stdout.write(f"{name}: {type(error).__name__} {error}\n")


def test_no_reader_ends_in_anything_but_documents_and_codes() -> None:
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    command = [sys.executable, "-c", "import test_fuzz; test_fuzz.read_all()"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_sandbox_makes_an_outcome_of_every_case(tmp_path: Path) -> None:
    wanted = []
    for name, data, _ in cases(CASES // 20):
        (tmp_path / name).write_bytes(data)
        wanted.append(Wanted(tmp_path / name, name))
    with Sandbox(1).open() as sandbox:
        outcomes = list(sandbox.parse(wanted))
    assert len(outcomes) == len(wanted)
    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert {one.code for one in refused} <= set(CODES)
    assert [one.found for one in refused if "crashed" in one.found] == []
