"""Rules applied to passages. A pattern that runs away is stopped: ``regex`` takes a time limit, ``re`` does not."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.passages import Passage
from toolkit.prelabel.gazetteer import Gazetteer, Hit, Term, without_overlaps
from toolkit.prelabel.rules import FieldRules, ReadRules
from toolkit.prelabel.source import BATCH, Given
from toolkit.schema import Field

if TYPE_CHECKING:
    import regex

SECONDS: Final = 2.0
"""What one pattern may take for one passage; sound ones take milliseconds."""
MOST_SLOW: Final = 3
"""Passages on which a pattern may be too slow before it is given up."""


class _Search(NamedTuple):
    label: str
    place: str
    pattern: "regex.Pattern[str]"
    group: int | str


class _SlowError(Exception):
    """The place, in the rules file, of the pattern that took too long."""


class RulesSource:
    """Predictions from a rules file.

    Args:
        read: the rules, checked against the schema.
        fields: the schema's.
    """

    batch = BATCH
    host: str | None = None

    def __init__(self, read: ReadRules, fields: Sequence[Field]) -> None:
        self.mark = read.mark
        by_name = {field.name: field for field in fields}
        self._fields = [_FieldMatcher(by_name[name], rules) for name, rules in read.rules.fields.items()]
        self._slow: Counter[str] = Counter()

    def predict(self, passages: Sequence[Passage]) -> Iterator[tuple[Passage, Given]]:
        """Yield what the rules find.

        Raises:
            ToolkitError: ``PRELABEL-RULES`` when a pattern was too slow for the third time.
        """
        return ((passage, self._found(passage)) for passage in passages)

    def _found(self, passage: Passage) -> Given:
        answer: dict[str, Any] = {}
        slow: list[str] = []
        for of_field in self._fields:
            try:
                value = of_field.value(passage.text)
            except _SlowError as error:
                slow.append(str(error))
                continue
            if value is not None:
                answer[of_field.field.name] = value
        for place in slow:
            self._slow[place] += 1
            if self._slow[place] >= MOST_SLOW:
                raise self._given_up(place)
        trouble = f"the pattern at {slow[0]} took more than {SECONDS:g} seconds" if slow else ""
        return Given(answer or None, trouble=trouble)

    def _given_up(self, place: str) -> ToolkitError:
        return ToolkitError(
            said(
                f"The pattern at {place} of '{self.mark}' took more than {SECONDS:g} seconds for {MOST_SLOW} passages.",
                f"'{self.mark}' 中 {place} 处的正则表达式在 {MOST_SLOW} 个段落上超过 {SECONDS:g} 秒。",
            ),
            hint=said(
                "Repeats inside repeats, such as (a+)+, run away; write it without. Nothing was sent.",
                "嵌套的重复（例如 (a+)+）会失控；请改写。尚未发送任何内容。",
            ),
            code="PRELABEL-RULES",
        )


class _FieldMatcher:
    def __init__(self, field: Field, rules: FieldRules) -> None:
        self.field = field
        self._decide = rules.decide
        self._labels = tuple(rules.labels)
        self._gazetteer = Gazetteer(
            Term(term, label, of_label.ignore_case)
            for label, of_label in rules.labels.items()
            for term in of_label.terms
        )
        self._searches = [
            _Search(label, f"fields.{field.name}.labels.{label}.patterns.{number}", pattern.compiled(), pattern.which)
            for label, of_label in rules.labels.items()
            for number, pattern in enumerate(of_label.patterns)
        ]

    def value(self, text: str) -> Any:
        """Return what the field's rules say; None when nothing was found."""
        hits = [*self._gazetteer.find(text), *self._matches(text)]
        if not hits:
            return None
        hits.sort(key=lambda hit: self._labels.index(hit.label))  # of equal ones the first in the file wins
        if self.field.kind == "spans":
            return [span_of(hit, text) for hit in without_overlaps(hits)]
        return _voted(self.field, Counter(hit.label for hit in hits), first=self._decide == "first")

    def _matches(self, text: str) -> Iterator[Hit]:
        for search in self._searches:
            matches = _in_time(search, text)
            spans = (match.span(search.group) for match in matches)
            yield from (Hit(start, end, search.label) for start, end in spans if 0 <= start < end)


def _in_time(search: _Search, text: str) -> "Iterator[regex.Match[str]]":
    """Yield the matches of a pattern. The library limits the time of each search, this the time of all of them."""
    end = time.monotonic() + SECONDS
    try:
        for match in search.pattern.finditer(text, timeout=SECONDS):
            yield match
            if time.monotonic() > end:
                raise _SlowError(search.place)
    except TimeoutError as error:
        raise _SlowError(search.place) from error


def span_of(hit: Hit, text: str) -> dict[str, Any]:
    """Return a hit as a span of an answer."""
    return {"start": hit.start, "end": hit.end, "text": text[hit.start : hit.end], "label": hit.label}


def _voted(field: Field, votes: Mapping[str, int], *, first: bool) -> Any:
    """Return the value that has the votes, which stand in the order of the rules file."""
    if field.kind == "choices":
        return [value for value in field.values if value in votes]
    winner = next(iter(votes)) if first else max(votes, key=lambda label: votes[label])
    return winner == "yes" if field.kind == "boolean" else winner
