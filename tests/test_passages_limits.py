"""No passage is longer than asked, in characters or tokens, and none parts a sentence or a letter without need."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.documents import Block, Document
from toolkit.documents.document import BlockKind
from toolkit.documents.readers.plain import read_plain
from toolkit.passages import By, Passage
from toolkit.passages.limits import Both, Characters, Limit, limit_of
from toolkit.passages.segment import passages_of
from toolkit.passages.sentences import is_joined, sentence_ends

WAYS: tuple[By, ...] = ("clause", "section", "paragraph", "window")
ENGLISH = "The Seller shall deliver the goods on time. "
CHINESE = "出卖人应当按照约定的时间向买受人交付标的物。"


def document(text: str, blocks: tuple[Block, ...] | None = None) -> Document:
    found = tuple(read_plain(text)) if blocks is None else blocks
    return Document(id="doc_0", source_sha256="0", path="a.txt", text=text, blocks=found, meta={})


def cut(text: str, by: By, limit: Limit) -> list[Passage]:
    return list(passages_of(document(text), by, limit))


def sentences(text: str) -> list[str]:
    ends = [0, *sentence_ends(text, 0, len(text)), len(text)]
    return [part for start, end in pairwise(ends) if (part := text[start:end].strip())]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A byte-level BPE as models have it, learned from a few sentences."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    found = Tokenizer(models.BPE())
    found.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, show_progress=False)
    found.train_from_iterator([ENGLISH * 5, CHINESE * 5, "1.1 (a) 第一条"], trainer)
    found.enable_truncation(7)  # a file may say so; what is counted is the whole text
    path = tmp_path_factory.mktemp("model") / "tokenizer.json"
    found.save(str(path))
    return path


SENTENCES = [
    (
        "He sued under 42 U.S.C. § 1983. The court agreed.",
        ["He sued under 42 U.S.C. § 1983.", "The court agreed."],
    ),
    ("Mr. Li paid 3.5 percent to Acme Inc. on Jan. 3.", ["Mr. Li paid 3.5 percent to Acme Inc. on Jan. 3."]),
    (
        "See Smith v. Jones, No. 5 (9th Cir. 1999). It held so.",
        ["See Smith v. Jones, No. 5 (9th Cir. 1999).", "It held so."],
    ),
    ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
    ("Was it paid? Yes! (It was.) Good.", ["Was it paid?", "Yes!", "(It was.)", "Good."]),
    ("1. Term. It lasts.", ["1. Term.", "It lasts."]),
    ("Fed. R. Civ. P. 12 applies. It does.", ["Fed. R. Civ. P. 12 applies.", "It does."]),
    ("The clerk J. R. Smith signed. He left.", ["The clerk J. R. Smith signed.", "He left."]),
    ("The dose is 5 mg. Take it b.i.d. with food.", ["The dose is 5 mg. Take it b.i.d. with food."]),
    ("他说：“好。”然后走了。真的？！是的。", ["他说：“好。”", "然后走了。", "真的？！", "是的。"]),
    ("（以下简称“甲方”。）乙方同意。", ["（以下简称“甲方”。）", "乙方同意。"]),
    ("“付款。”，他说。", ["“付款。”，他说。"]),
    ("本合同金额为3.5万元；逾期按0.5%计息。", ["本合同金额为3.5万元；逾期按0.5%计息。"]),
    ("甲方付款.乙方交货.", ["甲方付款.", "乙方交货."]),
    ("It ended.\n(a) First; (b) second.", ["It ended.", "(a) First; (b) second."]),
]


@pytest.mark.parametrize(("text", "wanted"), SENTENCES)
def test_sentences_end_where_a_reader_says(text: str, wanted: list[str]) -> None:
    assert sentences(text) == wanted


@pytest.mark.parametrize("sentence", [ENGLISH, CHINESE])
@pytest.mark.parametrize("by", WAYS)
def test_no_passage_ends_inside_a_sentence_that_fits(by: By, sentence: str) -> None:
    for passage in cut(sentence * 300, by, Characters(200)):
        assert len(passage.text) <= 200
        assert passage.text.startswith(sentence[:5])
        assert passage.text.endswith(sentence.strip()[-5:])


def test_a_window_takes_as_many_sentences_as_fit() -> None:
    counts = {len(passage.text) // len(CHINESE) for passage in cut(CHINESE * 100, "window", Characters(200))[:-1]}
    assert counts == {200 // len(CHINESE)}


def test_a_short_sentence_before_a_very_long_one_is_not_joined_to_half_of_it() -> None:
    long = "and the Buyer pays the price of it " * 20
    first, second, *_ = cut(f"It is so. Then {long}.", "window", Characters(200))
    assert first.text == "It is so."
    assert second.text.startswith("Then and")


@pytest.mark.parametrize("by", WAYS)
def test_chinese_text_with_single_newlines_is_many_passages(by: By) -> None:
    """The length at which synthetic-data-kit 0.0.5 makes one chunk: 20,800 characters, its limit 4,000."""
    text = "\n".join(CHINESE * 2 for _ in range(20_800 // (2 * len(CHINESE) + 1) + 1))
    passages = cut(text, by, Characters(4000))
    assert len(text) >= 20_800
    assert len(passages) >= 6
    assert max(len(passage.text) for passage in passages) <= 4000
    assert all(passage.text.endswith("。") for passage in passages)


@pytest.mark.parametrize("line", ["没有句号的一行文字", "no full stop here", "a,b;c"])
@pytest.mark.parametrize("by", WAYS)
def test_lines_without_any_stop_part_at_line_ends(by: By, line: str) -> None:
    for passage in cut("\n".join([line] * 400), by, Characters(200)):
        assert len(passage.text) <= 200
        assert set(passage.text.split("\n")) == {line}


@pytest.mark.parametrize("sentence", [ENGLISH, CHINESE, "word" * 40 + " ", "\U0001f469\u200d\u2696\ufe0f"])
@pytest.mark.parametrize("by", WAYS)
def test_no_passage_has_more_tokens_than_asked(by: By, sentence: str, tokenizer: Path) -> None:
    from tokenizers import Tokenizer

    counter = Tokenizer.from_file(str(tokenizer))
    counter.no_truncation()
    text = sentence * 200
    passages = cut(text, by, limit_of(None, 60, tokenizer.parent))
    counts = [len(counter.encode(passage.text, add_special_tokens=False).ids) for passage in passages]
    assert max(counts) <= 60
    assert sum(counts) / len(counts) > 30, "they are filled"
    assert "".join("".join(passage.text for passage in passages).split()) == "".join(text.split())


def test_both_limits_hold_together(tokenizer: Path) -> None:
    both = limit_of(200, 50, tokenizer)
    assert isinstance(both, Both)
    assert all(both.holds(passage.text) for passage in cut((ENGLISH + CHINESE) * 50, "window", both))


CLUSTERS = [
    "e\u0301",
    "n\u0303\u0323",
    "👩\u200d⚖\ufe0f",
    "👍🏽",
    "🇨🇳",
    "葛\U000e0100",
    "한",
    "ก็",
    "1\ufe0f\u20e3",
    "त\u0947",
]


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_what_readers_see_as_one_character_is_not_parted(cluster: str) -> None:
    text = "x" + cluster * 300 + "y"
    starts = [passage.start for passage in cut(text, "window", Characters(200))[1:]]
    assert starts
    assert {(start - 1) % len(cluster) for start in starts} == {0}


_PIECES = st.sampled_from(
    [
        *CLUSTERS,
        ENGLISH,
        CHINESE,
        "甲" * 30,
        "b" * 90,
        "\n",
        "\n\n",
        " ",
        "。",
        "1. Fees. ",
        "（一）",
        "Mr. ",
        "\u3000",
        "；",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, min_size=1, max_size=80).map("".join), st.sampled_from(WAYS), st.integers(200, 300))
def test_no_letter_is_parted_from_its_accents(text: str, by: By, longest: int) -> None:
    passages = cut(text, by, Characters(longest)) if text.strip() else []
    assert all(len(passage.text) <= longest for passage in passages)
    assert not any(is_joined(text, passage.start) for passage in passages[1:])


KINDS: tuple[BlockKind, ...] = ("paragraph", "heading", "page_header", "page_footer", "page_number", "navigation")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS), st.sampled_from(["3", "1. Fees", "EXHIBIT A", CHINESE * 3, ENGLISH * 4, "x" * 90])
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(WAYS),
)
def test_page_furniture_lies_inside_passages_or_between_them_and_heads_nothing(
    parts: list[tuple[BlockKind, str]], by: By
) -> None:
    text, blocks = "", []
    for kind, words in parts:
        content = words if kind in {"paragraph", "heading"} else f"{words} FURNITURE"
        blocks.append(Block(kind=kind, start=len(text), end=len(text) + len(content)))
        text += content + "\n"
    furniture = [block for block in blocks if block.kind not in {"paragraph", "heading"}]
    passages = list(passages_of(document(text, tuple(blocks)), by, Characters(200)))
    inside = {place for passage in passages for place in range(passage.start, passage.end)}
    for block in blocks:
        if block not in furniture:
            assert {place for place in range(block.start, block.end) if text[place] != " "} <= inside
    for passage in passages:
        assert len(passage.text) <= 200
        assert not any(block.start <= passage.start < block.end for block in furniture)
        assert not any(block.start < passage.end <= block.end for block in furniture)
        assert not any("FURNITURE" in name for name in passage.heading)


def test_the_tokenizer_of_a_trained_model_is_read_as_it_is(tokenizer: Path) -> None:
    """Its file may truncate to seven tokens; the limit counts the text."""
    assert json.loads(tokenizer.read_text())["truncation"]["max_length"] == 7
    assert not limit_of(None, 50, tokenizer).holds(ENGLISH * 20)
