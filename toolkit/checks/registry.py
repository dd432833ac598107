"""A registry: the laws with their articles, and the cases, that a team says exist.

JSON: ``{"民法典": ["1..1260"], "刑法": [1, "133-1"], "cases": ["（2021）京01民终1234号", "410 U.S. 113"]}``.
CSV: the columns ``law`` and ``article``, one row each; ``cases`` as a law for cases.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit.checks.numerals import half_width
from toolkit.checks.statutes import law_name, same_law
from toolkit.errors import ToolkitError
from toolkit.language import said

CASES: Final = "cases"
_LONGEST: Final = 100_000
"""Articles of one range; a longer one is a slip."""


class Registry(NamedTuple):
    """Law to its articles, by the names that are compared, and the cases in their normal writing."""

    laws: Mapping[str, frozenset[str]]
    cases: frozenset[str]

    def has_article(self, law: str, article: str) -> bool:
        """Return whether a law that may be meant has the article; an unnamed law is none."""
        return bool(law) and any(article in articles and same_law(law, name) for name, articles in self.laws.items())


def read_registry(path: Path) -> Registry:
    """Return a registry.

    Raises:
        ToolkitError: ``REGISTRY-MISSING``, ``REGISTRY-BROKEN``.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise ToolkitError(
            said(f"There is no registry file '{path}'.", f"没有登记文件 '{path}'。"),
            hint=said("Put it beside the schema or in the workspace.", "请将其放在模式旁或工作区中。"),
            code="REGISTRY-MISSING",
        ) from error
    return _read(path, stat.st_mtime_ns, stat.st_size)


@cache
def _read(path: Path, _changed: int, _size: int) -> Registry:
    try:
        rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
        laws: dict[str, set[str]] = {}
        for law, article in rows:
            laws.setdefault(law, set()).update([case_name(article)] if law == CASES else _articles(article))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ToolkitError(
            said(f"The registry '{path}' cannot be read: {error}.", f"无法读取登记文件 '{path}'：{error}。"),
            hint=said(
                'JSON: {"law": ["1", "2..9"], "cases": [...]}; or CSV with the columns law and article.',
                'JSON：{"法律名称": ["1", "2..9"], "cases": [...]}；或含 law、article 两列的 CSV。',
            ),
            code="REGISTRY-BROKEN",
        ) from error
    cases = frozenset(laws.pop(CASES, ()))
    return Registry({law_name(law): frozenset(articles) for law, articles in laws.items()}, cases)


def case_name(written: str) -> str:
    """Return a case number as it is compared: half-width, without blanks.

    >>> case_name("（2021） 京01民终1234号")
    '(2021)京01民终1234号'
    """
    return "".join(half_width(written).split())


def _json_rows(path: Path) -> Iterable[tuple[str, str]]:
    content: Any = json.loads(path.read_text("utf-8-sig"))
    return [(law, str(article)) for law, articles in content.items() for article in list(articles)]


def _csv_rows(path: Path) -> Iterable[tuple[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["law"].strip(), row["article"].strip()) for row in csv.DictReader(file)]


def _articles(written: str) -> list[str]:
    """Return the articles that an entry stands for: ``1..1260`` is a range, ``133-1`` one article."""
    first, dots, last = written.partition("..")
    if not dots:
        return [written]
    if int(last) - int(first) > _LONGEST:
        raise ValueError(f"the range {written}")
    return [str(number) for number in range(int(first), int(last) + 1)]
