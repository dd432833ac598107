"""The run's folder: each arm's result is stored as it is ready, the report last.

An interrupted run goes on from there.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun
from toolkit.workspace import dump_line, failpoint, write_json, write_text

REPORT = "report.json"
Name = Literal["true", "shuffled", "untrained", "pretraining"]
_DIGITS = 6


class Contrasts(Noun):
    """What one model says of the rows that are scored, each in nats a token.

    Attributes:
        own: loss of the answer given its own question.
        others: mean loss given other questions.
        entropy: of the answer's tokens given its own question.
    """

    own: tuple[float, ...]
    others: tuple[float, ...]
    entropy: tuple[float, ...]

    def rounded(self) -> "Contrasts":
        """Return the figures as they are stored."""
        return Contrasts(own=_rounded(self.own), others=_rounded(self.others), entropy=_rounded(self.entropy))


class Arm(Noun):
    """One training on true or on shuffled answers, the base model untrained, or its pre-training.

    Attributes:
        fingerprint: the run's; an arm of another run under the same name is never taken for this one's.
        trained_rows: rows that were learned from; a shuffled answer may be too long for its new row.
        losses: of each step, in nats a learned token.
        held_out: of each held-out row, mean over its learned tokens.
        contrasts: of the rows that are scored; None for arms whose word on them does not count.
    """

    fingerprint: str
    name: Name
    seed: int
    trained_rows: int
    losses: tuple[float, ...]
    held_out: tuple[float, ...]
    contrasts: Contrasts | None = None


def finished(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """Return a finished run's report, or None when the run has to be made or ended.

    Raises:
        ToolkitError: ``RUN-TAKEN`` when the name belongs to a run of other data or settings.
    """
    file = folder / REPORT
    if not file.is_file():
        return None
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if report.get("fingerprint") == fingerprint:
        return report
    raise ToolkitError(
        said(
            f"There is a run '{folder.name}' already, of other data or settings.",
            f"已有名为 '{folder.name}' 的训练，其数据或设置不同。",
        ),
        hint=said("Choose another --run, or leave it out.", "请换一个 --run 名称，或省略该选项。"),
        code="RUN-TAKEN",
    )


def stored(folder: Path, name: Name, seed: int) -> Arm | None:
    """Return an arm that was finished before, else None."""
    file = _arm_file(folder, name, seed)
    return Arm.model_validate_json(file.read_text(encoding="utf-8")) if file.is_file() else None


def sweep_strangers(folder: Path, fingerprint: str) -> None:
    """Remove what an unfinished run of other data or settings left under this name."""
    for file in sorted((folder / "arms").glob("*.json")):
        if json.loads(file.read_text(encoding="utf-8")).get("fingerprint") != fingerprint:
            file.unlink()


def store(folder: Path, arm: Arm) -> Arm:
    """Store a finished arm and return it as it will be read again, rounded."""
    rounded = arm.model_copy(
        update={
            "losses": _rounded(arm.losses),
            "held_out": _rounded(arm.held_out),
            "contrasts": arm.contrasts and arm.contrasts.rounded(),
        }
    )
    write_json(_arm_file(folder, arm.name, arm.seed), rounded.model_dump())
    failpoint("arm-stored")
    return rounded


def write_metrics(folder: Path, arms: Sequence[Arm]) -> None:
    """Write ``metrics.jsonl``: the loss of every step of every arm."""
    lines = [
        dump_line({"arm": arm.name, "seed": arm.seed, "step": step, "loss": loss})
        for arm in arms
        for step, loss in enumerate(arm.losses, start=1)
    ]
    write_text(folder / "metrics.jsonl", "".join(lines))


def write_adapter_card(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the adapter's ``README.md``: what it learned from, what the control said, how to load it."""
    import yaml

    front = {
        "base_model": facts["model"],
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "tags": ["lora", "sft", "sanity-run"],
    }
    body = f"""# Adapter of the sanity run on {facts["dataset"]}

LoRA on all linear layers of `{facts["model"]}`, {facts["epochs"]} epochs over {facts["rows"]["train"]} rows of the
dataset `{facts["dataset"]}` (true answers, seed 0). Only the assistant's tokens and the end token were learned.

Verdict: **{facts["verdict"]}** (`{facts["reason"]}`). Held-out loss in nats a token: {_losses(facts)}.

A sanity run says whether the data teaches its questions' answers at all. It does not make a model to be used.

```python
from peft import PeftModel
from transformers import AutoModelForCausalLM

base = AutoModelForCausalLM.from_pretrained("PATH/TO/{facts["model"]}")
model = PeftModel.from_pretrained(base, "PATH/TO/THIS/FOLDER")
```
"""
    write_text(folder / "README.md", f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n\n{body}")


def _rounded(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(value, _DIGITS) for value in values)


def _losses(facts: Mapping[str, Any]) -> str:
    loss = facts["metrics"]["loss"]
    return ", ".join(f"{name} {loss[name]:.3f}" for name in loss) if loss else "nothing was held out"


def _arm_file(folder: Path, name: Name, seed: int) -> Path:
    return folder / "arms" / f"{name}-{seed}.json"
