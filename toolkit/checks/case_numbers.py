"""Chinese case numbers (案号): found in a text, and held against the courts' grammar.

Since 2016: （year）court, special word, type, number 号, after 《最高人民法院关于人民法院案件案号的若干规定》
(法〔2015〕137号, amended by 法〔2018〕335号): articles 2 and 3 name the parts, article 5 gives higher courts a
character (the Supreme Court 最高法), intermediate courts two digits after it and basic courts four. Type words are
those of 《人民法院案件类型及其代字标准》, with what courts use beside it: 民诉前调 and 诉前调, which number mediation
before filing, and 商初 of the International Commercial Court.
Before 2016 each court chose its own words: （year）words字第number号.
"""

import re
from typing import Final, NamedTuple

from toolkit.checks.numerals import half_width

FIRST_YEAR: Final = 1949
LAST_YEAR: Final = 2099
SINCE: Final = 2016
"""From this year cases are numbered by the rules."""
COURTS: Final = frozenset("京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔贵云藏陕甘青宁新军兵")
"""Characters of the higher courts, the military court and the Xinjiang corps court."""
_SPECIAL: Final = "知"
"""The special word of cases about intellectual property (法〔2018〕335号)."""
_TYPE_WORDS: Final = """
刑辖 民辖 民辖终 民辖监 行辖 行辖终 赔辖 赔辖终 刑初 刑终 刑监 刑申 刑抗 刑再 刑没 刑核 刑医 刑医解 刑医复
刑医监 刑止 刑止调 刑止核 刑更 刑更监 刑更备 刑他 刑教 刑教解 刑教复 刑教监 民初 民终 民监 民申 民抗 民再 民撤
民特 民特监 民催 民督 民督监 民破 民算 民他 民保令 民保更 行初 行终 行监 行申 行抗 行再 行审 行审复 行他 行赔初
行赔终 行赔监 行赔申 行赔抗 行赔再 行赔他 法赔 委赔 委赔监 赔确监 委赔提 委赔再 赔他 司救刑 司救民 司救行 司救赔
司救执 司救访 司救他 认台 认港 认澳 认复 认他 请台送 请港送 请澳送 台请送 港请送 澳请送 请台调 请港调 请澳调
台请调 港请调 澳请调 请移管 助移管 请移赃 助移赃 协外认 协他 协外送 请外送 协外调 请外调 请外移 协外移 请外引
协外引 司惩 司惩复 财保 行保 行保复 证保 执 执恢 执保 执异 执复 执监 执协 执他 清申 破申 清终 破终 清监 破监
强清 破 诉前调 民诉前调 商初
"""
TYPES: Final = frozenset(_TYPE_WORDS.split())
_OF_CASES: Final = frozenset("刑民行执商经知赔破清保辖惩救认协")
"""A number without any of these is none of a case: of a report, a decree, a certificate."""
_CASE: Final = re.compile(
    r"[(〔\[【](?P<year>\d{4})[)〕\]】]\s?(?P<words>[一-鿿\d]{1,16}?(?:\([一-鿿]{1,2}\)[一-鿿]{0,4}?)?)\s?(?P<old>字第?|第)?\s?(?P<number>[\dXx×*]+(?:[-~、,至][\dXx×*]+)*)\s?号"
    r"(?:之[一二三四五六七八九十\d]+)?"
)
_WORDS: Final = re.compile(rf"(?P<court>最高法|[一-鿿])(?P<digits>\d*){_SPECIAL}?(?P<type>[一-鿿]*)")


class CaseNumber(NamedTuple):
    """One case number, as far as it could be read.

    Attributes:
        start, end: where it stands in the text.
        written: its normal writing: half-width brackets, no blanks.
        wrong: what breaks the grammar, in a few words; empty where nothing does.
    """

    start: int
    end: int
    written: str
    wrong: str


def find_case_numbers(text: str) -> list[CaseNumber]:
    """Return what a text writes as case numbers, in its order, good and bad.

    >>> [(one.written, one.wrong) for one in find_case_numbers("见（2021）京01民终1234号和（2021）京1民终2号")]
    [('(2021)京01民终1234号', ''), ('(2021)京1民终2号', 'the court code 京1')]
    """
    return [
        CaseNumber(match.start(), match.end(), re.sub(r"\s", "", match[0]).translate(_ROUND), _wrong(match))
        for match in _CASE.finditer(half_width(text))
        if not _OF_CASES.isdisjoint(match["words"])
    ]


_ROUND: Final = str.maketrans("〔[【〕]】", "((()))")


def _wrong(match: re.Match[str]) -> str:
    year = int(match["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"the year {year}"
    if not re.fullmatch(r"[\d\-~、,至]+", match["number"]):
        return "a number that is masked"
    if year < SINCE:
        return "" if match["old"] else f"no 字第 in a number before {SINCE}"
    if match["old"]:
        return f"字第 in a number since {SINCE}"
    words = _WORDS.fullmatch(match["words"])
    court = f"{words['court']}{words['digits']}" if words else match["words"]
    if not words or not _is_court(words["court"], words["digits"]):
        return f"the court code {court}"
    return "" if words["type"] in TYPES else f"the type {words['type']}"


def _is_court(name: str, digits: str) -> bool:
    return not digits if name == "最高法" else name in COURTS and len(digits) in {0, 2, 4}
