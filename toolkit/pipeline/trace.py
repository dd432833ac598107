"""Lineage both ways: from any identity back to file, page, span and people, and on to datasets and runs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from toolkit.documents import document
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Result
from toolkit.passages import imported_passages
from toolkit.rounds.issued import version_at
from toolkit.rounds.plan import load_plan
from toolkit.workspace import Workspace, read_jsonl, read_parquet

_SHOWN = 60


class Link(Noun):
    """One noun on the way, with what a reader needs to find it by hand."""

    noun: str
    id: str
    facts: dict[str, Any]
    parents: tuple[str, ...] = ()


class TraceResult(Result):
    """The noun itself, what it was made from (nearest first), and what was made from it."""

    id: str
    itself: Link
    back: tuple[Link, ...]
    forward: tuple[Link, ...]


def trace(workspace: Workspace, identity: str) -> TraceResult:
    """Walk the lineage of one identity.

    Args:
        workspace: where to look.
        identity: of a document, passage, task, annotation, record or example, or the name of a dataset or run.

    Raises:
        ToolkitError: ``ID-UNKNOWN`` when nothing on disk has it.
    """
    links = {link.id: link for link in _links(workspace)}
    if identity not in links:
        raise ToolkitError(
            said(f"Nothing here has the ID '{identity}'.", f"此处没有 ID 为 '{identity}' 的内容。"),
            hint=said(
                "IDs begin with doc_, pas_, tsk_, ann_, rec_ or exa_; datasets and runs go by name.",
                "ID 以 doc_、pas_、tsk_、ann_、rec_ 或 exa_ 开头；数据集与训练以名称查找。",
            ),
            code="ID-UNKNOWN",
        )
    children: dict[str, list[str]] = {}
    for link in links.values():
        for parent in link.parents:
            children.setdefault(parent, []).append(link.id)
    back = _walk(links, identity, {link.id: link.parents for link in links.values()})
    return TraceResult(
        id=identity,
        itself=_placed(workspace, links[identity]),
        back=tuple(_placed(workspace, link) for link in back),
        forward=tuple(_walk(links, identity, children)),
        changed=False,
    )


def _placed(workspace: Workspace, link: Link) -> Link:
    """Lead a passage of a derived view back to where it stands in the text as extracted."""
    if link.noun != "passage" or link.facts["view"] == "source":
        return link
    found = document(workspace, link.parents[0], link.facts["view"])
    start, end = found.source_span(*map(int, link.facts["span"].split(":")))
    return link.model_copy(update={"facts": {**link.facts, "source_span": f"{start}:{end}"}})


def _walk(links: Mapping[str, Link], start: str, neighbours: Mapping[str, Iterable[str]]) -> Iterator[Link]:
    seen, queue = {start}, [start]
    while queue:
        for following in neighbours.get(queue.pop(0), ()):
            if following in links and following not in seen:
                seen.add(following)
                queue.append(following)
                yield links[following]


def _links(workspace: Workspace) -> Iterator[Link]:
    yield from _documents(workspace)
    for file in sorted(workspace.passages.glob("*.parquet")):
        for row in read_parquet(file):
            span = f"{row['start']}:{row['end']}"
            facts = {"view": row["view"], "span": span, "pages": row["pages"], "text": _short(row["text"])}
            yield Link(noun="passage", id=row["id"], facts=facts, parents=(row["document"],))
    for passage in imported_passages(workspace):
        facts = {"view": passage.view, "export": passage.meta["title"], "text": _short(passage.text)}
        yield Link(noun="passage", id=passage.id, facts=facts)
    for folder in _folders(workspace, "rounds"):
        yield from _round(workspace, folder)
    for file in sorted((workspace.data / "records").rglob("*.jsonl")):
        for row in read_jsonl(file):
            kept = ("schema_name", "schema_version", "round", "annotators", "adjudicator", "resolution", "confidence")
            facts = {name: row[name] for name in kept if row.get(name)}
            yield Link(noun="record", id=row["id"], facts=facts, parents=(*row["annotations"], row["passage"]))
    for folder in _folders(workspace, "datasets"):
        yield from _dataset(workspace, folder)
    for folder in _folders(workspace, "runs"):
        report = workspace.run(folder) / "report.json"
        if report.is_file():
            found = json.loads(report.read_text(encoding="utf-8"))
            facts = {name: found[name] for name in ("verdict", "model", "method") if name in found}
            yield Link(noun="run", id=folder, facts=facts, parents=(found["dataset"],))


def _documents(workspace: Workspace) -> Iterator[Link]:
    for file in sorted(workspace.documents.glob("*.parquet")):
        for row in read_parquet(file, columns=["id", "source_sha256", "path", "locator", "meta"]):
            meta = json.loads(row["meta"])
            facts = {"file": "#".join(filter(None, (row["path"], row["locator"]))), "sha256": row["source_sha256"]}
            facts |= {
                name: meta[name] for name in ("title", "licence", "source", "format", "encoding") if meta.get(name)
            }
            yield Link(noun="document", id=row["id"], facts=facts)


def _round(workspace: Workspace, name: str) -> Iterator[Link]:
    plan = load_plan(workspace, name) if workspace.has_round(name) else None
    for row in read_jsonl(workspace.round(name) / "tasks.jsonl"):
        facts = {"round": name, "annotator": row["annotator"], "role": row["role"]}
        yield Link(noun="task", id=row["id"], facts=facts, parents=(row["passage"],))
    for row in read_jsonl(workspace.round(name) / "annotations.jsonl"):
        facts = {"annotator": row["annotator"], "by": row["by"], "at": row["updated_at"]}
        facts |= {"guideline": version_at(plan, row["updated_at"])} if plan and plan.guidelines else {}
        facts |= {"reason": row["reason"]} if row.get("reason") else {}
        yield Link(noun="annotation", id=row["id"], facts=facts, parents=(row["task"],))


def _dataset(workspace: Workspace, name: str) -> Iterator[Link]:
    folder = workspace.dataset(name)
    examples: list[str] = []
    for split in ("train", "validation", "test"):
        for number, row in enumerate(read_jsonl(folder / f"{split}.jsonl"), 1):
            meta = row["meta"]
            facts = {"dataset": name, "row": f"{split}.jsonl:{number}", "file": meta["path"], "pages": meta["pages"]}
            facts |= {"span": meta["span"], "template": meta["template"], "spans": meta["spans"]}
            examples.append(row["id"])
            yield Link(noun="example", id=row["id"], facts=facts, parents=(meta["record"],))
    yield Link(noun="dataset", id=name, facts={"folder": f"data/datasets/{name}"}, parents=tuple(examples))


def _folders(workspace: Workspace, kind: str) -> list[str]:
    folder = workspace.data / kind
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
