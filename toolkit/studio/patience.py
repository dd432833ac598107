"""What to do about an answer that leaves open what the server has done: wait, look again, and give up in the end."""

import time
from typing import Final

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, silent

PAUSES: Final = (1.0, 5.0, 15.0)
"""Seconds before the second, third and fourth try: together about what a restart of the server takes."""
LONGEST: Final = 60.0
"""Seconds that a server may ask us to wait (``Retry-After``); a longer wait is the user's to decide on."""


class UnclearError(ToolkitError):
    """No answer, or one that does not tell whether the server did what was asked.

    Asking again is safe for what only reads. What sends has to list first.

    Attributes:
        wait: seconds that the server asks us to wait, else None.
    """

    def __init__(self, message: str, *, code: str, wait: float | None = None) -> None:
        super().__init__(
            message,
            hint=said(
                "Check that it runs and read its log, then run the command again: it goes on where it stopped.",
                "请确认它正在运行并查看其日志，然后重新运行命令：会从中断处继续。",
            ),
            code=code,
            exit_code=SERVICE,
        )
        self.wait = wait


def pause(tries: int) -> float:
    """Return the seconds to wait after so many tries, from one on."""
    return PAUSES[min(tries, len(PAUSES)) - 1]


def wait_or_give_up(error: UnclearError, tries: int, progress: Progress = silent) -> None:
    """Wait before the next try, and tell; raise the error when ``tries`` of them were enough or the wait is too long.

    Raises:
        UnclearError: the error itself.
    """
    asked = error.wait or 0.0
    if tries > len(PAUSES) or asked > LONGEST:
        raise error
    wait = max(asked, pause(tries))
    again = said(f"trying again in {wait:.0f} s", f"{wait:.0f} 秒后重试")
    progress(tries, None, f"{error.message} {again}")
    time.sleep(wait)
