"""Lines that may be the number of a page: "12", "- 3 -", "F-7", "iv", "Page 3 of 12", "第 3 页 共 12 页", "3/12"."""

import re
from typing import Final

_NUMBER = r"(?:[A-Z]{1,2}\s?[-–]\s?)?(?P<number>\d{1,4}|[ivxlc]{1,7})"
_PAGE_NUMBER = re.compile(
    rf"[-–—~·.\[\s|]*(?:page|pg\.?|p\.)?\s*{_NUMBER}[-–—~·\]\s|]*(?:p\s?a\s?g\s?e)?", re.IGNORECASE
)
_COUNTED = re.compile(
    r"[^\w]*(?:page|pg\.?|第)\s*(?P<number>\d{1,4}|[一二三四五六七八九十百]{1,5})\s*(?:页|頁)?"
    r"[\s,，/(（]*(?:of|共|总)?\s*(?P<total>\d{1,4}|[一二三四五六七八九十百]{1,5})?\s*(?:页|頁)?[^\w]*",
    re.IGNORECASE,
)
_ROMAN: Final = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def says_so(text: str) -> bool:
    """Whether a line says itself that it is a page's number and of how many, so that one page is proof enough."""
    found = _COUNTED.fullmatch(text)
    if not found:
        return False
    number, total = found["number"], found["total"]
    if number.isdigit() and total and total.isdigit():
        return 0 < int(number) <= int(total)
    return "页" in text or "頁" in text


def page_number(text: str) -> int:
    """The number of a line that may be a page's number; 0 for others."""
    found = _PAGE_NUMBER.fullmatch(text) or _COUNTED.fullmatch(text) or re.fullmatch(r"(?P<number>\d+)\s*/\s*\d+", text)
    if not found:
        return 0
    number = found["number"]
    return int(number) if number.isdigit() else _roman(number.lower())


def _roman(numeral: str) -> int:
    values = [_ROMAN.get(letter, 0) for letter in numeral]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))
