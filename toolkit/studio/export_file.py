"""An export of any Label Studio: JSON (old and new shapes) and, where the schema says what is what, JSON_MIN.

Drafts and predictions are no answers. Nothing in the file is trusted; what cannot be used becomes a problem.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from toolkit.annotations.controls import attribute_field
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Problem, count_by, digest
from toolkit.schema import Field, Schema, fields_of
from toolkit.studio.reading import STEP

_ANSWERS: Final = ("annotations", "completions")
"""Keys of a task's answers; the second one was used up to Label Studio 0.9."""
_OF_MIN: Final = frozenset(
    {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement", "history"}
)
_HINT: Final = "Export again from Label Studio as JSON."


class Exported(NamedTuple):
    """A task in an export.

    Attributes:
        where: the file and the server's number of the task.
        number: that number, as text.
        data: what was shown.
        annotations: its answers, each with a number, as the server gave them.
    """

    where: str
    number: str
    data: dict[str, Any]
    annotations: Sequence[dict[str, Any]]

    @property
    def key(self) -> str | None:
        """The toolkit's task, where the toolkit has pushed it."""
        key = self.data.get("task_id")
        return key if isinstance(key, str) else None

    @property
    def results(self) -> int:
        """How many results its answers hold."""
        return sum(len(_results(one)) for one in self.annotations)


class Export(NamedTuple):
    """What an export holds, and what of it is no answer that could be read."""

    kind: Literal["JSON", "JSON_MIN"]
    tasks: list[Exported]
    problems: list[Problem]


def read_export(path: Path) -> Export:
    """Return the tasks of an export with their submitted answers; of JSON_MIN, with none until ``with_answers``.

    Raises:
        ToolkitError: ``EXPORT-MISSING``, ``EXPORT-BROKEN`` for what is no JSON, ``EXPORT-SHAPE`` for what is no export.
    """
    items = _items(path)
    kind: Literal["JSON", "JSON_MIN"] = "JSON_MIN" if items and all(map(_is_min, items)) else "JSON"
    found = Export(kind, [], [])
    for place, item in enumerate(items, start=1):
        number = str(item.get("id", place) if isinstance(item, dict) else place)[:40]
        where = f"{path.name}, task {number}"
        if kind == "JSON_MIN":
            found.tasks.append(Exported(where, number, item, ()))
        elif isinstance(item, dict) and isinstance(item.get("data", {}), dict):
            annotations = list(_annotations(item, where, found.problems))
            found.tasks.append(Exported(where, number, item.get("data", {}), annotations))
        else:
            found.problems.append(_problem("EXPORT-TASK", where, "an item that is no task", "an object with data"))
    return found


def with_answers(export: Export, model: type[Schema]) -> Export:
    """Return an export with the answers of JSON_MIN read out of its rows; one in JSON has them already.

    JSON_MIN leaves out skips, relations and the identities of regions.
    """
    if export.kind == "JSON":
        return export
    controls = _controls(model)
    return export._replace(tasks=[_of_min(task, controls) for task in export.tasks])


def controls_in(export: Export) -> str:
    """Return, in words, the controls that an export's answers come from, with their labels: a draft of a schema."""
    if export.kind == "JSON_MIN":
        return ", ".join(sorted({key for task in export.tasks for key in task.data} - _OF_MIN)[:20])
    found: dict[str, list[dict[str, Any]]] = {}
    for task in export.tasks:
        for annotation in task.annotations:
            for result in _results(annotation):
                named = result if isinstance(result, dict) else {}
                found.setdefault(str(named.get("from_name")), []).append(named)
    return "; ".join(_in_words(name, results) for name, results in sorted(found.items())[:20])


def _in_words(name: str, results: Sequence[dict[str, Any]]) -> str:
    types = ", ".join(count_by(str(one.get("type")) for one in results))
    values = [one["value"] for one in results if isinstance(one.get("value"), dict)]
    named = [label for value in values for key in value if isinstance(value[key], list) for label in value[key]]
    labels = list(count_by(label for label in named if isinstance(label, str)))
    told = f": {', '.join(labels[:5])}{', …' if len(labels) > 5 else ''}" if labels and types != "textarea" else ""  # noqa: PLR2004
    return f"{name} ({types}{told}; {len(results)} results)"


def _items(path: Path) -> list[Any]:
    if not path.is_file():
        raise ToolkitError(
            said(f"There is no file '{path}'.", f"没有文件 '{path}'。"),
            hint=said("Name a JSON export of Label Studio.", "请指定 Label Studio 的 JSON 导出文件。"),
            code="EXPORT-MISSING",
        )
    try:
        found = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ToolkitError(
            said(f"'{path.name}' is no JSON.", f"'{path.name}' 不是 JSON。"),
            hint=said(_HINT, "请从 Label Studio 重新导出为 JSON。"),
            code="EXPORT-BROKEN",
        ) from None
    items = found if isinstance(found, list) else [found]
    if not any(map(_is_task, items)) and not any(map(_is_min, items)) and items:
        raise ToolkitError(
            said(f"'{path.name}' is no export of Label Studio.", f"'{path.name}' 不是 Label Studio 的导出文件。"),
            hint=said(
                "An export is a list of tasks with 'data' and 'annotations'. " + _HINT,
                "导出文件是包含 'data' 和 'annotations' 的任务列表。请从 Label Studio 重新导出为 JSON。",
            ),
            code="EXPORT-SHAPE",
        )
    return items


def _is_task(item: Any) -> bool:
    """Tell a task: COCO files have ``annotations`` too, but neither ``data`` nor a number of their own."""
    if not isinstance(item, dict):
        return False
    return isinstance(item.get("data"), dict) or ("id" in item and any(key in item for key in _ANSWERS))


def _is_min(item: Any) -> bool:
    return isinstance(item, dict) and not _is_task(item) and "annotation_id" in item


def _annotations(item: Mapping[str, Any], where: str, problems: list[Problem]) -> Iterator[dict[str, Any]]:
    """Yield a task's answers, each with a number."""
    found: Any = next((item[key] for key in _ANSWERS if key in item), [])
    for place, annotation in enumerate(found if isinstance(found, list) else [found], start=1):
        if not isinstance(annotation, dict) or not isinstance(annotation.get("result") or [], list):
            what = "an answer that is no object" if not isinstance(annotation, dict) else "results that are no list"
            problems.append(_problem("EXPORT-ANSWER", f"{where}, answer {place}", what, "an answer with its results"))
            continue
        number = annotation.get("id")
        skipped = annotation.get("was_cancelled") or annotation.get("skipped")
        numbered = type(number) is int and number > 0  # 0 is what a terminal gives, never a server
        yield {**annotation, "id": number if numbered else place, "was_cancelled": bool(skipped)}


def _results(annotation: Mapping[str, Any]) -> list[Any]:
    return annotation.get("result") or []


def _controls(model: type[Schema]) -> dict[str, Field]:
    fields = fields_of(model)
    controls = {field.name: field for field in fields}
    return controls | {
        (named := attribute_field(field, one)).name: named for field in fields for one in field.attributes
    }


def _of_min(task: Exported, controls: Mapping[str, Field]) -> Exported:
    """Return a row of JSON_MIN as a task with one answer."""
    row = task.data
    data = {key: value for key, value in row.items() if key not in _OF_MIN and key not in controls}
    if type(row.get("annotation_id")) is not int:
        return task._replace(data=data)
    results = [
        {"id": _region(value), "from_name": name, "to_name": "text", "type": "min", "value": value}
        for name, field in controls.items()
        if name in row
        for value in _values(field, row[name])
    ]
    times = {name: row.get(name) for name in ("created_at", "updated_at", "lead_time")}
    answer = {"id": row["annotation_id"], "completed_by": row.get("annotator"), "result": results, **times}
    return task._replace(data=data, annotations=[answer | {"was_cancelled": False, "lossy": True}])


def _values(field: Field, told: Any) -> list[Any]:
    """Return the ``value`` objects of a control: JSON_MIN unwraps a choice or a text that stands alone."""
    key = "choices" if field.kind in {"choice", "choices", "boolean"} else "text"
    return [{key: [one]} if isinstance(one, str) else one for one in (told if isinstance(told, list) else [told])]


def _region(value: Any) -> str:
    """Return an identity for a region: what is about one place is about one region."""
    place = [value.get("start"), value.get("end")] if isinstance(value, dict) else None
    return digest(place)[:10]


def _problem(code: str, where: str, found: str, expected: str) -> Problem:
    return Problem(code=code, step=STEP, where=where, found=found, expected=expected, hint=_HINT)
