"""The workspace: where one project's files lie, its lock, its ledger, and writes that cannot tear."""

from toolkit.workspace.files import (
    dump_line,
    failpoint,
    numbered_lines,
    read_jsonl,
    read_parquet,
    sweep_leftovers,
    write_bytes,
    write_json,
    write_jsonl,
    write_parquet,
    write_text,
)
from toolkit.workspace.ledger import Ledger
from toolkit.workspace.settings import InitResult, Settings, init
from toolkit.workspace.space import Workspace

__all__ = [
    "InitResult",
    "Ledger",
    "Settings",
    "Workspace",
    "dump_line",
    "failpoint",
    "init",
    "numbered_lines",
    "read_jsonl",
    "read_parquet",
    "sweep_leftovers",
    "write_bytes",
    "write_json",
    "write_jsonl",
    "write_parquet",
    "write_text",
]
