"""One person at the disagreements of a round, one after the other, without a server. How it looks lies elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from toolkit.annotations import Neighbours, neighbours_of, task_data
from toolkit.passages import Passage, load_passages
from toolkit.rounds.adjudication import Adjudication
from toolkit.rounds.comparison import same_answer
from toolkit.rounds.merging import differing
from toolkit.schema import Fault, Field, check_answer, fields_of
from toolkit.studio.adjudication import (
    AdjudicateResult,
    check_adjudicator,
    keep_tasks,
    open_adjudication,
    standing,
)
from toolkit.studio.decisions import Decisions
from toolkit.studio.versions import Version
from toolkit.tasks import Task
from toolkit.workspace import Workspace

Values = Mapping[str, Any]


class Candidate(NamedTuple):
    """An answer to choose, and how many gave it; who, is not told."""

    value: Values
    given_by: int


class Decided(NamedTuple):
    """What was decided; ``value`` None: the passage is of no use."""

    value: Values | None
    reason: str | None


@dataclass
class Case:
    """A disagreement.

    Attributes:
        shown: what Label Studio would show beside the passage (``task_data``).
        candidates: the different answers, in an order that tells nothing about who gave them.
        decided: what stands now, wherever it was given.
    """

    passage: Passage
    task: Task
    shown: Mapping[str, Any]
    fields: Sequence[Field]
    candidates: Sequence[Candidate]
    decided: Decided | None

    @cached_property
    def differing(self) -> Sequence[Field]:
        """The fields in which the candidates differ, free text included."""
        return differing(self.fields, [one.value for one in self.candidates])


class _Step(NamedTuple):
    """What a decision replaced, to undo it."""

    place: int
    kept: Version | None
    decided: Decided | None


class Sitting:
    """The disagreements, where the person is among them, and what was decided; every decision is durable at once.

    Attributes:
        round: the round's name.
        by: who decides.
        cases: the disagreements in the round's order, decided ones included.
        place: the one at hand; ``len(cases)`` when there is none left.
    """

    def __init__(self, workspace: Workspace, *, round: str, by: str) -> None:
        """Open it.

        Raises:
            ToolkitError: ``ROUND-UNKNOWN``, ``SCHEMA-DRIFT``, ``ADJUDICATOR``, ``LOCKED``.
        """
        check_adjudicator(by)
        self.round, self.by, self._workspace = round, by, workspace
        with workspace.lock():
            of, kept = open_adjudication(workspace, round, by)
            keep_tasks(workspace, of, kept)
            self._decisions = Decisions(workspace, round)
            of, _ = open_adjudication(workspace, round, by)  # with what a killed sitting had decided
        self._model = of.answers.model
        self.cases = _cases(workspace, of)
        self._steps: list[_Step] = []
        self._made = 0
        self.place = 0
        self._to_next_undecided()

    @property
    def case(self) -> Case | None:
        """The disagreement at hand."""
        return self.cases[self.place] if self.place < len(self.cases) else None

    @property
    def decided(self) -> int:
        """How many are decided."""
        return sum(case.decided is not None for case in self.cases)

    def take(self, value: Values, reason: str | None = None) -> tuple[Fault, ...]:
        """Decide for an answer and go on; return what is wrong with it when the schema refuses it.

        Raises:
            ToolkitError: ``LOCKED``, ``IO-FULL``; nothing is decided then.
        """
        assert self.case is not None
        checked = check_answer(self._model, value, self.case.passage.text)
        if isinstance(checked, tuple):
            return checked
        self._decide(self.case, Decided(checked.model_dump(mode="json"), reason))
        return ()

    def skip(self, reason: str | None = None) -> None:
        """Decide that the passage is of no use, and go on.

        Raises:
            ToolkitError: ``LOCKED``, ``IO-FULL``; nothing is decided then.
        """
        assert self.case is not None
        self._decide(self.case, Decided(None, reason))

    def undo(self) -> bool:
        """Take the last decision of this sitting back and go to it; return whether there was one.

        Raises:
            ToolkitError: ``LOCKED``, ``IO-FULL``; it stands then.
        """
        if not self._steps:
            return False
        step = self._steps[-1]
        case = self.cases[step.place]
        self._decisions.put_back(case.task, case.passage, step.kept)
        self._steps.pop()
        case.decided, self.place = step.decided, step.place
        self._made += 1
        return True

    def move(self, by: int) -> None:
        """Go back or on without deciding."""
        self.place = max(0, min(len(self.cases), self.place + by))

    def result(self) -> AdjudicateResult:
        """Return how the round stands now.

        Raises:
            ToolkitError: ``LOCKED`` while another run holds the workspace; what was decided is kept.
        """
        if self._made:
            self._decisions.bring_up()  # an interrupt may have come between the ledger and the round's file
        of, _ = open_adjudication(self._workspace, self.round, self.by)
        return standing(of).model_copy(update={"changed": self._made > 0})

    def _decide(self, case: Case, decided: Decided) -> None:
        before = self._decisions.given(case.task)
        self._decisions.keep(case.task, case.passage, decided.value, decided.reason)
        self._steps.append(_Step(self.place, before, case.decided))
        case.decided = decided
        self._made += 1
        self._to_next_undecided()

    def _to_next_undecided(self) -> None:
        """Go to the next one that is open, from here to the end and then from the start."""
        total = len(self.cases)
        order = [*range(self.place, total), *range(min(self.place, total))]
        self.place = next((place for place in order if self.cases[place].decided is None), total)


def _cases(workspace: Workspace, of: Adjudication) -> list[Case]:
    around = neighbours_of(of.answers.model, load_passages(workspace))
    wanted = [passage for passage in of.wanted if of.is_decided(passage) or of.is_waiting(passage)]
    return [case for passage in wanted if (case := _case(of, passage, around)).candidates]


def _case(of: Adjudication, passage_id: str, around: Mapping[str, Neighbours]) -> Case:
    passage, task, model = of.answers.passages[passage_id], of.task(passage_id), of.answers.model
    decided = None
    if of.is_decided(passage_id):
        annotation = of.answers.decisions[passage_id].annotation
        decided = Decided(None if annotation.skipped else of.answers.decisions[passage_id].value, annotation.reason)
    fields = fields_of(model)
    candidates: list[Candidate] = []
    for answer in of.candidates(passage_id):
        assert answer.value is not None
        same = next((n for n, one in enumerate(candidates) if same_answer(fields, one.value, answer.value)), None)
        if same is None:
            candidates.append(Candidate(answer.value, 1))
        else:
            candidates[same] = candidates[same]._replace(given_by=candidates[same].given_by + 1)
    return Case(passage, task, task_data(model, task, passage, around), fields, candidates, decided)
