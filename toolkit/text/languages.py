"""Which language a text is in."""

import lzma
import re
from array import array
from functools import cache
from io import BytesIO
from typing import Any, Final

Language = str
"""An ISO 639-1 code (``en``, ``zh``, ``es``), or ``und`` where it cannot be told."""

_SAMPLE: Final = 100_000
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_WORD = re.compile(r"[^\W\d_]+")
_COMMON_ENGLISH: Final = "the of and to in a is for be or by as that this with on at any such shall"
_STOP_WORDS: Final = frozenset(_COMMON_ENGLISH.split())
_FEW_WORDS: Final = 12
"""Words below which Latin letters count as English, whatever they say: headings, names, labels."""
_ENOUGH_WORDS: Final = 40
"""Words from which on each half can be told alone."""
_FOREIGN: Final = 40
_SURE: Final = 0.75
_MOVES: Final = ("nextmove", "nextmove_row")
"""The model's automaton: where each letter leads, and which row of it is a state's."""


def language_of(text: str) -> Language:
    """Return the language of a text; undetermined where too little speaks for one.

    Chinese goes by the share of Han characters, each of which weighs as four letters; Japanese and Korean by their own
    letters; English by its most common words, one in twelve at least in 40 words and more. Other languages are told by
    py3langid in texts of 12 words or 40 letters beyond ASCII and more, where both halves of the text agree.

    >>> language_of("第一条 本合同由ABC公司签订"), language_of("This Agreement is made."), language_of("12. 3.")
    ('zh', 'en', 'und')
    """
    return _by_script(text) or _told(text)


def _by_script(text: str) -> Language | None:
    """The language of a text as far as script and common words tell it; None where only the model can."""
    sample = text[:_SAMPLE]
    han, kana, hangul = (len(script.findall(sample)) for script in (_HAN, _KANA, _HANGUL))
    words = _WORD.findall(_HAN.sub(" ", sample).lower())
    letters = sum(map(len, words))
    if (kana + hangul) * 10 > han and (kana + hangul) * 10 > letters:
        return "ja" if kana > hangul else "ko"
    if han and han * 4 >= letters:
        return "zh"
    foreign = letters - sum(map(len, filter(str.isascii, words)))
    common = [word for word in words if word in _STOP_WORDS]
    english = len(words) < _FEW_WORDS or (len(common) * 12 >= len(words) and len(set(common)) > 1)
    if letters and foreign <= letters * 0.2 and english:
        return "en"
    return None if len(words) >= _FEW_WORDS or foreign >= _FOREIGN else "und"


def _told(text: str) -> Language:
    """What py3langid is sure of, for both halves of a text alike."""
    words = _WORD.findall(_HAN.sub(" ", text[:_SAMPLE]).lower())
    half = len(words) // 2
    parts = [words[:half], words[half:]] if len(words) >= _ENOUGH_WORDS else [words]
    found = {surest(" ".join(part)) for part in parts}
    names = {name for name, _ in found}
    return names.pop() if len(names) == 1 and min(sure for _, sure in found) >= _SURE else "und"


def surest(text: str) -> tuple[Language, float]:
    """Return the likeliest language of a text in small letters, and how sure that is (0 to 1)."""
    name, sure = _identifier().classify(text)
    return str(name), float(sure)


@cache
def _identifier() -> Any:
    """Read the model in memory: py3langid's own way goes by a temporary file, and the sandbox's children write none."""
    import numpy as np
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    with lzma.open(MODEL_DIR / MODEL_FILE) as packed, np.load(BytesIO(packed.read()), allow_pickle=False) as model:
        moves, rows = (array({2: "H", 4: "I"}[kept.itemsize], kept.tobytes()) for kept in map(model.get, _MOVES))
        weights, priors, found = model["ptc"], model["pc"], model["out_feat"].tolist()
        names = model["classes"].tolist()
    return LanguageIdentifier(weights, priors, names, moves, found, norm_probs=True, tk_row=rows)


def han_of(text: str) -> list[str]:
    """Return the Chinese characters of a text, in order."""
    return _HAN.findall(text)


def is_han(character: str) -> bool:
    """Return whether a character is a Chinese one."""
    return _HAN.match(character) is not None
