"""The local server's data in one file: what a machine's loss, or an annotator who deletes a project, cannot take away.

A backup holds what the server's folder holds (texts, answers, tokens, the key that signs them) and the log-ins beside
it, so that a restored server lets the same people in. It is as secret as they are, and readable by its owner alone.
"""

import gzip
import hashlib
import io
import json
import os
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Final, Literal

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Progress, Result, silent
from toolkit.studio.connection import external_url
from toolkit.studio.local.database import Database
from toolkit.studio.local.install import DATABASE, VERSION
from toolkit.studio.local.login import stored_database, stored_logins
from toolkit.studio.local.server import finish_or_undo_restore, folder_of
from toolkit.workspace import Workspace, failpoint
from toolkit.workspace.files import LEFTOVER, full_disk

MANIFEST: Final = "manifest.json"
LOGINS: Final = "log-ins.json"
DUMP: Final = "postgresql.dump"
FOLDER: Final = "data/"
_LEFT_OUT: Final = ("server.log", "server.json", "export")
"""What the server makes anew; ``export`` holds copies of answers that the database holds too."""


class Manifest(Noun):
    """What a backup holds. No time is in it, so equal data give an equal file.

    Attributes:
        version: of Label Studio.
        files: SHA-256 of every member.
    """

    format: Literal[1] = 1
    version: str
    database: Literal["sqlite", "postgresql"]
    files: dict[str, str]


class StudioBackupResult(Result):
    """What was written; ``sha256`` is the file's."""

    output: str
    database: str
    files: int
    bytes: int
    sha256: str


def studio_backup(
    workspace: Workspace, *, output: Path | None = None, progress: Progress = silent
) -> StudioBackupResult:
    """Copy the local server's data into one tar.gz, consistent also while the server runs.

    Args:
        workspace: whose server.
        output: the file; None: one named by its content, under ``backups`` in the user's state folder.
        progress: called for each part.

    Raises:
        ToolkitError: ``STUDIO-EXTERNAL`` for a server that the environment names, ``STUDIO-NO-DATA``,
            ``STUDIO-PG-DUMP`` when PostgreSQL's own program is missing or fails, ``IO-FULL``.
    """
    if external_url():
        raise _external()
    with workspace.lock(), tempfile.TemporaryDirectory(prefix="sft-toolkit-") as scratch:
        finish_or_undo_restore(workspace)
        database = stored_database(workspace)
        members = dict(_members(workspace, database, Path(scratch), progress))
        progress(0, None, said("packing", "正在打包"))
        packed = Path(scratch) / "packed"
        _pack(packed, "postgresql" if database else "sqlite", members)
        sha256 = sha256_of(packed)
        target = output or _place(workspace, sha256)
        changed = _put(packed, target, sha256)
        return StudioBackupResult(
            output=str(target),
            database="postgresql" if database else "sqlite",
            files=len(members),
            bytes=packed.stat().st_size,
            sha256=sha256,
            changed=changed,
        )


def _members(
    workspace: Workspace, database: Database | None, scratch: Path, progress: Progress
) -> Iterator[tuple[str, Path]]:
    """Yield names inside the backup and the files to pack. The database first: what it points at is there by then."""
    data = folder_of(workspace)
    if not (data / DATABASE).is_file() and database is None:
        raise ToolkitError(
            said("This workspace's Label Studio has no data yet.", "此工作区的 Label Studio 尚无数据。"),
            hint=said("Start it first: toolkit studio start", "请先启动：toolkit studio start"),
            code="STUDIO-NO-DATA",
        )
    progress(0, None, said("copying the database", "正在复制数据库"))
    if database:
        yield DUMP, _dump(database, scratch / DUMP)
    else:
        yield FOLDER + DATABASE, _copy(data / DATABASE, scratch / DATABASE)
    logins = scratch / LOGINS
    accounts = {name: login.model_dump() for name, login in sorted(stored_logins(workspace).items())}
    logins.write_text(json.dumps(accounts, ensure_ascii=False, indent=2), encoding="utf-8")
    yield LOGINS, logins
    for path in sorted(data.rglob("*")):
        inside = path.relative_to(data)
        kept = inside.parts[0] not in _LEFT_OUT and DATABASE not in inside.name and not path.name.endswith(LEFTOVER)
        if kept and path.is_file() and not path.is_symlink():
            yield FOLDER + inside.as_posix(), path


