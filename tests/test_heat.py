"""The heat map of a field: what two people called the same thing, whoever of them comes first."""

import random
from collections import Counter
from itertools import combinations, permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.agreement.measures import specific_agreement
from toolkit.agreement.spans import Mark
from toolkit.agreement.table import Rating, tabulate
from toolkit.rounds.comparison import Row
from toolkit.rounds.heat import UNMARKED, heat_of
from toolkit.schema import Bilingual, Field
from toolkit.schema.field import Kind


def heat(kind: Kind, *units: tuple[Any, ...], names: str = "abcdef") -> dict[tuple[str, str], int]:
    """A tuple a passage, in it one value a person."""
    rows = [
        Row("d", f"p{unit}", names[at], said) for unit, all_said in enumerate(units) for at, said in enumerate(all_said)
    ]
    found = heat_of(Field(name="it", kind=kind, title=Bilingual("X", "叉")), rows)
    if found is None:
        return {}
    cells = zip(found.labels, found.counts, strict=True)
    return {(row, column): n for row, counts in cells for column, n in zip(found.labels, counts, strict=True) if n}


def test_marks_that_share_most_meet_first() -> None:
    one = frozenset({Mark("date", 0, 10), Mark("sum", 2, 12)})
    other = frozenset({Mark("name", 2, 12)})
    met = {("name", "sum"): 1, ("sum", "name"): 1, ("date", UNMARKED): 1, (UNMARKED, "date"): 1}
    assert heat("spans", (one, other)) == heat("spans", (other, one)) == met


def test_of_marks_at_one_place_those_of_one_label_meet() -> None:
    one, other = frozenset({Mark("a", 0, 5), Mark("b", 0, 5)}), frozenset({Mark("b", 0, 5), Mark("c", 0, 5)})
    assert heat("spans", (one, other)) == {("b", "b"): 2, ("a", "c"): 1, ("c", "a"): 1}


some_marks = st.frozensets(
    st.builds(
        lambda label, start, n: Mark(label, start, start + n),
        st.sampled_from("xyz"),
        st.integers(0, 9),
        st.integers(1, 5),
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=150)
@given(units=st.lists(st.tuples(some_marks, some_marks, some_marks), max_size=3))
def test_names_of_people_make_no_difference_and_no_mark_is_lost(units: list[tuple[frozenset[Mark], ...]]) -> None:
    found = heat("spans", *units)
    assert all(heat("spans", *units, names="".join(names)) == found for names in permutations("abc"))
    counted = Counter[str]()
    for (row, _), count in found.items():
        counted[row] += count
    del counted[UNMARKED]
    assert counted == Counter(
        m.label for unit in units for pair in combinations(unit, 2) for marks in pair for m in marks
    )


def test_a_rows_share_on_the_diagonal_is_the_labels_agreement() -> None:
    source = random.Random(4)
    units = [tuple(source.choice("xyz") for _ in range(source.randint(1, 4))) for _ in range(60)]
    table = tabulate(Rating(str(u), str(u), str(r), v) for u, said in enumerate(units) for r, v in enumerate(said))
    found = heat("choice", *units)
    for label in "xyz":
        row = sum(count for (one, _), count in found.items() if one == label)
        assert round(found[label, label] / row, 9) == specific_agreement(table, label).value
