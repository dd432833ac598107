"""Documents that say nearly the same: MinHash proposes, the true similarity decides, nothing is deleted.

Similarity is the Jaccard index of 5-grams over tokens, where each Han character and each other word is a token.
Documents of one template that differ in the terms of the deal are siblings, not near-duplicates: see ``siblings``.
"""

from collections.abc import Iterator
from typing import Final, Literal

from toolkit.documents.store import load_documents
from toolkit.workspace import Workspace, read_jsonl, write_jsonl

Keep = Literal["longest", "newest"]

FILE: Final = "near_duplicates.jsonl"
"""Below ``data/``: one row for each document of which a near-twin is kept."""
_LISTED: Final = """
    SELECT document, one.path || iif(one.locator = '', '', '#' || one.locator) AS path,
        twin, other.path || iif(other.locator = '', '', '#' || other.locator) AS twin_path, similarity
    FROM near_duplicates
    JOIN documents AS one ON one.id = document JOIN documents AS other ON other.id = twin
    WHERE document != twin ORDER BY document
"""


def clusters(workspace: Workspace) -> dict[str, str]:
    """Return the document that is kept of each current document's cluster: itself when it stands alone."""
    rows = workspace.ledger.query(
        "SELECT id, coalesce(twin, id) AS twin FROM documents LEFT JOIN near_duplicates ON document = id "
        "WHERE state = 'current' ORDER BY id"
    )
    return {row["id"]: row["twin"] for row in rows}


def find_near_duplicates(workspace: Workspace, keep: Keep = "longest") -> bool:
    """Compare all current documents, put the clusters into the ledger and list them in a file.

    The table holds every compared document, one that stands alone as its own twin, so a killed run is known by what
    the table lacks. Remove a document's row when its text or metadata change, and all are compared anew.

    Args:
        workspace: whose documents; hold its lock.
        keep: which document of a cluster is kept: the longest, or the newest by the metadata's ``date``.

    Returns:
        Whether anything was to be done.
    """
    current = {row["id"] for row in workspace.ledger.query("SELECT id FROM documents WHERE state = 'current'")}
    compared = {row["document"] for row in workspace.ledger.query("SELECT document FROM near_duplicates")}
    anew = current != compared or _kept_otherwise(workspace, keep)
    if anew:
        _compare(workspace, keep)
    return _list(workspace, keep) or anew


def _kept_otherwise(workspace: Workspace, keep: Keep) -> bool:
    """Whether the clusters, where there are any, were made by another rule, or the file of them was not written."""
    if not workspace.ledger.query("SELECT 1 FROM near_duplicates WHERE document != twin LIMIT 1"):
        return False
    return next((row["keep"] for row in read_jsonl(workspace.data / FILE)), None) != keep


def _compare(workspace: Workspace, keep: Keep) -> None:
    from toolkit.documents.near_duplicates.clustering import Text, twins

    def texts() -> Iterator[Text]:
        for found in load_documents(workspace):
            yield Text(found.id, found.text, str(found.meta.get("date") or ""))

    workspace.data.mkdir(parents=True, exist_ok=True)
    rows = twins(texts(), keep, workspace.data)
    with workspace.ledger.transaction() as connection:
        connection.execute("DELETE FROM near_duplicates")
        connection.executemany("INSERT INTO near_duplicates VALUES (?, ?, ?)", rows)


def _list(workspace: Workspace, keep: Keep) -> bool:
    rows = workspace.ledger.query(_LISTED)
    file = workspace.data / FILE
    return bool(rows or file.is_file()) and write_jsonl(file, [{**dict(row), "keep": keep} for row in rows])
