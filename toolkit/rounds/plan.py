"""A round's plan: who labels what. Dealing is pure and depends on content alone, never on order, clock or chance."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from toolkit.annotations import Annotation
from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, digest
from toolkit.passages import Passage, load_passages
from toolkit.tasks import Task, task_for
from toolkit.workspace import Workspace, read_jsonl, write_jsonl

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class Issue(Noun):
    """A guideline that a round runs under.

    Attributes:
        version: of the whole page.
        since: when it took the place of the one before, in UTC; None: since the round opened.
    """

    version: str
    since: str | None = None


class Plan(Noun):
    """What a round settles when it opens; it keeps this to its end, but for size, annotators and guideline.

    Attributes:
        name: letters, digits, dot, dash and underscore, at most 40.
        views: the views whose passages may be labelled; the privacy policy's.
        annotators: who answers now; ``round reassign`` changes them.
        overlap: how many annotators see each passage; all see the gold ones.
        size: how many passages beside gold ones; None: all. It may grow later.
        prelabel: what made the predictions that annotators begin from, each with its version.
        problems: the round asks again what became a problem; which passages, its ``again.jsonl`` says.
        sample: the strategy that chose the passages, or ``file``; which they are, its ``sample.jsonl`` says.
        scores: the round asks again what a training run doubted; which passages, both files say.
        left: who has left; their answers count.
        guidelines: what annotators were told, the one in force last; none where the round was labelled elsewhere.
    """

    name: str
    schema_name: str
    schema_version: str
    views: tuple[Literal["source", "clean", "deid"], ...]
    annotators: tuple[str, ...]
    overlap: int
    size: int | None
    prelabel: tuple[str, ...] = ()
    problems: bool = False
    sample: str | None = None
    scores: bool = False
    left: tuple[str, ...] = ()
    guidelines: tuple[Issue, ...] = ()

    @property
    def guideline(self) -> str | None:
        """The version of the guideline in force."""
        return self.guidelines[-1].version if self.guidelines else None


def check_plan(plan: Plan) -> Plan:
    """Return the plan, or say what is wrong with it.

    Raises:
        ToolkitError: ``ROUND-NAME``, ``ANNOTATORS`` (none, or one twice), ``OVERLAP`` (more than there are annotators).
    """
    if not _NAME.fullmatch(plan.name):
        raise ToolkitError(
            said(f"'{plan.name}' is no name for a round.", f"'{plan.name}' 不能用作轮次名称。"),
            hint=said(
                "Use up to 40 letters, digits, dots, dashes and underscores: round-1.",
                "请使用不超过 40 个字母、数字、点、连字符或下划线，例如 round-1。",
            ),
            code="ROUND-NAME",
        )
    if not plan.annotators or len(set(plan.annotators)) < len(plan.annotators) or not all(plan.annotators):
        raise ToolkitError(
            said("The annotators' names are empty or one comes twice.", "标注者名称为空或有重复。"),
            hint=said("Name each once: --annotators ann,ben", "每人只写一次：--annotators ann,ben"),
            code="ANNOTATORS",
        )
    if plan.overlap > len(plan.annotators):
        raise ToolkitError(
            said(
                f"Each passage is to be seen by {plan.overlap} annotators; there are {len(plan.annotators)}.",
                f"每个段落需要 {plan.overlap} 名标注者，但只有 {len(plan.annotators)} 名。",
            ),
            hint=said("Name more annotators or lower --overlap.", "请增加标注者或减小 --overlap。"),
            code="OVERLAP",
        )
    return plan


def choose(passages: Iterable[Passage], plan: Plan) -> list[Passage]:
    """Return the plan's passages: each document in turn gives one, so that no long document crowds out the others.

    The order is by hash, so a larger size adds passages and changes none of those chosen before.
    """
    by_document: dict[str, list[Passage]] = {}
    for passage in sorted(passages, key=lambda passage: digest([plan.name, passage.id])):
        by_document.setdefault(passage.document, []).append(passage)
    turns = sorted(by_document.values(), key=lambda found: digest([plan.name, found[0].document]))
    longest = max(map(len, turns), default=0)
    dealt = [found[turn] for turn in range(longest) for found in turns if turn < len(found)]
    return dealt[: plan.size]


def deal(passages: Iterable[Passage], plan: Plan, dealt: Sequence[Task] = (), gold: Collection[str] = ()) -> list[Task]:
    """Return the round's tasks: each chosen passage to exactly ``overlap`` annotators, gold ones to all of them.

    Loads differ by at most one, as far as the tasks that there are allow it. Each annotator's new tasks come in an
    order of their own, so that tiredness does not fall on the same passages, with the gold ones spread among them.

    Args:
        passages: those that may be asked, gold ones among them.
        plan: who, how often, how many; gold items come on top of its size.
        dealt: the annotators' tasks that there are already, in their order: they stay as they are and come first,
            also when their passage is gone.
        gold: the ids of the gold passages.
    """
    mine = {passage.id: passage for passage in passages}
    known = {task.passage for task in dealt} - set(gold)
    ordered = choose((one for one in mine.values() if one.id not in gold), plan.model_copy(update={"size": None}))
    left = None if plan.size is None else max(0, plan.size - len(known))
    asked = _dealt_evenly([one for one in ordered if one.id not in known][:left], plan, dealt, gold)
    there = {(task.annotator, task.passage) for task in dealt}
    tasks: list[Task] = []
    for name in dict.fromkeys((*plan.annotators, *(task.annotator for task in dealt))):
        tests = [mine[id_] for id_ in gold if id_ in mine and (name, id_) not in there and name in plan.annotators]
        tasks += [task for task in dealt if task.annotator == name]
        tasks += mixed(
            [task for task in asked if task.annotator == name], [task_of(passage, plan, name) for passage in tests]
        )
    return tasks


def _dealt_evenly(passages: Iterable[Passage], plan: Plan, dealt: Iterable[Task], gold: Collection[str]) -> list[Task]:
    """Return each passage's tasks for those who have the least until then."""
    load = Counter(dict.fromkeys(plan.annotators, 0))
    load.update(task.annotator for task in dealt if task.passage not in gold)
    tasks = []
    for passage in passages:
        by_load = sorted(plan.annotators, key=lambda name: (load[name], digest([plan.name, passage.id, name])))
        for name in by_load[: plan.overlap]:
            load[name] += 1
            tasks.append(task_of(passage, plan, name))
    return tasks


