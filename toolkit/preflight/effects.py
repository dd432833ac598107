"""What a chat template itself does to every conversation, tried on one that says next to nothing."""

from toolkit.noun import Noun
from toolkit.preflight.chat import ChatTokenizer

_ASKED, _SAID = "question", "answer"


class TemplateEffects(Noun):
    """What a template adds, and what it marks.

    Attributes:
        before: the text that it puts before the first message, control tokens included; a default system prompt, a date
            and the like show here.
        begins: begin tokens in a rendered conversation.
        begins_again: the same when the rendered text is encoded with special tokens added, as some scripts do.
        ends: whether the end token follows the answer.
        after: the text behind the end token, which no trainer should teach as part of the answer.
        marks_generation: whether it marks the assistant's words, as ``assistant_only_loss`` of TRL needs.
        takes_system: whether it accepts a system message.
    """

    before: str
    begins: int
    begins_again: int
    ends: bool
    after: str
    marks_generation: bool
    takes_system: bool


def effects_of(tokenizer: ChatTokenizer) -> TemplateEffects | None:
    """Return a template's effects; None where it refuses even one question and its answer."""
    turns = [{"role": "user", "content": _ASKED}, {"role": "assistant", "content": _SAID}]
    try:
        rendered = tokenizer.rendered(turns)
    except Exception:  # noqa: BLE001 - a template is a stranger's program and may fail in any way
        return None
    before, _, rest = rendered.text.partition(_ASKED)
    behind = rest.rpartition(_SAID)[2]
    begin, end = tokenizer.special_id("bos_token"), tokenizer.special("eos_token")
    return TemplateEffects(
        before=before,
        begins=tokenizer.encode(rendered.text).ids.count(begin) if begin is not None else 0,
        begins_again=tokenizer.tokenizer.encode(rendered.text).ids.count(begin) if begin is not None else 0,
        ends=bool(end and end in behind),
        after=behind.rpartition(end)[2] if end else behind,
        marks_generation=bool(rendered.marked),
        takes_system=_takes(tokenizer, [{"role": "system", "content": "system"}, *turns]),
    )


def _takes(tokenizer: ChatTokenizer, turns: list[dict[str, str]]) -> bool:
    try:
        return "system" in tokenizer.render(turns)
    except Exception:  # noqa: BLE001 - the same
        return False