def _copy(source: Path, target: Path) -> Path:
    """Copy a SQLite file by its own online backup: whole transactions, also while the server writes."""
    reading = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=60)
    writing = sqlite3.connect(target)
    try:
        reading.backup(writing)
    finally:
        writing.close()
        reading.close()
    return target


def _dump(database: Database, target: Path) -> Path:
    """Copy a PostgreSQL database by ``pg_dump``; the log-in travels in the environment."""
    program = which("pg_dump")
    done = None
    if program:
        command = [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"]
        done = subprocess.run(  # noqa: S603 - found on the user's own path
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **database.client_variables()},
        )
    if done is None or done.returncode:
        raise pg_failed("pg_dump", done.stderr if done else None)
    return target


def pg_failed(program: str, told: str | None) -> ToolkitError:
    """Return what to say when PostgreSQL's program fails, or is missing (``told``: None), without its own words."""
    if told is None:
        why = said(f"{program} is not installed", f"未安装 {program}")
    elif "version mismatch" in told or "unsupported version" in told:
        why = said(f"{program} is older than the server", f"{program} 的版本低于服务器")
    else:
        why = said(f"{program} failed", f"{program} 失败")
    return ToolkitError(
        said(f"The PostgreSQL database was not copied: {why}.", f"未能复制 PostgreSQL 数据库：{why}。"),
        hint=said(
            "Install PostgreSQL's client programs in the server's version or a newer one, or copy the database by the "
            "means of those who run it.",
            "请安装不低于服务器版本的 PostgreSQL 客户端程序，或由数据库管理员备份。",
        ),
        code="STUDIO-PG-DUMP" if program == "pg_dump" else "STUDIO-PG-RESTORE",
        exit_code=SERVICE,
    )


class _Hashed(io.RawIOBase):
    """A file that is hashed as it is read: a running server may write to it before and after."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size = os.fstat(self._file.fileno()).st_size
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._hash.update(block)
        return block

    def close(self) -> None:
        self._file.close()
        super().close()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _pack(target: Path, database: Literal["sqlite", "postgresql"], members: dict[str, Path]) -> None:
    """Write the tar.gz: members in the order of their names, without times, owners or modes of this machine.

    The manifest comes last: a file that breaks off has none.
    """
    hashes = {}
    with target.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as zipped:  # noqa: SIM117
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, path in sorted(members.items()):
                with _Hashed(path) as member:
                    tar.addfile(_entry(name, member.size), member)
                    hashes[name] = member.sha256
            manifest = Manifest(version=VERSION, database=database, files=hashes)
            text = json.dumps(manifest.model_dump(), ensure_ascii=False, indent=2).encode()
            tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _put(packed: Path, target: Path, sha256: str) -> bool:
    """Bring the file to its place, whole or not at all, for its owner alone; return False when it was there."""
    if target.is_file() and sha256_of(target) == sha256:
        return False
    beside: str | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=".backup.", suffix=LEFTOVER)
        with os.fdopen(handle, "wb") as file, packed.open("rb") as source:
            while block := source.read(1 << 20):
                file.write(block)
            failpoint("backup-written")
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(target)
    except OSError as error:
        if beside:
            Path(beside).unlink(missing_ok=True)
        raise full_disk(error, target) from error
    return True


def _place(workspace: Workspace, sha256: str) -> Path:
    from platformdirs import user_state_path

    name = "".join(sign if sign.isalnum() else "-" for sign in workspace.settings.name)
    return user_state_path("sft-toolkit") / "backups" / f"{name}-{sha256[:12]}.tar.gz"


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _external() -> ToolkitError:
    return ToolkitError(
        said("An existing server's data are its administrator's to back up.", "已有服务器的数据由其管理员备份。"),
        hint=said(
            "For a round's tasks and answers: toolkit studio export --round R --output FILE",
            "导出一个轮次的任务与标注：toolkit studio export --round R --output FILE",
        ),
        code="STUDIO-EXTERNAL",
    )
