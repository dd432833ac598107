"""A handle on a Label Studio: the one that the environment names, else the workspace's own.

A token goes to the server that it belongs to and nowhere else: redirects are not followed. What the server answers to
a mistake may quote a task's text, so it is never shown raw.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, silent
from toolkit.studio.address import checked_address, is_loopback, key_kind
from toolkit.studio.local.login import owner_login
from toolkit.studio.local.server import running
from toolkit.workspace import Workspace

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

URL: Final = "LABEL_STUDIO_URL"
KEY: Final = "LABEL_STUDIO_API_KEY"
_REFUSED: Final = frozenset({401, 403})


class Server(NamedTuple):
    """A Label Studio and a client for it.

    Attributes:
        url: without a slash at the end; with the project number it tells projects of several servers apart.
        kind: ``local`` for the workspace's own, ``external`` for one that the environment names.
        progress: told when an answer is waited for.
    """

    url: str
    kind: Literal["local", "external"]
    client: "LabelStudio"
    progress: Progress = silent

    def get(self, path: str, query: dict[str, Any]) -> Any:
        """Return the JSON at a path, without the models that the client would build of each of thousands of items."""
        from toolkit.studio.transport import PARSED

        # The client offers no public way to its transport, which knows the key and its renewal.
        answer = self.client._client_wrapper.httpx_client.request(path, method="GET", params=query)  # noqa: SLF001
        return answer.raise_for_status().extensions.get(PARSED)


def external_url() -> str | None:
    """Return the address of the server that the environment names, or None.

    Raises:
        ToolkitError: ``STUDIO-HALF-SET`` when only one of the two variables is set; ``STUDIO-URL``,
            ``STUDIO-PLAIN-HTTP``.
    """
    url, key = os.environ.get(URL), os.environ.get(KEY)
    if bool(url) != bool(key):
        there, missing = (URL, KEY) if url else (KEY, URL)
        raise ToolkitError(
            said(f"{there} is set and {missing} is not.", f"已设置 {there}，但未设置 {missing}。"),
            hint=said(
                "Set both for an existing server, or neither for a local one.",
                "使用已有服务器请同时设置两者；使用本地服务器则都不设置。",
            ),
            code="STUDIO-HALF-SET",
        )
    return checked_address(url, URL) if url else None


def connect(workspace: Workspace, progress: Progress = silent) -> Server:
    """Return the server to use, after it has accepted the key.

    Raises:
        ToolkitError: ``STUDIO-NOT-RUNNING``, ``STUDIO-KEY``, ``STUDIO-UNREACHABLE``, and what ``external_url`` raises.
    """
    if url := external_url():
        with talking(url):  # an expired personal token is refused by the client itself
            server = Server(url, "external", client_for(url, os.environ[KEY].strip(), progress), progress)
    else:
        found = running(workspace)
        if not found:
            raise ToolkitError(
                said("This workspace's Label Studio is not running.", "此工作区的 Label Studio 未运行。"),
                hint=said("Start it: toolkit studio start", "请启动：toolkit studio start"),
                code="STUDIO-NOT-RUNNING",
                exit_code=SERVICE,
            )
        client = client_for(found.url, owner_login(workspace).token, progress)
        server = Server(found.url, "local", client, progress)
    with talking(server.url):
        server.client.users.whoami()
    return server


def client_for(url: str, key: str, progress: Progress = silent) -> "LabelStudio":
    """Return a client that sends nothing twice by itself, follows no redirect and checks what it is answered."""
    import httpx
    from label_studio_sdk import LabelStudio

    from toolkit.studio import transport

    # A proxy that the environment names would read what goes to this very machine in the clear.
    careful = transport.Careful(progress=progress, trust_env=not is_loopback(httpx.URL(url).host))
    client = LabelStudio(base_url=url, api_key=key, timeout=transport.SECONDS, max_retries=0, httpx_client=careful)
    # It renews a personal token beside the last part of an address that has a path, unless that ends in a slash.
    client._client_wrapper._tokens_client._base_url = f"{url}/"  # noqa: SLF001
    return client


@contextmanager
def talking(url: str) -> Iterator[None]:
    """Turn what a conversation with the server may raise into errors with a hint.

    They stand alone, without the error that they were made from: its text may quote a task, and its request the key.

    Raises:
        ToolkitError: ``STUDIO-KEY``, ``STUDIO-UNREACHABLE``, ``STUDIO-REDIRECT``, ``STUDIO-ANSWER``,
            ``STUDIO-PROTOCOL``.
    """
    import httpx
    from label_studio_sdk.core.api_error import ApiError
    from pydantic import ValidationError

    try:
        yield
    except ApiError as error:
        raise _refused(url, error.status_code or 0) from None
    except httpx.HTTPStatusError as error:
        raise _refused(url, error.response.status_code) from None
    except (httpx.TransportError, ValidationError, ValueError) as error:
        if not isinstance(error, httpx.TransportError):
            raise _refused(url, 0) from None
        raise ToolkitError(
            said(f"Label Studio at {url} does not answer.", f"{url} 上的 Label Studio 没有响应。"),
            hint=said(
                "Check that it runs, then run the command again: it goes on where it stopped.",
                "请确认它正在运行，然后重新运行命令：会从中断处继续。",
            ),
            code="STUDIO-UNREACHABLE",
            exit_code=SERVICE,
        ) from None


def _refused(url: str, status: int) -> ToolkitError:
    if status in _REFUSED:
        return _wrong_key(url, status)
    if status // 100 == 3:  # noqa: PLR2004 - the class of redirects
        return ToolkitError(
            said(
                f"{url} sends us to another address; the key was not sent there.",
                f"{url} 要求重定向；密钥未发送到新地址。",
            ),
            hint=said(f"Set {URL} to the final address.", f"请将 {URL} 设为最终地址。"),
            code="STUDIO-REDIRECT",
            exit_code=SERVICE,
        )
    what = (
        said(f"with status {status}", f"状态码 {status}")
        if status
        else said("with no Label Studio words", "内容不可识别")
    )
    return ToolkitError(
        said(f"{url} answered {what}.", f"{url} 的回答无法处理：{what}。"),
        hint=said(
            "Look into the server's log, then run the command again: it goes on where it stopped.",
            "请查看服务器日志，然后重新运行命令：会从中断处继续。",
        ),
        code="STUDIO-ANSWER",
        exit_code=SERVICE,
    )


def _wrong_key(url: str, status: int) -> ToolkitError:
    key = os.environ.get(KEY)
    if key is None:
        return ToolkitError(
            said(f"{url} no longer knows this workspace's log-in.", f"{url} 已不认识此工作区的登录信息。"),
            hint=said(
                "Its log-ins lie in your state folder, sft-toolkit/studio; put them back from a backup.",
                "登录信息位于用户状态目录的 sft-toolkit/studio 中；请从备份恢复。",
            ),
            code="STUDIO-KEY",
            exit_code=SERVICE,
        )
    kind = {
        "legacy": said("a legacy token", "旧式令牌"),
        "personal": said("a personal access token", "个人访问令牌"),
        "unknown": said("a key of neither known kind", "无法识别的密钥"),
    }[key_kind(key.strip())]
    return ToolkitError(
        said(
            f"{url} refuses the key (status {status}); {kind} was sent.",
            f"{url} 拒绝了密钥（状态码 {status}）；发送的是{kind}。",
        ),
        hint=said(
            f"Copy a personal access token from Account & Settings into {KEY}; legacy tokens are off by default.",
            f"请从 Account & Settings 复制个人访问令牌到 {KEY}；旧式令牌默认关闭。",
        ),
        code="STUDIO-KEY",
        exit_code=SERVICE,
    )
