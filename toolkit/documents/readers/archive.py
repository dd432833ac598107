"""Zip and tar archives: each file inside is read as if it lay in a folder, hidden ones left out.

An archive is checked whole before any member is read, and one bad entry refuses all of it: links, devices, names that
lead outside, bombs. Nothing is ever written to disk. Members come one at a time.
"""

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

from toolkit.documents.options import Options
from toolkit.documents.readers.package import ENTRIES, MEMBER, TOTAL, Package, leads_outside, outside
from toolkit.documents.reading import Member
from toolkit.documents.refusal import Refused
from toolkit.text import decode

_UTF8_NAME: Final = 0x800
"""The flag of a zip member whose name is UTF-8."""


def read_zip(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield the files of a zip archive; one that cannot be inflated is refused by itself.

    Raises:
        Refused: the zip gate's codes, ``DOC-EMPTY`` when there is no file.
    """
    del options
    package = Package(data)
    entries = [member for member in package.members if not _is_folder(member)]
    wanted = _visible(zip(_zip_names(entries), entries, strict=True))
    for inner, entry in wanted:
        try:
            content: bytes | Refused = package.read(entry.filename)
        except Refused as refused:
            content = refused
        yield Member(inner, content, name=below(name, inner))


def read_tar(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield the files of a tar archive.

    Raises:
        Refused: as ``read_zip``, and ``DOC-NOTFILE`` for devices and pipes.
    """
    del options
    yield from read_tar_stream(lambda: io.BytesIO(data), name)


def read_tar_stream(opened: Callable[[], Any], name: str) -> Iterator[Member]:
    """Yield the files of a tar archive that can be read from its beginning twice: to check it, and to give it out.

    Args:
        opened: gives the archive's bytes anew, as an object with ``read(size)``.
        name: what the archive is called.
    """
    with _tar(opened()) as archive:
        places = list(_checked(archive))
    wanted = dict(_visible((inner, place) for place, inner in enumerate(_tar_names(places)) if inner))
    inner_names = {place: inner for inner, place in wanted.items()}
    with _tar(opened()) as archive:
        for place, entry in enumerate(_entries(archive)):
            if place in inner_names:
                inner = inner_names[place]
                yield Member(inner, _content(archive, entry), name=below(name, inner))


def below(container: str, inner: str) -> str:
    """Return what a member is called, for the choice of a field mapping: as if its archive were a folder."""
    return f"{container}/{inner}" if container else inner


def _is_folder(member: zipfile.ZipInfo) -> bool:
    return member.filename.endswith(("/", "\\")) or stat.S_ISDIR(member.external_attr >> 16)


def _visible(named: Iterator[tuple[str, Any]] | Any) -> list[tuple[str, Any]]:
    """Members to read, in the order of the archive.

    Raises:
        Refused: ``DOC-PATH`` and ``DOC-ZIP-DUP`` for names as they read once decoded, ``DOC-EMPTY`` for no file at all.
    """
    found: dict[str, Any] = {}
    for name, entry in named:
        if leads_outside(name):
            raise outside()
        if name in found:
            raise Refused("DOC-ZIP-DUP", "an archive with two members of one name")
        found[name] = entry
    seen = [(name, entry) for name, entry in found.items() if not _is_hidden(name)]
    if not seen:
        raise Refused("DOC-EMPTY", "an archive without a file, hidden ones aside")
    return seen


def _is_hidden(name: str) -> bool:
    """What a folder walk leaves out, and what macOS adds to an archive."""
    return any(part == "__MACOSX" or (part.startswith(".") and part != ".") for part in name.split("/"))


def _zip_names(members: list[zipfile.ZipInfo]) -> list[str]:
    known = [bool(member.flag_bits & _UTF8_NAME) for member in members]
    raw = [
        member.orig_filename.encode("utf-8" if utf8 else "cp437") for member, utf8 in zip(members, known, strict=True)
    ]
    encoding = _encoding_of([name for name, utf8 in zip(raw, known, strict=True) if not utf8])
    return [
        name.decode("utf-8" if utf8 else encoding, "replace").replace("\\", "/")
        for name, utf8 in zip(raw, known, strict=True)
    ]


def _tar_names(names: list[str]) -> list[str]:
    raw = [name.encode("utf-8", "surrogateescape") for name in names]
    encoding = _encoding_of(raw)
    return [name.decode(encoding, "replace") for name in raw]


def _encoding_of(names: list[bytes]) -> str:
    """The one encoding of an archive's names: what they read as together, else what short Chinese names are in.

    Names are too short for the common characters to show; GB2312's bytes are all above 0xA0, where code page 437 has
    box drawings and no letters.
    """
    joined = b"\n".join(name for name in names if not name.isascii())
    for encoding in ("utf-8", "gb2312"):
        try:
            joined.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    found = decode(joined)
    return found.encoding if found and found.encoding != "cp1252" else "cp437"


class _Entry(tarfile.TarInfo):
    """A member whose broken header is an error: the library would take it for the archive's end."""

    @classmethod
    def frombuf(cls, buf: Any, encoding: str, errors: str) -> "_Entry":
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if any(buf):
                raise _broken() from error
            raise  # nothing or zeros: the end


def _broken() -> Refused:
    return Refused("DOC-BROKEN", "a tar archive that cannot be read")


def _tar(source: IO[bytes]) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=source, mode="r|", tarinfo=_Entry, encoding="utf-8", errors="surrogateescape")
    except (tarfile.TarError, ValueError) as error:
        raise _broken() from error


def _entries(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    try:
        yield from archive
    except (tarfile.TarError, ValueError) as error:
        raise _broken() from error


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    try:
        file = archive.extractfile(entry)
        assert file is not None
        return file.read()
    except (tarfile.TarError, ValueError) as error:
        raise _broken() from error


def _checked(archive: tarfile.TarFile) -> Iterator[str]:
    """The name of each entry as it stands there; empty for folders."""
    total = 0
    for place, entry in enumerate(_entries(archive)):
        if place >= ENTRIES:
            raise Refused("DOC-ZIP-ENTRIES", f"an archive of more than {ENTRIES:,} members")
        if entry.issym() or entry.islnk() or leads_outside(entry.name):
            raise outside()
        if not (entry.isfile() or entry.isdir()):
            raise Refused("DOC-NOTFILE", "an archive with a device, a pipe or an entry of no known kind")
        if entry.issparse():
            raise Refused("DOC-TYPE", "a tar archive with a file full of holes")
        total += entry.size
        if not 0 <= entry.size <= MEMBER or total > TOTAL:
            raise Refused("DOC-ZIP-RATIO", f"a tar member that declares {entry.size:,} bytes")
        yield "" if entry.isdir() else entry.name
