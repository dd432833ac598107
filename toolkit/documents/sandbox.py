"""Parsing in killable child processes: what hangs, dies or grows costs one refusal, never the batch.

Limits of a child: 1 GiB of address space (an idle one uses 50 MiB), 60 s of processor time and 120 s by the clock for
each document or member of a container, no file larger than 0 bytes, and no network where the kernel lets an ordinary
process leave it (Linux: a network namespace of its own). Children live on from document to document; one that dies
over a member of a container is replaced, and the other members are read.
"""

import json
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from toolkit.documents.child import AT, CONVERT, END, PART, EndFrame, PartFrame, Request
from toolkit.documents.confined import Confined, Limits
from toolkit.documents.options import PLAIN, Options
from toolkit.documents.reading import Part
from toolkit.documents.recognition import Recogniser
from toolkit.documents.refusal import Refused
from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said

_ANSWER_LIMIT = 256 * 2**20
_AHEAD = 8
"""Files a worker may be ahead of who reads the outcomes."""
_MOST_DEATHS = 20
"""Members of one container that may end a child, before the container is refused."""


class Parsed(NamedTuple):
    """What a source holds, and the hash of the very bytes that it was read from."""

    sha256: str
    parts: tuple[Part, ...]


class Wanted(NamedTuple):
    """A file to read.

    Attributes:
        name: its stored name.
        sha256: the hash that it had when it was looked at; empty: any.
        ocr: whether pages without a text layer are to be recognised.
    """

    file: Path
    name: str
    sha256: str = ""
    ocr: bool = False


class Sandbox:
    """A pool of children.

    Args:
        workers: how many children parse at a time; the results do not depend on it.
        options: what the project told the readers.
        limits: what one document may cost.
        kept: where recognised pages stay; None: nothing is recognised.
    """

    def __init__(
        self, workers: int, options: Options = PLAIN, *, limits: Limits | None = None, kept: Path | None = None
    ) -> None:
        self._workers = max(1, workers)
        self._options = options
        self._limits = limits or Limits()
        self._kept = kept
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
            return child.recognised(wanted, _unchanged(child, wanted))
        except Refused as refused:
            return refused
        finally:
            self._children.put(child)

    @contextmanager
    def open(self) -> Iterator["Sandbox"]:
        """Hold the pool's empty working folder and end the children at last; they start when first needed."""
        with tempfile.TemporaryDirectory(prefix="toolkit-") as folder:
            children = [_Child(self._limits, self._options, folder, self._kept) for _ in range(self._workers)]
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
    def __init__(self, limits: Limits, options: Options, folder: str, kept: Path | None) -> None:
        self._process = Confined("child", (options.model_dump_json(),), limits, folder)
        self._recogniser = Recogniser(kept, folder) if kept else None

    def recognised(self, wanted: Wanted, parsed: Parsed) -> Parsed:
        """Return a file's outcome with the text of its scanned pages, where that is wanted and there are any."""
        pages = _scanned(parsed) if wanted.ocr else ()
        if not self._recogniser or not pages:
            return parsed
        return self.parse(wanted, self._recogniser.read(wanted.file, parsed.sha256, pages))

    def parse(self, wanted: Wanted, pages: Path | None = None) -> Parsed:
        """Parse one file; a member of a container that ends the child is refused, and the others are read.

        Raises:
            Refused: the reader's code, or ``DOC-MEMORY``, ``DOC-TIMEOUT``, ``DOC-BROKEN`` when the child died of it.
        """
        avoid: dict[str, tuple[str, str]] = {}
        while True:
            exchange = _Exchange(self._process)
            try:
                return exchange.run(
                    Request(os.fspath(wanted.file.absolute()), wanted.name, avoid, os.fspath(pages or ""))
                )
            except Refused as refused:
                known = not exchange.at or exchange.at in avoid
                if known or refused.code == "DOC-SIZE" or len(avoid) >= _MOST_DEATHS:
                    raise
                avoid[exchange.at] = refused.code, refused.found

    def end(self) -> None:
        """Kill the processes for good."""
        self._process.end()
        if self._recogniser:
            self._recogniser.end()


class _Exchange:
    """One source's frames as they come from the child.

    Attributes:
        at: the member that the child reads now; empty for the source itself.
    """

    def __init__(self, process: Confined) -> None:
        self.at = ""
        self._process = process
        self._parts: list[Part] = []

    def run(self, request: Request) -> Parsed:
        """Ask for a source and take frames until its end.

        Raises:
            Refused: why there is no outcome of the source as a whole, or, where ``at`` says so, of a member.
        """
        self._process.send(json.dumps(request).encode() + b"\n")
        left = _ANSWER_LIMIT
        while True:
            kind, payload = self._process.frame(left)
            left -= len(payload)
            if kind == END:
                return self._ended(EndFrame.model_validate_json(payload))
            if kind == AT:
                self.at = payload.decode("utf-8", "surrogatepass")
            elif kind == PART:
                self.at = ""
                self._parts.append(_part(PartFrame.model_validate_json(payload)))
            elif kind == CONVERT:
                self._convert(payload)

    def _ended(self, end: EndFrame) -> Parsed:
        if end.missing:
            raise _not_installed(end.missing)
        if not end.refused:
            return Parsed(end.sha256, tuple(self._parts))
        code, found = end.refused
        if code in {"DOC-MEMORY", "DOC-DEPTH"}:
            self._process.stop()  # its heap may be in any state
        else:
            self.at = ""  # the source as such, not one of its members
        raise Refused(code, found)

    def _convert(self, data: bytes) -> None:
        from toolkit.documents.libreoffice import converted

        try:
            answer = converted(data)
            self._process.send(json.dumps({"bytes": len(answer)}).encode() + b"\n" + answer)
        except Refused as refused:
            self._process.send(json.dumps({"refused": [refused.code, refused.found]}).encode() + b"\n")


def _scanned(parsed: Parsed) -> Sequence[int]:
    """The pages without a text layer of a file that is one PDF."""
    outcome = parsed.parts[0].outcome if [part.locator for part in parsed.parts] == [""] else None
    return () if outcome is None or isinstance(outcome, Refused) else outcome.meta.get("pages_without_text", ())


def _not_installed(name: str) -> ToolkitError:
    return ToolkitError(
        said(f"Reading needs {name}, which is not installed.", f"读取文档需要 {name}，但尚未安装。"),
        hint=said("Install sft-toolkit anew; nothing is lost.", "请重新安装 sft-toolkit；数据没有丢失。"),
        code="LIBRARY-MISSING",
        exit_code=SERVICE,
    )


def _part(frame: PartFrame) -> Part:
    if frame.refused:
        return Part(frame.locator, Refused(*frame.refused))
    assert frame.extraction is not None
    return Part(frame.locator, frame.extraction)
