"""Files written whole or not at all, and only when their bytes differ.

Every durable step passes a failpoint, so that a test can kill the process exactly there.
"""

import errno
import json
import os
import signal
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said

if TYPE_CHECKING:
    from datasets import Features

LEFTOVER = ".toolkit-tmp"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_fired: dict[str, int] = {}


def failpoint(name: str) -> None:
    """Do nothing, unless ``TOOLKIT_FAILPOINT=name:n:action`` names this point's n-th passing.

    Actions: ``kill`` (SIGKILL to this process), ``enospc`` (a full disk). For crash tests only.
    """
    wanted = os.environ.get("TOOLKIT_FAILPOINT")
    if not wanted:
        return
    point, nth, action = wanted.split(":")
    if point not in {name, "*"}:
        return
    _fired[point] = _fired.get(point, 0) + 1
    if _fired[point] != int(nth):
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)


def write_bytes(path: Path, data: bytes) -> bool:
    """Write a file by temporary name, fsync and rename; return False when it already held these bytes.

    Raises:
        ToolkitError: ``IO-FULL`` when the disk has no room; the old file stays as it was.
    """
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return False
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        failpoint("before-write")
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.", suffix=LEFTOVER)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            failpoint("written")
            file.flush()
            os.fsync(file.fileno())
        failpoint("before-rename")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise full_disk(error, path) from error
    failpoint("renamed")
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def full_disk(error: OSError, path: Path) -> Exception:
    """Return the ToolkitError that says the disk is full, or the error itself when it is another one."""
    if error.errno not in _FULL:
        return error
    return ToolkitError(
        said(f"No disk space left while writing '{path}'.", f"写入 '{path}' 时磁盘空间不足。"),
        hint=said(
            "Free some space and run the same command again; nothing is half-written.",
            "请腾出空间后重新运行同一命令；没有写到一半的文件。",
        ),
        code="IO-FULL",
        exit_code=SERVICE,
    )


def write_text(path: Path, text: str) -> bool:
    """Write UTF-8 text whole or not at all; return whether the file changed."""
    return write_bytes(path, text.encode())


def write_json(path: Path, value: object) -> bool:
    """Write one indented JSON document, Chinese unescaped; return whether the file changed."""
    return write_text(path, json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def dump_line(value: object) -> str:
    r"""Return a value as one line of JSON Lines.

    >>> dump_line({"律": 1})
    '{"律": 1}\n'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"


def write_jsonl(path: Path, rows: Iterable[object]) -> bool:
    """Write rows as JSON Lines (UTF-8, Chinese unescaped, no NaN); return whether the file changed."""
    return write_text(path, "".join(map(dump_line, rows)))


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSON Lines file of the toolkit's own; nothing when it is absent.

    Lines end at LF alone: U+2028 and its like stay inside strings.
    """
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a foreign JSON Lines file with their numbers from 1; blank ones are left out.

    Lines end at LF alone. A byte order mark at the start is no part of the first line.
    """
    for number, line in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield number, line


def write_parquet(path: Path, rows: Sequence[Mapping[str, Any]], features: "Features") -> bool:
    """Write rows through ``datasets`` as one Parquet file, whole or not at all; return whether it changed."""
    import io

    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()  # the library never prints
    buffer = io.BytesIO()
    Dataset.from_list([dict(row) for row in rows], features=features).to_parquet(buffer)
    return write_bytes(path, buffer.getvalue())


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file, without the copy that ``datasets`` would leave in a shared cache."""
    import pyarrow.parquet

    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path, columns=columns).to_pylist()
    return rows


def sweep_leftovers(folder: Path) -> int:
    """Remove temporary files that a killed run left; return how many. Call it with the lock held."""
    found = list(folder.rglob(f"*{LEFTOVER}")) if folder.is_dir() else []
    for path in found:
        path.unlink()
    return len(found)
