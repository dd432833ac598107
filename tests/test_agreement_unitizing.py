"""Alpha over tokens and for unitizing: published figures, a count by brute force, and what must make no difference."""

import random
import time
import warnings
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.agreement.alpha import krippendorff_alpha
from toolkit.agreement.pairs import Answered
from toolkit.agreement.spans import Mark, Marks
from toolkit.agreement.table import Rating, tabulate
from toolkit.agreement.tokens import Tokens, tokens_of
from toolkit.agreement.unitizing import token_alpha, u_alpha

Rows = list[Answered[Marks]]
Continuum = tuple[frozenset[Mark], ...]
LENGTH = 12

# Krippendorff, "Content Analysis" (4th ed., 2019), figure 12.11, also in Krippendorff, Mathet, Bouvry and Widlöcher
# (2016): three people, sixty characters, u-alpha .510, binary .413. The units as pygamma-agreement (MIT) has them.
PUBLISHED = {
    "Alex": [("1", 2, 9), ("2", 11, 17), ("5", 24, 30), ("6", 32, 36), ("6", 36, 44), ("7", 44, 60)],
    "Paul": [("1", 2, 9), ("3", 11, 17), ("5", 19, 25), ("6", 32, 44)],
    "Suzan": [("1", 2, 9), ("4", 11, 17), ("5", 21, 27), ("6", 32, 36), ("6", 36, 40), ("6", 40, 44)],
}


def answered(*continua: Continuum) -> Rows:
    """A continuum a passage, in it one person's spans after the other's; each passage is a document."""
    return [
        Answered(f"d{unit}", f"p{unit}", f"r{rater}", marks)
        for unit, people in enumerate(continua)
        for rater, marks in enumerate(people)
    ]


def only(rows: Rows, label: str) -> Rows:
    """The answers with the spans of one label alone."""
    return [row._replace(value=frozenset(mark for mark in row.value if mark.label == label)) for row in rows]


def unlabelled(rows: Rows) -> Rows:
    """The answers with spans that say where and not what: their ``u_alpha`` is the binary one of the source."""
    return [row._replace(value=frozenset(mark._replace(label="") for mark in row.value)) for row in rows]


def lengths(rows: Rows, length: int = LENGTH) -> dict[str, int]:
    return {row.unit: length for row in rows}


def characters(rows: Rows, length: int = LENGTH) -> dict[str, Tokens]:
    """Every character a token."""
    return {row.unit: Tokens(tuple(range(length)), tuple(range(1, length + 1))) for row in rows}


def brute_force(continua: list[Continuum], length: int) -> float | None:
    """The definition, character by character: what pairs of people say of one, and what any two characters have."""
    pool, apart, places = [], 0.0, 0
    for number, people in enumerate(continua):
        said = [[_said(marks, at) for at in range(length)] for marks in people]
        unit = [[_unit(marks, at) for at in range(length)] for marks in people]
        for at in range(length):
            differing = sum(one[at] != other[at] for one, other in combinations(said, 2))
            apart += 2 * differing / (len(people) - 1)
        places += length * len(people)
        pool += [
            (words[at], (number, person, units[at] or ("gap", at)))
            for person, (words, units) in enumerate(zip(said, unit, strict=True))
            for at in range(length)
        ]
    drawn = [(one[0] != other[0]) for one, other in combinations(pool, 2) if one[1] != other[1]]
    return 1 - (apart / places) / (sum(drawn) / len(drawn)) if any(drawn) else None


def _said(marks: Marks, at: int) -> frozenset[str]:
    return frozenset(mark.label for mark in marks if mark.start <= at < mark.end)


def _unit(marks: Marks, at: int) -> tuple[int, ...] | None:
    """The unit that a character lies in: how many ends of the person's spans lie before it; None in a gap."""
    ends = {end for mark in marks for end in (mark.start, mark.end)}
    return (sum(end <= at for end in ends),) if _said(marks, at) else None


