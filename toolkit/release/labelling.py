"""How a dataset's rows were decided, by how many people and under which guideline: for each round, without names."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from toolkit.examples import Example
from toolkit.rounds.plan import load_plan
from toolkit.workspace import Workspace

ALONE: Final = "one annotator"
DECIDED: Final = (ALONE, "unanimous", "majority", "weighted", "adjudicated")
"""How a row's answer came about. What a single annotator answered agrees with nobody: it is not called unanimous."""


def labelling_of(workspace: Workspace, examples: Iterable[Example]) -> list[dict[str, Any]]:
    """Return, for each round by name, its ``rows``, ``annotators``, ``decided`` and ``guidelines``.

    Args:
        workspace: where the rounds' plans are; a round without one has no guideline.
        examples: the dataset's.

    Returns:
        ``annotators`` counts who answered, without those who only adjudicated. ``guidelines`` are the versions of the
        round's pages, the one in force last.
    """
    by_round: dict[str, list[Example]] = {}
    for example in examples:
        by_round.setdefault(example.meta["round"], []).append(example)
    return [
        {
            "round": name,
            "rows": len(rows),
            "annotators": len({who for example in rows for who in example.meta["annotators"]}),
            "decided": _decided(rows),
            "guidelines": _guidelines(workspace, name),
        }
        for name, rows in sorted(by_round.items())
    ]


def _decided(rows: Iterable[Example]) -> dict[str, int]:
    counted = Counter(_way(example) for example in rows)
    return {way: counted[way] for way in DECIDED}


def _way(example: Example) -> str:
    resolution: str = example.meta["resolution"]
    return ALONE if resolution == "unanimous" and len(example.meta["annotators"]) == 1 else resolution


def _guidelines(workspace: Workspace, name: str) -> list[str]:
    if not workspace.has_round(name):
        return []
    return [issue.version for issue in load_plan(workspace, name).guidelines]
