"""Rounds: who answers what, how far answers agree, and where they do not. No server is asked here.

- Before: ``plan`` deals tasks; ``asking``, ``issued`` and ``gold`` keep beside the round the schema, the guideline and
  the gold items that it settled; ``again`` asks problems anew; ``reassignment`` moves open tasks between people.
- While it goes on: ``status`` and ``pace``.
- Answers: ``answers`` reads them; ``comparison`` says which are the same; ``disagreement``, ``adjudication`` and
  ``merging`` lead from differing ones to one; ``weighing`` asks the model of annotators.
- The report: ``report`` makes what ``reported`` holds, out of ``measures``, ``overall``, ``confusion``, ``heat``,
  ``shares``, ``reliability`` and ``guideline``; ``advice`` and ``flags`` put it into words, ``tables`` into
  data frames.
"""

from toolkit.rounds.report import round_report
from toolkit.rounds.reported import RoundReport
from toolkit.rounds.status import RoundListResult, RoundStatusResult, round_list, round_status

__all__ = ["RoundListResult", "RoundReport", "RoundStatusResult", "round_list", "round_report", "round_status"]
