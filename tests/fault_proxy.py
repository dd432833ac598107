"""A proxy before Label Studio that spoils one chosen request, and a second host that must never see the key."""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

KINDS = (
    "reset before",  # the connection ends, nothing has reached the server
    "reset after",  # the server has done it, the connection ends without an answer
    "reset in answer",  # the same, in the middle of the answer's body
    "504 after commit",
    "504 before commit",  # the server does it later, when the client has been told that it failed
    "500 then fine",
    "429",
    "slow",
    "truncated",
    "html",
    "content type",
    "duplicate",
    "401",
    "redirect",
    "import id",
    "restart",
)
WAIT = 1
"""Seconds that a 429 asks for."""
LATE = 0.2
"""Seconds after which the server gets what it answered 504 to, or promised to import."""
DOWN = 0.7
"""Seconds that a restart takes."""
DRIP = 0.25
"""Seconds between two bytes of a slow answer."""
_HOP = {"connection", "transfer-encoding", "content-length", "host", "keep-alive"}


class Seen(NamedTuple):
    """A request as the proxy got it."""

    method: str
    path: str

    @property
    def sends(self) -> bool:
        return self.method == "POST" and self.path.endswith("/import")


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def any_request(_: Seen) -> bool:
    return True


class FaultProxy:
    """Forwards to ``upstream``; when armed, spoils the n-th request (from 0) that is wanted, once."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.seen: list[Seen] = []
        self.fired: list[float] = []
        self.later: list[threading.Thread] = []
        self._armed: tuple[str, int, Callable[[Seen], bool]] | None = None
        self._lock = threading.Lock()
        self.elsewhere: list[dict[str, str]] = []
        self._other = self._listen(_Elsewhere, "127.0.0.2", 0)
        self._server = self._listen(_Forward, "127.0.0.1", 0)
        self._port = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def other_url(self) -> str:
        return f"http://127.0.0.2:{self._other.server_address[1]}"

    def arm(self, kind: str, nth: int, wanted: Callable[[Seen], bool] = any_request) -> None:
        self.reset()
        self._armed = (kind, nth, wanted)

    def reset(self) -> None:
        for thread in self.later:
            thread.join()
        self.later, self.seen, self.fired, self.elsewhere, self._armed = [], [], [], [], None

    def close(self) -> None:
        for server in (self._server, self._other):
            server.shutdown()
            server.server_close()

    def fault_for(self, seen: Seen) -> str | None:
        """Note a request; return the fault to apply to it, else None."""
        with self._lock:
            self.seen.append(seen)
            if self._armed is None or not self._armed[2](seen):
                return None
            kind, left, wanted = self._armed
            self._armed = (kind, left - 1, wanted) if left else None
            if left:
                return None
            self.fired.append(time.monotonic())
            return kind

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection(self.upstream.hostname or "", self.upstream.port or 80, timeout=120)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() not in _HOP}
            connection.request(method, path, body or None, kept | {"Host": self.upstream.netloc})
            answer = connection.getresponse()
            told = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            return Answer(answer.status, told, answer.read())
        finally:
            connection.close()

    def do_later(self, work: Callable[[], object]) -> None:
        def run() -> None:
            time.sleep(LATE)
            work()

        thread = threading.Thread(target=run)
        self.later.append(thread)
        thread.start()

    def restart(self) -> None:
        """Stop listening, and come back on the same port."""

        def run() -> None:
            self._server.shutdown()
            self._server.server_close()
            time.sleep(DOWN)
            self._server = self._listen(_Forward, "127.0.0.1", self._port)

        thread = threading.Thread(target=run)
        self.later.append(thread)
        thread.start()

    def _listen(self, handler: type[BaseHTTPRequestHandler], host: str, port: int) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer((host, port), type("Bound", (handler,), {"proxy": self}))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server


class _Elsewhere(BaseHTTPRequestHandler):
    """Another host: whatever comes here with a key was sent to a stranger."""

    proxy: FaultProxy
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        self.proxy.elsewhere.append(dict(self.headers.items()))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PATCH = do_DELETE = _take  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Forward(BaseHTTPRequestHandler):
    """Passes a request on, or spoils it."""

    proxy: FaultProxy
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, urlsplit(self.path).path)
        fault = self.proxy.fault_for(seen)
        if fault is None:
            self._give(self._forward())
            return
        with suppress(BrokenPipeError, ConnectionResetError):
            self._spoil(fault, seen)

    do_GET = do_POST = do_PATCH = do_DELETE = _take  # noqa: N815 - the names that http.server calls

    def _forward(self) -> Answer:
        return self._forwarding()()

    def _forwarding(self) -> Callable[[], Answer]:
        """What forwards this request, also when the next one has come on the same connection."""
        return partial(self.proxy.forward, self.command, self.path, dict(self.headers.items()), self.body)

    def _spoil(self, fault: str, seen: Seen) -> None:  # noqa: C901, PLR0912 - one case for each kind
        json = [("Content-Type", "application/json")]
        match fault:
            case "reset before":
                self._reset()
            case "reset after":
                self._forward()
                self._reset()
            case "reset in answer":
                self._cut_short(self._forward())
            case "504 after commit":
                self._forward()
                self._give(Answer(504, [("Content-Type", "text/html")], b"<html>Gateway Time-out</html>"))
            case "504 before commit":
                self.proxy.do_later(self._forwarding())
                self._give(Answer(504, [("Content-Type", "text/html")], b"<html>Gateway Time-out</html>"))
            case "500 then fine":
                self._give(Answer(500, json, b'{"detail": "database is locked"}'))
            case "429":
                self._give(Answer(429, [*json, ("Retry-After", str(WAIT))], b"{}"))
            case "slow":
                self._drip(self._forward())
            case "truncated":
                answer = self._forward()
                self._give(answer._replace(body=answer.body[: len(answer.body) // 2]))
            case "html":
                self._give(Answer(200, [("Content-Type", "text/html")], b"<html>Please log in</html>"))
            case "content type":
                answer = self._forward()
                self._give(answer._replace(headers=[("Content-Type", "text/plain")]))
            case "duplicate":
                self._forward()
                self._give(self._forward())
            case "401":
                self._give(Answer(401, json, b'{"detail": "Invalid token."}'))
            case "redirect":
                self._give(Answer(307, [("Location", self.proxy.other_url + self.path)], b""))
            case "import id":
                if seen.sends:
                    self.proxy.do_later(self._forwarding())
                self._give(Answer(201 if seen.sends else 200, json, b'{"import": 7}'))
            case "restart":
                self.proxy.restart()
                self._reset()
            case _:
                raise AssertionError(fault)

    def _give(self, answer: Answer) -> None:
        self._head(answer)
        self.wfile.write(answer.body)

    def _head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def _drip(self, answer: Answer) -> None:
        self._head(answer)
        for place in range(len(answer.body)):
            self.wfile.write(answer.body[place : place + 1])
            self.wfile.flush()
            time.sleep(DRIP)

    def _cut_short(self, answer: Answer) -> None:
        self._head(answer)
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.wfile.flush()
        self._reset()

    def _reset(self) -> None:
        """End the connection with RST, not with a polite FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """A proxy before a server, closed at the end."""
    proxy = FaultProxy(upstream)
    try:
        yield proxy
    finally:
        proxy.reset()
        proxy.close()
