"""Accounts for annotators on the workspace's own server, made as a person would: by the invite link's form.

The free edition has no other way that gives an account a place in the organisation. On an existing server the team
makes its accounts itself.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Result
from toolkit.studio.connection import Server, client_for, connect, talking
from toolkit.studio.local.login import (
    OWNER,
    Login,
    new_login,
    owner_login,
    store_login,
    stored_login,
    stored_logins,
)
from toolkit.workspace import Workspace

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

_LOG_IN: Final = "/user/login/"


class StudioUserResult(Result):
    """What to hand to an annotator."""

    name: str
    url: str
    email: str
    password: str


class Account(Noun):
    """An annotator's account on the local server, without its password."""

    name: str
    email: str


class StudioUsersResult(Result):
    """The accounts that were made for annotators, by name."""

    users: tuple[Account, ...]


def studio_user_add(workspace: Workspace, *, name: str) -> StudioUserResult:
    """Make an account for an annotator, or show the one made before.

    Raises:
        ToolkitError: ``STUDIO-EXTERNAL`` on an existing server, ``STUDIO-SIGN-UP`` when the form refuses.
    """
    with workspace.lock():
        server = _own(connect(workspace))
        login, made = _account(workspace, server, name)
    return StudioUserResult(name=name, url=server.url, email=login.email, password=login.password, changed=made)


def studio_user_list(workspace: Workspace) -> StudioUsersResult:
    """List the accounts that were made for annotators on the local server, whether it runs or not."""
    made = sorted((name, login.email) for name, login in stored_logins(workspace).items() if name != OWNER)
    return StudioUsersResult(users=tuple(Account(name=name, email=email) for name, email in made), changed=False)


def mend_owner(workspace: Workspace, url: str) -> None:
    """See to it that the owner's token is the one that the server knows.

    A first start that is killed between making the owner and giving the token leaves one of the server's own.

    Raises:
        ToolkitError: ``STUDIO-OWNER`` when the server knows neither token nor password.
    """
    login = owner_login(workspace)
    if _accepted(url, login.token):
        return
    token = _token(url, login, _LOG_IN)
    if not token:
        raise ToolkitError(
            said(
                f"The server at {url} knows another owner than this workspace's.",
                f"{url} 上的服务器属于另一个工作区。",
            ),
            hint=said(
                "Its database was made from another workspace, or the log-ins in your state folder are gone: use a "
                "database of its own, or restore a backup.",
                "其数据库由另一个工作区创建，或状态目录中的登录信息已丢失：请使用独立的数据库，或从备份恢复。",
            ),
            code="STUDIO-OWNER",
            exit_code=SERVICE,
        )
    store_login(workspace, OWNER, login.model_copy(update={"token": token}))


def _accepted(url: str, token: str) -> bool:
    import httpx

    with talking(url), httpx.Client(base_url=url, follow_redirects=False, trust_env=False) as client:
        answer = client.get("/api/current-user/whoami", headers={"Authorization": f"Token {token}"})
        return answer.status_code != HTTPStatus.UNAUTHORIZED


def annotator_client(workspace: Workspace, name: str) -> "LabelStudio":
    """Return a client that acts under an annotator's own account, made when it is not there."""
    with workspace.lock():
        server = _own(connect(workspace))
        login, _ = _account(workspace, server, name)
    return client_for(server.url, login.token)


def _account(workspace: Workspace, server: Server, name: str) -> tuple[Login, bool]:
    login = stored_login(workspace, name)
    if login and login.token:
        return login, False
    # The password is stored before it is used: a kill in between is mended by logging in with it.
    login = login or store_login(workspace, name, new_login(name))
    token = _token(server.url, login, _LOG_IN) or _token(server.url, login, _invite(server))
    if not token:
        raise ToolkitError(
            said(f"No account could be made for '{name}'.", f"无法为 '{name}' 创建账户。"),
            hint=said(
                f"Is {login.email} taken already? Choose another name.", f"{login.email} 是否已被占用？请换一个名称。"
            ),
            code="STUDIO-SIGN-UP",
            exit_code=SERVICE,
        )
    return store_login(workspace, name, login.model_copy(update={"token": token})), True


def _own(server: Server) -> Server:
    if server.kind == "external":
        raise ToolkitError(
            said(
                "Accounts on an existing server are its administrator's to make.", "已有服务器上的账户由其管理员创建。"
            ),
            hint=said("Invite people from its Organization page.", "请在其 Organization 页面邀请成员。"),
            code="STUDIO-EXTERNAL",
        )
    return server


def _invite(server: Server) -> str:
    with talking(server.url):
        return str(server.client.organizations.invites.get_invite_link().invite_url)


def _token(url: str, login: Login, form: str) -> str | None:
    """Fill in a form, of log-in or sign-up, and return the account's token; None when the form refuses."""
    import httpx

    with talking(url), httpx.Client(base_url=url, follow_redirects=False, trust_env=False) as browser:
        browser.get(form)
        fields = {"email": login.email, "password": login.password, "allow_newsletters": "false"}
        fields["csrfmiddlewaretoken"] = browser.cookies.get("csrftoken") or ""
        if not browser.post(form, data=fields, headers={"Referer": f"{url}{form}"}).is_redirect:
            return None
        answer = browser.get("/api/current-user/token").raise_for_status()
        return str(answer.json()["token"])
