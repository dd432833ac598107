"""The next round: which passages to ask about, and what their labels would likely change."""

from toolkit.sampling.next_round import Choice, Chosen, NextResult, choose, round_next
from toolkit.sampling.outlook import Outlook
from toolkit.sampling.strategies import Strategy

__all__ = ["Choice", "Chosen", "NextResult", "Outlook", "Strategy", "choose", "round_next"]
