"""What the report of a round holds."""

from toolkit.agreement.resampling import Measured
from toolkit.agreement.spans import Misses
from toolkit.noun import Noun, Result
from toolkit.rounds.confusion import Confusion
from toolkit.rounds.disagreement import Disagreement
from toolkit.rounds.guideline import ToSharpen
from toolkit.rounds.heat import Heat
from toolkit.rounds.reliability import Reliability
from toolkit.rounds.shares import LabelShares
from toolkit.rounds.status import Progressed
from toolkit.schema import Kind


class Advice(Noun):
    """One thing to do next.

    Attributes:
        code: a stable name.
        command: what to type, where typing helps.
    """

    code: str
    en: str
    zh: str
    command: str | None = None


class AnnotatorRow(Progressed):
    """One annotator: what became of the tasks, gold items among them, and what the answers say.

    Attributes:
        invalid: answers that the schema refuses; among ``answered``.
        reliability: agreement with the others, right answers on gold, what stands out.
    """

    invalid: int
    reliability: Reliability


class AskedField(Noun):
    """A field of the round's schema, as a reader of the report wants to see it.

    Attributes:
        labels: value to its wording in English and Chinese, for kinds that choose or mark.
    """

    kind: Kind
    title_en: str
    title_zh: str
    labels: dict[str, tuple[str, str]]


class RoundReport(Result):
    """What a round's answers say about each other.

    Attributes:
        passages: how many passages the round asks about; ``compared`` of them have two valid answers or more.
        gone: passages that no longer exist; their answers are left out.
        answers: answers given; ``invalid`` of them are refused by the schema, ``skipped`` are apart.
        repeated: answers that the same person replaced by a later one.
        gold: how many gold items each annotator answers; they count for nothing but reliability.
        guideline: the version of the guideline in force.
        asked: the schema's fields.
        overall: the figures over all comparable fields.
        fields: field to measure to figure, the telling measure first.
        labels: for choices and spans, field to label to the F1 of that label between pairs of annotators (for
            choices it is known as specific agreement). A low one points at the guideline.
        misses: for spans, how spans found no equal.
        annotators: one row each, by name.
        confusions: pairs of labels given to the same thing, the most frequent first.
        disagreements: every passage whose answers differ, with the differing values, the least agreeing first.
        decided: how many of them an adjudicator has decided.
        unfinished: how many of the others somebody has still to answer; they wait for that, then for a decision.
        sharpen: what the guideline says of the pairs of labels most confused.
        shares: for labels, how often each was given, by all and by each person.
        heat: for single labels and spans, which pairs of labels met.
        advice: what to do next, the first thing first.
        report: the file, relative to the workspace.
    """

    round: str
    schema_name: str
    schema_version: str
    overlap: int
    passages: int
    compared: int
    gone: int
    answers: int
    invalid: int
    skipped: int
    open: int
    repeated: int
    gold: int
    guideline: str | None
    asked: dict[str, AskedField]
    overall: dict[str, Measured]
    fields: dict[str, dict[str, Measured]]
    labels: dict[str, dict[str, Measured]]
    misses: dict[str, Misses]
    annotators: tuple[AnnotatorRow, ...]
    confusions: tuple[Confusion, ...]
    disagreements: tuple[Disagreement, ...]
    sharpen: tuple[ToSharpen, ...]
    decided: int
    unfinished: int
    shares: dict[str, LabelShares]
    heat: dict[str, Heat]
    advice: tuple[Advice, ...] = ()
    report: str
