"""Parsing in killable child processes: what hangs, dies or grows costs one refusal, never the batch.

Limits of a child: 1 GiB of address space (an idle one uses 50 MiB), 60 s of processor time and 120 s by the clock for
each document or member of a container, no file larger than 0 bytes, and no network where the kernel lets an ordinary
process leave it (Linux: a network namespace of its own). Children live on from document to document; one that dies
over a member of a container is replaced, and the other members are read.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from toolkit.documents.child import AT, CONVERT, END, HEADER, PART, EndFrame, PartFrame, Request
from toolkit.documents.options import PLAIN, Options
from toolkit.documents.reading import Part
from toolkit.documents.refusal import Refused

_ANSWER_LIMIT = 256 * 2**20
_AHEAD = 8
"""Files a worker may be ahead of who reads the outcomes."""
_MOST_DEATHS = 20
"""Members of one container that may end a child, before the container is refused."""
_COMMAND = (
    "import sys; sys.path[:] = {path!r}; from toolkit.documents.child import serve; serve({memory}, {cpu}, {options!r})"
)


class Limits(NamedTuple):
    """What one document may cost: bytes of address space, seconds of processor time, seconds by the clock."""

    memory: int = 2**30
    cpu: int = 60
    wall: float = 120.0


class Parsed(NamedTuple):
    """What a source holds, and the hash of the very bytes that it was read from."""

    sha256: str
    parts: tuple[Part, ...]


class Wanted(NamedTuple):
    """A file to read, its stored name and the hash that it had when it was looked at."""

    file: Path
    name: str
    sha256: str = ""


class Sandbox:
    """A pool of children.

    Args:
        workers: how many children parse at a time; the results do not depend on it.
        options: what the project told the readers.
        limits: what one document may cost.
    """

    def __init__(self, workers: int, options: Options = PLAIN, limits: Limits | None = None) -> None:
        self._workers = max(1, workers)
        self._options = options
        self._limits = limits or Limits()
        self._children: SimpleQueue[_Child] = SimpleQueue()
        self._threads = ThreadPoolExecutor(self._workers)

    def parse(self, files: Iterable[Wanted]) -> Iterator[Parsed | Refused]:
        """Yield each file's outcome in the order of the files, a few files ahead of the reader."""
        waiting: deque[Future[Parsed | Refused]] = deque()
        for file in files:
            waiting.append(self._threads.submit(self._parse_one, file))
            if len(waiting) > self._workers * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _parse_one(self, wanted: Wanted) -> Parsed | Refused:
        child = self._children.get()
        try:
            return _unchanged(child, wanted)
        except Refused as refused:
            return refused
        finally:
            self._children.put(child)

    @contextmanager
    def open(self) -> Iterator["Sandbox"]:
        """Hold the pool's empty working folder and end the children at last; they start when first needed."""
        with tempfile.TemporaryDirectory(prefix="toolkit-") as folder:
            children = [_Child(self._limits, self._options, folder) for _ in range(self._workers)]
            for child in children:
                self._children.put(child)
            try:
                yield self
            finally:
                # Children die first: a thread that waits for one then comes back at once.
                for child in children:
                    child.end()
                self._threads.shutdown(cancel_futures=True)


def _unchanged(child: "_Child", wanted: Wanted) -> Parsed:
    """Read a file that may have changed since it was looked at: two readings in a row have to agree."""
    found = child.parse(wanted)
    if not wanted.sha256 or found.sha256 == wanted.sha256:
        return found
    again = child.parse(wanted)
    if again.sha256 != found.sha256:
        raise Refused("DOC-CHANGED", "a file that changes while it is read")
    return again


