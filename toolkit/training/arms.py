"""The arms of a run: the base untrained, and for each seed one training on true and one on shuffled answers."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Progress
from toolkit.preflight import ChatTokenizer, look
from toolkit.release import Dataset
from toolkit.training.control import shuffled
from toolkit.training.loop import Row, learn, row_losses, rows_of
from toolkit.training.models import Base, load, pace_for, save
from toolkit.training.runs import Arm, Name, store, stored, sweep_strangers
from toolkit.training.scores import Asked, contrasts_of
from toolkit.workspace import write_json

Method = Literal["lora", "full"]
_EVALUATION_BATCH = 8
_ZH = {"true": "真实答案", "shuffled": "打乱的答案"}


class Settings(NamedTuple):
    """What a run depends on besides the data and the base model."""

    method: Method
    epochs: int
    seeds: int
    max_length: int


class Held(NamedTuple):
    """The held-out rows: what the model is asked, and who they are."""

    rows: list[Row]
    ids: list[str]
    groups: list[str]


class Run(NamedTuple):
    """Everything that the arms share."""

    folder: Path
    fingerprint: str
    dataset: Dataset
    base: Base
    chat: ChatTokenizer
    settings: Settings
    held: Held
    asked: list[Asked]


def held_out(dataset: Dataset, chat: ChatTokenizer, max_length: int) -> Held:
    """Return the validation and test rows that can be encoded; they are never learned from."""
    rows = [row for split in ("validation", "test") for row in dataset.rows(split)]
    group = {str(row["id"]): str(row["meta"]["group"]) for row in rows}
    encoded = look(rows, chat, max_length).encoded
    return Held(rows_of(encoded), [row.row for row in encoded], [group[row.row] for row in encoded])


def run_arms(run: Run, progress: Progress) -> list[Arm]:
    """Run every arm and return them, those of an interrupted run as they were stored."""
    wanted: list[tuple[Name, int]] = [("untrained", 0)]
    wanted += [(name, seed) for seed in range(run.settings.seeds) for name in ("true", "shuffled")]
    sweep_strangers(run.folder, run.fingerprint)
    timings: dict[str, float] = {}
    arms = []
    for name, seed in wanted:
        begun = time.perf_counter()
        arm = stored(run.folder, name, seed)
        if arm is None:
            arm = store(run.folder, _arm(run, name, seed, progress))
            timings[f"{name}-{seed}"] = round(time.perf_counter() - begun, 3)
        arms.append(arm)
    write_json(run.folder / "timings.json", {"seconds": timings})
    return arms


def _arm(run: Run, name: Name, seed: int, progress: Progress) -> Arm:
    method = run.settings.method
    if name == "untrained":
        model, rows, losses = load(run.base, "full", seed), [], []
    else:
        model, rows = load(run.base, method, seed), _training_rows(run, name, seed)
        shown = told(progress, said(f"training, {name} answers, seed {seed}", f"训练，{_ZH[name]}，种子 {seed}"))
        losses = learn(model, rows, pace_for(run.base, method, run.settings.epochs), seed, shown)
    if (name, seed) == ("true", 0):
        kept = ("adapter", run.base.name) if method == "lora" else ("model", None)
        save(model, run.folder / kept[0], name=kept[1])
    return Arm(
        fingerprint=run.fingerprint,
        name=name,
        seed=seed,
        trained_rows=len(rows),
        losses=tuple(losses),
        held_out=tuple(row_losses(model, run.held.rows, _EVALUATION_BATCH)),
        contrasts=contrasts_of(model, run.asked) if name != "shuffled" else None,
    )


def _training_rows(run: Run, name: Name, seed: int) -> list[Row]:
    found = run.dataset.rows("train")
    answered = shuffled(found, seed) if name == "shuffled" else found
    rows = rows_of(look(answered, run.chat, run.settings.max_length).encoded)
    if not rows:
        raise ToolkitError(
            said(
                f"No training row of '{run.dataset.name}' can be learned from.",
                f"'{run.dataset.name}' 中没有可供学习的训练样本。",
            ),
            hint=said(
                f"See why with: toolkit preflight {run.dataset.name}", f"查看原因：toolkit preflight {run.dataset.name}"
            ),
            code="DATASET-EMPTY",
        )
    return rows


def told(progress: Progress, what: str) -> Callable[[int, int], None]:
    """Return what the loop calls after each step."""
    return lambda done, total: progress(done, total, what)
