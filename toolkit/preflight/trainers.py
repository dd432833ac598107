"""What each trainer would silently do with a row at its default settings.

From their sources: TRL 1.16 (``SFTTrainer``), LLaMA-Factory 0.9.5 (``infer_seqlen``), axolotl 0.19 (type
``chat_template``), OpenAI's fine-tuning guide. Tokens are counted by the given tokenizer and its chat template;
LLaMA-Factory and OpenAI bring templates of their own, so their figures may differ by a few tokens a turn.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from toolkit.noun import Noun
from toolkit.preflight.chat import ChatTokenizer
from toolkit.preflight.encoding import Encoded, messages_of

TrainerName = Literal["trl", "llamafactory", "axolotl", "openai", "toolkit"]
Row = Mapping[str, Any]


class Effect(NamedTuple):
    """Something that a trainer does without a word, and what to do about it."""

    en: str
    zh: str
    hint: str


EFFECTS: Final[Mapping[str, Effect]] = {
    "ANSWER-CUT": Effect("the answer loses its end", "答案结尾被截断", "Raise the length, or shorten the rows."),
    "PROMPT-CUT": Effect("the prompt is cut", "提示被截断", "Raise the length, or shorten the rows."),
    "PROMPT-LEARNED": Effect(
        "the prompt is learned too",
        "提示也会被学习",
        "Use prompt and completion: toolkit convert --to prompt-completion",
    ),
    "ROW-DROPPED": Effect("the row is dropped", "该行被丢弃", "Raise the length, or mend the row."),
    "TURNS-DROPPED": Effect("later turns are dropped", "后面的轮次被丢弃", "Raise the length, or split the dialogue."),
    "TURNS-MASKED": Effect(
        "of several answers the last alone is learned", "多个回答中只学习最后一个", "Make one row of each answer."
    ),
    "WEIGHT-IGNORED": Effect(
        "an answer of weight 0 is learned",
        "权重为 0 的回答仍被学习",
        "Leave such turns out, or end the row before them.",
    ),
    "TEMPLATE-UNUSED": Effect(
        "texts are joined without the chat template",
        "文本直接拼接，不使用聊天模板",
        "Write prompt and completion as messages.",
    ),
    "FORM-UNREAD": Effect(
        "rows of this form are not read as they are", "无法直接读取这种格式的行", "Convert to the trainer's own format."
    ),
}


Stretches = tuple[tuple[int, int], ...]
"""Places of a row's tokens: first and behind the last."""


class Fate(NamedTuple):
    """What becomes of a row: the tokens kept and learned, and the codes of what happens without a word.

    ``ids`` are the row's tokens where the trainer makes others of it than the template does.
    """

    kept: Stretches
    learned: Stretches
    codes: tuple[str, ...] = ()
    ids: list[int] | None = None


class Trainer(NamedTuple):
    """A trainer: the length that it has by default, what it does with a row, and which refused rows it drops."""

    length: int
    fate: Callable[[Row, Encoded, int, ChatTokenizer], Fate]
    needs: Callable[[Encoded], int]
    drops: frozenset[str] = frozenset()


class TrainerView(Noun):
    """What a trainer makes of a dataset.

    Attributes:
        max_length: the length asked for, else the trainer's default.
        trained: rows from which it learns something.
        dropped: rows that it leaves out without a word.
        unread: rows that have no token ids to judge by (see the faults).
        tokens, learned: of the trained rows.
        effects: how many rows each effect touches.
        shortest_length: the shortest length at which no answer loses a token and no row is dropped for its length.
    """

    trainer: TrainerName
    max_length: int
    trained: int
    dropped: int
    unread: int
    tokens: int
    learned: int
    effects: dict[str, int]
    shortest_length: int


