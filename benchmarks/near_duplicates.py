"""Near-duplicates end to end, texts in to clusters with scores out, on one core, beside datatrove's MinHash pipeline.

Run: .venv/bin/python benchmarks/near_duplicates.py --peer-python PEER/bin/python [--contracts FOLDER]
     .venv/bin/python benchmarks/near_duplicates.py --memory
The peer is an interpreter that has `datatrove==0.10.1 "xxhash<3.6" regex orjson tokenizers`; both sides get the same
corpus, tokens and 5-grams, and are run in turn. The corpus is made here: half English, half Chinese, planted copies
(exact, format, header, one sentence, 10 % of sentences, 3 % of words), and siblings that fill one template with other
terms.
"""

import argparse
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

SEED = 20_240_229
DOCUMENTS = 10_000
PAIRS = 3
RATIO = 3.5
RECALL = 0.9
BOILERPLATE = 0.15
SYLLABLES = ["ba", "con", "der", "fi", "gra", "hel", "in", "jo", "ker", "lum", "men", "nor", "os", "pra", "ri", "sten"]
MONTHS = ["January", "March", "May", "July", "October"]


class Planted(NamedTuple):
    """A text of the corpus, the group it belongs to, how it was made out of the group's first, and its language."""

    text: str
    group: int
    edit: str
    language: str


class Tongue:
    """Sentences in one language over a fixed vocabulary in which few words are frequent."""

    def __init__(self, language: str, rng: random.Random) -> None:
        self.language, self.rng = language, rng
        if language == "en":
            words = {"".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(20_000)}
            self.words, self.stop, self.gap = sorted(words), ". ", " "
        else:
            self.words = [chr(point) for point in range(0x4E00, 0x4E00 + 3_000)]
            self.stop, self.gap = "。", ""
        rng.shuffle(self.words)
        self.weights = [1 / (place + 10) for place in range(len(self.words))]
        self.common = [self.sentence() for _ in range(300)]

    def sentence(self) -> str:
        words = self.rng.choices(self.words, self.weights, k=self.rng.randint(10, 40))
        if self.rng.random() < 0.25:
            words[self.rng.randrange(len(words))] = self.figure()
        if self.rng.random() < 0.25:
            words[self.rng.randrange(len(words))] = self.party()
        return words[0].capitalize() + self.gap + self.gap.join(words[1:])

    def figure(self) -> str:
        number = self.rng.randint(2, 999) * 1_000
        return f"USD {number:,}" if self.language == "en" else f"{number}元"

    def date(self) -> str:
        day, year = self.rng.randint(1, 28), self.rng.randint(1990, 2024)
        if self.language == "en":
            return f"{self.rng.choice(MONTHS)} {day}, {year}"
        return f"{year}年{self.rng.randint(1, 12)}月{day}日"

    def party(self) -> str:
        if self.language == "en":
            return " ".join(word.capitalize() for word in self.rng.sample(self.words, 2)) + " Inc."
        return "".join(self.rng.sample(self.words, 4)) + "有限公司"

    def sentences(self) -> list[str]:
        count = max(8, min(120, int(self.rng.lognormvariate(3.2, 0.6))))
        return [
            self.rng.choice(self.common) if self.rng.random() < BOILERPLATE else self.sentence() for _ in range(count)
        ]

    def text(self, sentences: list[str]) -> str:
        return "".join(
            sentence + self.stop + ("\n\n" if place % 5 == 4 else "") for place, sentence in enumerate(sentences)
        )


def exact(tongue: Tongue, sentences: list[str]) -> str:
    return tongue.text(sentences)


def layout(tongue: Tongue, sentences: list[str]) -> str:
    """Other line breaks and punctuation, headings in capitals."""
    text = tongue.text([sentences[0].upper(), *sentences[1:]])
    if tongue.language == "en":
        return re.sub(r"\s+", lambda _: "\n" if tongue.rng.random() < 0.1 else " ", text).replace(". ", ".  ")
    return re.sub(r"。", lambda _: "．\n" if tongue.rng.random() < 0.5 else "。", text)


