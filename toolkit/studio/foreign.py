"""A round out of an export that was never pushed from here: its tasks' texts become passages, its people annotators.

A text that the workspace has as a passage is that passage; of any other, a passage is made that leads back to the
export and no further, and lies beside the round.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem, content_id
from toolkit.passages import IMPORTED, Passage, imported_passages, load_passages
from toolkit.rounds.asking import keep_schema
from toolkit.rounds.plan import Plan, load_plan, load_tasks, write_tasks
from toolkit.studio.export_file import Exported
from toolkit.studio.reading import STEP, name_of
from toolkit.studio.versions import Version, raw_of
from toolkit.tasks import Task, task_for
from toolkit.text import language_of
from toolkit.workspace import Workspace, write_json, write_jsonl

_LONGEST: Final = 40
_TEXT: Final = "text"
_MARK: Final = "imported"


class Foreign(NamedTuple):
    """A foreign export as the toolkit's nouns."""

    tasks: dict[str, Task]
    passages: dict[str, Passage]
    versions: list[Version]
    problems: list[Problem]
    unread: int


def round_name_of(path: Path) -> str:
    """Return a round's name from a file's.

    >>> round_name_of(Path("project-9-at-2022-11-10 (1).json"))
    'project-9-at-2022-11-10-1'
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip(".-_")[:_LONGEST].rstrip(".-_")
    return plain or "export"


def taken_in(
    workspace: Workspace, exported: Sequence[Exported], found: FoundSchema, round_name: str, path: Path
) -> Foreign:
    """Return the tasks, passages and versions of a foreign export."""
    known = {passage.text: passage for passage in load_passages(workspace)}
    made = Foreign({}, {}, [], [], 0)
    unread = 0
    for one in exported:
        text = _text_of(one)
        if text is None:
            unread += one.results
            made.problems.extend([_without_text(one)] if one.annotations else [])
            continue
        passage = known.get(text) or _passage(one, text, path)
        for annotation in one.annotations:
            task = task_for(
                passage,
                schema_name=found.reference,
                schema_version=found.version,
                round_name=round_name,
                annotator=name_of(annotation.get("completed_by"), {}),
            )
            made.tasks[task.id] = task
            made.passages[passage.id] = passage
            made.versions.append(Version(task.id, raw_of(annotation)))
    return made._replace(unread=unread)


def keep_round(workspace: Workspace, found: FoundSchema, made: Foreign, round_name: str) -> bool:
    """Write a foreign round's files beside what earlier exports have brought; return whether anything changed.

    Raises:
        ToolkitError: ``ROUND-DIFFERS`` when a round of this name was pushed, or asks another schema.
    """
    folder = workspace.round(round_name)
    _check_free(workspace, found, round_name)
    tasks = {task.id: task for task in load_tasks(workspace, round_name)} | made.tasks
    own = {one.id: one for one in imported_passages(workspace, round_name)}
    own |= {one.id: one for one in made.passages.values() if one.meta.get(_MARK)}
    views = {one.view for one in made.passages.values()} | _views(workspace, round_name)
    changed = write_jsonl(folder / IMPORTED, (own[key].model_dump(mode="json") for key in sorted(own)))
    ordered = sorted(tasks.values(), key=lambda task: (task.annotator, task.passage))
    changed |= write_tasks(workspace, round_name, ordered)
    keep_schema(workspace, round_name, found)
    plan = Plan(
        name=round_name,
        schema_name=found.reference,
        schema_version=found.version,
        views=tuple(sorted(views)) or ("source",),
        annotators=tuple(sorted({task.annotator for task in ordered})),
        overlap=max((len(people) for people in _people_of(ordered).values()), default=1),
        size=None,
    )
    # Written last: a round without it was never opened.
    return write_json(folder / "round.json", plan.model_dump(mode="json")) or changed


def is_foreign(workspace: Workspace, round_name: str) -> bool:
    """Tell whether a round was made from an export."""
    return (workspace.round(round_name) / IMPORTED).is_file()


def _check_free(workspace: Workspace, found: FoundSchema, round_name: str) -> None:
    if not workspace.has_round(round_name):
        return
    plan = load_plan(workspace, round_name)
    if is_foreign(workspace, round_name) and plan.schema_version == found.version:
        return
    raise ToolkitError(
        said(
            f"There is a round '{round_name}' already, pushed from here or of another schema.",
            f"轮次 '{round_name}' 已存在：由本工作区推送，或使用另一模式。",
        ),
        hint=said("Give the export a round of its own: --round NAME", "请为该导出另取轮次名称：--round NAME"),
        code="ROUND-DIFFERS",
    )


def _views(workspace: Workspace, round_name: str) -> set[Any]:
    return set(load_plan(workspace, round_name).views) if workspace.has_round(round_name) else set()


def _people_of(tasks: Sequence[Task]) -> Mapping[str, set[str]]:
    people: dict[str, set[str]] = {}
    for task in tasks:
        people.setdefault(task.passage, set()).add(task.annotator)
    return people


def _text_of(one: Exported) -> str | None:
    """Return what was labelled: ``text``, or what the results name, where that is a text and no address of one."""
    named = sorted({str(result.get("to_name")) for result in _results(one)})
    texts = [one.data.get(key) for key in (_TEXT, *named)]
    return next((text for text in texts if isinstance(text, str) and text and not _is_address(text)), None)


def _is_address(text: str) -> bool:
    return bool(re.match(r"(?:[a-z][a-z0-9+.-]*:/|/|<HOSTNAME>)\S*$", text))


def _results(one: Exported) -> Iterator[Mapping[str, Any]]:
    for annotation in one.annotations:
        for result in annotation.get("result") or []:
            yield result if isinstance(result, Mapping) else {}


def _passage(one: Exported, text: str, path: Path) -> Passage:
    document = content_id("doc", "label-studio-export", one.number, text)
    return Passage(
        id=content_id("pas", document, "source", 0, len(text)),
        document=document,
        start=0,
        end=len(text),
        text=text,
        language=language_of(text),
        group=document,
        meta={"path": path.name, "title": f"{path.stem}, task {one.number}", _MARK: True},
    )


def _without_text(one: Exported) -> Problem:
    about = ", ".join(sorted({str(result.get("to_name"))[:40] for result in _results(one)})) or "nothing"
    return Problem(
        code="EXPORT-TEXT",
        step=STEP,
        where=one.where,
        found=f"{one.results} results about {about}",
        expected=f"the labelled text under '{_TEXT}' in the task's data",
        hint="Answers about pictures, sound, tables and dialogues of another Label Studio cannot be read.",
    )
