"""The votes of a round: which field goes which way, what the model of annotators says, and where it had to be left."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from toolkit.noun import Noun
from toolkit.records.resolver import Resolvers
from toolkit.rounds.answers import RoundAnswers
from toolkit.rounds.comparison import COMPARABLE, comparable
from toolkit.rounds.weighing import WEIGHED, Verdict, weigh
from toolkit.schema import Field

CERTAIN: Final = 0.8
"""The probability that a weighted vote has to reach, else a person decides. Of the fields that just reach it one in
five is wrong; a lead's look at five costs less than a wrong label that is learnt from."""


class Fallback(Noun):
    """A field that was to be decided by weighted votes and went by majority.

    Attributes:
        reason: ``kind``: its values are numbers, dates or rankings, which are not weighed; ``overlap``: an annotator
            shares too few passages with two others (see ``LEAST_SHARED``), so that nothing is known of their errors.
        passages: about which its values differ.
    """

    round: str
    field: str
    reason: Literal["kind", "overlap"]
    passages: int


class Votes(NamedTuple):
    """How the fields of one passage, or of a whole round, are decided.

    Attributes:
        verdicts: field to passage to verdict, for the fields that are to be decided by weighted votes.
    """

    resolvers: Resolvers
    verdicts: Mapping[str, Mapping[str, Verdict]]

    def on(self, passage: str) -> "Ballot":
        """Return what holds for one passage."""
        there = {field: of_field[passage] for field, of_field in self.verdicts.items() if passage in of_field}
        return Ballot(self.resolvers, there)

    def expected(self) -> str:
        """Return in plain words what would have made a record."""
        chosen = {self.resolvers.default, *self.resolvers.own.values()}
        ways = {
            "majority": "one answer by more than half",
            "dawid-skene": f"a weighted vote of {CERTAIN} or more",
            "lead": "equal answers",
        }
        return ", or ".join([words for name, words in ways.items() if name in chosen] + ["an adjudicator's"])


class Ballot(NamedTuple):
    """How the fields of one passage are decided; ``verdicts`` has the fields that can be weighed."""

    resolvers: Resolvers
    verdicts: Mapping[str, Verdict]


def votes_of(answers: RoundAnswers, resolvers: Resolvers) -> Votes:
    """Weigh the answers of a round in the fields that ask for it."""
    weighed = [field for field in answers.fields if resolvers.of(field.name) == "dawid-skene"]
    return Votes(resolvers, {field.name: weigh(field, answers) for field in weighed if field.kind in COMPARABLE})


def fallbacks(answers: RoundAnswers, votes: Votes) -> tuple[Fallback, ...]:
    """Return the fields that went by majority although they were to be weighed, where their values differ."""
    found = []
    for field in answers.fields:
        if field.name in votes.verdicts:
            differing = [passage for passage in answers.tasks if _differ(field, answers, passage)]
            without = sum(passage not in votes.verdicts[field.name] for passage in differing)
            reason: Literal["kind", "overlap"] = "overlap" if field.kind in WEIGHED else "kind"
            if without:
                found.append(Fallback(round=answers.plan.name, field=field.name, reason=reason, passages=without))
    return tuple(found)


def _differ(field: Field, answers: RoundAnswers, passage: str) -> bool:
    given = [one.value for one in answers.answers.get(passage, ()) if one.value is not None]
    return len({comparable(field, value[field.name]) for value in given}) > 1
