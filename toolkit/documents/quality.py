"""How well a text reads: measured signals, and what holds a document back from people until it is mended.

A hold says why. Each limit lies beyond what the real contracts, statutes, rulings, filings and clinical texts that it
was set on reach, and short of what broken fonts, bad character recognition and endless repetition make of a text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, NamedTuple

from toolkit.documents.document import Block
from toolkit.text import REPLACEMENT, han_of, looks_misread

Signals = dict[str, float]

_SLICE: Final = 10_000
"""Characters that are looked at, at the beginning, in the middle and at the end each."""
_ENOUGH: Final = 300
"""Characters below which only unreadable ones are told: a short text has no statistics."""
_ENOUGH_WORDS: Final = 60
_ENOUGH_HAN: Final = 100
_ENOUGH_LINES: Final = 20
_SELDOM: Final = 2
_GRAM: Final = 5
"""Words, or twice as many Chinese characters, whose coming back is repetition."""
_LINE: Final = 20
"""Characters from which on a line that comes back is repetition, not a word of a form."""

_UNREADABLE = re.compile(f"[{REPLACEMENT}\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ue000-\uf8ff\U000f0000-\U0010ffff]")
_MARK = re.compile("(?:^|(?<=\\s))[\ue000-\uf8ff](?=\\s)")
"""A sign of a symbol font that stands alone: a bullet, a tick, an arrow."""
_SYMBOL = re.compile(
    r"[^\w\s.,;:!?'\"()\[\]\-/%&$*|“”‘’、。，；：！？（）《》「」【】…—–_=<>#+{}@￥€£§•·\u2500-\u257f]"
)
_PAIR = re.compile(r"(?=([a-z]{2}))")
_ADDRESS = re.compile(r"\w_\w|://|www\.|\\|@|\]\(|\.\.?/|/[\w/-]{0,200}\.\w")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_TOKEN = re.compile(r"[^\s\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")
_NOISY = re.compile(r"[a-z][A-Z]+[a-z]|[a-z]\d[a-z]|[a-z][|!{}<>~^$\\=+*#@§¢£•°;:?,]+[a-z]|([A-Za-z])\1{2}")
"""Inside a word: a capital, a digit, a sign, three times one letter."""
_UNLIKELY = re.compile(
    "a[aehoq]|b[bfghkpqvwxz]|c[bdfgjmnpvwxz]|d[bcfhkpqtwxz]|e[jz]|f[bcdghjkmnpqsvwxz]|g[bcdfjkpqtvwxz]|h[bcdfgjkpqvwxz]|"
    "i[hjwy]|j[^aeou]|k[^einrsy]|l[bghjnqrwxz]|m[cdfghjklqrtvwxz]|n[bqrwxz]|o[qz]|p[bcdfgjknqvwxz]|q[^u]|r[jqxz]|"
    "s[gjnqrvxz]|t[bdfgjkpqvxz]|u[hjkoquvwxyz]|v[^aeio]|w[bcdfgjkmpquvwxyz]|x[^aceihptuvwxyz]|y[bfghjkquvwxyz]|z[^aeiouyz]"
)
"""Pairs of letters that stand in less than one word of a hundred in English contracts and medical answers."""
_EDGES: Final = ".,;:!?'\"()[]{}“”‘’«»…-–—/%&*_|<>"
_FREQUENT = (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic "
    "ne ea ra ce li ch ll be ma si om ur"
)
_PAIRS: Final = frozenset(_FREQUENT.split())
"""The 50 most frequent pairs of letters in English (Norvig 2012): half of all pairs in Western languages."""
_MARKUP = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]{0,1000})?/?>|<!--[^<>]{0,1000}-->")


class _Limit(NamedTuple):
    """The most, or with ``least`` the least, that a signal may be, and what is found beyond."""

    limit: float
    found: str
    least: bool = False


_LIMITS: Final = {
    "misread": _Limit(0, "text that was read in a wrong encoding before it was saved"),
    "unreadable": _Limit(0.03, "{:.0%} unreadable characters: a font without its character map"),
    "likely_pairs": _Limit(
        0.3, "only {:.0%} of the letters in likely pairs: a font with a wrong character map", least=True
    ),
    "known_han": _Limit(0.9, "only {:.0%} of the Chinese characters in common use: a wrong character map", least=True),
    "noise": _Limit(0.12, "{:.0%} of the words unlike words: bad character recognition"),
    "markup": _Limit(0.3, "{:.0%} markup: a page that was not read as one"),
    "symbols": _Limit(0.3, "{:.0%} symbols"),
    "repeated_lines": _Limit(0.8, "{:.0%} of the lines repeated"),
    "repeated_grams": _Limit(0.9, "{:.0%} of the phrases repeated"),
    "word_length": _Limit(20, "words of {:.0f} letters on average: data, not text"),
}


def signals(text: str, blocks: Sequence[Block], language: str) -> Signals:
    """Return what is measured of a text. Signals that it is too short for, or not of the script for, are left out.

    ``characters`` (white space apart); the shares ``unreadable``, ``symbols``, ``noise`` (words unlike words),
    ``repeated_lines`` and ``repeated_grams``; ``known_han``, the share of Chinese characters in common use;
    ``likely_pairs``, the share of pairs of letters that are frequent ones (English); ``markup``, the share of tags;
    ``word_length`` in letters; ``misread``, 1 where Chinese was decoded as Latin letters.

    Args:
        text: the source view.
        blocks: its blocks; tables and page furniture repeat by their nature and count for no repetition.
        language: ISO 639-1.
    """
    sample = _sample(text)
    seen = "".join(sample.split())
    found: Signals = {"characters": float(len(text) if len(text) > len(sample) else len(seen))}
    if not seen:
        return found
    found["unreadable"] = (len(_UNREADABLE.findall(sample)) - len(_MARK.findall(sample))) / len(seen)
    found |= {"misread": float(looks_misread(sample)), **_of_han(sample)}
    if len(seen) < _ENOUGH:
        return found
    found["symbols"] = len(_SYMBOL.findall(seen)) / len(seen)
    found["markup"] = sum(map(len, _MARKUP.findall(sample))) / len(sample)
    prose = _sample("\n".join(text[block.start : block.end] for block in _prose(blocks, len(text))))
    return found | _of_words(sample, language) | _of_repetition(prose)


def holds(found: Signals) -> list[tuple[str, str]]:
    """Return the code and the reason of each hold that the signals of a document call for."""
    return [
        ("LOW-QUALITY", limit.found.format(found[name]))
        for name, limit in _LIMITS.items()
        if name in found and (found[name] < limit.limit if limit.least else found[name] > limit.limit)
    ]


def _sample(text: str) -> str:
    if len(text) <= 3 * _SLICE:
        return text
    middle = len(text) // 2
    return "\n".join((text[:_SLICE], text[middle : middle + _SLICE], text[-_SLICE:]))


def _prose(blocks: Iterable[Block], length: int) -> list[Block]:
    kinds = {"paragraph", "list_item", "heading", "footnote"}
    return [block for block in blocks if block.kind in kinds] or [Block(kind="paragraph", start=0, end=length)]


def _of_han(sample: str) -> Signals:
    han = han_of(sample)
    if len(han) < _ENOUGH_HAN:
        return {}
    return {"known_han": sum(map(_in_common_use().__contains__, han)) / len(han)}


@cache
def _in_common_use() -> frozenset[str]:
    """The first levels of GB 2312 (3,755 characters) and of Big5 (5,401)."""
    simplified = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    traditional = (bytes((row, cell)) for row in range(0xA4, 0xC7) for cell in (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    known = "".join(one.decode("gb2312", "ignore") for one in simplified)
    return frozenset(known + "".join(one.decode("big5", "ignore") for one in traditional))


def _of_words(sample: str, language: str) -> Signals:
    """What Latin letters tell of a text that is mostly in them."""
    tokens = (token for token in _TOKEN.findall(sample) if not _ADDRESS.search(token))
    words = [word for token in tokens if (word := token.strip(_EDGES)) and _LATIN_WORD.search(word)]
    letters = sum(map(len, words))
    if letters < _ENOUGH or len(han_of(sample)) * 2 > letters:
        return {}
    found = {"word_length": letters / len(words), "likely_pairs": _likely_pairs(words)}
    if language not in {"en", "und"}:
        return found
    plain = [word for word in words if len(word) > 2 and not word.isupper()]  # noqa: PLR2004 - shorter ones tell nothing
    return found | ({"noise": _noise(plain)} if len(plain) >= _ENOUGH_WORDS else {})


def _noise(words: list[str]) -> float:
    """The share of words unlike words; names and terms come back, what was misread seldom does."""
    counts = Counter(words)
    odd = (word for word in counts if _NOISY.search(word) or _UNLIKELY.search(word.lower()))
    return sum(counts[word] for word in odd if counts[word] <= _SELDOM) / len(words)


def _likely_pairs(words: list[str]) -> float:
    pairs = Counter(_PAIR.findall(" ".join(words).lower()))
    return sum(count for pair, count in pairs.items() if pair in _PAIRS) / max(1, pairs.total())


def _of_repetition(prose: str) -> Signals:
    lines = [line.strip() for line in prose.splitlines() if len(line.strip()) >= _LINE]
    found: Signals = {}
    if len(lines) >= _ENOUGH_LINES:
        found["repeated_lines"] = _again(lines)
    grams = _grams(prose)
    if len(grams) >= _ENOUGH_WORDS:
        found["repeated_grams"] = _again(grams)
    return found


def _grams(prose: str) -> list[str]:
    han = "".join(han_of(prose))
    words = [word.lower() for word in _LATIN_WORD.findall(prose)]
    phrases = [" ".join(words[place : place + _GRAM]) for place in range(len(words) - _GRAM + 1)]
    return phrases + [han[place : place + 2 * _GRAM] for place in range(len(han) - 2 * _GRAM + 1)]


def _again(items: list[str]) -> float:
    """The share of items that were there before."""
    return 1 - len(set(items)) / len(items)
