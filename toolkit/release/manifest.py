"""What ``manifest.json`` says: what a dataset was made from and how, the proof of its splits, every file's SHA-256."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit import __version__
from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.examples import TEMPLATE, Example
from toolkit.language import said
from toolkit.release.card import UNKNOWN
from toolkit.release.dataset import MANIFEST
from toolkit.release.formats import FORMATS, read_rows
from toolkit.release.splits import SPLITS, crossing


def facts_of(
    name: str,
    found: FoundSchema,
    settings: Mapping[str, Any],
    dealt: Mapping[str, Sequence[Example]],
    records: int,
) -> dict[str, Any]:
    """Return everything but the proof and the files' hashes.

    Args:
        name: the dataset's.
        found: the schema.
        settings: ``formats``, ``seed`` and ``shares``.
        dealt: the examples of each split.
        records: how many there were, refused ones included.
    """
    examples = [example for part in dealt.values() for example in part]
    return {
        "name": name,
        "toolkit": __version__,
        "schema": {"name": found.name, "version": found.version},
        "template": TEMPLATE,
        **settings,
        "records": records,
        "examples": len(examples),
        "documents": len({example.document for example in examples}),
        "splits": {
            part: {"rows": len(rows), "groups": len({example.group for example in rows})}
            for part, rows in dealt.items()
        },
        "annotators": len({name for example in examples for name in example.meta["annotators"]}),
        "rounds": sorted({example.meta["round"] for example in examples}),
        "licences": _licences(examples),
        "unknown_licence": _extent(example for example in examples if not example.meta["licence"]),
    }


def _licences(examples: Sequence[Example]) -> list[dict[str, Any]]:
    kinds = sorted({(example.meta["source"], example.meta["licence"]) for example in examples})
    return [
        {
            "source": source,
            "licence": licence or UNKNOWN,
            **_extent(e for e in examples if (e.meta["source"], e.meta["licence"]) == (source, licence)),
        }
        for source, licence in kinds
    ]


def _extent(examples: Iterable[Example]) -> dict[str, int]:
    documents = [example.document for example in examples]
    return {"documents": len(set(documents)), "rows": len(documents)}


def proof_of(folder: Path, groups: Mapping[str, str], clusters: Mapping[str, str]) -> dict[str, int]:
    """Return what crosses the splits, counted from the written files of all formats: 0 of everything.

    Raises:
        ToolkitError: ``SPLIT-LEAK`` when it is not 0.
    """
    rows = (
        (part, row)
        for part in SPLITS
        for suffix in sorted({shape.suffix for shape in FORMATS.values()})
        for file in sorted(folder.rglob(f"{part}{suffix}"))
        for row in read_rows(file)
    )
    crossed = crossing(rows, groups, clusters)._asdict()
    if any(crossed.values()):
        raise ToolkitError(
            said(
                f"Groups cross the splits: {crossed}. Nothing was written.",
                f"有分组跨越了划分：{crossed}。未写入任何内容。",
            ),
            hint=said("This is a fault of the toolkit: please report it.", "这是工具的缺陷：请报告。"),
            code="SPLIT-LEAK",
        )
    return crossed


def hashes_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Return SHA-256 and size of every file but the manifest, which holds them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {
        path.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in files
    }