class Tally:
    """Counts what a trainer does, row by row."""

    def __init__(self, name: TrainerName, max_length: int | None, tokenizer: ChatTokenizer) -> None:
        """Count for a trainer at a length; None is its default."""
        self.name, self._tokenizer = name, tokenizer
        self._trainer = TRAINERS[name]
        self.max_length = max_length or self._trainer.length
        self._trained = self._dropped = self._unread = self._tokens = self._learned = self._shortest = 0
        self._effects: Counter[str] = Counter()

    def add(self, row: Row, seen: Encoded) -> Fate:
        """Count an encoded row and return what becomes of it."""
        fate = self._trainer.fate(row, seen, self.max_length, self._tokenizer)
        for code in fate.codes:
            self._effects[code] += 1
        self._shortest = max(self._shortest, self._trainer.needs(seen))
        if "ROW-DROPPED" in fate.codes:
            self._dropped += 1
        else:
            self._trained += 1
            self._tokens += count(fate.kept)
            self._learned += count(fate.learned)
        return fate

    def refuse(self, code: str) -> None:
        """Count a row that cannot be encoded, by its fault."""
        if code in self._trainer.drops:
            self._dropped += 1
            self._effects["ROW-DROPPED"] += 1
        else:
            self._unread += 1

    def view(self) -> TrainerView:
        """Return the counts."""
        return TrainerView(
            trainer=self.name,
            max_length=self.max_length,
            trained=self._trained,
            dropped=self._dropped,
            unread=self._unread,
            tokens=self._tokens,
            learned=self._learned,
            effects=dict(sorted(self._effects.items())),
            shortest_length=self._shortest,
        )


def infer_seqlen(source: int, target: int, cutoff: int) -> tuple[int, int]:
    """Return how many tokens LLaMA-Factory keeps of a prompt and of an answer.

    >>> infer_seqlen(3000, 1500, 2048), infer_seqlen(800, 3000, 2048)
    ((1366, 682), (800, 1248))
    """
    if target * 2 < cutoff:
        longest = cutoff
    elif source * 2 < cutoff:
        longest = cutoff - source
    else:
        longest = int(cutoff * (target / (source + target)))
    kept = min(longest, target)
    return min(max(cutoff - kept, 0), source), kept


def _toolkit(_row: Row, seen: Encoded, length: int, _tokenizer: ChatTokenizer) -> Fate:
    several = ("TURNS-MASKED",) if len(seen.turns) > 1 else ()
    return _behind(seen.length, seen.turns[-1], seen.turns[-1][1], length, several)


def _trl(row: Row, seen: Encoded, length: int, tokenizer: ChatTokenizer) -> Fate:
    if isinstance(row.get("prompt"), str):
        return _joined(row, length, tokenizer)
    ignored = ("WEIGHT-IGNORED",) if _zero_weights(row) else ()
    if "messages" in row:
        kept = ((0, min(seen.length, length)),)
        cut = ("ANSWER-CUT",) if length < seen.turns[-1][1] else ()
        return Fate(kept, kept, ("PROMPT-LEARNED", *cut, *ignored))
    several = ("TURNS-MASKED",) if len(seen.turns) > 1 else ()
    return _behind(seen.length, (seen.shared, seen.length), seen.turns[-1][1], length, (*several, *ignored))


def _joined(row: Row, length: int, tokenizer: ChatTokenizer) -> Fate:
    """Return what TRL makes of a prompt and a completion that are texts: no template, the end token appended."""
    end = tokenizer.special("eos_token") or ""
    completion = row["completion"] if row["completion"].endswith(end) else row["completion"] + end
    prompt, whole = (tokenizer.tokenizer.encode(text).ids for text in (row["prompt"], row["prompt"] + completion))
    alike = next((at for at, (one, other) in enumerate(zip(prompt, whole, strict=False)) if one != other), len(prompt))
    fate = _behind(len(whole), (min(alike, len(whole)), len(whole)), len(whole), length, ("TEMPLATE-UNUSED",))
    return fate._replace(ids=whole)