def test_the_published_continuum_has_its_published_figures() -> None:
    rows = [Answered("d", "p", rater, frozenset(Mark(*span) for span in PUBLISHED[rater])) for rater in PUBLISHED]
    figure = u_alpha(rows, {"p": 60})
    assert figure.value == pytest.approx(0.510, abs=5e-4)
    assert u_alpha(unlabelled(rows), {"p": 60}).value == pytest.approx(0.413, abs=5e-4)
    assert (figure.units, figure.pairs, figure.raters, figure.low) == (1, 3, 3, None)


def test_the_published_continuum_is_the_one_on_disk(shared_data: Path) -> None:
    lines = (shared_data / "agreement" / "pygamma" / "AlexPaulSuzan.csv").read_text(encoding="utf-8").split()
    units = [line.split(",") for line in lines]
    assert {rater: [(u[1], int(u[2]), int(u[3])) for u in units if u[0] == rater] for rater in PUBLISHED} == PUBLISHED


some_marks = st.frozensets(
    st.builds(
        lambda label, start, length: Mark(label, start, min(start + length, LENGTH)),
        st.sampled_from("abc"),
        st.integers(0, LENGTH - 1),
        st.integers(1, 6),
    ),
    max_size=4,
)
continua = st.lists(st.lists(some_marks, min_size=2, max_size=4).map(tuple), min_size=1, max_size=3)


@settings(deadline=None, max_examples=100)
@given(found=continua)
def test_unitizing_alpha_is_what_counting_characters_gives(found: list[Continuum]) -> None:
    rows = answered(*found)
    expected = brute_force(found, LENGTH)
    figure = u_alpha(rows, lengths(rows))
    if not any(marks for people in found for marks in people):
        assert figure.undefined == "no labels"
    elif expected is None:
        assert figure.undefined == "no variation"
    else:
        assert figure.value == pytest.approx(expected, abs=1e-8)


@settings(deadline=None, max_examples=100)
@given(found=continua)
def test_token_alpha_is_nominal_alpha_with_a_unit_a_token(found: list[Continuum]) -> None:
    rows = answered(*found)
    table = tabulate(
        Rating(row.document, f"{row.unit} {at:02}", row.rater, " ".join(sorted(_said(row.value, at))))
        for row in rows
        for at in range(LENGTH)
    )
    figure = token_alpha(rows, characters(rows))
    expected = krippendorff_alpha(table)
    if figure.undefined == "no labels":
        assert expected.undefined == "no variation"
    else:
        assert (figure.value, figure.low, figure.high) == (expected.value, expected.low, expected.high)


@settings(deadline=None, max_examples=60)
@given(found=continua, chance=st.randoms(use_true_random=False))
def test_names_order_and_single_answers_make_no_difference(found: list[Continuum], chance: random.Random) -> None:
    rows = answered(*found)
    renamed = [
        row._replace(
            rater=f"x{9 - int(row.rater[1:])}", value=frozenset(m._replace(label=m.label.upper()) for m in row.value)
        )
        for row in rows
    ]
    chance.shuffle(renamed)
    alone = Answered("d0", "alone", "r0", frozenset({Mark("a", 0, 3)}))
    for with_more in (renamed, [*rows, alone]):
        for one, other in (
            (u_alpha(rows, lengths(rows)), u_alpha(with_more, lengths(with_more))),
            (token_alpha(rows, characters(rows)), token_alpha(with_more, characters(with_more))),
        ):
            assert one.model_dump(exclude={"single"}) == other.model_dump(exclude={"single"})


@settings(deadline=None, max_examples=60)
@given(marks=some_marks, people=st.integers(2, 4))
def test_people_who_say_the_same_agree_wholly_where_there_is_variation(marks: Marks, people: int) -> None:
    rows = answered((marks,) * people)
    varied = len({_said(marks, at) for at in range(LENGTH)}) > 1
    for figure in (u_alpha(rows, lengths(rows)), token_alpha(rows, characters(rows))):
        assert figure.value == (1.0 if varied else None)
        assert varied or figure.undefined == ("no variation" if marks else "no labels")


