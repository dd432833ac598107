"""Headless Chromium for the tests, driven through the DevTools protocol over a pipe: no port, no further package."""

import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from page import SECONDS, Page

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class _Wire:
    """The protocol's pipe: JSON messages, each ended by a zero byte."""

    def __init__(self, reads: int, writes: int) -> None:
        self._reads, self._writes = reads, writes
        self._number = 0
        self._rest = b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, parameters: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        for answer in self._messages(method):
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                found: dict[str, Any] = answer["result"]
                return found
            self.events.append(answer)
        raise AssertionError(f"{method}: the browser has gone")

    def _messages(self, method: str) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" in self._rest:
                message, _, self._rest = self._rest.partition(b"\0")
                yield json.loads(message)
            if not select.select([self._reads], [], [], SECONDS)[0]:
                raise AssertionError(f"{method}: no answer in {SECONDS:g} s")
            got = os.read(self._reads, 1 << 20)
            if not got:
                return
            self._rest += got


class Browser:
    """A running Chromium with an empty profile."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def page(self, width: int = 1400, height: int = 1000) -> Page:
        """Open a tab of its own, with cookies of its own."""
        context = self._wire.call("Target.createBrowserContext", {})["browserContextId"]
        made = self._wire.call(
            "Target.createTarget",
            {"url": "about:blank", "browserContextId": context, "width": width, "height": height},
        )
        attached = self._wire.call("Target.attachToTarget", {"targetId": made["targetId"], "flatten": True})
        page = Page(self._wire, attached["sessionId"])
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        return page

    @property
    def errors(self) -> list[str]:
        """What pages threw and nobody caught."""
        thrown = (one["params"]["exceptionDetails"] for one in self._wire.events if _is_error(one))
        return [str(one.get("exception", {}).get("description", one["text"])) for one in thrown]


def _is_error(event: dict[str, Any]) -> bool:
    return event.get("method") == "Runtime.exceptionThrown"


def chromium() -> str | None:
    """Return the browser's command, or None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium, and end it with all its processes."""
    command = chromium()
    assert command, f"none of these is installed: {', '.join(NAMES)}"
    (there, back), (here, forth) = map(_high, (os.pipe(), os.pipe()))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            # The browser reads the protocol from descriptor 3 and writes it to 4.
            ["bash", "-c", 'exec "$@" 3<&"$IN" 4>&"$OUT"', "-", command, *_options(profile)],
            env={**os.environ, "IN": str(there), "OUT": str(forth)},
            pass_fds=(there, forth),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(forth)
        wire = _Wire(here, back)
        try:
            yield Browser(wire)
        finally:
            _end(process, wire)
            os.close(here)
            os.close(back)


def _high(pipe: tuple[int, int]) -> tuple[int, int]:
    """Return a pipe whose numbers are none of those that the browser wants."""
    reads, writes = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in pipe)
    for end in pipe:
        os.close(end)
    return reads, writes


def _options(profile: str) -> list[str]:
    quiet = ["--no-first-run", "--no-default-browser-check", "--disable-background-networking", "--disable-sync"]
    quiet += ["--disable-component-update", "--disable-dev-shm-usage", "--disable-gpu", "--mute-audio"]
    # A container's root has no sandbox to start in; the only pages opened are those of our own server.
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    return ["--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--lang=en", *quiet, *alone]


def _end(process: subprocess.Popen[bytes], wire: _Wire) -> None:
    try:
        wire.call("Browser.close", {})
        process.wait(10)
    except (AssertionError, OSError, subprocess.TimeoutExpired):
        process.kill()
        process.wait()
