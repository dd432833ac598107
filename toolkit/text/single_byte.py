"""Encodings of one byte a letter, beyond English: read in each, a text must be of a language that is written in it.

A wrong encoding shows: letters that the language has not, signs in the middle of words, capitals after small letters.
Where two encodings stand, the one with more letters wins; short texts pass only where all Latin ones say the same.
"""

import re
from typing import Final, NamedTuple

from toolkit.text.languages import surest

_WESTERN: Final = ("cp1252", "iso8859-15", "mac_roman", "cp850")
_CENTRAL: Final = ("cp1250", "iso8859-2")
_CYRILLIC: Final = ("cp1251", "koi8-r", "iso8859-5", "cp866", "mac_cyrillic")
_RUSSIAN: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
_GREEK: Final = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"
_HEBREW: Final = "אבגדהוזחטיךכלםמןנסעףפץצקרשת"
_ARABIC: Final = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْـ"

LANGUAGES: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "en": (("cp1252",), "àâäáçéèêëíîïóôöøúùûüñœæ"),
    "es": (_WESTERN, "áéíóúñüç"),
    "fr": (_WESTERN, "àâæçéèêëîïôœùûüÿ"),
    "de": (_WESTERN, "äöüßé"),
    "nl": (_WESTERN, "áäéèëêíïóöúüç"),
    "pt": (_WESTERN, "áàâãçéêíóôõúü"),
    "it": (_WESTERN, "àèéìíòóùú"),
    "ca": (_WESTERN, "àçéèíïóòúü·"),
    "da": (_WESTERN, "æøåéü"),
    "no": (_WESTERN, "æøåéòôü"),
    "sv": (_WESTERN, "åäöéü"),
    "fi": (_WESTERN, "äöåšž"),
    "is": (_WESTERN, "áéíóúýðþæö"),
    "pl": (_CENTRAL, "ąćęłńóśźż"),
    "cs": (_CENTRAL, "áčďéěíňóřšťúůýž"),
    "sk": (_CENTRAL, "áäčďéíĺľňóôŕšťúýž"),
    "hu": (_CENTRAL, "áéíóöőúüű"),
    "sl": (_CENTRAL, "čšž"),
    "hr": (_CENTRAL, "čćđšž"),
    "ro": (_CENTRAL, "ăâîşţ"),
    "ru": (_CYRILLIC, _RUSSIAN),
    "uk": (("cp1251", "koi8-u", "iso8859-5", "mac_cyrillic"), "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    "bg": (_CYRILLIC, "абвгдежзийклмнопрстуфхцчшщъьюя"),
    "sr": (("cp1251", "iso8859-5"), "абвгдђежзијклљмнњопрстћуфхцчџш"),
    "el": (("cp1253", "iso8859-7"), _GREEK),
    "tr": (("cp1254", "iso8859-9"), "çğıöşüâîûiİ"),
    "lt": (("cp1257",), "ąčęėįšųūž"),
    "lv": (("cp1257",), "āčēģīķļņšūž"),
    "et": (("cp1257",), "äöüõšž"),
    "he": (("cp1255", "iso8859-8"), _HEBREW),
    "ar": (("cp1256", "iso8859-6"), _ARABIC),
}
"""For each language the encodings in which it is kept, likelier ones first, and its letters beyond ASCII."""

_COMMON: Final = {
    **dict.fromkeys(("ru", "uk", "bg", "sr"), "оеаинт"),
    "el": "αοιετσ",
    "he": "יוהלאת",
    "ar": "اليمنو",
}
"""The most frequent letters of other scripts: nearly half of a text, and far less of one misread."""
_FAMILIES: Final = ("cp1252", "cp1250", "cp1254", "cp1257")
_WORD = re.compile(r"[^\W\d_]+")
_CONTROL = re.compile(r"[\x80-\x9f]")
_SIGN_IN_WORD = re.compile(r"(?<=[^\W\d_])[^\w\s\x00-\x7f’‘·\u0300-\u036f](?=[^\W\d_])")
_LATE_CAPITAL: Final = re.compile(r"[^\W\d_]*[a-zà-ÿа-яёα-ω][A-ZÀ-ÞА-ЯЁΑ-Ω]")
_SURE: Final = 0.8
_COMMON_SHARE: Final = 0.33
_SIGNS: Final = frozenset("ªºµ")
_LEFT_OVER: Final = 0.02
"""Share of the characters beyond ASCII that may be another language's letters, or signs within words."""
_IN_WORDS: Final = 0.6


class Reading(NamedTuple):
    """How one encoding reads, and how sure that is; better ones have more of their language's letters."""

    encoding: str
    confidence: float
    common: float = 1.0
    letters: int = 0
    faults: int = 0


def single_byte(sample: bytes) -> Reading | None:
    """Return how the beginning of a file reads in the one encoding of one byte a letter that makes sense of it."""
    encodings = dict.fromkeys(encoding for names, _ in LANGUAGES.values() for encoding in names)
    found = [reading for encoding in encodings if (reading := _reading(sample, encoding))]
    return max(found, key=_sense, default=None) or _same_in_all(sample)


def _reading(sample: bytes, encoding: str) -> Reading | None:
    text = _decoded(sample, encoding)
    if text is None:
        return None
    words = _WORD.findall(text)
    language, sure = surest(" ".join(words).lower())
    encodings, letters = LANGUAGES.get(language, ((), ""))
    if sure < _SURE or encoding not in encodings or not _cased_well(text, words):
        return None
    own, faults = _own_letters(text, letters), _faults(text, letters)
    common = sum(map(text.lower().count, _COMMON[language])) / max(1, own + faults) if language in _COMMON else 1.0
    if common < _COMMON_SHARE or faults > _LEFT_OVER * (own + faults):
        return None
    return Reading(encoding, round(sure * 0.95, 2), common, own, faults)


def _sense(reading: Reading) -> tuple[int, float]:
    return reading.letters - reading.faults, reading.common


def _decoded(sample: bytes, encoding: str) -> str | None:
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _own_letters(text: str, letters: str) -> int:
    return sum(map(text.lower().count, letters))


def _faults(text: str, letters: str) -> int:
    """How many letters are another language's, and how many signs stand within words."""
    own = frozenset(letters + letters.upper()) | _SIGNS
    foreign = sum(character > "\x7f" and character.isalpha() and character not in own for character in text)
    return foreign + len(_SIGN_IN_WORD.findall(text))


def _cased_well(text: str, words: list[str]) -> bool:
    """Capitals are fewer than small letters, and do not follow them."""
    small, capital = sum(map(str.islower, text)), sum(map(str.isupper, text))
    return capital <= small and sum(_LATE_CAPITAL.match(word) is not None for word in words) * 20 <= len(words)


def _same_in_all(sample: bytes) -> Reading | None:
    """A text too short for a language: Latin letters that are the same in all encodings of Latin letters."""
    texts = {_decoded(sample, encoding) for encoding in _FAMILIES}
    text = texts.pop()
    if texts or text is None or _SIGN_IN_WORD.search(text):
        return None
    foreign = [word for word in _WORD.findall(text) if not word.isascii()]
    high = sum(character > "\x7f" for word in foreign for character in word)
    letters = sum(map(str.isalpha, text))
    in_words = sum(any(map(str.isascii, word)) for word in foreign)
    plausible = high * 4 <= letters and in_words >= _IN_WORDS * len(foreign)
    return Reading("cp1252", _IN_WORDS) if plausible else None
