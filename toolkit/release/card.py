"""The dataset card: ``README.md`` with the front matter that ``datasets`` reads and a page that a person reads."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from toolkit.release.formats import FORMATS, Format, features_of, file_of
from toolkit.release.handover import commands_of
from toolkit.release.labelling import DECIDED

UNKNOWN: Final = "unknown"
_HUB_LICENCES: Final = {
    "apache-2.0",
    "cc-by-2.0",
    "cc-by-3.0",
    "cc-by-4.0",
    "cc-by-nc-4.0",
    "cc-by-nc-sa-4.0",
    "cc-by-sa-3.0",
    "cc-by-sa-4.0",
    "cc0-1.0",
    "mit",
    "odc-by",
    "odbl",
}
"""Identifiers that a card may carry; any other licence is ``other`` there and named in the page."""
_SIZES: Final = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(
    manifest: Mapping[str, Any], agreement: Sequence[tuple[str, str, str, Mapping[str, Any]]], languages: Sequence[str]
) -> str:
    """Return the card of a dataset.

    Args:
        manifest: what ``manifest.json`` will say, without the files' hashes.
        agreement: round, field, measure and its ``{"value", "low", "high"}``, for every figure on file.
        languages: of the rows, as ISO codes.
    """
    import yaml

    # A round trip through JSON makes equal parts separate ones: a card is no place for YAML's anchors.
    front = yaml.safe_dump(json.loads(json.dumps(_front(manifest, languages))), allow_unicode=True, sort_keys=False)
    parts = (
        _head(manifest),
        _counts(manifest),
        _COLUMNS,
        _sources(manifest),
        _labelling(manifest),
        _agreement(agreement),
        _loading(manifest),
    )
    return f"---\n{front}---\n" + "\n".join(part for part in parts if part)


def _front(manifest: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    formats: list[Format] = manifest["formats"]
    # datasets takes the first configuration's kind of file for that of all.
    configured = [name for name in formats if FORMATS[name].suffix == ".jsonl"]
    return {
        "pretty_name": manifest["name"],
        "license": sorted({_identifier(row["licence"]) for row in manifest["licences"]}) or [UNKNOWN],
        "language": list(languages),
        "task_categories": ["text-generation"],
        "size_categories": [_size(manifest["examples"])],
        "tags": ["sft", "instruction-tuning"],
        "configs": [
            {
                "config_name": name,
                "data_files": [{"split": split, "path": file_of(name, split, formats)} for split in manifest["splits"]],
                **({"default": True} if name == formats[0] else {}),
            }
            for name in configured
        ],
        "dataset_info": [{"config_name": name, "features": features_of(name)} for name in configured],
    }


def _identifier(licence: str) -> str:
    if licence == UNKNOWN:
        return UNKNOWN
    slug = re.sub(r"[\s_]+", "-", licence.strip().lower())
    slug = {"cc0": "cc0-1.0", "apache-2": "apache-2.0"}.get(slug, slug)
    return slug if slug in _HUB_LICENCES else "other"


def _size(rows: int) -> str:
    return next((name for bound, name in _SIZES if rows < bound), "n>1M")


def _head(manifest: Mapping[str, Any]) -> str:
    schema = manifest["schema"]
    return (
        f"# {manifest['name']}\n\n"
        f"{manifest['examples']} instruction rows out of {manifest['documents']} documents, made from answers that "
        f"people gave about passages under the schema `{schema['name']}` (version `{schema['version']}`, template "
        f"`{manifest['template']}`). The prompt asks for the schema's fields; the answer is one JSON object.\n"
    )


def _counts(manifest: Mapping[str, Any]) -> str:
    rows = [(split, part["rows"], part["groups"]) for split, part in manifest["splits"].items()]
    return (
        "## Splits\n\n"
        + _table(("split", "rows", "groups"), rows)
        + "\nRows of one document, of one cluster of near-duplicates or of one declared group never cross a split "
        f"(seed {manifest['seed']}). `manifest.json` counts what crosses, 0 of each, and each file's SHA-256.\n"
    )


_COLUMNS: Final = """\
## Columns

`id`, the conversation, and `meta`, which leads back: `path`, `pages` and `span` name the passage in its source (code
points, half-open), `spans` every labelled span in the document's text, `annotators` and `adjudicator` who decided. What
is missing is an empty text or list.
"""


def _sources(manifest: Mapping[str, Any]) -> str:
    rows = [
        (row["source"] or "not named", row["licence"], row["documents"], row["rows"]) for row in manifest["licences"]
    ]
    unknown = manifest["unknown_licence"]
    note = (
        f"\n**{unknown['rows']} rows out of {unknown['documents']} documents have no licence on file.** Find out "
        "before you publish: `toolkit ingest --metadata FILE` takes a column `licence`.\n"
        if unknown["rows"]
        else ""
    )
    return "## Sources and licences\n\n" + _table(("source", "licence", "documents", "rows"), rows) + note


def _labelling(manifest: Mapping[str, Any]) -> str:
    rows = [
        (
            row["round"],
            row["annotators"],
            *(row["decided"][way] for way in DECIDED),
            ", ".join(f"`{version}`" for version in row["guidelines"]) or "not on file",
        )
        for row in manifest["labelling"]
    ]
    if len(rows) > 1:
        totals = (sum(row["decided"][way] for row in manifest["labelling"]) for way in DECIDED)
        rows.append(("all", manifest["annotators"], *totals, ""))
    return "## Labelling\n\n" + _table(("round", "annotators", *DECIDED, "guideline"), rows) + _WAYS


_WAYS: Final = """
Rows by how their answer came about: given by *one annotator* alone; *unanimous* among two or more; by a *majority* in
each field where they differed; *weighted* by how reliable each annotator is, in one field at least; *adjudicated* by
one person, who is not counted as an annotator. *Guideline*: the versions that annotators were shown, the last one last.
"""


def _agreement(figures: Sequence[tuple[str, str, str, Mapping[str, Any]]]) -> str:
    if not figures:
        return ""
    rows = [(*names, _figure(value)) for *names, value in figures]
    return "## Agreement between annotators\n\n" + _table(("round", "field", "measure", "value (95 % interval)"), rows)


def _figure(value: Mapping[str, Any]) -> str:
    if value.get("value") is None:
        return f"undefined ({value['undefined']})" if value.get("undefined") else "undefined"
    interval = f" ({value['low']:.2f} to {value['high']:.2f})" if value.get("low") is not None else ""
    return f"{value['value']:.2f}{interval}"


def _loading(manifest: Mapping[str, Any]) -> str:
    name, formats = manifest["name"], manifest["formats"]
    others = "".join(
        f'\nrows = load_dataset("{name}", "{other}")'
        if FORMATS[other].suffix == ".jsonl"
        else f'\nrows = load_dataset("{name}/{other}")'
        for other in formats[1:]
    )
    ready = "".join(f"\n```bash\n{command}\n```\n" for command in commands_of(name, formats).values())
    return (
        "## Loading\n\n```python\nfrom datasets import load_dataset\n\n"
        f'rows = load_dataset("{name}")  # the folder that holds this page{others}\n```\n{ready}'
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
