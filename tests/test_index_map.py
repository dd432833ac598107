"""Each character of a derived text is found again in the text before, and spans stay exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.text import IndexMap

PIECES = st.sampled_from(
    ["a", "合", "𠮷", "\r\n", "\n", "-", " ", "e\u0301", "👨\u200d👩\u200d👧", "\u3000", "🇨🇳", "\u00ad", "ﬁ"]
)
SOURCES = st.lists(PIECES, max_size=60).map("".join)


@st.composite
def derived(draw: st.DrawFn) -> tuple[str, str, tuple[int, ...]]:
    """A text, one derived from it (characters left out, line ends put as spaces), and where each one stood."""
    source = draw(SOURCES)
    kept = draw(st.lists(st.booleans(), min_size=len(source), max_size=len(source)))
    flat = tuple(index for index, keep in enumerate(kept) if keep)
    return source, "".join(" " if source[index] == "\n" else source[index] for index in flat), flat


@given(derived())
def test_a_map_and_its_stored_form_say_the_same(case: tuple[str, str, tuple[int, ...]]) -> None:
    source, text, flat = case
    found = IndexMap.of(flat, len(source))
    assert found.flat() == flat
    assert found.length == len(text)
    assert IndexMap.of(found.flat(), len(source)) == found
    assert IndexMap.keeping(((index, index + 1) for index in flat), len(source)) == found


@given(derived(), st.data())
def test_each_character_and_each_span_is_found_again(
    case: tuple[str, str, tuple[int, ...]], data: st.DataObject
) -> None:
    source, text, flat = case
    found = IndexMap.of(flat, len(source))
    for index, character in enumerate(text):
        start, end = found.source_span(index, index + 1)
        assert source[start:end] in {character, "\n"}
        assert found.derived_span(start, end) == (index, index + 1)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before = found.source_span(start, end)
    if start < end:
        assert before == (flat[start], flat[end - 1] + 1)
        assert found.derived_span(*before) == (start, end)


@given(derived(), st.data())
def test_what_is_left_of_a_span_is_found(case: tuple[str, str, tuple[int, ...]], data: st.DataObject) -> None:
    source, _, flat = case
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    left = [index for index, place in enumerate(flat) if start <= place < end]
    expected = (left[0], left[-1] + 1) if left else None
    assert IndexMap.of(flat, len(source)).derived_span(start, end) == expected


@given(derived(), st.data())
def test_one_map_after_another_is_one_map(case: tuple[str, str, tuple[int, ...]], data: st.DataObject) -> None:
    source, text, flat = case
    kept = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    later = tuple(index for index, keep in enumerate(kept) if keep)
    both = IndexMap.of(flat, len(source)).then(IndexMap.of(later, len(text)))
    assert both.flat() == tuple(flat[index] for index in later)
    assert both == IndexMap.of(both.flat(), len(source))


@pytest.mark.parametrize("flat", [(1, 1), (2, 1), (-1, 0), (0, 5)])
def test_offsets_that_do_not_rise_or_leave_the_text_are_no_map(flat: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="runs that do not"):
        IndexMap.of(flat, 5)


def test_runs_that_overlap_are_no_map() -> None:
    with pytest.raises(ValueError, match="rise"):
        IndexMap(((0, 0), (3, 2)), 5, 9)
    with pytest.raises(ValueError, match="lie within"):
        IndexMap(((1, 0),), 2, 9)
    with pytest.raises(ValueError, match="lie within"):
        IndexMap((), 2, 9)


def test_a_span_beyond_the_text_has_no_place() -> None:
    found = IndexMap.keeping([(0, 3)], 4)
    for span in ((0, 4), (2, 1), (-1, 0)):
        with pytest.raises(IndexError):
            found.source_span(*span)
    with pytest.raises(IndexError):
        found.derived_span(0, 5)
    assert found.source_span(3, 3) == (3, 3)
    assert found.derived_span(3, 4) is None
    assert IndexMap.keeping([], 4).source_span(0, 0) == (0, 0)


def test_maps_of_texts_that_do_not_meet_are_not_joined() -> None:
    with pytest.raises(ValueError, match="a map of 4 characters after one to 3"):
        IndexMap.keeping([(0, 3)], 4).then(IndexMap.keeping([(0, 3)], 4))
