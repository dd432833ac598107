"""Documents: one text out of a source each, with its blocks, its place and what the team knows about it."""

from toolkit.documents.document import Block, BlockKind, Box, Document, View
from toolkit.documents.ingest import IngestResult, ingest
from toolkit.documents.metadata import READERS_OWN
from toolkit.documents.near_duplicates import clusters
from toolkit.documents.store import document, load_documents, load_shard, shards

__all__ = [
    "READERS_OWN",
    "Block",
    "BlockKind",
    "Box",
    "Document",
    "IngestResult",
    "View",
    "clusters",
    "document",
    "ingest",
    "load_documents",
    "load_shard",
    "shards",
]
