"""What is imported with its answer into a real Label Studio, exported and read, is what it was: for any schema."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_controls import AWKWARD, a_schema, an_answer, task_of
from test_dialogue import Talk, a_talk

from toolkit.annotations import labelling_config, read_results, task_data, write_results
from toolkit.passages import Passage
from toolkit.schema import Schema
from toolkit.studio import connect
from toolkit.workspace import Workspace

Answered = tuple[str, dict[str, Any]]
_NUMBERS = itertools.count()
# A server is slow, and what fails on it is seldom worth shrinking.
REAL = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def there_and_back(workspace: Workspace, model: type[Schema], answered: Sequence[Answered]) -> list[tuple[str, Any]]:
    """Import passages with their answers in one call, export them, and return text and reading of each."""
    client = connect(workspace).client
    project = client.projects.create(title=f"trip {next(_NUMBERS)}", label_config=labelling_config(model))
    items = [
        {
            "data": task_data(model, task_of(passage := a_passage(number, text)), passage),
            "annotations": [{"result": write_results(model, answer, text)}],
        }
        for number, (text, answer) in enumerate(answered)
    ]
    client.projects.import_tasks(project.id, request=items)
    exported = sorted(client.projects.exports.as_json(project.id), key=lambda task: task["data"]["task_id"])
    texts = {item["data"]["task_id"]: item["data"]["text"] for item in items}
    assert {task["data"]["task_id"]: task["data"]["text"] for task in exported} == texts
    client.projects.delete(project.id)
    in_order = {task["data"]["task_id"]: task for task in exported}
    tasks = [in_order[item["data"]["task_id"]] for item in items]
    return [(t["data"]["text"], read_results(model, t["annotations"][0]["result"], t["data"]["text"])) for t in tasks]


def a_passage(number: int, text: str) -> Passage:
    return Passage(
        id=f"pas_{number}",
        document="doc",
        start=0,
        end=len(text),
        text=text,
        language="en",
        group="g",
        meta={"one": "An answer.", "two": "另一个回答。"},
    )


def check(workspace: Workspace, model: type[Schema], answered: Sequence[Answered]) -> None:
    read = there_and_back(workspace, model, answered)
    assert [(text, reading.answer) for text, reading in read] == list(answered)
    assert [(reading.repaired, reading.faults) for _, reading in read] == [(0, ())] * len(answered)


def answers(model: type[Schema], most: int) -> st.SearchStrategy[list[Answered]]:
    one = AWKWARD.flatmap(lambda text: st.tuples(st.just(text), an_answer(model, text)))
    return st.lists(one, min_size=1, max_size=most)


@pytest.mark.usefixtures("studio")
@settings(REAL, max_examples=4)
@given(st.data(), a_schema())
def test_drawn_answers_come_back_equal_from_a_real_server(
    studio_home: Workspace, data: st.DataObject, model: type[Schema]
) -> None:
    check(studio_home, model, data.draw(answers(model, 10)))


@pytest.mark.slow
@pytest.mark.usefixtures("studio")
@settings(REAL, max_examples=60)
@given(st.data(), a_schema())
def test_many_drawn_answers_come_back_equal_from_a_real_server(
    studio_home: Workspace, data: st.DataObject, model: type[Schema]
) -> None:
    check(studio_home, model, data.draw(answers(model, 30)))


@pytest.mark.usefixtures("studio")
@settings(REAL, max_examples=3)
@given(st.lists(a_talk(), min_size=20, max_size=60))
def test_drawn_conversations_come_back_equal_from_a_real_server(
    studio_home: Workspace, talks: list[tuple[str, list[dict[str, Any]]]]
) -> None:
    check(studio_home, Talk, [(text, {"said": said, "sum_up": None}) for text, said in talks])
