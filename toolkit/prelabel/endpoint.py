"""A chat model behind an OpenAI-compatible endpoint as a source. The text leaves the machine: only after consent."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from toolkit.errors import ToolkitError
from toolkit.passages import Passage
from toolkit.prelabel.exchange import RefusedError, address_of, client_for, exchange, unusable
from toolkit.prelabel.question import messages, response_format
from toolkit.prelabel.source import Given
from toolkit.prelabel.store import Store
from toolkit.schema import Schema
from toolkit.workspace.settings import PrelabelSettings

if TYPE_CHECKING:
    import httpx

AT_ONCE: Final = 4
"""Passages that are asked about at the same time."""
MOST_IN_A_ROW: Final = 8
"""Passages without a usable answer, one after another, after which nothing more is asked."""


class _Outcome(NamedTuple):
    passage: Passage
    given: Given | None
    refused: bool
    error: ToolkitError | None = None


class EndpointSource:
    """Predictions from a chat model.

    Args:
        settings: where it is and which model.
        model: the schema that is asked.
        version: the schema's.
        store: what was answered before. An endpoint that has answered refuses a passage for the passage's sake; one
            that never has cannot be used.

    Raises:
        ToolkitError: ``PRELABEL-SETTINGS``.
    """

    batch = AT_ONCE

    def __init__(self, settings: PrelabelSettings, model: type[Schema], version: str, store: Store) -> None:
        self._address = address_of(settings)
        self._settings = settings
        self._model = model
        self._format = response_format(model)
        self.host: str | None = self._address.host
        self.mark = f"{settings.model} via {self._address.host}, schema {version}"
        self._answered = store.has_answers(self.mark)
        self._in_a_row = 0

    def predict(self, passages: Sequence[Passage]) -> Iterator[tuple[Passage, Given]]:
        """Yield the endpoint's answers; those that came are yielded before an error is raised.

        Raises:
            ToolkitError: ``PRELABEL-ENDPOINT`` when it cannot be used or has failed too often; ``PRELABEL-SETTINGS``.
        """
        with client_for(self._address) as client, ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(lambda passage: self._outcome(client, passage), passages))
        self._answered = self._answered or any(one.given and not one.refused for one in outcomes)
        for one in outcomes:
            if one.given and (self._answered or not one.refused):
                self._in_a_row = 0 if one.given.answer is not None else self._in_a_row + 1
                yield one.passage, one.given
        for one in outcomes:
            if one.error:
                raise one.error
            if one.given and one.refused and not self._answered:
                raise unusable(self._address, one.given.trouble)
            if one.given and self._in_a_row >= MOST_IN_A_ROW:
                raise unusable(self._address, f"{self._in_a_row} x {one.given.trouble or 'no answer'}")

    def _outcome(self, client: "httpx.Client", passage: Passage) -> _Outcome:
        body = {
            "model": self._settings.model,
            "temperature": 0,
            "messages": messages(self._model, passage.text, "zh" if passage.language == "zh" else "en"),
            "response_format": self._format,
        }
        try:
            return _Outcome(passage, _answer(exchange(client, self._address, body)), refused=False)
        except RefusedError as refused:
            return _Outcome(passage, Given(trouble=str(refused)), refused=True)
        except ToolkitError as error:
            return _Outcome(passage, None, refused=False, error=error)


def _answer(content: bytes) -> Given:
    """Return the object in the first choice's message; nothing of what is wrong with it is quoted."""
    try:
        choice = json.loads(content)["choices"][0]
        message = choice["message"]
        if message.get("refusal"):
            return Given(trouble="the model declined to answer")
        answer = json.loads(_bare(message["content"]), parse_constant=_no_number)
    except (KeyError, IndexError, TypeError, AttributeError):
        return Given(trouble="an answer in another form than chat completions have")
    except (ValueError, RecursionError):
        return Given(trouble="an answer that is no JSON")
    if choice.get("finish_reason") == "length":
        return Given(trouble="an answer that was cut off")
    return Given(answer) if isinstance(answer, dict) else Given(trouble="an answer that is no JSON object")


def _bare(content: str) -> str:
    """Return JSON without the fence that some servers put around it."""
    lines = content.strip().splitlines()
    fenced = len(lines) > 1 and lines[0].startswith("```") and lines[-1] == "```"
    return "\n".join(lines[1:-1]) if fenced else content


def _no_number(name: str) -> Any:
    raise ValueError(name)
