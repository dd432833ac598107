"""Where sentences end, in English and Chinese, and the lesser places where a sentence that is too long may part.

A missed end costs little: a passage is shorter than it might be. A wrong one parts a sentence, so what may be an
abbreviation, a citation or a clause's number ends nothing.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_CLOSERS = "\"”’'»)\\]）」』】》〉"
_OPENERS: Final = "\"“‘'«([（「『【《"
_END = re.compile(
    rf"""
      (?P<latin>[.!?]+[{_CLOSERS}]*)(?=[\s\xa0]+
        (?:["“‘'«(\[（「『【《]?[A-Z0-9§\u4e00-\u9fff]|\([a-z]{{1,4}}\)|[•·▪●■○◦–—*\#-][\s\xa0]|[①-⑳]))
    | [。！？]++[{_CLOSERS}]*+(?![，、；：,;:。！？])
    | (?<=[\u4e00-\u9fff])[.．!?](?=[\u4e00-\u9fff])
    """,
    re.VERBOSE,
)
_TITLES = "Mr Mrs Ms Messrs Dr Drs Prof Hon Rev Gen Sgt Capt Lt Col Gov Sen Rep St Mt Jr Sr Esq"
_FIRMS = "Inc Incorp Corp Co Cos Ltd Bros Assn Assoc Dept Div Intl Natl Univ Comm Ins Mfg Sys Tech"
_CITED = (
    "No Nos Art Arts Sec Secs Sect Cl Ch Para Paras Pt Pts Reg Regs Rul Ex Exh Sched App Fig Figs Tab Vol p pp ed eds "
    "v vs cf al etc viz id Id ibid Ibid seq supra infra Stat Fed Supp Civ Crim Proc Evid Cir Ct Dist Bankr Rptr Pub "
    "Cal Tex Pa Va Ill Fla Mich Minn Mass Conn Del Ga Ala Ariz Ark Colo Ind Kan Ky La Md Miss Mo Mont Neb Nev Okla "
    "Or Tenn Wash Wis Wyo Rev Ann Gen Bus Prof Super Atl Cf See Accord e.g i.e U.S U.K"
)
_MEASURES = (
    "approx est max min avg temp wt ht incl excl mg ml kg cm mm dl hr hrs sec secs wk wks mo mos yr yrs tab tabs cap "
    "caps tel Tel fax Fax ext Ext Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Ave Blvd Rd Ste Hwy Rm Fl"
)
_ABBREVIATIONS: Final = frozenset(f"{_TITLES} {_FIRMS} {_CITED} {_MEASURES}".split())
_NUMBER_OF_CLAUSE = re.compile(
    r"(?:\A|[\n\r.;:!?。；：！？])[\s\xa0#*>]*(?:(?:ARTICLE|Article|SECTION|Section|PART|Part|Clause|CLAUSE|§)[\s\xa0]*)?"
    r"\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[IVXLC]{1,6}|[ivxlc]{1,5}|[A-Za-z])\)?\Z"
)
_BEFORE: Final = 40
"""Characters before a stop that may tell what it ends."""
_MEMBER = re.compile(rf"[;:][{_CLOSERS}]*(?=[\s\xa0])|[；：][{_CLOSERS}]*|——|[\s\xa0][–—](?=[\s\xa0])")
_LINE = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|(?<=\|)[ \t]+(?=\S)")
_COMMA = re.compile(rf",[{_CLOSERS}]*(?=[\s\xa0])|[，、][{_CLOSERS}]*")
_SPACE = re.compile(r"[\s\xa0]+")
LESSER: Final = (_MEMBER, _LINE, _COMMA, _SPACE)
"""Places inside a sentence, best first: after members, at line ends, after commas, between words."""

_ZWJ: Final = "\u200d"
_JOINED_BEFORE: Final = frozenset("\u034f\u200d\u2060")
_VARIATIONS: Final = (
    range(0xFE00, 0xFE10),
    range(0xE0100, 0xE01F0),
    range(0x1F3FB, 0x1F400),
    range(0xE0020, 0xE0080),
)
_REGIONAL: Final = range(0x1F1E6, 0x1F200)
_VOWELS_AND_TAILS: Final = range(0x1160, 0x1200)


def sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the places in a span right behind the last sign of a sentence, its closing quotes included.

    >>> text = 'See 42 U.S.C. § 1983. Mr. Li owes 3.5 p.c. “Pay now.” 他说：“好。”然后走了。1. 条款'
    >>> [text[place - 5 : place] for place in sentence_ends(text, 0, len(text))]
    ['1983.', 'now.”', '：“好。”', '然后走了。']
    """
    for found in _END.finditer(text, start, end):
        if found["latin"] and _ends_nothing(text, start, found):
            continue
        yield found.end()


def _ends_nothing(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether a full stop belongs to an abbreviation, an initial or a clause's number."""
    if found["latin"][0] != ".":
        return False
    before = text[max(start, found.start() - _BEFORE) : found.start()]
    words = before.rsplit(maxsplit=1)[-1:] if before[-1:].strip() else []
    word = words[0].lstrip(_OPENERS) if words else ""
    letter = word.split(".")[-1]
    initial = len(letter) == 1 and letter.isalpha()
    return initial or word in _ABBREVIATIONS or letter in _ABBREVIATIONS or bool(_NUMBER_OF_CLAUSE.search(before))


def is_joined(text: str, place: int) -> bool:
    r"""Return whether a cut at a place would part what readers see as one character.

    >>> is_joined("e\u0301", 1), is_joined("a\r\nb", 2), is_joined("甲乙", 1)
    (True, True, False)
    """
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before == "\r" and after == "\n":
        return True
    if before in "\n\r\u2028\u2029":
        return False
    code = ord(after)
    return (
        unicodedata.category(after)[0] == "M"
        or after in _JOINED_BEFORE
        or before == _ZWJ
        or any(code in signs for signs in _VARIATIONS)
        or (code in _VOWELS_AND_TAILS and unicodedata.category(before) == "Lo")
        or (code in _REGIONAL and _odd_regional(text, place))
    )


def _odd_regional(text: str, place: int) -> bool:
    """Whether an odd number of flag letters stands before: the next one completes a flag."""
    count = 0
    while place - count > 0 and ord(text[place - count - 1]) in _REGIONAL:
        count += 1
    return count % 2 == 1
