"""Every annotator's figures and flags, out of a round's answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar, get_args

from toolkit.agreement.table import Value
from toolkit.rounds.answers import RoundAnswers
from toolkit.rounds.comparison import COMPARABLE, measured_form
from toolkit.rounds.reliability.drift import Scores, agreement_of, drift_of, flags_of_drift, over_all, scores_of
from toolkit.rounds.reliability.given import Compared, Given, compared, given_by, is_ordered, rows_of
from toolkit.rounds.reliability.intervals import shared_level
from toolkit.rounds.reliability.model import (
    LIMITS,
    Drift,
    Flag,
    FlagCode,
    Modelled,
    OnGold,
    Reliability,
    Runs,
    rounded,
)
from toolkit.rounds.reliability.modelled import models_of
from toolkit.rounds.reliability.on_gold import flags_of_gold, on_gold
from toolkit.rounds.reliability.runs import flags_of_runs, runs_in
from toolkit.rounds.reliability.speed import flags_of_speed, speeds
from toolkit.schema import SINGLE, Field

K = TypeVar("K")
T = TypeVar("T")
_ORDER: Final[tuple[str, ...]] = get_args(FlagCode)


class _Round(NamedTuple):
    """What all figures are made from; by annotator, then by field."""

    given: Mapping[str, Sequence[Given]]
    fields: Mapping[str, Field]
    found: Mapping[str, Compared]
    gold: Mapping[str, Mapping[str, Value | None]]


class _Tests(NamedTuple):
    """How many figures of a kind could be flagged: a false alarm's chance is shared out among them."""

    gold: int
    runs: int
    times: int


def reliability(answers: RoundAnswers) -> tuple[Reliability, ...]:
    """Return what the answers of each annotator say, by name; people without an answer too."""
    read = _read(answers)
    times, drifts, runs, golds, models = speeds(read.given), _drifts(read), _runs(read), _golds(read), _models(read)
    tests = _Tests(
        gold=_telling(one.items for found in golds.values() for one in found.values()),
        runs=_telling(one.answers for found in runs.values() for one in found.values()),
        times=_telling(one.timed for one in times.values() if one is not None),
    )
    people = [
        Reliability(
            annotator=name,
            answers=sum(one.valid for one in given),
            gold=golds[name],
            model=models[name],
            agreement={
                field: agreement_of(read.fields[field], given, found, answers.gold)
                for field, found in read.found.items()
            },
            drift={field: one for field, one in drifts[name].items() if field is not None},
            drift_over_all=drifts[name].get(None),
            speed=times[name],
            runs=runs[name],
            ordered=is_ordered(given),
            flags=(),
        )
        for name, given in read.given.items()
    ]
    return tuple(person.model_copy(update={"flags": _flags(person, tests)}) for person in people)


def _flags(person: Reliability, tests: _Tests) -> tuple[Flag, ...]:
    drifts: dict[str | None, Drift | None] = {None: person.drift_over_all}
    drifts.update(person.drift)
    found = [
        *flags_of_gold(person.gold, tests.gold),
        *flags_of_drift(drifts),
        *flags_of_speed(person.speed, tests.times),
        *flags_of_runs(person.runs, tests.runs),
    ]
    return tuple(sorted(found, key=lambda flag: _ORDER.index(flag.code)))


def _read(answers: RoundAnswers) -> _Round:
    fields = {field.name: field for field in answers.fields}
    known = {
        name: {passage: measured_form(field, item.answer.get(name)) for passage, item in answers.gold.items()}
        for name, field in fields.items()
    }
    return _Round(given_by(answers), fields, {name: compared(answers, field) for name, field in fields.items()}, known)


def _drifts(read: _Round) -> dict[str, dict[str | None, Drift]]:
    """Return each person's drift by field, and under None that of all together; all intervals hold at once at 95 %."""
    scores: dict[str, dict[str | None, Scores]] = {}
    for name, given in read.given.items():
        by_field: dict[str | None, Scores] = {
            field: scores_of(read.fields[field], given, found, read.gold[field])
            for field, found in read.found.items()
            if read.fields[field].kind in COMPARABLE and is_ordered(given)
        }
        scores[name] = {None: over_all(by_field.values()), **by_field}
    tests = _telling(sum(s is not None for s in one) for of_fields in scores.values() for one in of_fields.values())
    level = rounded(shared_level(tests, LIMITS.false_alarms))
    return {
        name: _defined({field: drift_of(one, level) for field, one in of_fields.items()})
        for name, of_fields in scores.items()
    }


def _runs(read: _Round) -> dict[str, dict[str, Runs]]:
    return {
        name: _defined({field: runs_in(given, found) for field, found in read.found.items() if is_ordered(given)})
        for name, given in read.given.items()
    }


def _golds(read: _Round) -> dict[str, dict[str, OnGold]]:
    return {
        name: _defined(
            {field: on_gold(read.fields[field], given, found, read.gold[field]) for field, found in read.found.items()}
        )
        for name, given in read.given.items()
    }


def _models(read: _Round) -> dict[str, dict[str, Modelled]]:
    documents = {one.passage: one.document for given in read.given.values() for one in given}
    models = {
        name: models_of(field, rows_of(read.found[name], documents), read.gold[name])
        for name, field in read.fields.items()
        if field.kind in SINGLE
    }
    return {name: _defined({field: of.get(name) for field, of in models.items()}) for name in read.given}


def _defined(found: Mapping[K, T | None]) -> dict[K, T]:
    return {name: one for name, one in found.items() if one is not None}


def _telling(counts: Iterable[int]) -> int:
    """Return how many figures rest on answers enough to be flagged: only they count as tests."""
    return sum(count >= LIMITS.least_answers for count in counts)
