"""A training run's scores of its rows, ``data/runs/<run>/scores.jsonl``, led back to the passages that the rows are of.

``toolkit train`` writes them; a file of another origin with the same columns will do.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.sampling.lines import models_in
from toolkit.workspace import Workspace, read_jsonl

FILE: Final = "scores.jsonl"


class Score(BaseModel):
    """One row's scores; the parts that they were made from are not read.

    Attributes:
        row: its place in the input, from 0.
        id: the dataset row's identity.
        suspicion: higher is worse.
        uncertainty: how unsure the model is of the answer, whatever the label says; higher is less sure.
        passage: what the row is about; where absent, the dataset's row with this identity knows.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    row: int
    id: str
    suspicion: float
    uncertainty: float | None = Field(default=None, ge=0)
    passage: str | None = None


def last_scores(workspace: Workspace, run: str | None) -> Path:
    """Return the scores of a run, or of the one that wrote its scores last.

    Raises:
        ToolkitError: ``SCORES-NONE`` when there are none.
    """
    files = sorted((workspace.data / "runs").glob(f"*/{FILE}"), key=lambda file: (file.stat().st_mtime_ns, file))
    if run is not None:
        files = [file for file in files if file.parent.name == run]
    if files:
        return files[-1]
    raise ToolkitError(
        said(
            f"The run '{run}' has no scores." if run else "No training run has scored its rows yet.",
            f"训练 '{run}' 没有评分。" if run else "还没有训练给出评分。",
        ),
        hint=said(
            "First: toolkit train DATASET, which writes data/runs/<run>/scores.jsonl. Without it: --strategy diverse.",
            "请先运行：toolkit train DATASET（写出 data/runs/<run>/scores.jsonl）；没有训练时可用 --strategy diverse。",
        ),
        code="SCORES-NONE",
    )


def read_scores(file: Path) -> list[Score]:
    """Return the rows of a file of scores.

    Raises:
        ToolkitError: ``SCORES-NONE`` when the file is not there or empty, ``SCORES-BROKEN`` with the line.
    """
    if not file.is_file():
        raise _empty(file)
    found = list(models_in(file, Score, lambda number, why: _broken(file, number, why)))
    if not found:
        raise _empty(file)
    return found


def by_passage(workspace: Workspace, scores: list[Score], schema: str, file: Path) -> Mapping[str, list[Score]]:
    """Return passage to the scores of its rows, for rows made under a schema.

    Raises:
        ToolkitError: ``SCORES-SCHEMA`` when no row is.
    """
    rows = dict(_dataset_rows(workspace))
    found: dict[str, list[Score]] = {}
    schemas = set()
    for score in scores:
        meta = rows.get(score.id, {})
        schemas.add(str(meta.get("schema") or schema))
        passage = score.passage or meta.get("passage")
        if passage and meta.get("schema", schema) == schema:
            found.setdefault(passage, []).append(score)
    if not found:
        raise strange_scores(file, schema, schemas - {schema})
    return found


def _dataset_rows(workspace: Workspace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the identity and the ``meta`` of the rows of all datasets; an identity is made from content."""
    for path in sorted((workspace.data / "datasets").glob("*/*.jsonl")):
        for row in read_jsonl(path):
            if isinstance(row.get("meta"), dict) and "id" in row:
                yield str(row["id"]), row["meta"]


def strange_scores(file: Path, schema: str, others: set[str]) -> ToolkitError:
    """Return the error for scores that say nothing about a schema's passages."""
    of = ", ".join(f"'{name}'" for name in sorted(others)) or said(
        "rows that no dataset here holds", "此处无对应数据集的行"
    )
    return ToolkitError(
        said(
            f"The scores in '{file}' are about {of}, not about passages labelled under '{schema}'.",
            f"'{file}' 中的评分针对 {of}，而不是 '{schema}' 下已标注的段落。",
        ),
        hint=said(
            "Name the run of this schema's dataset with --run, or train on it: toolkit train DATASET.",
            "请用 --run 指定该模式数据集的训练，或先训练：toolkit train DATASET。",
        ),
        code="SCORES-SCHEMA",
    )


def no_uncertainty(file: Path) -> ToolkitError:
    """Return the error for scores that tell suspicion alone."""
    return ToolkitError(
        said(f"The scores in '{file}' do not tell how unsure the model is.", f"'{file}' 中的评分没有不确定度。"),
        hint=said(
            "Each row needs 'uncertainty', as toolkit train writes it. To ask suspicious ones: push --scores FILE.",
            "每行需含 toolkit train 所写的 'uncertainty'。要重问可疑的标注：push --scores FILE。",
        ),
        code="SCORES-UNCERTAINTY",
    )


def _broken(file: Path, number: int, why: str) -> ToolkitError:
    return ToolkitError(
        said(
            f"Line {number} of '{file}' is no row of scores: {why}.",
            f"'{file}' 第 {number} 行不是评分：{why}。",
        ),
        hint=said(
            "Each line is a JSON object with row, id and suspicion, and where known uncertainty and passage.",
            "每行应为一个 JSON 对象，含 row、id、suspicion，以及可选的 uncertainty、passage。",
        ),
        code="SCORES-BROKEN",
    )


def _empty(file: Path) -> ToolkitError:
    return ToolkitError(
        said(f"There are no scores in '{file}'.", f"'{file}' 中没有评分。"),
        hint=said("toolkit train DATASET writes them.", "toolkit train DATASET 会写出评分。"),
        code="SCORES-NONE",
    )
