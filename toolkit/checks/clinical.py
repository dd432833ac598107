"""Diagnosis codes by their shape, and doses with their unit. Neither says that a code exists or a dose is right."""

import re
from typing import Final, Literal

from toolkit.checks.numerals import half_width

Edition = Literal["who", "cm", "zh"]

_DAGGER = r"[†+*]?"
ICD_SHAPES: Final[dict[Edition, re.Pattern[str]]] = {
    "who": re.compile(rf"[A-Z]\d\d(?:\.\d\d?)?{_DAGGER}"),
    "cm": re.compile(r"[A-Z]\d[0-9AB](?:\.?[0-9A-Z]{1,4})?"),
    "zh": re.compile(
        rf"[A-Z]\d\d(?:\.[\dx](?:\d\d(?:x\d{{3}})?)?)?(?:{_DAGGER}|\+[A-Z]\d\d(?:\.[\dx](?:\d\d)?)?\*)|M\d{{4}}/\d"
    ),
}
"""Codes of ICD-10.

WHO (volume 2, 2.4): a letter, two digits, a point, one or two more, dagger or asterisk. ICD-10-CM (CDC and CMS,
official guidelines I.A.2): three to seven characters, the third may be A or B; files leave the point out. China (GB/T
14396-2016 and the clinical edition of the National Health Commission): six places, x where the WHO has no fourth, x001
for entries of its own: ``I10.x00``, ``K29.500x001``; ``M8140/3`` for morphology.
"""
ICD_EXAMPLE: Final[dict[Edition, str]] = {"who": "E11.9", "cm": "S52.501A", "zh": "I10.x00x002"}
_BETWEEN: Final = re.compile(r"[\s,;，；、]+")

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:/\d+)?)"
_RANGE = rf"{_NUMBER}(?:\s?[-~–—至到]\s?{_NUMBER})?"
_MEASURED = (
    r"mg|mcg|kg|[µμu]g|ng|g|m[Ll]|ML|[µμu][lL]|d[Ll]|L|m?mol|[µμ]mol|m[Ee]q|k?IU|iu|MU|U|units?|"
    r"万?国际单位|万?单位|毫克|微克|千克|克|毫升|微升|升|毫摩尔"
)
_COUNTED_HAN = r"片|粒|丸|支|袋|包|瓶|滴|喷|揿|吸|贴|枚"
_COUNTED = (
    rf"{_COUNTED_HAN}|ampoules?|tablets?|tabs?|capsules?|caps?|drops?|puffs?|sprays?|patch(?:es)?|vials?|"
    r"suppositor(?:y|ies)|teaspoons?|tsp"
)
_DOSE: Final = re.compile(
    rf"(?<![A-Za-z0-9_.])(?:{_RANGE}\s?-?(?:{_MEASURED}|{_COUNTED})|[一二两三四五六七八九十半]{{1,3}}(?:毫克|克|毫升|{_COUNTED_HAN}))"
    r"(?:/(?:kg|m2|m²|day|d|h|min|m[Ll]|d[Ll]|[Ll]|次|日|天|片|支))*(?![A-Za-z])"
)
"""A number with a unit of mass, volume or activity (writings of UCUM and of GB 3100) or a counted form."""


def wrong_codes(text: str, edition: Edition) -> list[str]:
    """Return those of a text's codes, parted by commas or blanks, that do not have the edition's shape.

    >>> wrong_codes("I10, E11.9、J45.x", "who"), wrong_codes("I10.x00x002", "zh"), wrong_codes("S52.501A", "cm")
    (['J45.x'], [], [])
    """
    parts = [part for part in _BETWEEN.split(half_width(text).strip()) if part]
    return [part for part in parts or [text] if not ICD_SHAPES[edition].fullmatch(part)]


def find_doses(text: str) -> list[str]:
    """Return the doses in a text.

    >>> find_doses("阿司匹林 100mg 每日1次，或2片；0.5 g/kg")
    ['100mg', '2片', '0.5 g/kg']
    """
    return [match[0] for match in _DOSE.finditer(half_width(text))]
