"""A round as ``push`` and ``pull`` leave it on disk, made without a server: two documents of three clauses."""

from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.annotations import Annotation
from toolkit.catalog import find_schema
from toolkit.documents import ingest
from toolkit.noun import content_id
from toolkit.passages import Passage, load_passages, segment
from toolkit.rounds.asking import keep_schema
from toolkit.rounds.plan import Plan, deal, load_tasks
from toolkit.tasks import Task, task_for
from toolkit.workspace import Workspace, write_json, write_jsonl

SCHEMA = '''\
"""A small schema with one field of most kinds."""

from typing import Literal

from pydantic import model_validator

from toolkit.schema import Bilingual, Schema, Span, asked


class Sample(Schema):
    """A sample."""

    title = Bilingual("Sample", "样例")
    instruction = Bilingual("Label it.", "请标注。")

    kind: Literal["a", "b", "c"] = asked("Kind", "类型", labels={"a": ("A", "甲"), "b": ("B", "乙"), "c": ("C", "丙")})
    marks: list[Span] = asked("Marks", "标记", labels={"date": ("Date", "日期"), "party": ("Party", "当事人")})
    stars: int | None = asked("Stars", "星级", ge=1, le=5)
    note: str | None = asked("Note", "备注")

    @model_validator(mode="after")
    def _c_with_five_stars_is_marked(self) -> "Sample":
        if self.kind == "c" and self.stars == 5 and not self.marks:
            raise ValueError("a C with five stars has a mark")
        return self
'''

TEXTS = {
    "one.txt": "1. The Buyer pays on 1 May 2024.\n\n2. The Seller delivers in May.\n\n3. The Buyer may return them.\n",
    "two.txt": "第一条 甲方应于六月一日付款。\n\n第二条 乙方应当交付货物。\n\n第三条 任何一方均可解除合同。\n",
}
ROUND = "first"


def passages_of(workspace: Workspace) -> list[Passage]:
    """Ingest the two texts, cut them into clauses, and return the six passages."""
    (workspace.root / "schemas").mkdir(exist_ok=True)
    (workspace.root / "schemas" / "sample.py").write_text(SCHEMA, encoding="utf-8")
    for name, text in TEXTS.items():
        (workspace.root / "raw" / name).write_text(text, encoding="utf-8")
    ingest(workspace, paths=[workspace.root / "raw"])
    segment(workspace, by="clause")
    return list(load_passages(workspace))


def open_round(
    workspace: Workspace, annotators: Sequence[str] = ("ann", "ben"), overlap: int = 2, name: str = ROUND
) -> list[Passage]:
    """Plan a round over all passages and write what ``push`` writes."""
    passages = passages_of(workspace)
    found = find_schema("sample", workspace)
    plan = Plan(
        name=name,
        schema_name=found.name,
        schema_version=found.version,
        views=("source",),
        annotators=tuple(annotators),
        overlap=overlap,
        size=None,
    )
    keep_schema(workspace, name, found)
    write_json(workspace.round(name) / "round.json", plan.model_dump(mode="json"))
    write_jsonl(workspace.round(name) / "tasks.jsonl", (task.model_dump(mode="json") for task in deal(passages, plan)))
    return passages


def answer(
    kind: str = "a", *, text: str = "", marks: Sequence[tuple[str, int, int]] = (), **other: Any
) -> dict[str, Any]:
    """An answer to the sample schema; the marks' text comes from the passage's."""
    spans = [{"start": start, "end": end, "text": text[start:end], "label": label} for label, start, end in marks]
    return {"kind": kind, "marks": spans, "stars": None, "note": None} | other


def pulled(task: Task, value: Mapping[str, Any] | None, *, at: str = "2026-01-01T10:00:00Z") -> Annotation:
    """What ``pull`` makes of one submission; None is a skip."""
    return Annotation(
        id=content_id("ann", task.id, dict(value) if value is not None else None, at),
        task=task.id,
        passage=task.passage,
        schema_name=task.schema_name,
        schema_version=task.schema_version,
        round=task.round,
        annotator=task.annotator,
        role=task.role,
        by=f"{task.annotator}@example.org",
        answer=dict(value) if value is not None else {},
        skipped=value is None,
        updated_at=at,
        seconds=30.0,
        server_annotation=1,
    )


def answer_round(
    workspace: Workspace,
    answers: Mapping[tuple[str, str], Mapping[str, Any] | None],
    decisions: Mapping[str, Mapping[str, Any] | None] | None = None,
    name: str = ROUND,
) -> None:
    """Write annotations: (passage, annotator) to an answer, and passage to the adjudicator's."""
    tasks = {(task.passage, task.annotator): task for task in load_tasks(workspace, name) if task.role == "annotator"}
    given = [pulled(tasks[key], value) for key, value in answers.items()]
    passages = {passage.id: passage for passage in load_passages(workspace)}
    some = next(iter(tasks.values()))
    for passage, value in (decisions or {}).items():
        task = task_for(
            passages[passage],
            schema_name=some.schema_name,
            schema_version=some.schema_version,
            round_name=name,
            annotator="lea",
            role="adjudicator",
        )
        given.append(pulled(task, value, at="2026-01-02T10:00:00Z"))
    write_jsonl(
        workspace.round(name) / "annotations.jsonl",
        (one.model_dump(mode="json") for one in sorted(given, key=lambda one: one.id)),
    )
