"""The next round: which passages to ask about, and what their labels would likely change."""

from toolkit.sampling.next_round import Choice, Chosen, NextResult, choose, round_next
from toolkit.sampling.outlook import Outlook
from toolkit.sampling.round_sample import Sample, doubted_for, how_of, keep_sample, load_sample, sample_for
from toolkit.sampling.strategies import Strategy

__all__ = [
    "Choice",
    "Chosen",
    "NextResult",
    "Outlook",
    "Sample",
    "Strategy",
    "choose",
    "doubted_for",
    "how_of",
    "keep_sample",
    "load_sample",
    "round_next",
    "sample_for",
]
