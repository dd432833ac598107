"""Siblings: documents of one template that differ in the terms of the deal. They are alike, but no copies.

What differs between two documents is what stands between the same neighbours, the nearest 5-grams that both have.
A place differs in terms when names stand for names, or figures (numbers, dates, sums) for figures; else in words.
A party differs when such a name is new to its document and stands in it again, farther off than a header is long.
Two documents are siblings when

- a party differs, and besides it a second party or a figure; or
- a party differs, or three different figures do, and as many places or more differ in terms as in words.

A name is a run of words with a capital; in Chinese, what follows a party's label (甲方, 借款人, ...) or ends as
companies do. Numbers that only number a part (第十条, Section 3, a line's or a page's number) are no figures. Format,
headers, an exchanged sentence, and wording that was revised throughout leave two texts near-duplicates.

What it cannot tell: a draft from its final version when nothing but names and figures differ, or a law whose fines
alone were raised, or copies with another service's name stamped on every page: they count as siblings. Deals that
differ in one or two figures, or in a name that stands only once, count as near-duplicates, and so do Chinese deals
whose parties no label announces and whose figures are the same.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from toolkit.documents.near_duplicates.shingles import GRAM, Hashes, Places, grams_of, tokens_of

FIGURES: Final = 3
"""Different figures that make siblings where no party differs."""
_LONGEST: Final = 24
"""Differing tokens of a place beyond which it is a passage of its own, not a term."""
_INITIAL: Final = 2
"""Letters up to which a capitalised word is an initial."""
_HEADER: Final = 300
"""Code points of a header."""
_PLACES: Final = 5_000
"""Places that are looked at; a pair that differs in more differs in wording."""

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN: Final = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_MARKUP: Final = re.compile(
    r"<?/?[A-Za-z]+>[ \t]*\d*|(?m:^[\W_]*(?:page[ \t]*)?\d+(?:[ \t]*of[ \t]*\d+)?[\W_]*$)", re.IGNORECASE
)
_NUMBERED: Final = re.compile(
    r"(?:第[\d一二三四五六七八九十百零〇]*|\b(?:section|article|clause|paragraph|exhibit|schedule|page|item|chapter|annex|"
    r"appendix|part)s?\.?[\s(]*[\dIVXivx.]*)$",
    re.IGNORECASE,
)
_HEADED: Final = re.compile(r"(?:^|\n)[^\S\n]*[（(]?$|[（(]$")
_HEAD: Final = re.compile(r"\W*\w{1,3}\s*(?:[.)）、．]|\n).*", re.DOTALL)
_FIGURE: Final = re.compile(
    r"\w*\d\w*|[零〇一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟年月日元角分]|"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion)",
    re.IGNORECASE,
)
_PARTY_BEFORE: Final = re.compile(
    r"(?:[甲乙丙丁]方|[借贷]款[人方]|[出承]租[人方]|[买卖]方|[转受]让[人方]|[发承]包[人方]|[委受]托[人方]|[供需]方|用人单位|劳动者|员工|"
    r"担保人|保证人|抵押人|法定代表人|负责人|姓名|名称|公司|[原被]告)[（(]?[^：:\n]{0,12}[：:]\s*$"
)
_PARTY_AFTER: Final = re.compile(rf"[{_HAN}]{{0,12}}(?:公司|集团|合伙|事务所|银行|先生|女士|厂|店)")


class Compared(NamedTuple):
    """A text made ready: the first code point of each token, its grams in reading order, and as a sorted set."""

    text: str
    starts: Places
    grams: Hashes
    known: Hashes


class Place(NamedTuple):
    """What stands in one text and what in the other between the same neighbours, and what stands around the first."""

    one: str
    other: str
    before: str
    after: str


class _Run(NamedTuple):
    """Tokens that no shared gram covers, and the shared grams on both sides of them."""

    before: int
    after: int
    start: int
    end: int


class _Terms(NamedTuple):
    """What a place tells: the names and the figures that were put in each other's place, or that words differ."""

    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    figures: tuple[str, str] | None = None
    words: bool = False


def compared(text: str) -> Compared:
    """Make a text ready."""
    tokens = tokens_of([text])
    grams = grams_of(tokens).hashes
    return Compared(text, np.append(tokens.starts, len(text)), grams, np.unique(grams))


def siblings(one: Compared, other: Compared) -> bool:
    """Return whether two alike texts are two deals on one template, rather than two copies of one text."""
    found = [_terms(place) for place in islice(places(one, other), _PLACES)]
    named = [terms.names for terms in found if all(terms.names)]
    figures = {terms.figures for terms in found if terms.figures}
    in_words = sum(terms.words for terms in found)
    in_terms = sum(all(terms.names) or bool(terms.figures) for terms in found)
    parties = _parties(named, one.text.lower(), other.text.lower())
    if parties and parties + len(figures) > 1:
        return True
    return (parties > 0 or len(figures) >= FIGURES) and in_terms >= in_words


