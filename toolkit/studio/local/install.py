"""Label Studio in an environment of its own: its pins (pyarrow, Django, openai) do not fit beside the toolkit's.

Installed once under the user's cache folder; everything after that works offline.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, Result, silent
from toolkit.workspace import Workspace

VERSION: Final = "1.23.2"
DATABASE: Final = "label_studio.sqlite3"
_CONSTRAINTS: Final = Path(__file__).parent / "label-studio-constraints.txt"
_DONE: Final = ".complete"


class InstallResult(Result):
    """Where Label Studio is installed, and which version."""

    version: str
    environment: str


def studio_install(workspace: Workspace, *, progress: Progress = silent) -> InstallResult:
    """Install the pinned Label Studio, unless it is there.

    Raises:
        ToolkitError: ``STUDIO-INSTALL`` when it fails, naming the log; what a killed install left is made anew.
    """
    del workspace  # one installation serves every workspace of the user
    changed = install(progress)
    return InstallResult(version=VERSION, environment=str(environment()), changed=changed)


def environment() -> Path:
    """Return the folder of Label Studio's environment; another Python or another version gets another one."""
    from platformdirs import user_cache_path

    python = f"py{sys.version_info.major}.{sys.version_info.minor}"
    return user_cache_path("sft-toolkit") / f"label-studio-{VERSION}-{python}"


def installed_version() -> str | None:
    """Return the installed version, or None. Looks at files only: ``label-studio --version`` would start a server."""
    return VERSION if (environment() / _DONE).is_file() else None


def executable() -> Path:
    """Return the command of the installed Label Studio."""
    return environment() / "bin" / "label-studio"


def template() -> Path:
    """Return the database that new workspaces begin with: migrated, without users, organisation or any other row."""
    return environment() / DATABASE


def install(progress: Progress = silent) -> bool:
    """Make the environment, unless it is complete; return whether it was made."""
    if installed_version():
        return False
    folder = environment()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(_beside(folder, ".lock")):
        if installed_version():
            return False
        progress(
            0, None, said(f"installing Label Studio {VERSION}, once", f"正在安装 Label Studio {VERSION}（仅一次）")
        )
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True, symlinks=True)
        _pip(folder)
        progress(0, None, said("preparing its database", "正在准备数据库"))
        _migrate(folder)
        # Written last: an environment without it was killed half-way and is made anew.
        (folder / _DONE).write_text(f"{VERSION}\n")
    return True


def _pip(folder: Path) -> None:
    pip = ["-m", "pip", "install", "--disable-pip-version-check", "--constraint", str(_CONSTRAINTS)]
    _run(folder, [*pip, f"label-studio=={VERSION}"], "wb", {})


def _migrate(folder: Path) -> None:
    """Make the template, by Django's own command: it makes tables and no rows, so no user and no token are in it."""
    with tempfile.TemporaryDirectory(dir=folder) as data:
        manage = next(folder.glob("lib/python*/site-packages/label_studio/manage.py"))
        _run(folder, [str(manage), "migrate", "--no-color"], "ab", server_variables(Path(data)))
        (Path(data) / DATABASE).replace(folder / DATABASE)


def server_variables(data: Path) -> dict[str, str]:
    """Return the environment of Label Studio's processes: data in one folder, no telemetry, no outbound look-ups."""
    return {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        # Its settings go by bare names too, which other programs use: DATABASE_NAME, HOST.
        "LABEL_STUDIO_DATABASE_NAME": str(data / DATABASE),
        "LABEL_STUDIO_HOST": "",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_SENTRY_DSN": "",
        "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_CORS_ALLOW_ALL_ORIGINS": "false",
    }


def own_variables() -> dict[str, str]:
    """Return this process's environment without the settings of the toolkit's and of another Label Studio."""
    foreign = ("LABEL_STUDIO", "HEARTEX", "TOOLKIT", "DJANGO", "POSTGRE_", "MYSQL_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _run(folder: Path, arguments: list[str], mode: Literal["ab", "wb"], variables: dict[str, str]) -> None:
    log = _beside(folder, ".log")
    with log.open(mode) as file:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own arguments
            [str(folder / "bin" / "python"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
            env=own_variables() | variables,
        )
    if done.returncode:
        raise ToolkitError(
            said(
                f"Label Studio {VERSION} could not be installed; the log is '{log}'.",
                f"无法安装 Label Studio {VERSION}；日志见 '{log}'。",
            ),
            hint=said(
                "Check the network, or use an existing server: set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.",
                "请检查网络，或使用已有服务器：设置 LABEL_STUDIO_URL 与 LABEL_STUDIO_API_KEY。",
            ),
            code="STUDIO-INSTALL",
            exit_code=SERVICE,
        )


def _beside(folder: Path, ending: str) -> Path:
    """Return a file beside the environment; the dot in ``py3.11`` is no suffix to replace."""
    return folder.with_name(folder.name + ending)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait for another process that is installing."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
