"""A backup back into its place: checked as a whole first, then put there in one step."""

import errno
import json
import os
import shutil
import subprocess
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from shutil import which

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, Result, silent
from toolkit.studio.local.backup import DUMP, FOLDER, LOGINS, MANIFEST, Manifest, pg_failed, sha256_of
from toolkit.studio.local.database import Database, count_tables, read_database
from toolkit.studio.local.install import DATABASE, VERSION, install, own_variables
from toolkit.studio.local.login import Login, store_database, store_logins, stored_database
from toolkit.studio.local.server import before_restore, being_restored, finish_or_undo_restore, folder_of, running
from toolkit.workspace import Workspace, failpoint
from toolkit.workspace.files import full_disk


class StudioRestoreResult(Result):
    """What is in its place again."""

    version: str
    database: str
    files: int
    data: str


def studio_restore(
    workspace: Workspace,
    *,
    file: Path,
    replace: bool = False,
    database: str | None = None,
    progress: Progress = silent,
) -> StudioRestoreResult:
    """Put a backup's data in the place of the local server's.

    Args:
        workspace: whose server; it must not run.
        file: what ``studio backup`` wrote.
        replace: take the place of data that are there.
        database: for a backup of PostgreSQL, where its rows go; None: the database that the server had before.
        progress: called for each part.

    Raises:
        ToolkitError: ``STUDIO-RUNNING``, ``STUDIO-NOT-EMPTY`` without ``replace``, ``BACKUP-BROKEN`` for a file that
            is none or damaged, ``BACKUP-VERSION`` for one of a newer Label Studio, ``STUDIO-DATABASE``,
            ``STUDIO-PG-RESTORE``. Nothing has changed then.
    """
    with workspace.lock():
        finish_or_undo_restore(workspace)
        _check_stopped(workspace)
        staged = being_restored(workspace)
        try:
            manifest = _unpack(file, staged)
            into = _into(workspace, manifest, database)
            _check_empty(workspace, into, replace=replace)
            progress(0, None, said("putting the data in place", "正在恢复数据"))
            if into:
                _load(into, staged / DUMP)
            _take_place(workspace, staged, into)
        finally:
            finish_or_undo_restore(workspace)
    return StudioRestoreResult(
        version=manifest.version,
        database=manifest.database,
        files=len(manifest.files),
        data=folder_of(workspace).relative_to(workspace.root).as_posix(),
    )


def _check_stopped(workspace: Workspace) -> None:
    if running(workspace):
        raise ToolkitError(
            said("This workspace's Label Studio is running.", "此工作区的 Label Studio 正在运行。"),
            hint=said("Stop it first: toolkit studio stop", "请先停止：toolkit studio stop"),
            code="STUDIO-RUNNING",
        )


def _unpack(file: Path, target: Path) -> Manifest:
    """Unpack and check every member against the manifest. The file may come from anywhere: only plain names count."""
    if not file.is_file():
        raise _broken(file, said("there is no such file", "文件不存在"))
    try:
        with tarfile.open(file, mode="r:gz") as tar:
            for member in tar:
                if not member.isreg() or not _is_plain(member.name):
                    raise _broken(file, said("it holds what no backup holds", "包含备份中不应有的内容"))
                source, path = tar.extractfile(member), target / member.name
                assert source is not None
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writer:
                    shutil.copyfileobj(source, writer)
        manifest = Manifest.model_validate_json((target / MANIFEST).read_text(encoding="utf-8"))
    except (tarfile.TarError, EOFError, zlib.error, ValueError, OSError) as error:
        # A damaged archive shows as an OSError without a number, or as a member that comes twice or not at all.
        if isinstance(error, OSError) and error.errno not in {None, errno.EEXIST, errno.ENOENT}:
            raise full_disk(error, target) from error
        raise _broken(file, said("it is no backup, or not whole", "不是备份文件或不完整")) from None
    found = {path.relative_to(target).as_posix(): path for path in target.rglob("*") if path.is_file()}
    del found[MANIFEST]
    needed = {LOGINS, DUMP if manifest.database == "postgresql" else FOLDER + DATABASE}
    if not needed <= found.keys() or {name: sha256_of(path) for name, path in found.items()} != manifest.files:
        raise _broken(file, said("its checksums do not fit", "校验和不符"))
    _check_version(manifest)
    return manifest


