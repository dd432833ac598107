"""Log-ins of a workspace's local server: made up once, kept in a file that only the user can read.

The file lies in the user's state folder, outside the workspace, so that no copy or commit of a workspace carries it.
The log-in of an existing server comes from the environment and is stored nowhere.
"""

import hashlib
import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from toolkit.noun import Noun
from toolkit.workspace import Workspace, write_text

OWNER: Final = ""
"""Under which the server's owner is stored; no annotator has an empty name."""
_DOMAIN: Final = "localhost.localdomain"


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
    found = _read(_file(workspace)).get(name)
    return Login.model_validate(found) if found else None


def store_login(workspace: Workspace, name: str, login: Login) -> Login:
    """Keep a log-in, whole or not at all, and return it."""
    file = _file(workspace)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    logins = {**_read(file), name: login.model_dump()}
    handle, temporary = tempfile.mkstemp(dir=file.parent)  # made with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as writer:
        json.dump(logins, writer, ensure_ascii=False, indent=2)
        writer.flush()
        os.fsync(writer.fileno())
    Path(temporary).replace(file)
    return login


def _read(file: Path) -> dict[str, dict[str, str]]:
    if not file.is_file():
        return {}
    logins: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return logins


def _file(workspace: Workspace) -> Path:
    """Return the file of the workspace's log-ins; it goes by a mark in the workspace, which may be moved."""
    from platformdirs import user_state_path

    mark = workspace.data / "label-studio" / "log-in.id"
    if not mark.is_file():
        write_text(mark, secrets.token_hex(8) + "\n")
    return user_state_path("sft-toolkit") / "studio" / f"{mark.read_text(encoding='utf-8').strip()}.json"
