"""Log-ins of a workspace's local server: made up once, kept in a file that only the user can read.

The file lies in the user's state folder, outside the workspace, so that no copy or commit of a workspace carries it.
The address of a PostgreSQL database, which holds a password too, lies beside them.
The log-in of an existing server comes from the environment and is stored nowhere.
"""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from toolkit.noun import Noun
from toolkit.studio.local.database import Database
from toolkit.workspace import Workspace, write_text

OWNER: Final = ""
"""Under which the server's owner is stored; no annotator has an empty name."""
_DOMAIN: Final = "localhost.localdomain"
_ACCOUNTS: Final = "accounts"
_DATABASE: Final = "database"


class Login(Noun):
    """One account of the local server. Shown only where the user asks for it.

    Attributes:
        token: 40 hex digits; empty until the server has made the account.
    """

    email: str
    password: str
    token: str = ""


def owner_login(workspace: Workspace) -> Login:
    """Return the log-in of the server's owner, made up on the first call."""
    there = stored_login(workspace, OWNER)
    return there or store_login(
        workspace, OWNER, new_login("owner").model_copy(update={"token": secrets.token_hex(20)})
    )


def new_login(name: str) -> Login:
    """Make up a log-in for a name."""
    bare = "".join(character if character.isascii() and character.isalnum() else "-" for character in name.lower())
    # Two names that differ only in what an address cannot hold get two addresses.
    tail = "" if bare == name.lower() else f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return Login(email=f"{bare}{tail}@{_DOMAIN}", password=secrets.token_urlsafe(15))


def stored_login(workspace: Workspace, name: str) -> Login | None:
    """Return a log-in that was made before, or None."""
    return stored_logins(workspace).get(name)


def stored_logins(workspace: Workspace) -> dict[str, Login]:
    """Return every log-in by its name; the owner's under ``OWNER``."""
    found = _read(_file(workspace)).get(_ACCOUNTS, {})
    return {name: Login.model_validate(login) for name, login in found.items()}


def store_login(workspace: Workspace, name: str, login: Login) -> Login:
    """Keep a log-in, whole or not at all, and return it."""
    store_logins(workspace, {name: login})
    return login


def store_logins(workspace: Workspace, logins: Mapping[str, Login]) -> None:
    """Keep log-ins beside the others, whole or not at all; one under a name that is there takes its place."""
    there = {**stored_logins(workspace), **logins}
    _put(workspace, _ACCOUNTS, {name: login.model_dump() for name, login in there.items()})


def stored_database(workspace: Workspace) -> Database | None:
    """Return the database that the server was started with; None for SQLite."""
    found = _read(_file(workspace)).get(_DATABASE)
    return Database.model_validate(found) if found else None


def store_database(workspace: Workspace, database: Database | None) -> None:
    """Remember the database for later starts."""
    if database != stored_database(workspace):
        _put(workspace, _DATABASE, database.model_dump() if database else None)


def _put(workspace: Workspace, key: str, value: Any) -> None:
    file = _file(workspace)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = {**_read(file), key: value}
    handle, temporary = tempfile.mkstemp(dir=file.parent)  # made with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as writer:
        json.dump(content, writer, ensure_ascii=False, indent=2)
        writer.flush()
        os.fsync(writer.fileno())
    Path(temporary).replace(file)


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def _file(workspace: Workspace) -> Path:
    """Return the file of the workspace's log-ins; it goes by a mark in the workspace, which may be moved."""
    from platformdirs import user_state_path

    mark = workspace.data / "label-studio" / "log-in.id"
    if not mark.is_file():
        write_text(mark, secrets.token_hex(8) + "\n")
    return user_state_path("sft-toolkit") / "studio" / f"{mark.read_text(encoding='utf-8').strip()}.json"