def mixed(asked: Iterable[Task], gold: Iterable[Task]) -> list[Task]:
    """Return one person's tasks in an order by hash; each gold one falls anywhere in a stretch of its own.

    The server shows tasks in the order in which they came, so that nobody meets all gold items at the start.
    """
    others, tests = (sorted(tasks, key=lambda task: digest(task.id)) for tasks in (asked, gold))
    total = len(others) + len(tests)
    places = {}
    for number, task in enumerate(tests):
        start, end = total * number // len(tests), total * (number + 1) // len(tests)
        places[start + int(digest(["place", task.id]), 16) % (end - start)] = task
    rest = iter(others)
    return [places[place] if place in places else next(rest) for place in range(total)]


def task_of(passage: Passage, plan: Plan, annotator: str) -> Task:
    """Return an annotator's task in a round."""
    return task_for(
        passage,
        schema_name=plan.schema_name,
        schema_version=plan.schema_version,
        round_name=plan.name,
        annotator=annotator,
    )


def load_plan(workspace: Workspace, round_name: str) -> Plan:
    """Return a round's plan.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``, naming the rounds that there are.
    """
    file = workspace.round(round_name) / "round.json"
    if not _NAME.fullmatch(round_name) or not file.is_file():
        known = ", ".join(round_names(workspace)) or said("none yet", "尚无")
        raise ToolkitError(
            said(f"There is no round '{round_name}'.", f"没有轮次 '{round_name}'。"),
            hint=said(
                f"Rounds here: {known}. Open one with: toolkit push", f"现有轮次：{known}。用 toolkit push 新建。"
            ),
            code="ROUND-UNKNOWN",
        )
    return Plan.model_validate_json(file.read_text(encoding="utf-8"))


def round_names(workspace: Workspace) -> Sequence[str]:
    """Return the names of the workspace's rounds, sorted."""
    return sorted(file.parent.name for file in (workspace.data / "rounds").glob("*/round.json"))


def sendable(workspace: Workspace, plan: Plan) -> dict[str, Passage]:
    """Return the passages that may be sent in a round, by id: those of its views, none that came with answers."""
    corpus = load_passages(workspace, imported=False)
    return {passage.id: passage for passage in corpus if passage.view in plan.views}


def load_tasks(workspace: Workspace, round_name: str) -> Iterator[Task]:
    """Yield a round's tasks, the adjudicator's included."""
    for row in read_jsonl(workspace.round(round_name) / "tasks.jsonl"):
        yield Task.model_validate(row)


def write_tasks(workspace: Workspace, round_name: str, tasks: Iterable[Task]) -> bool:
    """Write a round's tasks, the adjudicator's included; return whether the file changed."""
    return write_jsonl(workspace.round(round_name) / "tasks.jsonl", (task.model_dump(mode="json") for task in tasks))


def load_annotations(workspace: Workspace, round_name: str) -> Iterator[Annotation]:
    """Yield the latest pulled answer to each of a round's tasks."""
    for row in read_jsonl(workspace.round(round_name) / "annotations.jsonl"):
        yield Annotation.model_validate(row)
