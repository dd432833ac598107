"""A person's browser: headless Chromium, driven by mouse and keys through the DevTools protocol over a pipe.

Only what a person can do and see is here: move, click, drag, type, read the page. Nothing calls into the editor.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS: Final = 30.0
"""How long a person waits for a page to do what was asked."""

_KEYS: Final = {
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Tab": (9, ""),
    "Backspace": (8, ""),
    "End": (35, ""),
    "ArrowLeft": (37, ""),
}
_CONTROL: Final = 2
_FIND: Final = """
(css, text, within) => {
  const bare = (e) => e.textContent.replace(/\\s+/g, " ").trim();
  const seen = (e) => {
    const box = e.getBoundingClientRect();
    return box.width && box.height && getComputedStyle(e).visibility !== "hidden";
  };
  const heads = within === null ? [] : [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen);
  const head = heads.find((e) => bare(e) === within || bare(e).startsWith(`${within} (`));
  const root = within === null ? document : head?.parentElement;
  return [...(root?.querySelectorAll(css) ?? [])].filter((e) => seen(e) && (text === null || bare(e) === text));
}
"""
_EDGES: Final = """
(css, nth, start, end) => {
  const root = document.querySelectorAll(css)[nth];
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const at = (units, after) => {
    let seen = 0;
    walk.currentNode = root;
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const inside = units - seen;
      if (after ? inside <= node.length : inside < node.length) return [node, inside];
      seen += node.length;
    }
  };
  const box = (units, after) => {
    const [node, inside] = at(units, after);
    const range = document.createRange();
    range.setStart(node, inside);
    range.setEnd(node, inside);
    return range.getBoundingClientRect();
  };
  const [first] = at(start, false);
  first.parentElement.scrollIntoView({block: "center"});
  const from = box(start, false), to = box(end, true);
  return [from.x, from.y + from.height / 2, to.x, to.y + to.height / 2];
}
"""


class Point(NamedTuple):
    """A place in the window, in CSS pixels."""

    x: float
    y: float


class Page:
    """One tab."""

    def __init__(self, wire: "_Wire", session: str) -> None:
        self._wire, self._session = wire, session
        self.call("Page.enable")
        self.call("Runtime.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=f"window.__found = {_FIND}")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call the protocol."""
        return self._wire.call(method, parameters, self._session)

    def look(self, script: str, *given: Any) -> Any:
        """Return what a JavaScript function says of the page."""
        written = f"({script})({','.join(json.dumps(one) for one in given)})"
        said = self.call("Runtime.evaluate", expression=written, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise AssertionError(said["exceptionDetails"]["exception"].get("description"))
        return said["result"].get("value")

    def goto(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        self.call("Page.navigate", url=url)
        self.until("() => document.readyState === 'complete'", f"{url} to load")

    def until(self, script: str, what: str, *given: Any, seconds: float = SECONDS) -> Any:
        """Wait until a function says something true, and return it."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            if found := self.look(script, *given):
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited {seconds:g} s for {what}")

    def settle(self, what: str, seconds: float = 0.4) -> None:
        """Wait until the page has stayed the same for a while."""
        same, before, give_up = 0.0, "", time.monotonic() + SECONDS
        while same < seconds:
            if time.monotonic() > give_up:
                raise AssertionError(f"{what} never came to rest")
            time.sleep(0.1)
            now = self.look("() => document.readyState + document.body.innerHTML.length")
            same, before = (same + 0.1 if now == before else 0.0), now

    def text(self, css: str = "body") -> str:
        """Return what an element shows."""
        return str(self.look("(css) => document.querySelector(css)?.innerText ?? ''", css))

    def count(self, css: str, text: str | None = None, within: str | None = None) -> int:
        """Return how many visible elements there are, with this text, under this heading, where one is given."""
        return int(self.look("(...given) => window.__found(...given).length", css, text, within))

    def where(self, css: str, text: str | None = None, within: str | None = None, nth: int = 0) -> Point:
        """Wait for a visible element, bring it into view, and return its middle."""
        what = f"{css} {text or ''}".strip()
        self.until("(nth, ...given) => window.__found(...given).length > nth", what, nth, css, text, within)
        # Where it stays: what was done before may still be moving the page.
        place = """async (nth, ...given) => {
          const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
          let before = "";
          for (let tries = 0; tries < 60; tries += 1) {
            const e = window.__found(...given)[nth];
            e?.scrollIntoView({block: "center", behavior: "instant"});
            await frame();
            await frame();
            const box = e?.getBoundingClientRect();
            const now = JSON.stringify(box);
            if (box && e.isConnected && now === before) return [box.x + box.width / 2, box.y + box.height / 2];
            before = now;
          }
        }"""
        return Point(*self.look(place, nth, css, text, within))

    def click(self, css: str, text: str | None = None, within: str | None = None, nth: int = 0) -> None:
        """Click the middle of a visible element."""
        self.click_at(self.where(css, text, within, nth))

    def hover(self, css: str, text: str | None = None, within: str | None = None, nth: int = 0) -> None:
        """Rest the mouse on a visible element."""
        self._mouse("mouseMoved", self.where(css, text, within, nth), buttons=0)

    def click_at(self, place: Point) -> None:
        """Click a place."""
        self._mouse("mouseMoved", place, buttons=0)
        self._mouse("mousePressed", place)
        self._mouse("mouseReleased", place)

    def drag(self, start: Point, end: Point, steps: int = 6) -> None:
        """Press at one place, move, release at another."""
        self._mouse("mouseMoved", start, buttons=0)
        self._mouse("mousePressed", start)
        for step in range(1, steps + 1):
            part = step / steps
            self._mouse("mouseMoved", Point(start.x + (end.x - start.x) * part, start.y + (end.y - start.y) * part))
            time.sleep(0.02)
        self._mouse("mouseReleased", end)

    def edges(self, css: str, nth: int, start: int, end: int) -> tuple[Point, Point]:
        """Return where a part of an element's text begins and ends, given in UTF-16 units of what the page holds."""
        x, y, to_x, to_y = self.look(_EDGES, css, nth, start, end)
        return Point(x, y), Point(to_x, to_y)

    def write(self, text: str) -> None:
        """Type a text where the focus is, as an input method does."""
        self.call("Input.insertText", text=text)

    def press(self, key: str, *, control: bool = False) -> None:
        """Press and release one key: a letter, a digit or a named one."""
        # Signs have other codes on every keyboard; a browser takes their text.
        code, types = _KEYS[key] if key in _KEYS else (ord(key.upper()) if key.isalnum() else 0, key)
        name = key if key in _KEYS else f"{'Digit' if key.isdigit() else 'Key'}{key.upper()}"
        shared = {"key": key, "code": name, "windowsVirtualKeyCode": code, "modifiers": _CONTROL * control}
        typed = {"text": types} if types and not control else {}
        self.call("Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", **shared, **typed)
        self.call("Input.dispatchKeyEvent", type="keyUp", **shared)

    def picture(self, file: Path) -> None:
        """Keep what the window shows as a PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def _mouse(self, kind: str, place: Point, buttons: int = 1) -> None:
        button = "none" if kind == "mouseMoved" and not buttons else "left"
        clicks = 0 if kind == "mouseMoved" else 1
        held = 0 if kind == "mouseReleased" else buttons
        self.call(
            "Input.dispatchMouseEvent", type=kind, x=place.x, y=place.y, button=button, buttons=held, clickCount=clicks
        )


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
