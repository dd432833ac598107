"""The ledger: SQLite in WAL mode, synced at every commit. Who is who, what was sent, what came back.

Only identities and states live here; texts are in Parquet and JSON Lines, readable without the toolkit.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.workspace.files import failpoint, full_disk

VERSION = 2

_TABLES = """
-- One row for each path that was ever ingested: which bytes it held and what became of them.
CREATE TABLE paths (
    path TEXT PRIMARY KEY,
    source_sha256 TEXT NOT NULL,
    settings TEXT NOT NULL,              -- JSON: extraction settings and version, the metadata row
    outcome TEXT NOT NULL                -- document, container, refused, exact_duplicate
) STRICT;
CREATE INDEX paths_source ON paths (source_sha256);
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    source_sha256 TEXT NOT NULL,
    path TEXT NOT NULL,
    locator TEXT NOT NULL,
    shard TEXT NOT NULL,                 -- file name under data/documents/
    state TEXT NOT NULL                  -- current, superseded (its path now holds other bytes)
) STRICT;
CREATE INDEX documents_path ON documents (path);
CREATE INDEX documents_shard ON documents (shard);
-- A document and the one that is kept of its cluster of near-duplicates; nothing is deleted. One that stands alone
-- is its own twin, so a comparison that a kill cut short shows by the documents that are missing.
CREATE TABLE near_duplicates (
    document TEXT PRIMARY KEY,
    twin TEXT NOT NULL,
    similarity REAL NOT NULL             -- Jaccard similarity of Han-aware 5-grams
) STRICT;
CREATE TABLE rounds (
    name TEXT PRIMARY KEY,
    plan TEXT NOT NULL                   -- JSON: schema, version, annotators, overlap, seed
) STRICT;
-- One Label Studio project for each annotator of a round, and one for its adjudicator.
CREATE TABLE projects (
    round TEXT NOT NULL,
    annotator TEXT NOT NULL,
    role TEXT NOT NULL,                  -- annotator, adjudicator
    server TEXT NOT NULL,
    project INTEGER NOT NULL,
    PRIMARY KEY (round, annotator, role)
) STRICT;
CREATE TABLE outbox (
    task TEXT PRIMARY KEY,
    round TEXT NOT NULL,
    annotator TEXT NOT NULL,
    role TEXT NOT NULL,
    passage TEXT NOT NULL,
    state TEXT NOT NULL,                 -- new, sent, done
    server_task INTEGER
) STRICT;
CREATE INDEX outbox_round ON outbox (round, role, annotator);
-- Every version of every answer that was ever pulled; rows are added, never changed. That an answer is gone from
-- the server is a version too: its raw says "deleted".
CREATE TABLE pulled (
    version TEXT PRIMARY KEY,            -- digest of task, annotation id, updated_at, skip and result
    sequence INTEGER NOT NULL,
    round TEXT NOT NULL,
    task TEXT NOT NULL,
    server_annotation INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    raw TEXT NOT NULL                    -- JSON as the server gave it
) STRICT;
CREATE INDEX pulled_round ON pulled (round, task);
-- The server's items as the last pull left them, so that the next one asks only for what has changed since.
CREATE TABLE listed (
    server TEXT NOT NULL,
    project INTEGER NOT NULL,
    server_task INTEGER NOT NULL,
    task TEXT NOT NULL,                  -- ours, or empty: nobody has answered it, or it is none of the toolkit's
    state TEXT NOT NULL,                 -- JSON: updated_at and the numbers of answers and of skips
    annotations TEXT NOT NULL,           -- JSON: the server's numbers of its answers
    PRIMARY KEY (server, project, server_task)
) STRICT;
-- Who is behind a server's account numbers; kept, since accounts can be deleted.
CREATE TABLE people (
    server TEXT NOT NULL,
    number INTEGER NOT NULL,
    email TEXT NOT NULL,
    PRIMARY KEY (server, number)
) STRICT;
CREATE TABLE problems (
    step TEXT NOT NULL,
    scope TEXT NOT NULL,                 -- what the step looked at: a path, a round, a dataset
    position INTEGER NOT NULL,
    problem TEXT NOT NULL,               -- JSON
    PRIMARY KEY (step, scope, position)
) STRICT;
-- What each step of a recipe last finished on: equal fingerprints are skipped.
CREATE TABLE recipe_steps (
    recipe TEXT NOT NULL,
    step TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    result TEXT NOT NULL,                -- JSON
    PRIMARY KEY (recipe, step)
) STRICT;
"""


class Ledger:
    """One SQLite file. Reads are plain queries; writes go through ``transaction``."""

    def __init__(self, path: Path) -> None:
        """Open the ledger, or make it.

        Raises:
            ToolkitError: ``LEDGER-VERSION`` for one written by a newer toolkit, ``LEDGER-BROKEN`` for a damaged one.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise ToolkitError(
                said(f"The ledger '{path}' cannot be read: {error}.", f"无法读取台账 '{path}'：{error}。"),
                hint=said("Restore it from a backup.", "请从备份中恢复。"),
                code="LEDGER-BROKEN",
            ) from error

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA busy_timeout = 10000")
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        elif version != VERSION:
            raise ToolkitError(
                said(
                    f"The ledger '{self.path}' has version {version}; this toolkit knows version {VERSION}.",
                    f"台账 '{self.path}' 的版本为 {version}；本工具只认识版本 {VERSION}。",
                ),
                hint=said("Use the toolkit that wrote it.", "请使用写入它的那个版本的工具。"),
                code="LEDGER-VERSION",
            )

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit all of the block's writes, or none of them."""
        failpoint("before-transaction")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                failpoint("before-commit")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "full" not in str(error):
                raise
            raise full_disk(OSError(28, str(error)), self.path) from error
        except OSError as error:
            raise full_disk(error, self.path) from error
        failpoint("committed")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
