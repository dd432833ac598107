"""A bar with an estimate on a terminal, a plain line every few seconds elsewhere; always on standard error."""

import time
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_SECONDS_BETWEEN_LINES: Final = 5.0


class _Shown:
    """What is on the screen now."""

    console = Console(stderr=True)
    bar: Progress | None = None
    task: TaskID | None = None
    what = ""
    line_at = 0.0


def progress(done: int, total: int | None, what: str) -> None:
    """Show how far a step is."""
    if _Shown.console.is_terminal:
        _draw(done, total, what)
    elif what != _Shown.what or time.monotonic() - _Shown.line_at > _SECONDS_BETWEEN_LINES:
        share = f" {done}/{total}" if total else ""
        _Shown.console.print(f"{what}{share}", markup=False, highlight=False)
        _Shown.line_at = time.monotonic()
    _Shown.what = what


def clear_progress() -> None:
    """Take the bar away, before a result is printed."""
    if _Shown.bar:
        _Shown.bar.stop()
        _Shown.bar, _Shown.task = None, None


def _draw(done: int, total: int | None, what: str) -> None:
    if _Shown.bar is None or _Shown.task is None:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        _Shown.bar = Progress(*columns, console=_Shown.console, transient=True)
        _Shown.task = _Shown.bar.add_task(what, total=total)
        _Shown.bar.start()
    if what != _Shown.what:
        _Shown.bar.reset(_Shown.task, total=total, description=what)
    _Shown.bar.update(_Shown.task, completed=done, total=total, description=what)