def _is_plain(name: str) -> bool:
    parts = PurePosixPath(name).parts
    inside = name in {MANIFEST, LOGINS, DUMP} or name.startswith(FOLDER)
    return inside and ".." not in parts and "\\" not in name and "\x00" not in name


def _check_version(manifest: Manifest) -> None:
    def order(version: str) -> list[int]:
        return [int(part) for part in version.split(".") if part.isdigit()]

    if order(manifest.version) > order(VERSION):
        raise ToolkitError(
            said(
                f"The backup is of Label Studio {manifest.version}; this toolkit runs {VERSION}, which cannot read it.",
                f"该备份来自 Label Studio {manifest.version}；本工具使用 {VERSION}，无法读取。",
            ),
            hint=said("Restore it with the toolkit that wrote it, or a newer one.", "请使用生成它的或更新版本的工具。"),
            code="BACKUP-VERSION",
        )


def _broken(file: Path, why: str) -> ToolkitError:
    return ToolkitError(
        said(f"'{file}' cannot be restored: {why}.", f"无法恢复 '{file}'：{why}。"),
        hint=said("Name a file that 'toolkit studio backup' wrote.", "请指定由 'toolkit studio backup' 生成的文件。"),
        code="BACKUP-BROKEN",
    )


def _into(workspace: Workspace, manifest: Manifest, address: str | None) -> Database | None:
    """Return the database that takes the rows; None for SQLite, whose file is in the folder."""
    if manifest.database == "sqlite":
        return None
    found = read_database(address) if address else stored_database(workspace)
    if found is None:
        raise ToolkitError(
            said("The backup is of a PostgreSQL database.", "该备份来自 PostgreSQL 数据库。"),
            hint=said("Name one to fill: --database postgresql://...", "请指定目标：--database postgresql://..."),
            code="STUDIO-DATABASE-URL",
        )
    install()
    return found


def _check_empty(workspace: Workspace, into: Database | None, *, replace: bool) -> None:
    data = folder_of(workspace)
    filled = (data / DATABASE).exists() or (data / ".env").exists()
    tables = count_tables(into, own_variables()) if into else 0
    if (filled or tables) and not replace:
        raise ToolkitError(
            said(
                "The local Label Studio has data already: a restore would put the backup in their place.",
                "本地 Label Studio 已有数据：恢复会用备份取代它们。",
            ),
            hint=said(
                "Back them up (toolkit studio backup), then add --replace.",
                "请先备份（toolkit studio backup），再加 --replace。",
            ),
            code="STUDIO-NOT-EMPTY",
        )


def _load(database: Database, dump: Path) -> None:
    """Fill a PostgreSQL database, all of it or nothing."""
    program = which("pg_restore")
    done = None
    if program:
        options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
        done = subprocess.run(  # noqa: S603 - found on the user's own path
            [program, *options, f"--dbname={database.name}", str(dump)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **database.client_variables()},
        )
    if done is None or done.returncode:
        raise pg_failed("pg_restore", done.stderr if done else None)


def _take_place(workspace: Workspace, staged: Path, into: Database | None) -> None:
    """Let the unpacked folder take the old one's place; a kill in between is cleared up by the next run."""
    logins = json.loads((staged / LOGINS).read_text(encoding="utf-8"))
    data, old = folder_of(workspace), before_restore(workspace)
    fresh = staged / FOLDER.rstrip("/")
    fresh.chmod(0o700)
    failpoint("restore-unpacked")
    data.mkdir(exist_ok=True)  # so that there is always an old one to come back to
    data.replace(old)
    failpoint("restore-old-away")
    fresh.replace(data)
    failpoint("restore-placed")
    # Found by the mark that came with the folder, so they go to their own file.
    store_logins(workspace, {name: Login.model_validate(login) for name, login in logins.items()})
    store_database(workspace, into)
    shutil.rmtree(staged)
