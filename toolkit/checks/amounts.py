"""Amounts of money: figures with a currency, and the Chinese capital numerals beside them.

The capitals follow the People's Bank of China's 《正确填写票据和结算凭证的基本规定》 (银发〔1997〕393号):
元 or 圆, then 角 and 分, then 整 or 正. Codes of currencies are ISO 4217's.
"""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from toolkit.checks.numerals import CAPITAL, half_width, whole_number

_FIGURE = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_CODES = "USD|CNY|RMB|EUR|GBP|JPY|HKD|TWD|SGD|AUD|CAD|CHF|KRW|INR"
_BEFORE = rf"(?:(?:US|HK|NT|A|C|S)?[$]|[¥￥€£]|(?:{_CODES})|人民币|美元|港币|欧元)"
_SCALE = r"(?:百万|千万|万亿|[千百万亿]|\s?(?:thousand|million|billion|trillion|mn|bn)\b|[MBK]\b)?"
_AFTER = (
    rf"(?:元|圆|美元|港元|欧元|英镑|日元|加元|澳元|新台币|美金|人民币|(?:{_CODES}|yuan|dollars?|euros?)"
    r"(?![A-Za-z]))"
)
_HAN_FIGURE = "[一二两三四五六七八九十百][〇零一二两三四五六七八九十百千万亿]{0,30}"
_AMOUNT: Final = re.compile(
    rf"(?<!\d,)(?<![\d.])(?:{_BEFORE}\s?(?P<first>{_FIGURE}){_SCALE}(?:{_AFTER})?"
    rf"|(?P<second>{_FIGURE})\s?(?P<scale>{_SCALE})余?\s?(?:{_AFTER})|{_HAN_FIGURE}余?(?:元|美元|港元|欧元))(?![\d,]\d)"
)
_CAPITAL: Final = re.compile(
    rf"(?P<whole>[{CAPITAL[1:-2]}][{CAPITAL}]{{0,30}})[元圆](?:(?P<tenths>[{CAPITAL[1:10]}])角)?零?(?:(?P<hundredths>[{CAPITAL[1:10]}])分)?[整正]?"
)
_SIZES: Final = {"": 1, "千": 1_000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000}


class Capital(NamedTuple):
    """An amount in capital numerals; ``value`` is None where they write no number."""

    written: str
    value: Decimal | None


def find_amounts(text: str) -> list[str]:
    """Return the amounts with a currency in a text, those in capital numerals too.

    >>> find_amounts("本金1,234.56元，另付 USD 5 million、人民币壹万贰仟元整；第3条")
    ['1,234.56元', 'USD 5 million', '壹万贰仟元整']
    """
    plain = half_width(text)
    found = [*_AMOUNT.finditer(plain), *_CAPITAL.finditer(plain)]
    return [match[0] for match in sorted(found, key=lambda match: match.start())]


def find_capitals(text: str) -> list[Capital]:
    """Return the amounts in Chinese capital numerals.

    >>> find_capitals("壹万贰仟元伍角整")
    [Capital(written='壹万贰仟元伍角整', value=Decimal('12000.5'))]
    """
    return [Capital(match[0], _value(match)) for match in _CAPITAL.finditer(text)]


def _value(match: re.Match[str]) -> Decimal | None:
    whole = whole_number(match["whole"])
    if whole is None:
        return None
    tenths, hundredths = (CAPITAL.find(match[name]) if match[name] else 0 for name in ("tenths", "hundredths"))
    return whole + Decimal(10 * tenths + hundredths) / 100


def wrong_amount(text: str) -> str:
    """Return what is wrong with a text that should hold an amount, in a few words; empty where nothing is.

    >>> wrong_amount("12,000元（大写：壹万叁仟元整）")
    'capitals for 13000 beside figures for 12000'
    >>> wrong_amount("500"), wrong_amount("500元")
    ('no amount with its currency', '')
    """
    if not find_amounts(text):
        return "no amount with its currency"
    capitals = find_capitals(text)
    if broken := [one.written for one in capitals if one.value is None]:
        return f"capitals that write no number: {broken[0][:20]}"
    figures = {
        Decimal(match["second"].replace(",", "")) * _SIZES[match["scale"]]
        for match in _AMOUNT.finditer(half_width(text))
        if match["second"] and match["scale"] in _SIZES
    }
    figures |= {Decimal(m["first"].replace(",", "")) for m in _AMOUNT.finditer(half_width(text)) if m["first"]}
    if len(capitals) == len(figures) == 1 and capitals[0].value not in figures:
        return f"capitals for {capitals[0].value} beside figures for {figures.pop()}"
    return ""
