"""Numbers as documents write them: full-width digits, Chinese numerals, the capital ones of cheques, Roman ones."""

import re
from typing import Final

HAN: Final = "〇零一二三四五六七八九十百千万亿两"
"""Ordinary Chinese numerals."""
CAPITAL: Final = "零壹贰叁肆伍陆柒捌玖拾佰仟万亿"
"""The numerals that money is written in, so that nobody alters them."""
_PLAIN: Final = str.maketrans("〇两壹贰叁肆伍陆柒捌玖拾佰仟", "零二一二三四五六七八九十百千")
_DIGITS: Final = "零一二三四五六七八九"
_SECTION: Final = re.compile(
    r"(?:([一-九])千)?零?(?:([一-九])百)?零?(?:([一-九])?(十))?零?([一-九])?".replace("一-九", _DIGITS[1:])
)
_UNITS: Final = ((100_000_000, "亿"), (10_000, "万"))
_HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_FULL_WIDTH: Final = re.compile("[＂-＋－-９＜-＞＠-～\u3000]+")
"""All but ，！：；？: those end clauses in Chinese, are frequent, and stand in no number."""
_ROMAN: Final = {"m": 1000, "d": 500, "c": 100, "l": 50, "x": 10, "v": 5, "i": 1}
_ROMAN_SHAPE: Final = re.compile(r"m{0,3}(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")


def half_width(text: str) -> str:
    """Return a text with full-width letters, digits and signs as ASCII, but for ，！：；？; every offset stays.

    >>> half_width("（２０２１）")
    '(2021)'
    """
    return _FULL_WIDTH.sub(lambda match: match[0].translate(_HALF_WIDTH), text)


def whole_number(text: str) -> int | None:
    """Return the whole number that digits or Chinese numerals write, None where they write none.

    >>> whole_number("一千一百六十五"), whole_number("二〇二一"), whole_number("壹万贰仟"), whole_number("十百")
    (1165, 2021, 12000, None)
    """
    digits = half_width(text)
    if digits.isascii() and digits.isdigit():
        return int(digits)
    plain = text.translate(_PLAIN)
    if len(plain) > 1 and all(character in _DIGITS for character in plain):
        return int("".join(str(_DIGITS.index(character)) for character in plain))
    return _grouped(plain, _UNITS)


def _grouped(plain: str, units: tuple[tuple[int, str], ...]) -> int | None:
    """Return a number in groups of four digits, 亿 before 万."""
    if plain == "零":
        return 0
    if not units:
        return _section(plain)
    (size, unit), rest = units[0], units[1:]
    head, found, tail = plain.rpartition(unit)
    if not found:
        return _grouped(plain, rest)
    above, below = _grouped(head, rest), _grouped(tail.removeprefix("零"), rest) if tail else 0
    return None if not above or below is None or below >= size else above * size + below


def _section(plain: str) -> int | None:
    """Return a number below 10,000."""
    match = _SECTION.fullmatch(plain)
    if not match or not any(match.groups()):
        return None
    thousands, hundreds, tens, ten, ones = match.groups()
    digits = ((thousands, 1000), (hundreds, 100), (tens or ("一" if ten else None), 10), (ones, 1))
    return sum(_DIGITS.index(digit) * size for digit, size in digits if digit)


def roman_number(text: str) -> int | None:
    """Return the number that Roman numerals write, None where they write none.

    >>> roman_number("XIV"), roman_number("iii"), roman_number("VX")
    (14, 3, None)
    """
    letters = text.lower()
    if not letters or not _ROMAN_SHAPE.fullmatch(letters):
        return None
    values = [_ROMAN[letter] for letter in letters]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))
