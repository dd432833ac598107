"""Passages that a round asked again: once answered there, that round's record is the only one."""

from collections.abc import Iterable, Mapping, Sequence

from toolkit.records.record import Record
from toolkit.records.store import load_records
from toolkit.rounds.again import load_again
from toolkit.rounds.answers import RoundAnswers
from toolkit.rounds.plan import round_names
from toolkit.workspace import Workspace


def answered_again(
    workspace: Workspace, rounds: Sequence[RoundAnswers], made: Mapping[str, Iterable[Record]]
) -> set[tuple[str, str]]:
    """Return round and passage of what another round asked again and made a record of, under the same version.

    Args:
        workspace: where rounds and records lie.
        rounds: the rounds in question.
        made: the records that are being made now, by round; for other rounds those on file count.
    """
    found = set()
    for name in round_names(workspace):
        again = list(load_again(workspace, name))
        for answers in rounds:
            asked = {one.passage for one in again if answers.plan.name in one.rounds}
            if asked and name in made:
                records = made[name]
            else:
                records = [one for one in load_records(workspace, answers.schema_name) if one.round == name and asked]
            there = {one.passage for one in records if one.schema_version == answers.version}
            found |= {(answers.plan.name, passage) for passage in asked & there}
    return found
