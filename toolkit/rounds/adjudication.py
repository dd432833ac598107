"""Which passages of a round wait for one person's decision, and which stand without one. Nothing is written.

A skip is a missing value: where one answer is left, nobody has contradicted it and nobody has confirmed it, so that it
is accepted and counted apart. An invalid answer is no candidate: whoever gave it mends it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from toolkit.noun import digest
from toolkit.rounds.answers import Answer, RoundAnswers
from toolkit.rounds.disagreement import disagreements
from toolkit.tasks import Task, task_for

Standing = Literal["unanimous", "alone", "differing", "unfinished", "skipped", "invalid", "gone"]
"""What a passage's answers say, decisions left aside.

``unanimous``: two valid answers or more, the same in every comparable field; ``alone``: one valid answer, the others
skipped; ``differing``: valid answers that differ; ``unfinished``: somebody has still to answer; ``skipped``: by all;
``invalid``: an answer that the schema refuses, beside others that agree or none; ``gone``: no such passage any more.
"""


@dataclass(frozen=True)
class Adjudication:
    """A round's disagreements as they are one person's to decide.

    Attributes:
        answers: the round's answers and decisions.
        by: who decides.
        sent: the passages that went out to this person before.
    """

    answers: RoundAnswers
    by: str
    sent: frozenset[str]

    @cached_property
    def standing(self) -> Mapping[str, Standing]:
        """Every passage of the round and how its answers stand."""
        valid = [
            answer.annotation.model_copy(update={"answer": answer.value})
            for given in self.answers.answers.values()
            for answer in given
            if answer.value is not None
        ]
        differing = {one.passage for one in disagreements(valid, self.answers.fields)}
        return {passage: _standing(self.answers, passage, differing) for passage in self.answers.tasks}

    @cached_property
    def wanted(self) -> Sequence[str]:
        """This person's passages: what differs and nobody else has decided, and what went out before."""
        return [passage for passage in self.answers.passages if passage in self.sent or self._is_new(passage)]

    def _is_new(self, passage: str) -> bool:
        if self.standing[passage] != "differing":
            return False
        return not self.is_decided(passage) or self.answers.decisions[passage].annotation.annotator == self.by

    def is_decided(self, passage: str) -> bool:
        """Return whether somebody has decided it."""
        return self.answers.is_decided(passage)

    def is_waiting(self, passage: str) -> bool:
        """Return whether a passage of this person's needs a decision: annotators may have come to agree meanwhile."""
        return not self.is_decided(passage) and self.standing[passage] not in {"unanimous", "alone"}

    def count(self, *standings: Standing) -> int:
        """Return how many passages stand so that are neither this person's nor decided by anybody."""
        others = self.standing.keys() - set(self.wanted)
        return sum(self.standing[one] in standings and not self.is_decided(one) for one in others)

    @property
    def decided_by_others(self) -> int:
        """How many passages others have decided that are none of this person's."""
        return sum(self.is_decided(passage) for passage in self.standing.keys() - set(self.wanted))

    def task(self, passage: str) -> Task:
        """Return this person's task about a passage."""
        plan = self.answers.plan
        return task_for(
            self.answers.passages[passage],
            schema_name=plan.schema_name,
            schema_version=plan.schema_version,
            round_name=plan.name,
            annotator=self.by,
            role="adjudicator",
        )

    def candidates(self, passage: str) -> list[Answer]:
        """Return the valid answers to decide between, in an order that tells nothing about who gave them."""
        task = self.task(passage).id
        given = [answer for answer in self.answers.answers.get(passage, ()) if answer.value is not None]
        return sorted(given, key=lambda answer: digest([task, answer.annotation.task]))


def adjudication(answers: RoundAnswers, tasks: Iterable[Task], by: str) -> Adjudication:
    """Return what is one person's to decide.

    Args:
        answers: the round as it was pulled.
        tasks: its tasks, the adjudicators' included.
        by: who decides.
    """
    sent = {task.passage for task in tasks if (task.role, task.annotator) == ("adjudicator", by)}
    return Adjudication(answers, by, frozenset(sent))


def _standing(answers: RoundAnswers, passage: str, differing: set[str]) -> Standing:
    if passage not in answers.passages:
        return "gone"
    if answers.is_open(passage):
        return "unfinished"
    if passage in differing:
        return "differing"
    given = [answer for answer in answers.answers.get(passage, ()) if not answer.annotation.skipped]
    if not given:
        return "skipped"
    if any(answer.value is None for answer in given):
        return "invalid"
    return "alone" if len(given) == 1 else "unanimous"
