"""The sandbox's child: reads one source at a time and writes what it holds, part by part, to standard output.

It runs in an empty folder, with a bare environment and the limits that ``sandbox`` sets; a hostile document can end
or hang it, and harms nothing else. Answers are JSON, so that nothing a parser went wrong over is ever unpickled.
"""

import ctypes
import hashlib
import json
import os
import resource
import struct
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from toolkit.documents.extraction import Extraction
from toolkit.documents.options import Options
from toolkit.documents.reading import Reader
from toolkit.documents.refusal import Refused
from toolkit.documents.sources import open_source
from toolkit.noun import Noun

HEADER: Final = struct.Struct("<cQ")
"""Before each frame: its kind and its length in bytes."""
AT, PART, CONVERT, END = b"A", b"P", b"C", b"E"
"""Frames: the locator that is read next; an outcome; bytes that LibreOffice is to convert; the source's end."""
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
"""CLONE_NEWUSER, CLONE_NEWNET."""


class Request(NamedTuple):
    """A source to read.

    Attributes:
        file: where it lies.
        name: what it is called.
        avoid: members that ended a child before, with code and finding.
        pages: the folder of its recognised pages; empty: none.
    """

    file: str
    name: str
    avoid: dict[str, tuple[str, str]]
    pages: str


class PartFrame(Noun):
    """What a frame says of one part: an extraction, or the code and what was found."""

    locator: str
    extraction: Extraction | None = None
    refused: tuple[str, str] | None = None


class EndFrame(Noun):
    """The source's hash, or why it could not be read at all: for its own fault, or for that of a library not there."""

    sha256: str = ""
    refused: tuple[str, str] | None = None
    missing: str = ""


def serve(memory: int, cpu: int, options: str) -> None:
    """Answer until standard input ends.

    Args:
        memory: bytes of address space.
        cpu: seconds of processor time for each part.
        options: the readers' options, as JSON.
    """
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    cut_off()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    service = _Service(answers, cpu, Options.model_validate_json(options))
    for line in sys.stdin.buffer:
        service.answer(Request(*json.loads(line)))


def cut_off() -> bool:
    """Leave the network for good where the kernel lets an ordinary process do so; return whether it did."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NET) == 0:
        return True
    # A root user would lose the right to read other users' files along with the network.
    return os.geteuid() != 0 and bool(libc.unshare(_NEW_USER | _NEW_NET) == 0)


class _Service:
    def __init__(self, answers: int, cpu: int, options: Options) -> None:
        self._answers = answers
        self._cpu = cpu
        self._options = options

    def answer(self, request: Request) -> None:
        self._anew()
        end = EndFrame()
        try:
            handle = open_source(Path(request.file))
            with os.fdopen(handle, "rb") as opened:
                data = opened.read()
            end = EndFrame(sha256=hashlib.sha256(data).hexdigest())
            self._parts(data, request)
        except Refused as refused:
            end = EndFrame(refused=(refused.code, refused.found))
        except ModuleNotFoundError as error:
            end = EndFrame(missing=error.name or "a library")
        except (MemoryError, ImportError):  # a library that is there and still does not load finds no room
            end = EndFrame(refused=("DOC-MEMORY", "more memory needed than the limit"))
        except RecursionError:
            end = EndFrame(refused=("DOC-DEPTH", "nesting too deep to follow"))
        except Exception as error:  # noqa: BLE001 - whatever a parser raises over a hostile file is that file's refusal
            end = EndFrame(refused=("DOC-BROKEN", f"the reader stopped: {type(error).__name__}"))
        self._send(END, end.model_dump_json().encode())

    def _parts(self, data: bytes, request: Request) -> None:
        pages = Path(request.pages) if request.pages else None
        avoid = {place: Refused(*why) for place, why in request.avoid.items()}
        reader = Reader(self._options, avoid=avoid, at=self._at, convert=self._converted, pages=pages)
        for part in reader.read(data, request.name):
            if isinstance(part.outcome, Refused):
                frame = PartFrame(locator=part.locator, refused=(part.outcome.code, part.outcome.found))
            else:
                frame = PartFrame(locator=part.locator, extraction=part.outcome)
            self._send(PART, frame.model_dump_json().encode())
            self._anew()

    def _anew(self) -> None:
        """Each part may cost as much processor time as the last."""
        limit = int(time.process_time()) + 1 + self._cpu
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))

    def _at(self, locator: str) -> None:
        self._send(AT, locator.encode("utf-8", "surrogatepass"))

    def _converted(self, data: bytes) -> bytes:
        """Have the parent convert an old Office file: this process may write no file."""
        self._send(CONVERT, data)
        answer = json.loads(sys.stdin.buffer.readline())
        if "refused" in answer:
            raise Refused(*answer["refused"])
        return sys.stdin.buffer.read(answer["bytes"])

    def _send(self, kind: bytes, payload: bytes) -> None:
        view = memoryview(HEADER.pack(kind, len(payload)) + payload)
        while view:
            view = view[os.write(self._answers, view) :]
