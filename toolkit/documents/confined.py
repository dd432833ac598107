"""A process of its own for code that may hang, die or grow over what it reads: killable, limited, without secrets."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import NamedTuple

from toolkit.documents.child import HEADER
from toolkit.documents.refusal import Refused

_COMMAND = "import sys; sys.path[:] = {path!r}; from toolkit.documents.{module} import serve; serve(*{arguments!r})"


class Limits(NamedTuple):
    """What one document may cost: bytes of address space, seconds of processor time, seconds by the clock."""

    memory: int = 2**30
    cpu: int = 60
    wall: float = 120.0


class Confined:
    """A child process that runs ``serve`` of a module beside this one; it starts when it is first spoken to.

    Args:
        module: the module's name; its ``serve`` reads lines and writes frames.
        arguments: of ``serve``, plain values, after the limits' memory and processor time.
        limits: what one answer may cost.
        folder: the empty folder that it runs in.
    """

    def __init__(self, module: str, arguments: tuple[str, ...], limits: Limits, folder: str) -> None:
        path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 - entries are strings
        known = (limits.memory, limits.cpu, *arguments)
        self._command = _COMMAND.format(path=path, module=module, arguments=known)
        self._limits = limits
        self._folder = folder
        self._ended = False
        self._burial = threading.Lock()
        """A process is collected once, though one thread may wait for its answer while another ends it."""
        self.process: subprocess.Popen[bytes] | None = None

    def send(self, data: bytes) -> None:
        """Write to its standard input.

        Raises:
            Refused: what it died of.
        """
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(data)
            process.stdin.flush()
        except BrokenPipeError as error:
            raise self._buried(process) from error

    def frame(self, most: int) -> tuple[bytes, bytes]:
        """Wait for its next frame; return kind and payload.

        Args:
            most: bytes that the payload may have.

        Raises:
            Refused: ``DOC-TIMEOUT``, ``DOC-SIZE``, or what it died of. It is gone then, and the next one is fresh.
        """
        process = self._running()
        assert process.stdout is not None
        handle = process.stdout.fileno()
        deadline = time.monotonic() + self._limits.wall
        try:
            kind, length = HEADER.unpack(_read(handle, HEADER.size, deadline))
            if length > most:
                self.stop()
                raise Refused("DOC-SIZE", f"more than {most:,} bytes of extracted text")
            return kind, _read(handle, length, deadline)
        except EOFError as error:
            raise self._buried(process) from error
        except TimeoutError as error:
            self.stop()
            raise Refused("DOC-TIMEOUT", f"no end after {self._limits.wall:g} seconds") from error

    def stop(self) -> None:
        """Kill it; the next thing said goes to a fresh one."""
        process = self.process
        if process is not None:
            process.kill()
            self._reap(process)

    def end(self) -> None:
        """Kill it for good."""
        self._ended = True
        self.stop()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._ended:
            raise Refused("DOC-BROKEN", "reading was stopped")
        if self.process is None:
            self.process = subprocess.Popen(  # noqa: S603 - this interpreter and code written above
                [sys.executable, "-I", "-c", self._command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env={"PYTHONUTF8": "1"},  # no token of the parent's is within a document's reach
                start_new_session=True,
            )
        return self.process

    def _reap(self, process: "subprocess.Popen[bytes]") -> tuple[int, int]:
        """Collect the dead process; return its exit code and peak memory in bytes, 0 where it was collected before."""
        with self._burial:
            if process.returncode is not None:
                return process.returncode, 0
            self.process = None
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            for pipe in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):  # what was still to be written to a dead reader
                    if pipe:
                        pipe.close()
            return process.returncode, usage.ru_maxrss * 1024

    def _buried(self, process: "subprocess.Popen[bytes]") -> Refused:
        """Say of what it died: the kernel's out-of-memory killer, the processor limit, or the file."""
        code, peak = self._reap(process)
        if code == -signal.SIGXCPU:
            return Refused("DOC-TIMEOUT", f"more than {self._limits.cpu} seconds of processor time")
        failed = code in {-signal.SIGKILL, -signal.SIGTRAP, -signal.SIGABRT}
        if failed or peak > self._limits.memory // 2:
            # The kernel kills, pdfium traps and C++ aborts when memory ends; other libraries just crash on it.
            return Refused("DOC-MEMORY", "more memory needed than the limit")
        return Refused("DOC-BROKEN", "the reader crashed")


def network_is_cut() -> bool:
    """Return whether a confined process has no network here: it depends on the kernel and on who asks."""
    path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 - entries are strings
    code = f"import sys; sys.path[:] = {path!r}; from toolkit.documents.child import cut_off; sys.exit(not cut_off())"
    return subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0  # noqa: S603 - own code


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
