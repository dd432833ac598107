"""The files that an ingest is to look at: found, named and known by their hash. Nothing is parsed here."""

import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.documents.extraction import FILE_LIMIT
from toolkit.documents.refusal import Refused
from toolkit.errors import ToolkitError
from toolkit.language import said

_CHUNK = 2**20


class Source(NamedTuple):
    """One file.

    Attributes:
        name: its stored name (``/`` between parts, no machine's own folders).
        file: where it lies now.
        top: the folder under which it was found; a link that leads out of it is not followed.
    """

    name: str
    file: Path
    top: Path | None = None


def find_sources(root: Path, paths: Sequence[Path], *, metadata: Path | None = None) -> list[Source]:
    """Return the files below some paths, sorted by stored name, each once.

    Hidden files, the workspace's ``data/`` and ``toolkit.yaml`` and the metadata file are no sources. A file inside
    the workspace is named from its root, another from the parent of the path under which it was found.

    Raises:
        ToolkitError: ``PATH-MISSING``, ``PATH-EMPTY``, or ``PATH-CLASH`` when two files outside the workspace would
            get one name.
    """
    root = _absolute(root)
    skipped = {root / "data", root / "toolkit.yaml"} | ({_absolute(metadata)} if metadata else set())
    found: dict[str, Source] = {}
    for path in map(_absolute, paths):
        if not os.path.lexists(path):
            raise _missing(path)
        files = _files_below(path, skipped) if path.is_dir() else [path]
        if path.is_dir() and not files:
            raise _empty(path)
        for file in files:
            name = stored_name(file, root, path.parent)
            if found.setdefault(name, Source(name, file, path if path.is_dir() else None)).file != file:
                raise _clash(name, found[name].file, file)
    return [found[name] for name in sorted(found)]


def stored_name(file: Path, root: Path, base: Path | None = None) -> str:
    """Return the name of a file or folder: from the workspace's root when inside it, else from a base folder.

    The base defaults to the file's own parent. Bytes that are no UTF-8 are escaped: no store could hold them.
    """
    file, root = _absolute(file), _absolute(root)
    start = root if file.is_relative_to(root) else base or file.parent
    return os.fsencode(file.relative_to(start).as_posix()).decode("utf-8", "backslashreplace")


def sha256_of(file: Path, top: Path | None = None) -> str:
    """Return the SHA-256 of a file's bytes, hex.

    Args:
        file: the file.
        top: the folder that it has to lie in, its links followed; None: anywhere.

    Raises:
        Refused: ``DOC-NOTFILE``, ``DOC-PERM``, ``DOC-SIZE``.
    """
    if top and not _within(file, top):
        raise Refused("DOC-NOTFILE", "a link that leads out of the folder")
    digest = hashlib.sha256()
    handle = open_source(file)
    try:
        while chunk := os.read(handle, _CHUNK):
            digest.update(chunk)
    finally:
        os.close(handle)
    return digest.hexdigest()


def open_source(file: Path) -> int:
    """Open a regular file within the size limit for reading; a pipe or a device never blocks.

    Raises:
        Refused: ``DOC-NOTFILE``, ``DOC-PERM``, ``DOC-SIZE``.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError as error:
        raise Refused("DOC-PERM", "a file or folder that may not be read") from error
    except OSError as error:
        raise Refused("DOC-NOTFILE", f"no file that opens ({errno.errorcode.get(error.errno or 0, 'EIO')})") from error
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and status.st_size <= FILE_LIMIT:
        return handle
    os.close(handle)
    if stat.S_ISREG(status.st_mode):
        raise Refused("DOC-SIZE", f"{status.st_size:,} bytes; the limit is {FILE_LIMIT:,}")
    raise Refused("DOC-NOTFILE", "a folder, pipe, socket or device")


def _absolute(path: Path) -> Path:
    """The path with dots resolved but links kept: a link is known by its own name."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve follows links


def _within(file: Path, top: Path) -> bool:
    return Path(os.path.realpath(file)).is_relative_to(os.path.realpath(top))


def _files_below(folder: Path, skipped: set[Path], seen: frozenset[tuple[int, int]] = frozenset()) -> list[Path]:
    """Everything but folders, hidden or skipped ones; a link to a folder is no folder, it is refused when opened."""
    try:
        status = folder.stat()
        entries = sorted(folder.iterdir())
    except OSError:
        return [folder]  # it becomes a coded refusal when it is opened
    key = (status.st_dev, status.st_ino)
    if key in seen:
        return []
    files: list[Path] = []
    for entry in entries:
        if entry.name.startswith(".") or entry in skipped:
            continue
        walked = entry.is_dir() and not entry.is_symlink()
        files += _files_below(entry, skipped, seen | {key}) if walked else [entry]
    return files


def _missing(path: Path) -> ToolkitError:
    return ToolkitError(
        said(f"'{path}' does not exist.", f"'{path}' 不存在。"),
        hint=said("Check the path; nothing was written.", "请检查路径；没有写入任何内容。"),
        code="PATH-MISSING",
    )


def _empty(path: Path) -> ToolkitError:
    return ToolkitError(
        said(f"The folder '{path}' holds no file to ingest.", f"文件夹 '{path}' 中没有可导入的文件。"),
        hint=said("Hidden files are left out. Put the documents there.", "隐藏文件会被忽略。请把文档放入该文件夹。"),
        code="PATH-EMPTY",
    )


def _clash(name: str, first: Path, second: Path) -> ToolkitError:
    return ToolkitError(
        said(
            f"'{first}' and '{second}' would both be stored as '{name}'.",
            f"'{first}' 和 '{second}' 会以同一名称 '{name}' 存储。",
        ),
        hint=said(
            "Ingest the folder above both, or copy them into the workspace.",
            "请导入它们共同的上级文件夹，或复制到工作区内。",
        ),
        code="PATH-CLASH",
    )
