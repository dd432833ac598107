"""A conversation is shown by turns, and every span in it keeps its exact place in the passage."""

import csv
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.annotations import labelling_config, read_results, write_results
from toolkit.annotations.dialogue import turn_data, turns
from toolkit.prelabel.check import checked
from toolkit.schema import Bilingual, Schema, Shows, Span, asked


class Talk(Schema):
    """Spans in a conversation, one of them asked about."""

    class Said(Span):
        sure: bool | None = asked("Sure", "确定")

    title = Bilingual("Talk", "对话")
    instruction = Bilingual("Mark it.", "请标注。")
    shows = Shows(dialogue=True)
    said: list[Said] = asked("Said", "说的", labels={"symptom": ("Symptom", "症状"), "drug": ("Drug", "药")})
    sum_up: str | None = asked("Sum up", "小结")


WORDS = st.text(
    st.sampled_from("ab é\u0301\u200d😀👩‍👧𠮷医。,") | st.characters(exclude_categories=["Cs", "Zl", "Zp", "Cc"]),
    min_size=1,
    max_size=20,
).filter(str.strip)


@st.composite
def a_talk(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    lines = draw(st.lists(st.tuples(st.sampled_from(["Doctor: ", "患者：", ""]), WORDS), min_size=1, max_size=5))
    text = draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(who + words for who, words in lines)
    said = turns(text)
    places = []
    for _ in range(draw(st.integers(0, 3))):
        first = draw(st.integers(0, len(said) - 1))
        last = draw(st.integers(first, len(said) - 1))
        start = (
            draw(st.integers(said[first].start, said[first].end - 1)) if said[first].start < said[first].end else None
        )
        if start is None or said[last].start == said[last].end:
            continue
        end = draw(st.integers(max(start, said[last].start) + 1, said[last].end))
        places.append((start, end))
    return text, [
        {"start": a, "end": b, "text": text[a:b], "label": "drug", "sure": True} for a, b in sorted(set(places))
    ]


@settings(max_examples=300, deadline=None)
@given(a_talk())
def test_spans_survive_the_way_through_turns(talk: tuple[str, list[dict[str, Any]]]) -> None:
    text, spans = talk
    reading = read_results(Talk, write_results(Talk, {"said": spans}, text), text)
    assert (reading.answer["said"], reading.repaired, reading.faults) == (spans, 0, ())


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_turns_lie_one_after_another_and_hold_every_word(text: str) -> None:
    found = turns(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(0 <= turn.start <= turn.end <= len(text) for turn in found)
    heard = "".join(turn.speaker + text[turn.start : turn.end] for turn in found)
    assert re.sub(r"[\s:：\[\]]", "", heard) == re.sub(r"[\s:：\[\]]", "", text)


def test_a_speaker_is_told_from_what_is_said() -> None:
    text = "Doctor: How long?\n患者：三天了：很痛\nThree days.\n[doctor] Well\nat 10:30 fine\nhttp://a.example is it"
    assert [(turn.speaker, text[turn.start : turn.end]) for turn in turns(text)] == [
        ("Doctor", "How long?"),
        ("患者", "三天了：很痛"),
        ("", "Three days."),
        ("doctor", "Well"),
        ("", "at 10:30 fine"),
        ("", "http://a.example is it"),
    ]


def test_a_submission_from_the_screen_is_read() -> None:
    """What the editor sends: turns as text, UTF-16 units inside them, the words as they stand on the screen."""
    text = "Doctor: 😀 Any pain?\nPatient: My 𠮷 head hurts."
    value = {"start": "1", "end": "1", "startOffset": 3, "endOffset": 10, "text": "𠮷 head"}
    item = {"id": "x", "from_name": "said", "to_name": "text", "type": "paragraphlabels"}
    about = {"id": "x", "from_name": "said__sure", "to_name": "text", "type": "choices"}
    results = [{**item, "value": {**value, "paragraphlabels": ["symptom"]}}, {**about, "value": {"choices": ["yes"]}}]
    (span,) = read_results(Talk, results, text).answer["said"]
    assert span == {"start": 32, "end": 38, "text": "𠮷 head", "label": "symptom", "sure": True}
    assert text[32:38] == "𠮷 head"


@pytest.mark.parametrize("broken", [{"start": "9"}, {"endOffset": "x"}, {"start": None}, {"startOffset": 99}])
def test_a_place_that_no_turn_has_is_a_fault(broken: dict[str, Any]) -> None:
    value = {"start": "0", "end": "0", "startOffset": 0, "endOffset": 3, "text": "Any", "paragraphlabels": ["drug"]}
    item = {"id": "x", "from_name": "said", "to_name": "text", "type": "paragraphlabels", "value": value | broken}
    reading = read_results(Talk, [item], "Doctor: Any pain?")
    assert reading.answer["said"] == [] or reading.repaired
    assert reading.faults or reading.repaired


def test_the_screen_shows_paragraphs_and_labels_for_them() -> None:
    config = labelling_config(Talk)
    assert "<Paragraphs " in config
    assert "<ParagraphLabels " in config
    assert "<Labels" not in config


def test_real_conversations_have_speakers(shared_data: Path) -> None:
    with (shared_data / "medical/aci-bench/valid.csv").open(encoding="utf-8", newline="") as file:
        talks = [row["dialogue"] for row in csv.DictReader(file)]
    with (shared_data / "medical/mts-dialog/MTS-Dialog-ValidationSet.csv").open(encoding="utf-8", newline="") as file:
        talks += [row["dialogue"] for row in csv.DictReader(file)]
    speakers = Counter(turn["speaker"].lower() for talk in talks for turn in turn_data(talk))
    named = sum(speakers[who] for who in ("doctor", "patient", "guest_family", "patient_guest", "guest_clinician"))
    assert named > 0.98 * speakers.total(), speakers.most_common(12)


def test_a_prediction_on_a_speakers_name_is_left_out_and_said() -> None:
    text = "Doctor: Any pain?\nPatient: None."
    spans = [
        {"start": at, "end": at + len(words), "text": words, "label": "symptom"}
        for at, words in ((0, "Doctor"), (12, "pain"))
    ]
    found = checked(Talk, {"said": spans}, text)
    assert [span["text"] for span in found.answer["said"]] == ["pain"]
    assert [fault.code for fault in found.faults] == ["SPAN-PLACE"]
