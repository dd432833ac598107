"""A round from problems: the passages whose answers became no record are asked again, from where their answers ended.

What is asked is settled when the round opens and kept in its folder, so that continuing it sends the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from toolkit.catalog import FoundSchema
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Problem
from toolkit.rounds.answers import Answer, RoundAnswers, read_round
from toolkit.rounds.plan import load_plan, load_tasks, round_names
from toolkit.workspace import Workspace, read_jsonl, write_jsonl

FILE: Final = "again.jsonl"
ANSWERABLE: Final = frozenset({"ANSWER-INVALID", "UNRESOLVED", "MIGRATE-SPLIT", "MIGRATE-MISSING", "MIGRATE-INVALID"})
"""Problems of ``validate`` that a person's answer ends."""
_STEP: Final = "validate"
_PLACE: Final = re.compile(r"round (?P<round>[^\s,]+), (?P<noun>passage|task) (?P<id>\w+)")


class Again(Noun):
    """A passage that is asked again.

    Attributes:
        rounds: the rounds in which it became a problem, sorted; the answer given now counts instead of theirs.
        begun: what the answers given there have in common, as far as it fits what is asked now; fields that nobody
            answered, or on which they differ, are absent.
    """

    passage: str
    rounds: tuple[str, ...]
    begun: dict[str, Any]


def ask_again(workspace: Workspace, round_name: str, found: FoundSchema) -> list[Again]:
    """Return what a round from problems asks: what it settled when it opened, else the problems as they are now.

    Raises:
        ToolkitError: ``PROBLEMS-NONE`` when there is nothing that a person could answer.
    """
    if workspace.has_round(round_name):
        return list(load_again(workspace, round_name))
    open_problems = _open_problems(workspace, round_name, found)
    again = [_again(passage, rounds) for passage, rounds in sorted(open_problems.items())]
    if not again:
        raise ToolkitError(
            said(
                f"No answer under '{found.reference}' became a problem that a person could mend.",
                f"'{found.reference}' 下没有可由人解决的答案问题。",
            ),
            hint=said(
                "First: toolkit validate --round R (with --migrate for rounds of an older version).",
                "请先运行：toolkit validate --round R（旧版本的轮次加 --migrate）。",
            ),
            code="PROBLEMS-NONE",
        )
    return again


def keep_again(workspace: Workspace, round_name: str, again: Sequence[Again]) -> None:
    """Write what a round from problems asks, before the round is open."""
    write_jsonl(workspace.round(round_name) / FILE, (one.model_dump(mode="json") for one in again))


def load_again(workspace: Workspace, round_name: str) -> Iterator[Again]:
    """Yield what a round from problems asks; nothing for another round."""
    for row in read_jsonl(workspace.round(round_name) / FILE):
        yield Again.model_validate(row)


def withheld(again: Sequence[Again], passages: Mapping[str, object]) -> list[Problem]:
    """Return why some passages are not asked again: they are not among those that may be sent."""
    return [
        Problem(
            code="PASSAGE-WITHHELD",
            step="push",
            where=f"passage {one.passage}",
            found="a view that the privacy policy does not let out, or a text that came with answers from elsewhere",
            expected="a passage that push may send",
            hint="Its problem stays open: change the policy back, or mend the answer where it came from.",
        )
        for one in again
        if one.passage not in passages
    ]


def _open_problems(workspace: Workspace, round_name: str, found: FoundSchema) -> dict[str, list[RoundAnswers]]:
    """Return passage id to the rounds, read under today's schema, in which it is a problem and no record."""
    passages: dict[str, list[RoundAnswers]] = {}
    recorded = {(row["round"], row["passage"]) for row in read_jsonl(workspace.records(found.name))}
    named = _named_in_problems(workspace)
    for name in round_names(workspace):
        if name == round_name or name not in named or load_plan(workspace, name).schema_name != found.reference:
            continue
        answers = read_round(workspace, name, migrated=True)
        passage_of = {task.id: task.passage for task in load_tasks(workspace, name)}
        for passage in {passage_of.get(id_, id_) for id_ in named[name]}:
            if passage in answers.passages and (name, passage) not in recorded and not answers.is_open(passage):
                passages.setdefault(passage, []).append(answers)
    return passages


def _named_in_problems(workspace: Workspace) -> dict[str, set[str]]:
    """Return round to the ids of the passages and tasks that its answerable problems name."""
    named: dict[str, set[str]] = {}
    for row in read_jsonl(workspace.problems):
        place = _PLACE.match(row["where"])
        if place and row["step"] == _STEP and row["code"] in ANSWERABLE:
            named.setdefault(place["round"], set()).add(place["id"])
    return named


def _again(passage: str, rounds: Sequence[RoundAnswers]) -> Again:
    given: list[Answer] = []
    for answers in rounds:
        decision = answers.decisions.get(passage)
        given += [decision] if decision else answers.answers.get(passage, ())
    values = [one.value if one.value is not None else one.begun for one in given]
    names = tuple(sorted(answers.plan.name for answers in rounds))
    return Again(passage=passage, rounds=names, begun=_common([value for value in values if value is not None]))


def _common(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values that all answers share; of lists, the items."""
    first, *others = answers or [{}]
    shared = {
        name: [item for item in value if all(item in other[name] for other in others)]
        if isinstance(value, list)
        else value
        for name, value in first.items()
        if isinstance(value, list) or all(other[name] == value for other in others)
    }
    return {name: value for name, value in shared.items() if value not in (None, [])}
