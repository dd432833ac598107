"""One self-contained HTML page: inline style and pictures, no script, no outside link, in both languages."""

from pathlib import Path
from typing import Any

from toolkit.workspace import write_text

_FOLDER = Path(__file__).parent


def write_page(path: Path, template: str, **values: Any) -> bool:
    """Render a template of this folder into a file; return whether the file changed.

    Every value is escaped: text of documents is shown as text.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    return write_text(path, environment.get_template(template).render(**values))


def number(value: float | None, digits: int = 3) -> str:
    """Return a number as a reader wants it; a missing one is a dash.

    >>> number(0.12345), number(None), number(7)
    ('0.123', '–', '7')
    """
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.{digits}f}"