class _Child:
    def __init__(self, limits: Limits, options: Options, folder: str) -> None:
        self._limits = limits
        self._options = options.model_dump_json()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def parse(self, wanted: Wanted) -> Parsed:
        """Parse one file; a member of a container that ends the child is refused, and the others are read.

        Raises:
            Refused: the reader's code, or ``DOC-MEMORY``, ``DOC-TIMEOUT``, ``DOC-BROKEN`` when the child died of it.
        """
        avoid: dict[str, tuple[str, str]] = {}
        while True:
            exchange = _Exchange(self._limits.wall)
            try:
                return self._exchange(exchange, Request(os.fspath(wanted.file.absolute()), wanted.name, avoid))
            except Refused as refused:
                if not exchange.at or exchange.at in avoid or len(avoid) >= _MOST_DEATHS:
                    raise
                avoid[exchange.at] = refused.code, refused.found

    def _exchange(self, exchange: "_Exchange", request: Request) -> Parsed:
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            end = exchange.with_child(process)
        except (EOFError, BrokenPipeError) as error:
            raise self._buried(process) from error
        except TimeoutError as error:
            self._stop(process)
            raise Refused("DOC-TIMEOUT", f"no end after {self._limits.wall:g} seconds") from error
        except Refused:
            self._stop(process)
            raise
        if end.refused:
            code, found = end.refused
            if code in {"DOC-MEMORY", "DOC-DEPTH"}:
                self._stop(process)  # its heap may be in any state
            else:
                exchange.at = ""  # the source as such, not one of its members
            raise Refused(code, found)
        return Parsed(end.sha256, tuple(exchange.parts))

    def end(self) -> None:
        """Kill the process for good."""
        self._ended = True
        if self._process is not None:
            self._stop(self._process)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._ended:
            raise Refused("DOC-BROKEN", "reading was stopped")
        if self._process is None:
            path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 - entries are strings
            limits = self._limits
            command = _COMMAND.format(path=path, memory=limits.memory, cpu=limits.cpu, options=self._options)
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and code written above
                [sys.executable, "-I", "-c", command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env={"PYTHONUTF8": "1"},  # no token of the parent's is within a document's reach
                start_new_session=True,
            )
        return self._process

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        self._forget(process)

    def _forget(self, process: subprocess.Popen[bytes]) -> tuple[int, int]:
        """Reap the process, so that the next document gets a new one; return its exit code and peak memory in bytes."""
        self._process = None
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):  # what was still to be written to a dead reader
                if pipe:
                    pipe.close()
        return process.returncode, usage.ru_maxrss * 1024

    def _buried(self, process: subprocess.Popen[bytes]) -> Refused:
        """Say of what a child died: the kernel's out-of-memory killer, the processor limit, or the file."""
        code, peak = self._forget(process)
        if code == -signal.SIGXCPU:
            return Refused("DOC-TIMEOUT", f"more than {self._limits.cpu} seconds of processor time")
        failed = code in {-signal.SIGKILL, -signal.SIGTRAP, -signal.SIGABRT}
        if failed or peak > self._limits.memory // 2:
            # The kernel kills, pdfium traps and C++ aborts when memory ends; other libraries just crash on it.
            return Refused("DOC-MEMORY", "more memory needed than the limit")
        return Refused("DOC-BROKEN", "the reader crashed")


class _Exchange:
    """One source's frames as they come from the child.

    Attributes:
        at: the member that the child reads now; empty for the source itself.
        parts: what it has read.
    """

    def __init__(self, wall: float) -> None:
        self.at = ""
        self.parts: list[Part] = []
        self._wall = wall
        self._bytes = 0

    def with_child(self, process: "subprocess.Popen[bytes]") -> EndFrame:
        """Take frames until the source's end.

        Raises:
            Refused: ``DOC-SIZE`` when the child says more than a source may.
            EOFError: when the child ends before.
            TimeoutError: when a part takes longer than it may.
        """
        assert process.stdout is not None
        handle = process.stdout.fileno()
        while True:
            deadline = time.monotonic() + self._wall
            kind, length = HEADER.unpack(_read(handle, HEADER.size, deadline))
            self._bytes += length
            if self._bytes > _ANSWER_LIMIT:
                self.at = ""
                raise Refused("DOC-SIZE", f"more than {_ANSWER_LIMIT:,} bytes of extracted text")
            payload = _read(handle, length, deadline)
            if kind == END:
                return EndFrame.model_validate_json(payload)
            if kind == AT:
                self.at = payload.decode("utf-8", "surrogatepass")
            elif kind == PART:
                frame = PartFrame.model_validate_json(payload)
                self.at = ""
                self.parts.append(Part(frame.locator, frame.extraction or Refused(*(frame.refused or ("", "")))))
            elif kind == CONVERT:
                _convert(process, payload)


def _convert(process: "subprocess.Popen[bytes]", data: bytes) -> None:
    from toolkit.documents.libreoffice import converted

    assert process.stdin is not None
    try:
        answer = converted(data)
        process.stdin.write(json.dumps({"bytes": len(answer)}).encode() + b"\n" + answer)
    except Refused as refused:
        process.stdin.write(json.dumps({"refused": [refused.code, refused.found]}).encode() + b"\n")
    process.stdin.flush()


def _read(handle: int, length: int, deadline: float) -> bytes:
    """Read exactly so many bytes from a pipe.

    Raises:
        EOFError: when the pipe ends before.
        TimeoutError: when the deadline passes before.
    """
    chunks: list[bytes] = []
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while length:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError
        chunk = os.read(handle, min(length, 2**20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)
