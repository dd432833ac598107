"""Tables without lines, their columns named in the reader's language."""

from collections.abc import Collection
from typing import Final

from rich.table import Table

from toolkit.console.words import word

_COPIED: Final = frozenset({"name", "version"})


def table_of(*columns: str, right: Collection[str] = (), whole: Collection[str] = ()) -> Table:
    """Return a table without rows; cells wrap where the terminal is narrow.

    Args:
        columns: keys of results, or headings as they are to be shown.
        right: the columns of figures.
        whole: columns whose cells stay on one line, beside names and versions: they are there to be copied.
    """
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        is_whole = name in _COPIED or name in whole
        table.add_column(word(name), justify="right" if name in right else "left", no_wrap=is_whole, overflow="fold")
    return table
