"""Old Office files, WordPerfect, WPS and OpenDocument, converted to today's formats by an installed LibreOffice.

Each file has a process of its own, with an empty profile in an empty folder, no macros, no updating of links, no
network where the kernel lets an ordinary process leave it, and limits of time, memory and file size. It is the parent
that converts: the sandbox's children may write no file.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.documents.readers.package import Package
from toolkit.documents.refusal import Refused

_PLACES: Final = (
    "/usr/lib/libreoffice/program/soffice",
    "/usr/lib64/libreoffice/program/soffice",
    "/opt/libreoffice*/program/soffice",
    "/snap/bin/libreoffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_OLE: Final = b"\xd0\xcf\x11\xe0"
_WORKBOOK: Final = frozenset({b"\x09\x08\x10\x00", b"\x09\x08\x08\x00"})
"""How a workbook begins, in either version."""
_MANIFEST: Final = 2**20
"""Bytes of the longest list of parts that is searched for passwords."""
_FILE: Final = 256 * 2**20
"""Bytes of the largest file that a conversion may write."""
_LAUNCH: Final = """
import ctypes, os, resource, sys
libc = ctypes.CDLL(None)
if libc.unshare(0x40000000) and os.geteuid():
    libc.unshare(0x50000000)
memory, seconds, size = map(int, sys.argv[1:4])
resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.execv(sys.argv[4], sys.argv[4:])
"""
"""Leaves the network and takes on the limits before LibreOffice starts: a fork in a program of threads may not."""
_SETTING: Final = (
    '<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop>'
    "</item>"
)
_NEVER: Final = "2"
_SETTINGS: Final = (
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Common/Security/Scripting", "DisableOLEAutomation", "true"),
    ("Writer/Content/Update", "Link", _NEVER),
    ("Calc/Content/Update", "Link", _NEVER),
    ("Common/Misc", "FirstRun", "false"),
    ("Java", "Enable", "false"),
)


class _Conversion(NamedTuple):
    """The extension and the filter of what goes in, the extension of what comes out.

    Without a named filter LibreOffice takes a damaged file for plain text, and converts its bytes.
    """

    before: str
    filter: str
    after: str


_WORD, _WORD_95 = _Conversion("doc", "MS Word 97", "docx"), _Conversion("doc", "MS Word 95", "docx")
_STREAMS: Final = {
    "WordDocument": _WORD,
    "Workbook": _Conversion("xls", "MS Excel 97", "xlsx"),
    "Book": _Conversion("xls", "MS Excel 95", "xlsx"),
    "PowerPoint Document": _Conversion("ppt", "MS PowerPoint 97", "pptx"),
    "MatOST": _Conversion("wps", "MS_Works", "docx"),
}
"""What an OLE file is, by a stream that it has."""
_OPEN_DOCUMENTS: Final = {
    "text": _Conversion("odt", "writer8", "docx"),
    "spreadsheet": _Conversion("ods", "calc8", "xlsx"),
    "presentation": _Conversion("odp", "impress8", "pptx"),
}
_WORD_PERFECT: Final = _Conversion("wpd", "WordPerfect", "docx")
_FIRST_OF_97: Final = 0xC0
"""Version numbers in a Word file's header from Word 97 on are larger."""


class Cost(NamedTuple):
    """What one conversion may cost: bytes of address space, seconds by the clock."""

    memory: int = 2 * 2**30
    wall: float = 120.0


def soffice() -> str | None:
    """Return the path of the installed LibreOffice, or None."""
    for name in ("soffice", "libreoffice"):
        if found := shutil.which(name):
            return found
    places = (place for pattern in _PLACES for place in sorted(Path("/").glob(pattern.lstrip("/"))))
    return next(map(str, places), None)