def test_what_has_no_answer_says_so_without_a_warning() -> None:
    one = frozenset({Mark("a", 0, 3)})
    cases: list[tuple[Rows, str]] = [
        ([], "no data"),
        (answered((one,)), "no overlap"),
        (answered((frozenset(), frozenset())), "no labels"),
        (answered((frozenset({Mark("a", 0, LENGTH)}),) * 2), "no variation"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rows, reason in cases:
            for figure in (u_alpha(rows, lengths(rows)), token_alpha(rows, characters(rows))):
                assert (figure.value, figure.undefined) == (None, reason)


def simulated(passages: int, people: int, *, blind: bool, length: int = 300, each: int = 1) -> Rows:
    """Five spans a passage; blind people mark at random, the others the same with one error in ten."""
    chance = random.Random(7)
    rows = []
    for unit in range(passages):
        truth = [(chance.choice("abcde"), start, start + 14) for start in range(0, length - 20, 60)]
        for person in range(people):
            marks = set()
            for label, start, end in truth:
                if blind:
                    anywhere = chance.randrange(length - 14)
                    marks.add(Mark(chance.choice("abcde"), anywhere, anywhere + 14))
                elif chance.random() < 0.9:
                    marks.add(Mark(label, start + 5 * (chance.random() < 0.1), end))
            rows.append(Answered(f"d{unit // each}", f"p{unit}", f"r{person}", frozenset(marks)))
    return rows


def test_spans_marked_at_random_agree_as_chance_does() -> None:
    rows = simulated(200, 3, blind=True)
    for figure in (u_alpha(rows, lengths(rows, 300)), token_alpha(rows, characters(rows, 300))):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < 0 < figure.high


def test_a_label_alone_is_told_from_nothing() -> None:
    rows = answered((frozenset({Mark("a", 0, 4), Mark("b", 6, 9)}), frozenset({Mark("a", 0, 4), Mark("c", 6, 9)})))
    assert token_alpha(only(rows, "a"), characters(rows)).value == 1.0
    below = token_alpha(only(rows, "b"), characters(rows)).value
    assert below is not None
    assert below < 0


TOKENS = [
    ("甲方 pays 5.", ["甲", "方", "pays", "5", "."]),
    ("it's 3,000 USD\n", ["it", "'", "s", "3", ",", "000", "USD"]),
    ("第12条：ABC公司", ["第", "12", "条", "：", "ABC", "公", "司"]),
    ("", []),
    (" \n\u3000", []),
]


@pytest.mark.parametrize(("text", "tokens"), TOKENS)
def test_a_token_is_a_word_or_a_han_character_or_a_sign(text: str, tokens: list[str]) -> None:
    found = tokens_of(text)
    assert [text[start:end] for start, end in zip(*found, strict=True)] == tokens


@settings(deadline=None)
@given(text=st.text(max_size=40))
def test_every_visible_character_lies_in_one_token(text: str) -> None:
    found = tokens_of(text)
    inside = [at for start, end in zip(*found, strict=True) for at in range(start, end)]
    assert inside == [at for at, sign in enumerate(text) if not sign.isspace()]


def test_a_span_touches_the_tokens_that_it_shares_a_character_with() -> None:
    tokens = tokens_of("the Buyer pays")
    assert [tokens.touched(*span) for span in [(4, 9), (5, 6), (2, 5), (3, 4), (9, 10), (0, 14)]] == [
        (1, 2),
        (1, 2),
        (0, 2),
        (1, 1),
        (2, 2),
        (0, 3),
    ]


def test_a_half_word_counts_as_the_word() -> None:
    text = "the Buyer pays"
    rows = [Answered("d", "p", rater, frozenset({Mark("party", 4, end)})) for rater, end in (("x", 9), ("y", 7))]
    assert token_alpha(rows, {"p": tokens_of(text)}).value == 1.0
    partly = u_alpha(rows, {"p": len(text)}).value
    assert partly is not None
    assert partly < 1


def test_ten_thousand_passages_are_measured_in_seconds() -> None:
    rows = simulated(10_000, 3, blind=False, each=2)
    tokens = dict.fromkeys(lengths(rows), tokens_of("word " * 60))
    started = time.process_time()
    over_tokens, unitizing = token_alpha(rows, tokens), u_alpha(rows, lengths(rows, 300))
    assert time.process_time() - started < 8
    assert (over_tokens.pairs, over_tokens.documents) == (30_000, 5_000)
    for figure in (over_tokens, unitizing):
        assert figure.value is not None
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high
