"""One dataset row to token ids and labels: the only encoder. Preflight shows what it gives, training learns from it.

Of a conversation the last assistant turn is learned, its end token included; everything before is prompt.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from toolkit.preflight.chat import ChatTokenizer, Tokens
from toolkit.preflight.template import Rendered

MASKED: Final = -100
"""The label of a token that is not learned, as torch's cross entropy ignores it."""
_SHOWN: Final = 60
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
        shared: how many tokens the row and the prompt alone, as a model sees it when it is asked, begin with alike.
        merged: whether the prompt alone has other tokens than the row's prompt.
        answer: the answer's text.
        turns: the tokens of every assistant turn, first and behind the last, before the cut; the answer is the last.
        marked: how many tokens the template marks as the assistant's, before the cut.
    """

    row: str
    ids: list[int]
    labels: list[int]
    prompt: int
    learned: int
    length: int
    shared: int
    merged: bool
    answer: str
    turns: tuple[tuple[int, int], ...]
    marked: int


class _Conversed(NamedTuple):
    """A rendered conversation: the whole, the last prompt alone, and the earlier turns as stretches of characters."""

    whole: Rendered
    asked: str
    earlier: tuple[tuple[int, int], ...]


def messages_of(row: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row's conversation, whether it has ``messages`` or ``prompt`` and ``completion`` (turns or texts)."""
    if "messages" in row:
        return list(row["messages"])
    if isinstance(row["prompt"], str):
        return [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["completion"]}]
    return [*row["prompt"], *row["completion"]]


def encode_row(row: Mapping[str, Any], tokenizer: ChatTokenizer, max_length: int) -> Encoded | Fault:
    """Return a row's ids and labels, or why nothing can be learned from it."""
    if fault := wrong_shape(row):
        return fault
    messages = messages_of(row)
    if fault := wrong_turns(messages):
        return fault
    plain, spelled = tokenizer.conversation(messages)
    try:
        conversed = _conversed(tokenizer, plain)
    except Exception as error:  # noqa: BLE001 - a template is a stranger's program and may fail in any way
        return Fault(
            "TEMPLATE-REFUSED",
            f"the chat template says: {error}",
            "messages that it accepts",
            "Take another tokenizer.",
        )
    if not conversed.whole.text.startswith(conversed.asked):
        return Fault(
            "PROMPT-NOT-PREFIX",
            "the template renders the prompt otherwise once there is an answer",
            "the generation prompt as a prefix of the whole conversation",
            "Take a tokenizer whose template does not rewrite earlier turns.",
        )
    tail = len(conversed.asked) - len(tokenizer.tail_of(conversed.asked))
    tokens = _encoded(tokenizer, conversed, tail, spelled)
    turns = _turns(tokens, conversed, tokenizer.special_id("eos_token"))
    first, last = turns[-1]
    shared, alone = _shared(tokenizer, tokens, conversed.asked[tail:], tail, spelled)
    labels = [*[MASKED] * first, *tokens.ids[first:last], *[MASKED] * (len(tokens.ids) - last)]
    return Encoded(
        row=str(row.get("id", "")),
        ids=tokens.ids[:max_length],
        labels=labels[:max_length],
        prompt=first,
        learned=last - first,
        length=len(tokens.ids),
        shared=shared,
        merged=shared != first or shared != alone,
        answer=messages[-1]["content"],
        turns=turns,
        marked=sum(tokens.first_from(end) - tokens.first_over(start) for start, end in conversed.whole.marked),
    )


def cut_to(row: Encoded, max_length: int) -> Encoded:
    """Return a row that was encoded whole as one that is cut."""
    if row.length <= max_length:
        return row
    return row._replace(ids=row.ids[:max_length], labels=row.labels[:max_length])


def wrong_shape(row: Mapping[str, Any]) -> Fault | None:
    """Return why a row is no conversation: neither ``messages`` nor ``prompt`` and ``completion``, or no texts."""
    pair = row.get("prompt"), row.get("completion")
    if "messages" not in row and all(isinstance(part, str) for part in pair):
        return None
    parts = (row["messages"],) if "messages" in row else pair
    if all(isinstance(part, list) and all(map(_is_message, part)) for part in parts):
        return None
    return Fault(
        "ROW-SHAPE",
        f"the keys {', '.join(sorted(row))[:_SHOWN] or 'of an empty row'}",
        "messages with role and content, or prompt and completion, all of them texts",
        "Bring the file into one of these forms.",
    )


def _is_message(message: object) -> bool:
    return (
        isinstance(message, dict) and isinstance(message.get("role"), str) and isinstance(message.get("content"), str)
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


def _conversed(tokenizer: ChatTokenizer, messages: Sequence[Mapping[str, str]]) -> _Conversed:
    whole = tokenizer.rendered(messages)
    asked = tokenizer.render(messages[:-1], generation_prompt=True)
    earlier = []
    for place, message in enumerate(messages[:-1]):
        if message["role"] == "assistant":
            before = tokenizer.render(messages[:place], generation_prompt=True)
            after = tokenizer.render(messages[: place + 1])
            if whole.text.startswith(before) and whole.text.startswith(after):
                earlier.append((len(before), len(after)))
    return _Conversed(whole, asked, tuple(earlier))


def _turns(tokens: Tokens, conversed: _Conversed, end: int | None) -> tuple[tuple[int, int], ...]:
    """Return each assistant turn's tokens, from the answer's first to its last end token.

    What a template adds after the end token (ChatML: a line break) belongs to the next turn. An earlier turn that the
    template renders otherwise in the whole conversation is left out.
    """
    stretches = (*conversed.earlier, (len(conversed.asked), len(conversed.whole.text)))
    return tuple(_turn(tokens, first, last, end) for first, last in stretches)


def _turn(tokens: Tokens, begin: int, behind: int, end: int | None) -> tuple[int, int]:
    first = tokens.first_from(begin)
    last = len(tokens.ids) if behind == tokens.characters else tokens.first_from(behind)
    return first, next((place + 1 for place in range(last - 1, first - 1, -1) if tokens.ids[place] == end), last)


def _encoded(tokenizer: ChatTokenizer, conversed: _Conversed, tail: int, spelled: Mapping[str, str]) -> Tokens:
    """Return the tokens of a conversation; of an ordinary one the long part before the answer in the faster way."""
    asks_before = conversed.earlier or any(start < tail for start, _ in conversed.whole.marked)
    if spelled or asks_before:
        return tokenizer.encode(conversed.whole.text, spelled)
    return tokenizer.encode_from(conversed.whole.text, tail)


def _shared(
    tokenizer: ChatTokenizer, tokens: Tokens, tail: str, start: int, spelled: Mapping[str, str]
) -> tuple[int, int]:
    """Return how many tokens a row and its prompt alone begin with alike, and how many the prompt alone has.

    Only the prompt's ``tail`` from its last control token on, at character ``start``, can differ.
    """
    begin = tokens.first_from(start)
    alone = tokenizer.tail_ids(tail, spelled)
    pairs = enumerate(zip(alone, tokens.ids[begin:], strict=False))
    alike = next((place for place, (one, other) in pairs if one != other), min(len(alone), len(tokens.ids) - begin))
    return begin + alike, begin + len(alone)
