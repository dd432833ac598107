"""Annotations to records: every answer checked, one record of each passage, and a problem for what became none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from toolkit.catalog import find_schema, reference_of
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Account, Problem, Result, content_id, count_by, digest
from toolkit.records.again import answered_again
from toolkit.records.foreign import STEP, check_file
from toolkit.records.record import Record
from toolkit.records.resolution import Resolved, resolve
from toolkit.records.resolver import Resolvers, resolvers_of
from toolkit.records.store import put_records
from toolkit.records.votes import Fallback, Votes, fallbacks, votes_of
from toolkit.rounds.answers import Answer, RoundAnswers, read_round
from toolkit.rounds.plan import load_plan, round_names
from toolkit.workspace import Workspace

Outcome = Literal["records", "open", "skipped", "unresolved", "invalid", "gone", "asked_again"]
_OUTCOMES: tuple[Outcome, ...] = ("records", "open", "skipped", "unresolved", "invalid", "gone")


class ValidateResult(Result):
    """What became of the annotations.

    Attributes:
        records: records of the validated rounds; for a foreign file, its valid rows.
        rounds: the rounds that were validated.
        resolutions: how the records came about, each with its count.
        migrated: records made under today's schema from answers to an older version.
        fallbacks: the fields that were to be decided by weighted votes and went by majority, each with the reason.
    """

    records: int
    rounds: tuple[str, ...]
    resolutions: dict[str, int]
    migrated: int = 0
    fallbacks: tuple[Fallback, ...] = ()


class _Passed(NamedTuple):
    """What became of one passage."""

    outcome: Outcome
    record: Record | None
    problems: tuple[Problem, ...]


def validate(
    workspace: Workspace,
    *,
    round: str | None = None,
    resolver: str | tuple[str, ...] = "majority",
    input: Path | None = None,
    schema: str | None = None,
    migrate: bool = False,
) -> ValidateResult:
    """Make one record of each passage of a round, or check a foreign file.

    Args:
        workspace: where rounds and records lie.
        round: whose annotations become records; None: those of every round.
        resolver: how differing answers end: ``majority`` of more than half; ``dawid-skene``, votes weighed by how
            reliable each annotator is in this round, where that is certain enough; or ``lead``, by an adjudicator
            alone. For one field: ``FIELD=NAME``; several may be given. Numbers, dates and rankings, and whatever
            annotators share too little of, go by majority instead of weighted votes; the result says so.
        input: a JSON Lines file of answers to check instead; nothing of it is stored but its problems.
        schema: the schema of ``input``; with rounds, only rounds of this schema. Default: the workspace's.
        migrate: bring answers to an older version of the schema over to today's, and check them there; what cannot be
            is a problem, which ``push --problems`` asks a person. Else each round is checked as it was asked.

    Raises:
        ToolkitError: ``ROUND-NONE`` when there is nothing to validate, ``SCHEMA-NONE`` when ``input`` comes without a
            schema, ``RESOLVER`` and ``RESOLVER-FIELD``, and what finding a round or a schema raises.
    """
    with workspace.lock():
        if input is not None:
            return _validate_file(workspace, input, schema)
        rounds = _chosen(workspace, round, schema, migrate=migrate)
        resolvers = resolvers_of(resolver, [field for answers in rounds for field in answers.fields])
        return _validate_rounds(workspace, rounds, resolvers)


def _validate_rounds(workspace: Workspace, rounds: Sequence[RoundAnswers], resolvers: Resolvers) -> ValidateResult:
    votes = {answers.plan.name: votes_of(answers, resolvers) for answers in rounds}
    passed = {answers.plan.name: _pass_all(answers, votes[answers.plan.name]) for answers in rounds}
    _give_way(workspace, rounds, passed)
    changed = False
    for answers in rounds:
        name, schema = answers.plan.name, answers.schema_name
        records = [one.record for one in passed[name].values() if one.record]
        changed |= put_records(workspace, schema, name, records)
        problems = [problem for one in passed[name].values() for problem in one.problems]
        changed |= workspace.put_problems(STEP, name, problems)
    everything = [one for of_round in passed.values() for one in of_round.values()]
    outcomes = count_by(one.outcome for one in everything)
    return ValidateResult(
        records=outcomes.get("records", 0),
        rounds=tuple(passed),
        resolutions=dict(count_by(one.record.resolution for one in everything if one.record)),
        migrated=sum(
            one.record is not None
            for answers in rounds
            if answers.version != answers.plan.schema_version
            for one in passed[answers.plan.name].values()
        ),
        fallbacks=tuple(one for answers in rounds for one in fallbacks(answers, votes[answers.plan.name])),
        problems=sum(workspace.count_problems(STEP, name) for name in passed),
        changed=changed,
        account=Account(noun="passages", items=len(everything), into={**dict.fromkeys(_OUTCOMES, 0), **outcomes}),
    )


def _validate_file(workspace: Workspace, path: Path, schema: str | None) -> ValidateResult:
    name = schema or workspace.settings.schema_name
    if name is None:
        raise ToolkitError(
            said(f"No schema is named for '{path}'.", f"没有为 '{path}' 指定模式。"),
            hint=said(
                "Name one: --schema NAME; see: toolkit schemas list",
                "请指定：--schema NAME；查看：toolkit schemas list",
            ),
            code="SCHEMA-NONE",
        )
    rows = list(check_file(find_schema(name, workspace).model, path))
    good = sum(not problems for problems in rows)
    changed = workspace.put_problems(STEP, f"file {path.name}", [problem for problems in rows for problem in problems])
    return ValidateResult(
        records=good,
        rounds=(),
        resolutions={},
        problems=sum(map(len, rows)),
        changed=changed,
        account=Account(noun="rows", items=len(rows), into={"valid": good, "invalid": len(rows) - good}),
    )


def _chosen(workspace: Workspace, round_name: str | None, schema: str | None, *, migrate: bool) -> list[RoundAnswers]:
    if round_name is not None:
        return [read_round(workspace, round_name, migrated=migrate)]
    reference = reference_of(schema, workspace) if schema else None
    names = [name for name in round_names(workspace) if reference in {None, load_plan(workspace, name).schema_name}]
    chosen = [read_round(workspace, name, migrated=migrate) for name in names]
    if not chosen:
        raise ToolkitError(
            said("There is no round to validate.", "没有可校验的轮次。"),
            hint=said(
                "Open one: toolkit push --round R --annotators A,B", "请先创建：toolkit push --round R --annotators A,B"
            ),
            code="ROUND-NONE",
        )
    return chosen


def _pass_all(answers: RoundAnswers, votes: Votes) -> dict[str, _Passed]:
    return {passage: _pass(answers, passage, votes) for passage in sorted(answers.tasks)}


def _give_way(workspace: Workspace, rounds: Sequence[RoundAnswers], passed: dict[str, dict[str, _Passed]]) -> None:
    """Leave a passage that a round from problems asked again, and has a record of, to that round."""
    made = {name: [one.record for one in of_round.values() if one.record] for name, of_round in passed.items()}
    for name, passage in answered_again(workspace, rounds, made):
        passed[name][passage] = _Passed("asked_again", None, ())


def _pass(answers: RoundAnswers, passage_id: str, votes: Votes) -> _Passed:
    """Return what became of one passage: a record, or at least one problem that says why not."""
    passage = answers.passages.get(passage_id)
    where = f"round {answers.plan.name}, passage {passage_id}"
    if passage is None:
        gone = _problem("PASSAGE-GONE", where, "no such passage", "the passage as it was pushed", _GONE)
        return _Passed("gone", None, (gone,))
    given, decision = answers.answers.get(passage_id, ()), answers.decisions.get(passage_id)
    faults = tuple(_invalid(answers, one) for one in [*given, *([decision] if decision else [])] if one.faults)
    invalid = tuple(problem for of_answer in faults for problem in of_answer)
    if answers.is_open(passage_id) and not answers.is_decided(passage_id):
        found = f"{len(given)} of {len(answers.tasks[passage_id])} answers"
        hint = f"Let the annotators finish, then: toolkit pull --round {answers.plan.name}"
        return _Passed("open", None, (*invalid, _problem("OPEN", where, found, "every annotator's answer", hint)))
    if problem := _skipped(where, given, decision):
        return _Passed("skipped", None, (*invalid, problem))
    resolved = None
    if decision is None or decision.begun is None:  # no majority replaces a valid decision
        resolved = resolve(
            answers.model, answers.fields, given, decision, text=passage.text, votes=votes.on(passage_id)
        )
    if resolved:
        return _Passed("records", _record(answers, passage_id, resolved), invalid)
    if invalid:
        return _Passed("invalid", None, invalid)
    hint = f"toolkit round adjudicate --round {answers.plan.name} --by NAME"
    found = f"{len(given)} answers that differ"
    problem = _problem("UNRESOLVED", where, found, votes.expected(), hint)
    return _Passed("unresolved", None, (problem,))


def _skipped(where: str, given: Sequence[Answer], decision: Answer | None) -> Problem | None:
    """Return the problem of a passage that everybody skipped, or the adjudicator did: a refusal to decide stands."""
    hint = "Nothing, if the passage is of no use; else answer it in Label Studio and pull again."
    if decision is not None and decision.annotation.skipped:
        return _problem("SKIPPED-BY-ADJUDICATOR", where, "skipped by the adjudicator", "a decision", hint)
    if decision is None and all(one.annotation.skipped for one in given):
        return _problem("SKIPPED-BY-ALL", where, f"skipped by {len(given)}", "an answer", hint)
    return None


_GONE = "Ingest and segment the document as it was when the round was pushed, or open a new round."


def _record(answers: RoundAnswers, passage_id: str, resolved: Resolved) -> Record:
    passage, plan = answers.passages[passage_id], answers.plan
    used = sorted(answer.annotation.id for answer in resolved.used)
    people = {answer.annotation.annotator for answer in resolved.used if answer.annotation.role == "annotator"}
    decider = answers.decisions[passage_id].annotation.annotator if resolved.resolution == "adjudicated" else None
    made_from = [passage_id, answers.version, used, resolved.resolution]
    if resolved.confidence:  # answers about other passages weighed in: they may have changed what came out
        made_from.append(digest([resolved.value, resolved.confidence]))
    return Record(
        id=content_id("rec", *made_from),
        passage=passage_id,
        document=passage.document,
        view=passage.view,
        start=passage.start,
        schema_name=answers.schema_name,
        schema_version=answers.version,
        round=plan.name,
        answer=resolved.value,
        annotations=tuple(used),
        annotators=tuple(sorted(people)),
        adjudicator=decider,
        resolution=resolved.resolution,
        confidence=resolved.confidence,
        overruled=resolved.overruled,
    )


def _invalid(answers: RoundAnswers, answer: Answer) -> tuple[Problem, ...]:
    annotation = answer.annotation
    where = f"round {answers.plan.name}, task {annotation.task}"
    hint = f"{annotation.annotator} corrects the answer in Label Studio; then: toolkit pull --round {answers.plan.name}"
    if migrated := answer.begun is not None:
        declare = f"Migration(before='{annotation.schema_version}', ...)"
        hint = f"toolkit push --problems --round NEW asks a person; or declare it: {declare}"
    return tuple(
        _problem(
            fault.code if migrated else "ANSWER-INVALID",
            f"{where}, field {fault.field}" if fault.field else where,
            fault.found,
            fault.expected,
            hint,
        )
        for fault in answer.faults
    )


def _problem(code: str, where: str, found: str, expected: str, hint: str) -> Problem:
    return Problem(code=code, step=STEP, where=where, found=found, expected=expected, hint=hint)
