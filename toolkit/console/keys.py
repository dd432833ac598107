"""Keys from a terminal, one by one: arrows by name, full-width letters of an input method as plain ones."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

Keys = Callable[[], str]
"""Returns the next key: a character, or ``up``, ``down``, ``escape``, ``unknown``."""

_ARROWS: Final[Mapping[str, str]] = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "n",
    "\x1b[D": "b",
    "\x1b[5~": "up",
    "\x1b[6~": "down",
    "\x1b": "escape",
    " ": "down",
    "-": "up",
}


def keys_of_terminal() -> Keys:
    """Return what reads keys from the terminal, also where several came at once.

    What was typed before it listens is dropped, so that nobody decides what is not yet on the screen. It raises
    ``KeyboardInterrupt`` for Ctrl-C and ``EOFError`` for Ctrl-D.
    """
    import click

    waiting: list[str] = []

    def key() -> str:
        while not waiting:
            read = click.getchar()
            if read in _ARROWS or read.startswith("\x1b"):
                return _ARROWS.get(read, "unknown")
            waiting.extend(unicodedata.normalize("NFKC", read))  # an input method may give full-width letters
        found = waiting.pop(0)
        if found == "\x03":
            raise KeyboardInterrupt
        if found == "\x04":
            raise EOFError
        return _ARROWS.get(found, found)

    return key
