"""Dealing: exact overlap, even loads, gold for everybody and nowhere to be seen; what is dealt stays dealt."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.passages import Passage
from toolkit.rounds.plan import Plan, deal
from toolkit.tasks import Task

NAMES = ("ann", "ben", "cho", "dee", "eva")


def passages_of(count: int, documents: int = 3) -> list[Passage]:
    return [
        Passage(
            id=f"pas_{at:04}",
            document=f"doc_{at % documents}",
            view="source",
            start=at,
            end=at + 1,
            text=str(at),
            language="en",
            group="",
            meta={},
        )
        for at in range(count)
    ]


def plan_of(people: int, overlap: int, size: int | None = None) -> Plan:
    return Plan(
        name="r",
        schema_name="s",
        schema_version="v",
        views=("source",),
        annotators=NAMES[:people],
        overlap=overlap,
        size=size,
    )


def people_of(tasks: Sequence[Task], gold: Sequence[str] = ()) -> dict[str, list[str]]:
    """Passage to its annotators, gold ones left out."""
    people: dict[str, list[str]] = {}
    for task in tasks:
        if task.passage not in gold:
            people.setdefault(task.passage, []).append(task.annotator)
    return people


shapes = st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 30), st.integers(0, 4)).filter(
    lambda shape: shape[1] <= shape[0]
)


@settings(deadline=None, max_examples=80)
@given(
    shape=shapes, steps=st.lists(st.integers(1, 30), min_size=1, max_size=4), source=st.randoms(use_true_random=False)
)
def test_growing_in_steps_deals_as_in_one_go_and_changes_nothing_that_was_there(
    shape: tuple[int, int, int, int], steps: list[int], source: random.Random
) -> None:
    people, overlap, count, tests = shape
    passages = passages_of(count + tests)
    gold = [passage.id for passage in passages[:tests]]
    tasks: list[Task] = []
    for size in sorted(steps):
        before = tasks
        shuffled = source.sample(passages, len(passages))
        tasks = deal(shuffled, plan_of(people, overlap, size), before, gold)
        for name in NAMES[:people]:
            mine = [task for task in before if task.annotator == name]
            assert [task for task in tasks if task.annotator == name][: len(mine)] == mine
        found = people_of(tasks, gold)
        assert len(found) == min(size, count)
        assert all(len(names) == len(set(names)) == overlap for names in found.values())
        loads = Counter(name for names in found.values() for name in names)
        assert max(loads[name] for name in NAMES[:people]) - min(loads[name] for name in NAMES[:people]) <= 1
        assert Counter(task.passage for task in tasks if task.passage in gold) == dict.fromkeys(gold, people)
        assert len({task.id for task in tasks}) == len(tasks)
    at_once = deal(passages, plan_of(people, overlap, max(steps)), (), gold)
    assert sorted(task.id for task in at_once) == sorted(task.id for task in tasks)
    assert deal(passages, plan_of(people, overlap, max(steps)), tasks, gold) == tasks


def test_the_order_of_the_input_changes_nothing() -> None:
    passages = passages_of(40)
    plan, gold = plan_of(3, 2), ("pas_0001", "pas_0007")
    assert deal(passages, plan, (), gold) == deal(list(reversed(passages)), plan, (), gold)


def test_a_task_whose_passage_is_gone_stays_and_counts_for_the_size() -> None:
    passages = passages_of(10)
    first = deal(passages, plan_of(2, 2, 4))
    gone = first[0].passage
    left = [passage for passage in passages if passage.id != gone]
    again = deal(left, plan_of(2, 2, 4), first)
    assert again == first
    more = deal(left, plan_of(2, 2, 6), first)
    assert set(first) <= set(more)
    assert len(people_of(more)) == 6


def test_new_documents_add_nothing_to_a_round_of_a_fixed_size() -> None:
    first = deal(passages_of(10), plan_of(2, 1, 6))
    assert deal(passages_of(30, documents=9), plan_of(2, 1, 6), first) == first


@pytest.mark.parametrize("tests", [1, 5, 20])
def test_gold_items_are_spread_over_everybodys_order_each_in_places_of_their_own(tests: int) -> None:
    passages = passages_of(200 + tests)
    gold = [passage.id for passage in passages[-tests:]]
    tasks = deal(passages, plan_of(3, 1), (), gold)
    places = {}
    for name in NAMES[:3]:
        mine = [task.passage for task in tasks if task.annotator == name]
        places[name] = [at for at, passage in enumerate(mine) if passage in gold]
        whole = len(mine)
        assert len(places[name]) == tests
        for number, place in enumerate(places[name]):  # one in each stretch
            assert whole * number // tests <= place < whole * (number + 1) // tests
        order = [passage for passage in mine if passage in gold]
        assert tests == 1 or order != sorted(order)
    assert tests < 5 or len({tuple(found) for found in places.values()}) == 3


def test_where_a_gold_item_stands_says_nothing_over_many_rounds() -> None:
    """Over 400 rounds of 20 tasks with one gold item, its places are as even as a die's: chi-square below p = .001."""
    passages = passages_of(20)
    counts: Counter[int] = Counter()
    for number in range(400):
        plan = plan_of(1, 1).model_copy(update={"name": f"r{number}"})
        counts[[task.passage for task in deal(passages, plan, (), ["pas_0003"])].index("pas_0003")] += 1
    assert sum((counts[place] - 20) ** 2 / 20 for place in range(20)) < 43.8
