"""Five kinds of chat template render, encode and mask as transformers does it."""

from pathlib import Path
from typing import Any

import pytest
from chat_templates import STYLES, style_folder
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.preflight import MASKED, ChatTokenizer, Encoded, Fault, encode_row, look
from toolkit.preflight.effects import effects_of

NAMES = sorted(STYLES)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="<[|"), min_size=1, max_size=30).filter(str.strip)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("templates")
    return {name: style_folder(base / name, style) for name, style in STYLES.items()}


@pytest.fixture(scope="module")
def pairs(folders: dict[str, Path]) -> dict[str, tuple[ChatTokenizer, Any]]:
    """Ours and transformers', from one folder."""
    from transformers import AutoTokenizer

    return {
        name: (ChatTokenizer(folder), AutoTokenizer.from_pretrained(folder, local_files_only=True))
        for name, folder in folders.items()
    }


def talk(*contents: str, system: str = "") -> list[dict[str, str]]:
    turns = [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(contents)]
    return [{"role": "system", "content": system}, *turns] if system else turns


TALKS = {
    "one answer": talk("who pays?", '{"party": "甲方"}'),
    "white space": talk(" who \n", "\n the buyer  "),
    "two answers": talk("谁付款？", "甲方。", "当何时？", "交付后 30 日。"),
    "a system message": talk("who?", "the buyer", system="Answer briefly. 请简短回答。"),
}


@pytest.mark.parametrize("said", TALKS)
@pytest.mark.parametrize("name", NAMES)
def test_text_ids_and_marks_are_those_of_transformers(
    pairs: dict[str, tuple[ChatTokenizer, Any]], name: str, said: str
) -> None:
    ours, theirs = pairs[name]
    messages = TALKS[said]
    if messages[0]["role"] == "system" and not STYLES[name].system:
        found = encode_row({"messages": messages}, ours, 1024)
        assert isinstance(found, Fault)
        assert found.code == "TEMPLATE-REFUSED"
        with pytest.raises(Exception, match="System role not supported"):
            theirs.apply_chat_template(messages, tokenize=False)
        return
    for turns, asks in ((messages, False), (messages[:-1], True)):
        text = theirs.apply_chat_template(turns, tokenize=False, add_generation_prompt=asks)
        assert ours.render(turns, generation_prompt=asks) == text
        ids = theirs.apply_chat_template(turns, add_generation_prompt=asks, return_dict=False)
        assert ours.encode(text).ids == ids
    rendered, mask = ours.rendered(messages), _mask(theirs, messages)
    tokens = ours.encode(rendered.text)
    marked = [0] * len(tokens.ids)
    for start, end in rendered.marked:
        first, last = tokens.first_over(start), tokens.first_from(end)
        marked[first:last] = [1] * (last - first)
    assert marked == mask
    assert any(mask) == (name != "chatml")


def _mask(theirs: Any, messages: list[dict[str, str]]) -> list[int]:
    found = theirs.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)
    mask: list[int] = found["assistant_masks"]
    return mask


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_and_its_end_are_learned_whatever_the_template(
    pairs: dict[str, tuple[ChatTokenizer, Any]], name: str
) -> None:
    ours, _ = pairs[name]
    for messages in (TALKS["one answer"], TALKS["two answers"]):
        found = encode_row({"messages": messages}, ours, 1024)
        assert isinstance(found, Encoded)
        learned = [label for label in found.labels if label != MASKED]
        assert ours.decode(learned).strip() == messages[-1]["content"] + STYLES[name].eos
        assert len(found.turns) == len(messages) // 2
        spoken = [ours.decode(found.ids[first:last]).strip() for first, last in found.turns]
        assert spoken == [turn["content"] + STYLES[name].eos for turn in messages[1::2]]
        assert not look([{"messages": messages}], ours, 1024).faults


@settings(max_examples=80, deadline=None)
@given(name=st.sampled_from(NAMES), prompt=TEXTS, answer=TEXTS)
def test_the_boundary_is_judged_as_if_the_prompt_were_encoded_alone(
    pairs: dict[str, tuple[ChatTokenizer, Any]], name: str, prompt: str, answer: str
) -> None:
    ours, _ = pairs[name]
    messages = talk(prompt, answer)
    found = encode_row({"messages": messages}, ours, 1 << 20)
    if isinstance(found, Fault):
        return
    alone = ours.encode(ours.render(messages[:-1], generation_prompt=True)).ids
    shared = next((at for at, (a, b) in enumerate(zip(alone, found.ids, strict=False)) if a != b), len(alone))
    assert found.shared == shared
    assert found.merged == (found.ids[: found.prompt] != alone)


@pytest.mark.parametrize(
    ("name", "before", "begins", "again", "marks", "system"),
    [
        ("chatml", "<|im_start|>user\n", 0, 0, False, True),
        ("llama-3", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n", 1, 2, True, True),
        ("mistral", "<s>[INST] ", 1, 2, True, True),
        ("qwen", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n", 0, 0, True, True),
        ("gemma", "<bos><start_of_turn>user\n", 1, 2, True, False),
    ],
)
def test_what_a_template_adds_is_told(
    folders: dict[str, Path], name: str, before: str, begins: int, again: int, marks: bool, system: bool
) -> None:
    effects = effects_of(ChatTokenizer(folders[name]))
    assert effects
    assert (effects.before, effects.begins, effects.begins_again) == (before, begins, again)
    assert (effects.marks_generation, effects.takes_system, effects.ends) == (marks, system, True)


def test_a_begin_token_of_the_template_and_one_in_the_row_are_two(folders: dict[str, Path], tmp_path: Path) -> None:
    style = STYLES["llama-3"]
    doubled = style_folder(tmp_path, style._replace(template="{{ bos_token }}" + style.template))
    messages = {"messages": TALKS["one answer"]}
    assert [fault.code for _, fault in look([messages], ChatTokenizer(doubled), 1024).faults] == ["BOS-TWICE"]
    assert not look([messages], ChatTokenizer(folders["llama-3"]), 1024).faults
