"""The sanity run: a short fine-tune on the true answers, the same on shuffled ones, and a verdict."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Progress, Result, digest, silent
from toolkit.preflight import TINY, ChatTokenizer, corpus_of, tokenizer_folder
from toolkit.release import Dataset, open_dataset
from toolkit.release.dataset import MANIFEST, NAME
from toolkit.training.arms import Method, Run, Settings, held_out, run_arms, told
from toolkit.training.control import Reason, Verdict, gap_of, judge
from toolkit.training.engine import ready, threads_for, versions
from toolkit.training.models import Base, local_base, pretrain_tiny, tiny_base
from toolkit.training.runs import REPORT, Arm, Name, finished, write_adapter_card, write_metrics
from toolkit.training.scores import Scored, asked_of, write_scores
from toolkit.workspace import Workspace, write_json

Stage = Literal["sft", "pretrain"]
_VERSION = 2
_SCORING: tuple[Name, ...] = ("untrained", "true")


class TrainResult(Result):
    """What the run found.

    Attributes:
        run: its name, a folder under ``data/runs/``.
        verdict: ``teaches``, ``does_not_teach`` or ``inconclusive``.
        reason: why, by a stable name; ``no_control`` for a pre-training, which can give no verdict.
        metrics: ``rows`` (train, held_out, groups), ``loss`` (untrained, true, shuffled: held-out means over rows and
            seeds, nats a token), ``gap`` (see ``control.Gap``) or None, ``scored`` (see ``scores.Scored``). For
            ``pretrain`` ``loss`` has first and last, and nothing is scored.
    """

    run: str
    verdict: Verdict
    reason: Reason
    metrics: dict[str, Any]


def train(
    workspace: Workspace,
    *,
    dataset: str,
    model: str = TINY,
    method: Method = "lora",
    stage: Stage = "sft",
    epochs: int = 4,
    seeds: int = 3,
    max_length: int = 1024,
    run: str | None = None,
    progress: Progress = silent,
) -> TrainResult:
    """Fine-tune on a dataset and, apart, on the same rows with shuffled answers, and compare held-out losses in pairs.

    Two arms for each seed; the rule of the verdict is ``control.judge``'s. The adapter of the first true arm is kept. A
    finished run is found again by its content and changes nothing; an interrupted one goes on with the arms it lacks.

    Args:
        workspace: where the dataset is.
        dataset: its name.
        model: ``tiny`` (pre-trained here from scratch, cached) or a local folder with safetensors and a chat template.
        method: ``lora`` on all linear layers, or ``full``.
        stage: ``pretrain`` makes the tiny model and stops.
        epochs: passes over the training rows.
        seeds: repetitions of each arm; fewer than 3 give no verdict.
        max_length: tokens that a row may have.
        run: the run's name; by default the dataset's and a hash of data, model and settings.
        progress: called for each step.

    Raises:
        ToolkitError: ``EXTRA-MISSING`` (exit 4), ``DATASET-UNKNOWN``, ``DATASET-EMPTY`` when no training row can be
            learned from, ``MODEL-NONE``, ``MODEL-UNSAFE``, ``RUN-NAME``, ``RUN-TAKEN``, ``STAGE-MODEL``.
    """
    ready(threads_for(tiny=model == TINY))
    _check_options(model, stage, run)
    with workspace.lock():
        opened = open_dataset(workspace, dataset)
        if model == TINY:
            base, losses = _tiny(workspace, opened, progress)
            if stage == "pretrain":
                return _pretraining(workspace, run, dataset, base, losses)
        else:
            base = local_base(tokenizer_folder(workspace, opened, model)[0])
        settings = Settings(method, epochs, seeds, max_length)
        fingerprint = _fingerprint(opened, base, settings)
        name = run or f"{dataset}-{fingerprint[:8]}"
        if report := finished(workspace.run(name), fingerprint):
            return _result(report, changed=False)
        chat = ChatTokenizer(base.folder)
        started = Run(
            workspace.run(name),
            fingerprint,
            opened,
            base,
            chat,
            settings,
            held_out(opened, chat, max_length),
            asked_of(opened, chat, max_length),
        )
        report = _report(started, run_arms(started, progress))
    return _result(report, changed=True)


def _check_options(model: str, stage: Stage, run: str | None) -> None:
    if stage == "pretrain" and model != TINY:
        raise ToolkitError(
            said("Only the tiny model is pre-trained here.", "此处只能预训练 tiny 模型。"),
            hint=said("Leave --model out.", "请省略 --model。"),
            code="STAGE-MODEL",
        )
    if run is not None and not re.fullmatch(NAME, run):
        raise ToolkitError(
            said(f"'{run}' cannot name a run.", f"'{run}' 不能作为训练名称。"),
            hint=said(
                "Use letters, digits, '-', '_' and '.', at most 60.",
                "请使用字母、数字、'-'、'_'、'.'，最多 60 个字符。",
            ),
            code="RUN-NAME",
        )


def _tiny(workspace: Workspace, dataset: Dataset, progress: Progress) -> tuple[Base, list[float]]:
    folder, _ = tokenizer_folder(workspace, dataset, TINY)
    shown = told(progress, said("pre-training the tiny model", "预训练 tiny 模型"))
    return tiny_base(folder), pretrain_tiny(folder, corpus_of(workspace, dataset), shown)


def _pretraining(
    workspace: Workspace, name: str | None, dataset: str, base: Base, losses: Sequence[float]
) -> TrainResult:
    """Write the run of a pre-training: it has no control, so it can give no verdict about the data."""
    fingerprint = digest([_VERSION, "pretrain", base.identity])
    folder = workspace.run(name or f"{dataset}-pretrain-{fingerprint[:8]}")
    if report := finished(folder, fingerprint):
        return _result(report, changed=False)
    arm = Arm(fingerprint=fingerprint, name="pretraining", seed=0, trained_rows=0, losses=tuple(losses), held_out=())
    write_metrics(folder, [arm])
    report = {
        "run": folder.name,
        "fingerprint": fingerprint,
        "dataset": dataset,
        "model": base.name,
        "stage": "pretrain",
        "verdict": "inconclusive",
        "reason": "no_control",
        "rows": {"train": 0, "held_out": 0, "groups": 0},
        "metrics": {"loss": {"first": losses[0], "last": losses[-1]}, "gap": None},
        "made_with": versions(),
    }
    write_json(folder / REPORT, report)
    return _result(report, changed=True)


def _fingerprint(dataset: Dataset, base: Base, settings: Settings) -> str:
    manifest = hashlib.sha256((dataset.folder / MANIFEST).read_bytes()).hexdigest()
    rows = [hashlib.sha256((dataset.folder / f"{split}.jsonl").read_bytes()).hexdigest() for split in dataset.splits]
    return digest([_VERSION, manifest, rows, base.identity, list(settings)])


def _report(run: Run, arms: Sequence[Arm]) -> dict[str, Any]:
    """Write what the arms say: everything in it is the same whenever and however often the run is made."""
    of: dict[Name, list[Arm]] = {
        name: [arm for arm in arms if arm.name == name] for name in ("true", "shuffled", "untrained")
    }
    loss = {name: [_mean(column) for column in zip(*(arm.held_out for arm in of[name]), strict=True)] for name in of}
    true, mixed = ([arm.held_out for arm in of[name]] for name in ("true", "shuffled"))
    gap = gap_of(true, mixed, run.held.groups) if run.held.rows else None
    training_rows = of["true"][0].trained_rows
    judged = judge(gap, training_rows=training_rows, held_out_rows=len(run.held.rows), seeds=run.settings.seeds)
    report = {
        "run": run.folder.name,
        "fingerprint": run.fingerprint,
        "dataset": run.dataset.name,
        "model": run.base.name,
        "stage": "sft",
        **run.settings._asdict(),
        "rows": {"train": training_rows, "held_out": len(run.held.rows), "groups": len(set(run.held.groups))},
        "verdict": judged.verdict,
        "reason": judged.reason,
        "rule": judge.__doc__,
        "metrics": {
            "loss": {name: _mean(loss[name]) for name in ("untrained", "true", "shuffled")} if run.held.rows else {},
            "gap": gap.model_dump() if gap else None,
            "scored": _scored(run, arms)._asdict(),
        },
        "seeds_apart": [
            {"seed": one.seed, "true": _mean(one.held_out), "shuffled": _mean(other.held_out)}
            for one, other in zip(of["true"], of["shuffled"], strict=True)
            if run.held.rows
        ],
        "held_out": [
            {"id": row, "group": group, **{name: loss[name][place] for name in ("untrained", "true", "shuffled")}}
            for place, (row, group) in enumerate(zip(run.held.ids, run.held.groups, strict=True))
        ],
        "made_with": versions(),
    }
    write_metrics(run.folder, arms)
    if run.settings.method == "lora":
        write_adapter_card(run.folder / "adapter", report)
    write_json(run.folder / REPORT, report)
    return report


def _scored(run: Run, arms: Sequence[Arm]) -> Scored:
    """Write the rows' scores."""
    told = {name: [arm.contrasts for arm in arms if arm.name == name and arm.contrasts] for name in _SCORING}
    return write_scores(run.folder, run.asked, told["untrained"][0], told["true"])


def _result(report: Mapping[str, Any], *, changed: bool) -> TrainResult:
    metrics = {"rows": report["rows"], **report["metrics"]}
    return TrainResult(
        run=report["run"], verdict=report["verdict"], reason=report["reason"], metrics=metrics, changed=changed
    )


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 6)
