"""Where a key may be sent: the address of an existing server, checked before anything goes there."""

import ipaddress
import os
import re
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from toolkit.errors import ToolkitError
from toolkit.language import said

ALLOW_HTTP: Final = "LABEL_STUDIO_ALLOW_HTTP"
_LEGACY: Final = re.compile(r"[0-9a-f]{40}")
_JWT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")

KeyKind = Literal["legacy", "personal", "unknown"]


def checked_address(url: str, variable: str) -> str:
    """Return an address without the slash at its end.

    Raises:
        ToolkitError: ``STUDIO-URL`` for anything but http(s)://host[:port][/path], log-ins in the address included,
            which are never shown; ``STUDIO-PLAIN-HTTP`` for http to another machine, where anyone on the way reads
            the key and the texts, unless ``LABEL_STUDIO_ALLOW_HTTP=1`` says so.
    """
    parts = _split(url.strip())
    if parts is None or parts.query or parts.fragment:
        raise ToolkitError(
            said(
                f"{variable} is no plain address of a server; it is not shown, as it may hold a log-in.",
                f"{variable} 不是有效的服务器地址；其中可能含有登录信息，因此不予显示。",
            ),
            hint=said(
                "Write it as https://HOST or https://HOST:PORT/PATH, with no user, password or '?'.",
                "请写成 https://主机 或 https://主机:端口/路径，不要包含用户名、密码或 '?'。",
            ),
            code="STUDIO-URL",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or "") and os.environ.get(ALLOW_HTTP) != "1":
        raise ToolkitError(
            said(
                f"{variable} is plain http to another machine ('{parts.hostname}'): the key and the texts would travel "
                "readable.",
                f"{variable} 使用明文 http 连接其他主机（'{parts.hostname}'）：密钥与文本会被明文传输。",
            ),
            hint=said(
                f"Use https. In a network that you trust: set {ALLOW_HTTP}=1.",
                f"请使用 https。若网络可信：设置 {ALLOW_HTTP}=1。",
            ),
            code="STUDIO-PLAIN-HTTP",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this very machine. Only what can be nothing else counts; nothing is resolved.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "LocalHost", "localhost.example.org", "10.0.0.1")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def key_kind(key: str) -> KeyKind:
    """Tell a legacy token (40 hex digits) from a personal access token (a JWT).

    >>> key_kind("0" * 40), key_kind("eyJh.eyJ0.c2ln"), key_kind("secret")
    ('legacy', 'personal', 'unknown')
    """
    if _LEGACY.fullmatch(key):
        return "legacy"
    return "personal" if _JWT.fullmatch(key) else "unknown"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read on demand, and only then found broken
    except ValueError:
        return None
    # '@' parts a log-in from the host; browsers and clients do not agree on where a backslash belongs.
    odd = any(character.isspace() or character in "\\@" for character in parts.netloc)
    return parts if parts.scheme in {"http", "https"} and parts.hostname and not odd else None
