"""The training loop: encoded rows in, losses out. A plain loop; batches and order depend on the seed alone."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.preflight import MASKED, Encoded

if TYPE_CHECKING:
    import torch

_BUCKET: Final = 8
"""Batches that are sorted by length together: less padding, and the order still varies from epoch to epoch."""
_CLIP: Final = 1.0
_WARM_UP: Final = 0.1


class Pace(NamedTuple):
    """How fast to learn: passes over the rows, rows in a batch, and the peak learning rate, which falls to zero."""

    epochs: int
    batch: int
    rate: float


class Row(NamedTuple):
    """What the loop needs of a row: its token ids and labels, of equal length."""

    ids: Sequence[int]
    labels: Sequence[int]


class Outcome(NamedTuple):
    """What a model says of a row's learned tokens: mean loss and mean entropy, in nats a token."""

    loss: float
    entropy: float


def rows_of(encoded: Sequence[Encoded]) -> list[Row]:
    """Return what preflight encoded, untouched."""
    return [Row(row.ids, row.labels) for row in encoded]


def learn(
    model: Any, rows: Sequence[Row], pace: Pace, seed: int, told: Callable[[int, int], None] = lambda _done, _all: None
) -> list[float]:
    """Train a model's trainable weights in place; return the loss of each step, in nats a learned token.

    Raises:
        ToolkitError: ``LOSS-NOT-FINITE`` when a step's loss is no number.
    """
    import torch

    torch.manual_seed(seed)
    batches = [batch for epoch in range(pace.epochs) for batch in _batches(rows, pace.batch, f"{seed}.{epoch}")]
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=pace.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _share(step, len(batches)))
    model.train()
    losses = []
    for step, batch in enumerate(batches, start=1):
        each = _token_losses(model, batch)
        loss = torch.cat(each).mean()
        if not torch.isfinite(loss):
            raise _not_finite(step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(weights, _CLIP)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        told(step, len(batches))
    return losses


def row_losses(model: Any, rows: Sequence[Row], batch: int) -> list[float]:
    """Return for each row its mean loss over learned tokens, in nats a token."""
    return [outcome.loss for outcome in row_outcomes(model, rows, batch)]


def row_outcomes(model: Any, rows: Sequence[Row], batch: int) -> list[Outcome]:
    """Return for each row its mean loss, and how unsure the model is of its learned tokens."""
    import torch

    model.eval()
    order = sorted(range(len(rows)), key=lambda place: (len(rows[place].ids), place))
    outcomes = [Outcome(0.0, 0.0)] * len(rows)
    with torch.inference_mode():
        for begin in range(0, len(order), batch):
            places = order[begin : begin + batch]
            logits, wanted = _answered(model, [rows[place] for place in places])
            for place, said, labels in zip(places, logits, wanted, strict=True):
                # Row by row: all rows' chances over a large vocabulary at once would double the memory.
                chances = said[labels != MASKED].log_softmax(dim=1)
                loss = torch.nn.functional.nll_loss(chances, labels[labels != MASKED])
                entropy = -(chances.exp() * chances).sum(dim=1).mean()
                outcomes[place] = Outcome(float(loss), float(entropy))
    return outcomes


def _not_finite(step: int) -> ToolkitError:
    return ToolkitError(
        said(f"The loss of step {step} is no finite number.", f"第 {step} 步的损失不是有限数值。"),
        hint=said("The model's weights are broken, or not meant for fp32.", "模型权重已损坏，或不适用于 fp32。"),
        code="LOSS-NOT-FINITE",
    )


def _share(step: int, steps: int) -> float:
    """Return the share of the peak rate: a short rise, then a straight fall to zero."""
    warm = max(1, round(_WARM_UP * steps))
    return min((step + 1) / warm, (steps - step) / max(1, steps - warm))


def _batches(rows: Sequence[Row], size: int, seed: str) -> Iterator[list[Row]]:
    draw = random.Random(seed)  # noqa: S311 - an order, not a secret
    order = list(range(len(rows)))
    draw.shuffle(order)
    batches = []
    for begin in range(0, len(order), size * _BUCKET):
        bucket = sorted(order[begin : begin + size * _BUCKET], key=lambda place: len(rows[place].ids))
        batches += [bucket[start : start + size] for start in range(0, len(bucket), size)]
    draw.shuffle(batches)
    for batch in batches:
        yield [rows[place] for place in batch]


def _token_losses(model: Any, batch: Sequence[Row]) -> "list[torch.Tensor]":
    """Return for each row the losses of its learned tokens."""
    import torch

    logits, wanted = _answered(model, batch)
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), wanted, reduction="none", ignore_index=MASKED)
    return [row[kept] for row, kept in zip(losses, wanted != MASKED, strict=True)]


def _answered(model: Any, batch: Sequence[Row]) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return the model's logits and the labels. The head runs on the positions that some row learns from.

    Rows are padded on the right, where causal attention never looks, so no mask is needed and padding changes nothing.
    """
    import torch

    width = max(len(row.ids) for row in batch)
    ids = torch.tensor([[*row.ids, *[0] * (width - len(row.ids))] for row in batch])
    labels = torch.tensor([[*row.labels[1:], *[MASKED] * (width + 1 - len(row.labels))] for row in batch])
    places = (labels != MASKED).any(dim=0).nonzero()[:, 0]
    logits = model(input_ids=ids, use_cache=False, logits_to_keep=places).logits
    return logits.float(), labels[:, places]
