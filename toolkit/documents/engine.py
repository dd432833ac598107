"""Where files are parsed: in child processes of this one, or by the same function as tasks of a Ray cluster."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from toolkit.documents.intake import Parse
from toolkit.documents.options import Options
from toolkit.documents.refusal import Refused
from toolkit.documents.sandbox import Parsed, Sandbox, Wanted
from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said

EngineName = Literal["local", "ray"]

_TASK: Final = 16
"""Files of one Ray task."""


def open_engine(name: EngineName, workers: int, options: Options, kept: Path) -> AbstractContextManager[Parse]:
    """Hold an engine; it starts when it gets its first file.

    Args:
        name: ``local`` or ``ray``.
        workers: how many files are parsed at a time.
        options: what the project tells the readers.
        kept: where recognised pages stay.

    Raises:
        ToolkitError: ``EXTRA-MISSING`` for ``ray`` without the extra of that name.
    """
    return _local(workers, options, kept) if name == "local" else _ray(workers, options, kept)


@contextmanager
def _local(workers: int, options: Options, kept: Path) -> Iterator[Parse]:
    with Sandbox(workers, options, kept=kept).open() as sandbox:
        yield sandbox.parse


def parse_shard(files: Sequence[Wanted], options: Options, kept: Path) -> list[Parsed | Refused]:
    """Return the outcome of each file: the pure function that a cluster runs."""
    with Sandbox(1, options, kept=kept).open() as sandbox:
        return list(sandbox.parse(files))


@contextmanager
def _ray(workers: int, options: Options, kept: Path) -> Iterator[Parse]:
    try:
        import ray
    except ImportError as error:
        raise _no_ray() from error
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # no telemetry
    started = not ray.is_initialized()
    if started:
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, configure_logging=False)
    task = ray.remote(num_cpus=1)(parse_shard)

    def parse(files: Iterable[Wanted]) -> Iterator[Parsed | Refused]:
        waiting: deque[Any] = deque()
        rest = iter(files)
        while shard := list(islice(rest, _TASK)):
            waiting.append(task.remote(shard, options, kept))
            if len(waiting) > 2 * workers:
                yield from ray.get(waiting.popleft())
        while waiting:
            yield from ray.get(waiting.popleft())

    try:
        yield parse
    finally:
        if started:
            ray.shutdown()


def _no_ray() -> ToolkitError:
    return ToolkitError(
        said("Ray is not installed.", "未安装 Ray。"),
        hint=said("pip install 'sft-toolkit[ray]'", "pip install 'sft-toolkit[ray]'"),
        code="EXTRA-MISSING",
        exit_code=SERVICE,
    )