def _llamafactory(row: Row, seen: Encoded, length: int, _tokenizer: ChatTokenizer) -> Fate:
    kept: list[tuple[int, int]] = []
    learned: list[tuple[int, int]] = []
    codes = [*_unread(row)]
    total = behind = 0
    for first, last in seen.turns:
        if total >= length:
            codes.append("TURNS-DROPPED")
            break
        source, target = infer_seqlen(first - behind, last - first, length - total)
        if source < first - behind:
            codes.append("PROMPT-CUT")
        if target < last - first:
            codes.append("ANSWER-CUT")
        kept += [(behind, behind + source), (first, first + target)]
        learned.append((first, first + target))
        total, behind = total + source + target, last
    if _zero_weights(row):
        codes.append("WEIGHT-IGNORED")
    return Fate(tuple(kept), tuple(learned), tuple(dict.fromkeys(codes)))


def _axolotl(row: Row, seen: Encoded, length: int, _tokenizer: ChatTokenizer) -> Fate:
    if seen.length > length:
        return Fate((), (), ("ROW-DROPPED", *_unread(row)))
    ignored = ("WEIGHT-IGNORED",) if _zero_weights(row) else ()
    return Fate(((0, seen.length),), seen.turns, (*_unread(row), *ignored))


def _openai(row: Row, seen: Encoded, length: int, _tokenizer: ChatTokenizer) -> Fate:
    weights = [turn.get("weight", 1) for turn in messages_of(row) if turn["role"] == "assistant"]
    # An earlier turn that the template rewrites is not among the turns: weights belong to the last ones.
    weighed = zip(reversed(seen.turns), reversed(weights), strict=False)
    learned = tuple((first, min(last, length)) for (first, last), weight in weighed if weight and first < length)
    cut = ("ANSWER-CUT",) if length < seen.turns[-1][1] else ()
    return Fate(((0, min(seen.length, length)),), learned[::-1], (*_unread(row), *cut))


def _behind(tokens: int, wanted: tuple[int, int], end: int, length: int, codes: tuple[str, ...]) -> Fate:
    """Return what a trainer makes of a row that it cuts behind; one of which nothing is learned is dropped."""
    if wanted[0] >= min(wanted[1], length):
        return Fate(((0, min(tokens, length)),), (), ("ROW-DROPPED", *codes))
    cut = ("ANSWER-CUT",) if length < end else ()
    return Fate(((0, min(tokens, length)),), ((wanted[0], min(wanted[1], length)),), (*cut, *codes))


def count(stretches: Stretches) -> int:
    """Return how many tokens lie in stretches.

    >>> count(((0, 3), (5, 6)))
    4
    """
    total = 0
    for first, last in stretches:
        total += last - first
    return total


def _unread(row: Row) -> tuple[str, ...]:
    return () if "messages" in row else ("FORM-UNREAD",)


def _zero_weights(row: Row) -> bool:
    turns: Sequence[Any] = row["messages"] if "messages" in row else row["completion"]
    return any("weight" in turn and turn["weight"] == 0 for turn in turns)


def _last_token(seen: Encoded) -> int:
    return seen.turns[-1][1]


_REFUSALS: Final = frozenset(
    {"ROW-JSON", "ROW-SHAPE", "ROLE-ORDER", "ROLE-UNKNOWN", "ANSWER-EMPTY", "TEMPLATE-REFUSED", "PROMPT-NOT-PREFIX"}
)
OURS: Final[TrainerName] = "toolkit"
TRAINERS: Final[Mapping[TrainerName, Trainer]] = {
    "trl": Trainer(1024, _trl, _last_token),
    "llamafactory": Trainer(2048, _llamafactory, _last_token, frozenset({"ROLE-ORDER"})),
    "axolotl": Trainer(512, _axolotl, lambda seen: seen.length),
    "openai": Trainer(65536, _openai, _last_token),
    "toolkit": Trainer(1024, _toolkit, _last_token, _REFUSALS),
}
"""Lengths by default: ``max_length``, ``cutoff_len``, ``sequence_len``, the example limit of the guide, ours."""
