"""The next round: which passages to ask about, and what their labels would likely change.

``pool`` is what may be asked, ``vectors`` and ``nearest`` how like texts are, ``answered`` and ``scores`` what is known
of labels. ``strategies`` makes priorities of it, ``strata`` quotas and ``choice`` the choice; ``outlook`` is the
stopping rule. ``next_round`` is the verb, ``round_sample`` what a round keeps of it.
"""

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
