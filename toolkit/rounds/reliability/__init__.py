"""How far each annotator's answers can be relied on: figures with intervals, and flags that name figures, not people.

Pure and deterministic: the same answers give the same figures, whatever the order in which they were read.
"""

from toolkit.rounds.reliability.annotators import reliability
from toolkit.rounds.reliability.model import (
    FLAG_KINDS,
    LIMITS,
    Drift,
    Flag,
    FlagCode,
    Lacking,
    Limits,
    Modelled,
    OnGold,
    Reliability,
    Runs,
    Speed,
)

__all__ = [
    "FLAG_KINDS",
    "LIMITS",
    "Drift",
    "Flag",
    "FlagCode",
    "Lacking",
    "Limits",
    "Modelled",
    "OnGold",
    "Reliability",
    "Runs",
    "Speed",
    "reliability",
]
