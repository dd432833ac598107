"""What a trainer would really learn from a dataset: every row encoded, every fault named, some rows shown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from toolkit.language import said
from toolkit.noun import Account, Noun, Problem, Progress, Result, silent
from toolkit.preflight.chat import ChatTokenizer
from toolkit.preflight.checks import faults_of, nothing_learned
from toolkit.preflight.effects import TemplateEffects, effects_of
from toolkit.preflight.encoding import Encoded, Fault, cut_to, encode_row
from toolkit.preflight.preview import Preview, preview_of
from toolkit.preflight.sources import STEP, TINY, source_of, tokenizer_folder
from toolkit.preflight.trainers import EFFECTS, OURS, Fate, Tally, TrainerName, TrainerView, count
from toolkit.workspace import Workspace, dump_line, write_text

_SHOWN = 5
_PREVIEWS = 8
_UNCUT = 1 << 40


class Spread(Noun):
    """Least, median, most and sum of a count over rows."""

    least: int
    median: int
    most: int
    total: int


class PreflightResult(Result):
    """What was looked at and found.

    Attributes:
        rows: rows of all splits.
        encoded: rows from which something is learned; the others are refused.
        name: of the dataset, and of the files about it in ``data/preflight``.
        tokenizer: ``tiny-<hash>``, or the folder that was named.
        trainer: whose ways the problems are; ``all`` is the toolkit's own, with every trainer's beside it.
        max_length: tokens that a row may have; the option, else the trainer's default.
        tokens, learned: tokens in a row, and those that are learned, after the cut at ``max_length``; None when no row
            is encoded.
        marked: tokens that the template marks as the assistant's, before the cut: what TRL learns of ``messages`` with
            ``assistant_only_loss``.
        cut: rows that lose tokens at ``max_length``.
        shortest_length: the shortest length at which no answer loses a token and no row is dropped for its length.
        faults: how many rows have each fault.
        at_fault: the first rows with each fault; all are in ``data/problems.jsonl``.
        template: what the chat template does to every row; None where it refuses every conversation.
        trainers: what each trainer would do with the rows at its default settings.
        previews: a row without a fault, and one for each fault that a row with token ids has.
        lines: where each row's counts are.
    """

    rows: int
    encoded: int
    name: str
    tokenizer: str
    trainer: str
    max_length: int
    tokens: Spread | None
    learned: Spread | None
    marked: int
    cut: int
    shortest_length: int
    faults: dict[str, int]
    at_fault: dict[str, tuple[str, ...]]
    template: TemplateEffects | None
    trainers: tuple[TrainerView, ...]
    previews: tuple[Preview, ...]
    lines: str


class Looked(NamedTuple):
    """A split's rows as a trainer sees them, and what is wrong, each fault with its row's id."""

    encoded: list[Encoded]
    faults: list[tuple[str, Fault]]


def preflight(
    workspace: Workspace,
    *,
    dataset: str,
    tokenizer: str = TINY,
    max_length: int | None = None,
    trainer: TrainerName | Literal["all"] = "all",
    progress: Progress = silent,
) -> PreflightResult:
    """Encode every row of a dataset and say what a trainer would learn, cut, mask or drop without a word.

    Args:
        workspace: where the dataset is.
        dataset: its name; or the path of a JSON Lines file, or of a folder with such, in the form of ``messages`` or of
            ``prompt`` and ``completion``.
        tokenizer: ``tiny`` (learned from the workspace's texts, cached), or a local folder with ``tokenizer.json``
            and a chat template. Nothing is ever fetched.
        max_length: tokens that a row may have; by default what each trainer has by default.
        trainer: whose ways count as problems; by default the toolkit's, with the others' told beside them.
        progress: called for each split.

    Raises:
        ToolkitError: ``DATASET-UNKNOWN``, ``TOKENIZER-NONE``, ``TEMPLATE-NONE`` and what else ``ChatTokenizer`` raises.
    """
    with workspace.lock():
        source = source_of(workspace, dataset)
        folder, built = tokenizer_folder(workspace, source, tokenizer)
        seen = _Seen(ChatTokenizer(folder), trainer, max_length)
        for done, part in enumerate(source.files, start=1):
            for where, row in source.rows(part):
                seen.add(where, row)
            progress(done, len(source.files), said("encoding", "编码"))
        problems = [*source.lost(), *seen.problems]
        lines = workspace.data / "preflight" / f"{source.name}.jsonl"
        changed = write_text(lines, "".join(seen.lines))
        changed = workspace.put_problems(STEP, source.name, problems) or changed
    refused = len(seen.lines) - len(seen.lengths)
    return PreflightResult(
        rows=len(seen.lines),
        encoded=len(seen.lengths),
        name=source.name,
        tokenizer=folder.name if tokenizer == TINY else str(folder),
        trainer=trainer,
        max_length=seen.max_length,
        tokens=_spread(seen.lengths),
        learned=_spread(seen.learned),
        marked=seen.marked,
        cut=seen.cut,
        shortest_length=seen.tallies[-1].view().shortest_length,
        faults=dict(sorted(Counter(problem.code for problem in problems).items())),
        at_fault=_first_of(problems),
        template=effects_of(seen.tokenizer),
        trainers=tuple(tally.view() for tally in seen.tallies),
        previews=tuple({preview.where: preview for preview in seen.previews.values()}.values()),
        lines=str(lines.relative_to(workspace.root)),
        problems=len(problems),
        changed=built or changed,
        account=Account(noun="rows", items=len(seen.lines), into={"encoded": len(seen.lengths), "refused": refused}),
    )


class _Seen:
    """What is known of the rows so far; of each only counts are kept, but for the few that are shown."""

    def __init__(self, tokenizer: ChatTokenizer, trainer: str, max_length: int | None) -> None:
        self.tokenizer = tokenizer
        names = get_args(TrainerName)
        self.tallies = [Tally(name, max_length, tokenizer) for name in names if trainer in {"all", name}]
        # The effects of a trainer that was named are problems. The toolkit, the last one, has checks of its own.
        self._judge = self.tallies[-1]
        self._ours = self._judge.name == OURS
        self.max_length = self._judge.max_length
        self.lengths: list[int] = []
        self.learned: list[int] = []
        self.cut = self.marked = 0
        self.problems: list[Problem] = []
        self.lines: list[str] = []
        self.previews: dict[str, Preview] = {}

    def add(self, where: str, row: Mapping[str, Any] | Problem) -> None:
        encoded = row if isinstance(row, Problem) else encode_row(row, self.tokenizer, _UNCUT)
        if isinstance(encoded, Fault):
            encoded = _problem(where, encoded)
        if isinstance(encoded, Problem):
            for tally in self.tallies:
                tally.refuse(encoded.code)
            self.problems.append(encoded)
            self.lines.append(dump_line({"where": where, "faults": [encoded.code]}))
            return
        assert not isinstance(row, Problem)
        fate = [tally.add(row, encoded) for tally in self.tallies][-1]
        faults = self._faults(encoded, fate)
        self.problems += [_problem(where, fault) for fault in faults]
        codes = tuple(fault.code for fault in faults)
        self._count(where, encoded, fate, codes)
        self._show(where, encoded, fate, codes)

    def _faults(self, encoded: Encoded, fate: Fate) -> list[Fault]:
        if self._ours:
            return list(faults_of(cut_to(encoded, self.max_length), self.tokenizer))
        return [*faults_of(encoded, self.tokenizer), *(_effect(self._judge.name, code) for code in fate.codes)]

    def _count(self, where: str, row: Encoded, fate: Fate, codes: tuple[str, ...]) -> None:
        kept, learned, tokens = count(fate.kept), count(fate.learned), len(fate.ids or row.ids)
        if "ROW-DROPPED" not in fate.codes:
            self.lengths.append(kept)
            self.learned.append(learned)
        self.cut += kept < tokens
        self.marked += row.marked
        counts = {"tokens": tokens, "kept": kept, "cut": tokens - kept, "prompt": row.prompt, "learned": learned}
        self.lines.append(dump_line({"where": where, **counts, "faults": codes}))

    def _show(self, where: str, row: Encoded, fate: Fate, codes: tuple[str, ...]) -> None:
        new = [code for code in codes or ("",) if code not in self.previews]
        if new and len(self.previews) < _PREVIEWS:
            segments = preview_of(fate.ids or row.ids, fate.kept, fate.learned, self.tokenizer)
            preview = Preview(where=where, faults=codes, segments=segments)
            self.previews |= dict.fromkeys(new, preview)


def look(rows: Iterable[Mapping[str, Any]], tokenizer: ChatTokenizer, max_length: int) -> Looked:
    """Encode rows: those from which something is learned, and every fault. Training learns from exactly the former."""
    looked = Looked([], [])
    for row in rows:
        encoded = encode_row(row, tokenizer, max_length)
        if isinstance(encoded, Fault):
            looked.faults.append((str(row.get("id", "")), encoded))
            continue
        looked.faults.extend((encoded.row, fault) for fault in faults_of(encoded, tokenizer))
        if not nothing_learned(encoded):
            looked.encoded.append(encoded)
    return looked


def _effect(trainer: TrainerName, code: str) -> Fault:
    effect = EFFECTS[code]
    return Fault(code, f"{trainer}: {effect.en}", "every answer learned whole, and nothing else", effect.hint)


def _problem(where: str, fault: Fault) -> Problem:
    return Problem(step=STEP, where=where, **fault._asdict())


def _first_of(problems: Sequence[Problem]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.code, []).append(problem.where)
    return {code: tuple(places[:_SHOWN]) for code, places in sorted(found.items())}


def _spread(counts: Sequence[int]) -> Spread | None:
    if not counts:
        return None
    ordered = sorted(counts)
    return Spread(least=ordered[0], median=ordered[len(ordered) // 2], most=ordered[-1], total=sum(ordered))
