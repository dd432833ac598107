"""One dataset row to token ids and labels: the only encoder. Preflight shows what it gives, training learns from it.

Of a conversation the last assistant turn is learned, its end token included; everything before is prompt.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.preflight.chat import ChatTokenizer

MASKED: Final = -100
"""The label of a token that is not learned, as torch's cross entropy ignores it."""
_ROLES: Final = ("system", "user", "assistant")


class Fault(NamedTuple):
    """What is wrong with a row: a stable code, what was found, what was expected and what to do."""

    code: str
    found: str
    expected: str
    hint: str


class Encoded(NamedTuple):
    """A row as a trainer sees it.

    Attributes:
        row: the row's id.
        ids: token ids, at most ``max_length`` of them.
        labels: the same length; ``MASKED`` where nothing is learned.
        prompt: how many tokens stand before the answer, before the cut.
        learned: how many tokens would be learned without the cut.
        length: how many tokens the row has without the cut.
        prompt_ids: the prompt encoded alone, as a model sees it when it is asked.
        answer: the answer's text.
    """

    row: str
    ids: list[int]
    labels: list[int]
    prompt: int
    learned: int
    length: int
    prompt_ids: list[int]
    answer: str


def messages_of(row: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row's conversation, whether it has ``messages`` or ``prompt`` and ``completion``."""
    if "messages" in row:
        return list(row["messages"])
    return [*row["prompt"], *row["completion"]]


def encode_row(row: Mapping[str, Any], tokenizer: ChatTokenizer, max_length: int) -> Encoded | Fault:
    """Return a row's ids and labels, or why nothing can be learned from it."""
    messages = messages_of(row)
    if fault := wrong_turns(messages):
        return fault
    plain, spelled = tokenizer.conversation(messages)
    try:
        asked = tokenizer.render(plain[:-1], generation_prompt=True)
        whole = tokenizer.render(plain)
    except Exception as error:  # noqa: BLE001 - a template is a stranger's program and may fail in any way
        return Fault(
            "TEMPLATE-REFUSED",
            f"the chat template says: {error}",
            "messages that it accepts",
            "Take another tokenizer.",
        )
    if not whole.startswith(asked):
        return Fault(
            "PROMPT-NOT-PREFIX",
            "the template renders the prompt otherwise once there is an answer",
            "the generation prompt as a prefix of the whole conversation",
            "Take a tokenizer whose template does not rewrite earlier turns.",
        )
    tokens = tokenizer.encode(whole, spelled)
    labels = _labels(tokens.ids, tokens.starts, len(asked), tokenizer.special_id("eos_token"))
    return Encoded(
        row=str(row.get("id", "")),
        ids=tokens.ids[:max_length],
        labels=labels[:max_length],
        prompt=sum(start < len(asked) for start in tokens.starts),
        learned=sum(label != MASKED for label in labels),
        length=len(tokens.ids),
        prompt_ids=tokenizer.encode(asked, spelled).ids,
        answer=messages[-1]["content"],
    )


def wrong_turns(messages: Sequence[Mapping[str, str]]) -> Fault | None:
    """Return what is wrong with the roles or the answer: system (optional), then user and assistant in turn."""
    roles = [message["role"] for message in messages]
    if unknown := sorted(set(roles) - set(_ROLES)):
        return Fault("ROLE-UNKNOWN", f"the role {unknown[0]!r}", f"one of {', '.join(_ROLES)}", "Name the roles so.")
    turns = roles[1:] if roles[:1] == ["system"] else roles
    if not turns or turns != ["user", "assistant"] * (len(turns) // 2):
        return Fault(
            "ROLE-ORDER",
            f"the roles {', '.join(roles) or 'of no message'}",
            "system (optional), then user and assistant in turn, an assistant last",
            "Many trainers drop such rows without a word: merge or reorder the messages.",
        )
    if not messages[-1]["content"].strip():
        return Fault(
            "ANSWER-EMPTY", "an empty answer", "text", "Leave the row out, or say in words that there is none."
        )
    return None


def _labels(ids: Sequence[int], starts: Sequence[int], answer_start: int, end: int | None) -> list[int]:
    """Return the labels: everything from the answer's first token to its last end token; all the rest is masked.

    What a template adds after the end token (ChatML: a line break) belongs to the next turn.
    """
    first = next((place for place, start in enumerate(starts) if start >= answer_start), len(ids))
    ends = [place for place in range(first, len(ids)) if ids[place] == end]
    last = ends[-1] + 1 if ends else len(ids)
    return [token if first <= place < last else MASKED for place, token in enumerate(ids)]
