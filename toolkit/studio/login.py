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
from toolkit.workspace import Workspace

LEAD: Final = "lead"
_DOMAIN: Final = "localhost.localdomain"


class Login(Noun):
    """One account of the local server. Shown only where the user asks for it."""

    email: str
    password: str
    token: str


def lead_login(workspace: Workspace) -> Login:
    """Return the log-in of the server's owner, made up on the first call."""
    return stored_login(workspace, LEAD) or _store(workspace, LEAD, new_login(LEAD))


def new_login(name: str) -> Login:
    """Make up a log-in for a name."""
    bare = "".join(character if character.isascii() and character.isalnum() else "-" for character in name.lower())
    # Two names that differ only in what an address cannot hold get two addresses.
    tail = "" if bare == name.lower() else f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return Login(email=f"{bare}{tail}@{_DOMAIN}", password=secrets.token_urlsafe(15), token=secrets.token_hex(20))


def stored_login(workspace: Workspace, name: str) -> Login | None:
    """Return a log-in that was made before, or None."""
    found = _read(_file(workspace)).get(name)
    return Login.model_validate(found) if found else None


def store_login(workspace: Workspace, name: str, login: Login) -> Login:
    """Keep a log-in and return it."""
    return _store(workspace, name, login)


def _store(workspace: Workspace, name: str, login: Login) -> Login:
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
    from platformdirs import user_state_path

    name = hashlib.sha256(str(workspace.root.resolve()).encode()).hexdigest()[:16]
    return user_state_path("sft-toolkit") / "studio" / f"{name}.json"
