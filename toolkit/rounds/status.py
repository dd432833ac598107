"""Where rounds stand: who has answered, skipped or not yet opened what, as of the last pull. Nothing is written."""

from collections.abc import Iterable, Sequence
from statistics import median

from toolkit.annotations import Annotation
from toolkit.noun import Noun, Result
from toolkit.rounds.gold import load_gold
from toolkit.rounds.plan import load_annotations, load_plan, load_tasks, round_names
from toolkit.tasks import Role, Task
from toolkit.workspace import Workspace


class Progressed(Noun):
    """One person's share of a round; ``tasks = answered + skipped + open``.

    Attributes:
        seconds: median time an answer took, as the server measured it; None where it did not.
    """

    annotator: str
    role: Role
    tasks: int
    answered: int
    skipped: int
    open: int
    seconds: float | None


class RoundRow(Noun):
    """A round in a list."""

    round: str
    schema_name: str
    schema_version: str
    passages: int
    tasks: int
    answered: int
    skipped: int
    open: int


class RoundListResult(Result):
    """The rounds, by name."""

    rounds: tuple[RoundRow, ...]


class RoundStatusResult(Result):
    """Where one round stands.

    Attributes:
        passages: how many passages it asks about, gold ones apart.
        gold: how many gold items each annotator answers; they are among the tasks.
        overlap: how many annotators answer each.
        people: the annotators by name, then the adjudicator.
    """

    round: str
    schema_name: str
    schema_version: str
    passages: int
    gold: int
    overlap: int
    people: tuple[Progressed, ...]


def round_list(workspace: Workspace) -> RoundListResult:
    """List the rounds with their counts."""
    return RoundListResult(rounds=tuple(_row(workspace, name) for name in round_names(workspace)), changed=False)


def round_status(workspace: Workspace, *, round: str) -> RoundStatusResult:
    """Show each person's tasks.

    Raises:
        ToolkitError: ``ROUND-UNKNOWN``.
    """
    plan = load_plan(workspace, round)
    tasks = list(load_tasks(workspace, round))
    gold = load_gold(workspace, round)
    people = progress_of(tasks, load_annotations(workspace, round))
    return RoundStatusResult(
        round=round,
        schema_name=plan.schema_name,
        schema_version=plan.schema_version,
        passages=len({task.passage for task in tasks} - gold.keys()),
        gold=len(gold),
        overlap=plan.overlap,
        people=people,
        changed=False,
    )


def progress_of(tasks: Sequence[Task], annotations: Iterable[Annotation]) -> tuple[Progressed, ...]:
    """Count each person's tasks by what became of them: annotators by name, then the adjudicators."""
    latest = {one.task: one for one in sorted(annotations, key=lambda one: (one.updated_at, one.id))}
    people = sorted({(task.role != "annotator", task.role, task.annotator) for task in tasks})
    return tuple(
        _progress(name, role, [task for task in tasks if (task.annotator, task.role) == (name, role)], latest)
        for _, role, name in people
    )


def _progress(name: str, role: Role, tasks: Sequence[Task], latest: dict[str, Annotation]) -> Progressed:
    done = [latest[task.id] for task in tasks if task.id in latest]
    skipped = sum(one.skipped for one in done)
    seconds = [one.seconds for one in done if one.seconds is not None and not one.skipped]
    return Progressed(
        annotator=name,
        role=role,
        tasks=len(tasks),
        answered=len(done) - skipped,
        skipped=skipped,
        open=len(tasks) - len(done),
        seconds=round(median(seconds), 1) if seconds else None,
    )


def _row(workspace: Workspace, name: str) -> RoundRow:
    status = round_status(workspace, round=name)
    return RoundRow(
        round=name,
        schema_name=status.schema_name,
        schema_version=status.schema_version,
        passages=status.passages,
        tasks=sum(person.tasks for person in status.people),
        answered=sum(person.answered for person in status.people),
        skipped=sum(person.skipped for person in status.people),
        open=sum(person.open for person in status.people),
    )
