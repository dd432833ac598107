"""What all nouns share: frozen models, identity from content, problems, and accounts that must balance."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Protocol

from pydantic import BaseModel, ConfigDict, model_validator

ID_LENGTH = 16
"""Hex digits of an identity: 64 bits, so a collision among ten million items has odds of about 3e-6."""


class Noun(BaseModel):
    """A frozen model that forbids unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Noun):
    """Why something did not become the next noun. Stored in English; the terminal shows the reader's language.

    Attributes:
        code: a stable name such as ``DOC-BROKEN``.
        step: the verb that found it.
        where: file and line, or the identity of the item.
        found: what was there. Never the text of a document beyond a few words.
        expected: what should have been there.
        hint: what to do.
    """

    code: str
    step: str
    where: str
    found: str
    expected: str
    hint: str


class Account(Noun):
    """Items in = items out + problems, for one step. One that does not balance is a bug and cannot be made.

    >>> Account(noun="files", items=13, into={"documents": 12, "refused": 1}).sentence()
    '13 files = 12 documents + 1 refused'
    """

    noun: str
    items: int
    into: dict[str, int]

    @model_validator(mode="after")
    def _balances(self) -> "Account":
        if self.items != sum(self.into.values()):
            msg = f"{self.items} {self.noun} went in and {self.into} came out"
            raise AssertionError(msg)
        return self

    def sentence(self) -> str:
        """Return the account as an equation, without the parts that are zero (one part at least)."""
        parts = [f"{count} {name}" for name, count in self.into.items() if count] or [f"0 {next(iter(self.into))}"]
        return f"{self.items} {self.noun} = {' + '.join(parts)}"


class Result(Noun):
    """What a verb reports: its counts, how many problems it found, and whether anything changed.

    Subclasses add the keys that the command contract names; ``--json`` prints the model as it is.

    Attributes:
        problems: how many problems this step has on file now, found on this run or standing since an earlier one.
        changed: False when a rerun found everything done.
        account: items in = items out + problems, where the verb turns one noun into another.
        waiting: what a person has to do before the next step makes sense, else None. A recipe stops there.
    """

    problems: int = 0
    changed: bool = True
    account: Account | None = None
    waiting: str | None = None


class Progress(Protocol):
    """Called by long steps: items done, items in all (None: unknown), and what is being done."""

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Show or ignore it."""


def silent(done: int, total: int | None, what: str) -> None:
    """Ignore progress: the default of every verb."""


def content_id(kind: str, *parts: object) -> str:
    """Return an identity such as ``doc_1f0c…`` made from content alone.

    Args:
        kind: three letters naming the noun: ``doc``, ``pas``, ``tsk``, ``ann``, ``rec``, ``exa``.
        parts: what the identity depends on, as JSON values.

    >>> content_id("doc", "abc", 0) == content_id("doc", "abc", 0)
    True
    >>> content_id("doc", "a", "bc") == content_id("doc", "ab", "c")
    False
    """
    return f"{kind}_{digest(list(parts))[:ID_LENGTH]}"


def digest(value: object) -> str:
    """Return the SHA-256, in hex, of a JSON value written in one canonical way."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def count_by(items: Iterable[str]) -> Mapping[str, int]:
    """Return how often each item occurs, sorted by item.

    >>> count_by(["b", "a", "b"])
    {'a': 1, 'b': 2}
    """
    counts: dict[str, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return dict(sorted(counts.items()))
