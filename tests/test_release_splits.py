"""What belongs together never crosses a split, the shares come close, and equal inputs give equal splits."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.release.splits import SPLITS, components, crossing, deal

SHARES = (0.8, 0.1, 0.1)
SIZES = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=4), st.integers(1, 30), min_size=1, max_size=40)
TIES = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 6), st.one_of(st.none(), st.integers(0, 6))), min_size=1)


@given(TIES)
def test_documents_tied_over_several_steps_are_one_group(ties: list[tuple[int, int, int | None]]) -> None:
    documents = {f"doc{document}": f"group{group}" for document, group, _ in ties}
    clusters = {f"doc{document}": f"cluster{cluster}" for document, _, cluster in ties if cluster is not None}
    found = components(documents, clusters)
    assert found == components(dict(reversed(documents.items())), clusters), "the order of documents does not matter"
    for one, group in documents.items():
        for other, same in documents.items():
            tied = group == same or (one in clusters and clusters[one] == clusters.get(other))
            assert not tied or found[one] == found[other]
    # And nothing more is tied than has to be: walking along ties reaches a whole group from any member.
    for name in set(found.values()):
        reached, edge = {name}, [name]
        while edge:
            here = edge.pop()
            near = {d for d in documents if documents[d] == documents[here]}
            near |= {d for d in clusters if clusters[d] == clusters.get(here)}
            edge += near - reached
            reached |= near
        assert reached == {document for document in found if found[document] == name}


@settings(deadline=None)
@given(SIZES, st.integers(0, 5))
def test_every_split_gets_a_group_and_equal_arguments_give_equal_splits(sizes: dict[str, int], seed: int) -> None:
    dealt = deal(sizes, SHARES, seed)
    assert dealt == deal(dict(reversed(sizes.items())), SHARES, seed)
    assert dealt.keys() == sizes.keys()
    assert len(set(dealt.values())) == min(3, len(sizes))
    if len(sizes) == 1:
        assert set(dealt.values()) == {"train"}


@settings(deadline=None)
@given(SIZES.filter(lambda sizes: len(sizes) >= 3), st.integers(0, 5))
def test_no_single_move_of_a_group_would_bring_the_shares_nearer(sizes: dict[str, int], seed: int) -> None:
    dealt = deal(sizes, SHARES, seed)

    def cost(splits: dict[str, str]) -> float:
        rows = Counter[str]()
        for group, split in splits.items():
            rows[split] += sizes[group]
        return sum((rows[s] - share * sum(sizes.values())) ** 2 for s, share in zip(SPLITS, SHARES, strict=True))

    for group in sizes:
        for split in SPLITS:
            moved = {**dealt, group: split}
            if len(set(moved.values())) == 3:
                assert cost(moved) >= cost(dealt) - 1e-6


def test_shares_come_within_a_row_where_groups_are_small() -> None:
    dealt = deal({f"g{n}": 1 for n in range(1000)}, SHARES, 0)
    assert Counter(dealt.values()) == {"train": 800, "validation": 100, "test": 100}
    assert dealt != deal({f"g{n}": 1 for n in range(1000)}, SHARES, 1), "the seed orders the groups"


def test_a_share_of_zero_gets_nothing() -> None:
    assert set(deal({f"g{n}": 2 for n in range(9)}, (0.9, 0.1, 0.0), 0).values()) == {"train", "validation"}


def test_a_planted_leak_is_counted_whatever_the_rows_say_of_their_groups() -> None:
    rows = [
        (split, {"meta": {"document": document, "group": document}})
        for split, document in (("train", "a"), ("test", "b"))
    ]
    alone = {"a": "a", "b": "b"}
    assert crossing(rows, alone, {}) == (0, 0, 0, 0)
    assert crossing(rows, {"a": "x", "b": "x"}, {}) == (0, 1, 0, 1)
    assert crossing(rows, alone, {"a": "b", "b": "b"}) == (0, 0, 1, 1)
    assert crossing([*rows, ("test", rows[0][1])], alone, {}) == (1, 1, 1, 1)
    assert crossing(rows, {**alone, "c": "b"}, {"a": "a", "c": "a"}) == (0, 0, 0, 1), "tied by a third document"
