"""Which language a text is in."""

import re
from typing import Final

Language = str
"""An ISO 639-1 code (``en``, ``zh``, ``es``), or ``und`` where it cannot be told."""

_SAMPLE: Final = 100_000
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W\d_]+")
_COMMON_ENGLISH: Final = "the of and to in a is for be or by as that this with on at any such shall"
_STOP_WORDS: Final = frozenset(_COMMON_ENGLISH.split())
_ENOUGH_WORDS: Final = 40
"""Words from which on the common English ones must show."""


def language_of(text: str) -> Language:
    """Return Chinese or English by the share of Han characters, else undetermined.

    A Han character weighs as four letters. Text in Latin letters of 40 words and more counts as English only where
    one word in twelve is one of the most common English ones.

    >>> language_of("第一条 本合同由ABC公司签订"), language_of("This Agreement is made."), language_of("12. 3.")
    ('zh', 'en', 'und')
    """
    sample = text[:_SAMPLE]
    han, other = len(_HAN.findall(sample)), len(_KANA_HANGUL.findall(sample))
    words = _WORD.findall(_HAN.sub(" ", sample).lower())
    letters = sum(map(len, words))
    if other * 10 > han and other * 10 > letters:
        return "und"
    if han and han * 4 >= letters:
        return "zh"
    ascii_letters = sum(map(len, filter(str.isascii, words)))
    if not letters or ascii_letters < letters * 0.8:
        return "und"
    if len(words) >= _ENOUGH_WORDS and sum(map(_STOP_WORDS.__contains__, words)) * 12 < len(words):
        return "und"
    return "en"


def is_han(character: str) -> bool:
    """Return whether a character is a Chinese one."""
    return _HAN.match(character) is not None