def _parties(pairs: list[tuple[tuple[str, ...], tuple[str, ...]]], one: str, other: str) -> int:
    """Count the parties that differ."""
    seen: set[str] = set()
    parties = 0
    for mine, theirs in pairs:
        new = {name for name in mine if name not in other and _throughout(name, one)}
        new |= {name for name in theirs if name not in one and _throughout(name, other)}
        parties += bool(new) and not new & seen
        seen |= new
    return parties


def _throughout(name: str, text: str) -> bool:
    return text.rfind(name) - text.find(name) > _HEADER


def places(one: Compared, other: Compared) -> Iterator[Place]:
    """Yield where two texts differ, in the order of the first; what only one has stands against nothing."""
    mine, theirs = _runs(one, other), _runs(other, one)
    pairs = _paired(mine, theirs)
    for place, run in enumerate(mine):
        start, end = int(one.starts[run.start]), int(one.starts[run.end])
        match = theirs[pairs[place]] if place in pairs else None
        yield Place(
            one.text[start:end],
            other.text[other.starts[match.start] : other.starts[match.end]] if match else "",
            one.text[max(0, start - 40) : start],
            one.text[end : end + 20],
        )
    for place in sorted(set(range(len(theirs))) - set(pairs.values())):
        run = theirs[place]
        yield Place("", other.text[other.starts[run.start] : other.starts[run.end]], "", "")


def _runs(one: Compared, other: Compared) -> list[_Run]:
    grams = one.grams
    novel = np.isin(grams, other.known, invert=True)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], novel, [False])))).reshape(-1, 2)
    runs = []
    for first, end in edges.tolist():
        start = first + GRAM - 1 if first else 0
        stop = end if end < len(grams) else len(one.starts) - 1
        before = int(grams[first - 1]) if first else 0
        runs.append(_Run(before, int(grams[end]) if end < len(grams) else 0, start, max(start, stop)))
    return runs


def _paired(mine: list[_Run], theirs: list[_Run]) -> dict[int, int]:
    """Runs between the same two neighbours; of those that are left, runs that share one."""
    pairs: dict[int, int] = {}
    left = set(range(len(theirs)))
    for fields in ((0, 1), (0,), (1,)):
        waiting: dict[tuple[int, ...], list[int]] = {}
        for place in sorted(left, reverse=True):
            waiting.setdefault(tuple(theirs[place][field] for field in fields), []).append(place)
        for place, run in enumerate(mine):
            if place not in pairs and (found := waiting.get(tuple(run[field] for field in fields))):
                pairs[place] = found.pop()
                left.discard(pairs[place])
    return pairs


def _terms(place: Place) -> _Terms:
    one, other = (_TOKEN.findall(_MARKUP.sub(" ", side) if "\n" in side or ">" in side else side) for side in place[:2])
    if max(len(one), len(other)) > GRAM * _LONGEST:
        return _Terms(words=True)
    gone, come = _differing(one, other)
    if max(len(gone), len(come)) > _LONGEST:
        return _Terms(words=True)
    figures = [" ".join(sorted(filter(_FIGURE.fullmatch, side))) for side in (gone, come)]
    rest = [[token for token in side if not _FIGURE.fullmatch(token)] for side in (gone, come)]
    if not any(rest):
        return _Terms(figures=(figures[0], figures[1]) if all(figures) and not _numbers(place) else None)
    if not all(rest):
        return _Terms(words=True)
    names = _names(one, rest[0], place), _names(other, rest[1], place)
    if not all(names):
        return _Terms(words=True)
    return _Terms(names, (figures[0], figures[1]) if all(figures) else None)


def _differing(one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
    """Return what is left of each side, in small letters, when what both have is taken away."""
    gone, come = [token.lower() for token in one], []
    for token in map(str.lower, other):
        if token in gone:
            gone.remove(token)
        else:
            come.append(token)
    return gone, come


def _numbers(place: Place) -> bool:
    """Whether a figure only numbers a part: after a part's name, or at the head of a line or item."""
    if _NUMBERED.search(place.before):
        return True
    return bool(_HEADED.search(place.before) and _HEAD.fullmatch(place.one + place.after))


def _names(tokens: list[str], differing: list[str], place: Place) -> tuple[str, ...]:
    """Return the differing tokens as names, in small letters, or nothing when they are not all names."""
    wanted = set(differing)
    chosen = [token for token in tokens if token.lower() in wanted]
    if all("\u3400" <= token <= "\u9fff" for token in chosen):
        labelled = _PARTY_BEFORE.search(place.before) or _PARTY_AFTER.match("".join(tokens) + place.after)
        return ("".join(chosen),) if labelled and len(chosen) > 1 else ()
    if all(not token.islower() for token in chosen):
        return tuple(sorted({token.lower() for token in chosen if len(token) > _INITIAL}))
    return ()
