"""The only door to torch, transformers and peft: their presence, their threads, their silence."""

import importlib.util
import os
from typing import Final

from toolkit.errors import SERVICE, ToolkitError
from toolkit.language import said

_NEEDED: Final = ("torch", "transformers", "peft", "safetensors")
_ENVIRONMENT: Final = {
    # With the default policy waiting threads spin, and on a busy machine a step takes several times as long.
    "OMP_WAIT_POLICY": "passive",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}


def ready(threads: int) -> None:
    """Prepare torch: offline, silent, with a fixed number of threads, so that equal runs give equal numbers.

    Raises:
        ToolkitError: ``EXTRA-MISSING`` (exit 4) when the packages are not installed.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ToolkitError(
            said(f"Training needs {', '.join(missing)}.", f"训练需要 {', '.join(missing)}。"),
            hint="pip install 'sft-toolkit[train]'",
            code="EXTRA-MISSING",
            exit_code=SERVICE,
        )
    os.environ.update(_ENVIRONMENT)
    import torch
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(threads)


def threads_for(*, tiny: bool) -> int:
    """Return how many threads to use: one for the tiny model, whose matrices are too small to share out."""
    return 1 if tiny else len(os.sched_getaffinity(0))


def versions() -> dict[str, str]:
    """Return what computed a run: other versions may give slightly other numbers."""
    from importlib.metadata import version

    return {name: version(name) for name in _NEEDED}
