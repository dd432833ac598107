"""Documents that say nearly the same: MinHash proposes, the true similarity decides, nothing is deleted.

Similarity is the Jaccard index of 5-grams over tokens, where each Han character and each other word is a token: word
splitters lose half of Chinese near-duplicates.
"""

import re
from collections.abc import Iterator
from typing import Final

from toolkit.documents.store import load_documents
from toolkit.workspace import Workspace

SIMILAR: Final = 0.8
"""Jaccard similarity from which two documents count as near-duplicates."""
_GRAM: Final = 5
_PERMUTATIONS: Final = 128
_BANDS: Final = 32
"""32 bands of 4 rows: a pair of similarity 0.8 is proposed with odds of 0.9999999, one of 0.3 with 0.23."""
_SEED: Final = 20_240_229
_TOKEN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[^\W_]+?(?=[\u3400-\u9fff])|[^\W_]+"
)


def shingles(text: str) -> frozenset[str]:
    """Return the 5-grams of a text; of a text with fewer tokens, the text's tokens as one.

    >>> sorted(shingles("甲方应当付款"))
    ['方 应 当 付 款', '甲 方 应 当 付']
    >>> sorted(shingles("The Licensee shall pay USD 5"))
    ['licensee shall pay usd 5', 'the licensee shall pay usd']
    """
    tokens = _TOKEN.findall(text.lower())
    last = max(1, len(tokens) - _GRAM + 1)
    return frozenset(" ".join(tokens[place : place + _GRAM]) for place in range(last)) if tokens else frozenset()


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of common members among all, 0 for two empty sets."""
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def clusters(workspace: Workspace) -> dict[str, str]:
    """Return the document that is kept of each current document's cluster: itself when it stands alone."""
    rows = workspace.ledger.query(
        "SELECT id, coalesce(twin, id) AS twin FROM documents LEFT JOIN near_duplicates ON document = id "
        "WHERE state = 'current' ORDER BY id"
    )
    return {row["id"]: row["twin"] for row in rows}


def find_near_duplicates(workspace: Workspace) -> bool:
    """Compare all current documents and put the clusters into the ledger; return whether anything was to be done.

    The table holds every compared document, one that stands alone as its own twin, so a killed run is known by what
    the table lacks.
    """
    current = {row["id"] for row in workspace.ledger.query("SELECT id FROM documents WHERE state = 'current'")}
    compared = {row["document"] for row in workspace.ledger.query("SELECT document FROM near_duplicates")}
    if current == compared:
        return False
    lengths: dict[str, int] = {}
    grams: dict[str, frozenset[str]] = {}
    for found in load_documents(workspace):
        lengths[found.id] = len(found.text)
        grams[found.id] = shingles(found.text)
    rows = [(one, kept, similarity) for one, kept, similarity in _twins(lengths, grams)]
    with workspace.ledger.transaction() as connection:
        connection.execute("DELETE FROM near_duplicates")
        connection.executemany("INSERT INTO near_duplicates VALUES (?, ?, ?)", rows)
    return True


def _twins(lengths: dict[str, int], grams: dict[str, frozenset[str]]) -> Iterator[tuple[str, str, float]]:
    """Yield each document with the longest of its cluster and their similarity."""
    parent = {name: name for name in grams}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in _candidates(grams):
        if root(one) != root(other) and jaccard(grams[one], grams[other]) >= SIMILAR:
            parent[root(one)] = root(other)
    members: dict[str, list[str]] = {}
    for name in sorted(grams):
        members.setdefault(root(name), []).append(name)
    for names in members.values():
        kept = min(names, key=lambda name: (-lengths[name], name))
        for name in names:
            yield name, kept, 1.0 if name == kept else round(jaccard(grams[name], grams[kept]), 4)


def _candidates(grams: dict[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Yield the pairs that share a band of their signatures, each once, in a fixed order."""
    from rensa import RMinHash, RMinHashLSH

    names = sorted(name for name in grams if grams[name])
    signatures = RMinHash.from_token_sets([sorted(grams[name]) for name in names], _PERMUTATIONS, _SEED)
    index = RMinHashLSH(SIMILAR, _PERMUTATIONS, _BANDS)
    for place, signature in enumerate(signatures):
        for earlier in sorted(set(index.query(signature))):
            yield names[earlier], names[place]
        index.insert(place, signature)
