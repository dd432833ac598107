"""The zip gate: no member of a zip is inflated before the whole of it has shown to be harmless.

Sizes in a zip's directory are claims; every inflation counts its real bytes against them. The limits hold for other
archives and packed streams as well.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from typing import Final

from toolkit.documents.refusal import Refused

ENTRIES: Final = 10_000
MEMBER: Final = 256 * 2**20
TOTAL: Final = 2**30
RATIO: Final = 200
RATIO_FREE: Final = 10 * 2**20
"""Bytes that a member may inflate to at any ratio."""
_DOCTYPES: Final = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_DRIVE = re.compile(r"[A-Za-z]:")
_LOCAL_HEADER: Final = 30
_ZIP64: Final = 0xFFFF
"""An entry count that says: see elsewhere, there are more."""
_ENTRIES_AT: Final = 10
"""Offset of the entry count in the end record of a zip."""


class Package:
    """A zip that passed the gate.

    Attributes:
        members: the directory's entries, folders included, in their order.
        names: their names.
    """

    def __init__(self, data: bytes) -> None:
        """Check a zip's directory.

        Raises:
            Refused: ``DOC-BROKEN``, ``DOC-ENCRYPTED``, ``DOC-PATH`` or one of the ``DOC-ZIP-`` codes.
        """
        at = data.rfind(b"PK\x05\x06")
        if at >= 0 and len(data) >= at + 12 and struct.unpack_from("<H", data, at + _ENTRIES_AT)[0] == _ZIP64:
            raise Refused("DOC-ZIP-ENTRIES", "an archive of 65,535 members or more")
        try:
            self.members = zipfile.ZipFile(io.BytesIO(data)).infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, struct.error) as error:
            raise Refused("DOC-BROKEN", "a zip archive that cannot be read") from error
        _check(self.members)
        self._data = data
        self._by_name = {member.filename: member for member in self.members}
        self.names = tuple(self._by_name)

    def read(self, name: str) -> bytes:
        """Return a member's inflated bytes.

        Raises:
            Refused: ``DOC-ZIP-LIED`` when it inflates to another size than declared, ``DOC-BROKEN`` when it does not.
        """
        member = self._by_name[name]
        start = member.header_offset
        if self._data[start : start + 4] != b"PK\x03\x04" or len(self._data) < start + _LOCAL_HEADER:
            raise Refused("DOC-BROKEN", "a zip member without a header")
        name_length, extra_length = struct.unpack_from("<HH", self._data, start + 26)
        start += _LOCAL_HEADER + name_length + extra_length
        packed = self._data[start : start + member.compress_size]
        content = packed if member.compress_type == zipfile.ZIP_STORED else _inflate(packed, member.file_size)
        if len(content) != member.file_size:
            raise Refused("DOC-ZIP-LIED", "a zip member of another size than the archive declares")
        if zlib.crc32(content) != member.CRC:
            raise Refused("DOC-BROKEN", "a zip member with a wrong checksum")
        return content

    def xml(self, name: str) -> bytes:
        """Return an XML part's bytes; no part of an Office package has a document type definition.

        Raises:
            Refused: as ``read``, and ``DOC-DTD``.
        """
        content = self.read(name)
        if any(sign in content for sign in _DOCTYPES):
            raise Refused("DOC-DTD", "an XML part with a document type definition")
        return content


def leads_outside(name: str) -> bool:
    r"""Return whether a member's name is absolute, climbs, names a drive or holds a NUL.

    >>> leads_outside("a/b..txt"), leads_outside("a/../b"), leads_outside("C:\\a"), leads_outside("\\\\host\\a")
    (False, True, True, True)
    """
    name = name.replace("\\", "/")
    return name.startswith("/") or ".." in name.split("/") or bool(_DRIVE.match(name)) or "\x00" in name


def outside() -> Refused:
    """Return the refusal of an archive with a member that leads outside."""
    return Refused("DOC-PATH", "an archive member that points outside")


def inflates_too_far(size: int, packed: int) -> bool:
    """Return whether so many bytes out of so few are more than any document's."""
    return size > MEMBER or (size > RATIO_FREE and size > RATIO * max(1, packed))


def _inflate(packed: bytes, declared: int) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        # One byte more than declared is enough to know of the lie.
        return inflater.decompress(packed, declared + 1)
    except zlib.error as error:
        raise Refused("DOC-BROKEN", "a zip member that cannot be inflated") from error
    except MemoryError as error:
        # One large block that was not to be had: everything else is as it was, and the other members can be read.
        raise Refused("DOC-MEMORY", "a zip member larger than the memory that is left") from error


def _check(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > ENTRIES:
        raise Refused("DOC-ZIP-ENTRIES", f"an archive of {len(members):,} members")
    if len({member.filename for member in members}) != len(members):
        raise Refused("DOC-ZIP-DUP", "an archive with two members of one name")
    for member in members:
        _check_member(member)
    if sum(member.file_size for member in members) > TOTAL:
        raise Refused("DOC-ZIP-RATIO", "an archive that declares more than 1 GiB")
    _check_overlap(members)


def _check_member(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 1:
        raise Refused("DOC-ENCRYPTED", "an archive with a password")
    if stat.S_ISLNK(member.external_attr >> 16) or leads_outside(member.orig_filename):
        raise outside()
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused("DOC-TYPE", "an archive with an unusual compression")
    if inflates_too_far(member.file_size, member.compress_size):
        raise Refused("DOC-ZIP-RATIO", f"a member of {member.compress_size:,} bytes that declares {member.file_size:,}")


def _check_overlap(members: list[zipfile.ZipInfo]) -> None:
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end:
            raise Refused("DOC-ZIP-OVERLAP", "archive members that share bytes")
        end = member.header_offset + _LOCAL_HEADER + len(member.orig_filename) + member.compress_size
