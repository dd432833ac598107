"""HTTP to Label Studio: an answer is whole and in its words, or an error says what was wrong with it.

What only reads is asked again a few times. What changes something is sent once; whoever sent it finds out by reading.
Imported where a client is made, since httpx takes its time to load.
"""

import email.utils
import json
import time
from itertools import count
from typing import Any, Final

import httpx

from toolkit.language import said
from toolkit.noun import Progress, silent
from toolkit.studio.patience import UnclearError, wait_or_give_up

SECONDS: Final = 300.0
"""For one answer, from its first byte to its last. Exporting 10,000 answers takes about 30 s."""
PARSED: Final = "toolkit.json"
"""Where an answer's ``extensions`` hold its JSON, read already."""
_BUSY: Final = frozenset({408, 425, 429})
_OWN: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Careful(httpx.Client):
    """A client that follows no redirect, checks every answer, and repeats only what reads."""

    def __init__(self, *, progress: Progress = silent, **options: Any) -> None:
        """Make a client; ``options`` are httpx's own."""
        super().__init__(timeout=SECONDS, follow_redirects=False, **options)
        self._progress = progress
        self._met = False

    def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """Send a request and return the whole answer; a stream that the caller asked for is passed on unread.

        Raises:
            UnclearError: ``STUDIO-UNREACHABLE``, ``STUDIO-ANSWER``, ``STUDIO-PROTOCOL`` (not its words).
            httpx.ConnectError: when nobody has ever answered there, at once.
        """
        if stream:
            return super().send(request, stream=True, **options)
        for tries in count(1):
            try:
                return self._answer(request, **options)
            except UnclearError as error:
                if not _only_reads(request):
                    raise
                wait_or_give_up(error, tries, self._progress)
        raise AssertionError

    def _answer(self, request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            answer = _whole(super().send(request, stream=True, **options))
        except httpx.TransportError as error:
            if isinstance(error, httpx.ConnectError) and not self._met:
                raise
            self._met = True
            raise _silent(request) from None
        self._met = True
        _check(answer)
        return answer


def _whole(response: httpx.Response) -> httpx.Response:
    """Return the answer with its body read, in limited time: a server that drips never runs into a limit for one read.

    Raises:
        httpx.TransportError: for a body that breaks off or takes too long.
    """
    until = time.monotonic() + SECONDS
    parts = []
    try:
        for part in response.iter_bytes():
            parts.append(part)
            if time.monotonic() > until:
                raise httpx.ReadTimeout("", request=response.request)
    except httpx.DecodingError:
        raise httpx.RemoteProtocolError("", request=response.request) from None
    finally:
        response.close()
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _OWN]
    return httpx.Response(response.status_code, headers=headers, content=b"".join(parts), request=response.request)


def _check(answer: httpx.Response) -> None:
    """Refuse what leaves open what happened; keep the JSON that was read on the way."""
    status, url = answer.status_code, answer.request.url
    if status >= 500 or status in _BUSY:  # noqa: PLR2004 - the class of the server's own faults
        message = said(f"{_host(url)} answered with status {status}.", f"{_host(url)} 返回状态码 {status}。")
        raise UnclearError(message, code="STUDIO-ANSWER", wait=_retry_after(answer))
    if not answer.is_success or not answer.content or not _is_json_place(url):
        return
    spoken = "json" in answer.headers.get("content-type", "")
    try:
        answer.extensions[PARSED] = json.loads(answer.content if spoken else b"")
    except ValueError:
        message = said(
            f"{_host(url)} answered, but not as Label Studio does; is there another server in between?",
            f"{_host(url)} 的回答不是 Label Studio 的格式；中间是否有其他服务器？",
        )
        raise UnclearError(message, code="STUDIO-PROTOCOL") from None


def _silent(request: httpx.Request) -> UnclearError:
    host = _host(request.url)
    return UnclearError(
        said(f"Label Studio at {host} does not answer.", f"{host} 上的 Label Studio 没有响应。"),
        code="STUDIO-UNREACHABLE",
    )


def _host(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"


def _only_reads(request: httpx.Request) -> bool:
    """Tell what is safe to repeat; a personal token's exchange for a short-lived one is."""
    return request.method in {"GET", "HEAD"} or request.url.path.endswith("/api/token/refresh/")


def _is_json_place(url: httpx.URL) -> bool:
    """Tell where Label Studio speaks JSON alone; exports come in the format that was asked for."""
    return "/api/" in url.path and "/export" not in url.path


def _retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds that the server asks us to wait: a number, or a date, held against the server's own clock.

    Source: RFC 9110, section 10.2.3.
    """
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        until, now = (email.utils.parsedate_to_datetime(text) for text in (told, answer.headers.get("date", "")))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None