def header(tongue: Tongue, sentences: list[str]) -> str:
    head = {
        "en": f"Retrieved from {tongue.party()} on {tongue.date()}\nPage 1 of {tongue.rng.randint(2, 40)}\n\n",
        "zh": f"来源：{tongue.party()}　发布日期：{tongue.date()}\n\n",
    }
    return head[tongue.language] + tongue.text(sentences)


def one_sentence(tongue: Tongue, sentences: list[str]) -> str:
    return _sentences(tongue, sentences, 1)


def tenth_of_sentences(tongue: Tongue, sentences: list[str]) -> str:
    return _sentences(tongue, sentences, max(1, len(sentences) // 10))


def _sentences(tongue: Tongue, sentences: list[str], count: int) -> str:
    changed = list(sentences)
    for place in tongue.rng.sample(range(len(changed)), count):
        changed[place] = tongue.sentence()
    return tongue.text(changed)


def words(tongue: Tongue, sentences: list[str]) -> str:
    """3 % of the words, in Chinese of the characters, give way to others."""
    text = tongue.text(sentences)
    token = re.compile(r"[a-zA-Z]+" if tongue.language == "en" else r"[\u4e00-\u9fff]")

    def other(found: re.Match[str]) -> str:
        return tongue.rng.choice(tongue.words) if tongue.rng.random() < 0.03 else found[0]

    return token.sub(other, text)


EDITS: dict[str, Callable[[Tongue, list[str]], str]] = {
    "exact": exact,
    "format": layout,
    "header": header,
    "one sentence": one_sentence,
    "10 % of sentences": tenth_of_sentences,
    "3 % of words": words,
}


def deal(tongue: Tongue, body: list[str]) -> str:
    """A template, filled: two parties, named throughout, a date, a sum and a term."""
    one, other = tongue.party(), tongue.party()
    terms = {
        "en": (f"This Agreement is made on {tongue.date()} between {one} and {other}",
               f"{one} shall pay {tongue.figure()} to {other}", f"Signed for {one}, signed for {other}"),
        "zh": (f"甲方：{one}\n乙方：{other}\n签订日期：{tongue.date()}",
               f"甲方应向乙方支付{tongue.figure()}", f"甲方：{one}（盖章）\n乙方：{other}（盖章）"),
    }  # fmt: skip
    head, sum_, foot = terms[tongue.language]
    return tongue.text([head, *body[: len(body) // 2], sum_, *body[len(body) // 2 :], foot])


def corpus(count: int) -> list[Planted]:
    """Half English, half Chinese; a third are copies in groups of two to six; one in fifty is a sibling."""
    found: list[Planted] = []
    group = 0
    for language in ("en", "zh"):
        rng = random.Random(f"{SEED} {language}")  # noqa: S311 - a corpus, no secret
        tongue = Tongue(language, rng)
        end = len(found) + count // 2
        while len(found) < end:
            group += 1
            sentences = tongue.sentences()
            if rng.random() < 0.005:
                body = [*sentences, *tongue.sentences()]
                family = [deal(tongue, body) for _ in range(4)]
                found += [Planted(text, group + place, "sibling", language) for place, text in enumerate(family)]
                group += len(family)
                continue
            found.append(Planted(tongue.text(sentences), group, "original", language))
            if rng.random() < 0.15:
                chosen = rng.choices(sorted(EDITS), k=rng.randint(1, 5))
                found += [Planted(EDITS[edit](tongue, sentences), group, edit, language) for edit in chosen]
        del found[end:]
    random.Random(SEED).shuffle(found)  # noqa: S311 - the same
    return found


def ours(texts: list[str], folder: Path) -> list[int]:
    """Return for each text the number of the text that is kept of its cluster."""
    from toolkit.documents.near_duplicates.clustering import Text, twins

    rows = twins((Text(f"{place:08}", text) for place, text in enumerate(texts)), "longest", folder)
    return [int(row.twin) for row in rows]


def peer(texts: list[str], folder: Path) -> list[int]:
    """The same by datatrove's four steps, called one after the other without its executor."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import minhash
    from datatrove.utils.word_tokenizers import WordTokenizer
    from loguru import logger

    logger.remove()
    token = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3400-\u4dbf\u4e00-\u9fff]+")

    class HanAware(WordTokenizer):
        def word_tokenize(self, text: str) -> list[str]:
            return token.findall(text)

        sent_tokenize = span_tokenize = word_tokenize

    config = minhash.MinhashConfig(n_grams=5, num_buckets=16, hashes_per_bucket=8, seed=SEED)
    documents = [Document(text=text, id=str(place)) for place, text in enumerate(texts)]
    places = [str(folder / name) for name in ("signatures", "buckets", "remove")]
    minhash.MinhashDedupSignature(places[0], config=config, language=HanAware()).run(documents)
    for bucket in range(config.num_buckets):
        minhash.MinhashDedupBuckets(places[0], places[1], config=config).run(rank=bucket, world_size=config.num_buckets)
    minhash.MinhashDedupCluster(places[1], places[2], config=config, save_cluster_id=True).run()
    kept: dict[int, int] = {}
    clusters: dict[int, list[int]] = defaultdict(list)
    left = minhash.MinhashDedupFilter(places[2], load_cluster_ids=True).run(documents)
    stay = {int(document.id) for document in left}
    for document in documents:
        cluster = document.metadata.get("minhash_cluster_id", -1)  # none: no pair at all
        clusters[cluster if cluster >= 0 else -1 - int(document.id)].append(int(document.id))
    for members in clusters.values():
        first = next((one for one in members if one in stay), members[0])
        kept |= dict.fromkeys(members, first)
    return [kept[place] for place in range(len(texts))]


class Measured(NamedTuple):
    wall: float
    cpu: float
    kept: list[int]


def measure(which: str, texts_file: Path) -> None:
    """In a process of its own, on one core: run one side and print what it took and found."""
    texts = json.loads(texts_file.read_text())
    side = {"ours": ours, "peer": peer}[which]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        side(texts[:50], Path(first))  # what is imported and built once
        wall, cpu = time.perf_counter(), time.process_time()
        kept = side(texts, Path(second))
        print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, kept]))


def run(python: str, which: str, texts_file: Path) -> Measured:
    one_core = {"RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
    folders = {"PYTHONPATH": str(Path(__file__).parent.parent)} if which == "ours" else {}
    done = subprocess.run(
        [python, __file__, "--measure", which, str(texts_file)],
        check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **one_core, **folders},
        preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
    )  # fmt: skip
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def report(name: str, planted: Sequence[Planted], measured: Sequence[Measured]) -> tuple[float, int]:
    """Print one side's figures; return its lesser recall of the two languages and how many groups it lost."""
    kept = measured[0].kept
    groups: dict[int, list[int]] = defaultdict(list)
    clusters: dict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(planted):
        groups[one.group].append(place)
        clusters[kept[place]].append(place)
    recall = {}
    for language in ("en", "zh"):
        mine = [members for members in groups.values() if planted[members[0]].language == language]
        found = sum(len(members) - len({kept[place] for place in members}) for members in mine)
        recall[language] = found / sum(len(members) - 1 for members in mine)
    first = {one.group: place for place, one in enumerate(planted) if one.edit == "original"}
    by_edit = Counter((one.edit, kept[place] == kept[first[one.group]]) for place, one in enumerate(planted)
                      if one.edit in EDITS and one.group in first)  # fmt: skip
    edits = ", ".join(
        f"{edit} {by_edit[edit, True] / (by_edit[edit, True] + by_edit[edit, False]):.3f}" for edit in EDITS
    )
    mixed = [members for members in clusters.values() if len({planted[place].group for place in members}) > 1]
    siblings = sum(all(planted[place].edit == "sibling" for place in members) for members in mixed)
    lost = len(groups) - len({planted[place].group for place in set(kept)})
    rates = [len(planted) / one.wall for one in measured]
    print(f"{name}: {statistics.median(rates):,.0f} documents/s ({min(rates):,.0f} to {max(rates):,.0f})")
    print(f"  recall en {recall['en']:.3f}, zh {recall['zh']:.3f}; with its original: {edits}")
    print(f"  groups wrongly lost {lost}; clusters of siblings {siblings}, of unrelated texts {len(mixed) - siblings}")
    return min(recall.values()), lost + len(mixed)


def compare(count: int, pairs: int, peer_python: str | None) -> None:
    planted = corpus(count)
    texts = [one.text for one in planted]
    size = statistics.mean(map(len, texts))
    print(
        f"{len(texts):,} documents of {size:,.0f} characters, {len({one.group for one in planted}):,} groups, one core"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.json"
        file.write_text(json.dumps(texts))
        sides = {"ours": sys.executable} | ({"peer": peer_python} if peer_python else {})
        measured: dict[str, list[Measured]] = {side: [] for side in sides}
        for _ in range(pairs):
            for side, python in sides.items():
                measured[side].append(run(python, side, file))
    recall, lost = report("toolkit", planted, measured["ours"])
    met = verdict(recall >= RECALL and not lost)
    print(f"goal: recall at least {RECALL} in both languages and no group lost or merged: {met}")
    if not peer_python:
        print("no --peer-python: datatrove was not run, so nothing is said of the ratio to it")
        return
    report("datatrove 0.10.1, same tokens", planted, measured["peer"])
    ratios = [theirs.wall / mine.wall for mine, theirs in zip(measured["ours"], measured["peer"], strict=True)]
    cpu = [theirs.cpu / mine.cpu for mine, theirs in zip(measured["ours"], measured["peer"], strict=True)]
    ratio = statistics.median(ratios)
    print(
        f"ratio wall {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}), cpu {statistics.median(cpu):.2f}; "
        f"goal at least {RATIO}: {verdict(ratio >= RATIO)}"
    )


def verdict(met: bool) -> str:
    return "met" if met else "missed"


def contracts(folder: Path) -> None:
    """Real contracts: all groups with the same bytes must be found."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.txt"))]
    with tempfile.TemporaryDirectory() as scratch:
        kept = ours(texts, Path(scratch))
    equal: dict[str, set[int]] = defaultdict(set)
    for place, text in enumerate(texts):
        equal[text].add(kept[place])
    counts = Counter(texts)
    groups = [text for text in equal if counts[text] > 1]
    whole = sum(len(equal[text]) == 1 for text in groups)
    clusters = len({one for place, one in enumerate(kept) if one != place})
    print(f"{folder.name}: {len(texts)} files, {len(groups)} exact groups, {whole} found whole; {clusters} clusters")


def memory(count: int) -> None:
    """Peak memory over a stream of documents of 5,000 characters, half of each language, one in ten a copy."""
    from toolkit.documents.near_duplicates.clustering import Text, twins

    def stream() -> Iterator[Text]:
        rng = random.Random(SEED)  # noqa: S311 - the same
        tongues = [Tongue(language, rng) for language in ("en", "zh")]
        last = ["", ""]
        for place in range(count):
            if place % 20 not in {18, 19}:
                tongue = tongues[place % 2]
                body = tongue.gap.join(rng.choices(tongue.words, tongue.weights, k=5_000))
                last[place % 2] = body[:5_000]
            yield Text(f"{place:08}", last[place % 2])

    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    rows: list[Any] = twins(stream(), "longest")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    copies = sum(row.id != row.twin for row in rows)
    print(f"{count:,} documents of 5,000 characters: peak {peak / 1024:,.0f} MiB, {before / 1024:,.0f} of it before; "
          f"{copies:,} copies found; {time.perf_counter() - started:.0f} s, making the texts included")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer-python")
    parser.add_argument("--contracts", type=Path)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--documents", type=int)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], Path(options.measure[1]))
    elif options.memory:
        memory(options.documents or 100_000)
    else:
        compare(options.documents or DOCUMENTS, options.pairs, options.peer_python)
        if options.contracts:
            contracts(options.contracts)


if __name__ == "__main__":
    main()
