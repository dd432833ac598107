"""Rounds: who answers what, how far answers agree, and where they do not. Pure but for reading the workspace."""

from toolkit.rounds.report import round_report
from toolkit.rounds.reported import RoundReport
from toolkit.rounds.status import RoundListResult, RoundStatusResult, round_list, round_status

__all__ = ["RoundListResult", "RoundReport", "RoundStatusResult", "round_list", "round_report", "round_status"]
