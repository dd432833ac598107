"""Citations of statutes and contracts by article: which law, which articles.

Chinese numbering after the Supreme People's Court's rules on citing laws in judgments (法释〔2009〕14号: the law's full
name, then 条, 款, 项); an article that was inserted later, 第一百三十三条之一, is one of its own. English forms after
The Bluebook (rule 12: ``42 U.S.C. § 1983``) and common contracts (``Section 4.2(b)``, ``Article III``).
Paragraphs, items and letters below an article are read and not compared: texts do not number them.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from toolkit.checks.numerals import HAN, half_width, roman_number, whole_number

MOST: Final = 200
"""Articles of a range that are looked up one by one; of a longer one only both ends."""


class Provision(NamedTuple):
    """One citation.

    Attributes:
        start, end: where it stands in the text.
        law: the law as it is named there; empty where it is not ("第五条", "Section 4.2").
        articles: each article as digits: ``1165``, ``133-1`` for 第一百三十三条之一, ``4.2``.
    """

    start: int
    end: int
    law: str
    articles: tuple[str, ...]


_N = rf"[{HAN[:-3]}两\d]+"
_SUB = rf"(?:之(?:{_N}))?"
_BELOW = rf"(?:第{_N}款)?(?:第?\(?{_N}\)?项)?(?:第?{_N}目)?"
_ARTICLE = rf"第\s?(?P<first>{_N})\s?条(?P<sub>{_SUB})(?![件例约款目理])"
_RANGE = rf"(?:{_BELOW}\s?[至到\-—~–]\s?第?\s?(?P<last>{_N})\s?条(?P<last_sub>{_SUB}))?"
_ZH: Final = re.compile(_ARTICLE + _RANGE + _BELOW)
_ZH_SHORT: Final = re.compile(rf"第\s?(?P<first>{_N})\s?[至到\-—~–]\s?(?P<last>{_N})\s?条")
_TITLE: Final = re.compile(r"《([^《》\n]{2,60})》\s?(?:\([^()\n]{1,40}\))?\s?(?:的|中|之)?\s?$")
_NAMED: Final = re.compile(
    r"([一-鿿]{1,28}(?:法典|法|条例|宪法|规定|解释|办法|规则|细则|决定|合同|协议|章程|准则))\s?的?\s?$"
)
_QUOTES: Final = str.maketrans("", "", '《》〈〉<>﹤﹥“”"')
_THIS: Final = re.compile(
    r"(?:本|该|此|同|前述|上述|所述)(?:司法)?(?:法典|法|条例|规定|解释|办法|规则|细则|决定|合同|协议|章程|准则)$"
)
_LEAD: Final = re.compile(r"^.*(?:根据|依照|依据|按照|违反|适用|参照|符合|触犯|援引|以及|以下简称|[和与及或为])")
_LINK: Final = re.compile(r"\s?(?:[、，；,;]|和|及|以及|与|或|或者|并)*\s?")
_ABBREVIATION: Final = 3
"""Characters of the shortest abbreviation: 民诉法."""
_BEFORE: Final = 70
"""Characters before a citation in which its law is looked for."""

_NUMBER = r"\d+[A-Za-z]{0,2}(?:[.\-–]\d+[A-Za-z]?)*"
_LETTERS = r"(?:\s?\([A-Za-z0-9]{1,4}\))*"
_ONE = rf"(?:{_NUMBER}|[IVXLC]+\b){_LETTERS}"
_MANY = rf"{_ONE}(?:(?:,?\s(?:and|or|to|through)\s|,\s|\s?[–—]\s?){_ONE})*"
_CODE: Final = re.compile(
    rf"\b(?P<title>\d{{1,3}})\s(?P<code>U\.?\s?S\.?\s?C\.?|C\.?\s?F\.?\s?R\.?)(?:A\.?)?\s(?:§{{1,2}}\s?|[Ss]ec(?:tion|\.)\s)?(?P<numbers>{_MANY})"
)
_EN: Final = re.compile(
    rf"(?:\b(?:[Ss]ections?|SECTIONS?|[Ss]ecs?\.|[Aa]rticles?|ARTICLES?|[Aa]rts?\.|[Rr]ules?|[Cc]lauses?|CLAUSES?)\s|§{{1,2}}\s?)(?P<numbers>{_MANY})"
)
_OF: Final = re.compile(
    r"(?:\s?,)?\s(?:of|to|under)\s(?:the\s)?(?P<law>(?:[A-Z][\w.'’&-]*|of|the|and|on|for|in)(?:\s(?:[A-Z][\w.'’&-]*|of|the|and|on|for|in|\d{4})){0,15}?\s?"
    r"(?:Act|Code|Constitution|Law|Regulations?|Directive|Convention|Treaty|Agreement|Ordinance|Charter|Statute|Rules))\b"
)
_HEADING: Final = re.compile(r"^[ \t]*(?P<number>\d{1,4}[A-Za-z]?(?:[.\-]\d+)*)[.)]?[ \t]+(?=[A-Z“\"(])", re.MULTILINE)
_EACH: Final = re.compile(_ONE)
_FOREIGN: Final = re.compile(r"[A-Za-z]")
_WORD: Final = re.compile(r"[A-Za-z]{3}|U\.|C\.|§")


def find_provisions(text: str) -> list[Provision]:
    """Return the articles that a text cites, in its order.

    >>> [(one.law, one.articles) for one in find_provisions("《中华人民共和国民法典》第五百七十七条、第1165条第二款")]
    [('民法典', ('577',)), ('民法典', ('1165',))]
    """
    plain = half_width(text)
    found = [*_chinese(plain), *(_english(plain) if _WORD.search(plain) else ())]
    return sorted(found, key=lambda one: one.start)


def headings(text: str) -> frozenset[str]:
    """Return the numbers that begin a line before words: sections that are numbered without a name."""
    return frozenset(match["number"] for match in _HEADING.finditer(half_width(text)))


def same_law(one: str, other: str) -> bool:
    """Return whether two names may mean one law: one ends or abbreviates the other. Across languages it cannot be told.

    >>> same_law("民法典", "适用民法典"), same_law("民诉法", "民事诉讼法"), same_law("刑法", "刑事诉讼法")
    (True, True, False)
    """
    if bool(_FOREIGN.search(one)) != bool(_FOREIGN.search(other)):
        return True
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    rest = iter(long)
    return long.endswith(short) or (len(short) >= _ABBREVIATION and all(letter in rest for letter in short))


def _chinese(plain: str) -> Iterator[Provision]:
    law, end = "", -1
    for match in sorted([*_ZH.finditer(plain), *_ZH_SHORT.finditer(plain)], key=lambda one: one.start()):
        if match.start() < end:
            continue
        articles = _articles(match)
        if not articles:
            continue
        linked = end >= 0 and _LINK.fullmatch(plain, end, match.start())
        law = law if linked else _law_before(plain, match.start())
        end = match.end()
        yield Provision(match.start(), end, law, articles)


def _articles(match: re.Match[str]) -> tuple[str, ...]:
    parts = match.groupdict()
    first, last = (whole_number(parts[name]) if parts[name] else None for name in ("first", "last"))
    if first is None:
        return ()
    head, tail = _with_sub(first, parts.get("sub")), _with_sub(last, parts.get("last_sub")) if last else None
    if last is None or tail is None:
        return (head,)
    if first < last <= first + MOST:
        return (head, *(str(number) for number in range(first + 1, last)), tail)
    return (head, tail)


def _with_sub(number: int, sub: str | None) -> str:
    return f"{number}-{whole_number(sub[1:])}" if sub else str(number)


def _law_before(plain: str, start: int) -> str:
    """Return the name of the law right before an article; empty where there is none, or where it is "this law"."""
    before = plain[max(0, start - _BEFORE) : start]
    if match := _TITLE.search(before):
        return law_name(match[1])
    match = _NAMED.search(before)
    if not match or _THIS.search(match[1]):
        return ""
    return law_name(_LEAD.sub("", match[1].rpartition("中华人民共和国")[2]))


def law_name(name: str) -> str:
    """Return a law's name as it is compared: without marks, the country's name and the year of its version.

    >>> law_name("《中华人民共和国刑法》（2020年修正）")
    '刑法'
    """
    plain = re.sub(r"\([^()]*\)$", "", half_width(name).translate(_QUOTES).strip())
    return plain.replace("中华人民共和国", "").removeprefix("the ").strip()


def _english(plain: str) -> Iterator[Provision]:
    end = -1
    for match in sorted([*_CODE.finditer(plain), *_EN.finditer(plain)], key=lambda one: one.start()):
        if match.start() < end:
            continue
        end = match.end()
        if "code" in match.groupdict():
            law = f"{match['title']} {re.sub(r'[^A-Z]', '', match['code'])}"
        elif of := _OF.match(plain, match.end()):
            law, end = law_name(of["law"]), of.end()
        else:
            law = ""
        yield Provision(match.start(), end, law, tuple(_article(one[0]) for one in _EACH.finditer(match["numbers"])))


def _article(written: str) -> str:
    """Return an article's number without what stands below it: ``4.2`` of ``4.2(b)``, ``3`` of ``III``."""
    number = written.partition("(")[0].strip().replace("–", "-")
    roman = roman_number(number)
    return str(roman) if roman else number