def converted(data: bytes, cost: Cost | None = None) -> bytes:
    """Return a file as DOCX, XLSX or PPTX.

    Raises:
        Refused: ``DOC-NO-OFFICE`` where no LibreOffice is installed, ``DOC-TYPE`` for what it does not read, a code
            of the zip gate, ``DOC-ENCRYPTED``, ``DOC-TIMEOUT``, or ``DOC-BROKEN`` when nothing came out.
    """
    conversion = _conversion(data)
    if _has_password(data):
        raise Refused("DOC-ENCRYPTED", "an Office file with a password")
    program = soffice()
    if program is None:
        raise Refused("DOC-NO-OFFICE", "an old Office, WPS, WordPerfect or OpenDocument file")
    with tempfile.TemporaryDirectory(prefix="toolkit-office-") as name:
        folder = Path(name)
        source = folder / f"source.{conversion.before}"
        source.write_bytes(data)
        _settle(folder / "profile" / "user")
        _run(program, folder, source, conversion, cost or Cost())
        target = folder / "out" / f"source.{conversion.after}"
        if not target.is_file():
            raise Refused("DOC-BROKEN", "a file that LibreOffice cannot convert")
        return target.read_bytes()


def _conversion(data: bytes) -> _Conversion:
    if data.startswith(b"\xffWPC"):
        return _WORD_PERFECT
    if data.startswith(b"PK"):
        found = [kind for name, kind in _OPEN_DOCUMENTS.items() if f"opendocument.{name}".encode() in data[:120]]
    else:
        found = [kind for name, kind in _STREAMS.items() if name.encode("utf-16-le") + b"\0\0" in data]
    if not found:
        raise Refused("DOC-TYPE", "a compound file of no known kind")
    header = _word_header(data) if found[0] == _WORD else -1
    old = header >= 0 and int.from_bytes(data[header + 2 : header + 4], "little") <= _FIRST_OF_97
    return _WORD_95 if old else found[0]


def _word_header(data: bytes) -> int:
    """Where a Word file's header lies: its stream begins on a sector; -1 where there is none."""
    sectors = range(512, len(data) - 32, 512)
    return next((at for at in sectors if data[at : at + 2] in {b"\xec\xa5", b"\xdc\xa5"}), -1)


def _has_password(data: bytes) -> bool:
    """A Word file says so in its header, a workbook in one of its first records, OpenDocument in its manifest."""
    if data.startswith(b"PK"):
        package = Package(data)
        manifest = next((one for one in package.members if one.filename == "META-INF/manifest.xml"), None)
        short = manifest is not None and manifest.file_size <= _MANIFEST
        return short and b"encryption-data" in package.read("META-INF/manifest.xml")
    if not data.startswith(_OLE):
        return False
    header = _word_header(data)
    if header >= 0:
        return bool(data[header + 11] & 1)
    books = (at for at in range(512, len(data) - 32, 512) if data[at : at + 4] in _WORKBOOK)
    return any(_has_file_pass(data, at) for at in books)


def _has_file_pass(data: bytes, at: int) -> bool:
    for _ in range(4):
        if data[at : at + 2] == b"\x2f\x00":
            return True
        at += 4 + int.from_bytes(data[at + 2 : at + 4], "little")
    return False


def _settle(user: Path) -> None:
    """Write the settings of a fresh profile."""
    user.mkdir(parents=True)
    items = "".join(_SETTING.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        f"{items}</oor:items>"
    )
    (user / "registrymodifications.xcu").write_text(text, encoding="utf-8")


def _run(program: str, folder: Path, source: Path, kind: _Conversion, cost: Cost) -> None:
    options = ["--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"]
    conversion = [f"--infilter={kind.filter}", "--convert-to", kind.after, "--outdir", str(folder / "out"), str(source)]
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    limits = [str(cost.memory), str(int(cost.wall) + 1), str(_FILE)]
    process = subprocess.Popen(  # noqa: S603 - the program is LibreOffice, its arguments are made here
        [sys.executable, "-I", "-S", "-c", _LAUNCH, *limits, program, profile, *options, *conversion],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(cost.wall)
    except subprocess.TimeoutExpired as error:
        raise Refused("DOC-TIMEOUT", f"no end of its conversion after {cost.wall:g} seconds") from error
    finally:
        # The program is a script that starts others: all of them end with it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
