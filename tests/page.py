"""One tab of a browser as a person has it: look, wait, move, click, drag, type. Nothing calls into the page's code."""

import base64
import json
import time
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

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
async (css, nth, start, last, end) => {
  const at = (root, units, after) => {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    let seen = 0;
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const inside = units - seen;
      if (after ? inside <= node.length : inside < node.length) return [node, inside];
      seen += node.length;
    }
  };
  const edge = (number, units, after) => {
    const [node, inside] = at(document.querySelectorAll(css)[number], units, after);
    const range = document.createRange();
    range.setStart(node, inside);
    range.setEnd(node, inside);
    const box = range.getBoundingClientRect();
    return [box.x, box.y + box.height / 2];
  };
  const [first] = at(document.querySelectorAll(css)[nth], start, false);
  first.parentElement.scrollIntoView({block: "center", behavior: "instant"});
  return await window.__still(() => [...edge(nth, start, false), ...edge(last, end, true)]);
}
"""
_STILL: Final = """
async (measure) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
  let before = "";
  for (let tries = 0; tries < 60; tries += 1) {
    await frame();
    const found = measure();
    const now = JSON.stringify(found);
    if (found && now === before) return found;
    before = now;
  }
}
"""
"""Waits until what is measured stays the same: what was done before may still be moving the page."""


class Point(NamedTuple):
    """A place in the window, in CSS pixels."""

    x: float
    y: float


class Wire(Protocol):
    """How a page reaches its browser."""

    def call(self, method: str, parameters: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        """Call the browser's protocol."""


class Page:
    """One tab."""

    def __init__(self, wire: Wire, session: str) -> None:
        self._wire, self._session = wire, session
        self.call("Page.enable")
        self.call("Runtime.enable")
        self.call(
            "Page.addScriptToEvaluateOnNewDocument", source=f"window.__found = {_FIND}; window.__still = {_STILL};"
        )

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
        place = """(nth, ...given) => window.__still(() => {
          const e = window.__found(...given)[nth];
          e?.scrollIntoView({block: "center", behavior: "instant"});
          const box = e?.getBoundingClientRect();
          return box && [box.x + box.width / 2, box.y + box.height / 2];
        })"""
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

    def edges(self, css: str, nth: int, start: int, last: int, end: int) -> tuple[Point, Point]:
        """Return where words begin in the n-th element and end in a last one.

        Args:
            css: the elements.
            nth: the first one's number.
            start: where the words begin in it, in UTF-16 units of the text that the page holds.
            last: the last one's number, the same or a later one.
            end: where the words end in that one.
        """
        x, y, to_x, to_y = self.look(_EDGES, css, nth, start, last, end)
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
