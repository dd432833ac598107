"""What a spreadsheet's cell shows: numbers, dates and amounts after their number format.

The formats of ECMA-376, part 1, 18.8.30, as far as they change what is read: dates, decimals, grouping, percent,
leading zeros, what stands before and after. Colours, conditions and fractions are not followed.
"""

import datetime as dt
import re
from functools import lru_cache
from typing import Final, NamedTuple

_PRECISION: Final = 15
"""Significant digits that a spreadsheet keeps."""
_WHOLE: Final = 1e21
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]|[_*].|(?P<plain>.)'
)
_PLACES = re.compile(r"[#0?,]*[#0?](?:\.(?P<decimals>[0#?]*))?|\.(?P<bare>[0#?]+)")


class _Section(NamedTuple):
    """One section of a format: what stands around the number, and how the number is written."""

    before: str
    after: str
    numeric: bool = False
    decimals: int = 0
    fixed: int = 0
    width: int = 1
    grouped: bool = False
    percent: bool = False


def shown(raw: str, form: str, epoch: dt.datetime) -> str:
    """Return a number as its format shows it, or as it stands in the file where that cannot be told.

    Args:
        raw: the stored number.
        form: its number format.
        epoch: day zero of the workbook's calendar.

    >>> epoch = dt.datetime(1899, 12, 30)
    >>> shown("45413", "yyyy-mm-dd", epoch), shown("0.125", "0.0%", epoch), shown("-1234.5", '"¥"#,##0.00', epoch)
    ('2024-05-01', '12.5%', '-¥1,234.50')
    >>> shown("0.30000000000000004", "General", epoch), shown("42", "00000", epoch)
    ('0.3', '00042')
    """
    try:
        value = float(raw)
    except ValueError:
        return raw
    if _is_date(form):
        return _moment(value, form, epoch) or raw
    sections = _sections(form)
    negative = value < 0
    place = 1 if negative and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0  # noqa: PLR2004
    section = sections[place]
    if not section.numeric:
        return _general(raw, value) if form in {"General", "@", ""} or place == 0 else section.before
    sign = "-" if negative and place == 0 else ""
    return f"{sign}{section.before}{_number(abs(value), section)}{section.after}".strip()


def _general(raw: str, value: float) -> str:
    if raw.lstrip("-").isdecimal():
        return raw
    if value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    return f"{value:.{_PRECISION}g}"


def _number(value: float, section: _Section) -> str:
    value = float(f"{value * 100 if section.percent else value:.{_PRECISION}g}")
    written = f"{value:{',' if section.grouped else ''}.{section.decimals}f}"
    whole, dot, decimals = written.partition(".")
    kept = decimals[: section.fixed] + decimals[section.fixed :].rstrip("0")
    return whole.zfill(section.width) + (dot + kept if kept else "")


@lru_cache(maxsize=1024)
def _sections(form: str) -> tuple[_Section, ...]:
    parts: list[list[tuple[str, bool]]] = [[]]
    for token in _TOKEN.finditer(form):
        if token["plain"] == ";":
            parts.append([])
        elif token["plain"]:
            parts[-1].append((token["plain"], True))
        elif literal := token["quoted"] or token["escaped"] or token["currency"]:
            parts[-1] += [(character, False) for character in literal]
    return tuple(map(_section, parts))


def _section(part: list[tuple[str, bool]]) -> _Section:
    text = "".join(character for character, _ in part)
    signs = "".join(character if plain else "\0" for character, plain in part)
    places = _PLACES.search(signs)
    if not places or "E+" in signs or "E-" in signs or "/" in signs or "General" in signs:
        return _Section(text, "")
    decimals = places["decimals"] or places["bare"] or ""
    whole = places[0].partition(".")[0]
    return _Section(
        before=text[: places.start()],
        after=text[places.end() :],
        numeric=True,
        decimals=len(decimals),
        fixed=len(decimals.rstrip("#?")),
        width=whole.count("0"),
        grouped="," in whole.rstrip(","),
        percent="%" in signs,
    )


@lru_cache(maxsize=1024)
def _is_date(form: str) -> bool:
    from openpyxl.styles.numbers import is_date_format

    return bool(is_date_format(form))


def _moment(value: float, form: str, epoch: dt.datetime) -> str:
    """A date, a time of day or a duration; empty for what lies outside the calendar."""
    from openpyxl.styles.numbers import is_timedelta_format
    from openpyxl.utils.datetime import from_excel

    try:
        found = from_excel(value, epoch, timedelta=bool(is_timedelta_format(form)))
    except (ValueError, OverflowError):
        return ""
    if isinstance(found, dt.datetime):
        found = (found + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        midnight = found.time() == dt.time()
        return found.date().isoformat() if midnight else found.isoformat(sep=" ")
    if isinstance(found, dt.time):
        return found.replace(microsecond=0).isoformat()
    return str(found)
