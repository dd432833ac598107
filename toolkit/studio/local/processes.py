"""The server's process: found by the data folder that it was started with.

A number alone may be another process's by now.
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_STOP_SECONDS: Final = 20
_FOLDER: Final = "--data-dir"


def server_command(executable: Path, host: str, port: int, data: Path) -> list[str]:
    """Return the command that starts a server on a data folder; the folder comes last, where ``servers_on`` looks."""
    start = [str(executable), "start", "--no-browser", "--internal-host", host, "--port", str(port)]
    return [*start, _FOLDER, str(data)]


def servers_on(data: Path) -> list[int]:
    """Return the process numbers of every Label Studio that was started on a data folder, ours of an earlier run too.

    A start that is killed before it has noted the number leaves a server that only this finds.
    """
    done = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=False)  # noqa: S607
    ending = f" {_FOLDER} {data}"
    lines = (line.strip().partition(" ") for line in done.stdout.splitlines())
    return [int(pid) for pid, _, command in lines if "label-studio" in command and command.endswith(ending)]


def end(pid: int) -> None:
    """End a server with its process group: politely, and after some seconds for good. One that is gone is no error."""
    with suppress(ProcessLookupError):
        # One that a person started by hand may share its group with other programs.
        kill = os.killpg if os.getpgid(pid) == pid else os.kill
        kill(pid, signal.SIGTERM)
        give_up = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < give_up:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # a child of this very process would stay as a zombie
            kill(pid, 0)
            time.sleep(0.1)
        kill(pid, signal.SIGKILL)
