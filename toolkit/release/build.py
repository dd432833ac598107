"""Records to a dataset folder that appears whole: split files, card and manifest."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.catalog import FoundSchema, find_schema
from toolkit.documents import clusters
from toolkit.errors import ToolkitError
from toolkit.examples import Example
from toolkit.language import said
from toolkit.noun import Account, Problem, Progress, Result, count_by, silent
from toolkit.passages import Passage, load_passages
from toolkit.records import load_records
from toolkit.release.card import card
from toolkit.release.dataset import MANIFEST, NAME, aside_of, beside_of, settle
from toolkit.release.formats import FORMATS, Format, file_of, in_order, write_rows
from toolkit.release.handover import commands_of, side_files
from toolkit.release.labelling import labelling_of
from toolkit.release.manifest import facts_of, hashes_of, proof_of
from toolkit.release.selection import STEP, select
from toolkit.release.splits import SPLITS, components, deal
from toolkit.workspace import Workspace, failpoint, write_json, write_text

_ROUNDING = 1e-6


class ConvertResult(Result):
    """What was built.

    Attributes:
        dataset: its name.
        examples: rows, over all splits.
        splits: rows in each split that has any.
        formats: the first lies at the folder's top, every further one in a subfolder.
        commands: what to run in the workspace, for each format whose trainer asks for more than a file.
    """

    dataset: str
    examples: int
    splits: dict[str, int]
    formats: tuple[Format, ...]
    commands: dict[str, str]


class Corpus(NamedTuple):
    """What the splits rest on, over all passages of the workspace: a document without records can tie two others."""

    passages: Mapping[str, Passage]
    groups: Mapping[str, str]
    clusters: Mapping[str, str]


def convert(
    workspace: Workspace,
    *,
    name: str,
    schema: str | None = None,
    to: Sequence[Format] = ("messages",),
    split: tuple[float, float, float] = (0.8, 0.1, 0.1),
    seed: int = 0,
    progress: Progress = silent,
) -> ConvertResult:
    """Build the dataset ``data/datasets/<name>`` from the records of a schema; one that is there is replaced whole.

    Args:
        workspace: where the records are.
        name: the dataset's name.
        schema: whose records; by default the workspace's schema.
        to: formats; ``load_dataset(folder)`` gives the first that the toolkit itself trains on, ``messages`` when
            there is none among them.
        split: shares of train, validation and test.
        seed: orders the groups before they are dealt to the splits.
        progress: called for each record.

    Raises:
        ToolkitError: ``DATASET-NAME``, ``FORMAT-NONE``, ``SPLIT-BAD``, ``SCHEMA-NONE`` for options that make no sense,
            ``RECORDS-NONE`` without a single usable record (nothing is written), ``SPLIT-LEAK`` when a document, group
            or near-duplicate is found in two written splits (the dataset stays as it was).
    """
    _check_options(name, to, split)
    formats = in_order(to)
    found = _schema(workspace, schema)
    with workspace.lock():
        settle(workspace.dataset(name))
        corpus = _corpus(workspace)
        records = list(load_records(workspace, found.name))
        examples, problems = select(records, corpus.passages, found, progress)
        if not examples:
            workspace.put_problems(STEP, name, problems)
            raise _no_records(found, len(problems))
        dealt, few = _dealt(name, examples, corpus, split, seed)
        changed = workspace.put_problems(STEP, name, [*problems, *few])
        settings = {"formats": list(formats), "seed": seed, "shares": list(split)}
        facts = facts_of(name, found, settings, dealt, len(records))
        facts["labelling"] = labelling_of(workspace, (example for part in dealt.values() for example in part))
        changed = _publish(workspace, dealt, facts, corpus) or changed
    return ConvertResult(
        dataset=name,
        examples=len(examples),
        splits={split_name: len(rows) for split_name, rows in dealt.items()},
        formats=formats,
        commands=commands_of(name, formats),
        problems=len(problems) + len(few),
        changed=changed,
        account=Account(
            noun="records", items=len(records), into={"examples": len(examples), "problems": len(problems)}
        ),
    )


def _check_options(name: str, formats: Sequence[Format], split: Sequence[float]) -> None:
    if not re.fullmatch(NAME, name):
        raise ToolkitError(
            said(f"'{name}' cannot name a dataset.", f"'{name}' 不能作为数据集名称。"),
            hint=said(
                "Use letters, digits, '-', '_' and '.', at most 60.",
                "请使用字母、数字、'-'、'_'、'.'，最多 60 个字符。",
            ),
            code="DATASET-NAME",
        )
    if not formats or not set(formats) <= FORMATS.keys():
        known = ", ".join(FORMATS)
        raise ToolkitError(
            said(f"Unknown format among '{', '.join(formats)}'.", f"'{', '.join(formats)}' 中有未知格式。"),
            hint=said(f"Known: {known}.", f"可用：{known}。"),
            code="FORMAT-NONE",
        )
    if (
        not all(math.isfinite(share) and share >= 0 for share in split)
        or not split[0]
        or abs(sum(split) - 1) > _ROUNDING
    ):
        raise ToolkitError(
            said(f"The shares {list(split)} are no split.", f"比例 {list(split)} 不能作为划分。"),
            hint=said(
                "Give train, validation and test, adding up to 1, train above 0: 0.8,0.1,0.1.",
                "请给出训练、验证、测试三个比例，合计为 1，训练大于 0：0.8,0.1,0.1。",
            ),
            code="SPLIT-BAD",
        )


def _schema(workspace: Workspace, named: str | None) -> FoundSchema:
    wanted = named or workspace.settings.schema_name
    if wanted:
        return find_schema(wanted, workspace)
    raise ToolkitError(
        said("No schema is named.", "没有指定模式。"),
        hint=said(
            "Give --schema NAME, or set 'schema' in toolkit.yaml.",
            "请使用 --schema NAME，或在 toolkit.yaml 中设置 'schema'。",
        ),
        code="SCHEMA-NONE",
    )


def _corpus(workspace: Workspace) -> Corpus:
    passages = {passage.id: passage for passage in load_passages(workspace)}
    groups = {passage.document: passage.group for passage in passages.values()}
    return Corpus(passages, groups, clusters(workspace))


def _no_records(found: FoundSchema, refused: int) -> ToolkitError:
    return ToolkitError(
        said(
            f"There is no usable record of the schema '{found.name}' ({refused} refused).",
            f"模式 '{found.name}' 没有可用的记录（{refused} 条被拒绝）。",
        ),
        hint=said(
            "Make some first with: toolkit validate --round NAME. Refusals are in data/problems.jsonl.",
            "请先生成记录：toolkit validate --round NAME。被拒绝的原因见 data/problems.jsonl。",
        ),
        code="RECORDS-NONE",
    )


def _dealt(
    name: str, examples: Sequence[Example], corpus: Corpus, split: Sequence[float], seed: int
) -> tuple[dict[str, list[Example]], list[Problem]]:
    """Return the examples of each split that has any, ordered by id, and what could not be had."""
    component = components(corpus.groups, corpus.clusters)
    grouped = [example.model_copy(update={"group": component[example.document]}) for example in examples]
    placed = deal(count_by(example.group for example in grouped), split, seed)
    dealt = {
        part: sorted((example for example in grouped if placed[example.group] == part), key=lambda example: example.id)
        for part in SPLITS
        if part in placed.values()
    }
    wanted = [part for part, share in zip(SPLITS, split, strict=True) if share]
    if len(dealt) == len(wanted):
        return dealt, []
    few = Problem(
        code="SPLIT-FEW-GROUPS",
        step=STEP,
        where=name,
        found=f"{len(placed)} groups for {len(wanted)} splits: made {', '.join(dealt)}",
        expected="one group for each split at least",
        hint="Label passages of more documents: rows of one document or declared group stay together.",
    )
    return dealt, [few]


def _publish(
    workspace: Workspace, dealt: Mapping[str, Sequence[Example]], manifest: dict[str, Any], corpus: Corpus
) -> bool:
    """Build the folder beside, prove it from its files, then put it in place; return whether anything changed."""
    folder = workspace.dataset(manifest["name"])
    beside, aside = beside_of(folder), aside_of(folder)
    for to in manifest["formats"]:
        for part, examples in dealt.items():
            write_rows(beside / file_of(to, part, manifest["formats"]), examples, to)
        for file, text in side_files(to, manifest["name"], tuple(dealt)).items():
            write_text(beside / to / file, text)
    languages = sorted({example.meta["language"] for rows in dealt.values() for example in rows} & {"en", "zh"})
    write_text(beside / "README.md", card(manifest, _agreement(workspace, manifest["rounds"]), languages))
    write_json(
        beside / MANIFEST,
        {**manifest, "crossing": proof_of(beside, corpus.groups, corpus.clusters), "files": hashes_of(beside)},
    )
    if (
        folder.is_dir()
        and hashes_of(folder) == hashes_of(beside)
        and _bytes(folder / MANIFEST) == _bytes(beside / MANIFEST)
    ):
        settle(folder)
        return False
    failpoint("dataset-built")
    if folder.is_dir():
        folder.rename(aside)
        failpoint("dataset-aside")
    beside.rename(folder)
    failpoint("dataset-placed")
    settle(folder)
    return True


def _agreement(workspace: Workspace, rounds: Sequence[str]) -> list[tuple[str, str, str, Mapping[str, Any]]]:
    """Return every agreement figure that the rounds' reports hold."""
    figures: list[tuple[str, str, str, Mapping[str, Any]]] = []
    for name in rounds:
        file = workspace.round(name) / "report.json"
        fields = json.loads(file.read_text(encoding="utf-8")).get("fields", {}) if file.is_file() else {}
        for field, measures in fields.items():
            figures += [
                (name, field, measure, value)
                for measure, value in measures.items()
                if isinstance(value, dict) and "value" in value
            ]
    return figures


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
