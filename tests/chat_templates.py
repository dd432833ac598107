"""Five chat templates of real models' kinds, written to the formats that their makers publish, as tokenizer folders.

Each has the traps of its kind: ChatML ends a turn with a line break; Llama 3's tokenizer puts a begin token before any
text, and so does its template; Mistral has no system turn and no generation prompt; Qwen adds a system prompt of its
own; Gemma calls the assistant "model", refuses a system message and trims.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dataset_on_disk import CHATML


class Style(NamedTuple):
    """A template, its control tokens, and whether words are cut as SentencePiece does."""

    template: str
    eos: str
    bos: str | None
    specials: Sequence[str]
    metaspace: bool = False
    system: bool = True


LLAMA = """\
{{- bos_token }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}{{- message['content'] | trim + '<|eot_id|>' }}{%- endgeneration %}
    {%- else %}
        {{- message['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}"""

MISTRAL = """\
{%- if messages[0]['role'] == 'system' %}
    {%- set system = messages[0]['content'] + '\\n\\n' %}{%- set turns = messages[1:] %}
{%- else %}
    {%- set system = '' %}{%- set turns = messages %}
{%- endif %}
{{- bos_token }}
{%- for message in turns %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('user and assistant must take turns') }}
    {%- endif %}
    {%- if message['role'] == 'user' %}
        {{- '[INST] ' + (system if loop.first else '') + message['content'] + ' [/INST]' }}
    {%- else %}
        {%- generation %}{{- ' ' + message['content'] + eos_token }}{%- endgeneration %}
    {%- endif %}
{%- endfor %}"""

QWEN = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' + tools | tojson + '<|im_end|>\\n' }}
{%- elif messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}
    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message['role'] == 'assistant' %}
        {{- '<|im_start|>assistant\\n' }}{% generation %}{{- message['content'] + '<|im_end|>' }}{% endgeneration %}
        {{- '\\n' }}
    {%- elif not (message['role'] == 'system' and loop.first) %}
        {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""

GEMMA = """\
{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{% for message in messages %}
{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}
{{ '<start_of_turn>' + role + '\\n' }}{% if role == 'model' %}{% generation %}{{ message['content'] | trim +
 '<end_of_turn>' }}{% endgeneration %}{% else %}{{ message['content'] | trim + '<end_of_turn>' }}{% endif %}
{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"""

STYLES = {
    "chatml": Style(CHATML, "<|im_end|>", None, ("<|im_start|>", "<|im_end|>", "<|endoftext|>")),
    "llama-3": Style(
        LLAMA,
        "<|eot_id|>",
        "<|begin_of_text|>",
        ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    ),
    "mistral": Style(MISTRAL, "</s>", "<s>", ("<unk>", "<s>", "</s>", "[INST]", "[/INST]"), metaspace=True),
    "qwen": Style(QWEN, "<|im_end|>", None, ("<|im_start|>", "<|im_end|>", "<|endoftext|>")),
    "gemma": Style(
        GEMMA, "<end_of_turn>", "<bos>", ("<pad>", "<bos>", "<start_of_turn>", "<end_of_turn>"), True, system=False
    ),
}
_WORDS = ["the buyer pays the seller\n\n", "who pays? the buyer must pay 甲方应于交付后付款", '{"party": "甲方"}']


def style_folder(folder: Path, style: Style) -> Path:
    """Write a tokenizer folder as transformers loads it; the tokenizer adds its begin token to any plain text."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(byte_fallback=style.metaspace))
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    if style.metaspace:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
        tokenizer.decoder = decoders.Sequence(
            [decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="first"), decoders.Fuse()]
        )
        alphabet = sorted({*"".join(_WORDS), "▁", "\n", *map(chr, range(33, 127))})
    else:
        # As in Llama 3 and Qwen, line breaks never share a token with the word behind them.
        breaks = pre_tokenizers.Split(Regex("[\\r\\n]+"), "isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([breaks, pre_tokenizers.ByteLevel(add_prefix_space=False)])
        tokenizer.decoder = decoders.ByteLevel()
    fallback = [f"<0x{byte:02X}>" for byte in range(256)] if style.metaspace else []
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=[*(AddedToken(token, special=True, normalized=False) for token in style.specials)],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(_WORDS * 3, trainer)
    if fallback:
        tokenizer = _with_bytes(tokenizer, fallback)
    if style.bos:
        place = tokenizer.token_to_id(style.bos)
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{style.bos} $A", special_tokens=[(style.bos, place)]
        )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": style.eos, "pad_token": style.specials[0]}
    (folder / "tokenizer_config.json").write_text(json.dumps(config | ({"bos_token": style.bos} if style.bos else {})))
    (folder / "chat_template.jinja").write_text(style.template, encoding="utf-8")
    return folder


def _with_bytes(tokenizer: object, fallback: Sequence[str]) -> object:
    """Return the tokenizer with a token for each byte, so that any text can be spelled."""
    from tokenizers import Tokenizer

    described = json.loads(tokenizer.to_str())  # type: ignore[attr-defined]
    vocabulary = described["model"]["vocab"]
    for token in fallback:
        vocabulary.setdefault(token, len(vocabulary))
    return Tokenizer.from_str(json.dumps(described))
