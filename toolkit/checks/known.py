"""Whether what an answer cites is there: in the passage, or in a registry."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from toolkit.checks.case_numbers import find_case_numbers
from toolkit.checks.registry import Registry, case_name
from toolkit.checks.reporters import find_reported
from toolkit.checks.statutes import Provision, find_provisions, headings, same_law


class _Cited(NamedTuple):
    provisions: tuple[Provision, ...]
    headings: frozenset[str]
    cases: frozenset[str]


def unknown_citations(answer: str, passage: str, registry: Registry | None, *, reporters: bool) -> Iterator[str]:
    """Yield each citation of an answer that stands neither in the passage nor in the registry, as it is written.

    An article is there when the passage cites or begins it under the same law, or under none; an answer that names no
    law is content with any. Cases have to be there as a whole.

    Args:
        answer: the text that cites.
        passage: what it is about.
        registry: laws and cases that exist; None: only the passage counts.
        reporters: cases of United States reporters are looked for too, by eyecite.

    Raises:
        ToolkitError: ``EXTRA-MISSING`` for ``reporters`` without the extra ``legal``.
    """
    provisions = find_provisions(answer)
    cases = [(one.start, one.end, one.written) for one in find_case_numbers(answer)]
    cases += [(one.start, one.end, case_name(one.written)) for one in find_reported(answer)] if reporters else []
    if not provisions and not cases:
        return
    there = _cited(passage, reporters=reporters)
    for one in provisions:
        if not all(_has_article(there, registry, one.law, article) for article in one.articles):
            yield answer[one.start : one.end]
    known = there.cases | (registry.cases if registry else frozenset())
    for start, end, written in cases:
        if written not in known:
            yield answer[start:end]


def _has_article(there: _Cited, registry: Registry | None, law: str, article: str) -> bool:
    return (
        article in there.headings
        or any(
            article in one.articles and (not law or not one.law or same_law(law, one.law)) for one in there.provisions
        )
        or (registry is not None and registry.has_article(law, article))
    )


@lru_cache(maxsize=64)
def _cited(passage: str, *, reporters: bool) -> _Cited:
    """Return what a passage cites; several answers to it share the work."""
    cases = {one.written for one in find_case_numbers(passage)}
    if reporters:
        cases |= {case_name(one.written) for one in find_reported(passage)}
    return _Cited(tuple(find_provisions(passage)), headings(passage), frozenset(cases))
