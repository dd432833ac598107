"""Clause numbers: Roman and Chinese numerals as integers, and which number may follow which."""

from typing import Final

Number = tuple[int, ...]
"""A clause number by its parts: 2.1 is ``(2, 1)``."""

_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_ROMAN_SIGNS: Final = (
    (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_HAN_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_UNITS: Final = {"十": 10, "百": 100, "千": 1000}


def follows(number: Number, last: Number) -> bool:
    """Return whether a number continues another: its next, its first child, or the first of a later parent.

    >>> follows((1, 2), (1, 1)), follows((2,), (1, 4)), follows((1, 1), (1,)), follows((2, 1), (1, 7))
    (True, True, True, True)
    >>> follows((4,), (1, 4)), follows((1, 1), (1, 2))
    (False, False)
    """
    if number == (*last, 1):
        return True
    depth = len(number)
    if depth <= len(last) and number == (*last[: depth - 1], last[depth - 1] + 1):
        return True
    return number == (last[0] + 1, 1)


def read_roman(written: str) -> int:
    """Read a Roman numeral.

    >>> read_roman("XIV")
    14
    """
    values = [_ROMAN[letter] for letter in written]
    return sum(-value if value < max(values[place:]) else value for place, value in enumerate(values))


def write_roman(number: int) -> str:
    """Write a number below four hundred as a Roman numeral; nothing for zero.

    >>> write_roman(14), write_roman(9)
    ('XIV', 'IX')
    """
    written = ""
    for value, signs in _ROMAN_SIGNS:
        written += signs * (number // value)
        number %= value
    return written


def read_han(written: str) -> int:
    """Read a Chinese number below ten thousand; digits count as digits.

    >>> read_han("一百零五"), read_han("十二"), read_han("36")
    (105, 12, 36)
    """
    if written.isdigit() and written.isascii():
        return int(written)
    total = digit = 0
    for sign in written:
        if sign in _HAN_UNITS:
            total += (digit or 1) * _HAN_UNITS[sign]
            digit = 0
        else:
            digit = _HAN_DIGITS.get(sign, 0)
    return total + digit
