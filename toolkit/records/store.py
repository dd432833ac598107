"""Where records lie: one JSON Lines file a schema, for all of its rounds."""

from collections.abc import Iterator, Sequence

from toolkit.records.record import Record
from toolkit.workspace import Workspace, read_jsonl, write_jsonl


def load_records(workspace: Workspace, schema_name: str) -> Iterator[Record]:
    """Yield the records of a schema, ordered by round, document and place; nothing when there are none."""
    for row in read_jsonl(workspace.records(schema_name)):
        yield Record.model_validate(row)


def put_records(workspace: Workspace, schema_name: str, round_name: str, records: Sequence[Record]) -> bool:
    """Replace the records of one round, leaving other rounds' alone; return whether the file changed."""
    path = workspace.records(schema_name)
    others = [record for record in load_records(workspace, schema_name) if record.round != round_name]
    if not path.exists() and not records:
        return False
    ordered = sorted([*others, *records], key=lambda one: (one.round, one.document, one.start, one.passage))
    return write_jsonl(path, (record.model_dump(mode="json") for record in ordered))
