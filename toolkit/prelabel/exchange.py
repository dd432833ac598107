"""One question to an OpenAI-compatible endpoint and its answer: bounded in time, size and tries, to one host alone.

Redirects are not followed, so the key and the text go where the settings say and nowhere else. What an endpoint says
to a mistake may quote the text, so only its status is ever shown.
"""

import ipaddress
import math
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.workspace.settings import PrelabelSettings

if TYPE_CHECKING:
    import httpx

KEY: Final = "TOOLKIT_ENDPOINT_KEY"
SECONDS: Final = 120.0
"""What one answer may take."""
TRIES: Final = 5
LONGEST_WAIT: Final = 60.0
"""Seconds that we wait when an endpoint asks for it; one that asks for more has no time for us today."""
MOST: Final = 4 * 2**20
"""Bytes of an answer."""
_ABOUT_THE_PASSAGE: Final = frozenset({400, 413, 422})
"""It may be too long, or hold something that is not to the endpoint's taste."""
_OK, _TOO_MANY, _SERVER = 200, 429, 500


class Address(NamedTuple):
    """Where the endpoint is: host with the port where one is written, and whether it is this machine."""

    url: str
    host: str
    is_here: bool


class RefusedError(Exception):
    """This passage got no answer, for a reason that may lie in it."""


def address_of(settings: PrelabelSettings) -> Address:
    """Return the endpoint's address.

    Raises:
        ToolkitError: ``PRELABEL-SETTINGS`` for what is no address, holds a secret, or would send text unencrypted.
    """
    try:
        parts = urlsplit(settings.endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise unset(said("its 'endpoint' is no address", "endpoint 不是有效地址"))
    if parts.username or parts.password or parts.query or parts.fragment:
        raise unset(said("its 'endpoint' holds more than a host and a path", "endpoint 除主机和路径外还含有其他内容"))
    is_here = _is_loopback(host)
    if parts.scheme == "http" and not is_here:
        raise unset(said("http would send the text unencrypted", "http 会以明文发送文本"))
    return Address(settings.endpoint.rstrip("/"), parts.netloc, is_here)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def unset(why: str) -> ToolkitError:
    """Return the error for settings that name no usable endpoint."""
    return ToolkitError(
        said(f"toolkit.yaml names no endpoint that can be asked: {why}.", f"toolkit.yaml 中没有可用的端点：{why}。"),
        hint=said(
            f"Write 'prelabel: {{endpoint: https://HOST/v1, model: NAME}}' (http only to this machine); key in {KEY}.",
            f"请写入 'prelabel: {{endpoint: https://HOST/v1, model: NAME}}'（仅本机可用 http）；密钥放入 {KEY}。",
        ),
        code="PRELABEL-SETTINGS",
    )


def client_for(address: Address) -> "httpx.Client":
    """Return a client with the key from the environment, where there is one.

    Raises:
        ToolkitError: ``PRELABEL-SETTINGS`` when the key cannot be sent in a header.
    """
    import httpx

    key = os.environ.get(KEY, "")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise unset(said(f"the key in {KEY} holds blanks or odd characters", f"{KEY} 中的密钥含空白或异常字符"))
    headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
    # A proxy that the environment names must not get what is meant for this machine alone.
    return httpx.Client(headers=headers, timeout=SECONDS, follow_redirects=False, trust_env=not address.is_here)


def exchange(client: "httpx.Client", address: Address, body: Mapping[str, Any]) -> bytes:
    """Return what the endpoint answers, trying again when it is busy or does not answer.

    Raises:
        RefusedError: for this passage alone.
        ToolkitError: ``PRELABEL-ENDPOINT`` when the endpoint cannot be used.
    """
    import httpx

    for attempt in range(TRIES):
        wait = 2.0**attempt
        try:
            status, retry_after, content = _once(client, f"{address.url}/chat/completions", body)
        except httpx.TimeoutException:
            raise RefusedError(f"no answer within {SECONDS:g} seconds") from None
        except httpx.TransportError:
            why = said("it does not answer", "没有响应")
        else:
            if status == _OK:
                return content
            if status in _ABOUT_THE_PASSAGE:
                raise RefusedError(f"status {status}")
            why = said(f"it answered with status {status}", f"返回状态码 {status}")
            if status != _TOO_MANY and status < _SERVER:
                raise unusable(address, why)
            wait = _wait(retry_after, wait)
        if wait > LONGEST_WAIT or attempt + 1 == TRIES:
            break
        time.sleep(wait)
    raise unusable(address, why)


def unusable(address: Address, why: str) -> ToolkitError:
    """Return the error for an endpoint that cannot be used now."""
    return ToolkitError(
        said(f"The endpoint at {address.host} cannot be used: {why}.", f"{address.host} 上的端点无法使用：{why}。"),
        hint=said(
            f"Check 'prelabel' in toolkit.yaml and {KEY}, then run the command again: no answer is asked for twice.",
            f"请检查 toolkit.yaml 中的 'prelabel' 和 {KEY}，然后重新运行命令：已得到的回答不会重复请求。",
        ),
        code="PRELABEL-ENDPOINT",
        exit_code=SERVICE,
    )


def _once(client: "httpx.Client", url: str, body: Mapping[str, Any]) -> tuple[int, str | None, bytes]:
    """Return status, ``Retry-After`` and, of a success, the body.

    Raises:
        RefusedError: when the body is too long, or too long in coming.
        httpx.TransportError: when the connection fails.
    """
    end = time.monotonic() + SECONDS
    content = b""
    with client.stream("POST", url, json=dict(body)) as response:
        if response.status_code != _OK:
            return response.status_code, response.headers.get("retry-after"), b""
        for part in response.iter_raw():
            content += part
            if len(content) > MOST:
                raise RefusedError(f"an answer of more than {MOST:,} bytes")
            if time.monotonic() > end:
                raise RefusedError(f"no answer within {SECONDS:g} seconds")
    return response.status_code, None, content


def _wait(retry_after: str | None, otherwise: float) -> float:
    """Return the seconds to wait: as the header says, in seconds or as a date, else as we think.

    >>> _wait("3", 1.0), _wait(None, 1.0), _wait("soon", 1.0)
    (3.0, 1.0, 1.0)
    """
    if not retry_after:
        return otherwise
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            until = parsedate_to_datetime(retry_after)
        except ValueError:
            return otherwise
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = (until - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else otherwise
