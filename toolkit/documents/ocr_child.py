"""The process that reads scanned pages: one page a request, its lines as JSON."""

import json
import os
import resource
import sys
from pathlib import Path

from toolkit.documents.child import END, HEADER, PART, cut_off
from toolkit.documents.ocr import recognise_page
from toolkit.documents.refusal import Refused
from toolkit.documents.sources import open_source


def serve(memory: int, cpu: int) -> None:
    """Answer until standard input ends.

    Args:
        memory: bytes of address space.
        cpu: seconds of processor time in all, after which a fresh process takes over.
    """
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    cut_off()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    file, data = "", b""
    for line in sys.stdin.buffer:
        wanted, page = json.loads(line)
        if wanted != file:
            with os.fdopen(open_source(Path(wanted)), "rb") as opened:
                file, data = wanted, opened.read()
        _send(answers, *_answer(data, page))


def _answer(data: bytes, page: int) -> tuple[bytes, bytes]:
    try:
        lines = [[line.text, line.box, line.confidence] for line in recognise_page(data, page)]
    except Refused as refused:
        return END, json.dumps([refused.code, refused.found]).encode()
    except MemoryError:
        return END, json.dumps(["DOC-MEMORY", "more memory needed than the limit"]).encode()
    except Exception as error:  # noqa: BLE001 - whatever a recogniser raises over a page is that page's refusal
        return END, json.dumps(["DOC-BROKEN", f"the recogniser stopped: {type(error).__name__}"]).encode()
    return PART, json.dumps(lines, ensure_ascii=False).encode()


def _send(handle: int, kind: bytes, payload: bytes) -> None:
    view = memoryview(HEADER.pack(kind, len(payload)) + payload)
    while view:
        view = view[os.write(handle, view) :]
