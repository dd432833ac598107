"""Packed streams: gzip, bzip2, xz. What is inside is the document; a packed tar archive is one archive.

Every byte that comes out is counted against what went in.
"""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from toolkit.documents.options import Options
from toolkit.documents.readers.archive import read_tar_stream
from toolkit.documents.readers.package import MEMBER, RATIO, RATIO_FREE, TOTAL
from toolkit.documents.reading import Member
from toolkit.documents.refusal import Refused
from toolkit.documents.sniff import is_tar

_CHUNK: Final = 2**20


def read_gzip(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield what a gzip file packs: one file at no locator of its own, or a tar archive's files.

    Raises:
        Refused: ``DOC-ZIP-RATIO`` for a bomb, ``DOC-BROKEN`` for a damaged or cut stream, the codes of tar archives.
    """
    del options
    yield from _unpacked(lambda: gzip.GzipFile(fileobj=io.BytesIO(data)), len(data), name)


def read_bzip2(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield what a bzip2 file packs, as ``read_gzip`` does."""
    del options
    yield from _unpacked(lambda: bz2.BZ2File(io.BytesIO(data)), len(data), name)


def read_xz(data: bytes, name: str, options: Options) -> Iterator[Member]:
    """Yield what an xz file packs, as ``read_gzip`` does."""
    del options
    yield from _unpacked(lambda: lzma.LZMAFile(io.BytesIO(data)), len(data), name)  # noqa: SIM115 - memory


class _Inflated:
    """A stream that knows how much it may give.

    Args:
        stream: inflates as it is read.
        packed: bytes that went in.
        limit: bytes that may come out.
    """

    def __init__(self, stream: Any, packed: int, limit: int) -> None:
        self._stream = stream
        self._packed = packed
        self._limit = limit
        self._size = 0

    def read(self, size: int = _CHUNK) -> bytes:
        try:
            chunk: bytes = self._stream.read(size)
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            raise Refused("DOC-BROKEN", "a packed file that cannot be inflated") from error
        self._size += len(chunk)
        if self._size > self._limit or self._size > max(RATIO_FREE, RATIO * self._packed):
            raise Refused("DOC-ZIP-RATIO", f"{self._packed:,} bytes that inflate to {self._size:,} and more")
        return chunk


def _unpacked(opened: Callable[[], Any], packed: int, name: str) -> Iterator[Member]:
    if is_tar(_Inflated(opened(), packed, MEMBER).read(512)):
        yield from read_tar_stream(lambda: _Inflated(opened(), packed, TOTAL), name)
        return
    stream = _Inflated(opened(), packed, MEMBER)
    whole = io.BytesIO()
    while chunk := stream.read():
        whole.write(chunk)
    yield Member("", whole.getvalue())
