"""An earlier round as a source: its answers for the same passages, and its marked words as a gazetteer for others.

The adjudicator's answer counts; where there is none, what more than half of the annotators said. A field on which they
are divided stays open. Words are learnt only where most passages that hold them had them marked, with one label.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from toolkit.annotations import Annotation
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import digest
from toolkit.passages import Passage, load_passages
from toolkit.prelabel.check import checked
from toolkit.prelabel.gazetteer import Gazetteer, Term, without_overlaps
from toolkit.prelabel.matching import span_of
from toolkit.prelabel.source import BATCH, Given
from toolkit.rounds.plan import Plan, load_annotations, load_plan
from toolkit.schema import Field, Schema, fields_of
from toolkit.workspace import Workspace

_SHORTEST: Final = 2
"""Characters that a learnt word has at least."""


class RoundSource:
    """Predictions from the answers of an earlier round, as they were at its last pull.

    Args:
        workspace: where the round is.
        name: its name.
        plan: of the round that is to be predicted.
        model: the schema that is asked now; answers to an older version are checked against it like all others.
        unknown: passages that are treated as if the earlier round had not asked about them.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``; ``PRELABEL-ROUND`` when it is the same round, asked another schema, or has
            no answers.
    """

    batch = BATCH
    host: str | None = None

    def __init__(
        self, workspace: Workspace, name: str, plan: Plan, model: type[Schema], unknown: Collection[str] = ()
    ) -> None:
        # Other words about the same passages are other predictions.
        self.mark = f"round {name} {digest(sorted(unknown))[:8]}" if unknown else f"round {name}"
        earlier = load_plan(workspace, name)
        if name == plan.name or earlier.schema_name != plan.schema_name:
            raise _unfit(name, plan, earlier)
        answers = resolved(load_annotations(workspace, name))
        self._answers = {passage: answer for passage, answer in answers.items() if passage not in unknown}
        if not self._answers:
            raise _unfit(name, plan, earlier)
        texts = {one.id: one.text for one in load_passages(workspace) if one.id in self._answers}
        sound = {
            id_: checked(model, answer, texts[id_]).answer for id_, answer in self._answers.items() if id_ in texts
        }
        fields = [field for field in fields_of(model) if field.kind == "spans"]
        self._learnt = {field.name: _learnt(field, sound, texts) for field in fields}

    def predict(self, passages: Sequence[Passage]) -> Iterator[tuple[Passage, Given]]:
        """Yield the earlier answer, or the words learnt from the others."""
        return ((passage, self._known(passage)) for passage in passages)

    def _known(self, passage: Passage) -> Given:
        if passage.id in self._answers:
            return Given(self._answers[passage.id])
        answer = {}
        for name, gazetteer in self._learnt.items():
            if hits := without_overlaps(gazetteer.find(passage.text)):
                answer[name] = [span_of(hit, passage.text) for hit in hits]
        return Given(answer or None)


def resolved(annotations: Iterable[Annotation]) -> dict[str, dict[str, Any]]:
    """Return passage id to answer: the adjudicator's, else what more than half of the annotators said."""
    latest: dict[str, Annotation] = {}
    for one in sorted(annotations, key=lambda one: (one.updated_at, one.id)):
        latest[one.task] = one
    decided: dict[str, Annotation] = {}
    given: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in sorted(latest.values(), key=lambda one: (one.updated_at, one.id)):
        if one.role == "adjudicator":
            decided[one.passage] = one
        elif not one.skipped:
            given[one.passage].append(one.answer)
    answers = {passage: _agreed(of_passage) for passage, of_passage in given.items()}
    for passage, one in decided.items():  # to skip is to decide that the passage is of no use
        answers[passage] = {} if one.skipped else one.answer
    return {passage: answers[passage] for passage in sorted(answers) if answers[passage]}


def _agreed(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return each field's value that more than half gave; of lists, the items that more than half named."""
    agreed: dict[str, Any] = {}
    for name in {name: None for answer in answers for name in answer}:
        values = [answer.get(name) for answer in answers]
        if all(isinstance(value, list) for value in values):
            agreed[name] = _most([item for value in values for item in _once(value or [])], len(values))
        elif common := _most(values, len(values)):
            agreed[name] = common[0]
    return agreed


def _most(values: Iterable[Any], voters: int) -> list[Any]:
    counts = Counter(json.dumps(value, ensure_ascii=False, sort_keys=True) for value in values)
    return [json.loads(written) for written, count in counts.items() if 2 * count > voters]


def _once(items: Iterable[Any]) -> list[Any]:
    return list({json.dumps(item, ensure_ascii=False, sort_keys=True): item for item in items}.values())


def _learnt(field: Field, answers: Mapping[str, Mapping[str, Any]], texts: Mapping[str, str]) -> Gazetteer:
    """Return the words that spans mark, without those that as many passages leave unmarked or label in another way."""
    marked: dict[str, Counter[str]] = defaultdict(Counter)
    for answer in answers.values():
        words = {(" ".join(span["text"].split()), span["label"]) for span in answer.get(field.name, ())}
        for text, label in words:
            marked[text][label] += 1
    terms = sorted(text for text in marked if len(text) >= _SHORTEST)
    holding = _passages_with(terms, [texts[passage] for passage in answers])
    kept = []
    for text in terms:
        label, times = max(sorted(marked[text].items()), key=lambda found: found[1])
        if 2 * times > marked[text].total() and 2 * times > holding[text]:
            kept.append(Term(text, label))
    return Gazetteer(kept)


def _passages_with(terms: Sequence[str], texts: Iterable[str]) -> Counter[str]:
    """Return in how many texts each term stands by itself or inside a longer one."""
    holding: Counter[str] = Counter()
    every = Gazetteer(Term(term, term) for term in terms)
    for text in texts:
        holding.update({hit.label for hit in every.find(text)})
    return holding


def _unfit(name: str, plan: Plan, earlier: Plan) -> ToolkitError:
    if name == plan.name:
        why = said("it is the round itself", "它就是本轮次")
    elif earlier.schema_name != plan.schema_name:
        why = said(f"it asked '{earlier.schema_name}'", f"它使用的模式是 '{earlier.schema_name}'")
    else:
        why = said("it has no answers on file", "尚无已拉取的答案")
    return ToolkitError(
        said(f"The round '{name}' cannot predict answers here: {why}.", f"轮次 '{name}' 不能用于预标注：{why}。"),
        hint=said(
            "Name an earlier round with the same schema, pulled before: --prelabel round:NAME",
            "请指定使用同一模式且已拉取过的早先轮次：--prelabel round:NAME",
        ),
        code="PRELABEL-ROUND",
    )
