"""What silently goes wrong between a dataset and a trainer, one check each.

Pure: an encoded row in, a fault or None out.
"""

from collections.abc import Callable, Iterator
from typing import Final

from toolkit.preflight.chat import ChatTokenizer
from toolkit.preflight.encoding import MASKED, Encoded, Fault

Check = Callable[[Encoded, ChatTokenizer], Fault | None]


def faults_of(row: Encoded, tokenizer: ChatTokenizer) -> Iterator[Fault]:
    """Yield a row's faults; a cut one has that fault alone, since a missing end follows from it."""
    for checks in (_CUTS, _WHOLE):
        found = [fault for check in checks if (fault := check(row, tokenizer))]
        yield from found
        if found:
            return


def nothing_learned(row: Encoded) -> bool:
    """Return whether every label is masked, so that a trainer gets nothing from the row."""
    return row.labels.count(MASKED) == len(row.labels)


def learned_of(row: Encoded) -> int:
    """Return how many tokens are learned after the cut."""
    return len(row.labels) - row.labels.count(MASKED)


def _all_masked(row: Encoded, _tokenizer: ChatTokenizer) -> Fault | None:
    if not nothing_learned(row):
        return None
    return Fault(
        "LABELS-ALL-MASKED",
        f"no learned token: {row.prompt} tokens of prompt, {row.learned} of answer, {len(row.ids)} kept",
        "at least one learned token",
        "Raise --max-length above the prompt's length, or segment the documents into shorter passages.",
    )


def _answer_cut(row: Encoded, _tokenizer: ChatTokenizer) -> Fault | None:
    lost = row.learned - learned_of(row)
    if lost <= 0 or nothing_learned(row):
        return None
    return Fault(
        "ANSWER-CUT",
        f"{lost} of {row.learned} answer tokens lie beyond the {len(row.ids)} kept",
        "the whole answer and its end",
        f"Raise --max-length to {row.prompt + row.learned} or more.",
    )


def _prompt_cut(row: Encoded, _tokenizer: ChatTokenizer) -> Fault | None:
    lost = row.prompt - len(row.ids)
    if lost <= 0:
        return None
    return Fault(
        "PROMPT-CUT",
        f"{lost} of {row.prompt} prompt tokens lie beyond the {len(row.ids)} kept",
        "the whole prompt",
        f"Raise --max-length to {row.prompt + row.learned} or more.",
    )


def _end_not_learned(row: Encoded, tokenizer: ChatTokenizer) -> Fault | None:
    end = tokenizer.special_id("eos_token")
    if end is not None and end in row.labels:
        return None
    return Fault(
        "EOS-NOT-LEARNED",
        "the end token is not among the learned tokens" if end is not None else "the tokenizer has no end token",
        "an answer that ends with the end token",
        "The model would not learn to stop: set eos_token to the token with which the template ends a turn.",
    )


def _twice_begun(row: Encoded, tokenizer: ChatTokenizer) -> Fault | None:
    begin = tokenizer.special_id("bos_token")
    if begin is None or row.ids[:2] != [begin, begin]:
        return None
    return Fault(
        "BOS-TWICE", "two begin tokens", "one", "Take the begin token out of the chat template or the tokenizer."
    )


def _prompt_learned(row: Encoded, _tokenizer: ChatTokenizer) -> Fault | None:
    prompt = row.labels[: row.prompt]
    learned = len(prompt) - prompt.count(MASKED)
    if not learned:
        return None
    return Fault(
        "PROMPT-LEARNED",
        f"{learned} of {row.prompt} prompt tokens are learned",
        "a masked prompt",
        "The model would learn to write questions: mask everything before the answer.",
    )


def _merged(row: Encoded, _tokenizer: ChatTokenizer) -> Fault | None:
    if not row.merged:
        return None
    return Fault(
        "BOUNDARY-MERGED",
        "the prompt's last token differs once the answer follows",
        "the same tokens in training and when the model is asked",
        "Let the answer not begin with white space.",
    )


def _differs(row: Encoded, tokenizer: ChatTokenizer) -> Fault | None:
    end = tokenizer.special_id("eos_token")
    learned = [label for label in row.labels[row.prompt :] if label != MASKED]
    body = learned[:-1] if learned and learned[-1] == end else learned
    if tokenizer.decode(body).strip() == row.answer.strip():
        return None
    return Fault(
        "ANSWER-DIFFERS",
        "the learned tokens spell something else than the answer",
        "exactly the answer",
        "The template adds to the answer, or the tokenizer cannot spell it: take another tokenizer.",
    )


_CUTS: Final[tuple[Check, ...]] = (_all_masked, _answer_cut, _prompt_cut)
_WHOLE: Final[tuple[Check, ...]] = (_end_not_learned, _twice_begun, _prompt_learned, _merged, _differs)
