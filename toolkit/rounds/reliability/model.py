"""What is said of an annotator: figures, the limits they are held against, and flags. No words for a reader here."""

from collections.abc import Mapping
from typing import Final, Literal

from toolkit.noun import Noun

FlagCode = Literal["gold_low", "falling", "rising", "fast", "slow", "too_fast", "same_run", "one_answer"]
"""What stands out:

- ``gold_low``: right answers on gold items are surely rarer than the limit;
- ``falling``, ``rising``: agreement in the second half of the answers differs from that in the first;
- ``fast``, ``slow``: the usual answer takes a time that would be unusual for the others;
- ``too_fast``: single answers faster than anybody reads, and not only a few of them;
- ``same_run``: equal answers in a row, more than the annotator's own shares of answers explain;
- ``one_answer``: one answer nearly always, where others gave it to clearly fewer of the same passages.
"""

FLAG_KINDS: Final[Mapping[FlagCode, Literal["gold", "drift", "speed", "straight_lining"]]] = {
    "gold_low": "gold",
    "falling": "drift",
    "rising": "drift",
    "fast": "speed",
    "slow": "speed",
    "too_fast": "speed",
    "same_run": "straight_lining",
    "one_answer": "straight_lining",
}
Lacking = Literal["too little overlap", "too few annotators"]
_DIGITS: Final = 6


class Limits(Noun):
    """What figures are held against; fixed before any round was looked at.

    Attributes:
        least_answers: fewer answers than this (of one person, in a field) are shown, and never flagged.
        false_alarms: the chance that a round of honest annotators gets any flag of one kind; it is shared out among
            annotators and fields (Bonferroni).
        accuracy, f1_exact: right answers on gold items that are asked of an annotator.
        usual_speed: robust z of a person's median time among the others' answers.
        single_speed: robust z beyond which a single answer is an outlier (B. Iglewicz and D. Hoaglin, "How to Detect
            and Handle Outliers", 1993, who propose 3.5).
        too_fast_share: share of answers that may be too fast.
        least_spread: the least standard deviation of the natural logarithm of times; times closer than that are alike.
        one_answer: the share from which one answer is given nearly always.
        others_in_run: a run is no wonder where others gave more than this share of the same answers.
    """

    least_answers: int = 20
    false_alarms: float = 0.05
    accuracy: float = 0.7
    f1_exact: float = 0.5
    usual_speed: float = 2.5
    single_speed: float = 3.5
    too_fast_share: float = 0.05
    least_spread: float = 0.25
    one_answer: float = 0.95
    others_in_run: float = 0.75


LIMITS: Final = Limits()


class Flag(Noun):
    """Something that stands out, with the figures that it rests on. It is a reason to look, not a verdict.

    Attributes:
        field: the field it is about; None where it is about whole answers.
        figures: what a sentence about it needs, by name; the same names for every flag of one code, save that a
            ``same_run`` has ``others`` only where others answered the run's passages.
    """

    code: FlagCode
    field: str | None
    figures: dict[str, float | int | str]


class OnGold(Noun):
    """Answers to gold items held against the known answer.

    Attributes:
        measure: ``accuracy``, or ``f1_exact`` for spans and relations.
        value, low, high: with an interval of 95 %: Wilson's for accuracy; for F1 a bootstrap over documents, None
            where they are too few or all alike.
        items: gold items that the annotator answered.
        right: of them, those whose whole answer is the known one.
    """

    measure: Literal["accuracy", "f1_exact"]
    value: float
    low: float | None
    high: float | None
    items: int
    right: int


class Modelled(Noun):
    """What the model of annotators (Dawid and Skene) says of a person in a field.

    Attributes:
        accuracy: chance that the answer is the true label, over the estimated shares of labels.
        lacking: why there is no figure, else None: too few of the answers are about passages that somebody else
            answered too or that are gold; or two people alone and no gold, of whom either may be right.
        labels: rows and columns of ``confusion``.
        confusion: one row for each true label: chances of each given label.
        most: the most frequent confusion as (true label, given label), by its chance among all answers; None when it
            comes to less than one answer.
        most_share: that chance.
        answers: how many answers it rests on.
    """

    accuracy: float | None
    lacking: Lacking | None = None
    labels: tuple[str, ...] = ()
    confusion: tuple[tuple[float, ...], ...] = ()
    most: tuple[str, str] | None = None
    most_share: float | None = None
    answers: int = 0


class Drift(Noun):
    """Agreement in the first half of a person's answers against that in the second, in the order of submission.

    An answer's agreement is whether it equals the gold answer, else the share of the others' answers about the passage
    that it equals; for spans F1. Over all fields it is the mean of the fields'.

    Attributes:
        first, second: mean agreement of each half.
        difference: second less first, with the interval ``low`` to ``high``.
        level: the interval's: 95 %, widened so that it holds for all annotators and fields of the round together.
        answers: how many answers could be held against another.
        course: mean agreement of ten stretches of equal length (fewer where answers are few), for a picture.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    level: float
    answers: int
    course: tuple[float, ...]


class Speed(Noun):
    """How long answers took, beside those of the others.

    Attributes:
        timed: answers whose time is known.
        median: seconds.
        others: the others' median; None where nobody else was timed.
        z: (median of the logarithms - the others' median) / (1.4826 x their median absolute deviation).
        characters, others_characters: median characters of passage a second.
        limit: characters a second beyond which an answer is too fast, if its time is also below the others' median.
        too_fast: how many answers are.
        under: the longest time among those, in seconds; None without any.
    """

    timed: int
    median: float
    others: float | None
    z: float | None
    characters: float
    others_characters: float | None
    limit: float | None
    too_fast: int
    under: float | None


class Runs(Noun):
    """Equal answers in a row, in the order of submission.

    Attributes:
        answers: valid answers.
        longest: length of the longest run of equal answers.
        value: the answer in that run, as text; empty for an empty list or a field left open.
        start: the number of the run's first answer, from 1.
        p: the chance of such a run or a longer one, of any answer, if answers came in no order with the person's own
            shares, 1e-6 at least; not yet corrected for the number of tests.
        others: share of the others' answers about the run's passages that are the same; None where there are none.
        entropy: of the answers, in bits.
        most: the answer given most often; ``most_share`` of all.
        others_most: the share of the others' answers about the same passages that are that one, None without any.
    """

    answers: int
    longest: int
    value: str
    start: int
    p: float
    others: float | None
    entropy: float
    most: str
    most_share: float
    others_most: float | None


class Reliability(Noun):
    """What one annotator's answers say, field by field. A field without a figure is left out of its mapping.

    Attributes:
        answers: valid answers; only they count, except for times.
        gold, model, drift, runs: field to figures.
        agreement: field to agreement with each other person's answers: the share of equal values, for marks exact F1.
        drift_over_all: of all fields together, which tells a smaller change than any field alone.
        speed: None when no time is known.
        ordered: whether the times of submission tell an order; without it there is neither drift nor runs.
        flags: what stands out, in the order of ``FlagCode``.
    """

    annotator: str
    answers: int
    gold: dict[str, OnGold]
    model: dict[str, Modelled]
    agreement: dict[str, float | None]
    drift: dict[str, Drift]
    drift_over_all: Drift | None
    speed: Speed | None
    runs: dict[str, Runs]
    ordered: bool
    flags: tuple[Flag, ...]


def rounded(value: float) -> float:
    """Return a figure as it is stored: beyond these digits sums differ between machines."""
    return round(float(value), _DIGITS)
