"""The sandbox's child: reads one path at a time from standard input, writes one answer each to standard output.

It runs in an empty folder, with a bare environment and the limits that ``sandbox`` sets; a hostile document can end
or hang it, and harms nothing else. Answers are JSON, so that nothing a parser went wrong over is ever unpickled.
"""

import hashlib
import json
import os
import resource
import struct
import sys
import time
from pathlib import Path

from toolkit.documents.reading import extract
from toolkit.documents.refusal import Refused
from toolkit.documents.sources import open_source

HEADER = struct.Struct("<Q")
"""Before each answer: its length in bytes."""


def serve(memory: int, cpu: int) -> None:
    """Answer until standard input ends.

    Args:
        memory: bytes of address space.
        cpu: seconds of processor time for each document.
    """
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        limit = int(time.process_time()) + 1 + cpu
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        try:
            answer = _answer(Path(json.loads(line)))
        except MemoryError:
            answer = _refusal("DOC-MEMORY", "more memory needed than the limit")
        except RecursionError:
            answer = _refusal("DOC-DEPTH", "nesting too deep to follow")
        _send(answers, answer)


def _answer(file: Path) -> bytes:
    try:
        handle = open_source(file)
        with os.fdopen(handle, "rb") as opened:
            data = opened.read()
        sha256 = hashlib.sha256(data).hexdigest()
        extraction = extract(data)
    except Refused as refused:
        return _refusal(refused.code, refused.found)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser raises over a hostile file is that file's refusal
        return _refusal("DOC-BROKEN", f"the reader stopped: {type(error).__name__}")
    return b'{"sha256":"%s","extraction":%s}' % (sha256.encode(), extraction.model_dump_json().encode())


def _refusal(code: str, found: str) -> bytes:
    return json.dumps({"refused": [code, found]}).encode()


def _send(handle: int, answer: bytes) -> None:
    view = memoryview(HEADER.pack(len(answer)) + answer)
    while view:
        view = view[os.write(handle, view) :]
