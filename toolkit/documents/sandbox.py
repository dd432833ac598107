"""Parsing in killable child processes: what hangs, dies or grows costs one refusal, never the batch.

Limits of a child: 1 GiB of address space (an idle one uses 50 MiB), 60 s of processor time and 120 s by the clock for
each document, no file larger than 0 bytes. Children are reused from document to document. They have no network of
their own to lose: nothing here opens a connection, but the kernel is not asked to forbid it.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from toolkit.documents.child import HEADER
from toolkit.documents.extraction import Extraction
from toolkit.documents.refusal import Refused

_ANSWER_LIMIT = 256 * 2**20
_COMMAND = "import sys; sys.path[:] = {path!r}; from toolkit.documents.child import serve; serve({memory}, {cpu})"


class Limits(NamedTuple):
    """What one document may cost: bytes of address space, seconds of processor time, seconds by the clock."""

    memory: int = 2**30
    cpu: int = 60
    wall: float = 120.0


class Parsed(NamedTuple):
    """An extraction and the hash of the very bytes that it was made from."""

    sha256: str
    extraction: Extraction


class Sandbox:
    """A pool of children.

    Args:
        workers: how many children parse at a time; the results do not depend on it.
        limits: what one document may cost.
    """

    def __init__(self, workers: int, limits: Limits | None = None) -> None:
        self._workers = max(1, workers)
        self._limits = limits or Limits()
        self._children: SimpleQueue[_Child] = SimpleQueue()
        self._threads = ThreadPoolExecutor(self._workers)

    def parse(self, files: Sequence[Path]) -> Iterator[Parsed | Refused]:
        """Yield each file's outcome in the order of the files."""
        yield from self._threads.map(self._parse_one, files)

    def _parse_one(self, file: Path) -> Parsed | Refused:
        child = self._children.get()
        try:
            return child.parse(file)
        except Refused as refused:
            return refused
        finally:
            self._children.put(child)

    @contextmanager
    def open(self) -> Iterator["Sandbox"]:
        """Hold the pool's empty working folder and end the children at last; they start when first needed."""
        with tempfile.TemporaryDirectory(prefix="toolkit-") as folder:
            children = [_Child(self._limits, folder) for _ in range(self._workers)]
            for child in children:
                self._children.put(child)
            try:
                yield self
            finally:
                # Children die first: a thread that waits for one then comes back at once.
                for child in children:
                    child.end()
                self._threads.shutdown(cancel_futures=True)


class _Child:
    def __init__(self, limits: Limits, folder: str) -> None:
        self._limits = limits
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def parse(self, file: Path) -> Parsed:
        """Parse one file.

        Raises:
            Refused: the reader's code, or ``DOC-MEMORY``, ``DOC-TIMEOUT``, ``DOC-BROKEN`` when the child died of it.
        """
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(os.fspath(file.absolute())).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(self._receive(process))
        except (EOFError, BrokenPipeError) as error:
            raise self._buried(process) from error
        except TimeoutError as error:
            self._stop(process)
            raise Refused("DOC-TIMEOUT", f"no end after {self._limits.wall:g} seconds") from error
        if "refused" in answer:
            code, found = answer["refused"]
            if code in {"DOC-MEMORY", "DOC-DEPTH"}:
                self._stop(process)  # its heap may be in any state
            raise Refused(code, found)
        return Parsed(answer["sha256"], Extraction.model_validate(answer["extraction"]))

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
            command = _COMMAND.format(path=path, memory=self._limits.memory, cpu=self._limits.cpu)
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

    def _receive(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        handle = process.stdout.fileno()
        deadline = time.monotonic() + self._limits.wall
        (length,) = HEADER.unpack(_read(handle, HEADER.size, deadline))
        if length > _ANSWER_LIMIT:
            self._stop(process)
            raise Refused("DOC-SIZE", f"an extraction of {length:,} bytes")
        return _read(handle, length, deadline)

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
